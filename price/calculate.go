package price

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"remit/activity"
)

// facts are what the price of a unit depends on. Blank is not known. Values that
// differ in nothing that matters here are written alike, so that few
// combinations cover many rows: an age is "19+".
type facts struct {
	set     *Set
	dataset string
	values  [slots]string
}

// The facts of a row that are codes.
const (
	podFact = iota
	hrgFact
	tfcFact
	providerFact
	lineFact
	ageFact
	practiceFact
	classFact
	methodFact
	firstFact
	attendedFact
	specialtyFact
	episodeFact  // "later" for all but the first of a spell
	excludedFact // the rule of exclusions.csv that takes the row out of national prices
	stayFact     // "2+": only what the short-stay rule asks
	dateFact     // why there is no set: "missing", or the day
	slots
)

// factNames are the names of the facts in a working. Those from which a point of
// delivery is derived have the names of the columns of derive.csv.
var factNames = [slots]string{"pod", "hrg", "tfc", "provider", "service_line", "age", "best_practice", "patient_classification", "admission_method", "first_attendance",
	"attended", "main_specialty", "episode", "excluded", "stay", "date"}

func (f *facts) get(name string) string {
	if at := slices.Index(factNames[:], name); at >= 0 {
		return f.values[at]
	}
	return ""
}

// rate is what rows with the same facts cost.
type rate struct {
	reason   Reason
	pod, hrg string
	element  Element
	unit     wide // of one unit; of one pound that passes through
	pence    bool
	excess   *excessRate // nil where the row has no excess days
	derived  *derivation
	warnings []string
	working  string
	joined   string // the warnings
}

// excessRate is what days above the trim point cost.
type excessRate struct {
	pod  string
	trim int
	unit wide
}

// base is the price that a calculation begins with.
type base struct {
	value    *big.Int
	title    string
	file     string
	source   known
	admitted *admittedPrice
	by       uint64
	trim     int // where days above it are paid, else -1
}

// calculation prices a unit. Every step says so to the trace, when there is one.
type calculation struct {
	lib   *Library
	facts *facts
	rate  *rate
	trace *trace
	basis string
}

func (l *Library) rateOf(f *facts, t *trace) *rate {
	c := &calculation{lib: l, facts: f, rate: &rate{pod: f.values[podFact], hrg: f.values[hrgFact], element: Fixed}, trace: t}
	c.rate.reason = c.price()
	c.rate.joined = strings.Join(c.rate.warnings, "|")
	if c.rate.reason != Priced {
		t.step("Not nationally priced", string(c.rate.reason)+": "+reasonTexts[c.rate.reason])
	}
	return c.rate
}

func (c *calculation) price() Reason {
	if reason := c.excluded(); reason != Priced {
		return reason
	}
	if reason := c.pointOfDelivery(); reason != Priced {
		return reason
	}
	if c.basis == passThroughBasis {
		return c.passThrough()
	}
	if reason := c.priceSet(); reason != Priced {
		return reason
	}
	b, reason := c.base()
	if reason != Priced {
		return reason
	}
	return c.multiply(b)
}

// excluded is step 1.
func (c *calculation) excluded() Reason {
	v := &c.facts.values
	if name := v[excludedFact]; name != "" {
		e := c.lib.exclusion(name)
		c.trace.step("Left out", reasonTexts[e.reason], e.fact(e.rule, strings.ReplaceAll(e.field, "_", " "), "exclusions.csv"))
		return e.reason
	}
	if v[episodeFact] != "" {
		return LaterEpisode
	}
	c.trace.step("Nationally priced", "nothing in the row takes it out of national prices")
	return Priced
}

