package price

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"remit/activity"
	"remit/register"
)

// Pricer prices the rows of a file. Rows have few combinations of what a price
// depends on: each is worked out once and remembered. It is for one goroutine.
type Pricer struct {
	lib     *Library
	dataset string
	at      map[string]int // the column of a field
	lists   []int          // the columns of unbundled HRGs
	read    readColumns

	codes    [excludedFact]*dictionary
	excluded []*dictionary // of the fields that exclusions.csv asks about
	ages     []int         // the ages and stays at which a policy changes its mind
	stays    []int
	sets     map[int32]int32  // of a day: index + 1 in lib.sets, 0 for none
	rules    map[string]int32 // of exclusions.csv: index + 1 in lib.leftOut
	rates    map[rateKey]*rate
	workings map[workingKey]string
	pieces   []Piece
	extra    map[string]int // unbundled HRGs of a row: how often
	order    []string
	podRows  []*podRow // by class
	rows     int
}

// rateKey is the combination: the class of each code, of the stay, the set.
type rateKey struct {
	codes [excludedFact]int32
	rule  int32 // of exclusions.csv: index + 1 in lib.leftOut, 0 for none
	stay  int32
	set   int32 // 0 for none; -1 for no date
}

type workingKey struct {
	rate *rate
	days days
}

// dictionary gives values their classes: values of a class are priced alike.
type dictionary struct {
	field   string
	column  int // -1 for none
	second  int // read where the first is blank, -1 for none
	class   func(string) string
	of      map[string]int32
	classes []string
	ids     map[string]int32
}

// readColumns are the columns whose values are read as they are, -1 for none;
// of dates those that there are, the first that has a date counting.
type readColumns struct {
	ended, from, to         []int
	year, month             int
	count, cost             int
	stay                    int
	critical, rehabilitated int
	palliative, delayed     int
}

func (p *Pricer) columns() readColumns {
	dates := func(ids ...string) (list []int) {
		for _, id := range ids {
			if at, ok := p.at[id]; ok {
				list = append(list, at)
			}
		}
		return list
	}
	return readColumns{
		ended: dates("discharge_date", "appointment_date", "arrival_date", "activity_date"),
		from:  dates("admission_date", "activity_start_date"), to: dates("discharge_date", "activity_date"),
		year: p.column("financial_year"), month: p.column("financial_month"), count: p.column("activity_count", "planned_activity"), cost: p.column("cost", "planned_price"),
		stay: p.column("length_of_stay"), critical: p.column("critical_care_days"), rehabilitated: p.column("rehabilitation_days"),
		palliative: p.column("palliative_days"), delayed: p.column("delayed_discharge_days"),
	}
}

// most bounds what is remembered of a file whose codes are all different.
const most = 1 << 16

// Bind makes a Pricer for rows of a data set whose columns hold these canonical
// fields; a blank stands for a column that is none. The fields of commissioning
// extracts (APC, OP, ECDS) give points of delivery and whole spells; contract
// monitoring has them as submitted, a line each.
func (l *Library) Bind(dataset activity.Dataset, fields []string) *Pricer {
	p := &Pricer{lib: l, dataset: string(dataset), at: map[string]int{}, sets: map[int32]int32{}, rates: map[rateKey]*rate{},
		workings: map[workingKey]string{}, extra: map[string]int{}, rules: map[string]int32{}}
	for i, e := range l.leftOut {
		p.rules[e.rule] = int32(i + 1)
	}
	for i, id := range fields {
		if id == "unbundled_hrg" {
			p.lists = append(p.lists, i)
			continue
		}
		if _, twice := p.at[id]; id != "" && !twice {
			p.at[id] = i
		}
	}
	p.read = p.columns()
	p.thresholds()
	p.dictionaries()
	return p
}

// BindLayout makes a Pricer for rows of a file whose columns were recognised.
func (l *Library) BindLayout(layout activity.Layout) *Pricer {
	fields := make([]string, len(layout.Columns))
	for id, at := range layout.Field {
		fields[at] = id
	}
	for _, at := range layout.Lists["unbundled_hrg"] {
		fields[at] = "unbundled_hrg"
	}
	return l.Bind(layout.Dataset, fields)
}

