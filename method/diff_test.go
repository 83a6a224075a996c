package method

import (
	"slices"
	"strings"
	"testing"
)

func TestDiffOfTheSameIsEmpty(t *testing.T) {
	for _, spec := range []string{"cam-2025-26", "cam-2024-25", "cam-tool-5.3", "tiny"} {
		d := Diff(mustLoad(t, spec), mustLoad(t, spec))
		if !d.None() {
			t.Errorf("%s: %v", spec, d.Changes)
		}
		var b strings.Builder
		if err := d.Write(&b); err != nil || !strings.Contains(b.String(), "say the same") {
			t.Errorf("%s: %q, %v", spec, b.String(), err)
		}
	}
}

// changed lists the things of a part that differ, with how.
func changed(d Differences, part string) []string {
	var names []string
	for _, c := range d.Changes {
		if s := c.Name + " " + c.Change; c.Part == part && !slices.Contains(names, s) {
			names = append(names, s)
		}
	}
	return names
}

func TestDiffOfTwoYears(t *testing.T) {
	d := Diff(mustLoad(t, "cam-2025-26"), mustLoad(t, "cam-2024-25"))
	for part, want := range map[string][]string{
		"box":     {"C-0a changed", "C-0b added", "C-6 changed"},
		"reading": {"A1 removed"},
		"warning": {"before_method changed", "after_method changed", "method_carried_forward removed"},
		"end":     nil, "list": nil, "lookup": nil, "input": nil, "start": nil, "spell": nil,
	} {
		got := changed(d, part)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", part, got, want)
		}
	}
	has := func(c Change) bool { return slices.Contains(d.Changes, c) }
	if !has(Change{"box", "C-0a", "changed", "yes", "C-2", "C-0b"}) {
		t.Error("the arrow from C-0a to C-0b is not named")
	}
	if !has(Change{"box", "C-0b", "added", "when", "", "line.status == 'GREEN'"}) {
		t.Error("the condition of C-0b is not shown as written")
	}
}

func TestDiffOfTwoReadings(t *testing.T) {
	got := Diff(mustLoad(t, "cam-2025-26"), mustLoad(t, "cam-2025-26+A2=dental"))
	want := []Change{
		{"box", "C-0a", "changed", "no", "E", "D"},
		{"reading", "A2", "changed", "chosen", "chart", "dental"},
	}
	if !slices.Equal(got.Changes, want) {
		t.Errorf("got %v, want %v", got.Changes, want)
	}
}

func TestDiffNamesCodes(t *testing.T) {
	a, b := mustLoad(t, "tiny"), mustLoad(t, "tiny")
	lists := map[string]fileList{"dental_tfc": {Says: "secondary dental care", Source: "This file", Codes: []string{"140", "142", ""}}}
	b.written.Lists = lists
	got := Diff(a, b)
	want := []Change{
		{"list", "dental_tfc", "changed", "code 141", "141", ""},
		{"list", "dental_tfc", "changed", "code 142", "", "142"},
	}
	if !slices.Equal(got.Changes, want) {
		t.Errorf("got %v, want %v", got.Changes, want)
	}
}
