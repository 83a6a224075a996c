package register

import (
	"slices"
	"strings"
	"testing"
)

func codesOf(rs []Related, kind string) string {
	var codes []string
	for _, r := range rs {
		if kind == "" || r.Kind == kind {
			codes = append(codes, r.Code)
		}
	}
	slices.Sort(codes)
	return strings.Join(codes, " ")
}

func TestDescribe(t *testing.T) {
	p := shipped(t)
	on := onDay(t, "2025-06-01")
	d := p.Describe("qnq", on)
	if got := codesOf(d.Successors, ""); got != "QRL S0E4D S9B9J" {
		t.Errorf("successors of QNQ: %s", got)
	}
	if got := codesOf(d.Children, "sub_icb"); got != "D4U1Y" {
		t.Errorf("locations of QNQ: %s", got)
	}
	if len(d.Facts) == 0 || d.Facts[0].Source == "" || d.Facts[0].Confidence == "" || !d.Known() {
		t.Errorf("facts of QNQ: %+v", d.Facts)
	}
	d = p.Describe("Z9B2Z", onDay(t, "2026-06-01"))
	if got := codesOf(d.Predecessors, ""); got != "QMJ QRV" {
		t.Errorf("predecessors of Z9B2Z: %s", got)
	}
	if got := codesOf(d.Children, "sub_icb"); got != "93C W2U3Z" {
		t.Errorf("locations of Z9B2Z: %s", got)
	}
	if d = p.Describe("Z9B2Z", on); len(d.Other) == 0 || codesOf(d.Children, "") != "" {
		t.Errorf("Z9B2Z before it began: %+v", d)
	}
	if d = p.Describe("zz993vz", on); len(d.Facts) != 1 || d.Facts[0].Table != "pseudo_postcode" {
		t.Errorf("a pseudo postcode: %+v", d.Facts)
	}
}

func TestDescribeUnknown(t *testing.T) {
	p := shipped(t)
	for code, want := range map[string]string{
		"36L00": "36L", "A3A8": "A3A8R", "36LL": "36L", "29X": "NCBPS29X", "NCBPS92X": "NCBPS29X", "FRIMLEY": "QNQ",
	} {
		d := p.Describe(code, onDay(t, "2025-06-01"))
		if d.Known() || !slices.ContainsFunc(d.Resembles, func(r Related) bool { return r.Code == want }) {
			t.Errorf("%s resembles %+v, want %s", code, d.Resembles, want)
		}
	}
}

func TestOneOff(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"36L", "36K", true}, {"36L", "63L", true}, {"36L", "36", true}, {"36L", "36LL", true}, {"36L", "36L", false},
		{"36L", "L36", false}, {"QWE", "QEW", true}, {"", "A", false}, {"ABCD", "ABDCE", false},
	} {
		if got := oneOff(c.a, c.b); got != c.want {
			t.Errorf("oneOff(%q, %q) = %v", c.a, c.b, got)
		}
	}
}
