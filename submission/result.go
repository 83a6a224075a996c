package submission

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"remit/activity"
	"remit/register"
)

// partial is what one Validator counted.
type partial struct {
	rows, rejected, flagged int64
	money, atRisk           activity.Amount
	counts                  []tally // by rule
	slices                  map[Slice]*SliceTotal
	last                    Slice
	lastTotal               *SliceTotal
	providers               map[string]int64
	years                   map[string]int64
	months                  map[int]int64
	periods                 map[From]int64
	kinds                   map[Kind]int64
	hashes                  []rowHash
}

type tally struct {
	rows    int64
	money   activity.Amount
	column  int
	samples []Sample
}

// rowHash is a row's number and the hash of all its fields.
type rowHash struct {
	hash   uint64
	number int64
}

// mostSamples is how many rows show a finding.
const mostSamples = 5

func newPartial(rules int) partial {
	return partial{counts: make([]tally, rules), slices: map[Slice]*SliceTotal{}, providers: map[string]int64{}, years: map[string]int64{}, months: map[int]int64{}, periods: map[From]int64{}, kinds: map[Kind]int64{}}
}

// count adds the row at hand to what the Validator counted.
func (v *Validator) count(number int64, fields [][]byte) {
	p := &v.result
	p.rows++
	p.money = p.money.Add(v.out.Money)
	if len(v.out.Hits) > 0 {
		p.flagged++
		p.findings(v, number, fields)
	}
	var h maphash.Hash
	h.SetSeed(duplicateSeed)
	for _, f := range fields {
		h.Write(f)
		h.WriteByte(0)
	}
	p.hashes = append(p.hashes, rowHash{h.Sum64(), number})
	s := Slice{Feed: v.file.layout.Dataset, Year: v.out.Year, Month: v.out.Month}
	if c := v.file.at.provider; c >= 0 {
		s.Provider = v.code(fields[c])
	}
	p.providers[s.Provider]++
	p.years[s.Year]++
	p.months[s.Month]++
	p.periods[v.out.Period]++
	if c := v.file.at.kind; c >= 0 {
		p.kinds[Kind(strings.ToLower(v.code(fields[c])))]++
	}
	if v.out.Severity >= RejectRow {
		p.rejected++
		p.atRisk = p.atRisk.Add(v.out.Money)
		return
	}
	if s.Feed == activity.ACM && v.file.at.commissioner >= 0 {
		s.Commissioner = v.code(fields[v.file.at.commissioner])
	}
	t := p.slice(s)
	t.Rows++
	t.Money = t.Money.Add(v.out.Money)
}

func (p *partial) slice(s Slice) *SliceTotal {
	if p.lastTotal != nil && p.last == s {
		return p.lastTotal
	}
	t := p.slices[s]
	if t == nil {
		t = &SliceTotal{Slice: s}
		p.slices[s] = t
	}
	p.last, p.lastTotal = s, t
	return t
}

// findings counts what the row at hand breaks.
func (p *partial) findings(v *Validator, number int64, fields [][]byte) {
	for _, hit := range v.out.Hits {
		t := &p.counts[hit.Rule.at]
		t.rows++
		t.money = t.money.Add(v.out.Money)
		t.column = hit.Column
		if len(t.samples) < mostSamples {
			t.samples = append(t.samples, v.sample(number, hit, fields))
		}
	}
}

// sample shows a value, unless it may tell who a patient is.
func (v *Validator) sample(number int64, hit Hit, fields [][]byte) Sample {
	s := Sample{Row: number}
	if hit.Column < 0 || fields == nil {
		return s
	}
	value := string(fields[hit.Column])
	if identifies(hit.Rule.Field) && value != "" {
		s.Hidden = true
		return s
	}
	if len(value) > 60 {
		value = strings.ToValidUTF8(value[:57], "") + "..."
	}
	s.Value = value
	return s
}

// identifies says whether the values of a field may tell who a patient is.
func identifies(id string) bool {
	f, ok := activity.FieldByID(id)
	return ok && f.Kind == "key" || slices.Contains([]string{"postcode", "birth_date", "ethnic_category", "age", "gender"}, id)
}

