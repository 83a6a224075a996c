package web

import (
	"context"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"remit/measure"
	"remit/metric"
	"remit/metrics"
	"remit/quality"
	"remit/register"
	"remit/rules"
	"remit/store"
	"remit/suppress"
)

// Quality is what pages on quality rest on besides the store.
type Quality struct {
	Metrics  *metric.Collection
	Rules    []quality.Rule
	Withhold []suppress.Rule
}

// LoadQuality reads definitions and tables of metrics, and the rules for small
// numbers, out of two folders.
func LoadQuality(definitions, small fs.FS) (q Quality, err error) {
	if q.Metrics, err = metric.LoadCollection(definitions); err != nil {
		return q, err
	}
	if q.Rules, err = quality.LoadRules(definitions); err != nil {
		return q, err
	}
	f, err := small.Open("suppression.csv")
	if err != nil {
		return q, err
	}
	defer f.Close()
	q.Withhold, err = suppress.Read("suppression.csv", f)
	return q, err
}

// shippedQuality is Quality of the files that ship.
func shippedQuality() (Quality, error) { return LoadQuality(metrics.Files, rules.FS) }

// qualityRoutes are the addresses on quality. What is published is for everybody;
// returns, drafts and acknowledgements are for those who have a role.
func (s *Site) qualityRoutes() []route {
	return []route{
		{pattern: "GET /quality", may: anyone, serve: s.qualityMatrix},
		{pattern: "GET /quality/metrics", may: anyone, serve: s.metricList},
		{pattern: "GET /quality/metrics/{metric}", may: anyone, serve: s.metricPage},
		{pattern: "GET /quality/metrics/{metric}/{chart}", may: anyone, serve: s.metricChart},
		{pattern: "GET /quality/providers/{code}", may: anyone, serve: s.qualityProvider},
		{pattern: "GET /quality/areas/{code}", may: anyone, serve: s.qualityArea},
		{pattern: "GET /quality/summary/{code}", may: anyone, serve: s.qualitySummary},
		{pattern: "GET /quality/highlighted", may: anyone, serve: s.highlighted},
		{pattern: "GET /quality/highlighted.atom", may: anyone, serve: s.highlightedFeed},
		{pattern: "GET /quality/digest", may: anyone, serve: s.qualityDigest},
	}
}

// dashboards keeps boards that were worked out, until more is published.
type dashboards struct {
	mu     sync.Mutex
	state  string
	boards map[boardKey]*quality.Board
	order  []boardKey
	alerts []*quality.Alert
	list   []store.MetricRelease
}

type boardKey struct {
	release int64
	public  bool
	profile string
	rule    string
}

// mostBoards are kept in memory: the latest for the public and for colleagues, and
// a few that somebody looks back at.
const mostBoards = 4

// board is a board as a page shows it.
type board struct {
	*quality.Board
	Release  store.MetricRelease // that it is as of; number 0: nothing is published
	Releases []store.MetricRelease
	alerts   []*quality.Alert
	public   bool
	asked    *Asked
	query    url.Values
}

// boardOf gives the board that a request is about.
func (s *Site) boardOf(r *http.Request) (*board, error) {
	a, query := asked(r), r.URL.Query()
	b := &board{public: a.Account == nil && a.Key == nil || a.Account != nil && ownProvider(a) != "" || !hasRole(a), asked: a, query: query}
	profile := measure.Profiles()[0]
	if name := query.Get("profile"); name != "" {
		p, err := measure.ProfileOf(name)
		if err != nil {
			return nil, &problem{http.StatusNotFound, "There is no such profile", err.Error(), "Leave profile out of the address for the usual one."}
		}
		profile = p
	}
	release := int64(0)
	if text := query.Get("release"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 {
			return nil, &problem{http.StatusBadRequest, "That is no release", "Releases are numbered from 1.", "Leave release out of the address for the latest."}
		}
		release = n
	}
	return b, s.fill(r.Context(), b, release, profile)
}

func hasRole(a *Asked) bool {
	return a.Account != nil && slices.ContainsFunc(store.Roles, a.Account.Has)
}

