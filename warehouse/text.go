package warehouse

import (
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// textReader gives what it reads as UTF-8, as Parquet wants its texts: bytes that
// are none are read as Windows-1252, in which spreadsheets write what has no
// place in ASCII.
type textReader struct {
	from io.Reader
	in   []byte // read and not looked at yet: the beginning of a letter, at most
	out  []byte // ready to be given
	buf  []byte
	err  error
}

func newTextReader(from io.Reader) *textReader {
	return &textReader{from: from, buf: make([]byte, 256<<10)}
}

func (t *textReader) Read(to []byte) (int, error) {
	for len(t.out) == 0 {
		if t.err != nil {
			return 0, t.err
		}
		n := copy(t.buf, t.in)
		more, err := t.from.Read(t.buf[n:])
		t.err = err
		t.look(t.buf[:n+more])
	}
	n := copy(to, t.out)
	t.out = t.out[n:]
	return n, nil
}

// look makes text of what was read, and keeps a letter that is not whole for later.
func (t *textReader) look(read []byte) {
	whole := read
	if t.err == nil {
		whole = read[:len(read)-unfinished(read)]
	}
	t.in = read[len(whole):]
	t.out = validText(whole)
}

// validText is text as UTF-8: b itself where it is, else a copy in which bytes
// that are none are read as Windows-1252.
func validText(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	text := make([]byte, 0, len(b)+len(b)/8)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			r = charmap.Windows1252.DecodeByte(b[0])
		}
		text = utf8.AppendRune(text, r)
		b = b[n:]
	}
	return text
}

// unfinished is how many bytes at the end begin a letter that goes on.
func unfinished(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if last := b[len(b)-n:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return n
			}
			return 0
		}
	}
	return 0
}