// merge adds what another Validator counted.
func (p *partial) merge(o *partial) {
	p.rows, p.rejected, p.flagged = p.rows+o.rows, p.rejected+o.rejected, p.flagged+o.flagged
	p.money, p.atRisk = p.money.Add(o.money), p.atRisk.Add(o.atRisk)
	for i := range p.counts {
		a, b := &p.counts[i], &o.counts[i]
		if b.rows > 0 {
			a.column = b.column
		}
		a.rows, a.money = a.rows+b.rows, a.money.Add(b.money)
		a.samples = append(a.samples, b.samples...)
	}
	for s, t := range o.slices {
		mine := p.slice(s)
		mine.Rows, mine.Money = mine.Rows+t.Rows, mine.Money.Add(t.Money)
	}
	addCounts(p.providers, o.providers)
	addCounts(p.years, o.years)
	addCounts(p.months, o.months)
	addCounts(p.periods, o.periods)
	addCounts(p.kinds, o.kinds)
	p.hashes = append(p.hashes, o.hashes...)
}

func addCounts[K comparable](to, from map[K]int64) {
	for k, n := range from {
		to[k] += n
	}
}

func (v *Validator) finish(others []*Validator) *Result {
	for _, o := range others {
		v.result.merge(&o.result)
	}
	p := &v.result
	r := &Result{Rows: p.rows, Rejected: p.rejected, Flagged: p.flagged, Money: p.money, AtRisk: p.atRisk, Rules: v.file.rules.Hash, Unknown: v.unknownColumns()}
	r.Heading = v.heading()
	for i, rule := range v.file.rules.list {
		t := &p.counts[i]
		if t.rows == 0 {
			continue
		}
		slices.SortFunc(t.samples, func(a, b Sample) int { return cmp.Compare(a.Row, b.Row) })
		t.samples = t.samples[:min(mostSamples, len(t.samples))]
		f := Finding{Rule: rule.ID, Level: rule.Level, Severity: rule.Severity, Field: rule.Field, Message: rule.Message, Remedy: rule.Remedy, Rows: t.rows, Money: t.money, Samples: t.samples}
		if t.column >= 0 && rule.Field != "" {
			f.Column = v.file.layout.Columns[t.column]
		}
		r.Findings = append(r.Findings, f)
	}
	v.fileFindings(r)
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), b.Money.Abs().Cmp(a.Money.Abs()), cmp.Compare(b.Rows, a.Rows), strings.Compare(a.Rule, b.Rule))
	})
	for _, f := range r.Findings {
		r.Severity = max(r.Severity, f.Severity)
	}
	if r.Severity == RejectFile {
		r.Rejected, r.AtRisk = r.Rows, r.Money
		return r
	}
	for _, t := range p.slices {
		r.Slices = append(r.Slices, *t)
	}
	slices.SortFunc(r.Slices, func(a, b SliceTotal) int { return compareSlices(a.Slice, b.Slice) })
	return r
}

func compareSlices(a, b Slice) int {
	return cmp.Or(strings.Compare(a.Provider, b.Provider), strings.Compare(string(a.Feed), string(b.Feed)), strings.Compare(a.Year, b.Year), cmp.Compare(a.Month, b.Month), strings.Compare(a.Commissioner, b.Commissioner))
}

func (v *Validator) unknownColumns() (names []string) {
	known := map[int]bool{}
	for _, c := range v.file.layout.Field {
		known[c] = true
	}
	for _, list := range v.file.layout.Lists {
		for _, c := range list {
			known[c] = true
		}
	}
	for i, name := range v.file.layout.Columns {
		if _, ok := activity.FieldOf(name); !known[i] && !ok {
			names = append(names, name)
		}
	}
	return names
}

