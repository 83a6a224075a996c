package store

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"remit/measure"
	"remit/metric"
	"remit/quality"
)

// waiting is a definition of a made-up metric, in the version given.
func waiting(t testing.TB, version int, lines ...string) *metric.Definition {
	t.Helper()
	text := fmt.Sprintf("metric: waiting\nversion: %d\neffective: {from: 20%d-04-01}\nstatus: published\nprogramme: Trauma\nservices: [S1]\ntitle: Waiting\nshort_title: Waiting\nwhy: because\n"+
		"numerator: people who wait\ndenominator: people\nunit: proportion\nmultiplier: 100\ndecimals: 1\nbetter: down\nperiod: quarter\nsource: {kind: provider return, name: returns}\nattribution: provider\n"+
		"levels: [provider]\noutcomes: [accessible]\nowner: o\nauthor: a\nchecker: c\nreviewed: 2026-01-01\nnext_review: 2030-01-01\nreferences: [none]\n%s", version, 10+version, strings.Join(lines, "\n"))
	d, err := metric.Parse(fmt.Sprintf("waiting-%d.yaml", version), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// returned is a return of one figure.
func returned(d *metric.Definition, organisation string, q metric.Quarter, numerator, denominator float64, reason string) Incoming {
	state := metric.Submitted
	switch {
	case math.IsNaN(numerator):
		state = metric.NotSubmitted
	case numerator == 0:
		state = metric.Zero
	}
	return Incoming{Organisation: organisation, Service: "S1", Quarter: q, Reason: reason, File: "r.csv", Definitions: []*metric.Definition{d},
		Figures: []quality.Figure{{Organisation: organisation, Service: "S1", Metric: d.ID, Version: d.Version, Meaning: d.Meaning(), Period: q, State: state, Numerator: numerator, Denominator: denominator}}}
}

var control = quality.Rule{Name: "outside", Chart: quality.OnControlChart, Finds: "outside", Severity: quality.Alarming, From: dayOf("2000-01-01"), To: dayOf("2999-01-01")}

func published(t testing.TB) Publication {
	t.Helper()
	profile, err := measure.ProfileOf("Making Data Count")
	if err != nil {
		t.Fatal(err)
	}
	return Publication{Title: "a release", Profile: profile, Rules: []quality.Rule{control}}
}

// A return takes two people, what is published is frozen, a correction is a new
// version with a reason, and the log vouches for all of it.
func TestReturns(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		s, ctx, d := open(t, o), t.Context(), waiting(t, 1)
		q := metric.Quarter{Year: 2026, Quarter: 1}
		var rule *RuleError
		ids := must(s.SubmitReturns(ctx, "clerk", []Incoming{returned(d, "RX1", q, 12, 100, ""), returned(d, "RX2", q, math.NaN(), math.NaN(), "")}))(t)
		if err := s.SignReturns(ctx, "clerk", ids[:1], ""); !errors.As(err, &rule) || !strings.Contains(err.Error(), "a second person signs") {
			t.Errorf("who entered it signed it: %v", err)
		}
		if _, err := s.Publish(ctx, "national", published(t)); !errors.As(err, &rule) {
			t.Errorf("what nobody signed was published: %v", err)
		}
		if err := s.SignReturns(ctx, "keeper", ids, "checked"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SubmitReturns(ctx, "clerk", []Incoming{returned(d, "RX1", q, 13, 100, "")}); !errors.As(err, &rule) {
			t.Errorf("a correction without a reason: %v", err)
		}
		if p := must(s.Publish(ctx, "national", published(t)))(t); p.Release != 1 || p.Returns != 2 || p.Raised != 0 {
			t.Errorf("published %+v", p)
		}
		again := must(s.SubmitReturns(ctx, "clerk", []Incoming{returned(d, "RX1", q, 0, 100, "recounted")}))(t)
		for release, want := range map[int64]float64{0: 12, 1: 12} { // the correction is not published yet
			figures, find, err := s.PublishedFigures(ctx, release)
			if err != nil || len(figures) != 2 || figures[0].Numerator != want || find("waiting", 1, d.Meaning()).Title != "Waiting" {
				t.Errorf("release %d: %+v, %v", release, figures, err)
			}
		}
		if err := s.SignReturns(ctx, "keeper", again, ""); err != nil {
			t.Fatal(err)
		}
		must(s.Publish(ctx, "national", published(t)))(t)
		for release, want := range map[int64]metric.State{0: metric.Zero, 2: metric.Zero, 1: metric.Submitted} {
			figures, _, err := s.PublishedFigures(ctx, release)
			i := slices.IndexFunc(figures, func(f quality.Figure) bool { return f.Organisation == "RX1" })
			if err != nil || figures[i].State != want {
				t.Errorf("release %d: %+v, %v", release, figures, err)
			}
		}
		list := must(s.Returns(ctx, ReturnFilter{Organisation: "RX1", Figures: true}))(t)
		if len(list) != 2 || list[0].Release != 1 || list[1].Version != 2 || list[1].Reason != "recounted" || list[1].SignedBy != "keeper" || list[1].Figures[0].State != metric.Zero {
			t.Errorf("%+v", list)
		}
		if err := s.SendReturnBack(ctx, "keeper", again[0], "no"); !errors.As(err, &rule) {
			t.Errorf("what is published was sent back: %v", err)
		}
		third := must(s.SubmitReturns(ctx, "clerk", []Incoming{returned(d, "RX1", q, 5, 100, "once more")}))(t)
		if err := s.SendReturnBack(ctx, "keeper", third[0], ""); !errors.As(err, &rule) {
			t.Errorf("sent back without saying why: %v", err)
		}
		if err := s.SendReturnBack(ctx, "keeper", third[0], "the count is of another quarter"); err != nil {
			t.Fatal(err)
		}
		must(s.SubmitReturns(ctx, "clerk", []Incoming{returned(d, "RX1", q, 6, 100, "")}))(t) // it was sent back: no reason needed

		for _, change := range []string{"DELETE FROM metric_return", "UPDATE metric_return SET figures = ''", "UPDATE metric_step SET by_account = 'x'", "DELETE FROM metric_release", "DELETE FROM metric_definition"} {
			if _, err := s.writing.ExecContext(ctx, change); err == nil {
				t.Errorf("%s was allowed", change)
			}
		}
		if v := must(s.Verify(ctx, ""))(t); v.Rows < 12 {
			t.Errorf("%+v", v)
		}
		if err := s.Record(ctx, "ann", "metric.publish", "release 9", nil); err == nil {
			t.Error("somebody else's entry vouches for releases")
		}
		var backup bytes.Buffer
		must(s.Backup(ctx, &backup))(t)
		if o.Database == "" {
			for _, tamper := range []string{"DROP TRIGGER metric_return_no_update", "UPDATE metric_return SET figures = REPLACE(figures, ',12,', ',2,') WHERE id = 1"} {
				if _, err := s.writing.ExecContext(ctx, tamper); err != nil {
					t.Fatal(err)
				}
			}
			var chain *ChainError
			if _, err := s.Verify(ctx, ""); !errors.As(err, &chain) || !strings.Contains(err.Error(), "metric_return") {
				t.Errorf("after a figure was altered: %v", err)
			}
		}
	})
}

// An alert is raised by one release, continues, is acknowledged, and is resolved
// when the figure is back; without a figure it stays as it is.
func TestAlertLife(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		s, ctx, d := open(t, o), t.Context(), waiting(t, 1)
		q := metric.Quarter{Year: 2020, Quarter: 1}
		publish := func(list ...Incoming) Published {
			t.Helper()
			ids := must(s.SubmitReturns(ctx, "clerk", list))(t)
			if err := s.SignReturns(ctx, "keeper", ids, ""); err != nil {
				t.Fatal(err)
			}
			return must(s.Publish(ctx, "national", published(t)))(t)
		}
		var first []Incoming
		for i := range 14 {
			first = append(first, returned(d, "RX1", q.Next(i), float64(20+i%2), 100, ""))
		}
		if p := publish(first...); p.Raised != 0 {
			t.Errorf("a quiet series raises %+v", p)
		}
		q = q.Next(14)
		if p := publish(returned(d, "RX1", q, 60, 100, "")); p.Raised != 1 {
			t.Errorf("%+v", p)
		}
		a := must(s.Alerts(ctx))(t)[0]
		if a.State != quality.New || a.Judgement != "concern" || a.Way != "high" || a.Value != 60 || a.Raised != 2 || a.Rule != "outside" {
			t.Errorf("%+v", a)
		}
		if p := publish(returned(d, "RX1", q.Next(1), 90, 100, "")); p.Continued != 1 || p.Raised != 0 {
			t.Errorf("%+v", p)
		}
		var rule *RuleError
		if _, err := s.NoteAlert(ctx, "ann", a.ID, quality.Acknowledge, "asked the trust", 1); !errors.As(err, &rule) {
			t.Errorf("acknowledged by somebody who saw it before: %v", err)
		}
		if _, err := s.NoteAlert(ctx, "ann", a.ID, quality.Acknowledge, " ", 2); !errors.As(err, &rule) {
			t.Errorf("acknowledged without a note: %v", err)
		}
		if a = must(s.NoteAlert(ctx, "ann", a.ID, quality.Acknowledge, "asked the trust", 2))(t); a.State != quality.Acknowledged || a.AcknowledgedBy != "ann" {
			t.Errorf("%+v", a)
		}
		if p := publish(returned(d, "RX1", q.Next(2), math.NaN(), math.NaN(), "")); p.Settled != 0 || p.Continued != 0 {
			t.Errorf("a missing figure: %+v", p)
		}
		if p := publish(returned(d, "RX1", q.Next(3), 20, 100, "")); p.Settled != 1 {
			t.Errorf("%+v", p)
		}
		a = must(s.Alert(ctx, a.ID))(t)
		var steps []string
		for _, e := range a.Events {
			steps = append(steps, fmt.Sprint(e.Release, " ", e.Action))
		}
		if want := []string{"2 raise", "3 continue", "3 acknowledge", "5 resolve"}; a.State != quality.Resolved || !slices.Equal(steps, want) {
			t.Errorf("%v, got %q, want %q", a.State, steps, want)
		}
		must(s.Verify(ctx, ""))(t)
	})
}

