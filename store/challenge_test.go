package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"remit/activity"
	"remit/calendar"
	"remit/calendars"
	"remit/challenge"
	"remit/register"
)

func limitsForTest(t testing.TB) *calendar.Calendar {
	t.Helper()
	return must(calendar.Load(calendars.Files))(t)
}

func dayForTest(t testing.TB, text string) register.Day {
	t.Helper()
	return must(register.ParseDay(text))(t)
}

// restatedForTest is a submission of RX1 that has the rows given.
func restatedForTest(t testing.TB, owner, submission string, rows ...string) challenge.Restated {
	return challenge.Restated{Owner: owner, Provider: "RX1", Feed: "PLCM", Submission: submission,
		Has: func(calendar.Month) bool { return true }, Row: func(key string) bool { return slices.Contains(rows, key) },
		Asked: func(string) bool { return true }, On: dayForTest(t, "2026-07-27"), Received: dayForTest(t, "2026-07-24")}
}

func findingForTest(key string, pence int64) challenge.Finding {
	return challenge.Finding{Rule: "wrong_commissioner", RowKey: key, SourceRow: 2, Provider: "RX1", Commissioner: "15E", Feed: "PLCM",
		Month: calendar.Month{Year: 2026, Month: 3}, Money: activity.Pence(pence), Reason: "r", Remedy: "m"}
}

func TestChallenges(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		s, ctx, limits := open(t, o), t.Context(), limitsForTest(t)
		found := []challenge.Finding{findingForTest("a", 10000), findingForTest("b", 2500)}
		if f := must(s.FileChallenges(ctx, "ann", found, restatedForTest(t, "QHL", "s1", "a", "b"), limits))(t); f != (Filed{New: 2}) {
			t.Errorf("filed %+v", f)
		}
		if f := must(s.FileChallenges(ctx, "ann", found, restatedForTest(t, "QHL", "s2", "a", "b"), limits))(t); f != (Filed{Known: 2}) {
			t.Errorf("filed again: %+v", f)
		}
		if f := must(s.FileChallenges(ctx, "ann", found[:1], restatedForTest(t, "QHL", "s3", "a"), limits))(t); f != (Filed{Known: 1, Marked: 1}) {
			t.Errorf("a row has vanished: %+v", f)
		}
		list := must(s.Challenges(ctx, ChallengeFilter{Owner: "QHL"}))(t)
		if len(list) != 2 || list[0].Standing != challenge.Stands || list[1].Standing != challenge.Vanished || list[0].Claimed != activity.Pence(10000) {
			t.Fatalf("%+v", list)
		}
		if list[0].Due.String() != "2026-07-31" || list[0].DueFor != "contest" {
			t.Errorf("to be contested by %s (%s), want five operational days after Friday 24 July", list[0].Due, list[0].DueFor)
		}

		c := list[0]
		var rule *RuleError
		if _, err := s.StepChallenge(ctx, c.ID, c.Revision, challenge.Event{On: c.Since, Actor: "ann", Action: challenge.Settle}, limits); !errors.As(err, &rule) {
			t.Errorf("a draft was settled: %v", err)
		}
		half := activity.Pence(5000)
		for _, e := range []challenge.Event{{Action: challenge.Raise}, {Action: challenge.Reply, Text: "half of it"}, {Action: challenge.Accept, Amount: &half}, {Action: challenge.Settle}} {
			e.On, e.Actor = c.Since, "ann"
			before := c.Revision
			c = must(s.StepChallenge(ctx, c.ID, c.Revision, e, limits))(t)
			if _, err := s.StepChallenge(ctx, c.ID, before, e, limits); !errors.As(err, &rule) {
				t.Errorf("%s by somebody who saw it before: %v", e.Action, err)
			}
		}
		if got := must(s.Challenge(ctx, c.ID))(t); got != c || c.State != challenge.Settled || c.Settled != half {
			t.Errorf("kept %+v\n want %+v", got, c)
		}
		var steps []string
		for _, e := range must(s.ChallengeEvents(ctx, c.ID))(t) {
			steps = append(steps, fmt.Sprint(e.Revision, " ", e.Action, " ", e.State, " ", e.Claimed.Pounds(), " ", e.Agreed.Pounds(), " ", e.Settled.Pounds()))
		}
		want := []string{"1 file draft 100.00 0.00 0.00", "2 raise raised 100.00 0.00 0.00", "3 answer answered 100.00 0.00 0.00",
			"4 accept partly_accepted 100.00 50.00 0.00", "5 settle settled 100.00 50.00 50.00"}
		if !slices.Equal(steps, want) {
			t.Errorf("got  %q\nwant %q", steps, want)
		}

		for _, change := range []string{"DELETE FROM challenge_event", "UPDATE challenge_event SET actor = 'x'", "DELETE FROM challenge"} {
			if _, err := s.writing.ExecContext(ctx, change); err == nil {
				t.Errorf("%s was allowed", change)
			}
		}
		if v := must(s.Verify(ctx, ""))(t); v.Entries != 7 {
			t.Errorf("%d entries in the log, want the load, two filings and four steps", v.Entries)
		}
		if err := s.Record(ctx, "ann", "challenge.settle", "challenge x", nil); err == nil {
			t.Error("somebody else's entry vouches for events")
		}
		for _, tamper := range []string{"UPDATE challenge SET settled = '1' WHERE settled = '50'", "UPDATE challenge SET revision = 9 WHERE settled = '1'"} {
			if _, err := s.writing.ExecContext(ctx, tamper); err != nil {
				t.Fatal(err)
			}
			var chain *ChainError
			if _, err := s.Verify(ctx, ""); !errors.As(err, &chain) || !strings.Contains(err.Error(), "1 challenges are not as their last event left them") {
				t.Errorf("after %s: %v", tamper, err)
			}
		}
		if o.Database == "" {
			for _, tamper := range []string{"DROP TRIGGER challenge_event_no_update", "UPDATE challenge_event SET text = 'all of it' WHERE action = 'answer'"} {
				if _, err := s.writing.ExecContext(ctx, tamper); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := s.Verify(ctx, ""); err == nil || !strings.Contains(err.Error(), "have been altered") {
				t.Errorf("after an answer was altered: %v", err)
			}
		}
		entries := must(s.Entries(ctx, "challenge "+c.ID, 0, 10))(t)
		if len(entries) != 4 || entries[0].Action != "challenge.settle" || !strings.Contains(string(entries[0].Detail), `"digest"`) {
			t.Errorf("%+v", entries)
		}
	})
}

