package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"remit/activity"
	"remit/intake"
	"remit/store"
	"remit/submission"
)

// contracts is the first page of contract monitoring: what is billed to the wrong
// body, then each provider's contract.
func (s *Site) contracts(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	view0, where, err := s.contractView(r)
	if err != nil {
		return err
	}
	basis := intake.On(basisOf(r))
	where = append(where, basis)
	v := view{Page: "record", Place: "/contracts", Undated: true, Title: "Contracts"}
	totals, err := view0.Totals(r.Context(), []intake.Dimension{intake.Provider, intake.Year, intake.Agreement}, where...)
	if err != nil {
		return err
	}
	if len(totals) == 0 {
		v.Lead = "Nothing has been taken in yet on this basis. Load what a provider sent, or use remit submit on the command line."
		v.Parts = append(v.Parts, section{ID: "load", Links: append(loadLink(a), link{"All submissions", "/submissions"})})
		v.Parts = append(v.Parts, section{ID: "bases", Title: "Other bases", Links: basisLinks(r)})
		return s.showWork(w, r, v)
	}
	all, wrong := sums(totals)
	v.Title = fmt.Sprintf("%s of %s is billed to another body than the one that pays", short(wrong.Money), short(all.Money))
	v.Lead = fmt.Sprintf("%s of %s rows of %s, in the submissions that count: for each month the latest freeze, else the latest flex.", thousands(int(wrong.Rows)), thousands(int(all.Rows)), feedWords[basisOf(r)])
	bodies, err := view0.WrongBodies(r.Context(), where...)
	if err != nil {
		return err
	}
	v.add("wrong", "Billed to the wrong body", "The body that pays is worked out row by row, by the method and reference data that each submission names.", wrongTable(a, bodies, true))
	v.add("contracts", "Each provider's contract", "", contractTable(a, totals))
	v.Parts = append(v.Parts, section{ID: "more", Title: "More", Links: slices.Concat(loadLink(a), []link{{"All submissions", "/submissions"}, {"Challenges", "/challenges"}, {"What if", "/what-if"}, {"Flows from commissioners to providers", "/flows"}, {"Equity of access", "/equity"}}, basisLinks(r))})
	return s.showWork(w, r, v)
}

// loadLink leads those who may load a file to the form for it.
func loadLink(a *Asked) []link {
	if !a.Account.Has(store.Editor) {
		return nil
	}
	return []link{{"Load a file", "/submissions/new"}}
}

// priceNotes says where prices are made up.
func (s *Site) priceNotes() []string {
	var notes []string
	for _, set := range s.prices.Sets() {
		if set.Synthetic {
			notes = append(notes, "The prices of "+set.Name+" ("+set.Year+") are made up: they are not those of the NHS Payment Scheme.")
		}
	}
	return notes
}

// sums adds totals whose last key is the agreement.
func sums(totals []intake.Total) (all, wrong intake.Total) {
	for _, t := range totals {
		all.Rows, all.Money = all.Rows+t.Rows, all.Money.Add(t.Money)
		if t.Keys[len(t.Keys)-1] == "payer_differs" {
			wrong.Rows, wrong.Money = wrong.Rows+t.Rows, wrong.Money.Add(t.Money)
		}
	}
	return all, wrong
}

// pounds is a cell of money, in pounds.
func pounds(m activity.Amount) Cell {
	text := m.Pounds()
	whole, _, _ := strings.Cut(text, ".")
	return Cell{Text: strings.Replace(whole, "-", "−", 1), Value: m.String()}
}

// pence is a cell of money to the penny.
func pence(m activity.Amount) Cell {
	return Cell{Text: strings.Replace(m.Pounds(), "-", "−", 1), Value: m.String()}
}

