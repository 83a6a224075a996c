package method

import (
	"testing"

	"remit/register"
)

const walk = `method: m
kind: flow
inputs:
  - {field: tfc, as: code}
  - {field: gp_practice, as: code}
  - {field: activity_date, as: date}
assignment_date: activity_date
lookups:
  - {lookup: practice, table: practice, by: gp_practice}
start:
  - {when: "tfc == '999'", to: Nobody}
  - {to: D}
boxes:
  - {box: D, asks: Dental?, when: "tfc == '140'", yes: Practice, no: P}
  - {box: P, asks: New?, when: "assignment_date >= '2026-04-01'", yes: Hub, no: Nobody}
ends:
  - {end: Hub, category: "'21'", payers: [{from: chart, pays: "'13Q'"}]}
  - end: Practice
    category: "'55'"
    payers:
      - {from: practice, when: "practice.commissioner != ''", pays: practice.commissioner, outcome: "{payer}_D"}
    otherwise: {outcome: D_X, category: "'99'"}
  - {end: Nobody}
warnings:
  - {warning: nobody_pays, says: x, do: y, when: "result.payer == ''"}
  - {warning: no_date, says: x, do: y, when: "assignment_date == ''"}
`

func TestDecide(t *testing.T) {
	m, err := loadText(t, walk)
	if err != nil {
		t.Fatal(err)
	}
	p := Bind(m, Binding{"tfc": {Columns: []int{0}}, "gp_practice": {Columns: []int{2}}, "activity_date": {Columns: []int{1}}})
	for _, c := range []struct {
		tfc, date, practice                       string
		payer, category, outcome, trace, from, on string
		warnings                                  uint64
	}{
		{"140", "2025-06-01", "H83001", "36L", "55", "36L_D", "D", "practice", "2025-06-01", 0},
		{" 140 ", "01/06/2025", "h83001", "36L", "55", "36L_D", "D", "practice", "2025-06-01", 0},
		{"140", "2025-06-01", "X99999", "", "99", "D_X", "D", "", "2025-06-01", 1},
		{"140", "", "H83001", "", "99", "D_X", "D", "", "", 3}, // nothing dated is found without a date
		{"100", "2026-03-31", "", "", "", "Nobody", "D>P", "", "2026-03-31", 1},
		{"100", "2026-04-01", "", "13Q", "21", "Hub", "D>P", "chart", "2026-04-01", 0},
		{"100", "nonsense", "", "", "", "Nobody", "D>P", "", "", 3},
		{"999", "2026-04-01", "", "", "", "Nobody", "", "", "2026-04-01", 1},
	} {
		r := p.NewRecord()
		r.Reset([]string{c.tfc, c.date, c.practice})
		d := r.Decide()
		day := d.Date.String()
		if d.Payer != c.payer || d.Category != c.category || d.Outcome != c.outcome || d.Trace() != c.trace || d.Source != c.from || day != c.on || d.Warnings != c.warnings {
			t.Errorf("%v\ngot %q %q %q %q %q %q %b", c, d.Payer, d.Category, d.Outcome, d.Trace(), d.Source, day, d.Warnings)
		}
	}
}

// A record that is used again forgets the one before, and so does a look-up by
// the same key on another day.
func TestRecordForgets(t *testing.T) {
	m, err := loadText(t, walk)
	if err != nil {
		t.Fatal(err)
	}
	r := Bind(m, Binding{"tfc": {Columns: []int{0}}, "gp_practice": {Columns: []int{1}}, "activity_date": {Columns: []int{2}}}).NewRecord()
	// H81047 was of D4U1Y until 31 March 2026 and of U2G6B from the day after.
	for range 2 {
		for date, want := range map[string]string{"2026-03-31": "D4U1Y", "2026-04-01": "U2G6B", "": ""} {
			r.Reset([]string{"140", "H81047", date})
			if got := r.Decide().Payer; got != want {
				t.Errorf("on %q: %q, want %q", date, got, want)
			}
		}
	}
}

// The days for which an answer is said to hold are those on which it does.
func TestHoldsFromTo(t *testing.T) {
	m, err := loadText(t, walk)
	if err != nil {
		t.Fatal(err)
	}
	p := Bind(m, Binding{"tfc": {Columns: []int{0}}, "gp_practice": {Columns: []int{1}}, "activity_date": {Columns: []int{2}}})
	q := Divide(p)
	r := p.NewRecord()
	practice := -1
	for i, s := range q.Slots {
		if s.Column == 1 {
			practice = i
		}
	}
	day := func(s string) register.Day {
		d, err := register.ParseDay(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, on := range []string{"2020-01-01", "2026-03-31", "2026-04-01", "2030-01-01"} {
		r.Reset([]string{"", "", ""})
		c := q.Classify(r, practice, "H81047", day(on))
		for _, other := range []string{"1990-01-01", "2026-03-31", "2026-04-01", "2049-01-01"} {
			r.Reset([]string{"", "", ""})
			o := q.Classify(r, practice, "H81047", day(other))
			same := o.Key == c.Key && o.Values[0] == c.Values[0]
			within := c.From <= day(other) && day(other) <= c.To
			if within && !same {
				t.Errorf("the class on %s is said to hold on %s, where it is %q and not %q", on, other, o.Values, c.Values)
			}
		}
		if c.From > day(on) || day(on) > c.To {
			t.Errorf("the class on %s is said to hold from %v to %v", on, c.From, c.To)
		}
	}
}
