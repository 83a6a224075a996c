package web

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"remit/access"
	"remit/equity"
)

// equityPage is a page of sections, each with its map or chart and its table.
type equityPage struct{ Sections []equitySection }

type equitySection struct {
	ID, Title, Text string
	Links           []link
	Map             *mapDrawing
	Graph           *graph
	Table           *Table
}

func (p *equityPage) add(v *view, s equitySection) {
	p.Sections = append(p.Sections, s)
	if s.Table != nil {
		v.Tables = append(v.Tables, s.Table)
	}
}

var equityTrail = []link{{"Equity of access", "/equity"}}

// showEquity shows a page that nothing between here and the reader may keep.
func (s *Site) showEquity(w http.ResponseWriter, r *http.Request, v view) error {
	w.Header().Set("Cache-Control", "no-store")
	v.Page, v.Place, v.Dated = "equity", "/equity", true
	return s.show(w, r, v)
}

// equityLacks shows what is missing.
func (s *Site) equityLacks(w http.ResponseWriter, r *http.Request, err error) error {
	v := view{Title: "Equity of access"}
	page := &equityPage{}
	var faults []string
	v.Lead, faults = noPopulations(err)
	if len(faults) > 0 {
		t := &Table{Name: "faults", Caption: "What is wrong", Columns: []Column{{Key: "fault", Title: "Where, and what to do"}}}
		for _, f := range faults {
			t.Rows = append(t.Rows, Row{say(f)})
		}
		page.add(&v, equitySection{ID: "faults", Title: "What is wrong", Table: t})
	}
	page.add(&v, equitySection{ID: "manual", Links: []link{{"The manual: equity of access", "/help/equity"}}})
	v.Body = page
	return s.showEquity(w, r, v)
}

// equityList lists the services, or those of one area.
func (s *Site) equityList(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	q, err := s.equityOf(r)
	if err != nil {
		if q == nil {
			return err
		}
		return s.equityLacks(w, r, err)
	}
	if area := r.URL.Query().Get("area"); area != "" {
		return s.equityArea(w, r, q, area)
	}
	boards, err := q.by(r.Context(), access.ByICB)
	if err != nil {
		return s.equityLacks(w, r, err)
	}
	cut, err := q.deprivation(r.Context(), boards.people)
	if err != nil {
		return err
	}
	deciles, lacks := q.by(r.Context(), cut)
	v := view{Title: "Equity of access: no service has been used yet"}
	t := &Table{Name: "services", Caption: "Use of each service, " + string(q.unit), Search: true, Empty: "No patient-level row of a specialised service counts. Take files in first.",
		Columns: []Column{{Key: "service", Title: "Service"}, {Key: "persons", Title: unitTitle(q.unit), Numeric: true}, {Key: "rate", Title: "Per 100,000", Numeric: true}, {Key: "outside", Title: "Boards far from expected", Numeric: true},
			{Key: "lowest", Title: "Lowest ratio", Numeric: true}, {Key: "highest", Title: "Highest ratio", Numeric: true}, {Key: "slope", Title: "Relative index, deprivation", Numeric: true}, {Key: "more", Title: "More at the best fifth", Numeric: true}}}
	far, used := 0, 0
	for n, x := range boards.list {
		if x.Observed == 0 {
			continue
		}
		used++
		line, out := serviceLine(a, q, x)
		if out > 0 {
			far++
		}
		slope := Cell{Lacks: "Too few"}
		if lacks == nil && deciles.list[n].Slope != nil {
			slope = ratioCell(deciles.list[n].Slope.Relative.Value)
		}
		more := Cell{Lacks: "Too few"}
		if x.Best != nil {
			more = number(int(math.Round(x.Best.All)))
		}
		t.Rows = append(t.Rows, append(line, slope, more))
	}
	if used > 0 {
		v.Title = fmt.Sprintf("%s of %s used services differ between boards by more than chance and the usual spread", thousands(far), thousands(used))
		v.Lead = fmt.Sprintf("Use is set beside what people of the same age and sex use everywhere, in %s of %s, on the %s of %s.", q.unit, yearText(q.year), plural(len(boards.population.Areas), "board", "boards"), longDate(a.On))
	}
	page := &equityPage{}
	page.add(&v, equitySection{ID: "services", Table: t})
	page.add(&v, equitySection{ID: "more", Title: "The same in other ways", Links: q.otherWays(a)})
	v.Body = page
	q.synthetic(&v)
	v.Notes = append(v.Notes, q.notes(boards, -1)...)
	if lacks != nil {
		v.Notes = append(v.Notes, "Deprivation: "+lacks.Error())
	}
	v.Notes = append(v.Notes, "Relative index of inequality: 1 is the same use; under 1, the most deprived use it more.", "More at the best fifth: how many more persons at the use of the fifth of boards with the highest ratio. It measures spread and is no target.")
	return s.showEquity(w, r, v)
}