// raiseAlert publishes a series whose last figure stands out.
func raiseAlert(t testing.TB, s *Store) {
	t.Helper()
	d, q := waiting(t, 1), metric.Quarter{Year: 2020, Quarter: 1}
	var list []Incoming
	for i := range 15 {
		list = append(list, returned(d, "RX1", q.Next(i), float64(20+i%2+i/14*40), 100, ""))
	}
	ids := must(s.SubmitReturns(t.Context(), "clerk", list))(t)
	if err := s.SignReturns(t.Context(), "keeper", ids, ""); err != nil {
		t.Fatal(err)
	}
	if p := must(s.Publish(t.Context(), "national", published(t)))(t); p.Raised != 1 {
		t.Fatalf("%+v", p)
	}
}

// Figures come back as they were written, with and without quotation marks.
func TestFiguresAreReadBack(t *testing.T) {
	nan := math.NaN()
	for _, note := range []string{"", "plain", "a, comma", "a \"word\"", " blank before", "two\nlines"} {
		want := []quality.Figure{{Organisation: "RX1", Service: "S1", Metric: "m", Version: 2, Meaning: "abc", State: metric.Submitted, Numerator: 210.5, Denominator: 1e7, Note: note, Return: 3},
			{Organisation: "RX1", Service: "S1", Metric: "n", Version: 1, Meaning: "def", State: metric.Suppressed, Numerator: nan, Denominator: nan, Return: 3}}
		text := must(writeFigures(want))(t)
		got := must(newFiguresReader().read(nil, &Return{ID: 3, Organisation: "RX1", Service: "S1"}, text))(t)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q:\n%v\nwant\n%v", note, got, want)
		}
	}
	for _, text := range []string{"h\na,1,b,submitted,1\n", "h\na,x,b,submitted,1,2,\n", "h\na,1,b,submitted,one,2,\n", "h\na,1,b,submitted,1,2,,\n"} {
		if _, err := newFiguresReader().read(nil, &Return{}, text); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}
