// Package postcode keeps a directory of two or three million postcodes in one
// compact file and finds a postcode in it in well under a microsecond.
//
// An entry is four bytes: the inward code ("1AA") in the upper half and the
// number of an area in the lower. Entries stand in order, block by block for
// each outward code ("ZT1"). The few hundred areas are CSV text at the end.
// The file is read through a memory map, so that opening it costs nothing and
// several processes share one copy.
//
//	header    76 bytes: magic, counts, length of the area text, digest
//	blocks    8 bytes each: outward code padded with blanks, first entry
//	entries   4 bytes each, little-endian
//	areas     text
package postcode

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

const (
	magic     = "REMITPC1"
	headSize  = 8 + 4*3 + sha256.Size + 24 // 24 bytes are kept free
	blockSize = 8
	entrySize = 4
)

// Index is an open directory. It is safe for use by many goroutines.
type Index struct {
	data    []byte
	unmap   func() error
	blocks  map[uint32]span
	entries []byte
	areas   string
	count   int
}

type span struct{ first, end uint32 }

// Open maps the directory at path.
func Open(path string) (*Index, error) {
	data, unmap, err := mapFile(path)
	if err != nil {
		return nil, err
	}
	x, err := parse(data)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), unmap())
	}
	x.unmap = unmap
	return x, nil
}

func parse(data []byte) (*Index, error) {
	if len(data) < headSize || string(data[:8]) != magic {
		return nil, errors.New("the file is not a postcode directory made by this program; import the published directory again")
	}
	blocks := int64(binary.LittleEndian.Uint32(data[8:]))
	entries := int64(binary.LittleEndian.Uint32(data[12:]))
	areas := int64(binary.LittleEndian.Uint32(data[16:]))
	if headSize+blocks*blockSize+entries*entrySize+areas != int64(len(data)) {
		return nil, errors.New("the postcode directory is cut short; import the published directory again")
	}
	x := &Index{data: data, blocks: make(map[uint32]span, blocks), count: int(entries)}
	rest := data[headSize:]
	table := rest[:blocks*blockSize]
	x.entries = rest[len(table):][:entries*entrySize]
	x.areas = string(rest[len(table)+len(x.entries):])
	for at := 0; at < len(table); at += blockSize {
		s := span{binary.LittleEndian.Uint32(table[at+4:]), uint32(entries)}
		if next := at + blockSize; next < len(table) {
			s.end = binary.LittleEndian.Uint32(table[next+4:])
		}
		if s.first > s.end || int64(s.end) > entries {
			return nil, errors.New("the postcode directory is damaged; import the published directory again")
		}
		x.blocks[binary.LittleEndian.Uint32(table[at:])] = s
	}
	return x, nil
}

// Find is the area of a postcode in normal form ("ZT1 1AA").
func (x *Index) Find(code string) (area int, ok bool) {
	outward, inward, ok := split(code)
	if !ok {
		return 0, false
	}
	s, ok := x.blocks[outward]
	if !ok {
		return 0, false
	}
	for s.first < s.end {
		middle := (s.first + s.end) / 2
		e := binary.LittleEndian.Uint32(x.entries[middle*entrySize:])
		switch {
		case e>>16 < inward:
			s.first = middle + 1
		case e>>16 > inward:
			s.end = middle
		default:
			return int(e & 0xffff), true
		}
	}
	return 0, false
}

// Areas is the area text as it was built: what the numbers stand for.
func (x *Index) Areas() string { return x.areas }

// Len is the number of postcodes.
func (x *Index) Len() int { return x.count }

// Digest is the SHA-256 of the content as it was when built.
func (x *Index) Digest() []byte { return x.data[20 : 20+sha256.Size] }

// Sum is the SHA-256 of the content as it is; it reads the whole file.
func (x *Index) Sum() []byte {
	sum := sha256.Sum256(x.data[headSize:])
	return sum[:]
}

// Close lets go of the file.
func (x *Index) Close() error { return x.unmap() }

// split cuts a postcode into its outward code, four bytes padded with blanks,
// and the number of its inward code, 0 to 6759.
func split(code string) (outward, inward uint32, ok bool) {
	n := len(code)
	if n < 6 || n > 8 || code[n-4] != ' ' {
		return 0, 0, false
	}
	d, a, b := code[n-3]-'0', code[n-2]-'A', code[n-1]-'A'
	if d > 9 || a > 25 || b > 25 {
		return 0, 0, false
	}
	var padded [4]byte
	copy(padded[:], "    ")
	for i := range n - 4 {
		if c := code[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return 0, 0, false
		}
		padded[i] = code[i]
	}
	return binary.LittleEndian.Uint32(padded[:]), (uint32(d)*26+uint32(a))*26 + uint32(b), true
}

// WellFormed says whether the directory can hold the postcode.
func WellFormed(code string) bool {
	_, _, ok := split(code)
	return ok && !strings.HasPrefix(code, " ")
}