// column is the first of the fields that the file has.
func (p *Pricer) column(ids ...string) int {
	for _, id := range ids {
		if at, ok := p.at[id]; ok {
			return at
		}
	}
	return -1
}

// thresholds are the ages and stays that any policy asks about.
func (p *Pricer) thresholds() {
	p.ages, p.stays = []int{0}, []int{0}
	for _, s := range p.lib.sets {
		p.ages = append(p.ages, s.Policy.ShortStay.MinimumAge)
		p.stays = append(p.stays, s.Policy.ShortStay.UnderDays)
	}
	for _, list := range []*[]int{&p.ages, &p.stays} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
}

// atLeastText writes a number as the highest threshold that it reaches: "19+".
func atLeastText(n int, thresholds []int) string {
	reached := thresholds[0]
	for _, t := range thresholds {
		if n >= t {
			reached = t
		}
	}
	return strconv.Itoa(reached) + "+"
}

func (p *Pricer) dictionaries() {
	for i, d := range [excludedFact]struct {
		id, second string
		class      func(string) string
	}{
		podFact: {"pod", "", asCode}, hrgFact: {"hrg", "tariff_code", asHRG}, tfcFact: {"tfc", "", asCode}, providerFact: {"provider", "", asCode},
		lineFact: {"service_code", "", p.asLine}, ageFact: {"age", "", p.asAge}, practiceFact: {"best_practice", "", asCodes},
		classFact: {"patient_classification", "", asCode}, methodFact: {"admission_method", "", asCode}, firstFact: {"first_attendance", "", asCode},
		attendedFact: {"attended", "", asCode}, specialtyFact: {"main_specialty", "", asCode},
		episodeFact: {"episode", "", asEpisode},
	} {
		column, second := p.column(d.id), p.column(d.second)
		if i >= classFact && !derived(p.dataset) || i == podFact && derived(p.dataset) && column < 0 {
			column, second = -1, -1 // nothing is derived from it
		}
		p.codes[i] = &dictionary{column: column, second: second, class: d.class}
		p.codes[i].reset()
	}
	for _, field := range exclusionFields {
		if at := p.column(field); at >= 0 {
			d := &dictionary{field: field, column: at, second: -1, class: p.askedOf(field)}
			d.reset()
			p.excluded = append(p.excluded, d)
		}
	}
}

// askedOf keeps the values of a field that exclusions.csv asks about.
func (p *Pricer) askedOf(field string) func(string) string {
	return func(s string) string {
		if s = asCode(s); p.lib.asks(field, s) {
			return s
		}
		return ""
	}
}

// ruleOf is the rule that takes a row out of national prices: few rows have a
// value that any asks about.
func (p *Pricer) ruleOf(fields [][]byte) int32 {
	asked := false
	for _, d := range p.excluded {
		asked = d.id(fields) != 0 || asked
	}
	if !asked {
		return 0
	}
	e := p.lib.exclusionOf(p.dayOf(fields), func(field string) string {
		for _, d := range p.excluded {
			if d.field == field {
				return d.classes[d.id(fields)]
			}
		}
		return ""
	})
	if e == nil {
		return 0
	}
	return p.rules[e.rule]
}

func (d *dictionary) reset() {
	d.of, d.ids, d.classes = map[string]int32{}, map[string]int32{"": 0}, []string{""}
}

// The classes of values: as they are compared with the tables.

func asCode(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }

// asHRG takes the HRG in front of a tariff code, which may have local text behind.
func asHRG(s string) string {
	s = asCode(s)
	if end := strings.IndexFunc(s, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') }); end >= 0 {
		s = s[:end]
	}
	if len(s) > 5 && hrgShape.MatchString(s) {
		s = s[:5] // local text with nothing between
	}
	return s
}

