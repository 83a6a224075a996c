package submission

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"remit/activity"
	"remit/register"
)

func recognise(header []string) (activity.Layout, error) {
	if feed := planOrPrices(header); feed != "" {
		return activity.LayoutFor(feed, header)
	}
	return activity.Recognise(header)
}

func layoutFor(feed activity.Dataset, header []string) (activity.Layout, error) {
	if feed == "" {
		return recognise(header)
	}
	return activity.LayoutFor(feed, header)
}

// planOrPrices tells the two feeds that are no activity: a local price report has
// a local price, a plan has planned amounts and no actual ones.
func planOrPrices(header []string) activity.Dataset {
	has := map[string]bool{}
	for _, column := range header {
		if id, ok := activity.FieldOf(column); ok {
			has[id] = true
		}
	}
	planned := has["planned_activity"] || has["planned_price"]
	actual := has["activity_count"] || has["cost"] || has["actual_mff"]
	switch {
	case has["local_price"] && !planned && !actual:
		return activity.LPR
	case planned && !actual:
		return activity.IAP
	}
	return ""
}

// versionNames are column names that only one version of the standards has.
var versionNames = map[string]int{
	"GENERAL MEDICAL PRACTICE CODE (PATIENT REGISTRATION)":   1,
	"PROVIDER REFERENCE NUMBER":                              1,
	"HOSPITAL PROVIDER SPELL NUMBER":                         1,
	"ATTENDANCE IDENTIFIER":                                  1,
	"EMERGENCY CARE ATTENDANCE IDENTIFIER":                   1,
	"HIGH COST TARIFF EXCLUDED DRUG CODE (SNOMED CT DM+D)":   1,
	"HIGH COST TARIFF EXCLUDED DEVICE CODE (SNOMED CT DM+D)": 1,
	"ROUTE OF ADMINISTRATION (SNOMED CT DM+D)":               1,
	"UNIT OF MEASUREMENT (SNOMED CT DM+D)":                   1,
	"HOME DELIVERY CHARGE":                                   1,
	"REPORTING TYPE INDICATOR":                               1,
	"GENERAL MEDICAL PRACTICE (PATIENT REGISTRATION)":        2,
	"PROVIDER REFERENCE IDENTIFIER":                          2,
	"HOSPITAL PROVIDER SPELL IDENTIFIER":                     2,
	"OUTPATIENT ATTENDANCE IDENTIFIER":                       2,
	"URGENT AND EMERGENCY CARE ACTIVITY IDENTIFIER":          2,
	"HIGH COST TARIFF EXCLUDED DRUG CODE (DM+D)":             2,
	"ROUTE OF ADMINISTRATION (SNOMED CT)":                    2,
	"UNIT OF MEASUREMENT (DM+D)":                             2,
	"COMMISSIONER SUPPORT CHARGE":                            2,
}

// versionOf counts the names of each version: files mix them.
func versionOf(header []string) int {
	var count [3]int
	for _, column := range header {
		count[versionNames[activity.Normalise(column)]]++
	}
	switch {
	case count[1] > count[2]:
		return 1
	case count[2] > count[1]:
		return 2
	}
	return 0
}

func readFileName(name string, pack *register.Pack) Heading {
	var h Heading
	for _, word := range fileNameWords(name) {
		h.readWord(word, pack)
	}
	return h
}

// fileNameWords are the parts of the name between marks, in upper case. A year
// written 2026-27 comes apart in two, which are put together again.
func fileNameWords(name string) []string {
	name = strings.ToUpper(path.Base(strings.ReplaceAll(name, `\`, "/")))
	words := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("_ -.()[]+,", r) })
	for i := 0; i+1 < len(words); i++ {
		if len(words[i+1]) != 2 || len(words[i]) != 4 && len(words[i]) != 2 {
			continue
		}
		if _, ok := activity.FinancialYear(words[i] + "/" + words[i+1]); ok {
			words[i] += "/" + words[i+1]
			words = slices.Delete(words, i+1, i+2)
		}
	}
	return words
}

func (h *Heading) readWord(word string, pack *register.Pack) {
	if h.Feed == "" {
		if feed, ok := feedWord(word); ok {
			h.Feed, h.FeedFrom = feed, FromFileName
			return
		}
	}
	if h.Kind == Unstated {
		if kind := kindOf(word); kind != Unstated {
			h.Kind, h.KindFrom = kind, FromFileName
			return
		}
	}
	if h.Year == "" {
		if year, ok := activity.FinancialYear(strings.TrimPrefix(word, "FY")); ok {
			h.Year, h.YearFrom = year, FromFileName
			return
		}
	}
	if len(h.Months) == 0 {
		if month, ok := monthWord(word); ok {
			h.Months, h.MonthFrom = []int{month}, FromFileName
			return
		}
	}
	if h.Provider == "" && pack != nil && isProvider(pack, word) {
		h.Provider, h.ProviderFrom = word, FromFileName
	}
}

// feedWord takes the names of the standards alone: OP, EC and the like are
// common letters in a file name.
func feedWord(word string) (activity.Dataset, bool) {
	for _, feed := range []activity.Dataset{activity.ACM, activity.PLCM, activity.DrPLCM, activity.DePLCM, activity.IAP, activity.LPR} {
		if strings.EqualFold(word, string(feed)) {
			return feed, true
		}
	}
	return "", false
}

// kindOf reads flex or freeze in the words that are met for them.
func kindOf(text string) Kind {
	switch strings.ToUpper(strings.TrimSpace(text)) {
	case "FLEX", "FLX", "FIRST RECONCILIATION":
		return Flex
	case "FREEZE", "FRZ", "FROZEN", "FINAL RECONCILIATION":
		return Freeze
	}
	return Unstated
}

func monthWord(word string) (int, bool) {
	for _, before := range []string{"MONTH", "MTH", "M"} {
		digits, ok := strings.CutPrefix(word, before)
		if !ok {
			continue
		}
		if month, ok := activity.FinancialMonth(digits); ok {
			n, _ := strconv.Atoi(month)
			return n, true
		}
	}
	return 0, false
}

func isProvider(pack *register.Pack, code string) bool {
	t := pack.Table("provider")
	return t != nil && t.FindEver(code, 0).Row != register.NoRow
}
