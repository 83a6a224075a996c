package submission

import (
	"regexp"
	"strconv"
	"strings"

	"remit/activity"
	"remit/register"
)

// recognise tells a plan from the aggregate feed, whose columns it shares, by
// what was done: a plan has no actual price.
func recognise(header []string) (activity.Layout, error) {
	l, err := activity.Recognise(header)
	if err == nil && l.Dataset == activity.ACM && !l.Has("cost") && l.Has("planned_price") {
		return layoutFor(activity.IAP, header)
	}
	return l, err
}

func layoutFor(feed activity.Dataset, header []string) (activity.Layout, error) {
	return activity.LayoutFor(feed, header)
}

var (
	yearToken  = regexp.MustCompile(`^(?:20)?([0-9]{2})[-/]?([0-9]{2})$`)
	longYear   = regexp.MustCompile(`^(20[0-9]{2})[-/]?([0-9]{2})$`)
	monthToken = regexp.MustCompile(`^(?i:M|MTH|MONTH|P)0?([0-9]{1,2})$`)
)

// readFileName reads RJ1_PLCM_2627_M03_FLEX.csv in whatever order its parts come.
func readFileName(name string, pack *register.Pack) Heading {
	var h Heading
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name, _, _ = strings.Cut(name, ".")
	parts := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("_ -()[]", r) })
	for i, part := range parts {
		upper := strings.ToUpper(part)
		switch {
		case upper == "FLEX" || upper == "FREEZE":
			h.Kind, h.KindFrom = Kind(strings.ToLower(upper)), FromFileName
			continue
		case h.takeMonth(part):
			continue
		}
		if feed, err := activity.ParseFeed(part); err == nil && h.Feed == "" {
			h.Feed, h.FeedFrom = feed, FromFileName
			continue
		}
		if year, ok := yearOf(part); ok && h.Year == "" {
			h.Year, h.YearFrom = year, FromFileName
			continue
		}
		if i+1 < len(parts) && h.Year == "" { // 2025-26 was cut in two
			if year, ok := yearOf(part + parts[i+1]); ok && len(part) == 4 {
				h.Year, h.YearFrom = year, FromFileName
				continue
			}
		}
		if h.Provider == "" && isProvider(upper, pack) {
			h.Provider, h.ProviderFrom = upper, FromFileName
		}
	}
	return h
}

// takeMonth takes the month out of a part of a file name.
func (h *Heading) takeMonth(part string) bool {
	m := monthToken.FindStringSubmatch(part)
	if m == nil {
		return false
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n < 1 || n > 13 {
		return false
	}
	h.Months, h.MonthFrom = []int{n}, FromFileName
	return true
}

// yearOf reads 2627, 202627 or 2026/27: two consecutive years.
func yearOf(part string) (string, bool) {
	if m := longYear.FindStringSubmatch(part); m != nil && consecutive(m[1][2:], m[2]) {
		return m[1] + m[2], true
	}
	if m := yearToken.FindStringSubmatch(part); m != nil && len(part) <= 5 && consecutive(m[1], m[2]) {
		return "20" + m[1] + m[2], true
	}
	return "", false
}

func consecutive(a, b string) bool {
	x, err1 := strconv.Atoi(a)
	y, err2 := strconv.Atoi(b)
	return err1 == nil && err2 == nil && (x+1)%100 == y
}

func isProvider(code string, pack *register.Pack) bool {
	if pack == nil || len(code) < 3 || len(code) > 6 {
		return false
	}
	t := pack.Table("provider")
	return t != nil && t.FindEver(code, 0).Row != register.NoRow
}
