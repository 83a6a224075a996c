package web

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// An organisation's own rounds and pools are shown to those who have signed in and to nobody else, also after a page has
// been kept for the public. One with faults is listed, and says what is wrong.
func TestOwnBudgets(t *testing.T) {
	o := newOffice(t)
	defer o.site.Close()
	o.site.ownBudgets = fstest.MapFS{
		"rounds/mine/round.yaml": {Data: []byte("round: mine\ntitle: Our own plan\nstream: specialised only\nsource: Our board\nformula: need-without-cost\nyears: [{year: 2026/27, status: firm, quantum: 90, policy: p}]\npolicies: [{policy: p, kind: P1, adjustment: 1%, at: 5%, floor: 0%, source: ours}]\n")},
		"rounds/mine/icb.csv":    {Data: []byte("year,icb,population,need_index,source,confidence\n2026/27,QMJ,10,1,x,low\n2026/27,QRV,20,1,x,low\n")},
		"rounds/mine/ledger.csv": {Data: []byte("year,icb,kind,cause,amount,recurrent,holder,notional,source,confidence\n2026/27,QMJ,baseline,b,40.00,yes,icb,no,x,low\n2026/27,QRV,baseline,b,60.00,yes,icb,no,x,low\n")},
		"rounds/bad/round.yaml":  {Data: []byte("round: bad\n")},
		"pools/ours/pool.yaml":   {Data: []byte("pool: ours\ntitle: Our own pool\nyear: 2026/27\nhost: QMJ\ninstrument: NO-SUCH\nsource: Our board\nrule: {kind: activity}\n")},
		"pools/ours/members.csv": {Data: []byte("icb,contribution,spend,source,confidence\nQMJ,10,12,x,low\nQRV,10,9,x,low\n")},
	}
	finance := o.person("finance", "")
	for _, c := range []struct {
		address    string
		status     int
		has, lacks string
	}{
		{"/budgets", http.StatusOK, "Our own plan|Cannot be read: run remit budget check", ""},
		{"/budgets/mine", http.StatusOK, "The policy cannot hand out the money of the year|at least £100.00 and at most any amount", "Allocations of"},
		{"/budgets/bad", http.StatusUnprocessableEntity, "The files of bad cannot be read|the first: bad/", ""},
		{"/pools", http.StatusOK, "Our own pool", ""},
		{"/pools/ours", http.StatusOK, "The scenario cannot be worked out|shares by activity, which is not known of QMJ; add it to members.csv|The register has no instrument NO-SUCH", ""},
		{"/pools/ours?rule=own", http.StatusOK, "Our own pool, as tried|−£2.00", ""},
	} {
		public := o.public().get(c.address)
		if strings.Contains(public.text, "Our own") || public.status != http.StatusOK && public.status != http.StatusNotFound {
			t.Errorf("%s as the public: status %d, and what is the organisation's own", c.address, public.status)
		}
		p := finance.get(c.address)
		if p.status != c.status {
			t.Errorf("%s: status %d, want %d", c.address, p.status, c.status)
		}
		for _, has := range strings.Split(c.has, "|") {
			if !strings.Contains(p.text, has) {
				t.Errorf("%s does not have %q:\n%s", c.address, has, p.text)
			}
		}
		if c.lacks != "" && strings.Contains(p.text, c.lacks) {
			t.Errorf("%s has %q", c.address, c.lacks)
		}
	}
}

// A scenario of a pool that nobody has asked before is answered in under 100 ms.
func TestScenarioSpeed(t *testing.T) {
	site(t)
	ask(t, http.MethodGet, "/pools/worked", nil, "") // reads the register
	var fastest time.Duration
	for i := range 5 {
		start := time.Now()
		w := ask(t, http.MethodGet, "/pools/worked?rule=collar&cap="+string(rune('1'+i))+"%25&out=ICB-D", nil, "")
		if w.Code != http.StatusOK {
			t.Fatalf("status %d", w.Code)
		}
		if took := time.Since(start); fastest == 0 || took < fastest {
			fastest = took
		}
	}
	if fastest > 100*time.Millisecond {
		t.Errorf("a scenario takes %s at best", fastest)
	}
}
