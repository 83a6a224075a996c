package submission

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"remit/activity"
	"remit/register"
)

// scope says what a rule looks at.
type scope int

const (
	ofField scope = iota // one value
	ofRow                // several values of one row
	ofFile               // the file when all rows are read
)

// compiled is a rule ready to be bound.
type compiled struct {
	scope scope
	form  bool // it is about how a value is written: many such in a row mean that its columns are shifted
	test  fieldTest
	dated bool // the answer depends on the day

	row  func(r *Rule) rowTest // of a row
	uses []string              // the other fields that a rule of a row reads
	file fileTest

	when []predicate
}

// fieldTest tells whether a value, which is not blank and has no spaces at its
// ends, is as the rule says.
type fieldTest func(value []byte, on register.Day, pack *register.Pack) bool

// blankTests are the kinds that look at blanks; all others pass them.
const (
	kindNeeded = "needed"
	kindBlank  = "blank"
)

func compile(r *Rule) (*compiled, error) {
	c := &compiled{}
	var err error
	if c.when, err = parseWhen(r.When); err != nil {
		return nil, err
	}
	switch make, rowKind, fileKind := fieldKinds[r.Kind], rowKinds[r.Kind], fileKinds[r.Kind]; {
	case make.test != nil:
		c.form, c.dated = make.form, make.dated
		c.test, err = make.test(r.Argument)
		if err == nil && r.Field == "" {
			err = &columnError{"field", "a rule of the kind " + r.Kind + " needs a field"}
		}
	case rowKind != nil:
		c.scope = ofRow
		err = rowKind(r, c)
	case fileKind != nil:
		c.scope = ofFile
		c.file, err = fileKind(r)
	default:
		err = &columnError{"kind", "there is no such kind: use one of " + strings.Join(Kinds(), ", ")}
	}
	if err == nil && c.scope == ofFile && len(c.when) > 0 {
		err = &columnError{"when", "a rule of the file as a whole has no rows to choose"}
	}
	return c, err
}

