package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"remit/measure"
	"remit/metric"
	"remit/quality"
	"remit/register"
)

// metricList lists every definition, with those that have figures first.
func (s *Site) metricList(w http.ResponseWriter, r *http.Request) error {
	b, err := s.boardOf(r)
	if err != nil {
		return err
	}
	t := &Table{Name: "metrics", Caption: "Metrics", Search: true, Columns: []Column{{Key: "metric", Title: "Metric", Wide: true}, {Key: "version", Title: "Version", Numeric: true}, {Key: "service", Title: "Services", Filter: true}, {Key: "programme", Title: "Programme", Filter: true},
		{Key: "outcomes", Title: "Outcomes", Filter: true, Options: metric.Outcomes}, {Key: "source", Title: "Source", Filter: true}, {Key: "status", Title: "Status", Filter: true}, {Key: "reviewed", Title: "Next review"}}}
	with := 0
	outcome := r.URL.Query().Get("outcomes")
	for _, d := range s.quality.Metrics.All() {
		x := b.Find("", d.ID)
		figures := x != nil && x.Definition.Version == d.Version
		if figures {
			with++
		}
		review := dayCell(register.DayOf(d.NextReview.Add(12 * time.Hour)))
		if d.NextReview.Before(s.now()) {
			review.Tag = "overdue"
		}
		outcomes := say(strings.Join(d.Outcomes, ", "))
		if slices.Contains(d.Outcomes, outcome) {
			outcomes.Value = outcome // the filter asks for one of them
		}
		name := Cell{Text: d.Title, Value: d.ID, More: d.ID, Href: b.to("/quality/metrics/" + url.PathEscape(d.ID))}
		if d.Synthetic {
			name.Tag = "made up"
		}
		t.Rows = append(t.Rows, Row{name, number(d.Version), say(b.servicesOf(d)), say(d.Programme), outcomes, Cell{Text: sentence(d.SourceKind), More: d.Source}, say(sentence(d.Status)), review})
	}
	v := b.view(plural(len(t.Rows), "metric is defined", "metrics are defined")+fmt.Sprintf(", %d with published figures", with), "Each definition is a file with its author, checker and review. Those of national audits are examples, restated from what the audits publish; none is an identifier of a national dashboard.")
	v.add("metrics", "", "", t)
	return s.show(w, r, v)
}

func (b *board) servicesOf(d *metric.Definition) string {
	var names []string
	for _, code := range d.Services {
		if code == "all" {
			return "All services"
		}
		names = append(names, b.service(code))
	}
	return strings.Join(names, ", ")
}

// metricAsked is a metric page: which metric, whose figures, of which quarter.
type metricAsked struct {
	*board
	subject  *quality.Subject
	series   *quality.Series
	provider string
	period   metric.Quarter
	funnel   string
	plain    bool
}

// metricOf reads what the address of a metric asks for; nil where the metric has no
// figures.
func (s *Site) metricOf(r *http.Request) (*metricAsked, error) {
	b, err := s.boardOf(r)
	if err != nil {
		return nil, err
	}
	id, query := r.PathValue("metric"), r.URL.Query()
	if len(s.quality.Metrics.Versions(id)) == 0 && b.Find("", id) == nil {
		return nil, &problem{http.StatusNotFound, "There is no metric " + id, "No metric of that name is defined.", "The list of metrics has them all."}
	}
	m := &metricAsked{board: b, provider: query.Get("provider"), funnel: query.Get("funnel"), plain: query.Get("rebases") == "no"}
	if m.subject = b.Find(query.Get("service"), id); m.subject == nil {
		return m, nil
	}
	if m.series = m.subject.Of(m.provider); m.series == nil {
		return nil, &problem{http.StatusNotFound, m.name(m.provider) + " has no figures of this metric", "No return of " + m.provider + " for this metric has been published.", "The page of the metric lists those that have."}
	}
	m.period = m.subject.Latest
	if text := query.Get("period"); text != "" {
		if m.period, err = metric.ParseQuarter(text); err != nil {
			return nil, &problem{http.StatusBadRequest, "That is no quarter", err.Error(), "Write period=2026/27 Q1."}
		}
	}
	return m, nil
}