// short writes money in a sentence: £1.24m.
func short(m activity.Amount) string {
	n, err := strconv.ParseFloat(m.String(), 64)
	if err != nil {
		return "£" + m.Pounds()
	}
	sign := ""
	if n < 0 {
		sign, n = "−", -n
	}
	switch {
	case n >= 999_500_000:
		return fmt.Sprintf("%s£%.2fbn", sign, n/1e9)
	case n >= 999_500:
		return fmt.Sprintf("%s£%.2fm", sign, n/1e6)
	case n >= 10_000:
		return fmt.Sprintf("%s£%.0fk", sign, n/1e3)
	}
	return sign + "£" + thousands(int(n+0.5))
}

func wrongTable(a *Asked, list []intake.WrongBody, provider bool) *Table {
	t := &Table{Name: "wrong", Caption: "What is billed to another body than the one that pays", Search: true, Most: fewRows, Empty: "Every row is billed to the body that pays."}
	if provider {
		t.Columns = append(t.Columns, Column{Key: "provider", Title: "Provider", Filter: true, Wide: true})
	}
	t.Columns = append(t.Columns, Column{Key: "service_line", Title: "Service line", Wide: true}, Column{Key: "billed_to", Title: "Billed to", Wide: true}, Column{Key: "pays", Title: "Pays", Wide: true},
		Column{Key: "rows", Title: "Rows", Numeric: true}, Column{Key: "money", Title: "Money (£)", Numeric: true}, Column{Key: "warnings", Title: "Warnings"})
	for _, b := range list {
		var row Row
		if provider {
			row = append(row, bodyCell(a, b.Provider))
		}
		t.Rows = append(t.Rows, append(row, lineCell(a, b.ServiceCode), bodyCell(a, b.Submitted).or("Not said"), bodyCell(a, b.Assigned).or("Not found"), number(int(b.Rows)), pounds(b.Money), say(strings.ReplaceAll(b.Warnings, "|", ", ")).or("None")))
	}
	return t
}

func bodyCell(a *Asked, org string) Cell {
	if org == "" {
		return Cell{}
	}
	name := a.Register.Name(org, a.On)
	if name == org {
		return Cell{Text: org, Code: true}
	}
	return Cell{Text: name, Value: org, More: org, Href: a.To("/organisations/" + url.PathEscape(org))}
}

func lineCell(a *Asked, line string) Cell {
	if line == "" {
		return Cell{Lacks: "Not said"}
	}
	row, ok := a.Register.at("service_line", line, a.On)
	if !ok {
		return Cell{Text: line, Code: true}
	}
	return Cell{Text: line, Code: true, More: row.Get("title"), Href: a.To("/lines/" + url.PathEscape(line))}
}

func contractTable(a *Asked, totals []intake.Total) *Table {
	type standing struct{ all, wrong intake.Total }
	at := map[[2]string]*standing{}
	var order [][2]string
	for _, t := range totals {
		k := [2]string{t.Keys[0], t.Keys[1]}
		if at[k] == nil {
			at[k] = &standing{}
			order = append(order, k)
		}
		all, wrong := sums([]intake.Total{t})
		x := at[k]
		x.all.Rows, x.all.Money = x.all.Rows+all.Rows, x.all.Money.Add(all.Money)
		x.wrong.Rows, x.wrong.Money = x.wrong.Rows+wrong.Rows, x.wrong.Money.Add(wrong.Money)
	}
	slices.SortStableFunc(order, func(x, y [2]string) int { return at[y].all.Money.Cmp(at[x].all.Money) })
	t := &Table{Name: "contracts", Caption: "Contracts with rows that count", Search: true, Columns: []Column{{Key: "provider", Title: "Provider"}, {Key: "year", Title: "Year", Filter: true}, {Key: "rows", Title: "Rows", Numeric: true},
		{Key: "money", Title: "As billed (£)", Numeric: true}, {Key: "wrong", Title: "To the wrong body (£)", Numeric: true}, {Key: "share", Title: "Share of it", Numeric: true}}}
	for _, k := range order {
		x := at[k]
		cell := bodyCell(a, k[0])
		cell.Href = contractAddress(k[0], k[1])
		t.Rows = append(t.Rows, Row{cell, say(yearText(k[1])), number(int(x.all.Rows)), pounds(x.all.Money), pounds(x.wrong.Money), percent(x.wrong.Money, x.all.Money)})
	}
	return t
}