// fill works the board out, or takes one that was.
func (s *Site) fill(ctx context.Context, b *board, release int64, profile measure.Profile) error {
	d := &s.dashboards
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := s.renew(ctx); err != nil {
		return err
	}
	b.alerts, b.Releases = d.alerts, d.list
	if release != 0 {
		i := slices.IndexFunc(d.list, func(r store.MetricRelease) bool { return r.Number == release })
		if i < 0 {
			return &problem{http.StatusNotFound, "There is no such release", fmt.Sprintf("Release %d has not been published.", release), "Leave release out of the address for the latest."}
		}
		b.Release, b.Releases = d.list[i], d.list
	} else if len(d.list) > 0 {
		b.Release = d.list[0]
	}
	rule, err := suppress.For(s.quality.Withhold, "quality", s.today())
	if err != nil && b.public {
		return err // without a rule nothing may be shown
	}
	key := boardKey{b.Release.Number, b.public, profile.String(), ""}
	if b.public {
		key.rule = rule.Name
	}
	if b.Board = d.boards[key]; b.Board != nil {
		return nil
	}
	figures, find, err := s.store.PublishedFigures(ctx, b.Release.Number)
	if err != nil {
		return err
	}
	o := quality.Options{Profile: profile, Definition: find, Rebases: s.quality.Metrics.Rebases, Workers: 2}
	if b.public {
		o.Withhold = &quality.Withholding{Small: rule.Withholds, Round: rule.Rounded, Says: rule.Says()}
	}
	if b.Release.Number == 0 {
		figures = nil
	}
	b.Board = quality.Build(figures, o)
	d.keep(key, b.Board)
	return nil
}

// renew forgets what was worked out when more has been published or said.
func (s *Site) renew(ctx context.Context) error {
	d := &s.dashboards
	state, err := s.store.MetricState(ctx)
	if err != nil || state == d.state && d.boards != nil {
		return err
	}
	alerts, err := s.store.Alerts(ctx)
	if err != nil {
		return err
	}
	list, err := s.store.MetricReleases(ctx)
	if err != nil {
		return err
	}
	number, _, _ := strings.Cut(state, " ")
	before, _, _ := strings.Cut(d.state, " ")
	if number != before || d.boards == nil {
		d.boards, d.order = map[boardKey]*quality.Board{}, nil
	}
	d.state, d.alerts, d.list = state, alerts, list
	return nil
}

func (d *dashboards) keep(key boardKey, b *quality.Board) {
	if len(d.order) == mostBoards {
		delete(d.boards, d.order[0])
		d.order = d.order[1:]
	}
	d.boards[key] = b
	d.order = append(d.order, key)
}

// to is the address of a page on quality that keeps release and profile.
func (b *board) to(path string, pairs ...string) string {
	for _, name := range []string{"release", "profile"} {
		if v := b.query.Get(name); v != "" && !slices.Contains(pairs, name) {
			pairs = append(pairs, name, v)
		}
	}
	return b.asked.To(path, pairs...)
}

// name is what an organisation is called.
func (b *board) name(code string) string {
	if code == "" {
		return "All organisations together"
	}
	return b.asked.Register.Name(code, b.asked.On)
}

// service is what a service is called, by its code or that of a line.
func (b *board) service(code string) string {
	for _, table := range []string{"service_line", "service"} {
		if row, ok := b.asked.Register.nearest(table, code, b.asked.On); ok {
			return row.Get("title")
		}
	}
	return code
}

// either names organisations and services.
func (b *board) either(code string) string {
	if name := b.service(code); name != code {
		return name
	}
	return b.name(code)
}

// boardOfProvider is the board in whose area a provider lies, blank for none.
func (b *board) boardOfProvider(code string) string { return providerBoard(b.asked, code) }

func providerBoard(a *Asked, code string) string {
	if row, ok := a.Register.nearest("provider", code, a.On); ok {
		return row.Get("icb")
	}
	return ""
}

// Alerts are those that were raised by the board's release or before, which the
// reader may see: none whose figure is withheld.
func (b *board) Alerts() []*quality.Alert {
	var list []*quality.Alert
	for _, a := range b.alerts {
		if a.Raised > b.Release.Number {
			continue
		}
		if a = asOf(a, b.Release.Number); b.shows(a) {
			list = append(list, a)
		}
	}
	slices.SortStableFunc(list, quality.ByWeight)
	return list
}

// asOf is an alert without what happened after a release.
func asOf(a *quality.Alert, release int64) *quality.Alert {
	if a.Changed <= release {
		return a
	}
	var events []quality.Event
	for _, e := range a.Events {
		if e.Release <= release {
			events = append(events, e)
		}
	}
	return quality.Fold(events)[0]
}

