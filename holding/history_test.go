package holding

import (
	"testing"

	"remit/register"
)

// TestHistory holds the quick way through time, on which a state is worked out
// only where something changes, against working it out for each stretch alone:
// on its first day, its last, and one in between.
func TestHistory(t *testing.T) {
	b := shipped(t)
	subjects := []string{"11", "11B", "2", "134", "NCBPS29B", "NCBPS01J", "pharmacy", "vaccination"}
	places := []string{"England", "Y61", "QXU", "QMJ", "QNQ", "D9Y0V", "92A", "E83003", "RJ7", "E09000033"}
	tried := 0
	for _, what := range subjects {
		subject, err := b.Find(what, day(t, "2025-06-01"))
		if err != nil {
			continue
		}
		for _, where := range places {
			place, err := b.FindPlace(where, day(t, "2025-06-01"))
			if err != nil {
				continue
			}
			tried++
			for _, provider := range []string{"", "RJ7"} {
				next := register.Earliest
				for _, g := range b.history(subject.subject(), place, provider) {
					if g.from != next {
						t.Fatalf("%s for %s: a stretch from %s where %s was next", what, where, g.from, next)
					}
					next = g.to + 1
					for _, on := range []register.Day{g.from, g.from + (g.to-g.from)/2, g.to} {
						alone := b.areas(subject.subject()).segment(b.someParts(place, on), provider, on, on)
						if got, want := parts(g.parts), parts(alone.parts); got != want {
							t.Fatalf("%s for %s on %s: parts %s, alone %s", what, where, on, got, want)
						}
						for _, role := range order {
							if got, want := b.names(&g, role), b.names(&segment{from: g.from, states: alone.states}, role); got != want {
								t.Fatalf("%s for %s on %s, %s: %s, alone %s", what, where, on, role, got, want)
							}
						}
						want := keysOf(alone.states)
						if !subset(g.keys, want, "") || !subset(want, g.keys, "") {
							t.Fatalf("%s for %s on %s: other postings than alone", what, where, on)
						}
					}
				}
				if next != register.Latest+1 {
					t.Errorf("%s for %s: the last stretch ends on %s", what, where, next-1)
				}
			}
		}
	}
	if tried < 40 {
		t.Errorf("only %d questions were tried", tried)
	}
}

func parts(list []part) string {
	text := ""
	for _, p := range list {
		text += p.icb + "/" + p.sub + "/" + p.region + "/" + p.label + " "
	}
	return text
}
