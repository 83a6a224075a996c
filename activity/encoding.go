package activity

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// Encoding says how the text of a file is written.
type Encoding string

// The encodings that are read. Bytes that are not UTF-8 pass through as they
// are in a file taken for UTF-8: codes are ASCII in all of them.
const (
	UTF8    Encoding = "UTF-8"
	UTF16LE Encoding = "UTF-16LE"
	UTF16BE Encoding = "UTF-16BE"
)

var (
	bomUTF8    = []byte{0xEF, 0xBB, 0xBF}
	bomUTF16LE = []byte{0xFF, 0xFE}
	bomUTF16BE = []byte{0xFE, 0xFF}
)

// decode removes a byte order mark and gives the text as UTF-8. UTF-16 is known
// by its byte order mark only.
func decode(r *bufio.Reader) (text *bufio.Reader, encoding Encoding, hadBOM bool, err error) {
	head, err := r.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", false, err
	}
	switch {
	case bytes.HasPrefix(head, bomUTF8):
		_, err = r.Discard(len(bomUTF8))
		return r, UTF8, true, err
	case bytes.HasPrefix(head, bomUTF16LE):
		_, err = r.Discard(len(bomUTF16LE))
		return bufio.NewReaderSize(&utf16Reader{from: r, order: binary.LittleEndian}, bufferSize), UTF16LE, true, err
	case bytes.HasPrefix(head, bomUTF16BE):
		_, err = r.Discard(len(bomUTF16BE))
		return bufio.NewReaderSize(&utf16Reader{from: r, order: binary.BigEndian}, bufferSize), UTF16BE, true, err
	}
	return r, UTF8, false, nil
}

// utf16Reader gives UTF-16 as UTF-8.
type utf16Reader struct {
	from  *bufio.Reader
	order binary.ByteOrder
	ahead rune // a unit read in search of the second half of a pair
	held  bool
	out   []byte
	err   error // met after what is in out
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for u.err == nil && len(u.out) < len(p) {
		var r rune
		if r, u.err = u.readRune(); u.err == nil {
			u.out = utf8.AppendRune(u.out, r)
		}
	}
	if len(u.out) == 0 {
		return 0, u.err
	}
	n := copy(p, u.out)
	u.out = append(u.out[:0], u.out[n:]...)
	return n, nil
}

func (u *utf16Reader) readRune() (rune, error) {
	r, err := u.readUnit()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	second, err := u.readUnit()
	if err != nil {
		return utf8.RuneError, nil
	}
	if pair := utf16.DecodeRune(r, second); pair != utf8.RuneError {
		return pair, nil
	}
	u.ahead, u.held = second, true
	return utf8.RuneError, nil
}

func (u *utf16Reader) readUnit() (rune, error) {
	if u.held {
		u.held = false
		return u.ahead, nil
	}
	var unit [2]byte
	if _, err := io.ReadFull(u.from, unit[:]); err != nil {
		return 0, err // io.ErrUnexpectedEOF for half a unit: the file is cut short
	}
	return rune(u.order.Uint16(unit[:])), nil
}
