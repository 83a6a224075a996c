package register

import "testing"

func TestLoadShipped(t *testing.T) {
	p, err := LoadShipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range p.Names() {
		t.Log(n, p.Table(n).Len(), p.Table(n).Columns)
	}
	for _, n := range p.Notes {
		t.Log(n)
	}
}

func BenchmarkLoadShipped(b *testing.B) {
	for b.Loop() {
		if _, err := LoadShipped(); err != nil {
			b.Fatal(err)
		}
	}
}
