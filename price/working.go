package price

import (
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"strconv"
	"strings"

	"remit/activity"
)

// Working is how a line came to its price, as data.
type Working struct {
	Price    activity.Amount `json:"price"`
	Pounds   string          `json:"pounds"` // the price to pence, for reading
	Reason   Reason          `json:"reason,omitempty"`
	POD      string          `json:"pod"`
	Element  Element         `json:"element"`
	Set      string          `json:"price_set,omitempty"`
	SetHash  string          `json:"price_set_hash,omitempty"`
	Example  bool            `json:"synthetic"` // the prices are made up
	Warnings []string        `json:"warnings,omitempty"`
	Pieces   []Piece         `json:"pieces"`
	Steps    []Step          `json:"steps"`
	Text     string          `json:"working"` // the compact text it was made from
}

// Step is one step. Steps with an amount show what the piece comes to after
// them; what each adds sums to the price of the piece.
type Step struct {
	Piece  string           `json:"piece,omitempty"` // the point of delivery
	Step   string           `json:"step"`
	Says   string           `json:"says"`
	Adds   *activity.Amount `json:"adds,omitempty"`
	Amount *activity.Amount `json:"amount,omitempty"`
	Facts  []Fact           `json:"facts,omitempty"`
}

// Fact is a fact that a step used, and where it is from.
type Fact struct {
	Key        string `json:"key"`
	Value      string `json:"value"`
	Table      string `json:"table"`
	Source     string `json:"source"`
	Confidence string `json:"confidence"`
}

func (k known) fact(key, value, table string) Fact {
	return Fact{key, value, table, k.Source, k.Confidence}
}

// trace collects the steps of a calculation. A nil trace collects none.
type trace struct {
	steps  []tracedStep
	excess []tracedStep
}

type tracedStep struct {
	Step
	unit *wide // what a unit comes to after the step
}

func (t *trace) step(name, says string, facts ...Fact) {
	if t != nil {
		t.steps = append(t.steps, tracedStep{Step: Step{Step: name, Says: says, Facts: facts}})
	}
}

func (t *trace) amount(name, says string, value, factor *big.Int, by uint64, facts ...Fact) {
	if t != nil {
		t.steps = append(t.steps, traced(name, says, value, factor, by, facts))
	}
}

func traced(name, says string, value, factor *big.Int, by uint64, facts []Fact) tracedStep {
	w, _ := wideOf(value, factor, by) // the calculation finds the same and says so
	return tracedStep{Step{Step: name, Says: says, Facts: facts}, &w}
}

// excessDays says how days above the trim point are priced.
func (t *trace) excessDays(c *calculation, b base, uplift *big.Int, factor flatPrice) {
	if t == nil {
		return
	}
	hrg, p := c.facts.values[hrgFact], b.admitted
	fact := p.source.fact(hrg, decimalText(p.perDay)+" a day above "+strconv.Itoa(b.trim)+" days", b.file)
	t.excess = append(t.excess, traced("Price of an excess day", hrg, product(p.perDay, one), one, 1, []Fact{fact}))
	if c.topUpRate().Cmp(one) != 0 {
		says := "none on excess days"
		if uplift.Cmp(one) != 0 {
			says = percent(uplift)
		}
		t.excess = append(t.excess, traced("Top-up", says, product(p.perDay, uplift), one, 1,
			[]Fact{c.topUpFact(), c.policyFact("topup_on_excess", onOff(c.facts.set.Policy.TopUpOnExcess))}))
	}
	t.excess = append(t.excess, traced("Market forces factor", "x "+decimalText(factor.orOne()), product(p.perDay, uplift), factor.orOne(), 1,
		[]Fact{factor.source.fact(c.facts.values[providerFact], decimalText(factor.orOne()), factor.file)}))
}

func (c *calculation) policyFact(key, value string) Fact {
	p := c.facts.set.Policy
	return Fact{p.Name + " " + key, value, "policies/" + p.Name + ".yaml", p.Source, p.Confidence}
}

func (c *calculation) topUpFact() Fact {
	line := c.facts.values[lineFact]
	row := c.facts.set.topUp[line]
	if row == nil {
		return Fact{}
	}
	return row.source.fact(line, decimalText(row.value), row.file)
}

func onOff(b *bool) string { return strconv.FormatBool(on(b)) }

// A working as text is the facts that are known, key=value parted by
// semicolons, the price set first with its hash; days=stay,critical care,
// rehabilitation,palliative,delayed where excess days were asked about. The
// pieces of a row are parted by " + ".

func (f *facts) text() string {
	var b strings.Builder
	if f.set != nil {
		b.WriteString("set=" + f.set.Name + "@" + f.set.Hash + ";")
	}
	b.WriteString("in=" + f.dataset)
	for i, value := range f.values {
		if value != "" {
			b.WriteString(";" + factNames[i] + "=" + escaped.Replace(value))
		}
	}
	return b.String()
}

// escaped keeps the marks of the text out of values.
var escaped = strings.NewReplacer("%", "%25", ";", "%3B", "=", "%3D", " + ", "%20%2B%20", "\n", "%0A", "\r", "%0D")

// ErrOtherPrices is a working that was made from a price set that has changed
// since, or is not there.
var ErrOtherPrices = errors.New("the working was made from other prices")

// parsed is a piece of a working.
type parsed struct {
	facts facts
	days  *days
	count *activity.Amount
}

