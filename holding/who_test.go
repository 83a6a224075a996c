package holding

import (
	"cmp"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"remit/register"
)

func shipped(t testing.TB) *Book {
	t.Helper()
	p, err := register.LoadShipped()
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func day(t testing.TB, s string) register.Day {
	t.Helper()
	d, err := register.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// readCases reads a table of cases, a map by column for each row.
func readCases(t *testing.T, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]string
	for _, r := range rows[1:] {
		c := map[string]string{}
		for i, name := range rows[0] {
			c[name] = r[i]
		}
		list = append(list, c)
	}
	return list
}

// TestWho runs the table of questions. Holders are codes with | between, - for
// one that is not established. Of the other columns a blank one is not looked at,
// but where bill is blank and category is not, no one payer may follow; until is
// looked at whenever since is: blank means that no end is known.
func TestWho(t *testing.T) {
	b := shipped(t)
	for _, c := range readCases(t, "testdata/who.csv") {
		t.Run(c["id"], func(t *testing.T) {
			if c["source"] == "" {
				t.Error("the case has no source")
			}
			q := Question{Service: c["service"], For: c["for"], Provider: c["provider"], On: day(t, c["on"])}
			whole, err := b.Who(q)
			if err != nil {
				t.Fatal(err)
			}
			q.Role = Role(c["role"])
			a, err := b.Who(q)
			if err != nil {
				t.Fatal(err)
			}
			checkHolders(t, c, a)
			if !strings.Contains(a.Answer, c["says"]) && !strings.Contains(whole.Answer, c["says"]) {
				t.Errorf("neither %q\nnor %q\nsays %q", a.Answer, whole.Answer, c["says"])
			}
			if c["bill"] != "" || c["category"] != "" {
				if whole.BillTo == nil || whole.BillTo.Commissioner != c["bill"] || whole.BillTo.Category != c["category"] {
					t.Errorf("bill to %+v, want %s under %s; %v", whole.BillTo, c["bill"], c["category"], whole.Notes)
				}
			}
			if code, state, has := strings.Cut(c["plan"], "="); has && planState(whole, code) != state {
				t.Errorf("plans %+v, want %s", whole.Planned, c["plan"])
			}
		})
	}
}

func planState(a *Answer, code string) string {
	for _, p := range a.Planned {
		if p.Instrument == code {
			return p.State
		}
	}
	return ""
}

func checkHolders(t *testing.T, c map[string]string, a *Answer) {
	t.Helper()
	var got []string
	for _, h := range a.Holdings {
		got = append(got, cmp.Or(h.HolderCode, "-"))
		if h.Source == "" || h.Confidence == "" || h.HolderName == "" {
			t.Errorf("%+v lacks its name, source or confidence", h)
		}
		for column, got := range map[string]string{"basis": h.Basis, "instrument": h.Instrument} {
			if want := c[column]; want != "" && got != want {
				t.Errorf("%s of %s is %q, want %q", column, h.HolderCode, got, want)
			}
		}
		if c["since"] != "" && (h.ValidFrom.String() != c["since"] || h.ValidTo.String() != c["until"]) {
			t.Errorf("%s holds from %s to %q, want %s to %q", h.HolderCode, h.ValidFrom, h.ValidTo, c["since"], c["until"])
		}
	}
	want := strings.FieldsFunc(c["holders"], func(r rune) bool { return r == '|' })
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q\n%s", c["role"], got, want, a.Answer)
	}
}

// TestWhoTells checks what else an answer says: of the place, the past and the
// things that a reader should know.
func TestWhoTells(t *testing.T) {
	b := shipped(t)
	ask := func(service, people, on string) *Answer {
		a, err := b.Who(Question{Service: service, For: people, On: day(t, on)})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := ask("11", "QNQ", "2026-06-01")
	text := ""
	for _, h := range a.Holdings {
		text += h.HolderCode + " " + h.People + "\n"
	}
	for _, want := range []string{"S0E4D the part of NHS Frimley ICB", "244 LSOA11s", "95 LSOA11s", "101 LSOA11s"} {
		if !strings.Contains(text, want) {
			t.Errorf("the holders after the split do not say %q:\n%s", want, text)
		}
	}
	if a.BillTo != nil || !strings.Contains(strings.Join(a.Notes, " "), "closed on 31 March 2026") {
		t.Errorf("bill to %v; %q", a.BillTo, a.Notes)
	}
	a = ask("11", "QXU", "2025-06-01")
	if len(a.Before) == 0 || a.Before[0].On != day(t, "2025-04-01") || a.Before[0].Role != Responsible || a.Before[0].After != "NHS Surrey Heartlands ICB" {
		t.Errorf("before: %+v", a.Before)
	}
	if len(a.After) == 0 || a.After[0].On != day(t, "2025-07-01") || a.After[0].Role != Employs || a.After[0].After != "not established" {
		t.Errorf("after: %+v", a.After)
	}
	a = ask("6", "QWE", "2025-06-01")
	if n := strings.Join(a.Notes, " "); !strings.Contains(n, "NCBPS22U") || !strings.Contains(n, "NCBPS22SB") {
		t.Errorf("the red lines of a delegated service are not told: %q", a.Notes)
	}
	a = ask("11", "", "2024-06-01")
	if !strings.Contains(a.Answer, "20 ICBs commission") || !strings.Contains(a.Answer, "jointly with 22 ICBs, through 5 joint committees") {
		t.Error(a.Answer)
	}
	a = ask("PMED", "QMJ", "2020-01-01")
	if len(a.Holdings) != 0 || !strings.Contains(a.Answer, "does not tell") {
		t.Errorf("what the register does not know is answered: %s", a.Answer)
	}
}

func TestFind(t *testing.T) {
	b := shipped(t)
	on := day(t, "2025-06-01")
	for _, c := range []struct{ text, kind, code, problem string }{
		{"11", "service", "11", ""},
		{"2a", "service", "2A", ""},
		{"Cystic fibrosis", "service", "45", ""},
		{"proton beam", "service", "90", ""},
		{"adult critical care", "service", "ACC", ""},
		{"29E", "line", "NCBPS29E", ""},
		{"ncbps11b", "line", "NCBPS11B", ""},
		{"vacc", "function", "VACC", ""},
		{"child health information", "function", "CHIS", ""},
		{"POD dental", "function", "DENT", ""},
		{"heart", "", "", "one of several"},
		{"SPEC", "", "", "differs from service to service"},
		{"PRIMARY", "", "", "its parts are held apart"},
		{"99999999", "", "", "no function"},
		{"zeppelins", "", "", "no service"},
		{"", "", "", "nothing was asked"},
	} {
		s, err := b.Find(c.text, on)
		if c.problem != "" {
			if err == nil || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("%q: %v, %v; want %s", c.text, s, err, c.problem)
			}
			continue
		}
		if err != nil || s.Kind != c.kind || s.Code != c.code {
			t.Errorf("%q is %+v (%v), want %s %s", c.text, s, err, c.kind, c.code)
		}
	}
}

