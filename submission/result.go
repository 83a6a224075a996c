package submission

import (
	"cmp"
	"slices"

	"remit/activity"
)

// settle orders the findings and says what they come to together.
func (r *Result) settle() {
	for _, f := range r.Findings {
		r.Severity = max(r.Severity, f.Severity)
	}
	if r.Severity == RejectFile {
		r.Rejected, r.AtRisk = r.Rows, r.Money
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), b.Money.Abs().Cmp(a.Money.Abs()), cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Column, b.Column))
	})
}

// sliceTotals are the rows that are not rejected, by slice.
func (v *Validator) sliceTotals() []SliceTotal {
	found := map[Slice]*SliceTotal{}
	for _, g := range v.groups {
		if g.kept.rows == 0 {
			continue
		}
		s := Slice{Provider: g.provider, Feed: v.layout.Dataset, Year: g.period.year, Month: g.period.month, Commissioner: g.commissioner}
		if found[s] == nil {
			found[s] = &SliceTotal{Slice: s}
		}
		found[s].Rows += g.kept.rows
		found[s].Money = found[s].Money.Add(g.kept.money)
	}
	var all []SliceTotal
	for _, t := range found {
		all = append(all, *t)
	}
	slices.SortFunc(all, func(a, b SliceTotal) int { return a.Slice.compare(b.Slice) })
	return all
}

func (s Slice) compare(o Slice) int {
	return cmp.Or(cmp.Compare(s.Provider, o.Provider), cmp.Compare(s.Feed, o.Feed), cmp.Compare(s.Year, o.Year),
		cmp.Compare(s.Month, o.Month), cmp.Compare(s.Commissioner, o.Commissioner))
}

// heading says what the file is: what was given, else what its body says, else
// its name, else its dates.
func (v *Validator) heading() Heading {
	h := Heading{Feed: v.layout.Dataset, FeedFrom: FromBody, Version: versionOf(v.layout.Columns)}
	if v.given.Feed != "" {
		h.FeedFrom = FromGiven
	}
	v.headProvider(&h)
	v.headPeriod(&h)
	v.headKind(&h)
	return h
}

func (v *Validator) headProvider(h *Heading) {
	for _, p := range v.parts(byProvider) {
		if p.name != "" {
			h.Provider, h.ProviderFrom = p.name, FromBody
			return
		}
	}
	h.Provider, h.ProviderFrom = v.name.Provider, v.name.ProviderFrom
	if v.given.Provider != "" {
		h.Provider, h.ProviderFrom = v.given.Provider, FromGiven
	}
}

// headPeriod takes the year of most rows, and the months of that year.
func (v *Validator) headPeriod(h *Heading) {
	for _, y := range v.parts(byYear) {
		if y.name != "" {
			h.Year = y.name
			break
		}
	}
	months := map[int]bool{}
	most := map[From]int64{}
	for _, g := range v.groups {
		if g.period.year != h.Year || h.Year == "" {
			continue
		}
		most[g.period.from] += g.all.rows
		if g.period.month >= 0 {
			months[g.period.month] = true
		}
	}
	for m := range months {
		h.Months = append(h.Months, m)
	}
	slices.Sort(h.Months)
	for _, from := range []From{FromBody, FromFileName, FromDates} {
		if most[from] > most[h.YearFrom] {
			h.YearFrom = from
		}
	}
	h.MonthFrom = h.YearFrom
	if h.YearFrom == FromFileName {
		h.MonthFrom = FromBody
	}
	if h.Year == "" {
		h.Year, h.YearFrom = v.name.Year, v.name.YearFrom
	}
	if v.given.Year != "" && h.Year == "" {
		h.Year, h.YearFrom = v.given.Year, FromGiven
	}
}

func (v *Validator) headKind(h *Heading) {
	if v.given.Kind != Unstated {
		h.Kind, h.KindFrom = v.given.Kind, FromGiven
		return
	}
	most := v.kinds
	if most[Flex]+most[Freeze] > 0 {
		h.Kind, h.KindFrom = Flex, FromBody
		if most[Freeze] > most[Flex] {
			h.Kind = Freeze
		}
		return
	}
	h.Kind, h.KindFrom = v.name.Kind, v.name.KindFrom
}

func (r *Rules) faultResult(id, detail string, g Given) *Result {
	h := readFileName(g.FileName, nil)
	if g.Feed != "" {
		h.Feed, h.FeedFrom = g.Feed, FromGiven
	}
	result := &Result{Heading: h, Rules: r.Hash}
	f := Finding{Rule: id, Level: FileLevel, Severity: RejectFile, Message: detail}
	if rule, known := r.rule(id); known {
		f.Severity, f.Message, f.Remedy = rule.Severity, rule.explain(detail, ""), rule.Remedy
	}
	result.Findings = []Finding{f}
	result.settle()
	return result
}

// current picks by the latest freeze, else the latest flex. Two loads with one
// order number, which a ledger does not make, are told by their names.
func current(loads []Load) map[Slice]string {
	best := map[Slice]*Load{}
	for i := range loads {
		l := &loads[i]
		for _, s := range l.Slices {
			if s.Feed != activity.ACM {
				s.Commissioner = ""
			}
			if b := best[s]; b == nil || l.replaces(b) {
				best[s] = l
			}
		}
	}
	picked := make(map[Slice]string, len(best))
	for s, l := range best {
		picked[s] = l.Submission
	}
	return picked
}

func (l *Load) replaces(o *Load) bool {
	if frozen := l.Kind == Freeze; frozen != (o.Kind == Freeze) {
		return frozen
	}
	if l.Order != o.Order {
		return l.Order > o.Order
	}
	return l.Submission > o.Submission
}

// mostProviders are more than a file of one provider has.
const mostProviders = 10

// providers are those whose rows the file holds, whatever the rules say of them.
func (v *Validator) providers() (codes []string) {
	for _, p := range v.parts(byProvider) {
		if p.name != "" && len(codes) < mostProviders {
			codes = append(codes, p.name)
		}
	}
	return codes
}
