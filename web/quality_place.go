package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"remit/measure"
	"remit/quality"
)

// qualityProvider shows one provider: its metrics service by service.
func (s *Site) qualityProvider(w http.ResponseWriter, r *http.Request) error {
	b, err := s.boardOf(r)
	if err != nil {
		return err
	}
	code := strings.ToUpper(r.PathValue("code"))
	series := b.Of(code)
	if len(series) == 0 {
		return &problem{http.StatusNotFound, "There are no figures of " + b.name(code), "No return of " + code + " has been published.", "The first page on quality lists the providers that have figures."}
	}
	var active []*quality.Alert
	concerns := 0
	for _, a := range b.Alerts() {
		if a.Organisation == code && a.Active() {
			active = append(active, a)
			if a.Judgement == "concern" {
				concerns++
			}
		}
	}
	v := b.view(fmt.Sprintf("%s: %s over %s", b.name(code), plural(concerns, "concern stands out", "concerns stand out"), plural(len(series), "metric", "metrics")), "")
	v.Facts = []named{{"Provider", Cell{Text: b.name(code), Href: b.asked.To("/organisations/" + url.PathEscape(code)), More: code}}, {"Where it stands", b.areaCell(code)}}
	v.Parts = append(v.Parts, section{ID: "more", Links: []link{{"Summary on one page, to print", b.to("/quality/summary/" + url.PathEscape(code))}, {"Digest as text", b.to("/quality/digest", "organisation", code)}}})
	v.add("alerts", "What stands out", "By which rule, and what became of it.", b.alertTable("alerts", "Alerts about "+b.name(code), active))
	for _, service := range b.services() {
		var mine []*quality.Series
		for _, x := range series {
			if x.Subject.Service == service {
				mine = append(mine, x)
			}
		}
		v.add(anchor(service), b.service(service), "", b.seriesTable(anchor(service), "Metrics of "+b.service(service), mine, code))
	}
	v.Parts = append(v.Parts, section{ID: "releases", Title: "Releases", Links: b.releaseLinks()})
	return s.show(w, r, v)
}

// seriesTable lists series with what they say now.
func (b *board) seriesTable(name, caption string, list []*quality.Series, organisation string) *Table {
	t := &Table{Name: name, Caption: caption, Columns: []Column{{Key: "metric", Title: "Metric", Wide: true}, {Key: "period", Title: "Quarter"}, {Key: "value", Title: "Value", Numeric: true}, {Key: "all", Title: "All together", Numeric: true}, {Key: "change", Title: "Since the last"}, {Key: "variation", Title: "Over time"}, {Key: "assurance", Title: "Against its target"}, {Key: "funnel", Title: "Beside others"}}}
	for _, x := range list {
		p := &x.Points[len(x.Points)-1]
		funnel := Cell{Lacks: "Not on it"}
		if x.OnFunnel {
			funnel = say(standsWords(x.Stands))
		}
		t.Rows = append(t.Rows, Row{b.metricCell(x.Subject, organisation), say(p.Period.String()), figureCell(x.Subject, p), figureCell(x.Subject, x.Subject.Whole.At(p.Period)), changeCell(x), variationCell(x), assuranceCell(x), funnel})
	}
	return t
}

// changeCell is how the last figure compares with the one before.
func changeCell(x *quality.Series) Cell {
	if x.Before < 0 {
		return Cell{Lacks: "No earlier figure"}
	}
	last, before := x.Points[x.Last].Value, x.Points[x.Before].Value
	word := map[int]string{-1: "Lower", 0: "The same", 1: "Higher"}[cmp.Compare(last, before)]
	switch x.Improving {
	case measure.Higher:
		word += ", better"
	case measure.Lower:
		word += ", worse"
	}
	return Cell{Text: word, More: "was " + quality.Shown(x.Subject.Definition, before) + " in " + x.Points[x.Before].Period.String()}
}

// providersIn are the providers of a board's area, or of a footprint's, that have
// figures.
func (b *board) providersIn(code string) (list []string, boards []string) {
	boards = []string{code}
	if _, is := b.asked.Register.nearest("icb", code, b.asked.On); !is {
		boards = nil
		for _, m := range b.asked.Register.rows["committee_member"] {
			if m.Get("committee") == code && m.holds(b.asked.On) {
				if _, is := b.asked.Register.nearest("icb", m.Get("organisation"), b.asked.On); is && !slices.Contains(boards, m.Get("organisation")) {
					boards = append(boards, m.Get("organisation"))
				}
			}
		}
	}
	for _, provider := range b.Organisations() {
		if slices.Contains(boards, b.boardOfProvider(provider)) {
			list = append(list, provider)
		}
	}
	return list, boards
}