var hrgShape = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z]`)

// asLine drops lines without a top-up: no price depends on them.
func (p *Pricer) asLine(s string) string {
	s = asCode(s)
	for _, set := range p.lib.sets {
		if set.topUp[s] != nil {
			return s
		}
	}
	return ""
}

func (p *Pricer) asAge(s string) string {
	n, ok := parseDays([]byte(strings.TrimSpace(s)))
	if !ok || n >= 999 { // 999 stands for an age that is not known
		return ""
	}
	return atLeastText(n, p.ages)
}

// asEpisode tells the first episode of a spell, whose row stands for the spell.
func asEpisode(s string) string {
	if n, ok := parseDays([]byte(strings.TrimSpace(s))); ok && n > 1 {
		return "later"
	}
	return ""
}

func asCodes(s string) string {
	list := strings.FieldsFunc(asCode(s), func(r rune) bool { return strings.ContainsRune("|, ;", r) })
	slices.Sort(list)
	return strings.Join(slices.Compact(list), "|")
}

func (d *dictionary) id(fields [][]byte) int32 {
	if d.column < 0 && d.second < 0 {
		return 0
	}
	var raw []byte
	if d.column >= 0 {
		raw = fields[d.column]
	}
	if len(raw) == 0 && d.second >= 0 {
		raw = fields[d.second]
	}
	if len(raw) == 0 {
		return 0
	}
	if id, ok := d.of[string(raw)]; ok {
		return id
	}
	return d.meet(string(raw))
}

func (d *dictionary) idOf(text string) int32 {
	if id, ok := d.of[text]; ok {
		return id
	}
	return d.meet(text)
}

func (d *dictionary) meet(raw string) int32 {
	id := d.classID(d.class(raw))
	d.of[raw] = id
	return id
}

func (d *dictionary) classID(class string) int32 {
	id, ok := d.ids[class]
	if !ok {
		id = int32(len(d.classes))
		d.classes = append(d.classes, class)
		d.ids[class] = id
	}
	return id
}

// forget starts afresh when a file has more different codes than are worth remembering.
func (p *Pricer) forget() {
	if p.rows++; p.rows%4096 != 0 {
		return
	}
	full := len(p.rates) > most || len(p.workings) > most
	for _, d := range slices.Concat(p.codes[:], p.excluded) {
		full = full || len(d.of) > most
	}
	if !full {
		return
	}
	for _, d := range slices.Concat(p.codes[:], p.excluded) {
		d.reset()
	}
	p.podRows = p.podRows[:0]
	clear(p.rates)
	clear(p.workings)
}

// Standing is what is known of a row beside its fields: what its spell says of it.
type Standing struct {
	Known bool   // whether Later was found out; else the episode's own number tells
	Later bool   // not the row with which its spell is priced
	Line  string // the specialised service line of the spell, blank for the row's own
}

// Row prices a row, whose fields are in the order of the columns that were bound.
func (p *Pricer) Row(fields [][]byte) Line { return p.RowOf(fields, Standing{}) }

// RowOf prices a row of which more is known than its fields say.
func (p *Pricer) RowOf(fields [][]byte, standing Standing) Line {
	p.forget()
	p.pieces = p.pieces[:0]
	spell, daysOK := p.days(fields)
	key := p.key(fields, spell, standing)
	r := p.rate(key)
	count, countOK := p.counted(fields)
	line := Line{POD: r.pod, Element: r.element, Reason: r.reason, Count: count, Working: r.working, Warnings: r.joined}
	switch {
	case r.reason == PassThrough:
		line = p.passedThrough(line, r, fields)
	case r.reason != Priced:
		line = p.unpriced(line, r, r.reason)
	case !countOK:
		line = p.unpriced(line, r, CountUnread)
	case !daysOK && r.excess != nil:
		line = p.unpriced(line, r, DaysUnread)
	default:
		line = p.done(line, r.priceOf(count, activity.Amount{}))
		line.Reason = p.pieces[0].Reason
		if r.excess != nil && line.Reason == Priced {
			line = p.excessDays(line, r, spell)
		}
	}
	if len(p.lists) > 0 {
		line = p.unbundled(line, key, fields, spell)
	}
	return line
}

// key is the combination of a row.
func (p *Pricer) key(fields [][]byte, spell days, standing Standing) rateKey {
	key := rateKey{stay: -1, set: p.setOf(fields)}
	for i, d := range p.codes {
		key.codes[i] = d.id(fields)
	}
	if spell.stay >= 0 {
		key.stay = int32(p.stayReached(spell.stay))
	}
	p.stands(&key, standing)
	key.rule = p.ruleOf(fields)
	if key.codes[podFact] != 0 { // else the point of delivery is still to be derived, perhaps of any of them
		p.podRow(key.codes[podFact]).keepAsked(&key)
	}
	return key
}

// stands puts what the spell says in the place of what the row does.
func (p *Pricer) stands(key *rateKey, s Standing) {
	if s.Known {
		key.codes[episodeFact] = 0
		if s.Later {
			key.codes[episodeFact] = p.codes[episodeFact].classID("later")
		}
	}
	if s.Line != "" {
		key.codes[lineFact] = p.codes[lineFact].idOf(s.Line)
	}
}

// counted is the activity of a row: one where its feed has no count, or where an
// extract has left it blank.
func (p *Pricer) counted(fields [][]byte) (a activity.Amount, ok bool) {
	raw := at(fields, p.read.count)
	if p.read.count >= 0 && !derived(p.dataset) && len(bytes.TrimSpace(raw)) == 0 {
		return activity.Amount{}, false
	}
	return amountIn(raw, oneUnit)
}

// podRow is how lines of a class of points of delivery are priced, nil where it is unknown.
func (p *Pricer) podRow(class int32) *podRow {
	for n := len(p.podRows); n <= int(class); n++ {
		p.podRows = append(p.podRows, p.lib.pods[p.codes[podFact].classes[n]])
	}
	return p.podRows[class]
}

// keepAsked drops what no price on the row's basis depends on, so that rows that
// differ in nothing else are one combination.
func (row *podRow) keepAsked(key *rateKey) {
	if row == nil {
		return
	}
	if row.basis != nonElectiveBasis {
		key.codes[ageFact], key.stay = 0, -1
	}
	if row.basis != attendanceBasis {
		key.codes[tfcFact] = 0
	} else {
		key.codes[lineFact] = 0
	}
}

func (p *Pricer) unpriced(line Line, r *rate, reason Reason) Line {
	line.Reason = reason
	return p.done(line, Piece{POD: r.pod, HRG: r.hrg, Count: line.Count, Reason: reason})
}

// passedThrough takes the cost of a drug or device as its price.
func (p *Pricer) passedThrough(line Line, r *rate, fields [][]byte) Line {
	raw := bytes.TrimSpace(at(fields, p.read.cost))
	cost, ok := amountIn(raw, activity.Amount{})
	if len(raw) == 0 || !ok {
		return p.unpriced(line, r, CostMissing)
	}
	line = p.done(line, r.priceOf(line.Count, cost))
	line.Reason = p.pieces[0].Reason
	return line
}

func (p *Pricer) done(line Line, piece Piece) Line {
	line.Price = line.Price.Add(piece.Price)
	p.pieces = append(p.pieces, piece)
	line.Pieces = p.pieces
	return line
}

func (p *Pricer) excessDays(line Line, r *rate, spell days) Line {
	if spell.stay < 0 {
		line.Warnings = with(line.Warnings, daysNotKnown)
		return line
	}
	if spell.stay < spell.taken() {
		line.Warnings = with(line.Warnings, daysExceedStay)
	}
	n := spell.excess(r.excess.trim)
	if n == 0 && spell.taken() == 0 {
		return line // nothing but the stay was asked about
	}
	line.Working = p.workingOf(r, spell)
	if n == 0 {
		return line
	}
	return p.done(line, r.excessPrice(n))
}

func (p *Pricer) workingOf(r *rate, spell days) string {
	key := workingKey{r, spell}
	text, ok := p.workings[key]
	if !ok {
		text = r.working + ";days=" + spell.text()
		p.workings[key] = text
	}
	return text
}

// unbundled prices the unbundled HRGs of a row, each at its own point of delivery.
func (p *Pricer) unbundled(line Line, key rateKey, fields [][]byte, spell days) Line {
	clear(p.extra)
	p.order = p.order[:0]
	for _, column := range p.lists {
		for _, code := range bytes.FieldsFunc(fields[column], func(r rune) bool { return strings.ContainsRune("|, ;", r) }) {
			hrg := asHRG(string(code))
			if p.extra[hrg] == 0 {
				p.order = append(p.order, hrg)
			}
			p.extra[hrg]++
		}
	}
	for _, hrg := range p.order {
		line = p.unbundledItem(line, key, hrg, spell)
	}
	return line
}

func (p *Pricer) unbundledItem(line Line, key rateKey, hrg string, spell days) Line {
	d := p.lib.unbundledPOD(hrg)
	if d == nil {
		return p.done(line, Piece{HRG: hrg, Count: whole(p.extra[hrg]), Reason: PODMissing})
	}
	if d.count != "" && key.codes[episodeFact] != 0 { // the days are those of the spell
		line.Warnings = with(line.Warnings, unbundledLater)
		return line
	}
	n := p.extra[hrg]
	if same := p.sameCount(d.count); d.count != "" && same > 1 {
		line.Warnings = with(line.Warnings, unbundledUnclear)
	} else if counted := spell.of(d.count); counted > 0 {
		n = counted
	}
	own := rateKey{set: key.set, stay: -1}
	own.rule = key.rule
	for _, i := range []int{providerFact, lineFact} {
		own.codes[i] = key.codes[i]
	}
	own.codes[podFact] = p.codes[podFact].classID(d.pod)
	own.codes[hrgFact] = p.codes[hrgFact].classID(hrg)
	r := p.rate(own)
	line.Working += " + " + r.working + ";count=" + strconv.Itoa(n)
	return p.done(line, r.priceOf(whole(n), activity.Amount{}))
}

// unbundledPOD finds the point of delivery of an unbundled HRG.
func (l *Library) unbundledPOD(hrg string) *derivation {
	return l.deriveFor(unbundledSet, func(field string) string {
		if field == "hrg" {
			return hrg
		}
		return ""
	})
}

// sameCount is how many of the row's unbundled HRGs are counted by the same days.
func (p *Pricer) sameCount(count string) int {
	n := 0
	for _, hrg := range p.order {
		if d := p.lib.unbundledPOD(hrg); d != nil && d.count == count {
			n++
		}
	}
	return n
}

// of is the number of days that a column of derive.csv names.
func (d days) of(count string) int {
	switch count {
	case "critical_care_days":
		return d.critical
	case "rehabilitation_days":
		return d.rehabilitation
	case "palliative_days":
		return d.palliative
	}
	return 0
}

func (p *Pricer) stayReached(stay int) int {
	reached := 0
	for i, t := range p.stays {
		if stay >= t {
			reached = i
		}
	}
	return p.stays[reached]
}

func (p *Pricer) rate(key rateKey) *rate {
	if r := p.rates[key]; r != nil {
		return r
	}
	f := &facts{dataset: p.dataset}
	for i, d := range p.codes {
		f.values[i] = d.classes[key.codes[i]]
	}
	if key.rule > 0 {
		f.values[excludedFact] = p.lib.leftOut[key.rule-1].rule
	}
	if key.stay >= 0 {
		f.values[stayFact] = strconv.Itoa(int(key.stay)) + "+"
	}
	switch {
	case key.set > 0:
		f.set = p.lib.sets[key.set-1]
	case key.set < 0:
		f.values[dateFact] = "missing"
	default:
		f.values[dateFact] = "outside"
	}
	r := p.lib.rateOf(f, nil)
	r.working = f.text()
	p.rates[key] = r
	return r
}

// setOf chooses the set by the day on which the activity ended, else by the last
// day of its financial month.
func (p *Pricer) setOf(fields [][]byte) int32 {
	if day, ok := p.endOf(fields); ok {
		return p.setOn(day)
	}
	return -1
}

func (p *Pricer) endOf(fields [][]byte) (day int32, ok bool) {
	if day, ok := firstDate(fields, p.read.ended); ok {
		return day, true
	}
	return lastDay(at(fields, p.read.year), at(fields, p.read.month))
}

// dayOf is the day by which dated rules are chosen; the latest of all where the
// row has none.
func (p *Pricer) dayOf(fields [][]byte) register.Day {
	if day, ok := p.endOf(fields); ok {
		return register.Day(day)
	}
	return register.Latest
}

func firstDate(fields [][]byte, columns []int) (day int32, ok bool) {
	for _, c := range columns {
		if day, ok = activity.ParseDate(fields[c]); ok {
			return day, true
		}
	}
	return 0, false
}

func (p *Pricer) setOn(day int32) int32 {
	if at, ok := p.sets[day]; ok {
		return at
	}
	at := int32(slices.Index(p.lib.sets, p.lib.On(register.Day(day))) + 1)
	p.sets[day] = at
	return at
}

// at is the field of a column, nil where there is none.
func at(fields [][]byte, column int) []byte {
	if column < 0 {
		return nil
	}
	return fields[column]
}

// lastDay is the last day of a financial month; 13 is the year's end.
func lastDay(year, month []byte) (day int32, ok bool) {
	y, okY := activity.FinancialYear(year)
	m, okM := activity.FinancialMonth(month)
	if !okY || !okM {
		return 0, false
	}
	first, _ := strconv.Atoi(y[:4]) // it was read as digits
	n, _ := strconv.Atoi(m)
	n = min(n, 12) + 4 // the calendar month after it
	if n > 12 {
		first, n = first+1, n-12
	}
	next, err := register.ParseDay(strconv.Itoa(first) + "-" + string([]byte{'0' + byte(n/10), '0' + byte(n%10)}) + "-01")
	return int32(next) - 1, err == nil
}

// days reads the days of a spell. The stay is as given, else by its dates.
func (p *Pricer) days(fields [][]byte) (d days, ok bool) {
	d.stay, ok = -1, true
	if raw := bytes.TrimSpace(at(fields, p.read.stay)); len(raw) > 0 {
		if d.stay, ok = parseDays(raw); !ok {
			d.stay = -1
		}
	} else {
		d.stay, ok = p.stayByDates(fields)
	}
	if p.dataset != string(activity.APC) {
		return d, ok
	}
	for _, part := range [...]struct {
		column int
		to     *int
	}{{p.read.critical, &d.critical}, {p.read.rehabilitated, &d.rehabilitation}, {p.read.palliative, &d.palliative}, {p.read.delayed, &d.delayed}} {
		raw := bytes.TrimSpace(at(fields, part.column))
		if len(raw) == 0 {
			continue
		}
		n, read := parseDays(raw)
		*part.to, ok = n, ok && read
	}
	return d, ok
}

func (p *Pricer) stayByDates(fields [][]byte) (stay int, ok bool) {
	from, okFrom := firstDate(fields, p.read.from)
	to, okTo := firstDate(fields, p.read.to)
	switch {
	case !okFrom || !okTo:
		return -1, true
	case to < from || to-from > maxStay:
		return -1, false
	}
	return int(to - from), true
}

// maxStay is the longest stay that is believed, in days.
const maxStay = 99_999

// amountIn reads a number; otherwise where the field is blank.
func amountIn(raw []byte, otherwise activity.Amount) (a activity.Amount, ok bool) {
	if len(raw) == 0 {
		return otherwise, true
	}
	a, present, err := activity.ParseAmount(raw)
	if err != nil {
		return activity.Amount{}, false
	}
	if !present {
		return otherwise, true
	}
	return a, true
}

// oneUnit is the activity of a row without a count.
var oneUnit = whole(1)

// with adds a code to a list of them, once.
func with(list, code string) string {
	if list == "" {
		return code
	}
	if slices.Contains(strings.Split(list, "|"), code) {
		return list
	}
	return list + "|" + code
}