func (b *board) shows(a *quality.Alert) bool {
	s := b.Find(a.Service, a.Metric)
	if s == nil {
		return false
	}
	x := s.Of(a.Organisation)
	if x == nil {
		return false
	}
	p := x.At(a.Period)
	return p != nil && p.Has()
}

// warn says that figures are made up, when some are.
func (b *board) warn() string {
	if slices.ContainsFunc(b.Subjects, func(s *quality.Subject) bool { return s.Definition.Synthetic }) {
		return "Synthetic: figures here are made up to try the program with, and say nothing of anybody."
	}
	return ""
}

// notes say what a page on quality rests on.
func (b *board) notes() []string {
	if b.Release.Number == 0 {
		return nil
	}
	list := []string{fmt.Sprintf("Release %d, published on %s: %s. What a release published stays as it is.", b.Release.Number, longDate(register.DayOf(b.Release.At)), b.Release.Title),
		"Control charts: " + b.Profile.String() + ". Alerts are those that each release found."}
	if b.Withhold != nil {
		list = append(list, b.Withhold.Says+" Everything here, averages and limits too, is worked out without them.")
	}
	return list
}

// links lead to the same board at other releases, and to the other pages.
func (b *board) links() []link {
	list := []link{{"Highlighted: what changed", b.to("/quality/highlighted")}, {"All metrics", b.to("/quality/metrics")}}
	if hasRole(b.asked) {
		list = append(list, link{"Returns: who is due, late, missing", "/quality/returns"})
	}
	return list
}

// releaseLinks lead to this page as other releases left it.
func (b *board) releaseLinks() []link {
	var list []link
	for _, r := range b.Releases {
		if r.Number == b.Release.Number {
			list = append(list, link{fmt.Sprintf("Link to this page as of release %d", r.Number), b.asked.with("release", strconv.FormatInt(r.Number, 10), "format", "")})
		}
	}
	for i, r := range b.Releases {
		if r.Number != b.Release.Number && i < 6 {
			list = append(list, link{fmt.Sprintf("As of release %d, %s", r.Number, r.Title), b.asked.with("release", strconv.FormatInt(r.Number, 10), "format", "")})
		}
	}
	return list
}

// view begins a page on quality.
func (b *board) view(title, lead string, trail ...link) view {
	v := view{Page: "record", Place: "/quality", Title: title, Lead: lead, Warn: b.warn(), Notes: b.notes(), Trail: append([]link{{"Quality", b.to("/quality")}}, trail...)}
	if b.Release.Number != 0 && len(b.Releases) > 0 && b.Release.Number < b.Releases[0].Number {
		v.Warn = strings.TrimSpace(v.Warn + fmt.Sprintf(" More has been published since: this is release %d of %d.", b.Release.Number, b.Releases[0].Number))
	}
	return v
}

// drawing is a chart on a page.
type drawing struct {
	ID, Title, Foot, Beside, File string
	SVG                           template.HTML
	Key                           []drawingKey
}

type drawingKey struct {
	SVG  template.HTML
	Text string
}

// shownDrawing makes a drawing part of a page. Every text in it was escaped when it
// was drawn.
func shownDrawing(d *quality.Drawing, beside, file string) *drawing {
	x := &drawing{ID: d.ID, Title: d.Title, Foot: d.Foot, Beside: beside, File: file, SVG: template.HTML(d.SVG)}
	for _, k := range d.Key {
		x.Key = append(x.Key, drawingKey{template.HTML(k.SVG), k.Text})
	}
	return x
}

// nothingPublished is the page while there is nothing to show.
func (s *Site) nothingPublished(w http.ResponseWriter, r *http.Request, b *board) error {
	v := b.view("Nothing has been published on quality yet", "Providers return figures each quarter, a second person signs them, and a release publishes them. The manual says how, and how to try it with made-up returns.")
	v.Trail = nil
	v.Parts = []section{{ID: "more", Title: "Where to begin", Links: append(b.links(), link{"Quality metrics in the manual", b.asked.To("/help/metrics")})}}
	return s.show(w, r, v)
}