func unitTitle(u access.Unit) string {
	if u == access.Events {
		return "Events"
	}
	return "Persons"
}

// serviceLine is the row of a service, and how many boards stand far from what is expected.
func serviceLine(a *Asked, q *equityInquiry, x *access.Result) (Row, int) {
	far := 0
	for i := range x.Rows {
		if where := x.Rows[i].Where(); strings.HasPrefix(where, "far ") {
			far++
		}
	}
	href := a.To("/equity/"+url.PathEscape(x.Service), "unit", q.unitParameter(), "year", q.yearParameter())
	line := Row{{Text: serviceTitle(a, x.Service), Href: href, More: "service " + x.Service}, q.count(x.Observed, x.Observed), decimals(x.Crude, 2), number(far)}
	if q.rule.Withholds(x.Observed) {
		line[2], line[3] = Cell{Lacks: "Withheld"}, Cell{Lacks: "Withheld"}
		far = 0
	}
	if list := x.Furthest(); len(list) > 0 && !q.rule.Withholds(x.Observed) {
		return append(line, ratioCell(list[0].Ratio.Value).more(q.m.Name(x.Cut, list[0].Area)), ratioCell(list[len(list)-1].Ratio.Value).more(q.m.Name(x.Cut, list[len(list)-1].Area))), far
	}
	return append(line, Cell{Lacks: "Too few"}, Cell{Lacks: "Too few"}), far
}

func (c Cell) more(text string) Cell { c.More = text; return c }

func serviceTitle(a *Asked, code string) string {
	if r, ok := a.Register.at("service", code, a.On); ok {
		return r.Get("title")
	}
	return "Service " + code
}

// count is a number of persons or events as it may be shown: not where the persons
// behind it are few.
func (q *equityInquiry) count(n, persons float64) Cell {
	if q.rule.Withholds(persons) {
		return Cell{Lacks: "Withheld"}
	}
	return number(int(q.rule.Rounded(n)))
}

func ratioCell(v float64) Cell { return decimals(v, 3) }

func decimals(v float64, digits int) Cell {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Cell{Lacks: "None"}
	}
	text := fmt.Sprintf("%.*f", digits, v)
	whole, part, found := strings.Cut(text, ".")
	negative := strings.HasPrefix(whole, "-")
	n := 0
	fmt.Sscan(strings.TrimPrefix(whole, "-"), &n)
	shown := thousands(n)
	if found {
		shown += "." + part
	}
	if negative {
		shown = "−" + shown
	}
	return Cell{Text: shown, Value: text}
}

func (q *equityInquiry) unitParameter() string {
	if q.unit == access.Events {
		return string(q.unit)
	}
	return ""
}

func (q *equityInquiry) yearParameter() string {
	if n := len(q.years); n > 0 && q.year == q.years[n-1] {
		return ""
	}
	return q.year
}

// otherWays lead to the page in the other unit, of other years and on other maps.
func (q *equityInquiry) otherWays(a *Asked) []link {
	clean := []string{"page", "", "format", "", "table", "", "sort", "", "q", ""}
	other := link{"Count records in place of persons", a.with(append(clean, "unit", string(access.Events))...)}
	if q.unit == access.Events {
		other = link{"Count persons in place of records", a.with(append(clean, "unit", "")...)}
	}
	list := []link{other}
	for _, y := range q.years {
		if y != q.year {
			list = append(list, link{"The year " + yearText(y), a.with(append(clean, "year", y)...)})
		}
	}
	for _, day := range boardDays(a) {
		if day != a.On && len(a.Register.on("icb", day)) > 0 {
			list = append(list, link{fmt.Sprintf("On the %d boards of %s", len(a.Register.on("icb", day)), longDate(day)), a.with(append(clean, "on", day.String())...)})
		}
	}
	return append(list, link{"How this is worked out", "/help/equity"})
}