// Kinds are the kinds of condition, in order.
func Kinds() []string {
	var names []string
	for name := range fieldKinds {
		names = append(names, name)
	}
	for name := range rowKinds {
		names = append(names, name)
	}
	for name := range fileKinds {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

type fieldKind struct {
	test  func(argument string) (fieldTest, error)
	form  bool
	dated bool
}

var fieldKinds = map[string]fieldKind{
	kindNeeded:        {test: noArgument(nil)},
	kindBlank:         {test: noArgument(func([]byte) bool { return false })},
	"length":          {test: lengthKind, form: true},
	"pattern":         {test: patternKind, form: true},
	"one_of":          {test: listKind(true)},
	"not_one_of":      {test: listKind(false)},
	"not_ending":      {test: endingKind},
	"whole_number":    {test: wholeKind, form: true},
	"outside":         {test: outsideKind},
	"amount":          {test: amountKind, form: true},
	"plain_amount":    {test: plainAmountKind},
	"amount_size":     {test: amountSizeKind},
	"date":            {test: noArgument(func(b []byte) bool { _, ok := activity.ParseDate(b); return ok }), form: true},
	"date_layout":     {test: layoutKind(true)},
	"date_not_layout": {test: layoutKind(false)},
	"financial_year":  {test: noArgument(func(b []byte) bool { _, ok := activity.FinancialYear(b); return ok }), form: true},
	"table":           {test: tableKind, dated: true},
	"nhs_number":      {test: noArgument(validNHSNumber)},
	"clean_text":      {test: noArgument(cleanText)},
}

// noArgument is a kind that takes none. A nil test passes every value that is
// not blank.
func noArgument(test func([]byte) bool) func(string) (fieldTest, error) {
	return func(argument string) (fieldTest, error) {
		if argument != "" {
			return nil, fmt.Errorf("the kind takes no argument")
		}
		return func(b []byte, _ register.Day, _ *register.Pack) bool { return test == nil || test(b) }, nil
	}
}

func plain(test func([]byte) bool) fieldTest {
	return func(b []byte, _ register.Day, _ *register.Pack) bool { return test(b) }
}

// parseRange reads 3-6, -12 (at most 12), 3- (at least 3) or 6 (just 6).
func parseRange(s string) (low, high int, err error) {
	first, last, ranged := strings.Cut(s, "-")
	if !ranged {
		last = first
	}
	high = 1 << 30
	if first != "" {
		if low, err = strconv.Atoi(first); err != nil {
			return 0, 0, fmt.Errorf("it is not a range such as 3-6, -12 or 6")
		}
	}
	if last != "" {
		if high, err = strconv.Atoi(last); err != nil {
			return 0, 0, fmt.Errorf("it is not a range such as 3-6, -12 or 6")
		}
	}
	if low > high || s == "" || s == "-" {
		return 0, 0, fmt.Errorf("it is not a range such as 3-6, -12 or 6")
	}
	return low, high, nil
}

// lengthKind counts characters, not bytes: a name may have an accent.
func lengthKind(argument string) (fieldTest, error) {
	low, high, err := parseRange(argument)
	if err != nil {
		return nil, err
	}
	return plain(func(b []byte) bool {
		n := len(b)
		if n > high {
			n = utf8.RuneCount(b)
		}
		return low <= n && n <= high
	}), nil
}

func patternKind(argument string) (fieldTest, error) {
	if argument == "" {
		return nil, fmt.Errorf("a pattern is wanted")
	}
	re, err := regexp.Compile(argument)
	if err != nil {
		return nil, fmt.Errorf("the pattern is not written correctly: %w", err)
	}
	return plain(re.Match), nil
}

func listKind(in bool) func(string) (fieldTest, error) {
	return func(argument string) (fieldTest, error) {
		if argument == "" {
			return nil, fmt.Errorf("a list of values joined by | is wanted")
		}
		list := strings.Split(argument, "|")
		var first [256]bool // prices, which differ from row to row, begin like nothing in a list of words
		for _, item := range list {
			if item == "" {
				return nil, fmt.Errorf("a value of the list is blank")
			}
			first[upper(item[0])] = true
		}
		return plain(func(b []byte) bool {
			listed := first[upper(b[0])] && slices.ContainsFunc(list, func(item string) bool { return equalFold(b, item) })
			return listed == in
		}), nil
	}
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - ('a' - 'A')
	}
	return c
}

// equalFold compares codes without regard to the case of letters, which are ASCII.
func equalFold(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i, c := range b {
		if upper(c) != upper(s[i]) {
			return false
		}
	}
	return true
}

func endingKind(argument string) (fieldTest, error) {
	if argument == "" {
		return nil, fmt.Errorf("the ending is wanted")
	}
	return plain(func(b []byte) bool { return !bytes.HasSuffix(b, []byte(argument)) }), nil
}

func wholeKind(argument string) (fieldTest, error) {
	low, high, err := parseRange(argument)
	if err != nil {
		return nil, err
	}
	return plain(func(b []byte) bool {
		n, ok := whole(b)
		return ok && low <= n && n <= high
	}), nil
}

// whole reads digits alone, at most nine.
func whole(b []byte) (n int, ok bool) {
	if len(b) == 0 || len(b) > 9 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func parseDigits(s string) (before, after int, err error) {
	first, last, _ := strings.Cut(s, ".")
	before, err = strconv.Atoi(first)
	if err == nil && last != "" {
		after, err = strconv.Atoi(last)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("it is not digits such as 10.3")
	}
	return before, after, nil
}

// digitsFit tells whether b is digits, perhaps with a point and more digits, of
// no more than so many.
func digitsFit(b []byte, before, after int) bool {
	first, last, pointed := bytes.Cut(b, []byte("."))
	if len(first) > before || len(last) > after || len(first)+len(last) == 0 || pointed && len(last) == 0 {
		return false
	}
	return onlyDigits(first) && onlyDigits(last)
}

func onlyDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// outsideKind takes two amounts, 0.9 and 1.4: a value between them is a finding.
func outsideKind(argument string) (fieldTest, error) {
	words := strings.Fields(argument)
	if len(words) != 2 {
		return nil, fmt.Errorf("two numbers are wanted, the lower and the higher")
	}
	low, _, errLow := activity.ParseAmount([]byte(words[0]))
	high, _, errHigh := activity.ParseAmount([]byte(words[1]))
	if errLow != nil || errHigh != nil || low.Cmp(high) > 0 {
		return nil, fmt.Errorf("two numbers are wanted, the lower and the higher")
	}
	return plain(func(b []byte) bool {
		a, _, err := activity.ParseAmount(b)
		return err != nil || a.Cmp(low) < 0 || a.Cmp(high) > 0
	}), nil
}

// amountKind takes nothing, or the texts that another rule reports: except TBC|TBA.
func amountKind(argument string) (fieldTest, error) {
	except := map[string]bool{}
	if argument != "" {
		list, ok := strings.CutPrefix(argument, "except ")
		if !ok {
			return nil, fmt.Errorf("write except and the texts to leave to another rule, joined by |")
		}
		for item := range strings.SplitSeq(list, "|") {
			except[strings.ToUpper(item)] = true
		}
	}
	return plain(func(b []byte) bool {
		if _, _, err := activity.ParseAmount(b); err == nil || digitsFit(bytes.TrimPrefix(b, []byte("-")), 1<<30, 1<<30) {
			return true // a number with too many digits is for amount_size to report
		}
		return len(except) > 0 && except[string(bytes.ToUpper(b))]
	}), nil
}

// plainAmountKind passes what cannot be read: another rule reports that.
func plainAmountKind(argument string) (fieldTest, error) {
	if argument != "" {
		return nil, fmt.Errorf("the kind takes no argument")
	}
	return plain(func(b []byte) bool {
		if digitsFit(bytes.TrimPrefix(b, []byte("-")), 1<<30, 1<<30) {
			return true
		}
		_, _, err := activity.ParseAmount(b)
		return err != nil
	}), nil
}

// amountSizeKind tells digits that do not fit from text that is no number.
func amountSizeKind(argument string) (fieldTest, error) {
	before, after, err := parseDigits(argument)
	if err != nil {
		return nil, err
	}
	return plain(func(b []byte) bool {
		b = bytes.TrimPrefix(b, []byte("-"))
		return !digitsFit(b, 1<<30, 1<<30) || digitsFit(b, before, after)
	}), nil
}

func layoutKind(in bool) func(string) (fieldTest, error) {
	return func(argument string) (fieldTest, error) {
		wanted := strings.Split(argument, "|")
		for _, name := range wanted {
			if !slices.Contains(dateLayouts, name) {
				return nil, fmt.Errorf("%q is not a layout: use %s", name, strings.Join(dateLayouts, ", "))
			}
		}
		return plain(func(b []byte) bool {
			if _, readable := activity.ParseDate(b); in && !readable {
				return true // another rule speaks of what is no date
			}
			layout := dateLayout(b)
			return layout == "" || slices.Contains(wanted, layout) == in
		}), nil
	}
}

// tableKind takes names of tables of the reference pack joined by |, and codes
// that count as listed, each with an equals sign: sub_icb|icb|=VPP. Letters of
// any case count as their capitals.
func tableKind(argument string) (fieldTest, error) {
	var tables []string
	literal := map[string]bool{}
	for item := range strings.SplitSeq(argument, "|") {
		if code, ok := strings.CutPrefix(item, "="); ok {
			literal[code] = true
			continue
		}
		if register.Columns(item) == nil {
			return nil, fmt.Errorf("%q is not a table of the reference pack", item)
		}
		tables = append(tables, item)
	}
	return func(b []byte, on register.Day, pack *register.Pack) bool {
		code := string(bytes.ToUpper(b))
		if literal[code] {
			return true
		}
		asked := false
		for _, name := range tables {
			t := pack.Table(name)
			if t == nil {
				continue
			}
			asked = true
			found := t.FindEver(code, 0)
			if on != register.NoDay {
				found = t.Find(code, on, 0)
			}
			if found.Row != register.NoRow {
				return true
			}
		}
		return !asked // a pack without the tables cannot refuse anything
	}, nil
}

// validNHSNumber tests the tenth digit, which is 11 less the sum of the others
// times 10 to 2, modulo 11. Spaces in the usual places are let through.
func validNHSNumber(b []byte) bool {
	var digits [10]int
	n := 0
	for _, c := range b {
		switch {
		case c == ' ' || c == '-':
		case c < '0' || c > '9' || n == len(digits):
			return false
		default:
			digits[n] = int(c - '0')
			n++
		}
	}
	if n != len(digits) {
		return false
	}
	sum, same := 0, true
	for i, d := range digits[:9] {
		sum += d * (10 - i)
		same = same && d == digits[0]
	}
	check := 11 - sum%11
	return check%11 == digits[9] && check != 10 && !(same && digits[9] == digits[0])
}

// cleanText is text in UTF-8 without control characters, replacement marks
// and blanks of web pages, and without letters that were encoded twice.
func cleanText(b []byte) bool {
	plain := true
	for _, c := range b {
		if c < ' ' || c > '~' {
			plain = false
			break
		}
	}
	if plain {
		return true
	}
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError, r < ' ' && r != '\t', r >= 0x7F && r < 0xA0, r == '\u00A0', r == '\u200B', r == '\uFEFF':
			return false
		case (r == 'Â' || r == 'Ã') && len(b) > n && b[n] >= 0xC2: // the second half of a pair, encoded again
			if next, _ := utf8.DecodeRune(b[n:]); next < 0xC0 {
				return false
			}
		}
		b = b[n:]
	}
	return true
}
