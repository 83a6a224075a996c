package pool_test

import (
	"fmt"
	"io/fs"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"remit/activity"
	"remit/budgets"
	"remit/pool"
	"remit/share"
)

func load(t testing.TB, name string) *pool.Pool {
	t.Helper()
	p, err := pool.Load(budgets.Pools(), name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func rule(t testing.TB, kind, limit, fund, by, blend string) pool.Rule {
	t.Helper()
	r, err := pool.ParseRule(kind, limit, fund, by, blend)
	if err != nil {
		t.Fatal(err)
	}
	return *r
}

// The eight rules on the worked pool, in millions of pounds: C = 420, 310, 180, 90; X = 441, 300, 186, 88.
func TestWorked(t *testing.T) {
	members := load(t, "worked").Members()
	for _, c := range []struct {
		name, kind, limit, fund, by, blend string
		want                               []string
		unfunded                           string
	}{
		{"a. own risk", "own", "", "", "", "", []string{"-21", "10", "-6", "2"}, "0"},
		{"b. by contribution", "contribution", "", "", "", "", []string{"-6.30", "-4.65", "-2.70", "-1.35"}, "0"},
		{"c. by weighted population", "population", "", "", "", "", []string{"-6.00", "-4.95", "-2.70", "-1.35"}, "0"},
		{"d. by activity", "activity", "", "", "", "", []string{"-7.50", "-3.90", "-2.40", "-1.20"}, "0"},
		{"e. collar of 2%", "collar", "2%", "", "", "", []string{"-13.02", "2.79", "-5.58", "0.81"}, "0"},
		{"f. contingency of 5, then by contribution", "contingency", "", "5000000", "contribution", "", []string{"-4.20", "-3.10", "-1.80", "-0.90"}, "0"},
		{"g. by activity, at most 1.6%", "capped", "1.6%", "", "activity", "", []string{"-6.7200", "-4.3056", "-2.6496", "-1.3248"}, "0"},
		// b, c and d weighted: -6.30/2 - 6.00*0.3 - 7.50*0.2 = -6.45, and so on.
		{"h. half contribution, 30% population, 20% activity", "blend", "", "", "", "50%/30%/20%", []string{"-6.45", "-4.59", "-2.64", "-1.32"}, "0"},
		// At 1% all are capped: 4.2 + 3.1 + 1.8 + 0.9 = 10 of 15.
		{"g. by activity, at most 1%: all capped", "capped", "1%", "", "activity", "", []string{"-4.2", "-3.1", "-1.8", "-0.9"}, "-5000000"},
		{"f. a contingency larger than the overspend", "contingency", "", "20000000", "activity", "", []string{"0", "0", "0", "0"}, "0"},
	} {
		r, err := pool.Share(members, rule(t, c.kind, c.limit, c.fund, c.by, c.blend))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for i, want := range c.want {
			wanted, _ := new(big.Rat).SetString(want)
			if got := share.Of(r.Members[i].Final); got.Cmp(wanted.Mul(wanted, big.NewRat(1_000_000, 1))) != 0 {
				t.Errorf("%s: %s ends at %s, want %s million", c.name, r.Members[i].ICB, r.Members[i].Final.Pounds(), want)
			}
		}
		if r.Unfunded.String() != c.unfunded {
			t.Errorf("%s: %s is unfunded, want %s", c.name, r.Unfunded, c.unfunded)
		}
		closes(t, r)
	}
}

// The collar's parts, as the worked table has them.
func TestWorkedCollar(t *testing.T) {
	r, err := pool.Share(load(t, "worked").Members(), rule(t, "collar", "2%", "", "", ""))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][2]string{{"-8.4", "-12.6"}, {"6.2", "3.8"}, {"-3.6", "-2.4"}, {"1.8", "0.2"}} {
		for j, name := range []string{"own part", "beyond"} {
			f := r.Members[i].Working[j]
			wanted, _ := new(big.Rat).SetString(want[j])
			if f.Name != name || f.Amount.Cmp(wanted.Mul(wanted, big.NewRat(1_000_000, 1))) != 0 {
				t.Errorf("%s %s: %s, want %s million", r.Members[i].ICB, f.Name, f.Amount.FloatString(2), want[j])
			}
		}
	}
}

// closes checks what holds of every result: finals are what the pool has, and transfers come to nothing.
func closes(t *testing.T, r *pool.Result) {
	t.Helper()
	var finals, transfers activity.Amount
	for _, m := range r.Members {
		finals, transfers = finals.Add(m.Final), transfers.Add(m.Transfer)
	}
	if finals.Add(r.Unfunded) != r.Variance.Add(r.Fund) {
		t.Errorf("%s: finals %s and unfunded %s, of a variance of %s and a fund of %s", r.Rule.Kind, finals, r.Unfunded, r.Variance, r.Fund)
	}
	if rest := transfers.Sub(r.Fund).Add(r.Unfunded); !rest.IsZero() {
		t.Errorf("%s: transfers, fund and unfunded come to %s", r.Rule.Kind, rest)
	}
}

func rules(t testing.TB) []pool.Rule {
	return []pool.Rule{
		rule(t, "own", "", "", "", ""), rule(t, "contribution", "", "", "", ""), rule(t, "population", "", "", "", ""), rule(t, "activity", "", "", "", ""),
		rule(t, "collar", "2%", "", "", ""), rule(t, "contingency", "", "123456.78", "population", ""), rule(t, "capped", "1.37%", "", "activity", ""), rule(t, "blend", "", "", "", "0.2/0.5/0.3"),
	}
}

func randomMembers(random *rand.Rand) []pool.Member {
	var list []pool.Member
	for i := range 1 + random.IntN(10) {
		c := random.Int64N(50_000_000_000) + 1
		list = append(list, pool.Member{ICB: fmt.Sprintf("ICB-%02d", i), Contribution: activity.Pence(c), Spend: activity.Pence(c + random.Int64N(c/5+2) - c/10),
			Population: big.NewRat(random.Int64N(1_000_000)+1, 1), Activity: big.NewRat(random.Int64N(1000)+1, 7)})
	}
	return list
}

// Conservation, symmetry in the order of members, scale invariance, and that a cap is never passed.
func TestProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	for _, rule := range rules(t) {
		for range 200 {
			members := randomMembers(random)
			r, err := pool.Share(members, rule)
			if err != nil {
				t.Fatal(err)
			}
			closes(t, r)
			turned := slices.Clone(members)
			slices.Reverse(turned)
			again, err := pool.Share(turned, rule)
			if err != nil {
				t.Fatal(err)
			}
			for i, m := range r.Members {
				if b := again.Members[len(members)-1-i]; b.Final != m.Final {
					t.Errorf("%s: the order of members changes where %s ends", rule.Kind, m.ICB)
				}
				if rule.Kind == pool.Capped && share.Of(m.Final).Cmp(new(big.Rat).Neg(new(big.Rat).Mul(rule.Cap.Rat, share.Of(m.Contribution)))) < 0 {
					t.Errorf("%s pays %s, more than its cap", m.ICB, m.Final.Neg().Pounds())
				}
			}
			if rule.Kind != pool.Contingency && rule.Kind != pool.Capped { // their fund and their caps are cut to money
				scales(t, members, r)
			}
		}
	}
}