// metricPage shows one metric: over time, beside others, ranked, and what it is.
func (s *Site) metricPage(w http.ResponseWriter, r *http.Request) error {
	m, err := s.metricOf(r)
	if err != nil {
		return err
	}
	list := link{"Metrics", m.to("/quality/metrics")}
	if m.subject == nil {
		versions := s.quality.Metrics.Versions(r.PathValue("metric"))
		d := versions[len(versions)-1]
		v := m.view(d.Title+" has no published figures", d.Why, list)
		v.Facts = m.aboutMetric(d)
		return s.show(w, r, v)
	}
	d := m.subject.Definition
	v := m.view(d.Title+", "+m.series.Finding(m.who()), d.Why, list)
	v.Parts = append(v.Parts, section{ID: "pick", Form: m.form()})
	over := quality.DrawSeries(m.series, m.Profile, m.plain, m.who())
	note := m.subject.NoRules()
	if note == "" && !m.series.Judged {
		note = fmt.Sprintf("There are %s; the control chart and its limits begin at %d. Until then this is a run chart: the line is the median.", plural(m.series.Count, "figure", "figures"), m.Profile.JudgedFrom)
	}
	v.Parts = append(v.Parts, section{ID: "time", Title: "Over time", Text: note, Drawing: shownDrawing(over, "time", m.chartAddress("series.svg")), Links: m.rebaseLinks(), Table: m.timeTable()})
	m.alertsPart(&v)
	m.besides(&v)
	v.Parts = append(v.Parts, section{ID: "about", Title: "About this metric", Table: m.aboutTable(d)})
	v.Parts = append(v.Parts, section{ID: "releases", Title: "Releases", Links: m.releaseLinks()})
	return s.show(w, r, v)
}

func (m *metricAsked) who() string {
	if m.provider == "" {
		return "all together"
	}
	return m.name(m.provider)
}

func (m *metricAsked) form() *scenarioForm {
	f := &scenarioForm{Title: "Whose figures", Says: "Pick an organisation and a quarter. The address holds what is picked, and can be passed on.", Action: m.asked.address.Path, Button: "Show"}
	providers := scenarioField{Name: "provider", Label: "Organisation", Value: m.provider, Options: []scenarioOption{{"", "All together"}}}
	for _, x := range m.subject.Series {
		providers.Options = append(providers.Options, scenarioOption{x.Organisation, m.name(x.Organisation)})
	}
	slices.SortFunc(providers.Options[1:], func(a, b scenarioOption) int { return strings.Compare(a.Text, b.Text) })
	periods := scenarioField{Name: "period", Label: "Quarter compared", Value: m.period.String()}
	for i := range m.subject.Whole.Points {
		q := m.subject.Whole.Points[len(m.subject.Whole.Points)-1-i].Period.String()
		periods.Options = append(periods.Options, scenarioOption{q, q})
	}
	profiles := scenarioField{Name: "profile", Label: "Control charts by", Value: m.Profile.Name}
	for _, p := range measure.Profiles() {
		profiles.Options = append(profiles.Options, scenarioOption{p.Name, p.String()})
	}
	funnels := scenarioField{Name: "funnel", Label: "Funnel limits", Value: m.funnel, Options: []scenarioOption{{"", "Widened for variation beyond chance"}, {"plain", "Chance alone"}}}
	f.Fields = []scenarioField{providers, periods, profiles, funnels}
	f.Kept = parameters(m.asked.address.Query(), "provider", "period", "profile", "funnel", "format", "page", "sort", "table", "q")
	return f
}

func (m *metricAsked) chartAddress(file string) string {
	pairs := []string{"provider", m.provider, "service", m.query.Get("service"), "period", m.query.Get("period"), "funnel", m.funnel, "rebases", m.query.Get("rebases")}
	return m.to("/quality/metrics/"+url.PathEscape(m.subject.Metric)+"/"+file, pairs...)
}