func (q *equityInquiry) synthetic(v *view) {
	if q.desk.tables.Synthetic {
		v.Warn = "Synthetic: the populations, deprivation or places behind these figures are made up, and say nothing of any place."
	}
}

// notes say what figures rest on.
func (q *equityInquiry) notes(x *equityResults, service int) []string {
	list := []string{fmt.Sprintf("%s records of specialised services of %s count, of %s; %s without a person are left out.", thousands(int(x.people.Records)), yearText(q.year), monthList(slices.Clone(x.people.Months)), thousands(int(x.people.Nameless)))}
	if service >= 0 {
		if u := x.counts.Unplaced[service]; u.Area+u.Group > 0 {
			list = append(list, fmt.Sprintf("Of %s persons of the service, %s are in no area of this map and %s more have no age or sex: they are left out.", q.count(u.All, u.All).Shown(), q.few(u.Area), q.few(u.Group)))
		}
		list = append(list, access.Method(x.list[service], x.population)...)
	}
	return append(list, q.rule.Says(), "A month that a provider has not sent looks like less use. Expected by age and sex is not need.")
}

func (q *equityInquiry) few(n float64) string {
	if q.rule.Withholds(n) {
		return fmt.Sprintf("fewer than %d", q.rule.Below)
	}
	return thousands(int(q.rule.Rounded(n)))
}

// equityArea lists every service of one board or sub-ICB location.
func (s *Site) equityArea(w http.ResponseWriter, r *http.Request, q *equityInquiry, area string) error {
	a := asked(r)
	cut := access.ByICB
	if q.m.Name(access.ByICB, area) == area {
		cut = access.BySubICB
	}
	x, err := q.by(r.Context(), cut)
	if err != nil {
		return s.equityLacks(w, r, err)
	}
	list, err := access.Compare(x.counts, x.population, area, q.unit, q.rule)
	if err != nil {
		return &problem{http.StatusNotFound, "There is no such area", fmt.Sprintf("The map of %s has no board or sub-ICB location %s with people.", longDate(a.On), area), "Pick another date, or look at the list of organisations."}
	}
	t := &Table{Name: "compare", Caption: "Each service, the furthest below what is expected first", Search: true, Columns: []Column{{Key: "service", Title: "Service"}, {Key: "observed", Title: "Observed", Numeric: true}, {Key: "expected", Title: "Expected", Numeric: true},
		{Key: "ratio", Title: "Ratio", Numeric: true}, {Key: "lower", Title: "95% lower", Numeric: true}, {Key: "upper", Title: "95% upper", Numeric: true}, {Key: "stands", Title: "In the funnel"}, {Key: "working", Title: "Working"}}}
	below := 0
	for i := range list {
		row := &list[i].Row
		if strings.HasSuffix(row.Where(), "below") {
			below++
		}
		href := a.To("/equity/"+url.PathEscape(list[i].Service), "unit", q.unitParameter(), "year", q.yearParameter(), "area", area, "by", string(cut))
		t.Rows = append(t.Rows, append(append(Row{{Text: serviceTitle(a, list[i].Service), Href: a.To("/equity/"+url.PathEscape(list[i].Service), "unit", q.unitParameter(), "year", q.yearParameter()), More: "service " + list[i].Service}},
			q.ratioCells(row)...), say(row.Where()).or("Withheld"), to("Open", href+"#working")))
	}
	v := view{Trail: equityTrail, Title: fmt.Sprintf("%s uses %s less than its people would lead one to expect", q.m.Name(cut, area), plural(below, "service", "services")),
		Lead: fmt.Sprintf("%s of %s, beside those expected by age and sex, on the map of %s.", unitTitle(q.unit), yearText(q.year), longDate(a.On))}
	page := &equityPage{}
	page.add(&v, equitySection{ID: "compare", Table: t})
	page.add(&v, equitySection{ID: "more", Title: "The same in other ways", Links: q.otherWays(a)})
	v.Body = page
	q.synthetic(&v)
	v.Notes = q.notes(x, -1)
	return s.showEquity(w, r, v)
}

