package submission

import (
	"fmt"
	"strings"

	"remit/activity"
)

// rowTest tells whether a row is as the rule says. It is given the fields that
// the rule uses, in the order of compiled.uses, trimmed.
type rowTest func(values [][]byte, row *rowState) bool

// rowKinds compile a rule of a row: they set uses and row.
var rowKinds = map[string]func(r *Rule, c *compiled) error{
	"line_total":  lineTotalKind,
	"in_period":   inPeriodKind,
	"not_before":  notBeforeKind,
	"any_of":      anyOfKind,
	"age_agrees":  ageAgreesKind,
	"not_header":  notHeaderKind,
	"not_total":   notTotalKind,
	"period_from": periodFromKind,
}

func withField(r *Rule) error {
	if r.Field == "" {
		return &columnError{"field", "a rule of the kind " + r.Kind + " needs a field"}
	}
	return nil
}

func knownFields(list []string) error {
	for _, id := range list {
		if _, known := activity.FieldByID(id); !known {
			return fmt.Errorf("there is no field %q", id)
		}
	}
	return nil
}

// lineTotalKind takes COUNT * PRICE or COUNT * PRICE + CHARGE, then the
// tolerance within PENCE or HUNDREDTHS of a per cent: the line may differ by
// a penny for each unit or by 0.01%, whichever is the more.
func lineTotalKind(r *Rule, c *compiled) error {
	formula, tolerance, ok := strings.Cut(r.Argument, " within ")
	words := strings.Fields(formula)
	if !ok || len(words) != 3 && len(words) != 5 || words[1] != "*" || len(words) == 5 && words[3] != "+" {
		return fmt.Errorf("it is not written count * price + charge within 0.01 or 0.0001")
	}
	perUnit, share, ok := strings.Cut(tolerance, " or ")
	unit, _, errUnit := activity.ParseAmount([]byte(perUnit))
	part, _, errPart := activity.ParseAmount([]byte(share))
	if !ok || errUnit != nil || errPart != nil {
		return fmt.Errorf("the tolerance is two amounts: pounds for each unit, or a share of the line")
	}
	c.uses = []string{r.Field, words[0], words[2]}
	if len(words) == 5 {
		c.uses = append(c.uses, words[4])
	}
	c.row = func(*Rule) rowTest {
		return func(v [][]byte, _ *rowState) bool { return lineAgrees(v, unit, part) }
	}
	if err := withField(r); err != nil {
		return err
	}
	return knownFields(c.uses)
}

// lineAgrees compares the total with count x price + charge. A line with a part
// that is blank or unreadable passes: other rules speak of that.
func lineAgrees(v [][]byte, perUnit, share activity.Amount) bool {
	var amounts [4]activity.Amount
	for i, b := range v {
		a, present, err := activity.ParseAmount(b)
		if err != nil || !present && i < 3 {
			return true
		}
		amounts[i] = a
	}
	total, count, price, charge := amounts[0], amounts[1], amounts[2], amounts[3]
	product, ok := count.Mul(price)
	if !ok {
		return true
	}
	apart := total.Sub(product.Add(charge)).Abs()
	allowed, _ := count.Abs().Mul(perUnit)
	if allowed.Cmp(perUnit) < 0 {
		allowed = perUnit // part of a unit is rounded as a whole one is
	}
	if byShare, ok := total.Abs().Mul(share); ok && byShare.Cmp(allowed) > 0 {
		allowed = byShare
	}
	return apart.Cmp(allowed) <= 0
}

// inPeriodKind: a date lies in the month that the row states. Month 13 and 0
// take any date of the year.
func inPeriodKind(r *Rule, c *compiled) error {
	if err := withField(r); err != nil {
		return err
	}
	c.uses = []string{r.Field}
	c.row = func(*Rule) rowTest {
		return func(v [][]byte, row *rowState) bool {
			day, ok := activity.ParseDate(v[0])
			if !ok || row.period.from == FromDates || row.period.year == "" || row.period.month < 0 {
				return true
			}
			year, month, ok := activity.FinancialYearOf(day)
			if !ok || year != row.period.year {
				return false
			}
			return row.period.month == 0 || row.period.month == 13 || month == fmtMonth(row.period.month)
		}
	}
	return nil
}