func (m *metricAsked) rebaseLinks() []link {
	if !m.series.AltersBaseline {
		return nil
	}
	if m.plain {
		return []link{{"Show the chart with its rebases", m.asked.with("rebases", "")}}
	}
	var list []link
	list = append(list, link{"Show the chart without its rebases", m.asked.with("rebases", "no")})
	return list
}

// timeTable has every period of the series, with what its chart says.
func (m *metricAsked) timeTable() *Table {
	d := m.subject.Definition
	t := &Table{Name: "time", Caption: "By quarter, " + m.who(), Columns: []Column{{Key: "period", Title: "Quarter"}, {Key: "value", Title: "Value (" + quality.UnitOf(d) + ")", Numeric: true}, {Key: "numerator", Title: "Numerator", Numeric: true}, {Key: "denominator", Title: "Denominator", Numeric: true},
		{Key: "state", Title: "State"}, {Key: "finding", Title: "What it says"}, {Key: "mean", Title: "Mean", Numeric: true}, {Key: "lower", Title: "Lower limit", Numeric: true}, {Key: "upper", Title: "Upper limit", Numeric: true}, {Key: "version", Title: "Definition", Numeric: true}, {Key: "note", Title: "Note"}}}
	rules := m.subject.NoRules() == ""
	for _, of := range m.series.Stretches {
		chart, _ := m.series.Chart(of, m.Profile, m.plain) // a stretch without figures has none
		n := 0
		for i := of.From; i < of.To; i++ {
			p := &m.series.Points[i]
			row := Row{{Text: p.Period.String(), Value: p.Period.String()}, figureCell(m.subject, p), countCell(p.Numerator), countCell(p.Denominator), say(stateOf(p)), {Lacks: "Not judged"}, {Lacks: "None"}, {Lacks: "None"}, {Lacks: "None"}, {Lacks: "None"}, say(p.Note).or("None")}
			if p.Version > 0 {
				row[9] = number(p.Version)
			}
			if p.Withheld != "" {
				row[10] = say(p.Withheld)
			}
			if i == of.From && of.Because != "" {
				row[10] = Cell{Text: of.Because}
			}
			if p.Has() && chart != nil {
				if y := &chart.Points[n]; rules && chart.Sections[y.Section].Judged {
					section := &chart.Sections[y.Section]
					row[5] = say(pointWords(y))
					row[6], row[7], row[8] = shownCell(d, section.Mean), shownCell(d, section.Limits.Lower), shownCell(d, section.Limits.Upper)
					if section.From == n && section.Rebase != nil {
						row[10] = say("Rebased by " + section.Rebase.Author + ": " + section.Rebase.Reason)
					}
				}
				n++
			}
			t.Rows = append(t.Rows, row)
		}
	}
	slices.Reverse(t.Rows)
	return t
}

func pointWords(p *measure.Point) string {
	if p.Cause == measure.CommonCause {
		return "Common cause"
	}
	return sentence(p.Icon.String()) + ": " + p.Cause.String()
}

// stateOf is the state of a figure in words.
func stateOf(p *quality.Point) string {
	if p.State == metric.Submitted {
		return "Submitted"
	}
	if p.State == metric.Zero {
		return "Zero"
	}
	return absenceWords(p)
}

func countCell(v float64) Cell {
	if !measure.Exists(v) {
		return Cell{Lacks: "None"}
	}
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if v == float64(int(v)) {
		return Cell{Text: thousands(int(v)), Value: text}
	}
	return Cell{Text: text}
}

func shownCell(d *metric.Definition, v float64) Cell {
	if !measure.Exists(v) {
		return Cell{Lacks: "None"}
	}
	return Cell{Text: quality.Shown(d, v), Value: strconv.FormatFloat(v, 'g', -1, 64)}
}

// alertsPart lists the alerts about what the page shows.
func (m *metricAsked) alertsPart(v *view) {
	var list []*quality.Alert
	for _, a := range m.Alerts() {
		if a.Service == m.subject.Service && a.Metric == m.subject.Metric && (m.provider == "" || a.Organisation == m.provider) && a.Active() {
			list = append(list, a)
		}
	}
	v.add("alerts", "What stands out", "By which rule, and what became of it.", m.alertTable("alerts", "Alerts", list))
}

