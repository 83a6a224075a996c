package price

import (
	"bytes"
	"strings"

	"remit/activity"
	"remit/register"
)

// Pricer prices the rows of a file. It remembers what it has worked out, and is
// for one goroutine.
type Pricer struct {
	lib     *Library
	dataset string
	read    []readColumn
	dates   []int // columns of dates, as they are believed
	year    int
	month   int
	count   int
	cost    int
	days    [5]int // stay, critical care, rehabilitation, palliative, delayed
	bundled int
	start   int // of the stay, where its length is not given
	known   map[combination]*rate
	sets    map[string]dated
	pieces  []Piece
}

// readColumn is a column that holds a fact, and what its values met come to.
type readColumn struct {
	fact, column int
	at           map[string]int32
	values       []string
	told         map[string]int32 // values to their number
}

// combination is the facts of a row by number.
type combination struct {
	values [slots]int32
	set    *Set
}

// dated is the price set of a date, nil with why there is none.
type dated struct {
	set *Set
	why string
}

// mostKnown bounds what is remembered of a column, and of combinations.
const mostKnown = 1 << 16

// factFields say which field each fact is read from.
var factFields = map[int][]string{
	podFact: {"pod"}, hrgFact: {"hrg", "tariff_code"}, tfcFact: {"tfc"}, providerFact: {"provider"}, lineFact: {"service_code"}, flagFact: {"national_tariff_indicator"},
	serialFact: {"commissioning_serial_number"}, exclusionFact: {"exclusion_reason"}, adminFact: {"admin_category"}, chargingFact: {"ov_charging_category"}, ageFact: {"age"},
	practiceFact: {"best_practice"}, classFact: {"patient_classification"}, methodFact: {"admission_method"}, firstFact: {"first_attendance"}, attendedFact: {"attended"}, specialtyFact: {"main_specialty"},
}

var dateFields = []string{"discharge_date", "appointment_date", "arrival_date", "activity_date", "activity_start_date", "admission_date"}

// Bind makes a Pricer for the columns of a file: ids are the fields of the
// columns, blank for those that are none.
func (l *Library) Bind(dataset activity.Dataset, ids []string) *Pricer {
	column := func(names ...string) int {
		for _, name := range names {
			for i, id := range ids {
				if id == name {
					return i
				}
			}
		}
		return -1
	}
	p := &Pricer{lib: l, dataset: string(dataset), known: map[combination]*rate{}, sets: map[string]dated{},
		year: column("financial_year"), month: column("financial_month"), count: column("activity_count", "drug_quantity", "planned_activity"), cost: column("cost", "planned_price"),
		bundled: column("unbundled_hrg"), start: column("admission_date")}
	for i, id := range []string{"length_of_stay", "critical_care_days", "rehabilitation_days", "palliative_days", "delayed_discharge_days"} {
		p.days[i] = column(id)
	}
	for fact := range slots {
		if c := column(factFields[fact]...); c >= 0 {
			p.read = append(p.read, readColumn{fact: fact, column: c, at: map[string]int32{"": 0}, values: []string{""}, told: map[string]int32{"": 0}})
		}
	}
	for _, id := range dateFields {
		if c := column(id); c >= 0 {
			p.dates = append(p.dates, c)
		}
	}
	return p
}

// Row prices a row: its fields in the order of the columns, without quotation
// marks. What it gives holds until the next call, but for its texts.
func (p *Pricer) Row(fields [][]byte) Line {
	set := p.setOf(fields)
	k := combination{set: set.set}
	for i := range p.read {
		k.values[p.read[i].fact] = p.read[i].number(fields[p.read[i].column])
	}
	d := p.stay(fields)
	if d.stay >= 0 {
		k.values[stayFact] = int32(min(d.stay, maxShortStay)) + 1
	}
	r := p.known[k]
	if r == nil {
		f := p.facts(k, set)
		r = p.lib.rateOf(&f, nil)
		r.facts, r.working = f, f.text()
		if len(p.known) < mostKnown {
			p.known[k] = r
		}
	}
	return p.line(r, d, fields)
}

// line makes a line of a rate.
func (p *Pricer) line(r *rate, d days, fields [][]byte) Line {
	count, cost := whole(1), activity.Amount{}
	line := Line{POD: r.pod, Element: r.element, Reason: r.reason, Working: r.working, Warnings: r.joined}
	if p.count >= 0 {
		n, present, err := activity.ParseAmount(fields[p.count])
		if err != nil || !present {
			if r.reason == Priced {
				line.Reason = CountUnread
			}
			n = activity.Amount{}
		}
		count = n
	}
	if p.cost >= 0 {
		n, present, err := activity.ParseAmount(fields[p.cost])
		if r.reason == PassThrough && (err != nil || !present) {
			line.Reason = CostMissing
		}
		cost = n
	}
	line.Count = count
	if line.Reason != Priced && line.Reason != PassThrough {
		return line
	}
	p.pieces = append(p.pieces[:0], r.piece(&r.facts, count, cost))
	line.Reason = p.pieces[0].Reason
	if n := d.excess(p.trim(r)); r.excess != nil && d.stay >= 0 {
		line.Working += ";days=" + d.text()
		if n > 0 {
			p.pieces = append(p.pieces, r.excessPiece(&r.facts, n))
		}
	}
	for _, x := range p.pieces {
		line.Price = line.Price.Add(x.Price)
	}
	line.Pieces = p.pieces
	return line
}