// percent is a share as a cell, with its denominator in the column's title.
func percent(part, all activity.Amount) Cell {
	p, err1 := strconv.ParseFloat(part.String(), 64)
	n, err2 := strconv.ParseFloat(all.String(), 64)
	if err1 != nil || err2 != nil || n == 0 {
		return Cell{Lacks: "Not applicable"}
	}
	return Cell{Text: fmt.Sprintf("%.1f%%", 100*p/n), Value: fmt.Sprintf("%.6f", p/n)}
}

// providerContract is the page of one provider's contract in a year.
func (s *Site) providerContract(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	provider, year := strings.ToUpper(r.PathValue("provider")), yearKey(r.PathValue("year"))
	view0, where, err := s.contractView(r)
	if err != nil {
		return err
	}
	if !mayProvider(a, provider) {
		return &problem{http.StatusForbidden, "This contract is another provider's", "People of a provider see that provider's contracts alone.", "The page about contracts lists yours."}
	}
	if year == "" {
		years := view0.Arrivals(provider, "")
		if len(years) == 0 {
			return &problem{http.StatusNotFound, "Nothing came from " + provider, "No submission of this provider counts.", "The page about contracts lists what came."}
		}
		return seeOther(w, r, contractAddress(provider, years[len(years)-1].Year))
	}
	arrivals := view0.Arrivals(provider, year)
	if len(arrivals) == 0 {
		return &problem{http.StatusNotFound, "Nothing came from " + provider + " for " + yearText(year), "No submission of this provider and year counts.", "The page about contracts lists what came."}
	}
	where = append(where, intake.Is(intake.Provider, provider), intake.Is(intake.Year, year))
	v, err := s.contractParts(r, view0, where, arrivals, provider, year)
	if err != nil {
		return err
	}
	v.Title, v.Notes = fmt.Sprintf("%s, %s", a.Register.Name(provider, a.On), yearText(year)), s.priceNotes()
	return s.showWork(w, r, v)
}

func (s *Site) contractParts(r *http.Request, view0 *intake.View, where []intake.Where, arrivals []intake.Arrival, provider, year string) (view, error) {
	a, ctx := asked(r), r.Context()
	v := view{Page: "record", Place: "/contracts", Undated: true, Trail: []link{{"Contracts", "/contracts"}}}
	on := append(slices.Clone(where), intake.On(basisOf(r)))
	totals, err := view0.Totals(ctx, []intake.Dimension{intake.Agreement}, on...)
	if err != nil {
		return v, err
	}
	all, wrong := sums(totals)
	v.Lead = fmt.Sprintf("%s billed by %s, %s of it to another body than the one that pays.", short(all.Money), feedWords[basisOf(r)], short(wrong.Money))
	v.add("arrived", "What came", "The submission that counts for each month: the latest freeze, else the latest flex.", arrivalTable(arrivals))
	bodies, err := view0.WrongBodies(ctx, on...)
	if err != nil {
		return v, err
	}
	v.add("wrong", "Billed to the wrong body", "", wrongTable(a, bodies, false))
	standing, err := s.standingOf(r, view0, where, provider, year)
	if err != nil {
		return v, err
	}
	if err := s.addStanding(&v, r, standing); err != nil {
		return v, err
	}
	months, err := monthTable(ctx, view0, where)
	if err != nil {
		return v, err
	}
	v.Parts = append(v.Parts, section{ID: "months", Title: "Plan and actual by month", Graph: standing.monthGraph(),
		Text: "The plan is the activity plan as submitted; the actual is the aggregate feed, beside what the patient-level feeds say. Nothing came is not the same as nothing was done.", Table: months})
	if err := s.addSettlement(&v, r, view0, provider, year); err != nil {
		return v, err
	}
	if err := s.addChallenges(&v, r, provider, year); err != nil {
		return v, err
	}
	if err := s.addLocal(&v, r, view0, provider, year); err != nil {
		return v, err
	}
	for _, cut := range []struct {
		name, title string
		by          intake.Dimension
		cell        func(*Asked, string) Cell
	}{
		{"lines", "Service lines", intake.ServiceCode, lineCell}, {"payers", "Who pays", intake.AssignedCommissioner, bodyCell},
		{"pods", "Points of delivery", intake.POD, func(_ *Asked, c string) Cell { return code(c) }}, {"elements", "Contract elements", intake.Element, func(_ *Asked, c string) Cell { return say(strings.ReplaceAll(c, "_", " ")) }},
	} {
		t, err := cutTable(ctx, a, view0, cut.name, cut.title, cut.by, cut.cell, on)
		if err != nil {
			return v, err
		}
		v.add(cut.name, cut.title, "", t)
	}
	v.Parts = append(v.Parts, section{ID: "more", Title: "More", Links: []link{{"Reconciliation identities", contractAddress(provider, year) + "/identities"}}})
	v.Parts = append(v.Parts, section{ID: "bases", Title: "The same by other data", Links: basisLinks(r)})
	return v, nil
}