func scales(t *testing.T, members []pool.Member, r *pool.Result) {
	t.Helper()
	large := slices.Clone(members)
	for i := range large {
		for range 2 { // three times
			large[i].Contribution = large[i].Contribution.Add(members[i].Contribution)
			large[i].Spend = large[i].Spend.Add(members[i].Spend)
		}
	}
	again, err := pool.Share(large, r.Rule)
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range r.Members {
		if again.Members[i].Exact.Cmp(new(big.Rat).Mul(m.Exact, big.NewRat(3, 1))) != 0 {
			t.Errorf("%s: three times the money is not three times the position of %s", r.Rule.Kind, m.ICB)
		}
	}
}

// A collar that is never reached is own risk; one of nothing is full pooling.
func TestCollarEnds(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	for range 100 {
		members := randomMembers(random)
		for limit, like := range map[string]string{"1000": "own", "0": "contribution"} {
			x, err := pool.Share(members, rule(t, "collar", limit, "", "", ""))
			if err != nil {
				t.Fatal(err)
			}
			y, err := pool.Share(members, rule(t, like, "", "", "", ""))
			if err != nil {
				t.Fatal(err)
			}
			for i := range members {
				if x.Members[i].Final != y.Members[i].Final {
					t.Errorf("a collar of %s: %s ends at %s, by %s at %s", limit, members[i].ICB, x.Members[i].Final, like, y.Members[i].Final)
				}
			}
		}
	}
}

