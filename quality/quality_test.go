package quality

import (
	"fmt"
	"io/fs"
	"math"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"remit/measure"
	"remit/metric"
	"remit/metrics"
)

var q1 = metric.Quarter{Year: 2020, Quarter: 1}

// define is a definition of a made-up metric.
func define(version int, unit, better string, change func(*metric.Definition)) *metric.Definition {
	d := &metric.Definition{ID: "m", Version: version, Title: "M", Short: "M", Unit: unit, Numerator: "n", Denominator: "d", Multiplier: 100, Better: better, Period: "quarter", Least: 0}
	if unit == "count" || unit == "yes or no" {
		d.Denominator, d.Multiplier = "", 1
	}
	if change != nil {
		change(d)
	}
	return d
}

func finder(list ...*metric.Definition) func(string, int, string) *metric.Definition {
	return func(_ string, version int, meaning string) *metric.Definition {
		for _, d := range list {
			if d.Version == version && d.Meaning() == meaning {
				return d
			}
		}
		return nil
	}
}

// row reads the figures of one organisation, a quarter each: 12/100, 0/100, or a
// word: - nothing came, ns not submitted, su suppressed, na not applicable.
func row(d *metric.Definition, organisation, text string) (list []Figure) {
	for i, cell := range strings.Fields(text) {
		f := Figure{Organisation: organisation, Service: "S", Metric: "m", Version: d.Version, Meaning: d.Meaning(), Period: q1.Next(i), Numerator: math.NaN(), Denominator: math.NaN()}
		switch cell {
		case "-":
			continue
		case "ns":
			f.State = metric.NotSubmitted
		case "su":
			f.State = metric.Suppressed
		case "na":
			f.State = metric.NotApplicable
		default:
			n, of, _ := strings.Cut(cell, "/")
			f.State = metric.Submitted
			f.Numerator, _ = strconv.ParseFloat(n, 64)
			if of != "" {
				f.Denominator, _ = strconv.ParseFloat(of, 64)
			}
			if f.Numerator == 0 {
				f.State = metric.Zero
			}
		}
		list = append(list, f)
	}
	return list
}

func built(t *testing.T, figures []Figure, withhold *Withholding, definitions ...*metric.Definition) *Subject {
	t.Helper()
	b := Build(figures, Options{Profile: measure.Profiles()[0], Definition: finder(definitions...), Withhold: withhold, Workers: 2})
	if len(b.Subjects) != 1 {
		t.Fatalf("%d subjects", len(b.Subjects))
	}
	return b.Subjects[0]
}

// Zero, not submitted, suppressed and not applicable stay four things, and a
// quarter of which nothing came is a fifth that says so.
func TestAbsences(t *testing.T) {
	d := define(1, "proportion", "up", func(d *metric.Definition) { d.Least = 10 })
	s := built(t, row(d, "RX1", "12/100 0/100 ns su na - 5/8 50/100"), nil, d)
	want := []string{"submitted true 12", "zero true 0", "not submitted true NaN", "suppressed true NaN", "not applicable true NaN", "not submitted false NaN", "suppressed true NaN", "submitted true 50"}
	for i, p := range s.Series[0].Points {
		if got := fmt.Sprint(p.State, " ", p.Came, " ", p.Value); got != want[i] {
			t.Errorf("quarter %d: %s, want %s", i, got, want[i])
		}
	}
	if p := s.Series[0].Points[6]; !strings.Contains(p.Withheld, "least") || !math.IsNaN(p.Numerator) {
		t.Errorf("under the least denominator: %+v", p)
	}
	if s.Series[0].Count != 3 || s.Series[0].LastPoint().Value != 50 {
		t.Errorf("%+v", s.Series[0].Summary)
	}
}

// What the public sees is worked out without small numbers, so that nothing of them
// can be told from a total.
func TestWithheld(t *testing.T) {
	d := define(1, "proportion", "up", nil)
	figures := append(row(d, "RX1", "3/100 50/100"), append(row(d, "RX2", "97/100 40/100"), row(d, "RX3", "20/100 30/100")...)...)
	rule := &Withholding{Small: func(n float64) bool { return n > 0 && n < 5 }, Round: func(n float64) float64 { return math.Round(n/5) * 5 }, Says: "small"}
	s := built(t, figures, rule, d)
	for i, want := range []string{"suppressed NaN", "suppressed NaN", "submitted 20"} { // 97 of 100 tells that 3 did not
		p := s.Series[i].Points[0]
		if got := fmt.Sprint(p.State, " ", p.Value); got != want {
			t.Errorf("%s: %s, want %s", s.Series[i].Organisation, got, want)
		}
	}
	if p := s.Whole.Points[0]; p.Numerator != 20 || p.Denominator != 100 || p.Note != "1 of 3" {
		t.Errorf("the total tells of what is withheld: %+v", p)
	}
	if p := built(t, figures, nil, d).Whole.Points[0]; p.Numerator != 120 || p.Note != "3 of 3" {
		t.Errorf("for colleagues: %+v", p)
	}
}

