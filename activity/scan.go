package activity

import (
	"bytes"
	"fmt"
	"math/bits"
	"slices"
)

// Index is where the fields of a block of CSV rows lie. It finds the ends of
// fields 64 bytes at a time and leaves the bytes where they are, so that rows
// can be passed through untouched and only the columns needed are looked at.
// Reuse it for the next block.
type Index struct {
	data   []byte
	ends   []uint32 // beforeFirst, then the position of the delimiter or line feed after each field
	rows   []uint32 // for each row, the number of field ends before it; one more at the end
	masks  []uint64
	width  int // fields in a row
	quotes bool
}

// beforeFirst is the end of the field before the first: one more is position 0.
const beforeFirst = ^uint32(0)

// RowError is a row that cannot be read, by its place in the block.
type RowError struct {
	Row     int // 0 is the first row of the block
	Problem string
}

// Slack is how many bytes a block's buffer must hold beyond its data, so that
// the last chunk can be read whole.
const Slack = 64

// plainMasks is blockMasks in Go, for other processors and to test against.
func plainMasks(data []byte, delim byte, out []uint64) {
	for i := range out {
		out[i] = 0
	}
	for i, c := range data {
		bit := uint64(1) << (i & 63)
		chunk := i >> 6 * 3
		switch c {
		case '\n':
			out[chunk] |= bit
			out[chunk+1] |= bit
		case '"':
			out[chunk+2] |= bit
		}
		if c == delim {
			out[chunk] |= bit
		}
	}
}

// Read finds the fields of a block of whole rows of `columns` fields each. The
// buffer must have Slack bytes beyond len(data). Quoted fields may hold
// delimiters and line feeds when quotes is set; otherwise a quotation mark is a
// character like any other. Rows that cannot be read are given back.
func (x *Index) Read(data []byte, delim byte, columns int, quotes bool) []RowError {
	x.data, x.quotes, x.width = data, quotes, columns
	x.ends, x.rows = append(x.ends[:0], beforeFirst), append(x.rows[:0], 0)
	if len(data) == 0 {
		return nil
	}
	chunks := (len(data) + 63) / 64
	if cap(x.masks) < chunks*3 {
		x.masks = make([]uint64, chunks*3)
	}
	padded := data[: chunks*64 : chunks*64]
	clear(padded[len(data):]) // what was there before must not look like a field end
	blockMasks(&padded[0], chunks, delim, &x.masks[0])
	x.collect(chunks, quotes)
	if data[len(data)-1] != '\n' { // the last row of a file may lack its line feed
		x.ends = append(x.ends, uint32(len(data)))
		x.rows = append(x.rows, uint32(len(x.ends)-1))
	}
	return x.check(columns)
}

// collect turns masks into positions. Bits between quotation marks are the
// running exclusive-or of the quotation marks before them.
func (x *Index) collect(chunks int, quotes bool) {
	inside := uint64(0) // all ones while a chunk starts inside quotation marks
	for c := 0; c < chunks; c++ {
		ends, feeds := x.masks[c*3], x.masks[c*3+1]
		if q := x.masks[c*3+2]; quotes && (q != 0 || inside != 0) {
			q ^= q << 1
			q ^= q << 2
			q ^= q << 4
			q ^= q << 8
			q ^= q << 16
			q ^= q << 32
			q ^= inside
			inside = uint64(int64(q) >> 63)
			ends &^= q
			feeds &^= q
		}
		base := uint32(c * 64)
		before := len(x.ends) - 1
		x.ends = slices.Grow(x.ends, 64)
		room := x.ends[len(x.ends) : len(x.ends)+64]
		n := 0
		for e := ends; e != 0; e &= e - 1 {
			room[n&63] = base + uint32(bits.TrailingZeros64(e))
			n++
		}
		x.ends = x.ends[:len(x.ends)+n]
		for ; feeds != 0; feeds &= feeds - 1 {
			upTo := ends & (feeds ^ (feeds - 1)) // this line feed and the ends before it
			x.rows = append(x.rows, uint32(before+bits.OnesCount64(upTo)))
		}
	}
}

// check gives the rows of the block that cannot be read, up to a hundred.
func (x *Index) check(columns int) []RowError {
	var faults []RowError
	for i := 1; i < len(x.rows) && len(faults) < 100; i++ {
		if n := int(x.rows[i] - x.rows[i-1]); n != columns {
			faults = append(faults, RowError{i - 1, fmt.Sprintf("has %d fields where the header has %d: look for a missing or an extra delimiter, or a quotation mark that is not closed", n, columns)})
		}
	}
	if i := bytes.IndexByte(x.data, 0); i >= 0 {
		faults = append(faults, RowError{x.rowAt(i), "holds a NUL byte: the file is damaged or not plain text"})
	}
	return faults
}

func (x *Index) rowAt(position int) int {
	for i := 1; i < len(x.rows); i++ {
		if int(x.ends[x.rows[i]]) >= position {
			return i - 1
		}
	}
	return 0
}

// Data is the block that was read.
func (x *Index) Data() []byte { return x.data }

// Ends are where the fields end, for loops that go down a column: in a block
// without faults of rows of n fields, field c of row r (from 0) lies from
// Ends()[r*n+c]+1 to Ends()[r*n+c+1]. The last field of a row may end in a carriage return.
func (x *Index) Ends() []uint32 { return x.ends }

// Columns is how many fields a row has.
func (x *Index) Columns() int { return x.width }

// Quoted says whether quotation marks around fields count.
func (x *Index) Quoted() bool { return x.quotes }

// Rows is the number of rows in the block.
func (x *Index) Rows() int { return len(x.rows) - 1 }

// Width is the number of fields of a row, which in a block with faults may not be Columns.
func (x *Index) Width(row int) int { return int(x.rows[row+1] - x.rows[row]) }

// Row is a row as it came, without its line end.
func (x *Index) Row(i int) []byte {
	start, end := int(x.ends[x.rows[i]]+1), int(x.ends[x.rows[i+1]])
	if end > start && x.data[end-1] == '\r' {
		end--
	}
	return x.data[start:end]
}

// Span is the place of a field in the block, quotation marks included.
func (x *Index) Span(row, column int) (start, end int) {
	at := int(x.rows[row]) + column
	start, end = int(x.ends[at]+1), int(x.ends[at+1])
	if uint32(at+1) == x.rows[row+1] && end > start && x.data[end-1] == '\r' {
		end--
	}
	return start, end
}

// Field is a field as it came, quotation marks included.
func (x *Index) Field(row, column int) []byte {
	start, end := x.Span(row, column)
	return x.data[start:end]
}

// Unquote takes the quotation marks off a field that has them.
func Unquote(field []byte) []byte {
	if len(field) < 2 || field[0] != '"' || field[len(field)-1] != '"' {
		return field
	}
	return bytes.ReplaceAll(field[1:len(field)-1], []byte(`""`), []byte(`"`))
}