func (p *Pricer) trim(r *rate) int {
	if r.excess == nil {
		return 0
	}
	return r.excess.trim
}

// setOf chooses the price set of a row: by the day on which its activity ends,
// else by the last day of its month.
func (p *Pricer) setOf(fields [][]byte) dated {
	for _, c := range p.dates {
		if len(fields[c]) > 0 {
			if d := p.setOn(fields[c], nil); d.why != "missing" {
				return d
			}
		}
	}
	if p.year < 0 || p.month < 0 {
		return dated{why: "missing"}
	}
	return p.setOn(fields[p.year], fields[p.month])
}

// setOn looks a date up, or a year and a month.
func (p *Pricer) setOn(a, b []byte) dated {
	var key [64]byte
	k := append(append(append(key[:0], a...), 0), b...)
	d, ok := p.sets[string(k)]
	if !ok {
		d = p.choose(a, b)
		if len(p.sets) < mostKnown {
			p.sets[string(k)] = d
		}
	}
	return d
}

func (p *Pricer) choose(a, b []byte) dated {
	var day register.Day
	if b == nil {
		n, ok := activity.ParseDate(bytes.TrimSpace(a))
		if !ok {
			return dated{why: "missing"}
		}
		day = register.Day(n)
	} else {
		year, ok1 := activity.FinancialYear(bytes.TrimSpace(a))
		month, ok2 := parseDays(bytes.TrimSpace(b))
		if !ok1 || !ok2 || month > 13 {
			return dated{why: "missing"}
		}
		first, _ := parseDays([]byte(year[:4]))
		day = monthEnd(first, min(max(month, 1), 12))
	}
	set := p.lib.On(day)
	if set == nil {
		return dated{why: day.String()}
	}
	return dated{set: set}
}

// monthEnd is the last day of a month of the financial year that begins in first.
func monthEnd(first, month int) register.Day {
	year, calendar := first, month+4 // the month after
	if calendar > 12 {
		year, calendar = year+1, calendar-12
	}
	day, _ := register.ParseDay(strings.Join([]string{four(year), two(calendar), "01"}, "-"))
	return day - 1
}

func two(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }

func four(n int) string { return two(n/100) + two(n%100) }

// number is the place of a value among those met.
func (c *readColumn) number(raw []byte) int32 {
	if n, ok := c.at[string(raw)]; ok {
		return n
	}
	value := factValue(c.fact, strings.ToUpper(strings.TrimSpace(string(raw))))
	n, ok := c.told[value]
	if !ok {
		n = int32(len(c.values))
		c.values, c.told[value] = append(c.values, value), n
	}
	if len(c.at) < mostKnown {
		c.at[string(raw)] = n
	}
	return n
}

// factValue writes values alike that are priced alike.
func factValue(fact int, v string) string {
	switch fact {
	case hrgFact:
		if len(v) > 5 {
			v = v[:5] // what local systems add behind it
		}
	case serialFact:
		if !strings.HasSuffix(v, "=") {
			return ""
		}
		return "excluded"
	case adminFact:
		if v != "02" {
			return ""
		}
	case chargingFact:
		if v != "D" && v != "F" {
			return ""
		}
		return charged
	case ageFact:
		n, ok := parseDays([]byte(v))
		if !ok {
			return ""
		}
		if n >= oldestTold {
			return oldestText
		}
	case flagFact:
		if v != "N" {
			return ""
		}
	}
	return v
}

// Ages from oldestTold on are not told apart: no rule of prices asks beyond it.
const (
	oldestTold = 30
	oldestText = "30+"
)

// facts are those of a combination.
func (p *Pricer) facts(k combination, set dated) facts {
	f := facts{set: k.set, dataset: p.dataset}
	for i := range p.read {
		f.values[p.read[i].fact] = p.read[i].values[k.values[p.read[i].fact]]
	}
	if n := k.values[stayFact]; n > 0 {
		f.values[stayFact] = four(int(n) - 1)[2:]
		f.values[stayFact] = strings.TrimLeft(f.values[stayFact][:1], "0") + f.values[stayFact][1:]
	}
	f.values[dateFact] = set.why
	return f
}

// stay reads the days of a spell; the length of stay is that between its dates
// where it is not given.
func (p *Pricer) stay(fields [][]byte) days {
	d := days{stay: -1}
	for i, into := range []*int{&d.stay, &d.critical, &d.rehabilitation, &d.palliative, &d.delayed} {
		if c := p.days[i]; c >= 0 {
			if n, ok := parseDays(bytes.TrimSpace(fields[c])); ok {
				*into = n
			}
		}
	}
	if d.stay < 0 && p.start >= 0 && len(p.dates) > 0 && p.dates[0] != p.start {
		from, ok1 := activity.ParseDate(fields[p.start])
		to, ok2 := activity.ParseDate(fields[p.dates[0]])
		if ok1 && ok2 && to >= from {
			d.stay = int(to - from)
		}
	}
	return d
}
