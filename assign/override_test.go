package assign

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"remit/method"
	"remit/methods"
	"remit/register"
)

const overrideTitles = "kind,key,commissioner,category,valid_from,valid_to,reason\n"

// shipped are the shipped reference data and the usual method.
func shipped(t testing.TB) (*register.Pack, *method.Method) {
	t.Helper()
	pack, err := register.LoadShipped()
	if err != nil {
		t.Fatal(err)
	}
	lib := method.Library{Pack: pack, Open: func(name string) ([]byte, string, error) {
		src, err := methods.Files.ReadFile(name + ".yaml")
		return src, name, err
	}}
	m, err := lib.Load("cam-2025-26")
	if err != nil {
		t.Fatal(err)
	}
	return pack, m
}

// Every fault of a table of overrides is reported, with its row and column.
func TestOverrideFaults(t *testing.T) {
	faults := func(rows string) []string {
		path := filepath.Join(t.TempDir(), "o.csv")
		if err := os.WriteFile(path, []byte(overrideTitles+rows), 0o600); err != nil {
			t.Fatal(err)
		}
		pack, m := shipped(t)
		_, err := ReadOverrides(path, pack, m)
		var bad *InputError
		if err != nil && !errors.As(err, &bad) {
			t.Fatalf("%v is no fault of the input", err)
		}
		if bad == nil {
			return nil
		}
		var out []string
		for _, f := range bad.Faults {
			out = append(out, strings.TrimPrefix(f, filepath.Dir(path)+"/"))
		}
		return out
	}
	for _, c := range []struct {
		name, rows string
		want       []string // how each fault begins
	}{
		{"of form", "record,K1,36L,12,2025-04-01,2026-03-31,child in care\n" +
			"recrd,K2,36L,12,,,x\n" +
			"patient,,36L,12,,,x\n" +
			"patient,P1,,12,,,x\n" +
			"patient,P2,36L,12,,,\n" +
			"practice,H83001,36L,12,1 April,,x\n" +
			"practice,H83002,36L,12,2025-04-01,31 March,x\n" +
			"provider,RJ7,36L,12,2026-04-01,2026-03-31,x\n" +
			"record,K1,15E,12,2026-03-31,,x\n" +
			"record, K1 ,15E,12,2026-04-01,,x\n" +
			"record,K9\n" +
			"practice,g1,36L,12,,,x\npractice,G1,36L,12,,,x\n",
			[]string{
				`o.csv row 2 column kind value "recrd": is not a kind of override; Write record, patient`, "o.csv row 3 column key: is blank", "o.csv row 4 column commissioner: is blank",
				"o.csv row 5 column reason: is blank", `o.csv row 6 column valid_from value "1 April": is not a date`, `o.csv row 7 column valid_to value "31 March": is not a date`,
				`o.csv row 8 column valid_to value "2026-03-31": is before valid_from`, `o.csv row 9 column valid_from value "2026-03-31": overlaps the override of the same key in row 1`,
				`o.csv row 10 column valid_from value "2026-04-01": overlaps the override of the same key in row 9`, "o.csv row 11: has 2 fields where the header has 7",
				"o.csv row 13 column valid_from: overlaps the override of the same key in row 12",
			}},
		{"who cannot pay", "record,K1,36X,12,,,x\nrecord,K2,RJ7,12,,,x\nrecord,K3,A4R1E,12,,,x\nrecord,K4,QMJ,12,2026-04-01,,x\nrecord,K5,36L,13,,,x\nrecord,K6,H85000,,,,x\n",
			[]string{
				`o.csv row 1 column commissioner value "36X": is no commissioner that the reference data knows; Perhaps 36J or 36L is meant`,
				`o.csv row 2 column commissioner value "RJ7": is no commissioner`, `o.csv row 3 column commissioner value "A4R1E": is a reporting entity`,
				`o.csv row 4 column commissioner value "QMJ": does not exist while the override holds, but from 2022-07-01 to 2026-03-31; Name its successor`,
				`o.csv row 5 column category value "13": is not a commissioned service category; Write one of 12, 21,`, `o.csv row 6 column commissioner value "H85000": is no commissioner`,
			}},
		{"who can pay", "record,K1,36l,12,,,x\nrecord,K2,QWE,,,,x\nrecord,K3,13R,21,,,x\nrecord,K4,VPP00,,,,x\nrecord,K5,7A1,,,,x\nrecord,K6,QMJ,12,2025-04-01,,x\nrecord,K7,Y56,81,,,x\nrecord,K8,E09000001,,,,x\nrecord,K9,13Q,61,,,x\n", nil},
	} {
		got := faults(c.rows)
		if len(got) != len(c.want) {
			t.Errorf("%s: %d faults, want %d:\n%s", c.name, len(got), len(c.want), strings.Join(got, "\n"))
			continue
		}
		for i := range got {
			if !strings.HasPrefix(got[i], c.want[i]) {
				t.Errorf("%s: got  %s\nwant %s", c.name, got[i], c.want[i])
			}
		}
	}
}