// Under own risk and the collar, who spends more never ends better.
func TestMonotone(t *testing.T) {
	random := rand.New(rand.NewPCG(13, 14))
	for _, rule := range []pool.Rule{rule(t, "own", "", "", "", ""), rule(t, "collar", "2%", "", "", "")} {
		for range 200 {
			members := randomMembers(random)
			before, err := pool.Share(members, rule)
			if err != nil {
				t.Fatal(err)
			}
			i := random.IntN(len(members))
			more := slices.Clone(members)
			more[i].Spend = more[i].Spend.Add(activity.Pence(random.Int64N(1_000_000_000)))
			after, err := pool.Share(more, rule)
			if err != nil {
				t.Fatal(err)
			}
			if after.Members[i].Exact.Cmp(before.Members[i].Exact) > 0 {
				t.Errorf("%s: %s spends more and ends better", rule.Kind, members[i].ICB)
			}
		}
	}
}

func TestScenario(t *testing.T) {
	p := load(t, "worked")
	members, _, err := p.Apply(pool.Scenario{Out: []string{"ICB-D"}, Change: map[string]*big.Rat{"ICB-B": big.NewRat(5, 100)}, Spend: map[string]activity.Amount{"ICB-C": activity.Pence(1)}})
	if err != nil {
		t.Fatal(err)
	}
	if len(members) != 3 || members[1].Spend.String() != "315000000" || members[2].Spend.String() != "0.01" {
		t.Errorf("members: %+v", members)
	}
	if _, _, err := p.Apply(pool.Scenario{Out: []string{"ICB-Z"}}); err == nil || !strings.Contains(err.Error(), "ICB-Z is not a member of the pool in 2026/27; the members are ICB-A, ICB-B, ICB-C, ICB-D") {
		t.Error(err)
	}
	start := time.Now()
	pool.Compare(members, p.Beside())
	if took := time.Since(start); took > 100*time.Millisecond {
		t.Errorf("a scenario takes %s", took)
	}
}

// Sources are 6m that comes for good and 6m of one year. By hand: the team takes 1.8m of the first, the
// scanner 3.5m of the second; 4.2m is left that comes for good, so that the clinics for 4.6m are refused; the
// return takes 2m of the second. 4.7m is left, 0.5m may be carried.
func TestUnderspend(t *testing.T) {
	s := load(t, "worked").Underspend(12)
	for what, pair := range map[string][2]string{
		"recurrent": {s.Recurrent.String(), "6000000"}, "non-recurrent": {s.NonRecurrent.String(), "6000000"}, "used": {s.Used.String(), "7300000"},
		"left": {s.Left.String(), "4700000"}, "left for good": {s.LeftRecurrent.String(), "4200000"}, "carried": {s.Carried.String(), "500000"},
		"asked": {s.CarryRequested.String(), "1500000"}, "lapses": {s.Lapses.String(), "4200000"}, "full year": {s.FullYear.String(), "3600000"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %s, want %s", what, pair[0], pair[1])
		}
	}
	if want := "a recurrent use of £4,600,000.00, and £4,200,000.00 is left that comes for good"; !strings.HasPrefix(s.Uses[2].Refused, want) {
		t.Errorf("the clinics: %q", s.Uses[2].Refused)
	}
	if len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], "£4,700,000.00 is uncommitted in month 12") {
		t.Errorf("warnings: %q", s.Warnings)
	}
	p := load(t, "worked")
	p.Uses[2].Override = "Accepted by the joint committee: a rebate is expected each year"
	if u := p.Underspend(12).Uses[2]; u.Refused != "" || u.FromRepeat.String() != "4200000" || u.FromOnce.String() != "400000" {
		t.Errorf("with an override: %+v", u)
	}
}

// What is charged is what providers are paid; every board's ledger comes to its own charge; what is owed nets.
func TestNetting(t *testing.T) {
	n := pool.Net(load(t, "worked").Charges)
	var paid, own activity.Amount
	for _, p := range n.Payments {
		paid = paid.Add(p.Amount)
	}
	for _, l := range n.ByBoard {
		own = own.Add(l.Own)
		if l.AfterSettlement != l.Own {
			t.Errorf("%s settles at %s and is charged %s", l.ICB, l.AfterSettlement, l.Own)
		}
	}
	if paid != n.Charges || own != n.Charges {
		t.Errorf("charges %s, paid %s, own %s", n.Charges, paid, own)
	}
	// A month: B owes A 3,000,000 + 1,000m + 412,000.10 + 350,000, A owes B 1,250,000 + 1,000m + 90,000 + 64,000.
	// Over three months the thousands fall out: 3 x (3,762,000.10 - 1,404,000) = 7,074,000.30.
	if o := n.Owed[0]; o.From != "ICB-B" || o.To != "ICB-A" || o.Net.Pounds() != "7,074,000.30" {
		t.Errorf("owed: %+v", o)
	}
}