// A change of what is counted parts a series; one that says it continues does not,
// and one without a new version is found out.
func TestStretches(t *testing.T) {
	one := define(1, "proportion", "up", nil)
	later := func(text, becauses string, change func(*metric.Definition)) {
		t.Helper()
		two := define(1, "proportion", "up", change)
		figures := row(one, "RX1", "10/100 11/100")
		figures = append(figures, row(two, "RX1", "- - 12/100 13/100")...)
		x := built(t, figures, nil, one, two).Series[0]
		var got []string
		for _, s := range x.Stretches {
			got = append(got, fmt.Sprintf("%d-%d", s.From, s.To))
		}
		if strings.Join(got, " ") != text || !strings.Contains(x.Stretches[len(x.Stretches)-1].Because, becauses) {
			t.Errorf("%v %q, want %s %q", got, x.Stretches[len(x.Stretches)-1].Because, text, becauses)
		}
	}
	later("0-4", "", func(d *metric.Definition) { d.Version, d.Title = 2, "Another title" })
	later("0-2 2-4", "Version 2 of the definition", func(d *metric.Definition) { d.Version, d.Exclusions = 2, "transfers" })
	later("0-4", "", func(d *metric.Definition) { d.Version, d.Exclusions, d.Continues = 2, "transfers", true })
	later("0-2 2-4", "altered without a new version", func(d *metric.Definition) { d.Exclusions = "transfers" })
}

