package register

import (
	"encoding/csv"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	tb := newTable("t", "code", "code", "v")
	tb.add(10, 19, provenance{}, "A", "one")
	tb.add(20, 29, provenance{}, "A", "two")
	tb.add(40, Latest, provenance{}, "A", "three")
	tb.add(Earliest, Latest, provenance{}, "B", "ever")
	tb.index()
	for _, c := range []struct {
		key      string
		on       Day
		want     string
		from, to Day
	}{
		{"A", 9, "", Earliest, 9},
		{"A", 10, "one", 10, 19},
		{"A", 19, "one", 10, 19},
		{"A", 20, "two", 20, 29},
		{"A", 30, "", 30, 39},
		{"A", 39, "", 30, 39},
		{"A", 99, "three", 40, Latest},
		{"B", 5, "ever", Earliest, Latest},
		{"C", 5, "", Earliest, Latest},
		{"A", NoDay, "", NoDay, NoDay},
	} {
		f := tb.Find(c.key, c.on, 0)
		if got := tb.Value(f.Row, 1); got != c.want || f.From != c.from || f.To != c.to {
			t.Errorf("Find(%s, %d): %q from %d to %d, want %q from %d to %d", c.key, c.on, got, f.From, f.To, c.want, c.from, c.to)
		}
	}
	if f := tb.FindEver("A", 1); tb.Value(f.Row, 1) != "two" || f.Count != 3 {
		t.Errorf("FindEver: %+v", f)
	}
}

func TestFindAmongSeveral(t *testing.T) {
	tb := newTable("t", "code", "code", "v")
	tb.add(0, 20, provenance{}, "A", "one")
	tb.add(10, 30, provenance{}, "A", "two")
	tb.index()
	first, second, third := tb.Find("A", 15, 0), tb.Find("A", 15, 1), tb.Find("A", 15, 2)
	if tb.Value(first.Row, 1) != "one" || tb.Value(second.Row, 1) != "two" || first.Count != 2 || third.Count != 2 {
		t.Errorf("%+v %+v %+v", first, second, third)
	}
	if first.From != 10 || first.To != 20 {
		t.Errorf("window %d to %d, want 10 to 20", first.From, first.To)
	}
}

func TestAddJoinsWhatFollowsOn(t *testing.T) {
	tb := newTable("t", "code", "code", "v")
	tb.add(0, 9, provenance{}, "A", "same")
	tb.add(10, 19, provenance{}, "A", "same")
	tb.add(20, 29, provenance{}, "A", "other")
	tb.add(31, 39, provenance{}, "A", "other")
	if tb.index(); tb.Len() != 3 {
		t.Errorf("%d rows, want 3", tb.Len())
	}
}

// The window must be the longest period around the day in which the answer is
// the same: asked on every day of it the answer and the window are the same,
// and a day outside either end they are not.
func TestWindowIsLongest(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		tb := newTable("t", "code", "code", "v")
		at := Day(r.IntN(5))
		for n := range r.IntN(6) {
			to := at + Day(r.IntN(6))
			tb.add(at, to, provenance{}, "A", string(rune('a'+n)))
			at = to + 1 + Day(r.IntN(3))
		}
		tb.index()
		for day := Day(-3); day < 50; day++ {
			f := tb.Find("A", day, 0)
			if day < f.From || day > f.To {
				t.Fatalf("day %d is outside its window %d to %d", day, f.From, f.To)
			}
			for other := Day(-3); other < 50; other++ {
				g := tb.Find("A", other, 0)
				inside := other >= f.From && other <= f.To
				if inside && g != f {
					t.Fatalf("day %d in the window of %d: %+v and %+v", other, day, g, f)
				}
				if (other == f.From-1 || other == f.To+1) && g.Row == f.Row {
					t.Fatalf("the window of %d could be longer at %d", day, other)
				}
			}
		}
	}
}

func TestShippedWindowsAreLongest(t *testing.T) {
	p := shipped(t)
	for _, name := range []string{"region", "icb", "sub_icb", "provider", "practice", "service_line"} {
		tb := p.Table(name)
		for _, key := range tb.Keys() {
			vs := tb.byKey[key]
			for i := 1; i < len(vs); i++ {
				if vs[i-1].to >= vs[i].from {
					t.Errorf("%s %s: row %d overlaps the next", name, key, vs[i-1].row)
				}
			}
		}
	}
}

func TestNormalPostcode(t *testing.T) {
	for in, want := range map[string]string{
		"ZT1 1AA": "ZT1 1AA", "zt11aa": "ZT1 1AA", " ZT1  1AA ": "ZT1 1AA", "ZT1\u00a01AA": "ZT1 1AA", "\ufeffZT1 1AA": "ZT1 1AA",
		"ZT1A1AA": "ZT1A 1AA", "ZZ993VZ": "ZZ99 3VZ", "": "", "zt1": "ZT1", "B1 1AA": "B1 1AA", "ZT1 1 AA": "ZT1 1AA",
	} {
		if got := NormalPostcode(in); got != want {
			t.Errorf("NormalPostcode(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzNormalPostcode(f *testing.F) {
	f.Add("zt1 1aa")
	f.Fuzz(func(t *testing.T, s string) {
		once := NormalPostcode(s)
		if twice := NormalPostcode(once); twice != once {
			t.Errorf("%q, then %q", once, twice)
		}
	})
}

// What encoding/csv reads without complaint, splitCSV reads the same, but for
// blanks at the ends of fields.
func FuzzSplitCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a,\"b\"\"c\"\r\n", "\ufeffa\n\nb", "\"a\nb\",c\n", "\"a\r\nb\",c\r\n", "a,\"\r\n\"\"\r\n\"\r\n", "a\"b,c", "\"a\"b,c\n", "\"", ",\n,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, faults := splitCSV("f", s)
		if strings.Contains(strings.ReplaceAll(s, "\r\n", "\n"), "\r") {
			return // encoding/csv treats a lone carriage return in its own way
		}
		c := csv.NewReader(strings.NewReader(strings.TrimPrefix(s, "\ufeff")))
		c.FieldsPerRecord = -1
		want, err := c.ReadAll()
		if err != nil || len(faults) > 0 {
			return
		}
		if len(got) != len(want) {
			t.Fatalf("%q: %d records, want %d", s, len(got), len(want))
		}
		for i := range want {
			if len(got[i].fields) != len(want[i]) {
				t.Fatalf("%q: %d fields, want %d", s, len(got[i].fields), len(want[i]))
			}
			for j, w := range want[i] {
				if got[i].fields[j] != strings.TrimSpace(w) {
					t.Fatalf("%q: %q, want %q", s, got[i].fields[j], w)
				}
			}
		}
	})
}

// Whatever an operator's file holds, loading ends in a pack or in faults that
// say where.
func FuzzLoadOverlay(f *testing.F) {
	f.Add("provider,host_sub_icb,note,valid_from,valid_to,confidence,source\nZT1,36L,,,,low,x\n")
	f.Add("provider,host_sub_icb\n\"")
	f.Fuzz(func(t *testing.T, s string) {
		sheet, faults := readSheet(schemaOf("provider_host"), "provider_host.csv", s)
		faults = append(faults, sheet.checkOverlaps()...)
		for _, f := range faults {
			if f.File == "" || f.Problem == "" || f.Remedy == "" {
				t.Errorf("fault %+v", f)
			}
		}
	})
}
