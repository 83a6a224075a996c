package challenge

import (
	"cmp"

	"remit/calendar"
	"remit/register"
)

// Restated is a submission that has been judged, and what it restates.
type Restated struct {
	Owner, Provider, Feed string
	Submission            string
	Has                   func(calendar.Month) bool // months that the submission restates
	Row                   func(rowKey string) bool  // rows that the current view has now
	Asked                 func(rule string) bool    // rules that were asked of every row
	On                    register.Day
	Received              register.Day // when the account came in
}

// Outcome is what a restatement means for challenges.
type Outcome struct {
	New    []Challenge // drafts to file
	Marked []Marked    // existing challenges with something new about them
	Again  int         // existing challenges that stand as they were
}

// Marked is an existing challenge and the event that is to be applied to it.
type Marked struct {
	Challenge Challenge
	Event     Event
}

// Restate compares what a submission was found to have with the challenges that
// there are. Findings that are challenged already are not filed again, whatever has
// become of the challenge. Challenges of months that the submission does not restate,
// and of rules that were not asked, stay as they are.
func Restate(existing []Challenge, found []Finding, r Restated, limits *calendar.Calendar) Outcome {
	var out Outcome
	byID := map[string]Finding{}
	for _, f := range found {
		byID[ID(r.Owner, f.Provider, f.Feed, f.Rule, f.RowKey)] = f
	}
	known := map[string]bool{}
	for _, c := range existing {
		known[c.ID] = true
		if c.Owner != r.Owner || c.Provider != r.Provider || c.Feed != r.Feed || !r.Has(c.Month) {
			continue
		}
		f, again := byID[c.ID]
		if e, changed := r.event(c, f, again); changed {
			out.Marked = append(out.Marked, Marked{c, e})
		} else if again {
			out.Again++
		}
	}
	for _, f := range found {
		if c := New(f, r.Owner, cmp.Or(f.Submission, r.Submission), r.On, cmp.Or(f.Received, r.Received), limits); !known[c.ID] {
			known[c.ID] = true
			out.New = append(out.New, c)
		}
	}
	return out
}

// event is what is new about an existing challenge, if anything is.
func (r *Restated) event(c Challenge, f Finding, again bool) (Event, bool) {
	e := Event{On: r.On, Actor: "restatement " + r.Submission, Submission: cmp.Or(f.Submission, r.Submission), SourceRow: f.SourceRow}
	switch {
	case again && c.Standing != Stands:
		e.Action, e.Amount, e.Text = FoundAgain, &f.Money, f.Reason
	case again && c.Claimed != f.Money && (c.State == Draft || c.State == Raised || c.State == Answered):
		e.Action, e.Amount, e.Text = Reprice, &f.Money, f.Reason
	case again:
		return e, false
	case !r.Row(c.RowKey):
		e.Action = MarkVanish
	case r.Asked(c.Rule):
		e.Action = MarkCorrect
	default:
		return e, false
	}
	return e, again || c.Standing != map[Action]Standing{MarkVanish: Vanished, MarkCorrect: Corrected}[e.Action]
}