// Every rule that is on finds what it is for, in the latest quarter alone.
func TestSignals(t *testing.T) {
	rules, err := LoadRules(metrics.Files)
	if err != nil {
		t.Fatal(err)
	}
	quiet := "20/100 21/100 20/100 21/100 20/100 21/100 20/100 21/100 20/100 21/100 20/100 21/100 20/100 "
	for _, c := range []struct{ name, better, text, want string }{
		{"nothing", "up", quiet, ""},
		{"outside, high is good", "up", quiet + "40/100", "outside high improvement alarm"},
		{"outside, high is bad", "down", quiet + "40/100", "outside high concern alarm"},
		{"outside, no judgement", "neither", quiet + "5/100", "outside low  alarm"},
		{"a shift", "up", quiet + strings.Repeat("22/100 ", 7), "shift high improvement alert"},
		{"a trend", "up", quiet + "20/100 19/100 18/100 17/100 16/100 15/100 14/100", "outside low concern alarm"},
		{"it was before", "up", quiet + "40/100 20/100", ""},
		{"the latest is missing", "up", quiet + "40/100 ns", ""},
		{"too few to judge", "up", "20/100 21/100 20/100 90/100", ""},
	} {
		d := define(1, "proportion", c.better, nil)
		b := Build(row(d, "RX1", c.text), Options{Profile: measure.Profiles()[0], Definition: finder(d)})
		var got []string
		for _, s := range b.Signals(rules) {
			got = append(got, fmt.Sprint(s.Rule, " ", s.Way, " ", s.Judgement, " ", s.Severity))
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	// A funnel of twelve, of which one stands out.
	d := define(1, "proportion", "down", nil)
	var figures []Figure
	for i := range 12 {
		n := 48 + i%5
		if i == 7 {
			n = 150
		}
		figures = append(figures, row(d, fmt.Sprintf("RX%02d", i), fmt.Sprintf("%d/500", n))...)
	}
	b := Build(figures, Options{Profile: measure.Profiles()[0], Definition: finder(d)})
	list := b.Signals(rules)
	if len(list) != 1 || list[0].Organisation != "RX07" || list[0].Rule != "funnel-alarm" || list[0].Judgement != "concern" {
		t.Errorf("%+v", list)
	}
	// A rate of rare events is set against what is expected: as many as at the rate of all.
	d = define(1, "rate", "down", func(d *metric.Definition) { d.Multiplier = 1000 })
	figures = nil
	for i := range 12 {
		figures = append(figures, row(d, fmt.Sprintf("RX%02d", i), fmt.Sprintf("%d/2000", 3+i%5))...)
	}
	s := built(t, figures, nil, d)
	if s.Funnel == nil {
		t.Fatal(s.NoFunnel)
	}
	for _, u := range s.Funnel.Units {
		if u.Stands.Side != measure.Within || math.Abs(s.Funnel.Centre-1000*s.Whole.Points[0].Numerator/24000) > 1e-9 {
			t.Errorf("%s at %v, limits %+v", u.Series.Organisation, u.Value, u.Limits)
		}
	}
	// Forty-five of forty-five, where nine of ten is usual, befalls one such unit in a
	// hundred: it is no alarm, though the smooth limits stop short of all.
	d, figures = define(1, "proportion", "up", nil), nil
	for i := range 12 {
		figures = append(figures, row(d, fmt.Sprintf("RX%02d", i), fmt.Sprintf("%d/60", 53+i%3))...)
	}
	figures = append(figures, row(d, "RX99", "45/45")...)
	s = built(t, figures, nil, d)
	if u := s.Funnel.Units[12]; u.Stands.Alarm || !(u.Value > u.Limits.Alarm.Upper) {
		t.Errorf("%+v", u)
	}
	if len(b.Signals(nil)) != 0 {
		t.Error("there are signals without rules")
	}
}

// A yes or no, and periods that overlap, have no rules of control charts.
func TestNoRules(t *testing.T) {
	for _, d := range []*metric.Definition{define(1, "yes or no", "up", nil), define(1, "proportion", "up", func(d *metric.Definition) { d.Period = "rolling 4 quarters" })} {
		text := strings.Repeat("1/2 0/2 ", 10)
		if d.Unit == "yes or no" {
			text = strings.Repeat("1 0 ", 10)
		}
		s := built(t, row(d, "RX1", text+text), nil, d)
		if s.NoRules() == "" || s.Series[0].Judged || s.Series[0].Variation != measure.NoIcon {
			t.Errorf("%s: %+v", d.Unit, s.Series[0].Summary)
		}
	}
}

// The life of an alert, release by release.
func TestFollow(t *testing.T) {
	k := Key{"RX1", "S", "m", OnControlChart, "high"}
	found := func(severity string) []Signal { return []Signal{{Key: k, Severity: severity, Rule: "outside"}} }
	yes, no := func(Key) bool { return true }, func(Key) bool { return false }
	var events []Event
	release := int64(0)
	for _, c := range []struct {
		found  []Signal
		judged func(Key) bool
		person Action
		state  State
	}{
		{found(Alerting), yes, "", New}, {found(Alerting), yes, "", Continuing}, {found(Alerting), yes, Acknowledge, Acknowledged}, {found(Alerting), yes, "", Acknowledged},
		{nil, no, "", Acknowledged}, {found(Alarming), yes, "", Continuing}, {nil, yes, "", Resolved}, {found(Alerting), yes, "", New},
	} {
		release++
		var active []*Alert
		for _, a := range Fold(events) {
			if a.Active() {
				active = append(active, a)
			}
		}
		more := Follow(active, c.found, c.judged, release)
		events = append(events, more...)
		list := Fold(events)
		if c.person != "" {
			a := list[len(list)-1]
			events = append(events, Event{Alert: a.ID, Action: c.person, Release: release, Signal: a.Signal, Actor: "ann"})
			list = Fold(events)
		}
		if got := list[len(list)-1].State; got != c.state {
			t.Errorf("release %d: %s, want %s", release, got, c.state)
		}
	}
	if list := Fold(events); len(list) != 2 || list[0].ID == list[1].ID {
		t.Errorf("a second alert is not one of its own: %d", len(list))
	}
}

func TestRulesAreRefused(t *testing.T) {
	text, err := fs.ReadFile(metrics.Files, "alerts.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][3]string{{"funnel,alarm,", "funnel,trend,", "finds"}, {",alarm,yes", ",dire,yes", "severity"}, {"control chart", "bar chart", "chart"}, {",yes,2013", ",perhaps,2013", "on"}} {
		files := fstest.MapFS{"alerts.csv": {Data: []byte(strings.Replace(string(text), c[0], c[1], 1))}}
		if _, err := LoadRules(files); err == nil || !strings.Contains(err.Error(), c[2]) {
			t.Errorf("%s: %v", c[1], err)
		}
	}
}
