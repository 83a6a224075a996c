package store

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
)

func zipOf(names ...string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		f, _ := z.Create(n)
		f.Write([]byte("<x/>"))
	}
	z.Close()
	return b.String()
}

func TestMediaTypes(t *testing.T) {
	cases := []struct{ name, content, want string }{
		{"a.pdf", "%PDF-1.7\n\x00\x01", "application/pdf"},
		{"a.png", "\x89PNG\r\n\x1a\n\x00", "image/png"},
		{"a.jpg", "\xff\xd8\xff\xe0", "image/jpeg"},
		{"a.csv", "code,name\n1,x\n", "text/csv; charset=utf-8"},
		{"a.txt", "Dear all", "text/plain; charset=utf-8"},
		{"old.csv", "name\nCaf\xe9\n", "text/csv; charset=windows-1252"},
		{"a.xlsx", zipOf("[Content_Types].xml", "xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		{"a.docx", zipOf("[Content_Types].xml", "word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{"a.pdf", "<html><script>alert(1)</script>", "text/plain; charset=utf-8"}, // the name proves nothing
		{"a.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>", "text/plain; charset=utf-8"},
		{"a.xlsm", zipOf("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), ""},
		{"a.zip", zipOf("x"), ""},
		{"a.zip", "PK\x03\x04 damaged", ""},
		{"a.exe", "MZ\x90\x00\x03", ""},
		{"a.txt", "with a \x00 in it", ""},
		{"a.gif", "GIF89a\x01\x00", ""},
	}
	for _, c := range cases {
		if got := mediaType(c.name, []byte(c.content)); got != c.want {
			t.Errorf("%s (%q...): got %q, want %q", c.name, c.content[:min(12, len(c.content))], got, c.want)
		}
	}
}

func TestDocuments(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		s := open(t, o)
		ctx := t.Context()
		content := append([]byte("%PDF-"), make([]byte, 3*partSize+17)...)
		rand.Read(content[5:])
		d := must(s.Attach(ctx, "ann", `C:\letters\..\a "letter".pdf`, bytes.NewReader(content)))(t)
		if d.Name != "a _letter_.pdf" || d.Size != int64(len(content)) || d.MediaType != typePDF {
			t.Errorf("%+v", d)
		}
		var back bytes.Buffer
		if err := s.ReadDocument(ctx, d.Hash, &back); err != nil || !bytes.Equal(back.Bytes(), content) {
			t.Errorf("%v; %d bytes came back", err, back.Len())
		}
		// The same content once more is the same document.
		again := must(s.Attach(ctx, "bob", "copy.pdf", bytes.NewReader(content)))(t)
		if again.Hash != d.Hash || again.RecordedBy != "ann" || again.Name != d.Name {
			t.Errorf("%+v", again)
		}
		var rule *RuleError
		for name, content := range map[string]string{"empty.txt": "", "a.exe": "MZ\x00", "large.txt": strings.Repeat("x", MaxDocument+1)} {
			if _, err := s.Attach(ctx, "ann", name, strings.NewReader(content)); !errors.As(err, &rule) {
				t.Errorf("%s: %v", name, err)
			}
		}
		must(s.Attach(ctx, "ann", "most.txt", strings.NewReader(strings.Repeat("x", MaxDocument))))(t)
		if _, err := s.Attach(ctx, "ann", "broken.txt", &failing{}); err == nil {
			t.Error("half a document was taken")
		}
		if v, err := s.Verify(ctx, ""); err != nil || v.Documents != 2 {
			t.Errorf("%+v %v", v, err)
		}
		if err := s.EraseDocument(ctx, "ann", d.Hash, "names a patient"); err != nil {
			t.Fatal(err)
		}
		if err := s.ReadDocument(ctx, d.Hash, &back); !errors.Is(err, ErrNotFound) {
			t.Errorf("after erasing: %v", err)
		}
		if _, err := s.Attach(ctx, "ann", "a.pdf", bytes.NewReader(content)); !errors.As(err, &rule) {
			t.Errorf("attached again: %v", err)
		}
		if err := s.EraseDocument(ctx, "ann", d.Hash, "again"); !errors.Is(err, ErrNotFound) {
			t.Errorf("erased twice: %v", err)
		}
		if _, err := s.Verify(ctx, ""); err != nil {
			t.Error(err)
		}
	})
}

// failing breaks off in the middle.
type failing struct{ n int }

func (f *failing) Read(b []byte) (int, error) {
	if f.n++; f.n > 3 {
		return 0, errors.New("the connection was lost")
	}
	return copy(b, "some text"), nil
}

func FuzzMediaType(f *testing.F) {
	f.Add("a.csv", []byte("a,b"))
	f.Add("a.xlsx", []byte(zipOf("[Content_Types].xml", "xl/workbook.xml")))
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		got := mediaType(name, content)
		if strings.Contains(got, "html") || strings.Contains(got, "svg") || strings.Contains(got, "script") {
			t.Errorf("%q", got)
		}
		if clean := cleanName(name); strings.ContainsAny(clean, "/\\\"\r\n\x00") || clean == "" || clean == ".." {
			t.Errorf("%q became %q", name, clean)
		}
	})
}
