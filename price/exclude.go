package price

import (
	"io/fs"
	"slices"
	"strings"

	"remit/register"
)

// exclusion is a row of exclusions.csv: codes of a field that take a row out of
// national prices. The first row that holds on the day gives the reason.
type exclusion struct {
	rule  string
	field string
	condition
	reason   Reason
	from, to register.Day
	known
}

// exclusionFields are the fields that a row may ask about.
var exclusionFields = []string{"national_tariff_indicator", "commissioning_serial_number", "exclusion_reason", "admin_category", "ov_charging_category"}

// exclusionReasons are the reasons that it may give.
var exclusionReasons = []string{string(ExcludedByFlag), string(ExcludedBySign), string(ExcludedGiven), string(PrivatePatient), string(OverseasCharged)}

func loadExclusions(layer fs.FS, faults *[]register.Fault) []*exclusion {
	var list []*exclusion
	rules := map[string]*exclusion{}
	columns := []string{"rule", "field", "codes", "reason", "valid_from", "valid_to", "note", "confidence", "source"}
	eachRow(layer, "exclusions.csv", columns, faults, func(t *table) {
		e := &exclusion{rule: t.text("rule"), field: t.oneOf("field", exclusionFields...), reason: Reason(t.oneOf("reason", exclusionReasons...)),
			from: t.day("valid_from", register.Earliest), to: t.day("valid_to", register.Latest), known: t.known()}
		cell := t.text("codes")
		if cell == "" || strings.ContainsAny(cell[:1], "!-") {
			t.fault("codes", cell, "does not say which codes", "write codes parted by |, * for any, *= for those that end in =")
			return
		}
		if e.from > e.to {
			t.fault("valid_to", t.text("valid_to"), "is before valid_from", "put the dates in order")
		}
		if e.rule == "" {
			t.fault("rule", "", "is blank", "give the rule a name")
		}
		e.condition = readCondition(e.field, cell)
		put(t, rules, e.rule, e)
		list = append(list, e)
	})
	return list
}

// exclusionOf is the rule that takes a row out of national prices on a day, nil
// when there is none.
func (l *Library) exclusionOf(day register.Day, value func(field string) string) *exclusion {
	for _, e := range l.leftOut {
		if v := value(e.field); v != "" && e.from <= day && day <= e.to && e.holds(v) {
			return e
		}
	}
	return nil
}

// asks tells whether any rule asks about a value of a field.
func (l *Library) asks(field, value string) bool {
	return slices.ContainsFunc(l.leftOut, func(e *exclusion) bool { return e.field == field && e.holds(value) })
}

func (l *Library) exclusion(rule string) *exclusion {
	if at := slices.IndexFunc(l.leftOut, func(e *exclusion) bool { return e.rule == rule }); at >= 0 {
		return l.leftOut[at]
	}
	return nil
}