// pointOfDelivery takes it as submitted, or derives it, and finds how it is priced.
func (c *calculation) pointOfDelivery() Reason {
	r := c.rate
	if r.pod == "" && derived(c.facts.dataset) {
		if r.derived = c.lib.deriveFor(c.facts.dataset, c.facts.get); r.derived == nil {
			return PODMissing
		}
		if r.pod = r.derived.pod; r.pod == "" {
			return NotAttended
		}
		c.trace.step("Point of delivery", r.pod+", derived from "+c.facts.derivedFrom(), r.derived.fact("rule", r.pod, "derive.csv"))
	}
	if r.pod == "" {
		return PODMissing
	}
	row := c.lib.pods[r.pod]
	if row == nil {
		return PODUnknown
	}
	r.element, c.basis = row.element, row.basis
	c.trace.step("How it is priced", strings.ReplaceAll(row.basis, "_", " "), row.fact(r.pod, row.basis, "pods.csv"))
	switch row.basis {
	case financialBasis:
		return FinancialLine
	case noBasis:
		return PODUnpriced
	}
	return Priced
}

func (f *facts) derivedFrom() string {
	var list []string
	for _, name := range derivedFrom {
		if value := f.get(name); value != "" {
			list = append(list, strings.ReplaceAll(name, "_", " ")+" "+value)
		}
	}
	if len(list) == 0 {
		return f.dataset
	}
	return strings.Join(list, ", ")
}

// priceSet is the first half of step 2.
func (c *calculation) priceSet() Reason {
	s := c.facts.set
	switch {
	case s != nil:
		c.trace.step("Price set", fmt.Sprintf("%s (%s, version %s), for activity that ends from %s", s.Name, s.Year, s.Version, s.From),
			Fact{s.Name, s.Hash, "set.csv", s.Source, s.Confidence})
		c.rate.pence = s.Policy.Rounding == roundPence
		return Priced
	case c.facts.values[dateFact] == "missing":
		return DateMissing
	}
	return NoPriceSet
}

// base is the second half of step 2, with step 3.
func (c *calculation) base() (b base, reason Reason) {
	v, s := &c.facts.values, c.facts.set
	hrg, pod := v[hrgFact], c.rate.pod
	if hrg == "" {
		return base{}, HRGMissing
	}
	flat := func(p *flatPrice) (base, Reason) {
		if p == nil {
			return base{}, NoPrice
		}
		return base{value: p.value, title: "Price of a unit", file: p.file, source: p.source, by: p.by, trim: -1}, Priced
	}
	switch c.basis {
	case attendanceBasis:
		if v[tfcFact] == "" {
			return base{}, FunctionMissing
		}
		return flat(s.attendance[attendanceKey{v[tfcFact], hrg}])
	case procedureBasis:
		return flat(s.procedure[hrg])
	case emergencyBasis:
		return flat(s.emergency[hrg])
	case unbundledBasis:
		return flat(s.unbundled[unbundledKey{pod, hrg}])
	}
	p := s.admitted[hrg]
	if p == nil {
		return base{}, NoPrice
	}
	b = base{file: "admitted.csv", source: p.source, admitted: p, by: 1, trim: -1}
	switch c.basis {
	case dayCaseBasis:
		b.value, b.title = firstOf(p.combined, "Combined day case and elective price", p.dayCase, "Day case price")
		b.trim = p.electiveTrim
	case electiveBasis:
		b.value, b.title = firstOf(p.combined, "Combined day case and elective price", p.elective, "Elective price")
		b.trim = p.electiveTrim
	case nonElectiveBasis:
		b.value, b.title = c.nonElective(p)
		b.trim = p.nonElectiveTrim
	default:
		b.value, b.title = p.perDay, "Price of an excess day"
	}
	if b.value == nil {
		return base{}, NoPrice
	}
	return b, Priced
}

func firstOf(a *big.Int, titleA string, b *big.Int, titleB string) (*big.Int, string) {
	if a != nil {
		return a, titleA
	}
	return b, titleB
}

// nonElective is step 3: the short-stay price of a short emergency stay, else
// the non-elective price.
func (c *calculation) nonElective(p *admittedPrice) (*big.Int, string) {
	submitted := c.rate.pod
	if c.isShort(p) {
		if row := c.lib.pods[submitted]; row != nil && row.short != "" {
			c.rate.pod = row.short
		}
		if p.shortStayPrice != nil {
			return p.shortStayPrice, "Short-stay emergency price"
		}
		n := new(big.Int).Mul(p.nonElective, p.shortStayPercent)
		n.Quo(n.Add(n, new(big.Int).Mul(one, big.NewInt(50))), new(big.Int).Mul(one, big.NewInt(100)))
		return n, "Short-stay share of the non-elective price"
	}
	if long := c.lib.longs[submitted]; long != "" {
		c.rate.pod = long
	}
	return p.nonElective, "Non-elective price"
}