// qualityArea shows the providers of a board or a footprint, one by one and together.
func (s *Site) qualityArea(w http.ResponseWriter, r *http.Request) error {
	b, err := s.boardOf(r)
	if err != nil {
		return err
	}
	code := strings.ToUpper(r.PathValue("code"))
	providers, boards := b.providersIn(code)
	if len(boards) == 0 {
		return &problem{http.StatusNotFound, "There is no board or footprint " + code, "The register has none with that code on the date shown.", "The first page on quality lists the boards."}
	}
	name := b.name(code)
	if row, ok := b.asked.Register.nearest("committee", code, b.asked.On); ok {
		name = nameOf(row)
	}
	concerns := 0
	var active []*quality.Alert
	for _, a := range b.Alerts() {
		if a.Active() && slices.Contains(providers, a.Organisation) {
			active = append(active, a)
			if a.Judgement == "concern" {
				concerns++
			}
		}
	}
	v := b.view(fmt.Sprintf("%s: %s at %s", name, plural(concerns, "concern stands out", "concerns stand out"), plural(len(providers), "provider", "providers")),
		"Providers that stand in its area, whoever their patients are. For the use of services by its own people see the pages on equity.")
	v.Parts = append(v.Parts, section{ID: "more", Links: []link{{"Digest as text", b.to("/quality/digest", "organisation", code)}}})
	if len(boards) > 1 {
		t := &Table{Name: "boards", Caption: "Boards of " + name, Columns: []Column{{Key: "board", Title: "Board", Wide: true}, {Key: "providers", Title: "Providers with figures", Numeric: true}}}
		for _, icb := range boards {
			in, _ := b.providersIn(icb)
			t.Rows = append(t.Rows, Row{Cell{Text: b.name(icb), Value: icb, More: icb, Href: b.to("/quality/areas/" + url.PathEscape(icb))}, number(len(in))})
		}
		v.add("boards", "Its boards", "", t)
	}
	v.add("alerts", "What stands out", "", b.alertTable("alerts", "Alerts in "+name, active))
	v.add("together", "Its providers together", "Numerators and denominators are added; a provider without a figure is left out, and counted as such.", b.togetherTable(providers))
	v.add("providers", "Provider by provider", "The latest figure of each.", b.providerTable(providers))
	v.Parts = append(v.Parts, section{ID: "releases", Title: "Releases", Links: b.releaseLinks()})
	return s.show(w, r, v)
}

// seriesIn are the series of a subject that are of some organisations.
func seriesIn(s *quality.Subject, organisations []string) []*quality.Series {
	var list []*quality.Series
	for _, x := range s.Series {
		if slices.Contains(organisations, x.Organisation) {
			list = append(list, x)
		}
	}
	return list
}

func (b *board) togetherTable(providers []string) *Table {
	t := &Table{Name: "together", Caption: "Metrics of all its providers together", Search: true, Columns: []Column{{Key: "metric", Title: "Metric", Wide: true}, {Key: "service", Title: "Service", Filter: true}, {Key: "period", Title: "Quarter"}, {Key: "value", Title: "Its providers", Numeric: true}, {Key: "all", Title: "All together", Numeric: true}, {Key: "with", Title: "With a figure"}, {Key: "variation", Title: "Over time"}}}
	for _, s := range b.Subjects {
		list := seriesIn(s, providers)
		if len(list) == 0 {
			continue
		}
		x := s.Together(list)
		p := x.At(s.Latest)
		t.Rows = append(t.Rows, Row{b.metricCell(s, ""), Cell{Text: b.service(s.Service), Value: s.Service}, say(s.Latest.String()), figureCell(s, p), figureCell(s, s.Whole.At(s.Latest)), say(p.Note), variationCell(x)})
	}
	return t
}

func (b *board) providerTable(providers []string) *Table {
	t := &Table{Name: "providers", Caption: "Metrics of each provider", Search: true, Columns: []Column{{Key: "provider", Title: "Provider", Filter: true, Wide: true}, {Key: "metric", Title: "Metric", Filter: true}, {Key: "service", Title: "Service", Filter: true}, {Key: "value", Title: "Latest", Numeric: true}, {Key: "variation", Title: "Over time", Filter: true}, {Key: "funnel", Title: "Beside others", Filter: true}}}
	for _, code := range providers {
		for _, x := range b.Of(code) {
			funnel := Cell{Lacks: "Not on it"}
			if x.OnFunnel {
				funnel = say(standsWords(x.Stands))
			}
			t.Rows = append(t.Rows, Row{Cell{Text: b.name(code), Value: code, Href: b.to("/quality/providers/" + url.PathEscape(code))}, b.metricCell(x.Subject, code), Cell{Text: b.service(x.Subject.Service), Value: x.Subject.Service}, figureCell(x.Subject, x.At(x.Subject.Latest)), variationCell(x), funnel})
		}
	}
	return t
}