// besides sets organisations beside one another in a quarter.
func (m *metricAsked) besides(v *view) {
	d := m.subject.Definition
	f, err := m.subject.FunnelOn(m.period, m.funnel != "plain")
	funnel := section{ID: "funnel-part", Title: "Beside others, by size"}
	if err != nil {
		funnel.Text = err.Error()
	} else {
		funnel.Drawing = shownDrawing(quality.DrawFunnel(m.subject, f, m.provider, m.name), "organisations", m.chartAddress("funnel.svg"))
	}
	v.Parts = append(v.Parts, funnel)
	v.Parts = append(v.Parts, section{ID: "ranked-part", Title: "Beside others, in order", Text: "An order alone says little: most of it is chance. Look at the funnel first.",
		Drawing: shownDrawing(quality.DrawRanked(m.subject, m.period, m.provider, m.name), "organisations", m.chartAddress("ranked.svg"))})
	t := &Table{Name: "organisations", Caption: "Organisations in " + m.period.String(), Search: true, Columns: []Column{{Key: "organisation", Title: "Organisation", Wide: true}, {Key: "value", Title: "Value (" + quality.UnitOf(d) + ")", Numeric: true}, {Key: "numerator", Title: "Numerator", Numeric: true}, {Key: "denominator", Title: "Denominator", Numeric: true},
		{Key: "state", Title: "State", Filter: true}, {Key: "funnel", Title: "On the funnel", Filter: true}, {Key: "alarm_lower", Title: "99.8% lower", Numeric: true}, {Key: "alarm_upper", Title: "99.8% upper", Numeric: true}, {Key: "variation", Title: "Over time", Filter: true}, {Key: "assurance", Title: "Against its target", Filter: true}}}
	at := map[*quality.Series]*quality.FunnelUnit{}
	if f != nil {
		for i := range f.Units {
			at[f.Units[i].Series] = &f.Units[i]
		}
	}
	for _, x := range m.subject.Series {
		p := x.At(m.period)
		if p == nil {
			continue
		}
		row := Row{Cell{Text: m.name(x.Organisation), Value: x.Organisation, More: x.Organisation, Href: m.metricAddress(m.subject, x.Organisation)}, figureCell(m.subject, p), countCell(p.Numerator), countCell(p.Denominator), say(stateOf(p)),
			{Lacks: "Not on it"}, {Lacks: "None"}, {Lacks: "None"}, variationCell(x), assuranceCell(x)}
		if u := at[x]; u != nil {
			row[5], row[6], row[7] = say(standsWords(u.Stands)), shownCell(d, u.Limits.Alarm.Lower), shownCell(d, u.Limits.Alarm.Upper)
		}
		t.Rows = append(t.Rows, row)
	}
	slices.SortStableFunc(t.Rows, func(a, b Row) int { return natural(a[0].Text, b[0].Text) })
	v.add("organisations", "Organisations", "In order of their names. Absent figures say in which way they are absent.", t)
}

func standsWords(s measure.Significance) string {
	switch {
	case s.Side == measure.Within:
		return "Within"
	case s.Alarm:
		return sentence(string(s.Side)) + ", beyond 99.8%"
	}
	return sentence(string(s.Side)) + ", beyond 95%"
}

var variationMarks = map[measure.Icon]string{measure.ImprovementHigh: "▲ ", measure.ImprovementLow: "▼ ", measure.ConcernHigh: "▲ ", measure.ConcernLow: "▼ ", measure.NeutralHigh: "◆ ", measure.NeutralLow: "◆ "}

// variationCell is the variation icon of a series in words.
func variationCell(x *quality.Series) Cell {
	switch {
	case x.Subject.NoRules() != "":
		return Cell{Lacks: "No rules"}
	case !x.Judged:
		return Cell{Lacks: "Too few figures"}
	}
	return Cell{Text: variationMarks[x.Variation] + sentence(x.Variation.String()), Value: x.Variation.String()}
}

