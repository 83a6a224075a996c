package pool_test

import (
	"strings"
	"testing"

	"remit/activity"
	"remit/budgets"
	"remit/pool"
	"remit/register"
)

// Requests that are approved take money of the underspend, those that wait take none, and one that the pool cannot
// afford is told why.
func TestRequests(t *testing.T) {
	p, err := pool.Load(budgets.Pools(), "worked")
	if err != nil {
		t.Fatal(err)
	}
	before := p.Underspend(12)
	pounds := func(n int64) activity.Amount { return activity.Pence(n * 100) }
	carry := pool.Request{What: "a unit that is late", Amount: pounds(1000), State: "approved"}
	wait := pool.Request{What: "a clinic", Reinvest: true, Amount: pounds(500), FullYear: pounds(500), Month: 11, State: "requested"}
	once := pool.Request{What: "a scanner", Reinvest: true, Amount: pounds(2000), Month: 10, State: "approved", DecidedBy: "bob"}
	after := p.With([]pool.Request{carry, wait, once}).Underspend(12)
	if got := before.Left.Sub(after.Left); got != pounds(2000) {
		t.Errorf("what is approved takes %s", got)
	}
	if got := after.Carried.Sub(before.Carried); got != pounds(1000) {
		t.Errorf("carried %s more", got)
	}
	if len(p.Carry) == len(p.With([]pool.Request{carry}).Carry) {
		t.Error("the pool itself was changed, or the request is lost")
	}
	for name, c := range map[string]struct {
		r    pool.Request
		says string
	}{
		"more than is left":                   {pool.Request{Amount: before.Left.Add(pounds(1))}, "is left that is not granted yet"},
		"all that is left":                    {pool.Request{Amount: before.Left.Sub(before.Carried)}, ""},
		"recurrent, of money of one year":     {pool.Request{Reinvest: true, Recurrent: true, Amount: before.LeftRecurrent.Add(pounds(1)), FullYear: pounds(1)}, "an override needs who accepts it and why"},
		"recurrent by override":               {pool.Request{Reinvest: true, Recurrent: true, Amount: before.LeftRecurrent.Add(pounds(1)), FullYear: pounds(1), Override: "the committee accepts it"}, ""},
		"a reinvestment of more than is left": {pool.Request{Reinvest: true, Amount: before.Left.Add(pounds(1))}, "is asked and"},
		"a reinvestment of all that there is": {pool.Request{Reinvest: true, Amount: before.Left}, ""},
	} {
		if got := p.Affords(c.r); c.says == "" && got != "" || !strings.Contains(got, c.says) {
			t.Errorf("%s: %q, want %q", name, got, c.says)
		}
	}
}

func TestGoverning(t *testing.T) {
	pack, err := register.LoadShipped()
	if err != nil {
		t.Fatal(err)
	}
	defer pack.Close()
	for _, c := range []struct{ code, to, on, problem string }{
		{"", "", "2026-11-24", "No instrument is recorded"},
		{"NOBODY", "", "2026-11-24", "The register has no instrument NOBODY"},
		{"JWA-NENC", "", "2024-06-01", ""},
		{"JWA-NENC", "2027-03-31", "2024-06-01", "JWA-NENC ends on 2025-03-31, before the pool does"},
		{"JWA-NENC", "", "2026-11-24", "JWA-NENC ended on 2025-03-31"},
		{"JWA-NENC", "", "2020-01-01", "The register has nothing of JWA-NENC on 2020-01-01"},
	} {
		on, err := register.ParseDay(c.on)
		if err != nil {
			t.Fatal(err)
		}
		g := (&pool.Pool{Instrument: c.code, To: c.to}).Governing(pack, on)
		if c.problem == "" && g.Problem != "" || !strings.Contains(g.Problem, c.problem) {
			t.Errorf("%s on %s: %q, want %q", c.code, c.on, g.Problem, c.problem)
		}
	}
}
