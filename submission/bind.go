package submission

import (
	"slices"
	"strings"

	"remit/activity"
	"remit/register"
)

// binding is the rules made ready for the columns of one file. It is shared by
// the Validators of the file and not changed.
type binding struct {
	rules   *Rules
	layout  activity.Layout
	pack    *register.Pack
	given   Given
	name    Heading
	unknown []string

	header   []string
	columns  []boundColumn
	dated    []int    // columns whose answers depend on more than the value, in order
	uses     []slot   // what findings are counted in: a rule in a column
	records  []rowUse // rules by which a row is no record
	rowRules []rowUse // other rules of a row
	fileOnes []*Rule  // rules of the file
	preds    []boundPredicate
	distinct bool // rows are compared with one another

	provider, commissioner, year, month, price, kind int // columns, -1 for none
	dates                                            []int
}

// slot is a rule in a column; column -1 for a rule of a row.
type slot struct {
	rule   *Rule
	column int
}

type boundColumn struct {
	field  *activity.Field // nil for an unknown column
	hidden bool            // its values identify patients
	rules  []fieldUse
	dated  bool  // answers depend on the row's period or on predicates
	preds  []int // predicates that look at it
}

type fieldUse struct {
	slot int
	rule *Rule
	when uint64 // predicates that must hold
}

type rowUse struct {
	slot  int
	rule  *Rule
	when  uint64
	test  rowTest
	takes []int // columns of the fields it uses, -1 for none
}

type boundPredicate struct {
	predicate
	column int
}

const maxPredicates = 64

func (r *Rules) bind(l activity.Layout, pack *register.Pack, g Given) (*Validator, error) {
	b := &binding{rules: r, layout: l, pack: pack, given: g, name: readFileName(g.FileName, pack)}
	b.bindColumns()
	b.bindPlaces()
	for _, rule := range r.list {
		if !rule.of(l.Dataset) {
			continue
		}
		when, applies, err := b.bindWhen(rule)
		if err != nil {
			return nil, err
		}
		switch {
		case rule.made.scope == ofFile && rule.made.file != nil:
			b.fileOnes = append(b.fileOnes, rule)
			b.distinct = b.distinct || rule.Kind == "distinct_rows"
		case rule.made.scope == ofRow && applies:
			b.bindRow(rule, when)
		case rule.made.scope == ofField && applies:
			b.bindField(rule, when)
		}
	}
	for i := range b.columns {
		if b.columns[i].dated {
			b.dated = append(b.dated, i)
		}
	}
	return newValidator(b), nil
}

// identifying are the fields, besides those of kind key, whose values are never
// shown: findings are read by more people than rows are.
var identifying = []string{"patient_key", "local_patient_identifier", "postcode", "birth_date", "age", "gender", "ethnic_category", "activity_start_location", "activity_end_location"}

func (b *binding) bindColumns() {
	b.columns = make([]boundColumn, len(b.layout.Columns))
	for _, column := range b.layout.Columns {
		b.header = append(b.header, strings.TrimSpace(column))
	}
	for id, at := range b.layout.Field {
		field, _ := activity.FieldByID(id)
		c := &b.columns[at]
		if c.field == nil || b.isTitled(field, at) {
			c.field = field
		}
		c.hidden = c.hidden || field.Kind == "key" || slices.Contains(identifying, id)
	}
	for i, column := range b.layout.Columns {
		if _, known := activity.FieldOf(column); !known {
			b.unknown = append(b.unknown, column)
			b.columns[i].hidden = true // what it holds is not known
		}
	}
}

// isTitled tells whether a column is a field's own and not a second-best for it.
func (b *binding) isTitled(field *activity.Field, column int) bool {
	id, _ := activity.FieldOf(b.layout.Columns[column])
	return id == field.ID
}

func (b *binding) column(field string) int {
	at, has := b.layout.Field[field]
	if !has {
		return -1
	}
	return at
}

// own is the column of a field where the file has one of its own: an NHS number
// is not tested in a column of local identifiers that is read for want of one.
func (b *binding) own(field string) int {
	for _, n := range b.layout.Notes {
		if n.Field == field && len(n.Others) == 0 && n.Says == "" {
			return -1
		}
	}
	return b.column(field)
}

