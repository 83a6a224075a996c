package challenge_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"remit/activity"
	"remit/calendar"
	"remit/calendars"
	"remit/challenge"
	"remit/register"
)

func limits(t *testing.T) *calendar.Calendar {
	t.Helper()
	c, err := calendar.Load(calendars.Files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func day(t *testing.T, text string) register.Day {
	t.Helper()
	d, err := register.ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func pounds(text string) *activity.Amount {
	a, _, err := activity.ParseAmount([]byte(text))
	if err != nil {
		panic(err)
	}
	return &a
}

func finding(rule, key, money string) challenge.Finding {
	return challenge.Finding{Rule: rule, RowKey: key, SourceRow: 7, Provider: "RX1", Commissioner: "15E", Feed: "PLCM", Month: calendar.Month{Year: 2026, Month: 3}, Money: *pounds(money), Reason: "why", Remedy: "what"}
}

// draft is filed on Monday 27 July 2026, of an account that came in on Friday 24 July.
func draft(t *testing.T, money string) challenge.Challenge {
	return challenge.New(finding("wrong_commissioner", "k", money), "QHL", "s1", day(t, "2026-07-27"), day(t, "2026-07-24"), limits(t))
}

// TestLife walks challenges of £1,000 through their lives: after each step the state,
// what is agreed and settled, and what is due when.
func TestLife(t *testing.T) {
	type step struct {
		on     string
		action challenge.Action
		amount string
		text   string
		want   string // state, agreed, settled, due; or a part of why it is refused
	}
	for _, x := range []struct {
		name  string
		steps []step
	}{
		{"accepted and settled", []step{
			{"2026-07-28", challenge.Raise, "", "", "raised 0 0 answer by 2026-08-11"},
			{"2026-08-05", challenge.Reply, "", "we agree", "answered 0 0 decide by 2026-08-19"},
			{"2026-08-06", challenge.Accept, "", "", "accepted 1000 0 settle by 2026-09-04"}, // 31 August is a bank holiday
			{"2026-09-01", challenge.Settle, "", "CN-1", "settled 1000 1000 "},
			{"2026-09-01", challenge.Settle, "", "CN-1", "is settled and cannot be settled"},
			{"2026-09-01", challenge.Withdraw, "", "no", "is settled and cannot be withdrawn: that can be done only when it is draft, raised, answered or rejected"},
		}},
		{"partly accepted, settled in parts", []step{
			{"2026-07-28", challenge.Raise, "", "", "raised 0 0 answer by 2026-08-11"},
			{"2026-07-30", challenge.Accept, "1000.01", "", "£1,000.01 cannot be accepted of it"},
			{"2026-07-30", challenge.Accept, "0", "", "£0.00 cannot be accepted of it"},
			{"2026-07-30", challenge.Accept, "-1", "", "cannot be accepted of it"},
			{"2026-07-30", challenge.Accept, "600", "", "partly_accepted 600 0 settle by 2026-08-27"},
			{"2026-08-10", challenge.Settle, "250", "", "partly_accepted 600 250 settle by 2026-08-27"},
			{"2026-08-10", challenge.Settle, "350.01", "", "has £350.00 left to settle"},
			{"2026-08-10", challenge.Settle, "", "", "settled 600 600 "},
		}},
		{"rejected, and accepted after dispute", []step{
			{"2026-07-28", challenge.Raise, "", "", "raised 0 0 answer by 2026-08-11"},
			{"2026-07-29", challenge.Reject, "", "", "cannot be rejected without a reason"},
			{"2026-07-29", challenge.Reject, "", "not ours", "rejected 0 0 "},
			{"2026-09-30", challenge.Accept, "", "mediation", "accepted 1000 0 settle by 2026-10-28"},
		}},
		{"withdrawn as a draft", []step{
			{"2026-07-28", challenge.Withdraw, "", "a mistake of ours", "withdrawn 0 0 "},
			{"2026-07-28", challenge.Raise, "", "", "is withdrawn and cannot be raised: that can be done only when it is draft"},
		}},
		{"what a draft does not allow", []step{
			{"2026-07-28", challenge.Reply, "", "x", "is draft and cannot be answered"},
			{"2026-07-28", challenge.Accept, "", "", "is draft and cannot be accepted"},
			{"2026-07-28", challenge.Reject, "", "x", "is draft and cannot be rejected"},
			{"2026-07-28", challenge.Settle, "", "", "is draft and cannot be settled"},
			{"2026-07-26", challenge.Raise, "", "", "cannot be raised on 2026-07-26, before that"},
			{"2026-07-28", "burn", "", "", "is nothing that can be done"},
			{"2026-07-28", challenge.Assign, "", "bob", "draft 0 0 contest by 2026-07-31"},
		}},
		{"gone before it was raised", []step{
			{"2026-07-28", challenge.MarkVanish, "", "", "draft 0 0 contest by 2026-07-31"},
			{"2026-07-28", challenge.Raise, "", "", "cannot be raised: its row has vanished since"},
			{"2026-07-29", challenge.FoundAgain, "900", "", "draft 0 0 contest by 2026-07-31"},
			{"2026-07-29", challenge.Raise, "", "", "raised 0 0 answer by 2026-08-12"},
		}},
	} {
		c := draft(t, "1000")
		for i, s := range x.steps {
			e := challenge.Event{On: day(t, s.on), Actor: "ann", Action: s.action, Text: s.text}
			if s.amount != "" {
				e.Amount = pounds(s.amount)
			}
			next, err := c.Apply(e, limits(t))
			var refused *challenge.RefusedError
			if errors.As(err, &refused) {
				if next != c || !strings.Contains(err.Error(), s.want) {
					t.Errorf("%s, step %d: refused with %q, want %q", x.name, i+1, err, s.want)
				}
				continue
			}
			due := ""
			if next.DueFor != "" {
				due = next.DueFor + " by " + next.Due.String()
			}
			if got := strings.Join([]string{string(next.State), next.Agreed.String(), next.Settled.String(), due}, " "); got != s.want || err != nil {
				t.Errorf("%s, step %d: %q (%v), want %q", x.name, i+1, got, err, s.want)
			}
			if next.Revision != c.Revision+1 {
				t.Errorf("%s, step %d: revision %d after %d", x.name, i+1, next.Revision, c.Revision)
			}
			c = next
		}
	}
}

// TestEveryStepOfEveryState holds the whole table of what may be done when.
func TestEveryStepOfEveryState(t *testing.T) {
	allowed := map[challenge.State]string{
		challenge.Draft: "assign raise withdraw", challenge.Raised: "assign answer accept reject withdraw", challenge.Answered: "assign answer accept reject withdraw",
		challenge.Accepted: "assign settle", challenge.PartlyAccepted: "assign settle", challenge.Rejected: "assign accept withdraw", challenge.Withdrawn: "", challenge.Settled: "",
	}
	actions := []challenge.Action{challenge.Assign, challenge.Raise, challenge.Reply, challenge.Accept, challenge.Reject, challenge.Withdraw, challenge.Settle}
	for _, state := range challenge.States {
		c := draft(t, "10")
		c.State, c.Agreed = state, *pounds("10")
		var may []string
		for _, a := range actions {
			if _, err := c.Apply(challenge.Event{On: c.Since, Actor: "ann", Action: a, Text: "x"}, limits(t)); err == nil {
				may = append(may, string(a))
			}
		}
		if got := strings.Join(may, " "); got != allowed[state] {
			t.Errorf("%s allows %q, want %q", state, got, allowed[state])
		}
	}
}

func TestCreditsAreChallengedToo(t *testing.T) {
	c := draft(t, "-50")
	for _, e := range []challenge.Event{{Action: challenge.Raise}, {Action: challenge.Accept, Amount: pounds("-20")}, {Action: challenge.Settle}} {
		e.On, e.Actor = c.Since, "ann"
		var err error
		if c, err = c.Apply(e, limits(t)); err != nil {
			t.Fatal(err)
		}
	}
	if c.State != challenge.Settled || c.Settled != *pounds("-20") {
		t.Errorf("%+v", c)
	}
}

// TestRestate: rows a to e were challenged in s1; s2 restates month 3 and has a to c.
func TestRestate(t *testing.T) {
	existing := map[string]challenge.Challenge{}
	var list []challenge.Challenge
	for _, key := range []string{"a", "b", "c", "d", "e"} {
		f := finding("wrong_commissioner", key, "100")
		if key == "e" {
			f.Month.Month = 2
		}
		existing[key] = challenge.New(f, "QHL", "s1", day(t, "2026-07-27"), register.NoDay, limits(t))
		list = append(list, existing[key])
	}
	restated := func(asked bool) challenge.Restated {
		return challenge.Restated{Owner: "QHL", Provider: "RX1", Feed: "PLCM", Submission: "s2", On: day(t, "2026-08-27"), Received: register.NoDay,
			Has:   func(m calendar.Month) bool { return m.Month == 3 },
			Row:   func(key string) bool { return slices.Contains([]string{"a", "b", "c", "new"}, key) },
			Asked: func(string) bool { return asked }}
	}
	found := []challenge.Finding{finding("wrong_commissioner", "a", "100"), finding("wrong_commissioner", "b", "80"), finding("wrong_commissioner", "new", "5"), finding("price_above_set", "a", "9")}
	out := challenge.Restate(list, found, restated(true), limits(t))
	if out.Again != 1 || len(out.New) != 2 || out.New[0].RowKey != "new" || out.New[1].Rule != "price_above_set" {
		t.Errorf("%d again, new %+v", out.Again, out.New)
	}
	actions := map[string]challenge.Action{}
	var after []challenge.Challenge
	for _, m := range out.Marked {
		actions[m.Challenge.RowKey] = m.Event.Action
		next, err := m.Challenge.Apply(m.Event, limits(t))
		if err != nil {
			t.Fatal(err)
		}
		after = append(after, next)
	}
	if len(actions) != 3 || actions["b"] != challenge.Reprice || actions["c"] != challenge.MarkCorrect || actions["d"] != challenge.MarkVanish {
		t.Errorf("%v: b is re-priced, c is put right, d is gone, and e is of a month that is not restated", actions)
	}
	if after[0].Claimed != *pounds("80") || after[0].Submission != "s2" {
		t.Errorf("%+v", after[0])
	}
	// The same submission once more has nothing new to say.
	second := challenge.Restate(append(append(after, existing["a"], existing["e"]), out.New...), found, restated(true), limits(t))
	if len(second.New) != 0 || len(second.Marked) != 0 || second.Again != 4 {
		t.Errorf("again: %+v", second)
	}
	// What had been put right is wrong again.
	third := challenge.Restate(after, append(found, finding("wrong_commissioner", "c", "100")), restated(true), limits(t))
	if i := slices.IndexFunc(third.Marked, func(m challenge.Marked) bool { return m.Challenge.RowKey == "c" }); i < 0 || third.Marked[i].Event.Action != challenge.FoundAgain {
		t.Errorf("%+v", third.Marked)
	}
	// A rule that was not asked says nothing of rows that are still there.
	unasked := challenge.Restate(list, nil, restated(false), limits(t))
	if len(unasked.Marked) != 1 || unasked.Marked[0].Challenge.RowKey != "d" {
		t.Errorf("%+v", unasked.Marked)
	}
	// What has been withdrawn is not filed anew.
	gone := existing["a"]
	gone.State = challenge.Withdrawn
	if out := challenge.Restate([]challenge.Challenge{gone}, found[:1], restated(true), limits(t)); len(out.New) != 0 {
		t.Errorf("a withdrawn challenge was filed anew: %+v", out.New)
	}
}

func TestSummarise(t *testing.T) {
	byRule, all := challenge.Summarise([]challenge.Finding{finding("x", "a", "100"), finding("x", "b", "50"), finding("y", "a", "30"), finding("y", "c", "-5")})
	if len(byRule) != 2 || byRule[0] != (challenge.Summary{Rule: "x", Rows: 2, Money: *pounds("150")}) || byRule[1].Money != *pounds("25") {
		t.Errorf("%+v", byRule)
	}
	if all.Rows != 3 || all.Money != *pounds("145") {
		t.Errorf("each row once, for the most that is claimed of it: %+v", all)
	}
}

func TestBundle(t *testing.T) {
	c := draft(t, "1234.5")
	c.Reason = "=HYPERLINK(\"x\") & <script>"
	c, err := c.Apply(challenge.Event{On: day(t, "2026-07-28"), Actor: "ann", Action: challenge.Raise}, limits(t))
	if err != nil {
		t.Fatal(err)
	}
	b := challenge.Bundle{Owner: "QHL", OwnerName: "The <board>", Provider: "RX1", ProviderName: "The trust", On: day(t, "2026-07-28"), Challenges: []challenge.Challenge{c}, Rules: shippedRules(t), Limits: limits(t)}
	var one, two bytes.Buffer
	if err := errors.Join(b.WriteZip(&one), b.WriteZip(&two)); err != nil || !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Fatalf("%v; two bundles of one day differ", err)
	}
	z, err := zip.NewReader(bytes.NewReader(one.Bytes()), int64(one.Len()))
	if err != nil {
		t.Fatal(err)
	}
	content := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		content[f.Name] = string(text)
	}
	letter := content["letter.html"]
	for _, want := range []string{"The &lt;board&gt;", "£1,234.50", "28 July 2026", "<strong>11 August 2026</strong> (10 operational days from challenge raised)", "Billed to the wrong commissioner", "1 row that"} {
		if !strings.Contains(letter, want) {
			t.Errorf("the letter lacks %q:\n%s", want, letter)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(content["challenges.csv"])).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][9] != "1234.5" || rows[1][13] != "2026-08-11" || !strings.HasPrefix(rows[1][10], "'=") {
		t.Errorf("%q %v", rows, err)
	}
	if !strings.Contains(content["summary.csv"], "all,") {
		t.Error(content["summary.csv"])
	}
}
