package assign

import (
	"errors"
	"strings"
	"testing"

	"remit/register"
)

const overrideTitles = "kind,key,commissioner,category,valid_from,valid_to,reason\n"

// Every fault of a table of overrides is reported, with its row and column.
func TestOverrideFaults(t *testing.T) {
	_, err := readOverrides(strings.NewReader(overrideTitles+
		"record,K1,36L,12,2025-04-01,2026-03-31,child in care\n"+
		"recrd,K2,36L,12,,,x\n"+
		"patient,,36L,12,,,x\n"+
		"patient,P1,,12,,,x\n"+
		"patient,P2,36L,12,,,\n"+
		"practice,H83001,36L,12,1 April,,x\n"+
		"practice,H83002,36L,12,2025-04-01,31 March,x\n"+
		"provider,RJ7,36L,12,2026-04-01,2026-03-31,x\n"+
		"record,K1,15E,12,2026-03-31,,x\n"+
		"record, K1 ,15E,12,2026-04-01,,x\n"), "o.csv")
	var faults *register.DataError
	if !errors.As(err, &faults) {
		t.Fatalf("%v, want a list of faults", err)
	}
	type place struct {
		row    int
		column string
	}
	got := map[place]string{}
	for _, f := range faults.Faults {
		if f.File != "o.csv" || f.Remedy == "" {
			t.Errorf("%+v has no file or no remedy", f)
		}
		got[place{f.Row, f.Column}] += f.Problem + "; "
	}
	want := map[place]string{
		{2, "kind"}: "not a kind", {3, "key"}: "blank", {4, "commissioner"}: "blank", {5, "reason"}: "blank",
		{6, "valid_from"}: "not a date", {7, "valid_to"}: "not a date", {8, "valid_to"}: "before valid_from",
		{9, "valid_from"}: "overlaps the override of the same key in row 1", {10, "valid_from"}: "overlaps the override of the same key in row 9",
	}
	for p, says := range want {
		if !strings.Contains(got[p], says) {
			t.Errorf("row %d %s: %q, want one that says %q", p.row, p.column, got[p], says)
		}
		delete(got, p)
	}
	// A date that cannot be read may well lie before the other one too.
	delete(got, place{7, "valid_from"})
	delete(got, place{6, "valid_to"})
	for p, says := range got {
		t.Errorf("row %d %s: %q is no fault of the file", p.row, p.column, says)
	}
}

func TestOverrideFiles(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"empty":          {"", "reading the header"},
		"other columns":  {"kind,key\n", "the columns are kind,key; write kind,key,commissioner"},
		"ragged":         {overrideTitles + "record,K1\n", "wrong number of fields"},
		"quote not shut": {overrideTitles + "record,\"K1,36L,12,,,x\n", "o.csv"},
	} {
		if _, err := readOverrides(strings.NewReader(c.text), "o.csv"); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want an error that says %q", name, err, c.says)
		}
	}
	o, err := readOverrides(strings.NewReader("\ufeff"+overrideTitles+" record , K1 , 36L ,,,, agreed \n"), "o.csv")
	if n, ok := o.find("record", []byte("K1"), register.NoDay); err != nil || !ok || n.commissioner != "36L" || n.reason != "agreed" || o.count != 1 {
		t.Errorf("%v, %+v", err, n)
	}
	if _, err := ReadOverrides("nosuch.csv"); err == nil || !strings.Contains(err.Error(), "nosuch.csv") {
		t.Errorf("%v", err)
	}
}

func TestOverrideDates(t *testing.T) {
	o, err := readOverrides(strings.NewReader(overrideTitles+
		"practice,H83001,15E,12,2025-04-01,2025-09-30,first half\n"+
		"practice,H83001,16C,12,2025-10-01,,from October\n"+
		"practice,H83002,15E,,,,always\n"), "o.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ key, on, want string }{
		{"H83001", "2025-03-31", ""}, {"H83001", "2025-04-01", "15E"}, {"H83001", "2025-09-30", "15E"}, {"H83001", "2025-10-01", "16C"},
		{"H83001", "2049-01-01", "16C"}, {"H83001", "", ""}, // without a date only an override without dates holds
		{"H83002", "", "15E"}, {"H83002", "2025-06-01", "15E"}, {"H83003", "2025-06-01", ""},
	} {
		day := register.NoDay
		if c.on != "" {
			if day, err = register.ParseDay(c.on); err != nil {
				t.Fatal(err)
			}
		}
		if n, _ := o.find("practice", []byte(c.key), day); n.commissioner != c.want {
			t.Errorf("%s on %q: %q, want %q", c.key, c.on, n.commissioner, c.want)
		}
	}
}

func FuzzReadOverrides(f *testing.F) {
	f.Add(overrideTitles + "record,K1,36L,12,2025-04-01,,x\n")
	f.Add(overrideTitles + "practice,\"H\n1\",36L,,,2025-13-01,\n")
	f.Fuzz(func(t *testing.T, text string) {
		o, err := readOverrides(strings.NewReader(text), "o.csv")
		if (o == nil) != (err != nil) {
			t.Fatalf("%v and %v", o, err)
		}
		if err != nil {
			return
		}
		n := 0
		for _, keys := range o.byKind {
			for _, list := range keys {
				n += len(list)
			}
		}
		if n != o.count {
			t.Fatalf("%d overrides are counted as %d", n, o.count)
		}
	})
}
