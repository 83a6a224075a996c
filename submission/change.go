package submission

import (
	"cmp"
	"maps"
	"slices"

	"remit/activity"
)

// Line is a row of a submission as far as changes are concerned.
type Line struct {
	Key   string // as a Keyer makes it
	Row   int64  // in its file
	Month int
	Count string            // activity or quantity, as it came
	Price activity.Amount   // cost, or the price of a plan
	Codes map[string]string // by field id: what says who pays and for what, see Coded
}

// Coded are the fields whose change is a re-coding.
var Coded = []string{"submitted_commissioner", "submitted_category", "service_code", "pod", "tariff_code", "tfc", "financial_month", "site", "gp_practice",
	"gp_responsibility", "residence_responsibility", "national_tariff_indicator", "hrg", "drug_code", "indication", "device_code", "local_pod"}

// Change says what became of a row between two submissions.
type Change string

// The changes. A row may be re-priced and re-coded at once; it is re-coded then.
const (
	Added    Change = "added"
	Removed  Change = "removed"
	Repriced Change = "re-priced"
	Recoded  Change = "re-coded"
	Same     Change = "same"
)

// ChangedLine is one row that is not the same.
type ChangedLine struct {
	Change Change
	Key    string
	Before *Line // nil when added
	After  *Line // nil when removed
	Fields []string
	Money  activity.Amount // after less before
}

// Changes is what changed between two submissions. The money of all kinds adds
// up to the difference of the two totals.
type Changes struct {
	Lines []ChangedLine // the most money first
	Count map[Change]int64
	Money map[Change]activity.Amount
	Net   activity.Amount
}

// Compare tells two submissions of one feed and provider apart, by the keys of
// their rows. Of several rows with one key those that are the same are paired
// first, then those of one point of delivery, then the others in order.
func Compare(before, after []Line) Changes {
	c := Changes{Count: map[Change]int64{}, Money: map[Change]activity.Amount{}}
	was, is := byKey(before), byKey(after)
	keys := map[string]bool{}
	for key := range was {
		keys[key] = true
	}
	for key := range is {
		keys[key] = true
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		c.pair(was[key], is[key])
	}
	slices.SortStableFunc(c.Lines, func(a, b ChangedLine) int {
		return cmp.Or(b.Money.Abs().Cmp(a.Money.Abs()), cmp.Compare(a.Change, b.Change), cmp.Compare(a.Key, b.Key))
	})
	return c
}

func byKey(lines []Line) map[string][]*Line {
	m := make(map[string][]*Line, len(lines))
	for i := range lines {
		m[lines[i].Key] = append(m[lines[i].Key], &lines[i])
	}
	for _, same := range m { // the order of a file does not matter
		slices.SortStableFunc(same, func(a, b *Line) int {
			return cmp.Or(cmp.Compare(a.Codes["pod"], b.Codes["pod"]), a.Price.Cmp(b.Price), cmp.Compare(a.Count, b.Count))
		})
	}
	return m
}

// pair matches the rows of one key in three rounds, each less strict.
func (c *Changes) pair(was, is []*Line) {
	for _, alike := range []func(*Line) string{wholeLine, podOf, func(*Line) string { return "" }} {
		was, is = c.pairBy(alike, was, is)
	}
	for _, l := range was {
		c.record(ChangedLine{Change: Removed, Key: l.Key, Before: l, Money: l.Price.Neg()})
	}
	for _, l := range is {
		c.record(ChangedLine{Change: Added, Key: l.Key, After: l, Money: l.Price})
	}
}

// pairBy pairs rows that are alike, each with the first that is left, and gives
// the rows that have no partner.
func (c *Changes) pairBy(alike func(*Line) string, was, is []*Line) (wasLeft, isLeft []*Line) {
	if len(was) == 0 || len(is) == 0 {
		return was, is
	}
	waiting := map[string][]*Line{}
	for _, l := range is {
		waiting[alike(l)] = append(waiting[alike(l)], l)
	}
	paired := map[*Line]bool{}
	for _, l := range was {
		partners := waiting[alike(l)]
		if len(partners) == 0 {
			wasLeft = append(wasLeft, l)
			continue
		}
		c.changed(l, partners[0])
		paired[partners[0]] = true
		waiting[alike(l)] = partners[1:]
	}
	for _, l := range is {
		if !paired[l] {
			isLeft = append(isLeft, l)
		}
	}
	return wasLeft, isLeft
}

func podOf(l *Line) string { return l.Codes["pod"] }

func wholeLine(l *Line) string {
	text := append(l.Price.Append(nil), 0)
	text = append(append(text, l.Count...), 0)
	for _, field := range Coded {
		text = append(append(text, l.Codes[field]...), 0)
	}
	return string(text)
}

func (c *Changes) changed(a, b *Line) {
	l := ChangedLine{Change: Same, Key: a.Key, Before: a, After: b, Money: b.Price.Sub(a.Price)}
	for _, field := range Coded {
		if a.Codes[field] != b.Codes[field] {
			l.Fields = append(l.Fields, field)
		}
	}
	switch {
	case len(l.Fields) > 0:
		l.Change = Recoded
	case a.Price != b.Price || a.Count != b.Count:
		l.Change = Repriced
	}
	if a.Price != b.Price {
		l.Fields = append(l.Fields, "cost")
	}
	if a.Count != b.Count {
		l.Fields = append(l.Fields, "activity_count")
	}
	c.record(l)
}

func (c *Changes) record(l ChangedLine) {
	c.Count[l.Change]++
	c.Money[l.Change] = c.Money[l.Change].Add(l.Money)
	c.Net = c.Net.Add(l.Money)
	if l.Change != Same {
		c.Lines = append(c.Lines, l)
	}
}

// LineOf makes the Line of a row. Columns of fields that the layout lacks are left out.
func LineOf(l activity.Layout, key string, row int64, month int, price activity.Amount, fields [][]byte) Line {
	line := Line{Key: key, Row: row, Month: month, Price: price, Codes: map[string]string{}}
	for _, id := range Coded {
		if at, has := l.Field[id]; has {
			line.Codes[id] = string(trim(fields[at]))
		}
	}
	for _, id := range []string{"activity_count", "drug_quantity", "device_quantity", "planned_activity"} {
		if at, has := l.Field[id]; has {
			line.Count = string(trim(fields[at]))
			break
		}
	}
	return line
}
