package pool

import (
	"fmt"
	"math/big"
	"strings"

	"remit/activity"
	"remit/budget"
	"remit/share"
)

// Kind names a rule.
type Kind string

// The rules.
const (
	Own            Kind = "own"
	ByContribution Kind = "contribution"
	ByPopulation   Kind = "population"
	ByActivity     Kind = "activity"
	Collar         Kind = "collar"
	Contingency    Kind = "contingency"
	Capped         Kind = "capped"
	Blend          Kind = "blend"
)

// Kinds are all rules, in the order in which they are shown.
var Kinds = []Kind{Own, ByContribution, ByPopulation, ByActivity, Collar, Contingency, Capped, Blend}

// Says says in a sentence what a rule does.
var Says = map[Kind]string{
	Own:            "each member bears its own",
	ByContribution: "shared by contribution",
	ByPopulation:   "shared by weighted population",
	ByActivity:     "shared by activity",
	Collar:         "each member bears its own up to a part of its contribution; what is beyond is shared by contribution",
	Contingency:    "the contingency takes what it can of an overspend; the rest is shared by a key",
	Capped:         "shared by a key, and nobody pays more than a part of its contribution",
	Blend:          "a mixture of contribution, population and activity",
}

// Rule is a rule with its parameters.
type Rule struct {
	Kind Kind `yaml:"kind"`
	// Cap is the part of its contribution that a member bears itself (collar) or pays at most (capped).
	Cap budget.Number `yaml:"cap"`
	// Fund is the money of the contingency, in pounds.
	Fund budget.Text `yaml:"fund"`
	// Key is by what contingency and capped share: contribution, population or activity.
	Key Kind `yaml:"key"`
	// The parts of a blend, which add up to 1.
	Contribution budget.Number `yaml:"contribution"`
	Population   budget.Number `yaml:"population"`
	Activity     budget.Number `yaml:"activity"`
}

var one = big.NewRat(1, 1)

func or0(n budget.Number) *big.Rat {
	if n.Rat == nil {
		return new(big.Rat)
	}
	return n.Rat
}

// fund is the money of the contingency.
func (r *Rule) fund() (*big.Rat, error) {
	a, _, err := activity.ParseAmount([]byte(r.Fund))
	if err != nil {
		return nil, err
	}
	return share.Of(a), nil
}

// Check says what is wrong with the parameters of a rule.
func (r *Rule) Check() (problems []string) {
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	needsKey := func() {
		if r.Key != ByContribution && r.Key != ByPopulation && r.Key != ByActivity {
			say("the rule %s shares by a key and has %q; write contribution, population or activity", r.Kind, r.Key)
		}
	}
	needsCap := func() {
		if r.Cap.Rat == nil || r.Cap.Sign() < 0 {
			say("the rule %s needs a cap from 0%% up, a part of the contribution", r.Kind)
		}
	}
	switch r.Kind {
	case Own, ByContribution, ByPopulation, ByActivity:
	case Collar:
		needsCap()
	case Capped:
		needsCap()
		needsKey()
	case Contingency:
		needsKey()
		if k, err := r.fund(); err != nil {
			say("the fund of the contingency: %v", err)
		} else if k.Sign() < 0 || !new(big.Rat).Mul(k, big.NewRat(100, 1)).IsInt() {
			say("the fund of the contingency is pounds and pence from 0 up")
		}
	case Blend:
		parts := []*big.Rat{or0(r.Contribution), or0(r.Population), or0(r.Activity)}
		total := new(big.Rat)
		for _, p := range parts {
			if total.Add(total, p); p.Sign() < 0 {
				say("a part of the blend is below nothing")
			}
		}
		if total.Cmp(one) != 0 {
			say("the parts of the blend add up to %s and not to 1", total.FloatString(4))
		}
	default:
		say("there is no rule %q; write one of %s", r.Kind, KindList())
	}
	return problems
}

// KindList writes the names of all rules.
func KindList() string {
	var list []string
	for _, k := range Kinds {
		list = append(list, string(k))
	}
	return strings.Join(list, ", ")
}

// Words says what the rule does with its parameters.
func (r *Rule) Words() string {
	switch r.Kind {
	case Collar:
		return fmt.Sprintf("%s (cap %s)", Says[r.Kind], r.Cap.Percent())
	case Capped:
		return fmt.Sprintf("%s (key %s, cap %s)", Says[r.Kind], r.Key, r.Cap.Percent())
	case Contingency:
		k, _ := r.fund()
		if k == nil {
			k = new(big.Rat)
		}
		return fmt.Sprintf("%s (fund £%s, key %s)", Says[r.Kind], budget.Pounds(k), r.Key)
	case Blend:
		return fmt.Sprintf("%s (%s, %s, %s)", Says[r.Kind], r.Contribution.Percent(), r.Population.Percent(), r.Activity.Percent())
	}
	return Says[r.Kind]
}