// heading is what the file says it is, given what was said of it.
func (v *Validator) heading() Heading {
	p, g, name := &v.result, &v.file.given, &v.file.name
	h := Heading{Feed: v.file.layout.Dataset, FeedFrom: FromBody, Kind: name.Kind, KindFrom: name.KindFrom, Version: v.version()}
	if g.Feed != "" {
		h.FeedFrom = FromGiven
	}
	h.Provider, h.ProviderFrom = most(p.providers), FromBody
	if h.Provider == "" {
		h.Provider, h.ProviderFrom = name.Provider, name.ProviderFrom
	}
	if g.Provider != "" && h.Provider == "" {
		h.Provider, h.ProviderFrom = g.Provider, FromGiven
	}
	h.Year, h.YearFrom = most(p.years), From(most(p.periods))
	if h.Year == "" {
		h.Year, h.YearFrom = name.Year, name.YearFrom
	}
	if kind := Kind(most(p.kinds)); kind == Flex || kind == Freeze {
		h.Kind, h.KindFrom = kind, FromBody
	}
	if g.Kind != Unstated {
		h.Kind, h.KindFrom = g.Kind, FromGiven
	}
	for _, m := range slices.Sorted(maps.Keys(p.months)) {
		if m >= 0 {
			h.Months = append(h.Months, m)
		}
	}
	h.MonthFrom = h.YearFrom
	return h
}

// most is the key that is counted most often, the blank last.
func most[K ~string](counts map[K]int64) (best K) {
	for k, n := range counts {
		if k != "" && (best == "" || n > counts[best] || n == counts[best] && k < best) {
			best = k
		}
	}
	return best
}

// version tells the version of the standard by the names that only one has.
func (v *Validator) version() int {
	one := []string{"GENERAL MEDICAL PRACTICE CODE (PATIENT REGISTRATION)", "PROVIDER REFERENCE NUMBER", "HOSPITAL PROVIDER SPELL NUMBER", "ATTENDANCE IDENTIFIER", "EMERGENCY CARE ATTENDANCE IDENTIFIER", "HOME DELIVERY CHARGE", "REPORTING TYPE INDICATOR"}
	two := []string{"GENERAL MEDICAL PRACTICE (PATIENT REGISTRATION)", "PROVIDER REFERENCE IDENTIFIER", "HOSPITAL PROVIDER SPELL IDENTIFIER", "OUTPATIENT ATTENDANCE IDENTIFIER", "URGENT AND EMERGENCY CARE ACTIVITY IDENTIFIER", "COMMISSIONER SUPPORT CHARGE"}
	for _, c := range v.file.layout.Columns {
		switch name := activity.Normalise(c); {
		case slices.Contains(one, name):
			return 1
		case slices.Contains(two, name):
			return 2
		}
	}
	return 0
}

// fileFindings tests the rules of the file as a whole.
func (v *Validator) fileFindings(r *Result) {
	p, g := &v.result, &v.file.given
	add := func(id, value string, rows int64, samples ...Sample) {
		rule, ok := v.file.rules.rule(id)
		if !ok || !rule.On || !rule.Applies(v.file.layout.Dataset) {
			return
		}
		if value != "" {
			samples = append(samples, Sample{Value: value})
		}
		r.Findings = append(r.Findings, Finding{Rule: id, Level: FileLevel, Severity: rule.Severity, Message: rule.Message, Remedy: rule.Remedy, Rows: rows, Samples: samples})
	}
	if p.rows == 0 {
		add("file_empty", "", 0)
	}
	contract := slices.Contains([]activity.Dataset{activity.ACM, activity.PLCM, activity.DrPLCM, activity.DePLCM, activity.IAP}, v.file.layout.Dataset)
	if n := len(p.providers) - min(1, int(p.providers[""])); contract && n > 1 {
		add("providers_mixed", listed(p.providers), p.rows-p.providers[r.Heading.Provider])
	}
	if g.Provider != "" && p.rows > 0 && p.providers[g.Provider] == 0 {
		add("provider_wrong", listed(p.providers), p.rows)
	}
	if n := len(p.years) - min(1, int(p.years[""])); contract && n > 1 {
		add("years_mixed", listed(p.years), p.rows-p.years[r.Heading.Year])
	}
	if g.Year != "" && p.rows > 0 && p.years[g.Year] == 0 {
		add("year_wrong", listed(p.years), p.rows)
	}
	v.monthFindings(r, add)
	if n, samples := p.duplicates(); n > 0 {
		add("rows_duplicate", "", n, samples...)
	}
	v.jumpFindings(r, add)
	if len(r.Unknown) > 0 {
		add("columns_unknown", strings.Join(r.Unknown[:min(8, len(r.Unknown))], ", "), 0)
	}
	v.shifted(r, add)
}