// isShort decides step 3. Where age or stay is not known, the point of delivery
// as submitted stands.
func (c *calculation) isShort(p *admittedPrice) bool {
	rule := c.facts.set.Policy.ShortStay
	pod, v := c.rate.pod, &c.facts.values
	if !on(rule.Applies) || !slices.Contains(rule.PODs, pod) {
		return false
	}
	if !p.shortStay {
		if c.lib.longs[pod] != "" {
			c.warn(shortStayUnpriced)
		}
		return false
	}
	age, ageKnown := atLeast(v[ageFact])
	stay, stayKnown := atLeast(v[stayFact])
	if ageKnown && age < rule.MinimumAge || stayKnown && stay >= rule.UnderDays {
		if c.lib.longs[pod] != "" {
			c.warn(shortStayNotMet)
		}
		c.trace.step("Short stay", "the rule asks for an age of "+strconv.Itoa(rule.MinimumAge)+" or over and a stay under "+strconv.Itoa(rule.UnderDays)+
			" days: it is not met", c.policyFact("short_stay", "applies"))
		return false
	}
	if !ageKnown || !stayKnown {
		c.warn(shortStayNotTested)
		return c.lib.longs[pod] != ""
	}
	c.trace.step("Short stay", "an emergency of age "+strconv.Itoa(rule.MinimumAge)+" or over, and a stay under "+strconv.Itoa(rule.UnderDays)+" days",
		c.policyFact("short_stay", "applies"))
	return true
}

// atLeast reads "19+".
func atLeast(s string) (n int, known bool) {
	n, err := strconv.Atoi(strings.TrimSuffix(s, "+"))
	return n, err == nil
}

// multiply is steps 4 to 8: what is added to the base, and the factor.
func (c *calculation) multiply(b base) Reason {
	c.trace.amount(b.title, c.facts.values[hrgFact], product(b.value, one), one, b.by,
		Fact{c.facts.values[hrgFact], decimalText(b.value), b.file, b.source.Source, b.source.Confidence})
	factor, reason := c.factor()
	if reason != Priced {
		return reason
	}
	uplift := c.uplift()
	addition := c.bestPractice()
	value := new(big.Int)
	if on(c.facts.set.Policy.TopUpOnBestPractice) {
		value = product(new(big.Int).Add(b.value, addition), uplift)
	} else {
		value.Add(product(b.value, uplift), product(addition, one))
	}
	if uplift.Cmp(one) != 0 {
		c.trace.amount("Top-up", percent(uplift), value, one, b.by, c.topUpFact(), c.policyFact("topup_on_best_practice", onOff(c.facts.set.Policy.TopUpOnBestPractice)))
	}
	if factor.value != nil {
		c.trace.amount("Market forces factor", "x "+decimalText(factor.value), value, factor.value, b.by,
			Fact{c.facts.values[providerFact], decimalText(factor.value), factor.file, factor.source.Source, factor.source.Confidence})
	}
	var ok bool
	if c.rate.unit, ok = wideOf(value, factor.orOne(), b.by); !ok {
		return CountUnread
	}
	return c.excessDays(b, factor)
}

// excessDays prices the days above the trim point: step 4. Extracts have whole
// spells; in contract monitoring the days are lines of their own.
func (c *calculation) excessDays(b base, factor flatPrice) Reason {
	if c.facts.dataset != string(activity.APC) || b.trim < 0 || b.admitted == nil || b.admitted.perDay == nil || c.lib.excessPOD(c.rate.pod) == "" {
		return Priced
	}
	uplift := one
	if on(c.facts.set.Policy.TopUpOnExcess) {
		uplift = c.topUpRate()
	}
	unit, ok := wideOf(product(b.admitted.perDay, uplift), factor.orOne(), 1)
	if !ok {
		return CountUnread
	}
	c.rate.excess = &excessRate{pod: c.lib.excessPOD(c.rate.pod), trim: b.trim, unit: unit}
	c.trace.excessDays(c, b, uplift, factor)
	return Priced
}