// ratioCells are observed, expected and ratio with limits.
func (q *equityInquiry) ratioCells(row *access.Row) []Cell {
	withheld := Cell{Lacks: "Withheld"}
	if row.Small {
		return []Cell{withheld, decimals(row.Expected, 1), withheld, withheld, withheld}
	}
	return []Cell{number(int(q.rule.Rounded(row.Observed))), decimals(row.Expected, 1), ratioCell(row.Ratio.Value), ratioCell(row.Ratio.C95.Lower), ratioCell(row.Ratio.C95.Upper)}
}

// rateCells are the standardised rate with limits.
func rateCells(row *access.Row) []Cell {
	switch {
	case row.Small:
		withheld := Cell{Lacks: "Withheld"}
		return []Cell{withheld, withheld, withheld}
	case row.Rate.Withheld != "":
		few := Cell{Lacks: "Too few"}
		return []Cell{few, few, few}
	}
	return []Cell{decimals(row.Rate.Value, 2), decimals(row.Rate.C95.Lower, 2), decimals(row.Rate.C95.Upper, 2)}
}

// equityService is the page of one service.
func (s *Site) equityService(w http.ResponseWriter, r *http.Request) error {
	a, ctx := asked(r), r.Context()
	q, err := s.equityOf(r)
	if err != nil {
		if q == nil {
			return err
		}
		return s.equityLacks(w, r, err)
	}
	boards, err := q.by(ctx, access.ByICB)
	if err != nil {
		return s.equityLacks(w, r, err)
	}
	n := slices.Index(boards.people.Services, r.PathValue("service"))
	if n < 0 {
		return &problem{http.StatusNotFound, "There is no service " + r.PathValue("service"), "The register has no service of that number.", "The page of equity lists the services."}
	}
	x := boards.list[n]
	v := view{Trail: equityTrail, Title: equityFinding(a, q, x), Lead: fmt.Sprintf("%s %s of %s people in %s: %s per 100,000, on the map of %s.", q.count(x.Observed, x.Observed).Shown(), q.unit, thousands(int(x.People)), yearText(q.year), decimals(x.Crude, 2).Text, longDate(a.On))}
	if q.rule.Withholds(x.Observed) {
		v.Lead = fmt.Sprintf("Too few %s used it in %s to say anything.", q.unit, yearText(q.year))
	}
	page := &equityPage{}
	page.add(&v, equitySection{ID: "map", Title: "Where use differs", Text: "Boards by where they stand in the funnel below. The table says the same.", Map: equityMap(a, q, x)})
	page.add(&v, equitySection{ID: "boards", Title: "Boards", Text: funnelText(x), Graph: drawFunnel(a, q, x), Table: areaTable(a, q, x, "boards", "Use by board")})
	if err := q.groups(r, &v, page, boards, n); err != nil {
		return err
	}
	if err := q.sectionTravel(r, &v, page, boards, n); err != nil {
		return err
	}
	if r.URL.Query().Get("areas") == "sub-icb" {
		if err := q.sectionSubICB(r, &v, page, n); err != nil {
			return err
		}
	} else {
		page.add(&v, equitySection{ID: "sub-icb", Title: "Sub-ICB locations", Links: []link{{"Show the sub-ICB locations", a.with("areas", "sub-icb", "format", "", "table", "", "sort", "", "page", "") + "#sub-icb"}}})
	}
	if err := q.sectionWorking(r, &v, page, n); err != nil {
		return err
	}
	page.add(&v, equitySection{ID: "more", Title: "The same in other ways", Links: q.otherWays(a)})
	v.Body = page
	q.synthetic(&v)
	v.Notes = q.notes(boards, n)
	return s.showEquity(w, r, v)
}

// equityFinding says what stands out most.
func equityFinding(a *Asked, q *equityInquiry, x *access.Result) string {
	title := serviceTitle(a, x.Service)
	var low, high []string
	for i := range x.Rows {
		switch x.Rows[i].Where() {
		case "far below":
			low = append(low, x.Rows[i].Area)
		case "far above":
			high = append(high, x.Rows[i].Area)
		}
	}
	name := func(list []string) string {
		if len(list) == 1 {
			return shortBoard(q.m.Name(x.Cut, list[0]))
		}
		return plural(len(list), "board", "boards")
	}
	switch {
	case len(low) > 0 && len(high) > 0:
		return fmt.Sprintf("%s: %s far below what is expected, %s far above", title, name(low), name(high))
	case len(low) > 0:
		return fmt.Sprintf("%s: %s far below what is expected", title, name(low))
	case len(high) > 0:
		return fmt.Sprintf("%s: %s far above what is expected", title, name(high))
	}
	return title + ": no board stands out"
}