// A contract is divided by the weights of each month, to the penny in every month and over the year.
func TestDivide(t *testing.T) {
	d, err := load(t, "worked").Divide("PROV1-2026")
	if err != nil {
		t.Fatal(err)
	}
	if d.Sum != d.Contract.Amount || share.Sum(d.Totals) != d.Contract.Amount {
		t.Errorf("the parts add up to %s, of %s", d.Sum, d.Contract.Amount)
	}
	// ICB-B has 20% for six months and 19.2% for six: 19.6% of the year, give or take the rounding of a month.
	want := new(big.Rat).Mul(share.Of(d.Contract.Amount), big.NewRat(196, 1000))
	off := new(big.Rat).Sub(share.Of(d.Totals[1].Amount), want)
	if off.Abs(off).Cmp(big.NewRat(12, 100)) > 0 {
		t.Errorf("ICB-B gets %s, want about %s", d.Totals[1].Amount, want.FloatString(2))
	}
	if _, err := load(t, "worked").Divide("PROV9"); err == nil {
		t.Error("a contract that is not there is divided")
	}
}

// Real usage of a national scheme: the smallest partner used £1,808 and the largest £7,136,957. Every rule
// closes all the same.
func TestUsageOfUnequalPartners(t *testing.T) {
	usage := []int64{1309694, 482772, 426907, 1391636, 918780, 2645444, 7136957, 2805679, 986294, 5724677, 1808, 237835, 2539221, 62472}
	var members []pool.Member
	var total int64
	for i, u := range usage {
		total += u
		members = append(members, pool.Member{ICB: fmt.Sprintf("B%02d", i), Contribution: activity.Pence(u * 104), Spend: activity.Pence(u * 100), Population: big.NewRat(u, 1), Activity: big.NewRat(u, 1)})
	}
	if total != 26670176 {
		t.Fatalf("usage adds up to %d", total)
	}
	for _, k := range rules(t) {
		r, err := pool.Share(members, k)
		if err != nil {
			t.Fatal(err)
		}
		closes(t, r)
	}
}

func TestFaults(t *testing.T) {
	files := fstest.MapFS{
		"p/pool.yaml":   {Data: []byte("pool: a pool\nyear: 2026\nrule: {kind: collar}\ncompare_with: [{kind: blend, contribution: 50%}]\n")},
		"p/members.csv": {Data: []byte("icb,contribution,spend,population,valid_from,valid_to,source,confidence\nA,-5,1,,2026-04-01,2025-04-01,x,low\nA,five,,x,,,,sure\n")},
		"p/uses.csv":    {Data: []byte("rank,what,kind,amount,full_year_effect,recurrent,month\n1,x,invest,1,1,yes,13\n")},
	}
	_, err := pool.Load(files, "p")
	if err == nil {
		t.Fatal("no fault is found")
	}
	for _, want := range []string{
		`p/pool.yaml column pool value "a pool": the name of the pool is blank or cannot stand in an address`, `column year value "2026": it is not a financial year`,
		`column source: the pool has no source`, `column rule value "collar": the rule collar needs a cap`, `column rule value "blend": the parts of the blend add up to 0.5000`,
		`p/members.csv row 2 column contribution value "-5": the contribution is negative`, `row 2 column valid_to value "2025-04-01": the membership ends before it begins`,
		`row 3 column contribution value "five": it is not an amount of money`, `row 3 column spend: the amount is blank`, `row 3 column population value "x"`, `row 3 column icb value "A": the member is there twice`,
		`row 3 column source: the value is blank`, `row 3 column confidence value "sure"`, `p/uses.csv row 2 column month value "13"`, `row 2 column approver: a decision to invest has no approver`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not told: %s\n%v", want, err)
		}
	}
}

// No file makes the loader fail without a word, whatever is in it.
func FuzzLoad(f *testing.F) {
	f.Add(read("pool.yaml"), read("members.csv"), read("uses.csv"), read("contract_shares.csv"))
	f.Fuzz(func(t *testing.T, y, members, uses, shares []byte) {
		files := fstest.MapFS{"p/pool.yaml": {Data: y}, "p/members.csv": {Data: members}, "p/uses.csv": {Data: uses}, "p/sources.csv": {Data: read("sources.csv")},
			"p/contracts.csv": {Data: read("contracts.csv")}, "p/contract_shares.csv": {Data: shares}}
		p, err := pool.Load(files, "p")
		if err != nil {
			return
		}
		for _, k := range pool.Compare(p.Members(), p.Beside()) {
			if k.Err == nil {
				closes(t, k.Result)
			}
		}
		p.Underspend(12)
	})
}

func read(name string) []byte {
	b, err := fs.ReadFile(budgets.Pools(), "worked/"+name)
	if err != nil {
		panic(err)
	}
	return b
}
