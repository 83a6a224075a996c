package warehouse

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// TestText reads bytes in every size of portion: UTF-8 stays as it is, and what
// is none is read as Windows-1252.
func TestText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"plain", "plain"},
		{"Café €5 😀", "Café €5 😀"},
		{"Caf\xe9 \x805", "Café €5"},
		{"\xe2\x82", "â‚"},
		{"é\xe9é", "ééé"},
	} {
		for _, r := range []io.Reader{bytes.NewReader([]byte(c.in)), iotest.OneByteReader(bytes.NewReader([]byte(c.in))), iotest.DataErrReader(bytes.NewReader([]byte(c.in)))} {
			got, err := io.ReadAll(newTextReader(r))
			if err != nil || string(got) != c.want {
				t.Errorf("%q was read as %q, want %q: %v", c.in, got, c.want, err)
			}
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add([]byte("Caf\xe9 é €"))
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := io.ReadAll(newTextReader(iotest.OneByteReader(bytes.NewReader(in))))
		if err != nil || !utf8.Valid(got) || utf8.Valid(in) && !bytes.Equal(in, got) {
			t.Errorf("%q was read as %q: %v", in, got, err)
		}
	})
}
