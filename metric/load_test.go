package metric

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"remit/metrics"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestShipped(t *testing.T) {
	l, err := Load(metrics.Files)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(l.All()); n != 23 {
		t.Errorf("%d definitions", n)
	}
	covered := map[string]bool{}
	for _, d := range l.All() {
		for _, o := range d.Outcomes {
			covered[o] = true
		}
		if d.NotSaid == "" || len(d.References) == 0 {
			t.Errorf("%s does not say what is not established, or where it is from", d.Key())
		}
	}
	if len(covered) != len(Outcomes) {
		t.Errorf("outcomes %v", covered)
	}
	if len(l.Overdue(day("2026-12-01"))) != 0 || len(l.Overdue(day("2028-01-01"))) != 23 {
		t.Error("reviews")
	}
}

const good = `metric: a-b
version: 1
effective: {from: 2026-04-01, to: 2027-03-31}
status: published
programme: Trauma
services: [X]
title: A title
short_title: Title
why: Because
numerator: some
denominator: all
unit: proportion
multiplier: 100
decimals: 1
better: up
period: quarter
source: {kind: provider return, name: ours}
attribution: provider
levels: [provider]
outcomes: [effective]
owner: O
author: A
checker: C
reviewed: 2026-01-01
next_review: 2027-01-01
references: [R]
`

func TestParse(t *testing.T) {
	d, err := Parse("a-b-1.yaml", []byte(good+"targets: [{value: 95, from: 2026-04-01}]\nannotations:\n  - {date: 2026-05-01, label: New unit, why: it opened}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if d.Key() != "a-b v1" || d.Targets[0].Value != 95 || d.Annotations[0].Label != "New unit" || !d.InForce(day("2027-03-31")) || d.InForce(day("2027-04-01")) {
		t.Errorf("%+v", d)
	}
}

// Every fault of a file at once, each with its line and column.
func TestFaults(t *testing.T) {
	for old, c := range map[string]struct{ with, want string }{
		"better: up":                   {"better: upward", `a-b-1.yaml:15:9: better "upward" is not known`},
		"version: 1":                   {"version: one", `a-b-1.yaml:2:10: version "one" is not a number`},
		"multiplier: 100":              {"multiplier: 0", "a-b-1.yaml:13:13: the multiplier is not above 0"},
		"owner: O\n":                   {"", "the key owner is missing or blank"},
		"why: Because":                 {"wy: Because", `a-b-1.yaml:9:1: there is no key "wy"`},
		"outcomes: [effective]":        {"outcomes: [good]", `outcomes "good" is not known`},
		"levels: [provider]":           {"levels: []", "levels is empty"},
		"reviewed: 2026-01-01":         {"reviewed: last year", `reviewed "last year" is not a day`},
		"next_review: 2027-01-01":      {"next_review: 2025-01-01", "the next review is not after the last"},
		"checker: C":                   {"checker: A", "the checker is the author"},
		"metric: a-b":                  {"metric: A b", "is not of small letters"},
		"denominator: all\n":           {"", "a proportion needs a denominator"},
		"status: published":            {"status: archived", "archived without a reason"},
		"services: [X]":                {"services: X", "a-b-1.yaml:6:11: a list belongs here"},
		"title: A title":               {"title: [A, title]", "a-b-1.yaml:7:8: a text belongs here"},
		"2026-04-01, to: 2027-03-31":   {"2026-04-01, to: 2025-03-31", "it ends before it begins"},
		"kind: provider return":        {"kind: hearsay", `kind "hearsay" is not known`},
		"references: [R]":              {"references: [R]\ncontinues: {because: same}", "a first version continues nothing"},
		"references: [R":               {"references: [R, R", "is there twice"},
		"decimals: 1":                  {"decimals: 1\ntargets: 5", "a list belongs here"},
		"programme: Trauma":            {"programme: Trauma\nprogramme: Cancer", "programme"},
		"short_title: Title":           {"\tshort_title: Title", "a-b-1.yaml:8:"},
		"source: {kind: provider retu": {"source: [{kind: provider retu", ""},
	} {
		_, err := Parse("a-b-1.yaml", []byte(strings.Replace(good, old, c.with, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s for %s: got %v, want %s", c.with, old, err, c.want)
		}
	}
	_, err := Parse("a-b-1.yaml", []byte(strings.NewReplacer("better: up", "better: x", "unit: proportion", "unit: y", "period: quarter", "period: z").Replace(good)))
	if faults, ok := err.(Faults); !ok || len(faults) != 3 {
		t.Errorf("got %v", err)
	}
	for _, text := range []string{"", "[", "- 1", "5", "---\n---\n", "!!x", "a: !"} {
		if _, err := Parse("x.yaml", []byte(text)); err == nil {
			t.Errorf("%q is a definition", text)
		}
	}
}

// A new version is a new series, unless it says that it continues, and why.
func TestVersions(t *testing.T) {
	second := strings.NewReplacer("version: 1", "version: 2", "from: 2026-04-01, to: 2027-03-31", "from: 2027-04-01").Replace(good)
	files := func(v2 string) fstest.MapFS {
		return fstest.MapFS{"a-b-1.yaml": {Data: []byte(good)}, "a-b-2.yaml": {Data: []byte(v2)}}
	}
	l, err := Load(files(second))
	if err != nil {
		t.Fatal(err)
	}
	if s := l.Series("a-b"); len(s) != 2 {
		t.Errorf("%d series", len(s))
	}
	if d := l.Of("a-b", day("2027-04-01")); d == nil || d.Version != 2 {
		t.Errorf("%+v", d)
	}
	if d := l.Of("a-b", day("2026-03-31")); d != nil {
		t.Errorf("%+v", d)
	}
	l, err = Load(files(second + "continues: {because: only the words changed}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if s := l.Series("a-b"); len(s) != 1 || len(s[0]) != 2 {
		t.Errorf("%d series", len(s))
	}
	for name, c := range map[string]struct{ v2, want string }{
		"overlap":    {strings.Replace(second, "2027-04-01", "2027-03-31", 1), "a-b-2.yaml:2:10: it begins on 2027-03-31, when version 1 is still in force; end version 1 the day before"},
		"other unit": {strings.Replace(second, "unit: proportion", "unit: mean", 1) + "continues: {because: x}\n", "let it begin a new series"},
		"no reason":  {second + "continues: {because: }\n", "the key because is missing or blank"},
		"components": {second + "components: [c-d]\n", `composed of "c-d"`},
	} {
		if _, err := Load(files(c.v2)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	alone := fstest.MapFS{"a-b-2.yaml": {Data: []byte(second)}}
	if _, err := Load(alone); err == nil || !strings.Contains(err.Error(), "no version 1 before it") {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("a: &x [*x]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := Parse("a-b-1.yaml", text)
		if err == nil && (d.ID == "" || d.From.IsZero() || len(d.Outcomes) == 0) {
			t.Errorf("%+v has no faults", d)
		}
	})
}
