package holding

import (
	"slices"
	"strings"
	"testing"
)

// TestTerms: the condition of December 2024 is for specialised services that are
// delegated, from April 2025 on, and for nothing else; the manual of primary medical
// care binds whoever has primary medical services by delegation.
func TestTerms(t *testing.T) {
	b := shipped(t)
	for _, c := range []struct{ service, people, on, want string }{
		{"11", "QXU", "2025-06-01", "CONDITION-NOF"},
		{"11", "QNC", "2025-03-31", ""}, // delegated a year before the condition
		{"11", "QNC", "2025-04-01", "CONDITION-NOF"},
		{"11", "QXU", "2024-06-01", ""}, // jointly
		{"NCBPS29E", "England", "2025-06-01", "CONDITION-NOF"},
		{"PMED", "QMJ", "2022-06-30", ""},
		{"PMED", "QMJ", "2023-01-01", "PGM 4"},
		{"PMED", "QMJ", "2024-07-01", "PGM 5"},
		{"DENT", "QMJ", "2024-07-01", ""},
		{"VACC", "QMJ", "2025-06-01", ""},
	} {
		on := day(t, c.on)
		a, err := b.Who(Question{Service: c.service, For: c.people, On: on})
		if err != nil {
			t.Fatal(err)
		}
		if got := codesOf(a.Terms); got != c.want {
			t.Errorf("%s for %s on %s: %q, want %q", c.service, c.people, c.on, got, c.want)
		}
		for _, h := range a.Holdings {
			if h.Role == Responsible && h.Instrument != "" {
				if got := codesOf(b.Terms(h.Instrument, on)); !strings.Contains(got, c.want) { // it may pass other functions on too
					t.Errorf("%s on %s: %q, want %q", h.Instrument, c.on, got, c.want)
				}
			}
		}
	}
}

func codesOf(list []Term) string {
	var codes []string
	for _, x := range list {
		codes = append(codes, strings.TrimSpace(x.Code+" "+x.Version))
	}
	slices.Sort(codes)
	return strings.Join(codes, " ")
}
