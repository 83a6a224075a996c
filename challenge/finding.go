package challenge

import (
	"cmp"
	"slices"

	"remit/activity"
	"remit/calendar"
	"remit/register"
)

// Finding is a row that a rule challenges.
type Finding struct {
	Rule         string
	RowKey       string
	SourceRow    int
	Submission   string       // of the row; blank: that of the restatement
	Received     register.Day // when it came in; 0: when the restatement did
	Provider     string
	Commissioner string
	Feed         string
	Month        calendar.Month
	Money        activity.Amount
	Reason       string
	Remedy       string
}

// Summary is what one rule has found.
type Summary struct {
	Rule  string
	Rows  int
	Money activity.Amount
}

// Summarise adds findings up by rule, the most money first, and over all rules with
// each row counted once, for the most that any rule claims of it.
func Summarise(found []Finding) (byRule []Summary, all Summary) {
	rules := map[string]*Summary{}
	type row struct{ provider, feed, key string }
	most := map[row]activity.Amount{}
	for _, f := range found {
		if rules[f.Rule] == nil {
			rules[f.Rule] = &Summary{Rule: f.Rule}
		}
		s := rules[f.Rule]
		s.Rows, s.Money = s.Rows+1, s.Money.Add(f.Money)
		k := row{f.Provider, f.Feed, f.RowKey}
		if m, seen := most[k]; !seen || f.Money.Abs().Cmp(m.Abs()) > 0 {
			most[k] = f.Money
		}
	}
	for _, s := range rules {
		byRule = append(byRule, *s)
	}
	slices.SortFunc(byRule, func(a, b Summary) int { return cmp.Or(b.Money.Cmp(a.Money), cmp.Compare(a.Rule, b.Rule)) })
	all.Rows = len(most)
	for _, m := range most {
		all.Money = all.Money.Add(m)
	}
	return byRule, all
}