// Member is a member of a pool with what the rules need of it.
type Member struct {
	ICB, Name    string
	Contribution activity.Amount
	Spend        activity.Amount // on its people, forecast or actual
	Population   *big.Rat        // weighted; nil: not known
	Activity     *big.Rat        // nil: not known
}

// Own is the member's own variance: contribution less spend.
func (m *Member) Own() activity.Amount { return m.Contribution.Sub(m.Spend) }

// Standing is where a member stands under a rule.
type Standing struct {
	ICB, Name    string
	Contribution activity.Amount
	Spend        activity.Amount
	Own          activity.Amount // v
	Exact        *big.Rat        // final position before rounding, pounds
	Final        activity.Amount // after the rule, to the penny
	Transfer     activity.Amount // final less own: above zero, it receives
	Capped       bool
	Working      []Figure
}

// Figure is a figure of the working, with its name.
type Figure struct {
	Name   string
	Says   string
	Amount *big.Rat
}

// Result is a pool under a rule.
type Result struct {
	Rule      Rule
	Members   []Standing
	Variance  activity.Amount // V
	Fund      activity.Amount // what the contingency gives
	Unfunded  activity.Amount // what nobody pays: below zero
	Transfers activity.Amount // of the members; with fund and unfunded it comes to nothing
}

// MissingKeyError says that a rule shares by something that is not known of a member.
type MissingKeyError struct {
	Key Kind
	ICB string
}

func (e *MissingKeyError) Error() string {
	return fmt.Sprintf("the rule shares by %s, which is not known of %s; add it to members.csv", e.Key, e.ICB)
}

// key gives the part of each member, adding up to 1.
func key(members []Member, by Kind) ([]*big.Rat, error) {
	list, total := make([]*big.Rat, len(members)), new(big.Rat)
	for i := range members {
		m := &members[i]
		switch by {
		case ByPopulation:
			list[i] = m.Population
		case ByActivity:
			list[i] = m.Activity
		default:
			list[i] = share.Of(m.Contribution)
		}
		if list[i] == nil {
			return nil, &MissingKeyError{by, m.ICB}
		}
		total.Add(total, list[i])
	}
	if total.Sign() == 0 {
		return nil, fmt.Errorf("by %s there is nothing to share by: it is nothing for every member", by)
	}
	for i := range list {
		list[i] = new(big.Rat).Quo(list[i], total)
	}
	return list, nil
}

// Share works a rule out.
func Share(members []Member, rule Rule) (*Result, error) {
	if problems := rule.Check(); len(problems) > 0 {
		return nil, fmt.Errorf("%s", strings.Join(problems, "\n"))
	}
	if len(members) == 0 {
		return nil, fmt.Errorf("the pool has no members left")
	}
	r := &Result{Rule: rule}
	for i := range members {
		m := &members[i]
		r.Members = append(r.Members, Standing{ICB: m.ICB, Name: m.Name, Contribution: m.Contribution, Spend: m.Spend, Own: m.Own()})
		r.Variance = r.Variance.Add(m.Own())
	}
	if err := r.work(members); err != nil {
		return nil, err
	}
	return r, r.round()
}

func (r *Result) work(members []Member) error {
	variance := share.Of(r.Variance)
	switch r.Rule.Kind {
	case Own:
		for i := range r.Members {
			r.Members[i].Exact = share.Of(r.Members[i].Own)
		}
		return nil
	case Collar:
		return r.collar(members)
	case Capped:
		return r.capped(members, variance)
	case Contingency:
		given, err := r.Rule.fund()
		if err != nil {
			return err
		}
		if over := new(big.Rat).Neg(variance); over.Sign() <= 0 {
			given = new(big.Rat)
		} else if given.Cmp(over) > 0 {
			given = over
		}
		r.Fund, _ = share.Amount(given)
		return r.byKey(members, r.Rule.Key, new(big.Rat).Add(variance, given), "the overspend that the contingency leaves")
	case Blend:
		return r.blend(members, variance)
	}
	return r.byKey(members, r.Rule.Kind, variance, "the variance of the pool")
}

// byKey shares an amount by a key.
func (r *Result) byKey(members []Member, by Kind, amount *big.Rat, says string) error {
	parts, err := key(members, by)
	if err != nil {
		return err
	}
	for i := range r.Members {
		s := &r.Members[i]
		s.Exact = new(big.Rat).Mul(amount, parts[i])
		s.Working = append(s.Working, Figure{"key", "its part of " + string(by), parts[i]}, Figure{"shared", says, amount})
	}
	return nil
}

func (r *Result) blend(members []Member, variance *big.Rat) error {
	for i := range r.Members {
		r.Members[i].Exact = new(big.Rat)
	}
	for _, part := range []struct {
		by     Kind
		weight *big.Rat
	}{{ByContribution, or0(r.Rule.Contribution)}, {ByPopulation, or0(r.Rule.Population)}, {ByActivity, or0(r.Rule.Activity)}} {
		if part.weight.Sign() == 0 {
			continue
		}
		parts, err := key(members, part.by)
		if err != nil {
			return err
		}
		for i := range r.Members {
			s, k := &r.Members[i], new(big.Rat).Mul(part.weight, parts[i])
			s.Exact.Add(s.Exact, new(big.Rat).Mul(variance, k))
			s.Working = append(s.Working, Figure{string(part.by), "its part, times the part of the blend", k})
		}
	}
	return nil
}

