package store

import (
	"errors"
	"strings"
	"testing"

	"remit/activity"
)

// A request about the money of a pool is asked for by one person and decided by another, once, and every step is told
// in the audit log, which finds a request that was altered in the database.
func TestPoolRequest(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		s := open(t, o)
		ctx := t.Context()
		ask := func(p PoolRequest) (PoolRequest, error) { return s.AskPool(ctx, "ann", p) }
		whole := PoolRequest{Pool: "worked", Year: "2026/27", ICB: "QMJ", Kind: CarryForward, What: "Dialysis stations that come late", Amount: activity.Pence(125_000_050), Reason: "Delivery slips into May"}
		for what, spoil := range map[string]func(*PoolRequest){
			"no amount": func(p *PoolRequest) { p.Amount = activity.Amount{} }, "no reason": func(p *PoolRequest) { p.Reason = " " }, "for nothing": func(p *PoolRequest) { p.What = "" },
			"of no kind": func(p *PoolRequest) { p.Kind = "gift" }, "no month": func(p *PoolRequest) { p.Kind = Reinvestment },
		} {
			p := whole
			spoil(&p)
			var rule *RuleError
			if _, err := ask(p); !errors.As(err, &rule) {
				t.Errorf("%s: %v", what, err)
			}
		}
		p := must(ask(whole))(t)
		refused := func(what string, err error, says string) {
			t.Helper()
			var rule *RuleError
			if !errors.As(err, &rule) || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %v", what, err)
			}
		}
		_, err := s.DecidePool(ctx, "Ann ", p.ID, p.Revision, true, "")
		refused("by who asked", err, "a second person must decide")
		_, err = s.DecidePool(ctx, "bob", p.ID, p.Revision, false, "")
		refused("a refusal without a word", err, "say why")
		_, err = s.DecidePool(ctx, "bob", p.ID, p.Revision+1, true, "")
		refused("another revision", err, "look at it again")
		_, err = s.WithdrawPool(ctx, "bob", p.ID, p.Revision, "")
		refused("withdrawn by another", err, "to withdraw")
		got := must(s.DecidePool(ctx, "bob", p.ID, p.Revision, true, "affordable"))(t)
		if got.State != PoolApproved || got.DecidedBy != "bob" || got.Amount != whole.Amount {
			t.Errorf("%+v", got)
		}
		_, err = s.DecidePool(ctx, "carol", p.ID, got.Revision, false, "no")
		refused("decided twice", err, "approved already")
		second := must(ask(whole))(t)
		must(s.WithdrawPool(ctx, "ann", second.ID, second.Revision, ""))(t)
		list := must(s.PoolRequests(ctx, "worked"))(t)
		if len(list) != 2 || list[0].State != PoolWithdrawn || list[1].State != PoolApproved {
			t.Errorf("%+v", list)
		}
		must(s.Verify(ctx, ""))(t)
		if _, err := s.writing.ExecContext(ctx, "UPDATE pool_request SET amount = '9' WHERE id = 1"); err != nil {
			t.Fatal(err)
		}
		var chain *ChainError
		if _, err := s.Verify(ctx, ""); !errors.As(err, &chain) || !strings.Contains(err.Error(), "pool request 1") {
			t.Errorf("altered in the database: %v", err)
		}
	})
}