func (b *binding) columnOf(field string) string {
	if at := b.column(field); at >= 0 {
		return b.layout.Columns[at]
	}
	return ""
}

func (b *binding) bindPlaces() {
	b.provider, b.year, b.month = b.column("provider"), b.column("financial_year"), b.column("financial_month")
	b.kind = b.column("flex_or_freeze")
	b.commissioner, b.price = -1, b.column("cost")
	switch b.layout.Dataset {
	case activity.ACM:
		b.commissioner = b.column("submitted_commissioner")
	case activity.IAP:
		b.price = b.column("planned_price")
	case activity.LPR:
		b.price = -1
	}
	for _, id := range []string{"activity_date", "discharge_date", "appointment_date", "arrival_date", "activity_start_date", "admission_date"} {
		if at := b.column(id); at >= 0 && !slices.Contains(b.dates, at) {
			b.dates = append(b.dates, at)
		}
	}
}

// bindWhen numbers the predicates of a rule. A rule that waits for a field which
// the file lacks to be something never applies.
func (b *binding) bindWhen(r *Rule) (mask uint64, applies bool, err error) {
	for _, p := range r.made.when {
		at := b.column(p.field)
		if at < 0 {
			if !p.holds(nil, b.pack) {
				return 0, false, nil
			}
			continue
		}
		n := slices.IndexFunc(b.preds, func(o boundPredicate) bool { return o.text == p.text })
		if n < 0 {
			if n = len(b.preds); n == maxPredicates {
				return 0, false, Fault{File: r.File, Row: r.Line, Column: "when", Value: r.When, Problem: "the rules have more than 64 different predicates",
					Remedy: "use some that other rules have"}
			}
			b.preds = append(b.preds, boundPredicate{p, at})
			b.columns[at].preds = append(b.columns[at].preds, n)
		}
		mask |= 1 << n
	}
	return mask, true, nil
}

func (b *binding) newSlot(r *Rule, column int) int {
	b.uses = append(b.uses, slot{r, column})
	return len(b.uses) - 1
}

func (b *binding) bindRow(r *Rule, when uint64) {
	u := rowUse{rule: r, when: when, test: r.made.row(r)}
	if len(r.made.uses) > 0 {
		any := false
		for _, id := range r.made.uses {
			at := b.own(id)
			u.takes = append(u.takes, at)
			any = any || at >= 0
		}
		if !any || r.Kind != "any_of" && r.Kind != "line_total" && slices.Contains(u.takes, -1) {
			return // another rule says that the column is missing
		}
		if r.Kind == "line_total" && slices.Contains(u.takes[:3], -1) {
			return
		}
	}
	at := -1
	if r.Field != "" {
		at = b.column(r.Field)
	}
	u.slot = b.newSlot(r, at)
	if r.Kind == "not_header" || r.Kind == "not_total" {
		b.records = append(b.records, u)
		return
	}
	b.rowRules = append(b.rowRules, u)
}

func (b *binding) bindField(r *Rule, when uint64) {
	if r.Kind == "nhs_number" && !b.holdsNHSNumbers() {
		return
	}
	if r.Field == everyField {
		for at := range b.columns {
			if b.columns[at].field != nil {
				b.useField(r, at, when)
			}
		}
		return
	}
	if at := b.own(r.Field); at >= 0 {
		b.useField(r, at, when)
	}
}

func (b *binding) useField(r *Rule, at int, when uint64) {
	c := &b.columns[at]
	c.rules = append(c.rules, fieldUse{b.newSlot(r, at), r, when})
	c.dated = c.dated || when != 0 || r.made.dated || r.From > register.Earliest || r.To < register.Latest
}

// holdsNHSNumbers tells NHS numbers from pseudonyms by the name of the column.
func (b *binding) holdsNHSNumbers() bool {
	at := b.column("patient_key")
	return at >= 0 && activity.Normalise(b.layout.Columns[at]) == "NHS NUMBER"
}