// TestChallengesOfOthers holds what organisations may see: an owner its own, a provider
// what has been raised with it.
func TestChallengesOfOthers(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		s, ctx, limits := open(t, o), t.Context(), limitsForTest(t)
		found := []challenge.Finding{findingForTest("a", 100)}
		for _, owner := range []string{"QHL", "QUA"} {
			must(s.FileChallenges(ctx, "ann", found, restatedForTest(t, owner, "s1", "a"), limits))(t)
		}
		mine := must(s.Challenges(ctx, ChallengeFilter{Owner: "QHL"}))(t)
		if len(mine) != 1 {
			t.Fatalf("%d challenges of one owner; two owners may challenge one row each", len(mine))
		}
		must(s.StepChallenge(ctx, mine[0].ID, mine[0].Revision, challenge.Event{On: mine[0].Since, Actor: "ann", Action: challenge.Raise}, limits))(t)
		for organisation, want := range map[string]int{"": 2, "QHL": 1, "QUA": 1, "RX1": 1, "QNX": 0} {
			list := must(s.Challenges(ctx, ChallengeFilter{VisibleTo: organisation}))(t)
			if len(list) != want {
				t.Errorf("%q sees %d, want %d", organisation, len(list), want)
			}
			for _, c := range list {
				if !ChallengeVisible(c, organisation) {
					t.Errorf("%q is given %s, which it may not see", organisation, c.ID)
				}
			}
		}
	})
}

// TestChallengeOfTwo has many people take the same step at once: one of them takes it.
func TestChallengeOfTwo(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		s, ctx, limits := open(t, o), t.Context(), limitsForTest(t)
		var wait sync.WaitGroup
		for range 4 { // the same submission, judged by four at once
			wait.Go(func() {
				if _, err := s.FileChallenges(ctx, "ann", []challenge.Finding{findingForTest("a", 100)}, restatedForTest(t, "QHL", "s1", "a"), limits); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		list := must(s.Challenges(ctx, ChallengeFilter{}))(t)
		if len(list) != 1 {
			t.Fatalf("%d challenges of one row", len(list))
		}
		took := make(chan bool, 4)
		for range 4 {
			wait.Go(func() {
				_, err := s.StepChallenge(ctx, list[0].ID, list[0].Revision, challenge.Event{On: list[0].Since, Actor: "ann", Action: challenge.Raise}, limits)
				took <- err == nil
			})
		}
		wait.Wait()
		close(took)
		n := 0
		for ok := range took {
			if ok {
				n++
			}
		}
		if n != 1 || len(must(s.ChallengeEvents(ctx, list[0].ID))(t)) != 2 {
			t.Errorf("%d of four took the step", n)
		}
	})
}
