package activity

import (
	"bytes"
	stdgzip "compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/klauspost/compress/zstd"
)

func gzipped(t testing.TB, s string) string {
	t.Helper()
	var b bytes.Buffer
	z := stdgzip.NewWriter(&b)
	if _, err := z.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zstded(t testing.TB, s string) string {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(z.EncodeAll([]byte(s), nil))
}

func inUTF16(s string, mark string, low, high int) string {
	out := []byte(mark)
	for _, u := range utf16.Encode([]rune(s)) {
		b := [2]byte{byte(u), byte(u >> 8)}
		out = append(out, b[low], b[high])
	}
	return string(out)
}

func fileOf(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOpenCSV(t *testing.T) {
	const plain = "a,b\n1,2\n"
	tests := []struct {
		about, content string
		header         []string
		delimiter      byte
		eol, raw, body string
	}{
		{"plain", plain, []string{"a", "b"}, ',', "\n", "a,b", "1,2\n"},
		{"byte order mark and CRLF", "\uFEFFa,b\r\n1,2\r\n", []string{"a", "b"}, ',', "\r\n", "a,b", "1,2\r\n"},
		{"tab", "a\tb, c\n1\t2", []string{"a", "b, c"}, '\t', "\n", "a\tb, c", "1\t2"},
		{"pipe", "a|b|c\n", []string{"a", "b", "c"}, '|', "\n", "a|b|c", ""},
		{"semicolon, commas within quotes", "\"a,x,y\";b\n1;2\n", []string{"a,x,y", "b"}, ';', "\n", "\"a,x,y\";b", "1;2\n"},
		{"one column", "a\n1\n", []string{"a"}, ',', "\n", "a", "1\n"},
		{"header only, no line end", "a,b", []string{"a", "b"}, ',', "\n", "a,b", ""},
		{"line feed within a quoted name", "\"a\nx\",b\r\n1,2\r\n", []string{"a\nx", "b"}, ',', "\r\n", "\"a\nx\",b", "1,2\r\n"},
		{"doubled quotes", "\"say \"\"a\"\"\",b\n", []string{`say "a"`, "b"}, ',', "\n", `"say ""a""",b`, ""},
		{"gzip", gzipped(t, plain), []string{"a", "b"}, ',', "\n", "a,b", "1,2\n"},
		{"two gzip members", gzipped(t, plain) + gzipped(t, "3,4\n"), []string{"a", "b"}, ',', "\n", "a,b", "1,2\n3,4\n"},
		{"zstd", zstded(t, plain), []string{"a", "b"}, ',', "\n", "a,b", "1,2\n"},
		{"UTF-16 little end first", inUTF16("a,£\r\n𝛽,2\r\n", "\xFF\xFE", 0, 1), []string{"a", "£"}, ',', "\r\n", "a,£", "𝛽,2\r\n"},
		{"UTF-16 big end first", inUTF16("a,b\n1,2\n", "\xFE\xFF", 1, 0), []string{"a", "b"}, ',', "\n", "a,b", "1,2\n"},
		{"UTF-16 in gzip", gzipped(t, inUTF16("a\tb\n", "\xFF\xFE", 0, 1)), []string{"a", "b"}, '\t', "\n", "a\tb", ""},
	}
	for _, tt := range tests {
		t.Run(tt.about, func(t *testing.T) {
			s, err := OpenCSV(fileOf(t, "in.csv", tt.content), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			body, err := io.ReadAll(s)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(s.Header, tt.header) || s.Delimiter != tt.delimiter || s.EOL != tt.eol {
				t.Errorf("header %q, delimiter %q, line end %q", s.Header, s.Delimiter, s.EOL)
			}
			if string(s.RawHeader) != tt.raw || string(body) != tt.body {
				t.Errorf("raw header %q, body %q", s.RawHeader, body)
			}
			want := sha256.Sum256([]byte(tt.content))
			if sum, ok := s.SHA256(); !ok || sum != hex.EncodeToString(want[:]) {
				t.Errorf("hash %s, %v", sum, ok)
			}
			if s.Size() != int64(len(tt.content)) || s.Offset() != s.Size() {
				t.Errorf("offset %d of %d, the file has %d", s.Offset(), s.Size(), len(tt.content))
			}
		})
	}
}

func TestOpenCSVLarge(t *testing.T) {
	rows := strings.Repeat("RJ1,NCBPS01J,1234.56\n", 200_000)
	for about, content := range map[string]string{"plain": "a,b,c\n" + rows, "gzip": gzipped(t, "a,b,c\n"+rows), "zstd": zstded(t, "a,b,c\n"+rows)} {
		t.Run(about, func(t *testing.T) {
			s, err := OpenCSV(fileOf(t, "in.csv", content), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if _, ok := s.SHA256(); ok && about == "plain" {
				t.Error("the hash is known before the end of the file")
			}
			body, err := io.ReadAll(s)
			if err != nil || string(body) != rows {
				t.Fatalf("read %d bytes of %d: %v", len(body), len(rows), err)
			}
			want := sha256.Sum256([]byte(content))
			if sum, ok := s.SHA256(); !ok || sum != hex.EncodeToString(want[:]) {
				t.Errorf("hash %s, %v", sum, ok)
			}
		})
	}
}

func TestOpenCSVFaults(t *testing.T) {
	var rows strings.Builder
	rows.WriteString("a,b\n")
	for i := range 60_000 { // does not repeat, so that it stays large when compressed
		rows.WriteString(hex.EncodeToString([]byte{byte(i), byte(i >> 8), byte(i * 7)}) + ",2\n")
	}
	zipped, packed := gzipped(t, rows.String()), zstded(t, rows.String())
	tests := []struct{ about, name, content, says string }{
		{"gzip cut short", "in.csv.gz", zipped[:len(zipped)-9], "cut short"},
		{"gzip cut in the middle", "in.csv.gz", zipped[:len(zipped)/2], "cut short"},
		{"zstd cut short", "in.csv.zst", packed[:len(packed)-9], "cut short"},
		{"gzip damaged", "in.csv.gz", zipped[:len(zipped)-6] + "\x00\x01\x02\x03\x04\x05", "damaged"},
		{"empty", "in.csv", "", "is empty"},
		{"blank first line", "in.csv", "\na,b\n", "first line is blank"},
		{"UTF-16 without mark", "in.csv", "a\x00,\x00b\x00\n\x00", "byte order mark"},
		{"half a UTF-16 unit", "in.csv", inUTF16("a,b\n1", "\xFF\xFE", 0, 1) + "x", "cut short"},
		{"Excel workbook", "in.csv", "PK\x03\x04whatever", "Excel"},
		{"carriage returns alone", "in.csv", "a,b\r1,2\r", "carriage returns"},
		{"quote never closed", "in.csv", "\"a,b\n" + strings.Repeat("1,2\n", headerLimit/4), "quote not closed"},
	}
	for _, tt := range tests {
		t.Run(tt.about, func(t *testing.T) {
			path := fileOf(t, tt.name, tt.content)
			s, err := OpenCSV(path, Options{})
			if err == nil {
				defer s.Close()
				_, err = io.Copy(io.Discard, s)
			}
			var fault *FileError
			if !errors.As(err, &fault) || !strings.Contains(err.Error(), tt.says) || !strings.HasPrefix(err.Error(), path+": ") {
				t.Errorf("got %v, want a FileError that names the file and says %q", err, tt.says)
			}
		})
	}
}

func TestOpenCSVParquet(t *testing.T) {
	for _, path := range []string{fileOf(t, "in.parquet", "PAR1...."), fileOf(t, "in.csv", "PAR1....")} {
		_, err := OpenCSV(path, Options{})
		var parquet *ParquetError
		if !errors.As(err, &parquet) || parquet.Path != path {
			t.Errorf("%s: got %v, want a ParquetError", path, err)
		}
	}
}

func TestOpenCSVNotAFile(t *testing.T) {
	folder := t.TempDir()
	if _, err := OpenCSV(folder, Options{}); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("folder: %v", err)
	}
	if _, err := OpenCSV(filepath.Join(folder, "none.csv"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such file: %v", err)
	}
}

func TestOpenStandardInput(t *testing.T) {
	s, err := OpenCSV("-", Options{Stdin: strings.NewReader("a;b\n1;2\n"), Delimiter: ';'})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	body, err := io.ReadAll(s)
	if err != nil || string(body) != "1;2\n" || s.Size() != -1 {
		t.Errorf("body %q, size %d, %v", body, s.Size(), err)
	}
}

func TestOpenReader(t *testing.T) {
	s, err := OpenReader("year.parquet", strings.NewReader("a,b\n1,2\n"), Options{Delimiter: ','})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	body, err := io.ReadAll(s)
	if err != nil || string(body) != "1,2\n" || !slices.Equal(s.Header, []string{"a", "b"}) {
		t.Errorf("header %q, body %q, %v", s.Header, body, err)
	}
	if _, err := OpenReader("year.parquet", strings.NewReader(""), Options{}); err == nil || !strings.HasPrefix(err.Error(), "year.parquet: is empty") {
		t.Errorf("got %v", err)
	}
}

// Closing must not wait for input that does not come.
func TestCloseWhileInputHangs(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	packed := zstded(t, strings.Repeat("a,b\n", 100_000))
	go w.Write([]byte(packed[:len(packed)-5]))
	s, err := OpenCSV("-", Options{Stdin: r})
	if err == nil {
		s.Close()
	}
}

func TestExpand(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"b.csv", "a.CSV", "sub/c.csv.gz", "d.parquet", "e.tsv", "f.txt", "g.zst", "notes.md", "a.csv.run.json", ".hidden.csv", ".cache/x.csv"} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	all := []string{"a.CSV", "b.csv", "d.parquet", "e.tsv", "f.txt", "g.zst", "sub/c.csv.gz"}
	tests := []struct {
		about string
		paths []string
		want  []string
		says  []string
	}{
		{"a file", []string{"b.csv"}, []string{"b.csv"}, nil},
		{"a file of any ending that is named", []string{"notes.md"}, []string{"notes.md"}, nil},
		{"a folder", []string{"."}, all, nil},
		{"a pattern", []string{"*.csv"}, []string{".hidden.csv", "b.csv"}, nil},
		{"nothing twice", []string{"b.csv", ".", "./b.csv"}, append([]string{"b.csv"}, slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == "b.csv" })...), nil},
		{"all faults at once", []string{"empty", "none.csv", "*.xls", "b.csv"}, []string{"b.csv"}, []string{"holds no file", "no such file", "no file matches"}},
		{"standard input", []string{"-"}, []string{"-"}, nil},
		{"nothing named", nil, nil, []string{"no input"}},
	}
	t.Chdir(folder)
	for _, tt := range tests {
		t.Run(tt.about, func(t *testing.T) {
			got, err := Expand(tt.paths)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if (err != nil) != (tt.says != nil) {
				t.Errorf("error %v", err)
			}
			for _, want := range tt.says {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q: %v", want, err)
				}
			}
		})
	}
}

func BenchmarkSource(b *testing.B) {
	content := "a,b,c\n" + strings.Repeat("RJ1,NCBPS01J,1234.56\n", 5_000_000)
	path := fileOf(b, "in.csv", content)
	buf := make([]byte, 1<<20)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		s, err := OpenCSV(path, Options{})
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = s.Read(buf)
		}
		s.SHA256()
		s.Close()
	}
}