// arrivalTable lists what counts of each feed, month by month.
func arrivalTable(list []intake.Arrival) *Table {
	t := &Table{Name: "arrived", Caption: "Submissions that count", Columns: []Column{{Key: "feed", Title: "Feed", Filter: true}, {Key: "months", Title: "Months"}, {Key: "kind", Title: "Kind"}, {Key: "submission", Title: "Submission"}, {Key: "loaded", Title: "Taken in"}, {Key: "findings", Title: "Findings", Numeric: true}}}
	type key struct {
		feed activity.Dataset
		id   string
	}
	months := map[key][]int{}
	var order []key
	subs := map[string]*intake.Submission{}
	for _, x := range list {
		k := key{x.Feed, x.Submission.ID}
		if months[k] == nil {
			order = append(order, k)
		}
		if n := months[k]; len(n) == 0 || n[len(n)-1] != x.Month {
			months[k] = append(months[k], x.Month)
		}
		subs[x.Submission.ID] = x.Submission
	}
	for _, k := range order {
		sub := subs[k.id]
		t.Rows = append(t.Rows, Row{say(string(k.feed)), say(monthList(months[k])), say(string(sub.Heading().Kind)).or("Not said"), to(sub.Name, "/submissions/"+sub.ID), momentCell(sub.LoadedAt), number(len(sub.Result.Findings))})
	}
	return t
}

// monthNames are the months of a financial year.
var monthNames = []string{"Whole year", "April", "May", "June", "July", "August", "September", "October", "November", "December", "January", "February", "March", "After the year"}

func monthName(m int) string {
	if m < 0 || m >= len(monthNames) {
		return "Not known"
	}
	return monthNames[m]
}

func monthList(months []int) string {
	slices.Sort(months)
	months = slices.Compact(months)
	if n := len(months); n > 2 && months[n-1]-months[0] == n-1 {
		return monthName(months[0]) + " to " + monthName(months[n-1])
	}
	var names []string
	for _, m := range months {
		names = append(names, monthName(m))
	}
	return strings.Join(names, ", ")
}

