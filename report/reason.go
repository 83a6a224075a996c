package report

import (
	_ "embed"
	"strings"
	"sync"

	"remit/assign"
	"remit/method"
)

// reasonsText says why the chart and the national tool commonly part. The first
// row that fits is the reason. A star at the end of a pattern stands for
// anything; a bar separates alternatives. The defects are those published of
// the tool, numbered as its method file numbers them.
//
//go:embed reasons.csv
var reasonsText string

type reason struct {
	end, box, outcome, payers string
	Defects                   []string
	Says                      string
}

var reasons = sync.OnceValue(func() []reason {
	var list []reason
	for _, r := range ownTable(reasonsText) {
		n := reason{end: r[0], box: r[1], outcome: r[2], payers: r[3], Says: r[5]}
		if r[4] != "" {
			n.Defects = strings.Split(r[4], ", ")
		}
		list = append(list, n)
	}
	return list
})

// reasonFor is the first reason that fits a difference between the chart and
// the tool, or nil.
func reasonFor(d difference) *reason {
	for i, r := range reasons() {
		if fits(r.end, d.chart.end) && fits(r.box, d.chart.box) && fits(r.outcome, d.tool.end) &&
			(r.payers == "any" || (r.payers == "same") == d.samePayer) {
			return &reasons()[i]
		}
	}
	return nil
}

func fits(pattern, text string) bool {
	for p := range strings.SplitSeq(pattern, "|") {
		if start, open := strings.CutSuffix(p, "*"); p == text || open && strings.HasPrefix(text, start) {
			return true
		}
	}
	return false
}

// way is how one method came to its answer, without the payer's code.
type way struct{ end, box, category string }

func wayOf(s *assign.Side) way {
	box := lastBox(s.Trace)
	if strings.HasPrefix(s.Trace, "A&E-1") {
		box = s.Trace // its J is not the chart's other J
	}
	return way{withoutPayer(s.Outcome, s.Commissioner), box, s.Category}
}

// withoutPayer takes the payer's code out of an outcome such as 72Q_C_5_1.
func withoutPayer(outcome, payer string) string {
	if payer == "" {
		return outcome
	}
	return strings.TrimPrefix(outcome, payer+"_")
}

func lastBox(trace string) string { return trace[strings.LastIndexByte(trace, '>')+1:] }

// difference is a way in which two methods part. chart and tool are what the
// reasons are found by; ours and theirs what the table shows.
type difference struct {
	ours, theirs, chart, tool way
	samePayer                 bool
}

// CommonReason is why the chart and the national tool commonly part as they do
// for a record, with the tool's published defects; blank where no reason is
// known, or the methods are not a chart and the tool.
func CommonReason(a, b *method.Method, x, y *assign.Explanation) string {
	samePayer := x.Payer == y.Payer
	if a.Kind == b.Kind || x.Override != "" || samePayer && x.Category == y.Category {
		return ""
	}
	if a.Kind == "tool" {
		x, y = y, x
	}
	side := func(x *assign.Explanation) way {
		return wayOf(&assign.Side{Commissioner: x.Payer, Category: x.Category, Outcome: x.Outcome, Trace: x.Trace})
	}
	r := reasonFor(difference{chart: side(x), tool: side(y), samePayer: samePayer})
	if r == nil {
		return ""
	}
	if r.Defects == nil {
		return r.Says
	}
	return r.Says + " (" + strings.Join(r.Defects, ", ") + ")"
}
