package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"remit/intake"
)

// changesOf compares the submission that the address names with the one that it
// asks for, or the last before it. The reader must be one who may see the rows of both.
func (s *Site) changesOf(r *http.Request) (*intake.Changes, error) {
	after, _, err := s.rowsOf(r)
	if err != nil {
		return nil, err
	}
	before := s.ledger.Previous(after)
	if since := r.URL.Query().Get("since"); since != "" {
		if before, err = s.ledger.Find(since); err != nil {
			before = nil
		}
	}
	if before == nil || !mayRows(asked(r), before) {
		return nil, &problem{http.StatusNotFound, "There is nothing to compare with", "There is nothing before it of the same provider, feed and year whose rows you may see.", "Open another submission."}
	}
	c, err := s.ledger.Changes(r.Context(), before, after)
	if errors.Is(err, intake.ErrNoComparison) {
		return nil, &problem{http.StatusNotFound, "These cannot be compared", sentence(err.Error()) + ".", "Pick two submissions of one provider, feed and year."}
	}
	return c, err
}

var changeWords = map[intake.Change]string{intake.Added: "Added", intake.Removed: "Removed", intake.Repriced: "Re-priced", intake.Recoded: "Re-coded"}

// submissionChanges shows what changed since the last submission.
func (s *Site) submissionChanges(w http.ResponseWriter, r *http.Request) error {
	c, err := s.changesOf(r)
	if err != nil {
		return err
	}
	rows, net := c.Net()
	v := view{Place: "/contracts", Page: "record", Trail: append(slices.Clone(submissionsTrail), link{c.After.Name, "/submissions/" + c.After.ID}),
		Title: fmt.Sprintf("%s since the last submission", plused(short(net))),
		Lead: fmt.Sprintf("%s holds %s rows and %s; %s held %s rows and %s: a difference of %s rows.", c.After.Name, thousands(int(c.After.Result.Rows)), short(c.After.Result.Money),
			c.Before.Name, thousands(int(c.Before.Result.Rows)), short(c.Before.Result.Money), plused(thousands(int(rows))))}
	v.add("parts", "What changed, by month", "The parts add up to the difference of the two totals.", partTable(c))
	most, err := changedTable(r, c)
	if err != nil {
		return err
	}
	text := ""
	if len(most.Rows) == mostRows {
		text = fmt.Sprintf("The %s with the most money; the download below has all.", thousands(mostRows))
	}
	v.add("rows", "Rows that changed", text, most)
	since := "?since=" + c.Before.ID
	v.Parts = append(v.Parts, section{ID: "more", Title: "More", Links: []link{{"Download every changed row (CSV)", "/submissions/" + c.After.ID + "/changes.csv" + since}, {"The submission before", "/submissions/" + c.Before.ID}}})
	return s.showWork(w, r, v)
}

// monthWord is the name of a month that is written as a number; blank for none.
func monthWord(text string) string {
	if n, err := strconv.Atoi(text); err == nil {
		return monthName(n)
	}
	return ""
}

// plused puts a plus before what is not negative.
func plused(text string) string {
	if strings.HasPrefix(text, "−") || strings.HasPrefix(text, "-") {
		return text
	}
	return "+" + text
}

func partTable(c *intake.Changes) *Table {
	t := &Table{Name: "parts", Caption: "Changes by kind and month", Columns: []Column{{Key: "change", Title: "Change", Filter: true}, {Key: "month", Title: "Month"}, {Key: "rows", Title: "Rows", Numeric: true}, {Key: "money", Title: "Difference (£)", Numeric: true}}}
	for _, p := range c.Parts {
		t.Rows = append(t.Rows, Row{say(changeWords[p.Change]), say(monthWord(p.Month)).or("Not told"), number(int(p.Rows)), pence(p.Money)})
	}
	return t
}

func changedTable(r *http.Request, c *intake.Changes) (*Table, error) {
	t := &Table{Name: "changed", Caption: "Rows that changed, the most money first", Search: true, Columns: []Column{{Key: "change", Title: "Change", Filter: true}, {Key: "month", Title: "Month", Filter: true}, {Key: "service_line", Title: "Service line"}, {Key: "pod", Title: "Point of delivery"}, {Key: "billed_to", Title: "Billed to"},
		{Key: "before", Title: "Before (£)", Numeric: true}, {Key: "after", Title: "After (£)", Numeric: true}, {Key: "difference", Title: "Difference (£)", Numeric: true}, {Key: "what", Title: "What changed"}, {Key: "row", Title: "Row", Numeric: true}}}
	err := c.Rows(r.Context(), mostRows, func(x *intake.ChangedRow) error {
		row, of := x.AfterRow, c.After
		if row == 0 {
			row, of = x.BeforeRow, c.Before
		}
		n := number(int(row))
		n.Href = fmt.Sprintf("/submissions/%s/rows/%d", of.ID, row)
		t.Rows = append(t.Rows, Row{say(changeWords[x.Change]), say(monthWord(x.Month)).or("Not told"), code(x.Service), code(x.POD), code(x.Commissioner), pence(x.Before), pence(x.After), pence(x.Money), say(x.What).or("Nothing else"), n})
		return nil
	})
	return t, err
}

// submissionChangedRows gives every row that changed as CSV.
func (s *Site) submissionChangedRows(w http.ResponseWriter, r *http.Request) error {
	c, err := s.changesOf(r)
	if err != nil {
		return err
	}
	if _, err := s.download(w, r, "changes.csv"); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", attachment(c.After.Name+".changes.csv"))
	return c.WriteCSV(r.Context(), w)
}
