package submission

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"remit/activity"
)

// Checks are what a rule can test. rules/README.md says what each means.
var Checks = []string{
	"required", "blank", "length", "pattern", "not_pattern", "not_suffix", "one_of", "in_list", "in_table", "integer", "number", "money", "plain", "zero", "not_negative", "not_between", "date", "financial_year", "nhs_number",
	"product", "money_without_activity", "period_of_date", "period",
	"file",
}

// rowChecks look at several fields of a row.
var rowChecks = []string{"product", "money_without_activity", "period_of_date", "period"}

// compile makes the test of a rule of one field.
func (r *Rule) compile(all *Rules) (err error) {
	r.Level = FieldLevel
	switch {
	case r.Check == "file":
		r.Level = FileLevel
		return nil
	case slices.Contains(rowChecks, r.Check):
		r.Level = RowLevel
		if r.Check == "product" {
			_, err = parseProduct(r.Argument)
		}
		return err
	case r.Field == "":
		return errors.New("a check of a field needs the field")
	}
	r.test, err = r.fieldTest(all)
	return err
}

// fieldTest gives the test of a value that is not blank, with no blanks around it.
func (r *Rule) fieldTest(all *Rules) (func([]byte) bool, error) {
	switch r.Check {
	case "length":
		low, high, err := span(r.Argument)
		return func(v []byte) bool { return low <= len(v) && len(v) <= high }, err
	case "pattern", "not_pattern":
		re, err := regexp.Compile(r.Argument)
		want := r.Check == "pattern"
		return func(v []byte) bool { return re.Match(v) == want }, err
	case "not_suffix":
		end := []byte(r.Argument)
		return func(v []byte) bool { return !bytes.HasSuffix(v, end) }, nil
	case "one_of":
		values := strings.Split(strings.ToUpper(r.Argument), "|")
		return func(v []byte) bool { return slices.Contains(values, strings.ToUpper(string(v))) }, nil
	case "in_list":
		list, ok := all.lists[r.Argument]
		if !ok {
			return nil, fmt.Errorf("there is no list %q", r.Argument)
		}
		return func(v []byte) bool { return list[strings.ToUpper(string(v))] }, nil
	case "in_table":
		r.tables = strings.Split(r.Argument, "|")
		return nil, nil // by date: see lookUp
	case "integer":
		low, high, err := span(r.Argument)
		return func(v []byte) bool { n, err := strconv.Atoi(string(v)); return err == nil && low <= n && n <= high }, err
	case "number":
		return numberTest(r.Argument)
	case "money":
		return func(v []byte) bool { _, _, err := activity.ParseAmount(v); return err == nil }, nil
	case "plain":
		re := regexp.MustCompile(`^-?[0-9]*\.?[0-9]*$`)
		return func(v []byte) bool { return re.Match(v) }, nil
	case "zero":
		return func(v []byte) bool { n, _, err := activity.ParseAmount(v); return err == nil && n.IsZero() }, nil
	case "not_negative":
		return func(v []byte) bool { n, _, err := activity.ParseAmount(v); return err != nil || n.Sign() >= 0 }, nil
	case "not_between":
		return outsideTest(r.Argument)
	case "date":
		return func(v []byte) bool { _, ok := activity.ParseDate(v); return ok || activity.DateAbsent(v) }, nil
	case "financial_year":
		return yearTest(r.Argument)
	case "nhs_number":
		return validNHSNumber, nil
	}
	return nil, nil // required and blank need none
}

func span(text string) (low, high int, err error) {
	a, b, ok := strings.Cut(text, "-")
	low, err1 := strconv.Atoi(a)
	high, err2 := strconv.Atoi(b)
	if !ok || err1 != nil || err2 != nil || low > high {
		return 0, 0, fmt.Errorf("%q is no range: write 3-6", text)
	}
	return low, high, nil
}

// numberTest passes plain numbers of at most so many digits before and after the point.
func numberTest(text string) (func([]byte) bool, error) {
	a, b, ok := strings.Cut(text, ".")
	whole, err1 := strconv.Atoi(a)
	fraction, err2 := strconv.Atoi(b)
	if !ok || err1 != nil || err2 != nil {
		return nil, fmt.Errorf("%q is no size of a number: write 10.3", text)
	}
	re, err := regexp.Compile(fmt.Sprintf(`^-?0*([0-9]{0,%d})(\.([0-9]{0,%d})0*)?$`, whole, fraction))
	return func(v []byte) bool { return re.Match(v) && bytes.ContainsAny(v, "0123456789") }, err
}

func outsideTest(text string) (func([]byte) bool, error) {
	a, b, ok := strings.Cut(text, "-")
	low, _, err1 := activity.ParseAmount([]byte(a))
	high, _, err2 := activity.ParseAmount([]byte(b))
	if !ok || err1 != nil || err2 != nil {
		return nil, fmt.Errorf("%q is no range: write 0.9-1.4", text)
	}
	return func(v []byte) bool {
		n, _, err := activity.ParseAmount(v)
		return err != nil || n.Cmp(low) < 0 || n.Cmp(high) > 0
	}, nil
}

func yearTest(text string) (func([]byte) bool, error) {
	low, high, err := span(text)
	return func(v []byte) bool {
		year, ok := activity.FinancialYear(v)
		if !ok {
			return false
		}
		first, _ := strconv.Atoi(year[:4])
		return low <= first && first <= high
	}, err
}

// validNHSNumber tests the check digit: the digits weighed 10 to 2, modulo 11. A
// value that is not ten digits is no NHS number and passes.
func validNHSNumber(v []byte) bool {
	v = bytes.ReplaceAll(v, []byte(" "), nil)
	if len(v) != 10 {
		return true
	}
	sum := 0
	for i, c := range v {
		if c < '0' || c > '9' {
			return true
		}
		if i < 9 {
			sum += (10 - i) * int(c-'0')
		}
	}
	check := 11 - sum%11
	if check == 11 {
		check = 0
	}
	return check == int(v[9]-'0')
}

// product is the claim of a line check: a total is a count times a price, and
// perhaps something added, within so much for each of the count or a share of the total.
type product struct {
	total, count, price, plus string
	each, share               float64
}

// parseProduct reads "cost = activity_count x activity_unit_price + support_charge within 0.01 or 0.01%".
func parseProduct(text string) (product, error) {
	fault := fmt.Errorf("%q is no product: write total = count x price within 0.01 or 0.01%%, with + more before within where something is added", text)
	claim, tolerance, ok := strings.Cut(text, " within ")
	each, share, two := strings.Cut(tolerance, " or ")
	perUnit, err1 := strconv.ParseFloat(each, 64)
	percent, err2 := strconv.ParseFloat(strings.TrimSuffix(share, "%"), 64)
	if !ok || !two || err1 != nil || err2 != nil {
		return product{}, fault
	}
	total, rest, ok := strings.Cut(claim, "=")
	if !ok {
		return product{}, fault
	}
	count, rest, ok := strings.Cut(rest, " x ")
	if !ok {
		return product{}, fault
	}
	price, plus, _ := strings.Cut(rest, "+")
	p := product{strings.TrimSpace(total), strings.TrimSpace(count), strings.TrimSpace(price), strings.TrimSpace(plus), perUnit, percent / 100}
	for _, id := range []string{p.total, p.count, p.price, p.plus} {
		if _, ok := activity.FieldByID(id); id != "" && !ok {
			return p, fmt.Errorf("there is no field %q", id)
		}
	}
	return p, nil
}
