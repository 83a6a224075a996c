package activity

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// slack puts text into a buffer as Index.Read wants it, with rubbish behind it.
func slack(text string) []byte {
	buf := make([]byte, len(text)+Slack)
	n := copy(buf, text)
	for i := n; i < len(buf); i++ {
		buf[i] = ",\"\n\r"[i%4]
	}
	return buf[:n]
}

// randomRows makes rows of a CSV file and the text that they are written as.
// Every field is written in one of the ways that RFC 4180 allows.
func randomRows(r *rand.Rand, rows, columns int, delim byte, eol string) (fields [][]string, text string) {
	pieces := []string{"", "a", "RJ7", "2025-04-01", "x y", " 1.00 ", "£", strings.Repeat("long", 20)}
	special := []string{string(delim), "\"", "\n", "\r\n", "\"\"", "a,b;c|d\te"}
	var b strings.Builder
	for i := 0; i < rows; i++ {
		var row []string
		for c := 0; c < columns; c++ {
			v := pieces[r.IntN(len(pieces))]
			if r.IntN(5) == 0 {
				v += special[r.IntN(len(special))] + pieces[r.IntN(len(pieces))]
			}
			row = append(row, v)
			if c > 0 {
				b.WriteByte(delim)
			}
			// A row of one blank field is written as "", or it would be a blank line.
			if strings.ContainsAny(v, "\"\r\n"+string(delim)) || r.IntN(8) == 0 || columns == 1 && v == "" {
				v = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
			}
			b.WriteString(v)
		}
		fields = append(fields, row)
		if i < rows-1 || r.IntN(2) == 0 {
			b.WriteString(eol)
		}
	}
	return fields, b.String()
}

// indexed reads text with an Index and gives its fields without quotation marks.
func indexed(x *Index, text string, delim byte, columns int) ([][]string, []RowError) {
	faults := x.Read(slack(text), delim, columns, true)
	var out [][]string
	for i := 0; faults == nil && i < x.Rows(); i++ {
		var row []string
		for c := 0; c < columns; c++ {
			row = append(row, string(Unquote(x.Field(i, c))))
		}
		out = append(out, row)
	}
	return out, faults
}

func TestIndexAgainstWrittenRows(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var x Index
	for n := 0; n < 4000; n++ {
		delim := ",;\t|^"[r.IntN(5)]
		eol := []string{"\n", "\r\n"}[r.IntN(2)]
		columns := 1 + r.IntN(6)
		want, text := randomRows(r, 1+r.IntN(12), columns, delim, eol)
		got, faults := indexed(&x, text, delim, columns)
		if faults != nil || !slices.EqualFunc(got, want, slices.Equal[[]string]) {
			t.Fatalf("text %q, delimiter %q\ngot  %q %v\nwant %q", text, delim, got, faults, want)
		}
	}
}

// TestIndexAtChunkEdges moves a row with quoted delimiters over every place in
// the 64-byte chunks, with blocks of every length around multiples of 64.
func TestIndexAtChunkEdges(t *testing.T) {
	var x Index
	for length := 1; length <= 330; length++ {
		for _, tail := range []string{"", "\n", "\r\n"} {
			pad := strings.Repeat("p", length)
			for _, row := range [][3]string{{pad, `"a,b"`, "z"}, {`"` + pad + `"`, `"""q""` + "\n" + `"`, ""}, {`"` + pad + `,"`, "", `""`}} {
				text := strings.Join(row[:], ",") + "\n" + row[2] + ",," + row[0] + tail
				want := [][]string{{unquoted(row[0]), unquoted(row[1]), unquoted(row[2])}, {unquoted(row[2]), "", unquoted(row[0])}}
				got, faults := indexed(&x, text, ',', 3)
				if faults != nil || !slices.EqualFunc(got, want, slices.Equal[[]string]) {
					t.Fatalf("text %q\ngot  %q %v\nwant %q", text, got, faults, want)
				}
			}
		}
	}
}

func unquoted(s string) string {
	if !strings.HasPrefix(s, `"`) {
		return s
	}
	return strings.ReplaceAll(s[1:len(s)-1], `""`, `"`)
}

func TestIndexRows(t *testing.T) {
	var x Index
	if faults := x.Read(slack("a,\"b\r\n\"\r\n\"\",c d\r\n"), ',', 2, true); faults != nil {
		t.Fatal(faults)
	}
	for i, want := range []string{"a,\"b\r\n\"", "\"\",c d"} {
		if got := string(x.Row(i)); got != want {
			t.Errorf("row %d is %q, want %q", i, got, want)
		}
	}
	if faults := x.Read(nil, ',', 2, true); faults != nil || x.Rows() != 0 {
		t.Errorf("an empty block has %d rows, faults %v", x.Rows(), faults)
	}
	// Without quotes a quotation mark is a character like any other.
	if faults := x.Read(slack("a\",b\n\"c,d\n"), ',', 2, false); faults != nil || string(x.Field(0, 0)) != `a"` || string(x.Field(1, 0)) != `"c` {
		t.Errorf("%v", faults)
	}
}