func shortBoard(name string) string {
	return strings.TrimSuffix(strings.TrimPrefix(name, "NHS "), " Integrated Care Board")
}

var whereWords = map[string]string{"far below": "Far below expected (99.8%)", "below": "Below expected (95%)", "within": "As expected", "above": "Above expected (95%)", "far above": "Far above expected (99.8%)", "": "Withheld or no data"}

var whereClasses = map[string]string{"far below": "joint", "below": "low", "within": "plain", "above": "high", "far above": "national", "": "unknown"}

func equityMap(a *Asked, q *equityInquiry, x *access.Result) *mapDrawing {
	at := map[string]*access.Row{}
	for i := range x.Rows {
		at[x.Rows[i].Area] = &x.Rows[i]
	}
	return drawMap("equity-map", "Use beside what is expected, by board", a.On, func(icb string) string { return a.Register.Name(icb, a.On) }, func(icb string) (string, string, string) {
		where := ""
		if row := at[icb]; row != nil {
			where = row.Where()
		}
		return whereClasses[where], whereWords[where], "#table-boards"
	})
}

func funnelText(x *access.Result) string {
	if x.Funnel == nil {
		return "There is no funnel: " + x.FunnelWhy
	}
	text := fmt.Sprintf("Limits allow for the spread between boards beyond chance (φ = %.2f).", x.Funnel.Phi)
	if x.Best != nil {
		text += fmt.Sprintf(" %s more persons would be seen if every board matched the best fifth (ratio %.3f). That is a measure of spread and no target.", thousands(int(math.Round(x.Best.All))), x.Best.Best)
	}
	return text
}