// excessPOD is the point of delivery of the excess days of one, blank for none.
func (l *Library) excessPOD(pod string) string {
	if row := l.pods[pod]; row != nil {
		return row.excess
	}
	return ""
}

// bestPractice is step 5: the additions whose criteria the row says are met.
func (c *calculation) bestPractice() *big.Int {
	sum := new(big.Int)
	codes := c.facts.values[practiceFact]
	if codes == "" || !c.admittedBasis() && c.basis != procedureBasis && c.basis != attendanceBasis {
		return sum
	}
	for _, code := range strings.Split(codes, "|") {
		p := c.facts.set.practice[practiceKey{code, c.facts.values[hrgFact], c.rate.pod}]
		if p == nil {
			c.warn(practiceNotFound)
			continue
		}
		sum.Add(sum, p.value)
		c.trace.step("Best practice addition", "+ "+decimalText(p.value)+": "+p.title, Fact{code, decimalText(p.value), p.file, p.source.Source, p.source.Confidence})
	}
	return sum
}

func (c *calculation) admittedBasis() bool {
	return c.basis == dayCaseBasis || c.basis == electiveBasis || c.basis == nonElectiveBasis
}

// uplift is step 6: 1 and the top-up, where it is due.
func (c *calculation) uplift() *big.Int {
	p := c.facts.set.Policy
	switch c.basis {
	case dayCaseBasis, electiveBasis, nonElectiveBasis:
		return c.topUpRate()
	case electiveExcessBasis, nonElectiveExcessBasis:
		if on(p.TopUpOnExcess) {
			return c.topUpRate()
		}
		c.trace.step("Top-up", "none on excess days", c.policyFact("topup_on_excess", "false"))
	case unbundledBasis:
		if on(p.TopUpOnUnbundled) {
			return c.topUpRate()
		}
		c.trace.step("Top-up", "none on unbundled items", c.policyFact("topup_on_unbundled", "false"))
	}
	return one
}

func (c *calculation) topUpRate() *big.Int {
	line := c.facts.values[lineFact]
	row := c.facts.set.topUp[line]
	if row == nil {
		return one
	}
	if c.facts.set.eligible(line, c.facts.values[providerFact]) == nil {
		c.warn(topUpNotEligible)
		return one
	}
	return new(big.Int).Add(one, row.value)
}

// factor is step 7. It has no value where the policy applies none.
func (c *calculation) factor() (flatPrice, Reason) {
	if c.basis == unbundledBasis && !on(c.facts.set.Policy.FactorOnUnbundled) {
		return flatPrice{}, Priced
	}
	p := c.facts.set.factorOf(c.facts.values[providerFact])
	if p == nil {
		return flatPrice{}, NoFactor
	}
	return *p, Priced
}

func (p flatPrice) orOne() *big.Int {
	if p.value == nil {
		return one
	}
	return p.value
}

// passThrough is step 9: the cost, multiplied by the factor where the policy says so.
func (c *calculation) passThrough() Reason {
	unit := one
	if s := c.facts.set; s != nil && on(s.Policy.FactorOnPassThrough) {
		p := s.factorOf(c.facts.values[providerFact])
		if p == nil {
			return NoFactor
		}
		unit = p.value
	}
	c.rate.unit, _ = wideOf(product(one, one), unit, 1) // has room: it is a factor
	return PassThrough
}

func (c *calculation) warn(code string) {
	if !slices.Contains(c.rate.warnings, code) {
		c.rate.warnings = append(c.rate.warnings, code)
	}
}

func product(a, b *big.Int) *big.Int { return new(big.Int).Mul(a, b) }

// decimalText writes a decimal of 8 places.
func decimalText(n *big.Int) string {
	a, _ := amountOf(n, false) // prices are small
	return a.String()
}

func percent(uplift *big.Int) string {
	rate := new(big.Int).Sub(uplift, one)
	return "+ " + decimalText(rate.Mul(rate, big.NewInt(100))) + "%"
}
