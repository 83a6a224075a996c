package web

import (
	"fmt"
	"net/http"
	"strings"

	"remit/activity"
	"remit/intake"
	"remit/price"
)

// localWords say how a row without a national price stands to the report.
var localWords = map[price.LocalOutcome]string{
	price.LocalAgrees: "As in the local price report", price.LocalDiffers: "Differs from the local price report",
	price.LocalNotListed: "Not in the local price report", price.LocalNoReport: "No local price report",
}

var localOrder = []price.LocalOutcome{price.LocalDiffers, price.LocalNotListed, price.LocalNoReport, price.LocalAgrees}

// addLocal tells how the rows of a provider's year that have no national price
// stand to its local price report.
func (s *Site) addLocal(v *view, r *http.Request, view0 *intake.View, provider, year string) error {
	if s.prices == nil {
		return nil
	}
	sums, err := view0.LocalSums(r.Context(), provider, year, basisOf(r), s.prices)
	if err != nil {
		return err
	}
	text := "Rows without a national price are held to what the provider said its local prices are: activity times the local price, within " + s.prices.LocalTolerance(year).Says() + "."
	if sums.Report.Submission == nil {
		text = "The provider has sent no local price report for the year, so that rows without a national price cannot be held to one. Load it as any submission."
	}
	v.add("local", "Local prices", text, localSumTable(sums))
	if t := localTable(asked(r), sums); len(t.Rows) > 0 {
		v.add("local-rows", "Local prices that differ or are not in the report", "The largest differences first. Rows that are alike in all that a local price depends on, in activity and in money, are one line.", t)
	}
	return nil
}

func localSumTable(sums *intake.LocalSums) *Table {
	t := &Table{Name: "local", Caption: "Rows without a national price", Columns: []Column{{Key: "outcome", Title: "Held to the report"}, {Key: "rows", Title: "Rows", Numeric: true},
		{Key: "money", Title: "As billed (£)", Numeric: true}, {Key: "expected", Title: "Expected (£)", Numeric: true}, {Key: "difference", Title: "Billed less expected (£)", Numeric: true}}}
	for _, o := range localOrder {
		x := sums.By[o]
		if x == nil {
			continue
		}
		row := Row{{Text: localWords[o], Value: string(o)}, number(int(x.Rows)), pence(x.Money), pence(x.Expected), pence(x.Difference)}
		if o == price.LocalNotListed || o == price.LocalNoReport {
			row[3], row[4] = Cell{Lacks: "Not known"}, Cell{Lacks: "Not known"}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// localTable lists what differs, of the submissions whose rows the reader may see.
func localTable(a *Asked, sums *intake.LocalSums) *Table {
	t := &Table{Name: "local-rows", Caption: "Local prices that differ or are not in the report", Search: true, Columns: []Column{{Key: "row", Title: "Row"}, {Key: "pod", Title: "Point of delivery", Filter: true}, {Key: "tariff", Title: "Tariff code"},
		{Key: "line", Title: "Service line"}, {Key: "outcome", Title: "Held to the report", Filter: true}, {Key: "rows", Title: "Rows like it", Numeric: true}, {Key: "activity", Title: "Activity", Numeric: true}, {Key: "cost", Title: "As billed (£)", Numeric: true},
		{Key: "price", Title: "Local price (£)", Numeric: true}, {Key: "expected", Title: "Expected (£)", Numeric: true}, {Key: "difference", Title: "Difference of all (£)", Numeric: true}}}
	for _, x := range sums.Worst {
		if x.Verdict.Outcome == price.LocalNoReport || !mayRows(a, x.Submission) {
			continue
		}
		row := Row{to(fmt.Sprintf("Row %d", x.Row), fmt.Sprintf("/submissions/%s/rows/%d", x.Submission.ID, x.Row)), code(x.Line.POD), code(x.Line.Tariff).or("Blank"), lineCell(a, x.Line.Service),
			{Text: localWords[x.Verdict.Outcome], Value: string(x.Verdict.Outcome)}, number(int(x.Rows)), {Text: x.Line.Count.String()}, pence(x.Line.Cost), pence(x.Verdict.Price), pence(x.Verdict.Expected), pence(x.Difference)}
		if x.Verdict.Outcome == price.LocalNotListed {
			row[8], row[9], row[10] = Cell{Lacks: "Not listed"}, Cell{Lacks: "Not known"}, Cell{Lacks: "Not known"}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// localPart is the working of the test of a row by the local price report; nil
// where the row has a national price.
func (s *Site) localPart(r *http.Request, view0 *intake.View, rec *intake.Record) (*section, error) {
	if s.prices == nil {
		return nil, nil
	}
	v, report, held, err := view0.LocalVerdict(r.Context(), rec, s.prices)
	if err != nil || !held {
		return nil, err
	}
	part := &section{ID: "local", Title: "Local price: " + strings.ToLower(localWords[v.Outcome][:1]) + localWords[v.Outcome][1:]}
	part.Text = "The row has no national price, so what was billed is held to the local price report of the provider for the year."
	if report.Submission != nil {
		part.Links = []link{{"The report: " + report.Submission.Name, "/submissions/" + report.Submission.ID}}
	}
	if v.Outcome != price.LocalAgrees && v.Outcome != price.LocalDiffers {
		return part, nil
	}
	t := &Table{Name: "local", Caption: "The test of the local price", Columns: []Column{{Key: "step", Title: "Step"}, {Key: "says", Title: "What"}, {Key: "value", Title: "Value (£)", Numeric: true}}}
	from := report.Submission.Name + ", " + v.Place
	if v.Others > 0 {
		from += fmt.Sprintf("; the report has %d more for just the same, and this comes nearest", v.Others)
	}
	within := s.prices.LocalTolerance(rec.Values["row_year"])
	units, _, _ := activity.ParseAmount([]byte(rec.Values["units"])) // a decimal of the file of rows
	t.Rows = []Row{
		{say("Local price"), say(from), pence(v.Price)},
		{say("Expected"), say(units.String() + " of activity times the local price"), pence(v.Expected)},
		{say("As billed"), say("as submitted"), pence(v.Expected.Add(v.Difference))},
		{say("Difference"), say("billed less expected"), pence(v.Difference)},
		{say("Tolerance"), say(within.Says()), pence(v.Tolerance)},
	}
	part.Table = t
	return part, nil
}