// areaTable lists the areas of a result.
func areaTable(a *Asked, q *equityInquiry, x *access.Result, name, caption string) *Table {
	t := &Table{Name: name, Caption: caption, Columns: []Column{{Key: "area", Title: strings.ToUpper(access.Says[x.Cut][:1]) + access.Says[x.Cut][1:]}, {Key: "observed", Title: "Observed", Numeric: true}, {Key: "expected", Title: "Expected", Numeric: true}, {Key: "ratio", Title: "Ratio", Numeric: true},
		{Key: "ratio_lower", Title: "95% lower", Numeric: true}, {Key: "ratio_upper", Title: "95% upper", Numeric: true}, {Key: "rate", Title: "Rate per 100,000", Numeric: true}, {Key: "rate_lower", Title: "95% lower", Numeric: true}, {Key: "rate_upper", Title: "95% upper", Numeric: true}, {Key: "people", Title: "People", Numeric: true}}}
	areas := x.Cut == access.ByICB || x.Cut == access.BySubICB
	if areas {
		t.Columns = append(t.Columns, Column{Key: "stands", Title: "In the funnel", Filter: true}, Column{Key: "more", Title: "More at the best fifth", Numeric: true})
	}
	for i := range x.Rows {
		row := &x.Rows[i]
		first := Cell{Text: shortBoard(q.m.Name(x.Cut, row.Area)), Value: row.Area}
		if x.Cut != access.ByAge && x.Cut != access.BySex {
			first.Href = a.with("area", row.Area, "by", string(x.Cut), "format", "", "table", "", "sort", "", "page", "") + "#working"
		}
		if areas {
			first.More = row.Area
		}
		line := append(append(Row{first}, q.ratioCells(row)...), rateCells(row)...)
		line = append(line, decimals(row.Population, 0))
		if areas {
			more := Cell{Lacks: "Withheld"}
			if !row.Small && x.Best != nil {
				more = decimals(row.More, 0)
			}
			line = append(line, say(row.Where()).or("Withheld"), more)
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}

// groups adds what is by deprivation, age, sex and ethnic group.
func (q *equityInquiry) groups(r *http.Request, v *view, page *equityPage, boards *equityResults, n int) error {
	a, ctx := asked(r), r.Context()
	cut, err := q.deprivation(ctx, boards.people)
	if err != nil {
		return err
	}
	for _, g := range []struct {
		cut                      access.Cut
		id, title, caption, text string
		draw                     func(*equityInquiry, *access.Result) *graph
	}{
		{cut, "deprivation", "Deprivation", "Use by " + access.Says[cut], "", drawSlope},
		{access.ByAge, "age", "Age", "Use by age band", "The rate of each band is the plain one; expected is the use of all ages.", drawAges},
		{access.BySex, "sex", "Sex", "Use by sex", "Expected is the use of both sexes at each age.", nil},
		{access.ByEthnicity, "ethnicity", "Ethnic group", "Use by ethnic group", "As recorded; persons whose group is not stated or not known are left out, which differs between providers.", nil},
	} {
		x, err := q.by(ctx, g.cut)
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			page.add(v, equitySection{ID: g.id, Title: g.title, Text: "Not worked out: " + err.Error()})
			continue
		}
		section := equitySection{ID: g.id, Title: g.title, Text: g.text, Table: areaTable(a, q, x.list[n], g.id, g.caption)}
		if g.draw != nil {
			section.Graph = g.draw(q, x.list[n])
		}
		if g.id == "deprivation" {
			section.Text = slopeText(x.list[n])
		}
		page.add(v, section)
	}
	return nil
}

func slopeText(x *access.Result) string {
	if x.Slope == nil {
		return "There is no slope index: " + x.SlopeWhy
	}
	s, rel := x.Slope.Slope, x.Slope.Relative
	word := "Use does not differ by deprivation by more than chance"
	switch {
	case s.Limits.Upper < 0:
		word = "The most deprived use it more"
	case s.Limits.Lower > 0:
		word = "The least deprived use it more"
	}
	return fmt.Sprintf("%s: slope index %.2f per 100,000 (95%% limits %.2f to %.2f), relative index %.3f (%.3f to %.3f). Use alone is not need: what deprivation brings about may need more.",
		word, s.Value, s.Limits.Lower, s.Limits.Upper, rel.Value, rel.Limits.Lower, rel.Limits.Upper)
}

// sectionTravel adds how far people travel.
func (q *equityInquiry) sectionTravel(r *http.Request, v *view, page *equityPage, boards *equityResults, n int) error {
	t, err := q.travel(r.Context(), boards.people, n)
	if err != nil {
		if r.Context().Err() != nil {
			return err
		}
		page.add(v, equitySection{ID: "travel", Title: "Travel", Text: "Not worked out: " + err.Error() + "."})
		return nil
	}
	from := "the LSOA of each person's postcode"
	if t.From == access.Practice {
		from = "each person's practice, as most records have no postcode"
	}
	table := &Table{Name: "travel", Caption: "Kilometres in a straight line, from " + from, Columns: []Column{{Key: "who", Title: "Who"}, {Key: "people", Title: "People", Numeric: true}, {Key: "mean", Title: "Mean", Numeric: true}, {Key: "median", Title: "Median", Numeric: true}, {Key: "p75", Title: "Three quarters within", Numeric: true},
		{Key: "p95", Title: "95% within", Numeric: true}, {Key: "farthest", Title: "Farthest", Numeric: true}, {Key: "within50", Title: "Within 50 km", Numeric: true}}}
	persons := number(int(q.rule.Rounded(t.Persons)))
	for _, line := range []struct {
		who    string
		people Cell
		s      equity.Spread
	}{{"Everybody, to the nearest", decimals(t.Everybody, 0), t.Nearest}, {"Who used it, to their nearest", persons, t.ToNearest}, {"Who used it, to the one used", persons, t.Used}} {
		table.Rows = append(table.Rows, Row{say(line.who), line.people, decimals(line.s.Mean, 1), decimals(line.s.Median, 1), decimals(line.s.P75, 1), decimals(line.s.P95, 1), decimals(line.s.Greatest, 1), Cell{Text: fmt.Sprintf("%.1f%%", 100*line.s.Within[2]), Value: fmt.Sprintf("%.4f", line.s.Within[2])}})
	}
	page.add(v, equitySection{ID: "travel", Title: "Travel", Text: fmt.Sprintf("Half of those who used it went %.0f km or more; half of everybody lives within %.0f km of a provider of it. %s count as providers of it: those that saw as many persons as may be shown. There are no roads in it.", t.Used.Median, t.Nearest.Median, plural(len(t.Sites), "provider", "providers")), Table: table})
	deciles := &Table{Name: "travel-deciles", Caption: "Mean kilometres by deprivation", Columns: []Column{{Key: "decile", Title: "Decile"}, {Key: "people", Title: "People", Numeric: true}, {Key: "nearest", Title: "Everybody, to the nearest", Numeric: true}, {Key: "persons", Title: "Who used it", Numeric: true}, {Key: "to_nearest", Title: "to their nearest", Numeric: true}, {Key: "used", Title: "to the one used", Numeric: true}}}
	for _, d := range t.Deciles {
		if d.People == 0 {
			continue
		}
		withheld := Cell{Lacks: "Withheld"}
		used := Row{withheld, withheld, withheld}
		if !d.Small {
			used = Row{number(int(q.rule.Rounded(d.Persons))), decimals(d.ToNearest, 1), decimals(d.Used, 1)}
		}
		deciles.Rows = append(deciles.Rows, append(Row{{Text: q.m.Name(access.ByDecile, d.Decile), Value: d.Decile}, decimals(d.People, 0), decimals(d.Nearest, 1)}, used...))
	}
	if len(deciles.Rows) > 0 {
		page.add(v, equitySection{ID: "travel-deciles", Table: deciles})
	}
	return nil
}

func (q *equityInquiry) sectionSubICB(r *http.Request, v *view, page *equityPage, n int) error {
	x, err := q.by(r.Context(), access.BySubICB)
	if err != nil {
		if r.Context().Err() != nil {
			return err
		}
		page.add(v, equitySection{ID: "sub-icb", Title: "Sub-ICB locations", Text: "Not worked out: " + err.Error()})
		return nil
	}
	t := areaTable(asked(r), q, x.list[n], "sub-icb", "Use by sub-ICB location")
	t.Search = true
	page.add(v, equitySection{ID: "sub-icb", Title: "Sub-ICB locations", Table: t})
	return nil
}

// sectionWorking shows the strata of the area that the address names.
func (q *equityInquiry) sectionWorking(r *http.Request, v *view, page *equityPage, n int) error {
	area, cut := r.URL.Query().Get("area"), access.Cut(cmp.Or(r.URL.Query().Get("by"), string(access.ByICB)))
	if area == "" || !slices.Contains(access.Cuts, cut) {
		page.add(v, equitySection{ID: "working", Title: "How it is worked out", Text: "Open an area or group in the tables above to see each age band and sex from which its figures come."})
		return nil
	}
	x, err := q.by(r.Context(), cut)
	if err != nil {
		return &problem{http.StatusUnprocessableEntity, "The working cannot be shown", err.Error(), "Open an area in the tables of the page."}
	}
	steps, err := access.Working(x.counts, n, x.population, area, q.unit, q.rule)
	if err != nil {
		return &problem{http.StatusNotFound, "There is no such area", err.Error() + ".", "Open an area in the tables of the page."}
	}
	name := q.m.Name(cut, area)
	t := &Table{Name: "working", Caption: "Age bands and sexes of " + name, Columns: []Column{{Key: "sex", Title: "Sex"}, {Key: "age", Title: "Age"}, {Key: "people", Title: "People", Numeric: true}, {Key: "observed", Title: "Observed", Numeric: true}, {Key: "reference", Title: "Use of all, per 100,000", Numeric: true}, {Key: "expected", Title: "Expected", Numeric: true}, {Key: "weight", Title: "Standard population", Numeric: true}}}
	expected := 0.0
	for _, st := range steps {
		observed := number(int(q.rule.Rounded(st.Observed)))
		if st.Withheld {
			observed = Cell{Lacks: "Withheld"}
		}
		expected += st.Expected
		t.Rows = append(t.Rows, Row{say(st.Sex), say(st.Age), decimals(st.People, 0), observed, decimals(st.Reference, 3), decimals(st.Expected, 4), decimals(st.Weight, 0)})
	}
	page.add(v, equitySection{ID: "working", Title: "How it is worked out for " + name, Text: fmt.Sprintf("Expected is people times the use of all areas, added up: %.4f. The standardised rate is the observed over the people of each line, weighed by the standard population.", expected), Table: t})
	return nil
}
