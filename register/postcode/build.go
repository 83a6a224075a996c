package postcode

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
)

// MaxAreas is how many different areas a directory can tell apart.
const MaxAreas = 1 << 16

// DoubledError tells of a postcode that was added in two different areas.
type DoubledError struct{ Postcode string }

func (e *DoubledError) Error() string {
	return "the postcode " + e.Postcode + " is there twice with different areas"
}

// Builder collects postcodes in any order. It holds eight bytes a postcode, so
// that the whole of the United Kingdom takes some twenty megabytes.
type Builder struct {
	entries []uint64 // outward code in byte order, inward code, area
}

// Add takes a postcode in normal form and the number of its area.
func (b *Builder) Add(code string, area int) error {
	outward, inward, ok := split(code)
	if !ok {
		return fmt.Errorf("%q is not a postcode such as ZT1 1AA", code)
	}
	if area < 0 || area >= MaxAreas {
		return fmt.Errorf("the directory has more than %d different areas", MaxAreas)
	}
	var padded [4]byte
	binary.LittleEndian.PutUint32(padded[:], outward)
	b.entries = append(b.entries, uint64(binary.BigEndian.Uint32(padded[:]))<<32|uint64(inward)<<16|uint64(area))
	return nil
}

// Len is the number of postcodes added.
func (b *Builder) Len() int { return len(b.entries) }

// Write writes the directory. It refuses a postcode added twice with different
// areas with a *DoubledError; the same thing said twice is harmless.
func (b *Builder) Write(w io.WriteSeeker, areas string) error {
	slices.Sort(b.entries)
	b.entries = slices.Compact(b.entries)
	var blocks []byte
	count := uint32(0)
	for i, e := range b.entries {
		if i > 0 && e>>16 == b.entries[i-1]>>16 {
			return &DoubledError{Postcode: spell(e)}
		}
		if i == 0 || e>>32 != b.entries[i-1]>>32 {
			blocks = binary.BigEndian.AppendUint32(blocks, uint32(e>>32))
			blocks = binary.LittleEndian.AppendUint32(blocks, uint32(i))
			count++
		}
	}
	if _, err := w.Write(make([]byte, headSize)); err != nil {
		return err
	}
	sum := sha256.New()
	if err := b.writeBody(w, sum, blocks, areas); err != nil {
		return err
	}
	if _, err := w.Seek(0, io.SeekStart); err != nil {
		return err
	}
	head := make([]byte, 0, headSize)
	head = append(head, magic...)
	head = binary.LittleEndian.AppendUint32(head, count)
	head = binary.LittleEndian.AppendUint32(head, uint32(len(b.entries)))
	head = binary.LittleEndian.AppendUint32(head, uint32(len(areas)))
	head = sum.Sum(head)
	_, err := w.Write(append(head, bytes.Repeat([]byte{0}, headSize-len(head))...))
	return err
}

func (b *Builder) writeBody(w io.Writer, sum hash.Hash, blocks []byte, areas string) error {
	out := bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<16)
	_, err := out.Write(blocks)
	var entry [entrySize]byte
	for _, e := range b.entries {
		binary.LittleEndian.PutUint32(entry[:], uint32(e))
		_, failed := out.Write(entry[:])
		err = errors.Join(err, failed)
	}
	_, failed := out.WriteString(areas)
	return errors.Join(err, failed, out.Flush())
}

func spell(e uint64) string {
	var padded [4]byte
	binary.BigEndian.PutUint32(padded[:], uint32(e>>32))
	inward := uint32(e>>16) & 0xffff
	return fmt.Sprintf("%s %d%c%c", bytes.TrimRight(padded[:], " "), inward/676, 'A'+inward/26%26, 'A'+inward%26)
}
