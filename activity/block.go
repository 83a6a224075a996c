package activity

import (
	"bytes"
	"errors"
	"io"
)

// MaxRow is the longest row that is read. No data set has rows near it; a
// longer one means a quotation mark that is never closed or another kind of file.
const MaxRow = 16 << 20

// BlockReader cuts a stream of CSV rows into blocks of whole rows.
type BlockReader struct {
	r      io.Reader
	quotes bool
	size   int
	rest   []byte // the start of a row whose end has not been read yet
	err    error
}

// NewBlockReader reads rows from r, which stands after the header, in blocks of
// about size bytes. With quotes set a row may hold line feeds inside quotation marks.
func NewBlockReader(r io.Reader, size int, quotes bool) *BlockReader {
	return &BlockReader{r: r, size: size, quotes: quotes}
}

// ErrLongRow is a row longer than MaxRow.
var ErrLongRow = errors.New("a row is longer than 16 MiB: a quotation mark is not closed, or this is not a CSV file")

// ErrOpenQuotes is a file that ends inside quotation marks.
var ErrOpenQuotes = errors.New("the file ends inside quotation marks: one is not closed, or the file is cut short")

// Next reads the next block into buf, growing it as needed, and gives the rows
// read. The buffer behind them has Slack bytes more. It gives io.EOF after the
// last block. A final row without a line feed is a row.
func (b *BlockReader) Next(buf []byte) ([]byte, error) {
	if b.err != nil {
		return nil, b.err
	}
	if cap(buf) < b.size+Slack {
		buf = make([]byte, 0, b.size+Slack)
	}
	buf = append(buf[:0], b.rest...)
	for {
		if cap(buf)-len(buf) < Slack+1 {
			buf = grow(buf, b.size)
		}
		n, err := io.ReadFull(b.r, buf[len(buf):cap(buf)-Slack])
		buf = buf[:len(buf)+n]
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return b.last(buf)
		}
		if err != nil {
			b.err = err
			return nil, err
		}
		if end := beforeBlank(buf[:b.lastRowEnd(buf)]); end > 0 {
			b.rest = append(b.rest[:0], buf[end:]...)
			return buf[:end], nil
		}
		if len(buf) > MaxRow {
			b.err = ErrLongRow
			return nil, b.err
		}
	}
}

// beforeBlank leaves blank lines at the end of a block to the next block: at the
// end of the file they are no rows.
func beforeBlank(rows []byte) int {
	end := len(bytes.TrimRight(rows, blank))
	if end == 0 {
		return 0
	}
	return end + bytes.IndexByte(rows[end:], '\n') + 1
}

// blank is what may stand behind the last row: line ends and the old end-of-file mark.
const blank = "\r\n\x1a"

func grow(buf []byte, size int) []byte {
	bigger := make([]byte, len(buf), 2*cap(buf)+size)
	copy(bigger, buf)
	return bigger
}

func (b *BlockReader) last(buf []byte) ([]byte, error) {
	b.err = io.EOF
	buf = buf[:len(bytes.TrimRight(buf, blank))]
	if len(buf) == 0 {
		return nil, io.EOF
	}
	if b.quotes && bytes.Count(buf, []byte{'"'})%2 == 1 {
		b.err = ErrOpenQuotes
		if end := b.lastRowEnd(buf); end > 0 { // the rows before it are whole
			return buf[:end], nil
		}
		return nil, b.err
	}
	return buf, nil
}

// lastRowEnd finds the end of the last whole row. A line feed ends a row when
// an even number of quotation marks stands before it.
func (b *BlockReader) lastRowEnd(buf []byte) int {
	open := false
	if b.quotes {
		open = bytes.Count(buf, []byte{'"'})%2 == 1
	}
	end := len(buf)
	for end > 0 {
		feed := bytes.LastIndexByte(buf[:end], '\n')
		if feed < 0 {
			return 0
		}
		if b.quotes && bytes.Count(buf[feed:end], []byte{'"'})%2 == 1 {
			open = !open
		}
		if !open {
			return feed + 1
		}
		end = feed
	}
	return 0
}
