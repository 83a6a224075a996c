package postcode

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func built(t testing.TB, codes map[string]int, areas string) string {
	t.Helper()
	var b Builder
	for code, area := range codes {
		if err := b.Add(code, area); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "postcode.index")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.Write(f, areas), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRoundTrip(t *testing.T) {
	codes := map[string]int{"ZT1 1AA": 0, "ZT1 1AB": 3, "ZT1 9ZZ": 65535, "ZT1A 0AA": 7, "Z1 5QQ": 2, "ZT10 1AA": 9}
	x, err := Open(built(t, codes, "the areas"))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for code, want := range codes {
		if got, ok := x.Find(code); !ok || got != want {
			t.Errorf("%s: %d, %v; want %d", code, got, ok, want)
		}
	}
	for _, code := range []string{"", "ZT1 1AC", "ZT2 1AA", "ZT11AA", "ZT1 1aa", "ZT1 AAA", "ZZZZZ 1AA", "ZT1 1A"} {
		if _, ok := x.Find(code); ok {
			t.Errorf("%q was found", code)
		}
	}
	if x.Areas() != "the areas" || x.Len() != len(codes) || !bytes.Equal(x.Digest(), x.Sum()) {
		t.Errorf("areas %q, %d postcodes", x.Areas(), x.Len())
	}
}

func TestSameFileWhateverTheOrder(t *testing.T) {
	var files [2][]byte
	for i, order := range [][]string{{"ZT1 1AA", "ZT2 1AA", "ZT1 1AB"}, {"ZT1 1AB", "ZT1 1AA", "ZT1 1AA", "ZT2 1AA"}} {
		var b Builder
		for _, code := range order {
			if err := b.Add(code, 1); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(t.TempDir(), "x")
		f, _ := os.Create(path)
		if err := errors.Join(b.Write(f, "a"), f.Close()); err != nil {
			t.Fatal(err)
		}
		files[i], _ = os.ReadFile(path)
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the order of the rows shows in the file")
	}
}

func TestBuilderRefuses(t *testing.T) {
	var b Builder
	if b.Add("nonsense", 1) == nil || b.Add("ZT1 1AA", MaxAreas) == nil || b.Add("ZT1 1AA", -1) == nil {
		t.Error("a bad postcode or area was taken")
	}
	_ = errors.Join(b.Add("ZT1 1AA", 1), b.Add("ZT1 1AA", 2))
	f, _ := os.Create(filepath.Join(t.TempDir(), "x"))
	defer f.Close()
	if err := b.Write(f, ""); err == nil || err.Error() != "the postcode ZT1 1AA is there twice with different areas" {
		t.Errorf("error %v", err)
	}
}

func TestOpenRefusesDamage(t *testing.T) {
	path := built(t, map[string]int{"ZT1 1AA": 1, "ZT2 1AA": 2}, "areas")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) {
		if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if x, err := Open(path); err == nil {
			x.Close()
			t.Fatalf("%d of %d bytes were opened", n, len(whole))
		}
	}
	whole[headSize+20] ^= 1
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	x, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if bytes.Equal(x.Digest(), x.Sum()) {
		t.Error("a changed byte does not show in the sum")
	}
}

func FuzzParse(f *testing.F) {
	whole, err := os.ReadFile(built(f, map[string]int{"ZT1 1AA": 1, "ZT2 1AA": 2}, "areas"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := parse(data)
		if err != nil {
			return
		}
		x.Find("ZT1 1AA")
		x.Find("ZT2 9ZZ")
	})
}

// codes makes up a directory as large as the published one.
func codes(yield func(string) bool) {
	n := 0
	for a := 'A'; a <= 'Z'; a++ {
		for d := range 110 {
			for i := range 950 {
				n++
				if !yield(fmt.Sprintf("Z%c%d %d%c%c", a, d%100, i%10, 'A'+i/10%26, 'A'+(i/260+d/100*9)%26)) {
					return
				}
			}
		}
	}
}

func BenchmarkFind(b *testing.B) {
	var build Builder
	var asked []string
	n := 0
	for c := range codes {
		if err := build.Add(c, int(c[1])); err != nil {
			b.Fatal(err)
		}
		if n%97 == 0 {
			asked = append(asked, c)
		}
		n++
	}
	path := filepath.Join(b.TempDir(), "x")
	f, _ := os.Create(path)
	if err := errors.Join(build.Write(f, ""), f.Close()); err != nil {
		b.Fatal(err)
	}
	x, err := Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	i := 0
	for b.Loop() {
		if _, ok := x.Find(asked[i%len(asked)]); !ok {
			b.Fatal(asked[i%len(asked)])
		}
		i += 7919
	}
	info, _ := os.Stat(path)
	b.ReportMetric(float64(info.Size())/1e6, "MB")
	b.ReportMetric(float64(x.Len()), "postcodes")
}