// qualitySummary is one page about a provider, to print: what is worst and best
// beside others, what grows better and worse, in the same quarter throughout.
func (s *Site) qualitySummary(w http.ResponseWriter, r *http.Request) error {
	b, err := s.boardOf(r)
	if err != nil {
		return err
	}
	code := strings.ToUpper(r.PathValue("code"))
	series := b.Of(code)
	if len(series) == 0 {
		return &problem{http.StatusNotFound, "There are no figures of " + b.name(code), "No return of " + code + " has been published.", "The first page on quality lists the providers that have figures."}
	}
	concerns := 0
	var active []*quality.Alert
	for _, a := range b.Alerts() {
		if a.Organisation == code && a.Active() {
			active = append(active, a)
			if a.Judgement == "concern" {
				concerns++
			}
		}
	}
	missing := 0
	for _, x := range series {
		if !x.Current() {
			missing++
		}
	}
	v := b.view(fmt.Sprintf("%s, summary up to %s: %s", b.name(code), b.Latest, plural(concerns, "concern", "concerns")),
		fmt.Sprintf("%s, %d without a figure in their latest quarter. Sorted by how far each stands from the average of all, in standard errors.", plural(len(series), "metric", "metrics"), missing), link{b.name(code), b.to("/quality/providers/" + url.PathEscape(code))})
	const most = 5
	v.add("concerns", "Stands out", "", b.alertTable("alerts", "Alerts", active[:min(len(active), 2*most)]))
	ranked := b.ranked(series)
	v.add("worst", "Furthest from the average, the unwanted way", "", b.shortTable("worst", "The worst beside others", ranked, most, func(x *besideOthers) bool { return x.z < 0 }, code))
	slices.Reverse(ranked)
	v.add("best", "Furthest from the average, the wanted way", "", b.shortTable("best", "The best beside others", ranked, most, func(x *besideOthers) bool { return x.z > 0 }, code))
	v.add("worse", "Growing worse over time", "By the rules of control charts.", b.moving("worse", "Growing worse", series, code, measure.ConcernHigh, measure.ConcernLow))
	v.add("better", "Growing better over time", "By the rules of control charts.", b.moving("better", "Growing better", series, code, measure.ImprovementHigh, measure.ImprovementLow))
	return s.show(w, r, v)
}

// besideOthers is where a series stands beside others: z above 0 is the wanted way.
type besideOthers struct {
	series *quality.Series
	z      float64
}

// ranked orders series that have a better way by how far they stand from the average.
func (b *board) ranked(series []*quality.Series) []*besideOthers {
	var list []*besideOthers
	for _, x := range series {
		f := x.Subject.Funnel
		better := quality.BetterOf(x.Subject.Definition)
		if f == nil || !x.OnFunnel || better == measure.Neither {
			continue
		}
		for i := range f.Units {
			if u := &f.Units[i]; u.Series == x {
				limit := u.Limits.Alarm.Upper - f.Centre
				if u.Value < f.Centre {
					limit = f.Centre - u.Limits.Alarm.Lower
				}
				if limit > 0 {
					list = append(list, &besideOthers{x, (u.Value - f.Centre) / limit * 3.09 * float64(better)})
				}
			}
		}
	}
	slices.SortStableFunc(list, func(a, b *besideOthers) int { return cmp.Compare(a.z, b.z) })
	return list
}

func (b *board) shortTable(name, caption string, ranked []*besideOthers, most int, keep func(*besideOthers) bool, code string) *Table {
	var list []*quality.Series
	for _, x := range ranked {
		if keep(x) && len(list) < most {
			list = append(list, x.series)
		}
	}
	return b.seriesTable(name, caption, list, code)
}

func (b *board) moving(name, caption string, series []*quality.Series, code string, icons ...measure.Icon) *Table {
	var list []*quality.Series
	for _, x := range series {
		if x.Judged && slices.Contains(icons, x.Variation) {
			list = append(list, x)
		}
	}
	return b.seriesTable(name, caption, list, code)
}