// notBeforeKind: a date is not before that of the field in the argument.
func notBeforeKind(r *Rule, c *compiled) error {
	if err := withField(r); err != nil {
		return err
	}
	c.uses = []string{r.Field, r.Argument}
	c.row = func(*Rule) rowTest {
		return func(v [][]byte, _ *rowState) bool {
			later, ok := activity.ParseDate(v[0])
			earlier, also := activity.ParseDate(v[1])
			return !ok || !also || later >= earlier
		}
	}
	return knownFields(c.uses)
}

// anyOfKind: one of the fields in the argument is filled.
func anyOfKind(r *Rule, c *compiled) error {
	c.uses = strings.Split(r.Argument, "|")
	c.row = func(*Rule) rowTest {
		return func(v [][]byte, _ *rowState) bool {
			for _, b := range v {
				if len(b) > 0 {
					return true
				}
			}
			return false
		}
	}
	return knownFields(c.uses)
}

// ageAgreesKind takes the fields of the birth date and the activity date: the
// age is what they give. 999 is an age that is not known.
func ageAgreesKind(r *Rule, c *compiled) error {
	if err := withField(r); err != nil {
		return err
	}
	words := strings.Fields(r.Argument)
	if len(words) != 2 {
		return fmt.Errorf("the fields of the birth date and of the activity date are wanted")
	}
	c.uses = append([]string{r.Field}, words...)
	c.row = func(*Rule) rowTest {
		return func(v [][]byte, _ *rowState) bool {
			age, ok := whole(v[0])
			born, okBorn := activity.ParseDate(v[1])
			on, okOn := activity.ParseDate(v[2])
			if !ok || !okBorn || !okOn || age == 999 {
				return true
			}
			return age == yearsBetween(activity.FormatDate(born), activity.FormatDate(on))
		}
	}
	return knownFields(c.uses)
}

// yearsBetween counts birthdays between two dates written YYYY-MM-DD; negative
// when the first is the later.
func yearsBetween(born, on string) int {
	from, _ := whole([]byte(born[:4]))
	to, _ := whole([]byte(on[:4]))
	if on[5:] < born[5:] {
		return to - from - 1
	}
	return to - from
}

// noRecordRule: what is no record cannot count, and has no fields to choose by.
func noRecordRule(r *Rule) error {
	switch {
	case r.Severity != RejectRow:
		return &columnError{"severity", "a row that is no record cannot count: write reject_row, or switch the rule off"}
	case r.When != "":
		return &columnError{"when", "a rule that tells records from other rows has no fields to choose by"}
	}
	return nil
}

// notHeaderKind: the row is not the header again, as files joined end to end have it.
func notHeaderKind(r *Rule, c *compiled) error {
	if err := noRecordRule(r); err != nil {
		return err
	}
	c.row = func(*Rule) rowTest {
		return func(_ [][]byte, row *rowState) bool {
			for i, b := range row.fields[:min(3, len(row.fields))] {
				if !equalFold(trim(b), row.header[i]) {
					return true
				}
			}
			return false
		}
	}
	return nil
}

// notTotalKind: the row is not a total that a spreadsheet put under the table.
func notTotalKind(r *Rule, c *compiled) error {
	if err := noRecordRule(r); err != nil {
		return err
	}
	c.row = func(*Rule) rowTest {
		return func(_ [][]byte, row *rowState) bool {
			for _, b := range row.fields[:min(3, len(row.fields))] {
				b = trim(b)
				for _, word := range [...]string{"TOTAL", "GRAND TOTAL", "SUBTOTAL"} {
					if len(b) >= len(word) && equalFold(b[:len(word)], word) {
						return false
					}
				}
			}
			return true
		}
	}
	return nil
}

// periodFromKind: the period of a row is not one found where the argument says:
// file name, activity dates, or nowhere.
func periodFromKind(r *Rule, c *compiled) error {
	from := From(r.Argument)
	switch r.Argument {
	case "nowhere":
		from = FromNowhere
	case string(FromFileName), string(FromDates):
	default:
		return fmt.Errorf("it is file name, activity dates or nowhere")
	}
	c.row = func(*Rule) rowTest {
		return func(_ [][]byte, row *rowState) bool { return row.period.from != from }
	}
	return nil
}
