package activity

import (
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

// TestBlockReader cuts random files into blocks of many sizes. The blocks put
// together are the file, and each is whole rows.
func TestBlockReader(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for n := 0; n < 400; n++ {
		columns := 1 + r.IntN(5)
		rows, text := randomRows(r, 1+r.IntN(40), columns, ',', []string{"\n", "\r\n"}[r.IntN(2)])
		for _, size := range []int{1, 2, 3, 7, 63, 64, 65, 100, 1000, 1 << 20} {
			got, err := blocks(text, size, true)
			if err != nil {
				t.Fatalf("size %d, text %q: %v", size, text, err)
			}
			whole := strings.TrimRight(text, "\r\n")
			if joined := strings.TrimRight(strings.Join(got, ""), "\r\n"); joined != whole {
				t.Fatalf("size %d\ngot  %q\nwant %q", size, joined, whole)
			}
			var x Index
			count := 0
			for _, block := range got {
				if faults := x.Read(slack(block), ',', columns, true); faults != nil {
					t.Fatalf("size %d: a block is not whole rows: %q: %v", size, block, faults)
				}
				count += x.Rows()
			}
			if count != len(rows) {
				t.Fatalf("size %d: %d rows, want %d, of %q", size, count, len(rows), text)
			}
		}
	}
}

func TestBlockReaderEnds(t *testing.T) {
	tests := []struct {
		name, text, want string
		quotes           bool
		fails            string
	}{
		{"no rows", "", "", true, ""},
		{"blank lines alone", "\n\r\n\n", "", true, ""},
		{"no line feed at the end", "a,b\nc,d", "a,b\nc,d", true, ""},
		{"blank lines at the end", "a,b\nc,d\n\n\r\n", "a,b\nc,d", true, ""},
		{"the old end-of-file mark", "a,b\r\nc,d\r\n\x1a", "a,b\r\nc,d", true, ""},
		{"a quotation mark not closed", "a,b\nc,\"d\ne,f\n", "a,b\n", true, "inside quotation marks"},
		{"a quotation mark that does not count", "a,b\nc,\"d\ne,f\n", "a,b\nc,\"d\ne,f", false, ""},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			got, err := blocks(c.text, 1<<16, c.quotes)
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Fatalf("error %v, want one that says %q", err, c.fails)
				}
				return
			}
			if joined := strings.Join(got, ""); err != nil || strings.TrimRight(joined, "\r\n\x1a") != c.want {
				t.Errorf("%q, %v; want %q", joined, err, c.want)
			}
		})
	}
}

// Blank lines behind the last row are no rows, wherever the blocks are cut;
// blank lines between rows are, and are reported.
func TestBlankLines(t *testing.T) {
	for size := 1; size < 60; size++ {
		for _, c := range []struct {
			text string
			rows int
			bad  bool
		}{
			{"a,b\nc,d\n\n\n\n", 2, false}, {"a,b\r\nc,d\r\n\r\n\r\n\x1a", 2, false}, {"a,b\n\n\n\nc,d\n\n", 5, true}, {"a,\"\n\n\n\"\n\n", 1, false},
		} {
			got, err := blocks(c.text, size, true)
			if err != nil {
				t.Fatalf("size %d, %q: %v", size, c.text, err)
			}
			rows, bad := 0, false
			for _, block := range got {
				var x Index
				faults := x.Read(slack(block), ',', 2, true)
				rows, bad = rows+x.Rows(), bad || faults != nil
			}
			if rows != c.rows || bad != c.bad {
				t.Errorf("size %d: %q is %d rows (faults: %v), want %d (%v)", size, c.text, rows, bad, c.rows, c.bad)
			}
		}
	}
}

// endless is a field that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestLongRow(t *testing.T) {
	for name, start := range map[string]string{"quotation mark not closed": "a,b\n\"", "no line feed": "a,b\n"} {
		t.Run(name, func(t *testing.T) {
			lines := io.MultiReader(strings.NewReader(start), endless{})
			if strings.HasSuffix(start, `"`) {
				lines = io.MultiReader(strings.NewReader(start), lineByLine{})
			}
			b := NewBlockReader(lines, 256<<10, true)
			var err error
			for err == nil {
				_, err = b.Next(nil)
			}
			if !errors.Is(err, ErrLongRow) {
				t.Errorf("%v, want ErrLongRow", err)
			}
			if _, again := b.Next(nil); !errors.Is(again, ErrLongRow) {
				t.Errorf("asked again: %v, want ErrLongRow", again)
			}
		})
	}
	// A row a little below the bound is read.
	long := strings.Repeat("x", MaxRow-4096) + ",b\n"
	got, err := blocks("a,b\n"+long+"c,d\n", 256<<10, true)
	if err != nil || strings.Join(got, "") != "a,b\n"+long+"c,d" && strings.Join(got, "") != "a,b\n"+long+"c,d\n" {
		t.Errorf("%d blocks, %v", len(got), err)
	}
}

type lineByLine struct{}

func (lineByLine) Read(p []byte) (int, error) { return copy(p, "a,b\n"), nil }

func TestBlockReaderPassesErrorsOn(t *testing.T) {
	broken := errors.New("the disk is gone")
	b := NewBlockReader(io.MultiReader(strings.NewReader("a,b\nc"), iotest.ErrReader(broken)), 1<<10, true)
	if _, err := b.Next(nil); !errors.Is(err, broken) {
		t.Errorf("%v, want %v", err, broken)
	}
	// One byte at a time gives the same rows.
	slow := NewBlockReader(iotest.OneByteReader(strings.NewReader("a,b\nc,d\n")), 5, true)
	var all strings.Builder
	for {
		block, err := slow.Next(nil)
		if err != nil {
			break
		}
		all.Write(block)
	}
	if strings.TrimSpace(all.String()) != "a,b\nc,d" {
		t.Errorf("%q", all.String())
	}
}

// FuzzBlockReader reads any text in small blocks and in one.
func FuzzBlockReader(f *testing.F) {
	f.Add("a,b\n\"c\nd\",e\n", 3, true)
	f.Add("a\r\n\"\"\"\n\"\r\n\n", 1, true)
	f.Add("\x1a\n\"", 2, false)
	f.Fuzz(func(t *testing.T, text string, size int, quotes bool) {
		if size < 1 || size > 1<<16 {
			return
		}
		small, errSmall := blocks(text, size, quotes)
		whole, errWhole := blocks(text, 1<<20, quotes)
		if (errSmall == nil) != (errWhole == nil) {
			t.Fatalf("%q in blocks of %d: %v; whole: %v", text, size, errSmall, errWhole)
		}
		if errSmall != nil {
			return
		}
		a, b := strings.Join(small, ""), strings.Join(whole, "")
		if strings.TrimRight(a, "\r\n\x1a") != strings.TrimRight(b, "\r\n\x1a") {
			t.Fatalf("%q in blocks of %d\n%q\n%q", text, size, a, b)
		}
		for i, block := range small {
			if i < len(small)-1 && !strings.HasSuffix(block, "\n") || quotes && strings.Count(block, `"`)%2 == 1 {
				t.Fatalf("%q in blocks of %d: block %d is not whole rows: %q", text, size, i, block)
			}
		}
	})
}