func (l *Library) parse(text string) (p parsed, err error) {
	for _, part := range strings.Split(text, ";") {
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			return p, fmt.Errorf("%q is no working: it has no = in %q", text, part)
		}
		if value, err = url.PathUnescape(value); err != nil {
			return p, fmt.Errorf("%q is no working: %w", text, err)
		}
		if err := l.parsePart(&p, key, value); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (l *Library) parsePart(p *parsed, key, value string) error {
	switch key {
	case "set":
		name, hash, _ := strings.Cut(value, "@")
		set, err := l.Set(name)
		if err != nil || set.Hash != hash {
			return fmt.Errorf("%w: price set %s with hash %s", ErrOtherPrices, name, hash)
		}
		p.facts.set = set
	case "in":
		p.facts.dataset = value
	case "days":
		var d days
		if _, err := fmt.Sscanf(value, "%d,%d,%d,%d,%d", &d.stay, &d.critical, &d.rehabilitation, &d.palliative, &d.delayed); err != nil {
			return fmt.Errorf("%q is no number of days", value)
		}
		p.days = &d
	case "count":
		a, _, err := activity.ParseAmount([]byte(value))
		if err != nil {
			return err
		}
		p.count = &a
	case factNames[excludedFact]:
		if l.exclusion(value) == nil {
			return fmt.Errorf("%w: exclusions.csv has no rule %q", ErrOtherPrices, value)
		}
		p.facts.values[excludedFact] = value
	default:
		for i, name := range factNames {
			if name == key {
				p.facts.values[i] = value
				return nil
			}
		}
		return fmt.Errorf("%q is no part of a working", key)
	}
	return nil
}

// Explain shows the working of a line: the text that Row gave, the count that
// it was priced at, and what the row says it cost (for what passes through). The
// same price sets must be loaded; else the error is ErrOtherPrices.
func (l *Library) Explain(text string, count, cost activity.Amount) (*Working, error) {
	w := &Working{Text: text}
	for i, piece := range strings.Split(text, " + ") {
		p, err := l.parse(piece)
		if err != nil {
			return nil, err
		}
		if p.count == nil {
			p.count = &count
		}
		l.explainPiece(w, p, i == 0, cost)
	}
	for _, p := range w.Pieces {
		w.Price = w.Price.Add(p.Price)
	}
	w.Pounds = w.Price.Pounds()
	return w, nil
}

func (l *Library) explainPiece(w *Working, p parsed, first bool, cost activity.Amount) {
	t := &trace{}
	r := l.rateOf(&p.facts, t)
	main := r.priceOf(*p.count, cost)
	if first {
		w.POD, w.Element, w.Reason = r.pod, r.element, main.Reason
		if s := p.facts.set; s != nil {
			w.Set, w.SetHash, w.Example = s.Name, s.Hash, s.Synthetic
		}
	}
	w.Warnings = append(w.Warnings, r.warnings...)
	w.Pieces = append(w.Pieces, main)
	w.Steps = append(w.Steps, rendered(t.steps, main)...)
	switch {
	case main.Reason == PassThrough:
		w.Steps = append(w.Steps, Step{Piece: main.POD, Step: "Cost as submitted", Says: cost.String(), Amount: &main.Price, Adds: &main.Price})
	case main.Reason == Priced:
		w.Steps = append(w.Steps, Step{Piece: main.POD, Step: "Rounded once", Says: roundingText(r.pence) + ", for " + p.count.String() + " of activity", Amount: &main.Price})
	case r.reason == Priced || r.reason == PassThrough: // a rate without a count or cost
		w.Steps = append(w.Steps, Step{Piece: main.POD, Step: "Not priced", Says: string(main.Reason) + ": " + reasonTexts[main.Reason]})
	}
	l.explainDays(w, p, r, t)
}

func roundingText(pence bool) string {
	if pence {
		return "half up, to pence"
	}
	return "half up, to 8 places of a pound"
}

func (l *Library) explainDays(w *Working, p parsed, r *rate, t *trace) {
	if p.days == nil || r.excess == nil {
		return
	}
	d := *p.days
	w.Steps = append(w.Steps, Step{Step: "Qualifying days", Says: fmt.Sprintf("%d = stay %d - critical care %d - rehabilitation %d - palliative %d - delayed discharge %d",
		d.qualifying(), d.stay, d.critical, d.rehabilitation, d.palliative, d.delayed)})
	if d.stay < d.taken() {
		w.Warnings = append(w.Warnings, daysExceedStay)
	}
	excess := d.excess(r.excess.trim)
	w.Steps = append(w.Steps, Step{Step: "Excess days", Says: fmt.Sprintf("%d above the trim point of %d", excess, r.excess.trim)})
	if excess == 0 {
		return
	}
	x := r.excessPrice(excess)
	w.Pieces = append(w.Pieces, x)
	w.Steps = append(w.Steps, rendered(t.excess, x)...)
	w.Steps = append(w.Steps, Step{Piece: x.POD, Step: "Rounded once", Says: fmt.Sprintf("%s, for %d days", roundingText(r.pence), excess), Amount: &x.Price})
}

// rendered gives the steps with the amounts of a piece: after each step what a
// count comes to, and the difference it made. The last is the piece's own price,
// so that the differences sum to it.
func rendered(traced []tracedStep, piece Piece) []Step {
	count, _ := smallUnits(piece.Count) // it was priced
	last := -1
	for i, s := range traced {
		if s.unit != nil {
			last = i
		}
	}
	var steps []Step
	var before activity.Amount
	for i, s := range traced {
		step := s.Step
		step.Piece = piece.POD
		if s.unit != nil && piece.Reason == Priced {
			after, _ := s.unit.times(count, false)
			if i == last {
				after = piece.Price
			}
			adds := after.Sub(before)
			step.Amount, step.Adds = &after, &adds
			before = after
		}
		steps = append(steps, step)
	}
	return steps
}
