package warehouse

import "bytes"

// lineEnds turns "\r\n" into "\n" outside quoted fields. Rows that come from
// several files may end in either, and DuckDB refuses a mixture unless it is
// told to let rows of the wrong length pass too.
type lineEnds struct {
	state fieldState
	held  bool // a "\r" at the end of the last block, outside quotes
	out   []byte
}

// fieldState is where in a field the last byte stood. A quotation mark opens a
// quoted field at its start only; elsewhere it is a character like others.
type fieldState byte

const (
	fieldStart fieldState = iota
	inField
	inQuotes
	quoteInQuotes // the end of the quoted part, or the first of two marks
)

// unify gives the block with its line ends changed. What it gives is good until
// the next call and may share the memory of the block.
func (l *lineEnds) unify(block []byte) []byte {
	if len(block) == 0 {
		return nil
	}
	if !l.held && l.state != inQuotes && l.state != quoteInQuotes &&
		bytes.IndexByte(block, '"') < 0 && bytes.IndexByte(block, '\r') < 0 {
		l.state = after(inField, block[len(block)-1])
		return block
	}
	l.out = l.out[:0]
	for _, c := range block {
		l.add(c)
	}
	return l.out
}

func (l *lineEnds) add(c byte) {
	if l.held {
		l.held = false
		if c != '\n' {
			l.out = append(l.out, '\r')
			l.state = after(l.state, '\r')
		}
	}
	if c == '\r' && l.state != inQuotes {
		l.held = true
		return
	}
	l.out = append(l.out, c)
	l.state = after(l.state, c)
}

func after(s fieldState, c byte) fieldState {
	switch {
	case s == inQuotes && c == '"':
		return quoteInQuotes
	case s == inQuotes:
		return inQuotes
	case c == '"' && (s == fieldStart || s == quoteInQuotes):
		return inQuotes
	case c == ',' || c == '\n':
		return fieldStart
	}
	return inField
}

// rest is what was held back when the input ended.
func (l *lineEnds) rest() []byte {
	if !l.held {
		return nil
	}
	l.held = false
	return []byte{'\r'}
}