func TestOverrideFiles(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"empty":          {"", "reading the header"},
		"other columns":  {"kind,key\n", "the columns are kind,key; write kind,key,commissioner"},
		"quote not shut": {overrideTitles + "record,\"K1,36L,12,,,x\n", "o.csv row 1"},
	} {
		if _, err := readOverrides([]byte(c.text), "o.csv"); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want an error that says %q", name, err, c.says)
		}
	}
	o, err := readOverrides([]byte("\ufeff"+overrideTitles+" record , K1 , 36L ,,,, agreed \n"), "o.csv")
	if err != nil {
		t.Fatal(err)
	}
	if n := o.find(0, []byte("K1"), register.NoDay); n == nil || n.commissioner != "36L" || n.reason != "agreed" || len(o.all) != 1 {
		t.Errorf("%+v", n)
	}
	if _, err := ReadOverrides("nosuch.csv", nil, nil); err == nil || !strings.Contains(err.Error(), "nosuch.csv") {
		t.Errorf("%v", err)
	}
}

// Codes are found however a file writes them; keys of records are not codes.
func TestOverrideKeys(t *testing.T) {
	o, err := readOverrides([]byte(overrideTitles+"practice,h83001,15E,,,,x\nprovider,RJ7,16C,,,,x\nprovider,NT401,36L,,,,x\nrecord,k1,06H,,,,x\n"), "o.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind      int
		key, want string
	}{
		{2, "H83001", "15E"}, {2, " h83001 ", "15E"}, {2, "H8300100", ""}, {3, "RJ7", "16C"}, {3, "rj7", "16C"}, {3, "RJ700", "16C"}, {3, "RJ701", ""},
		{3, "NT401", "36L"}, {3, "NT4", ""}, {0, "k1", "06H"}, {0, "K1", ""}, {1, "k1", ""},
	} {
		got := ""
		if n := o.find(c.kind, []byte(c.key), register.NoDay); n != nil {
			got = n.commissioner
		}
		if got != c.want {
			t.Errorf("%s %q: %q, want %q", overrideKinds[c.kind].kind, c.key, got, c.want)
		}
	}
	if got := o.unused(); len(got) != 0 {
		t.Errorf("rows %v are said not to have been used", got)
	}
	o.forget()
	o.find(3, []byte("RJ700"), register.NoDay)
	if got := fmt.Sprint(o.unused()); got != "[1 3 4]" {
		t.Errorf("rows %v are said not to have been used", got)
	}
}

func TestOverrideDates(t *testing.T) {
	o, err := readOverrides([]byte(overrideTitles+
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
		got := ""
		if n := o.find(2, []byte(c.key), day); n != nil {
			got = n.commissioner
		}
		if got != c.want {
			t.Errorf("%s on %q: %q, want %q", c.key, c.on, got, c.want)
		}
	}
}

func FuzzReadOverrides(f *testing.F) {
	f.Add(overrideTitles + "record,K1,36L,12,2025-04-01,,x\n")
	f.Add(overrideTitles + "practice,\"H\n1\",36L,,,2025-13-01,\n")
	f.Fuzz(func(t *testing.T, text string) {
		o, err := readOverrides([]byte(text), "o.csv")
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
		if n != len(o.all) {
			t.Fatalf("%d overrides are counted as %d", n, len(o.all))
		}
	})
}