// monthTable sets plan and actual beside each other.
func monthTable(ctx context.Context, view0 *intake.View, where []intake.Where) (*Table, error) {
	t := &Table{Name: "months", Caption: "Plan and actual by month", Columns: []Column{{Key: "month", Title: "Month"}, {Key: "plan", Title: "Plan (£)", Numeric: true}, {Key: "aggregate", Title: "Actual (£)", Numeric: true},
		{Key: "variance", Title: "Actual less plan (£)", Numeric: true}, {Key: "patient", Title: "Patient level (£)", Numeric: true}, {Key: "difference", Title: "Aggregate less patient level (£)", Numeric: true}}}
	sum := map[intake.Basis]map[int]activity.Amount{}
	for _, b := range []intake.Basis{intake.Planned, intake.Aggregate, intake.Patient} {
		totals, err := view0.Totals(ctx, []intake.Dimension{intake.Month}, append(slices.Clone(where), intake.On(b))...)
		if err != nil {
			return nil, err
		}
		sum[b] = map[int]activity.Amount{}
		for _, x := range totals {
			m, err := strconv.Atoi(x.Keys[0])
			if err != nil {
				m = -1
			}
			sum[b][m] = sum[b][m].Add(x.Money)
		}
	}
	for m := -1; m < len(monthNames); m++ {
		plan, hasPlan := sum[intake.Planned][m]
		actual, hasActual := sum[intake.Aggregate][m]
		patient, hasPatient := sum[intake.Patient][m]
		if !hasPlan && !hasActual && !hasPatient {
			continue
		}
		row := Row{{Text: monthName(m), Value: strconv.Itoa(m)}, ifHas(hasPlan, pounds(plan)), ifHas(hasActual, pounds(actual)), ifHas(hasPlan && hasActual, pounds(actual.Sub(plan))), ifHas(hasPatient, pounds(patient)), ifHas(hasActual && hasPatient, pence(actual.Sub(patient)))}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

func ifHas(has bool, c Cell) Cell {
	if has {
		return c
	}
	return Cell{Lacks: "Nothing came"}
}

// cutTable is the money by one dimension, as billed and by the price set.
func cutTable(ctx context.Context, a *Asked, view0 *intake.View, name, title string, by intake.Dimension, cell func(*Asked, string) Cell, where []intake.Where) (*Table, error) {
	totals, err := view0.Totals(ctx, []intake.Dimension{by}, where...)
	if err != nil {
		return nil, err
	}
	t := &Table{Name: name, Caption: title + ", by money", Search: true, Most: fewRows, Columns: []Column{{Key: string(by), Title: title, Wide: true}, {Key: "rows", Title: "Rows", Numeric: true}, {Key: "activity", Title: "Activity", Numeric: true}, {Key: "money", Title: "As billed (£)", Numeric: true}, {Key: "price", Title: "By the price set (£)", Numeric: true}}}
	for _, x := range totals {
		t.Rows = append(t.Rows, Row{cell(a, x.Keys[0]).or("Not said"), number(int(x.Rows)), {Text: x.Units.String()}, pounds(x.Money), pounds(x.Price)})
	}
	return t, nil
}

// flows shows the money from each commissioner to each provider.
func (s *Site) flows(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	view0, where, err := s.contractView(r)
	if err != nil {
		return err
	}
	where = append(where, intake.On(basisOf(r)))
	totals, err := view0.Totals(r.Context(), []intake.Dimension{intake.AssignedCommissioner, intake.Provider}, where...)
	if err != nil {
		return err
	}
	sum := map[string]activity.Amount{}
	for _, x := range totals {
		sum[x.Keys[0]] = sum[x.Keys[0]].Add(x.Money)
	}
	t := &Table{Name: "flows", Caption: "From the body that pays to the provider", Search: true, Empty: "Nothing counts on this basis.", Columns: []Column{{Key: "commissioner", Title: "Pays"}, {Key: "provider", Title: "Provider"},
		{Key: "rows", Title: "Rows", Numeric: true}, {Key: "money", Title: "Money (£)", Numeric: true}, {Key: "share", Title: "Share of what the commissioner pays", Numeric: true}}}
	for _, x := range totals {
		t.Rows = append(t.Rows, Row{bodyCell(a, x.Keys[0]).or("Not found"), bodyCell(a, x.Keys[1]), number(int(x.Rows)), pounds(x.Money), percent(x.Money, sum[x.Keys[0]])})
	}
	v := view{Page: "record", Place: "/contracts", Undated: true, Trail: []link{{"Contracts", "/contracts"}}, Title: "Flows from commissioners to providers", Lead: "Who pays for what is done where, by " + feedWords[basisOf(r)] + " that counts."}
	v.add("flows", "", "", t)
	v.Parts = append(v.Parts, section{ID: "bases", Title: "The same by other data", Links: basisLinks(r)})
	return s.showWork(w, r, v)
}

var severityWords = map[submission.Severity]string{submission.Warn: "Warn", submission.RejectRow: "Reject the row", submission.RejectFile: "Reject the file"}