func TestFindPlace(t *testing.T) {
	b := shipped(t)
	on := day(t, "2025-06-01")
	for _, c := range []struct{ text, kind, code, problem string }{
		{"qmj", "icb", "QMJ", ""},
		{"North Central London", "icb", "QMJ", ""},
		{"NHS Surrey Heartlands ICB", "icb", "QXU", ""},
		{"Staffordshire", "icb", "QNC", ""},
		{"London", "region", "Y56", ""},
		{"Y56", "region", "Y56", ""},
		{"Barnet", "reporting_entity", "G2L3T", ""},
		{"93C", "sub_icb", "93C", ""},
		{"E83003", "practice", "E83003", ""},
		{"RRV", "provider", "RRV", ""},
		{"E54000063", "icb", "QXU", ""},
		{"E01016180", "lsoa", "E01016180", ""},
		{"", "england", "England", ""},
		{"england", "england", "England", ""},
		{"Essex", "icb", "D7T5G", ""},
		{"Yorkshire", "", "", "one of several"},
		{"Atlantis", "", "", "no ICB"},
		{"SW1A 1AA", "", "", "load a postcode directory"},
	} {
		p, err := b.FindPlace(c.text, on)
		if c.problem != "" {
			if err == nil || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("%q: %v, %v; want %s", c.text, p, err, c.problem)
			}
			continue
		}
		if err != nil || p.Kind != c.kind || p.Code != c.code {
			t.Errorf("%q is %+v (%v), want %s %s", c.text, p, err, c.kind, c.code)
		}
	}
}

// TestPostcode asks by where people live, which needs a postcode directory or an
// operator's own few postcodes.
func TestPostcode(t *testing.T) {
	dir := t.TempDir()
	rows := "postcode,country,sub_icb,health_board,local_authority,note,valid_from,valid_to,confidence,source\n" +
		"ZZ1 1AA,E,93C,,,,,,low,made up\nZZ1 1AB,E,D4U1Y,,,,,2026-03-31,low,made up\nZZ1 1AB,E,U2G6B,,,,2026-04-01,,low,made up\n"
	if err := os.WriteFile(filepath.Join(dir, "postcode.csv"), []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := register.LoadShipped(dir)
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ postcode, on, responsible, bill string }{
		{"zz11aa", "2026-03-31", "QMJ", "93C"},
		{"ZZ1 1AA", "2026-04-01", "Z9B2Z", "93C"},
		{"ZZ1 1AB", "2026-03-31", "QNQ", "D4U1Y"},
		{"ZZ1 1AB", "2026-04-01", "S0E4D", "U2G6B"},
	} {
		a, err := b.Who(Question{Service: "11", For: c.postcode, On: day(t, c.on)})
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Holdings[1].HolderCode; got != c.responsible || a.BillTo == nil || a.BillTo.Commissioner != c.bill {
			t.Errorf("%s on %s: %s, bill %+v; want %s and %s", c.postcode, c.on, got, a.BillTo, c.responsible, c.bill)
		}
	}
}

// FuzzWho asks anything: an answer or a sentence must come back.
func FuzzWho(f *testing.F) {
	b := shipped(f)
	f.Add("11", "QMJ", int32(20000), "")
	f.Add("dental", "SW1A 1AA", int32(-1<<30), "employs")
	f.Add("NCBPS22U", "E01016180", int32(1<<30), "nonsense")
	f.Add("", "", int32(-1<<31+1), "pays")
	f.Fuzz(func(t *testing.T, service, people string, on int32, role string) {
		a, err := b.Who(Question{Service: service, For: people, On: register.Day(on), Role: Role(role)})
		if err == nil && a.Answer == "" || err != nil && err.Error() == "" {
			t.Errorf("%v, %v", a, err)
		}
	})
}

func BenchmarkWho(b *testing.B) {
	book := shipped(b)
	on := day(b, "2025-06-01")
	for name, people := range map[string]string{"ICB": "QXU", "practice": "E83003", "England": ""} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := book.Who(Question{Service: "11", For: people, On: on}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	p, err := register.LoadShipped()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := New(p); err != nil {
			b.Fatal(err)
		}
	}
}