func (r *Result) collar(members []Member) error {
	parts, err := key(members, ByContribution)
	if err != nil {
		return err
	}
	beyond := new(big.Rat)
	own := make([]*big.Rat, len(members))
	for i := range r.Members {
		s := &r.Members[i]
		most := new(big.Rat).Mul(r.Rule.Cap.Rat, share.Of(s.Contribution))
		v := share.Of(s.Own)
		own[i] = v
		if least := new(big.Rat).Neg(most); v.Cmp(least) < 0 {
			own[i], s.Capped = least, true
		} else if v.Cmp(most) > 0 {
			own[i], s.Capped = most, true
		}
		excess := new(big.Rat).Sub(v, own[i])
		beyond.Add(beyond, excess)
		s.Working = append(s.Working, Figure{"own part", "within the cap", own[i]}, Figure{"beyond", "goes to the pool", excess})
	}
	for i := range r.Members {
		s := &r.Members[i]
		pooled := new(big.Rat).Mul(beyond, parts[i])
		s.Exact = new(big.Rat).Add(own[i], pooled)
		s.Working = append(s.Working, Figure{"pooled part", "of all that is beyond, by contribution", pooled})
	}
	return nil
}

// capped shares an overspend by the key. Whoever would pay more than its cap pays the cap, and the rest is shared
// among the others, until nobody is above: each turn fixes one at least. An underspend is shared by the key
// without a cap, which bounds what is paid and not what is received. Caps are cut down to the penny, so that
// rounding cannot exceed them.
func (r *Result) capped(members []Member, variance *big.Rat) error {
	if variance.Sign() >= 0 {
		return r.byKey(members, r.Rule.Key, variance, "the underspend of the pool")
	}
	parts, err := key(members, r.Rule.Key)
	if err != nil {
		return err
	}
	pays := make([]*big.Rat, len(members))
	left := new(big.Rat).Neg(variance)
	for turn := 1; ; turn++ {
		open := new(big.Rat)
		for i := range pays {
			if pays[i] == nil {
				open.Add(open, parts[i])
			}
		}
		if open.Sign() == 0 {
			break
		}
		reached := false
		rate := new(big.Rat).Quo(left, open)
		for i := range pays {
			most := toPenny(new(big.Rat).Mul(r.Rule.Cap.Rat, share.Of(members[i].Contribution)))
			if wants := new(big.Rat).Mul(rate, parts[i]); pays[i] == nil && wants.Cmp(most) > 0 {
				pays[i], reached = most, true
				r.Members[i].Capped = true
				r.Members[i].Working = append(r.Members[i].Working, Figure{fmt.Sprintf("turn %d", turn), "would pay", wants}, Figure{"cap", "pays at most", most})
			}
		}
		if reached {
			left = new(big.Rat).Neg(variance)
			for _, p := range pays {
				if p != nil {
					left.Sub(left, p)
				}
			}
			continue
		}
		for i := range pays {
			if pays[i] == nil {
				pays[i] = new(big.Rat).Mul(rate, parts[i])
				r.Members[i].Working = append(r.Members[i].Working, Figure{fmt.Sprintf("turn %d", turn), "pays, by its key among those not capped", pays[i]})
			}
		}
		left = new(big.Rat)
		break
	}
	for i := range r.Members {
		if pays[i] == nil { // its key is nothing
			pays[i] = new(big.Rat)
		}
		r.Members[i].Exact = new(big.Rat).Neg(pays[i])
	}
	unfunded, ok := share.Amount(left)
	if !ok {
		return fmt.Errorf("£%s is more than an amount of money may be", left.FloatString(2))
	}
	r.Unfunded = unfunded.Neg()
	return nil
}

// toPenny cuts an amount above nothing down to the penny.
func toPenny(r *big.Rat) *big.Rat {
	pence := new(big.Rat).Mul(r, big.NewRat(100, 1))
	return new(big.Rat).SetFrac(new(big.Int).Div(pence.Num(), pence.Denom()), big.NewInt(100))
}

// round rounds the final positions to the penny; their sum stays.
func (r *Result) round() error {
	exact, keys := make([]*big.Rat, len(r.Members)), make([]string, len(r.Members))
	for i := range r.Members {
		exact[i], keys[i] = r.Members[i].Exact, r.Members[i].ICB
	}
	finals, err := share.Round(exact, keys, share.Penny)
	if err != nil {
		return err
	}
	for i := range r.Members {
		s := &r.Members[i]
		s.Final = finals[i].Amount
		s.Transfer = s.Final.Sub(s.Own)
		r.Transfers = r.Transfers.Add(s.Transfer)
	}
	return nil
}