func TestIndexFaults(t *testing.T) {
	tests := []struct {
		name, text string
		rows       []int
		says       string
	}{
		{"a field too few", "a,b\nc\nd,e\n", []int{1}, "has 1 fields where the header has 2"},
		{"a field too many", "a,b\nc,d\ne,f,g\n", []int{2}, "has 3 fields where the header has 2"},
		{"every such row", "a\nb,c\nd\ne,f,g", []int{0, 2, 3}, "fields"},
		{"a blank line", "a,b\n\nc,d\n", []int{1}, "has 1 fields"},
		{"after a row over two lines", "\"a\nb\",c\nd\n", []int{1}, "has 1 fields"},
		{"a quotation mark that swallows a row", "a,\"b\nc,d\"\ne,f\nx\n", []int{2}, "has 1 fields"},
		{"NUL in the first row", "a,\x00\nc,d\n", []int{0}, "NUL"},
		{"NUL in the last field of a later row", "a,b\nc,d\ne,f\x00", []int{2}, "NUL"},
		{"NUL at the start of a row", "a,b\n\x00c,d\ne,f\n", []int{1}, "NUL"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			var x Index
			var rows []int
			for _, f := range x.Read(slack(c.text), ',', 2, true) {
				rows = append(rows, f.Row)
				if !strings.Contains(f.Problem, c.says) {
					t.Errorf("row %d: %q does not say %q", f.Row, f.Problem, c.says)
				}
			}
			if !slices.Equal(rows, c.rows) {
				t.Errorf("rows %v, want %v", rows, c.rows)
			}
		})
	}
}

// TestBlockMasks holds the assembly against plain Go on random bytes.
func TestBlockMasks(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	alphabet := "\",;|\t\r\n\x00\x7f\x80\xffabc"
	for n := 0; n < 3000; n++ {
		chunks := 1 + r.IntN(9)
		data := make([]byte, chunks*64)
		for i := range data {
			if data[i] = byte(r.IntN(256)); n%2 == 0 {
				data[i] = alphabet[r.IntN(len(alphabet))]
			}
		}
		delim := alphabet[1+r.IntN(4)]
		if n%7 == 0 {
			delim = byte(r.IntN(256))
		}
		got, want := make([]uint64, chunks*3), make([]uint64, chunks*3)
		blockMasks(&data[0], chunks, delim, &got[0])
		plainMasks(data, delim, want)
		if !slices.Equal(got, want) {
			t.Fatalf("delimiter %q, data %q\ngot  %x\nwant %x", delim, data, got, want)
		}
	}
}

func TestUnquote(t *testing.T) {
	for in, want := range map[string]string{``: ``, `a`: `a`, `""`: ``, `"a"`: `a`, `"a""b"`: `a"b`, `""""`: `"`, `"`: `"`, `"a`: `"a`, `a"`: `a"`, `" "`: ` `} {
		if got := string(Unquote([]byte(in))); got != want {
			t.Errorf("Unquote(%s) = %q, want %q", in, got, want)
		}
	}
}

// FuzzIndex reads any text by Index and by encoding/csv. Where encoding/csv
// accepts it and the rows are whole, the fields must be the same.
func FuzzIndex(f *testing.F) {
	f.Add("a,b\n\"c,\"\"d\",e\r\n", byte(','), 2)
	f.Add("a\tb\n\"c\nd\"\te", byte('\t'), 2)
	f.Add("\"\"\n", byte(','), 1)
	f.Fuzz(func(t *testing.T, text string, delim byte, columns int) {
		if strings.IndexByte(" ,;\t|^~", delim) < 1 || columns < 1 || columns > 50 {
			return
		}
		var x Index
		got, faults := indexed(&x, text, delim, columns)
		if faults != nil || strings.Contains(text, "\x00") {
			return
		}
		want, ok := standard(text, delim, columns)
		if ok && !slices.EqualFunc(got, want, slices.Equal[[]string]) {
			t.Fatalf("%q by %q\ngot  %q\nwant %q", text, delim, got, want)
		}
	})
}

// standard reads by encoding/csv what both readers understand alike: it passes
// over blank lines, and turns \r\n within quotation marks into \n.
func standard(text string, delim byte, columns int) ([][]string, bool) {
	if strings.Contains(text, "\r") || strings.Contains("\n"+text, "\n\n") || strings.HasPrefix(text, "\ufeff") {
		return nil, false
	}
	in := csv.NewReader(strings.NewReader(text))
	in.Comma, in.FieldsPerRecord = rune(delim), columns
	rows, err := in.ReadAll()
	return rows, err == nil
}

// blocks reads text in blocks of about size bytes.
func blocks(text string, size int, quotes bool) (out []string, err error) {
	b := NewBlockReader(strings.NewReader(text), size, quotes)
	var buf []byte
	for {
		buf, err = b.Next(buf)
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return out, err
		}
		if cap(buf)-len(buf) < Slack {
			return out, fmt.Errorf("a block of %d bytes has %d bytes behind it, want %d", len(buf), cap(buf)-len(buf), Slack)
		}
		out = append(out, string(bytes.Clone(buf)))
	}
}