// qualityMatrix is the first page on quality: services by providers.
func (s *Site) qualityMatrix(w http.ResponseWriter, r *http.Request) error {
	b, err := s.boardOf(r)
	if err != nil {
		return err
	}
	if len(b.Subjects) == 0 {
		return s.nothingPublished(w, r, b)
	}
	var active []*quality.Alert
	concerns, concerned := 0, map[string]bool{}
	for _, a := range b.Alerts() {
		if a.Active() {
			active = append(active, a)
			if a.Judgement == "concern" {
				concerns++
				concerned[a.Organisation] = true
			}
		}
	}
	v := b.view(fmt.Sprintf("%s at %s of %d, up to %s", plural(concerns, "concern stands out", "concerns stand out"), plural(len(concerned), "provider", "providers"), len(b.Organisations()), b.Latest),
		"A concern is a figure that stands out the unwanted way, by a rule of a control chart or a funnel. It is a reason to ask, not a judgement.")
	v.Trail = nil
	v.Parts = append(v.Parts, section{ID: "more", Links: b.links()})
	v.add("matrix", "Services by provider", "Of the metrics of each service, how many stand out. The providers with most concerns come first.", b.matrix(active))
	v.add("services", "Services", "", b.serviceTable(active))
	v.add("areas", "By integrated care board", "Providers are counted where they stand, not where their patients live.", b.areaTable(active))
	v.Parts = append(v.Parts, section{ID: "releases", Title: "Releases", Links: b.releaseLinks()})
	return s.show(w, r, v)
}

// services are the codes of those that have figures, in the order of the board.
func (b *board) services() (list []string) {
	for _, s := range b.Subjects {
		if len(list) == 0 || list[len(list)-1] != s.Service {
			list = append(list, s.Service)
		}
	}
	return list
}

// tally counts what stands out.
type tally struct{ concerns, improvements, others, metrics int }

func (t *tally) add(a *quality.Alert) {
	switch a.Judgement {
	case "concern":
		t.concerns++
	case "improvement":
		t.improvements++
	default:
		t.others++
	}
}

// cell is a tally in words, sorted by concerns.
func (t *tally) cell(href string) Cell {
	var parts []string
	for _, x := range []struct {
		n   int
		one string
	}{{t.concerns, "concern"}, {t.improvements, "improvement"}, {t.others, "unusual"}} {
		switch {
		case x.n == 1 || x.n > 0 && x.one == "unusual":
			parts = append(parts, fmt.Sprintf("%d %s", x.n, x.one))
		case x.n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", x.n, x.one))
		}
	}
	text := strings.Join(parts, ", ")
	if text == "" {
		text = "Nothing"
	}
	if t.concerns > 0 {
		text = "▲ " + text
	}
	return Cell{Text: text, Value: fmt.Sprintf("%d.%03d", t.concerns, t.improvements+t.others), More: "of " + plural(t.metrics, "metric", "metrics"), Href: href}
}

