package synth_test

import (
	"path/filepath"
	"testing"

	"remit/register"
	"remit/register/published"
	"remit/synth"
)

func TestThePostcodeDirectoryIsImported(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "postcodes.csv")
	if err := synth.WritePostcodesFile(pack(t), file, ""); err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(dir, "overlay")
	report, err := published.Import(pack(t), file, published.Options{Into: overlay})
	if err != nil {
		t.Fatal(err)
	}
	if report.Kind != published.ONSPD || len(report.Notes) > 0 {
		t.Errorf("read as %s with notes %v", report.Kind, report.Notes)
	}
	p, err := register.LoadShipped(overlay)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	day, _ := register.ParseDay("2025-06-01")
	places := p.Table("postcode")
	at := func(code, column string) string { return places.At(places.Find(code, day, 0).Row, column) }
	f := read(t, synth.Options{Records: 20_000, Seed: 4, Layout: "op"})
	agree, boards := 0, 0
	for _, row := range f.rows {
		code, residence := row[f.layout.Field["postcode"]], row[f.layout.Field["residence_responsibility"]]
		if code == "" || code[0] != 'Z' || code[1] != 'T' {
			continue
		}
		if at(code, "country") == "" {
			t.Fatalf("%s is not in the directory", code)
		}
		if at(code, "sub_icb") == residence {
			agree++
		}
		if at(code, "health_board") != "" {
			boards++
		}
	}
	if agree < 18_500 || boards < 100 {
		t.Errorf("residence agrees with the postcode in %d rows; %d are residents of a health board", agree, boards)
	}
	for _, detention := range p.Table("detention_postcode").Keys()[:5] {
		if at(detention, "country") != "E" {
			t.Errorf("%s is not in England", detention)
		}
	}
}