func (v *Validator) monthFindings(r *Result, add func(id, value string, rows int64, samples ...Sample)) {
	months := r.Heading.Months
	if v.file.layout.Dataset == activity.IAP || len(months) == 0 {
		return
	}
	last := months[len(months)-1]
	if g := v.file.given.Month; g > 0 && last != g {
		add("month_wrong", "month "+strconv.Itoa(last), 0)
	}
	var missing []string
	for m := 1; m < last && m <= 12; m++ {
		if !slices.Contains(months, m) {
			missing = append(missing, strconv.Itoa(m))
		}
	}
	if feed := v.file.layout.Dataset; len(missing) > 0 && (feed == activity.ACM || feed == activity.PLCM) {
		add("months_missing", "month "+strings.Join(missing, ", "), 0)
	}
}

// jumpFindings compares the size of the file with that of the last submission.
func (v *Validator) jumpFindings(r *Result, add func(id, value string, rows int64, samples ...Sample)) {
	last := v.file.given.Previous
	if last == nil {
		return
	}
	jumped := func(id string, before, now float64) {
		rule, ok := v.file.rules.rule(id)
		if !ok || before == 0 {
			return
		}
		limit, err := strconv.ParseFloat(rule.Argument, 64)
		if change := 100 * (now - before) / before; err == nil && (change > limit || change < -limit) {
			add(id, fmt.Sprintf("by %+.0f%%", change), 0)
		}
	}
	jumped("rows_jump", float64(last.Rows), float64(r.Rows))
	jumped("money_jump", last.Money.Float(), r.Money.Float())
}

// shifted looks for columns in which more than a share of the values is of
// another kind: a specialty where the year should be.
func (v *Validator) shifted(r *Result, add func(id, value string, rows int64, samples ...Sample)) {
	shift, ok := v.file.rules.rule("columns_shifted")
	if !ok {
		return
	}
	share, err := strconv.ParseInt(shift.Argument, 10, 64) // per cent
	for _, id := range []string{"year_invalid", "month_invalid"} {
		rule, ok := v.file.rules.rule(id)
		if err != nil || !ok {
			continue
		}
		if t := v.result.counts[rule.at]; 100*t.rows > share*r.Rows {
			add(shift.ID, v.file.layout.Columns[t.column], t.rows, t.samples[:min(2, len(t.samples))]...)
			return
		}
	}
}

func listed(counts map[string]int64) string {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b)) })
	var parts []string
	for _, k := range keys[:min(5, len(keys))] {
		parts = append(parts, fmt.Sprintf("%s (%d rows)", cmp.Or(k, "blank"), counts[k]))
	}
	return strings.Join(parts, ", ")
}

// duplicates counts the rows that are the same as one before them.
func (p *partial) duplicates() (n int64, samples []Sample) {
	slices.SortFunc(p.hashes, func(a, b rowHash) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.number, b.number)) })
	var rows []int64
	for i := 1; i < len(p.hashes); i++ {
		if p.hashes[i].hash == p.hashes[i-1].hash {
			n++
			rows = append(rows, p.hashes[i].number)
		}
	}
	p.hashes = nil
	slices.Sort(rows)
	for _, row := range rows[:min(mostSamples, len(rows))] {
		samples = append(samples, Sample{Row: row})
	}
	return n, samples
}

func dayOf(year, month, day int) register.Day {
	return register.Day(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}