func (b *board) matrix(active []*quality.Alert) *Table {
	services := b.services()
	type at struct{ organisation, service string }
	tallies := map[at]*tally{}
	total := map[string]*tally{}
	for _, code := range b.Organisations() {
		total[code] = &tally{}
		for _, x := range b.Of(code) {
			k := at{code, x.Subject.Service}
			if tallies[k] == nil {
				tallies[k] = &tally{}
			}
			tallies[k].metrics++
			total[code].metrics++
		}
	}
	for _, a := range active {
		if t := tallies[at{a.Organisation, a.Service}]; t != nil {
			t.add(a)
			total[a.Organisation].add(a)
		}
	}
	codes := b.Organisations()
	slices.SortStableFunc(codes, func(x, y string) int { return total[y].concerns - total[x].concerns })
	t := &Table{Name: "matrix", Caption: "What stands out, by provider and service", Search: true, Columns: []Column{{Key: "provider", Title: "Provider", Wide: true}, {Key: "board", Title: "Where it stands", Filter: true}}}
	for _, service := range services {
		t.Columns = append(t.Columns, Column{Key: service, Title: b.service(service)})
	}
	for _, code := range codes {
		row := Row{Cell{Text: b.name(code), Value: code, More: code, Href: b.to("/quality/providers/" + url.PathEscape(code))}, b.areaCell(code)}
		for _, service := range services {
			k := at{code, service}
			if tallies[k] == nil {
				row = append(row, Cell{Lacks: "Not applicable"})
				continue
			}
			row = append(row, tallies[k].cell(b.to("/quality/providers/"+url.PathEscape(code))+"#"+anchor(service)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (b *board) areaCell(provider string) Cell {
	icb := b.boardOfProvider(provider)
	if icb == "" {
		return Cell{Lacks: "Not known"}
	}
	return Cell{Text: b.name(icb), Value: icb, Href: b.to("/quality/areas/" + url.PathEscape(icb))}
}

func (b *board) serviceTable(active []*quality.Alert) *Table {
	t := &Table{Name: "services", Caption: "Services and their metrics", Columns: []Column{{Key: "metric", Title: "Metric", Wide: true}, {Key: "service", Title: "Service", Filter: true}, {Key: "latest", Title: "Latest"}, {Key: "value", Title: "All together", Numeric: true}, {Key: "submitted", Title: "With a figure"}, {Key: "out", Title: "What stands out"}}}
	by := map[[2]string]*tally{}
	for _, a := range active {
		k := [2]string{a.Service, a.Metric}
		if by[k] == nil {
			by[k] = &tally{}
		}
		by[k].add(a)
	}
	for _, x := range b.Subjects {
		y := by[[2]string{x.Service, x.Metric}]
		if y == nil {
			y = &tally{}
		}
		y.metrics = 1
		out := y.cell("")
		out.More = ""
		p := x.Whole.At(x.Latest)
		t.Rows = append(t.Rows, Row{b.metricCell(x, ""), Cell{Text: b.service(x.Service), Value: x.Service}, say(x.Latest.String()), figureCell(x, p), say(p.Note), out})
	}
	return t
}

// metricCell leads to a metric, of one organisation or all.
func (b *board) metricCell(s *quality.Subject, organisation string) Cell {
	return Cell{Text: s.Definition.Short, Value: s.Metric, Href: b.metricAddress(s, organisation)}
}

func (b *board) metricAddress(s *quality.Subject, organisation string, pairs ...string) string {
	pairs = append(pairs, "provider", organisation)
	if first := b.Find("", s.Metric); first != s {
		pairs = append(pairs, "service", s.Service)
	}
	return b.to("/quality/metrics/"+url.PathEscape(s.Metric), pairs...)
}

// figureCell is a figure of a metric, or in which way there is none.
func figureCell(s *quality.Subject, p *quality.Point) Cell {
	if p == nil {
		return Cell{Lacks: "Not applicable"}
	}
	if p.Has() {
		return Cell{Text: quality.Shown(s.Definition, p.Value), Value: strconv.FormatFloat(p.Value, 'g', -1, 64)}
	}
	return Cell{Lacks: absenceWords(p)}
}

// absenceWords say in which way a figure is absent.
func absenceWords(p *quality.Point) string {
	switch {
	case p.State == metric.Suppressed:
		return "Suppressed"
	case p.State == metric.NotApplicable:
		return "Not applicable"
	case p.State == metric.NotSubmitted && p.Came:
		return "Not submitted"
	case p.State == metric.NotSubmitted:
		return "Not submitted: nothing came"
	}
	return "Out of nothing"
}

func (b *board) areaTable(active []*quality.Alert) *Table {
	t := &Table{Name: "areas", Caption: "Boards in whose area providers stand", Search: true, Columns: []Column{{Key: "board", Title: "Board", Wide: true}, {Key: "providers", Title: "Providers", Numeric: true}, {Key: "out", Title: "What stands out"}}}
	by, providers := map[string]*tally{}, map[string]int{}
	for _, code := range b.Organisations() {
		icb := b.boardOfProvider(code)
		if by[icb] == nil {
			by[icb] = &tally{}
		}
		providers[icb]++
		by[icb].metrics += len(b.Of(code))
	}
	for _, a := range active {
		by[b.boardOfProvider(a.Organisation)].add(a)
	}
	codes := []string{}
	for icb := range by {
		if icb != "" {
			codes = append(codes, icb)
		}
	}
	slices.SortFunc(codes, func(x, y string) int { return strings.Compare(b.name(x), b.name(y)) })
	for _, icb := range codes {
		t.Rows = append(t.Rows, Row{Cell{Text: b.name(icb), Value: icb, More: icb, Href: b.to("/quality/areas/" + url.PathEscape(icb))}, number(providers[icb]), by[icb].cell("")})
	}
	return t
}