func assuranceCell(x *quality.Series) Cell {
	if x.Assurance == measure.NoAssurance {
		if !measure.Exists(x.Target) {
			return Cell{Lacks: "No target"}
		}
		return Cell{Lacks: "Not judged"}
	}
	return say(map[measure.Assurance]string{measure.Passes: "Will meet it", measure.Fails: "Will miss it", measure.HitOrMiss: "Hit or miss"}[x.Assurance])
}

// aboutMetric are the facts of a definition.
func (b *board) aboutMetric(d *metric.Definition) []named {
	list := []named{{"Why it matters", say(d.Why)}, {"Numerator", say(d.Numerator)}, {"Denominator", say(d.Denominator).or("None")}, {"Included", say(d.Inclusions).or("Not said")}, {"Left out", say(d.Exclusions).or("Not said")},
		{"Shown as", say(quality.UnitOf(d))}, {"Better", say(map[string]string{"up": "Higher is better", "down": "Lower is better", "neither": "Neither: no judgement is made"}[d.Better])}, {"Period", say(sentence(d.Period))},
		{"Services", say(b.servicesOf(d))}, {"Programme of care", say(d.Programme)}, {"Outcomes", say(strings.Join(d.Outcomes, ", "))}, {"Level", say(strings.Join(d.Levels, ", "))}, {"Counted for", say(d.Attribution)},
		{"Source", Cell{Text: sentence(d.SourceKind), More: d.Source}}, {"Risk adjustment", say(d.Risk).or("None")}, {"Least denominator", say(strconv.FormatFloat(d.Least, 'f', -1, 64))}, {"Small numbers", say(d.Suppression).or("By the rule for all metrics")}}
	for _, t := range d.Targets {
		list = append(list, named{"Target", Cell{Text: quality.Shown(d, t.Value), More: "from " + longDate(register.DayOf(t.From.Add(12*time.Hour)))}})
	}
	return append(list, named{"Owner", say(d.Owner)}, named{"Author and checker", say(d.Author + "; " + d.Checker)}, named{"Reviewed", Cell{Text: longDate(register.DayOf(d.Reviewed.Add(12 * time.Hour))), More: "next " + longDate(register.DayOf(d.NextReview.Add(12*time.Hour)))}},
		named{"Definition", Cell{Text: fmt.Sprintf("Version %d, %s", d.Version, d.Status), More: "in force from " + longDate(register.DayOf(d.From.Add(12*time.Hour)))}}, named{"References", say(strings.Join(d.References, "; "))}, named{"Not established", say(d.NotSaid).or("Nothing is noted")})
}

func (b *board) aboutTable(d *metric.Definition) *Table {
	t := &Table{Name: "about", Caption: "Definition of " + d.Title, Columns: []Column{{Key: "what", Title: "What"}, {Key: "says", Title: "Says"}}}
	for _, f := range b.aboutMetric(d) {
		t.Rows = append(t.Rows, Row{say(f.Name), f.Cell})
	}
	return t
}

// metricChart gives a chart as a file.
func (s *Site) metricChart(w http.ResponseWriter, r *http.Request) error {
	m, err := s.metricOf(r)
	if err != nil {
		return err
	}
	var d *quality.Drawing
	switch file := r.PathValue("chart"); {
	case m.subject == nil:
		return &problem{http.StatusNotFound, "There is no chart", "The metric has no published figures.", "Its page says what it is."}
	case file == "series.svg":
		d = quality.DrawSeries(m.series, m.Profile, m.plain, m.who())
	case file == "ranked.svg":
		d = quality.DrawRanked(m.subject, m.period, m.provider, m.name)
	case file == "funnel.svg":
		f, err := m.subject.FunnelOn(m.period, m.funnel != "plain")
		if err != nil {
			return &problem{http.StatusNotFound, "There is no funnel", err.Error(), "The page of the metric has what there is."}
		}
		d = quality.DrawFunnel(m.subject, f, m.provider, m.name)
	default:
		return &problem{http.StatusNotFound, "There is no such chart", "Charts are series.svg, funnel.svg and ranked.svg.", "Use the links of the page."}
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Content-Disposition", attachment(m.subject.Metric+"-"+r.PathValue("chart")))
	_, err = w.Write([]byte(d.SVG))
	return err
}
