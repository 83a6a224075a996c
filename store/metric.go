package store

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"remit/measure"
	"remit/metric"
	"remit/quality"
)

// aboutMetrics begins the actions whose entries vouch for rows about metrics.
const aboutMetrics = "metric."

// The actions on returns, as steps and as entries have them.
const (
	ReturnSubmitted = "submit"
	ReturnSigned    = "sign"
	ReturnSentBack  = "send back"
	ReturnPublished = "publish"
)

// Return is a version of what an organisation returns for a service and a quarter.
// State is the action that came last.
type Return struct {
	ID                    int64
	Organisation, Service string
	Quarter               metric.Quarter
	Version               int64
	Reason, File          string
	At                    time.Time
	By                    string // who entered it
	State                 string
	Release               int64 // by which it was published
	SignedBy, PublishedBy string
	Note                  string // of the last step
	Steps                 []ReturnStep
	Figures               []quality.Figure
}

// ReturnStep is a step of a return after it came.
type ReturnStep struct {
	Return   int64
	Action   string
	Release  int64
	At       time.Time
	By, Note string
	moment   string
	seq      int64
}

// MetricRelease is a publication of returns.
type MetricRelease struct {
	Number  int64
	Title   string
	Profile string
	At      time.Time
	By      string
}

const (
	definitionColumns = "seq, metric, version, meaning, content"
	returnColumns     = "id, organisation, service, quarter, version, reason, file, figures, at, by_account"
	stepColumns       = "seq, of_return, action, release, at, by_account, note"
	metricRelease     = "number, title, profile, at, by_account"
	alertColumns      = "seq, alert, action, release, finding, at, by_account, note"
)

var figureColumns = []string{"metric", "version", "meaning", "state", "numerator", "denominator", "note"}

// writeFigures writes the figures of a return as the store keeps them.
func writeFigures(figures []quality.Figure) (string, error) {
	var b strings.Builder
	out := csv.NewWriter(&b)
	if err := out.Write(figureColumns); err != nil {
		return "", err
	}
	number := func(v float64) string {
		if math.IsNaN(v) {
			return ""
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	for i := range figures {
		f := &figures[i]
		if err := out.Write([]string{f.Metric, strconv.Itoa(f.Version), f.Meaning, string(f.State), number(f.Numerator), number(f.Denominator), f.Note}); err != nil {
			return "", err
		}
	}
	out.Flush()
	return b.String(), out.Error()
}

// figuresReader reads figures of many returns, and keeps one copy of each word.
type figuresReader struct{ words map[string]string }

func newFiguresReader() *figuresReader { return &figuresReader{map[string]string{}} }

func (r *figuresReader) word(s string) string {
	if w, known := r.words[s]; known {
		return w
	}
	s = strings.Clone(s)
	r.words[s] = s
	return s
}

// read adds the figures of a return to the list.
func (r *figuresReader) read(list []quality.Figure, of *Return, text string) ([]quality.Figure, error) {
	organisation, service := r.word(of.Organisation), r.word(of.Service)
	err := figureRows(text, func(row []string) error {
		version, err := strconv.Atoi(row[1])
		if err != nil {
			return fmt.Errorf("version %q: %w", row[1], err)
		}
		numerator, err1 := readNumber(row[4])
		denominator, err2 := readNumber(row[5])
		list = append(list, quality.Figure{Organisation: organisation, Service: service, Metric: r.word(row[0]), Version: version, Meaning: r.word(row[2]), Period: of.Quarter,
			State: metric.State(r.word(row[3])), Numerator: numerator, Denominator: denominator, Note: r.note(row[6]), Return: of.ID})
		return errors.Join(err1, err2)
	})
	if err != nil {
		return nil, fmt.Errorf("read the figures of return %d: %w", of.ID, err)
	}
	return list, nil
}

// note is a note that does not hold on to the text of the whole return.
func (r *figuresReader) note(s string) string {
	if s == "" {
		return ""
	}
	return strings.Clone(s)
}

// figureRows hands over the rows of figures behind their header. Text without
// quotation marks, as nearly all is, needs no more than cutting at its commas.
func figureRows(text string, do func(row []string) error) error {
	if strings.Contains(text, `"`) {
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			return err
		}
		for _, row := range rows[min(1, len(rows)):] {
			if len(row) != len(figureColumns) {
				return fmt.Errorf("a row has %d fields for %d columns", len(row), len(figureColumns))
			}
			if err := do(row); err != nil {
				return err
			}
		}
		return nil
	}
	row := make([]string, len(figureColumns))
	_, text, _ = strings.Cut(text, "\n")
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" {
			continue
		}
		n, more := 0, true
		for ; more && n < len(row); n++ {
			row[n], line, more = strings.Cut(line, ",")
		}
		if more || n != len(row) {
			return fmt.Errorf("a row has not the %d fields of its columns", len(row))
		}
		if err := do(row); err != nil {
			return err
		}
	}
	return nil
}

func readNumber(text string) (float64, error) {
	if text == "" {
		return math.NaN(), nil
	}
	return strconv.ParseFloat(text, 64)
}

func scanReturn(row scanner) (r Return, figures string, err error) {
	var quarter, at string
	if err = row.Scan(&r.ID, &r.Organisation, &r.Service, &quarter, &r.Version, &r.Reason, &r.File, &figures, &at, &r.By); err != nil {
		return r, "", err
	}
	r.At, r.State = unstamp(at), ReturnSubmitted
	r.Quarter, err = metric.ParseQuarter(quarter)
	return r, figures, err
}

func scanStep(row scanner) (e ReturnStep, err error) {
	err = row.Scan(&e.seq, &e.Return, &e.Action, &e.Release, &e.moment, &e.By, &e.Note)
	e.At = unstamp(e.moment)
	return e, err
}

// take applies a step to the return.
func (r *Return) take(e ReturnStep) {
	r.Steps = append(r.Steps, e)
	r.State, r.Note = e.Action, e.Note
	switch e.Action {
	case ReturnSigned:
		r.SignedBy = e.By
	case ReturnPublished:
		r.PublishedBy, r.Release = e.By, e.Release
	}
}

// ReturnFilter picks returns; blank fields pick all.
type ReturnFilter struct {
	Organisation, Service string
	Quarter               metric.Quarter
	States                []string
	Figures               bool // with their figures
	Latest                bool // only the latest version of each
}

// Returns lists returns by organisation, service, quarter and version.
func (s *Store) Returns(ctx context.Context, f ReturnFilter) (list []Return, err error) {
	err = s.view(ctx, func(q querier) error {
		list, err = returns(ctx, q, f)
		return err
	})
	return list, err
}

func returns(ctx context.Context, q querier, f ReturnFilter) ([]Return, error) {
	var terms []string
	var args []any
	for _, x := range [][2]string{{"organisation", f.Organisation}, {"service", f.Service}, {"quarter", quarterText(f.Quarter)}} {
		if x[1] != "" {
			args = append(args, x[1])
			terms = append(terms, fmt.Sprintf("%s = $%d", x[0], len(args)))
		}
	}
	where := ""
	if len(terms) > 0 {
		where = " WHERE " + strings.Join(terms, " AND ")
	}
	columns := returnColumns
	if !f.Figures {
		columns = strings.Replace(columns, "figures", "''", 1)
	}
	reader := newFiguresReader()
	var list []Return
	at := map[int64]int{}
	err := each(ctx, q, func(row scanner) error {
		r, text, err := scanReturn(row)
		if err == nil && f.Figures {
			r.Figures, err = reader.read(nil, &r, text)
		}
		at[r.ID] = len(list)
		list = append(list, r)
		return err
	}, "SELECT "+columns+" FROM metric_return"+where+" ORDER BY organisation, service, quarter, version", args...)
	if err != nil {
		return nil, err
	}
	steps := "SELECT " + stepColumns + " FROM metric_step ORDER BY seq"
	if where != "" {
		steps = "SELECT " + stepColumns + " FROM metric_step WHERE of_return IN (SELECT id FROM metric_return" + where + ") ORDER BY seq"
	}
	err = each(ctx, q, func(row scanner) error {
		e, err := scanStep(row)
		if i, ok := at[e.Return]; ok && err == nil {
			list[i].take(e)
		}
		return err
	}, steps, args...)
	kept := list[:0]
	for i := range list {
		superseded := f.Latest && i+1 < len(list) && list[i].sameSlot(&list[i+1])
		if !superseded && (len(f.States) == 0 || slices.Contains(f.States, list[i].State)) {
			kept = append(kept, list[i])
		}
	}
	return kept, err
}

func quarterText(q metric.Quarter) string {
	if q == (metric.Quarter{}) {
		return ""
	}
	return q.String()
}

func (r *Return) sameSlot(o *Return) bool {
	return r.Organisation == o.Organisation && r.Service == o.Service && r.Quarter == o.Quarter
}

// MetricReturn is the return with a number, with its figures.
func (s *Store) MetricReturn(ctx context.Context, id int64) (Return, error) {
	r, err := first(ctx, s.reading, func(row scanner) (Return, error) { r, _, err := scanReturn(row); return r, err }, "SELECT "+returnColumns+" FROM metric_return WHERE id = $1", id)
	if err != nil {
		return r, err
	}
	list, err := s.Returns(ctx, ReturnFilter{Organisation: r.Organisation, Service: r.Service, Quarter: r.Quarter, Figures: true})
	if i := slices.IndexFunc(list, func(x Return) bool { return x.ID == id }); i >= 0 {
		return list[i], err
	}
	return r, err
}

// Incoming is what is submitted: figures of one organisation, service and quarter.
type Incoming struct {
	Organisation, Service string
	Quarter               metric.Quarter
	Reason, File          string
	Figures               []quality.Figure
	Definitions           []*metric.Definition // by which they were counted
}

// SubmitReturns takes returns in, all of them or none, and gives their numbers. A
// return of which there is one already is a new version, and needs a reason unless
// the last was sent back.
func (s *Store) SubmitReturns(ctx context.Context, actor string, list []Incoming) (ids []int64, err error) {
	texts := make([]string, len(list))
	for i := range list {
		if texts[i], err = writeFigures(list[i].Figures); err != nil {
			return nil, err
		}
	}
	err = s.write(ctx, func(w *writing) error {
		ids = nil
		last, err := w.number("SELECT COALESCE(MAX(id), 0) FROM metric_return")
		if err != nil {
			return err
		}
		standing, err := w.standing()
		if err != nil {
			return err
		}
		var rows [][]any
		var about []string
		for i := range list {
			in := &list[i]
			key := slot{in.Organisation, in.Service, in.Quarter.String()}
			before := standing[key]
			if before.version > 0 && before.state != ReturnSentBack && strings.TrimSpace(in.Reason) == "" {
				return refuse("%s has returned %s for %s already (version %d); say why it is corrected", in.Organisation, in.Service, in.Quarter, before.version)
			}
			id := last + int64(i) + 1
			ids, standing[key] = append(ids, id), latest{before.version + 1, ReturnSubmitted, id}
			rows = append(rows, []any{id, in.Organisation, in.Service, in.Quarter.String(), before.version + 1, in.Reason, in.File, texts[i], w.at, actor})
			if len(about) < 20 {
				about = append(about, fmt.Sprintf("%s %s %s v%d", in.Organisation, in.Service, in.Quarter, before.version+1))
			}
		}
		definitions, err := w.keepDefinitions(list)
		if err != nil {
			return err
		}
		kept, err := w.keepRows("metric_return", returnColumns, rows)
		if err != nil {
			return err
		}
		return w.audit(actor, aboutMetrics+ReturnSubmitted, subjectOf(ids), detail{Kept: those(definitions, kept), Other: map[string]any{"returns": len(rows), "among_them": about}})
	})
	return ids, err
}

// subjectOf names what an entry is about: one return, or returns.
func subjectOf(ids []int64) string {
	if len(ids) == 1 {
		return fmt.Sprintf("return %d", ids[0])
	}
	return "returns"
}

// slot is what a return is of, and latest what there is of it.
type slot struct{ organisation, service, quarter string }

type latest struct {
	version int64
	state   string
	id      int64
}

// standing is the latest version of each return, with its state.
func (w *writing) standing() (map[slot]latest, error) {
	all := map[slot]latest{}
	slots := map[int64]slot{}
	err := each(w.ctx, w, func(row scanner) error {
		var k slot
		h := latest{state: ReturnSubmitted}
		if err := row.Scan(&h.id, &k.organisation, &k.service, &k.quarter, &h.version); err != nil {
			return err
		}
		all[k], slots[h.id] = h, k
		return nil
	}, "SELECT id, organisation, service, quarter, version FROM metric_return ORDER BY version")
	if err != nil {
		return nil, err
	}
	return all, each(w.ctx, w, func(row scanner) error {
		var of int64
		var action string
		if err := row.Scan(&of, &action); err != nil {
			return err
		}
		if k := slots[of]; all[k].id == of {
			h := all[k]
			h.state = action
			all[k] = h
		}
		return nil
	}, "SELECT of_return, action FROM metric_step ORDER BY seq")
}

// keepDefinitions keeps the definitions that the store has not.
func (w *writing) keepDefinitions(list []Incoming) (*keptRange, error) {
	last, err := w.number("SELECT COALESCE(MAX(seq), 0) FROM metric_definition")
	if err != nil {
		return nil, err
	}
	type key struct {
		id      string
		version int
		meaning string
	}
	there := map[key]bool{}
	err = each(w.ctx, w, func(row scanner) error {
		var k key
		err := row.Scan(&k.id, &k.version, &k.meaning)
		there[k] = true
		return err
	}, "SELECT metric, version, meaning FROM metric_definition")
	if err != nil {
		return nil, err
	}
	var rows [][]any
	for i := range list {
		for _, d := range list[i].Definitions {
			k := key{d.ID, d.Version, d.Meaning()}
			if there[k] {
				continue
			}
			there[k] = true
			last++
			rows = append(rows, []any{last, d.ID, d.Version, k.meaning, string(d.Text)})
		}
	}
	return w.keepRows("metric_definition", definitionColumns, rows)
}

// SignReturns signs returns off. Who entered one cannot sign it: it takes a second
// person. All of them are signed, or none.
func (s *Store) SignReturns(ctx context.Context, actor string, ids []int64, note string) error {
	return s.stepReturns(ctx, actor, ReturnSigned, ids, note, func(r *Return) error {
		if r.By == actor {
			return refuse("%s entered return %d and cannot sign it: a second person signs", actor, r.ID)
		}
		return nil
	}, ReturnSubmitted)
}

// SendReturnBack gives a return back to who entered it, with what is to be put right.
func (s *Store) SendReturnBack(ctx context.Context, actor string, id int64, note string) error {
	if strings.TrimSpace(note) == "" {
		return refuse("say what is to be put right in return %d", id)
	}
	return s.stepReturns(ctx, actor, ReturnSentBack, []int64{id}, note, func(*Return) error { return nil }, ReturnSubmitted, ReturnSigned)
}

// stepReturns takes a step with returns that are the latest of their kind and in
// one of some states.
func (s *Store) stepReturns(ctx context.Context, actor, action string, ids []int64, note string, may func(*Return) error, from ...string) error {
	return s.write(ctx, func(w *writing) error {
		list, err := returns(ctx, w, ReturnFilter{Latest: true})
		if err != nil {
			return err
		}
		at := make(map[int64]int, len(list))
		for i := range list {
			at[list[i].ID] = i
		}
		var rows [][]any
		for _, id := range ids {
			i, known := at[id]
			switch {
			case !known:
				return refuse("there is no return %d, or a later version has taken its place", id)
			case !slices.Contains(from, list[i].State):
				return refuse("return %d of %s (%s, %s) is %s: it cannot be %s", id, list[i].Organisation, list[i].Service, list[i].Quarter, stepWord(list[i].State), stepWord(action))
			}
			if err := may(&list[i]); err != nil {
				return err
			}
			rows = append(rows, []any{id, action, int64(0), w.at, actor, note})
		}
		kept, err := w.keepNumbered("metric_step", stepColumns, rows)
		if err != nil {
			return err
		}
		return w.audit(actor, aboutMetrics+action, subjectOf(ids), detail{Reason: note, Kept: those(kept), Other: map[string]any{"returns": len(rows)}})
	})
}

// stepWord is a state of a return in words.
func stepWord(state string) string {
	return map[string]string{ReturnSubmitted: "submitted", ReturnSigned: "signed", ReturnSentBack: "sent back", ReturnPublished: "published"}[state]
}

// Publication is what a release publishes, and by what its alerts are judged.
type Publication struct {
	Title    string
	Quarter  metric.Quarter // of which all signed returns are published; zero: of all
	Profile  measure.Profile
	Rules    []quality.Rule
	Rebases  []metric.Rebase
	Excepted []int64 // signed returns that wait
}

// Published is what a release came to.
type Published struct {
	Release                    int64
	Returns                    int
	Raised, Continued, Settled int
}

// Publish publishes signed returns as one release, and takes the alerts on by what
// the figures then say. What is published is frozen: a correction is a new version
// of a return and a later release.
func (s *Store) Publish(ctx context.Context, actor string, p Publication) (out Published, err error) {
	err = s.write(ctx, func(w *writing) error {
		list, err := returns(ctx, w, ReturnFilter{Quarter: p.Quarter, Latest: true, States: []string{ReturnSigned}})
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(r Return) bool { return slices.Contains(p.Excepted, r.ID) })
		if len(list) == 0 {
			return refuse("no return is signed and waits to be published")
		}
		number, err := w.number("SELECT COALESCE(MAX(number), 0) + 1 FROM metric_release")
		if err != nil {
			return err
		}
		out = Published{Release: number, Returns: len(list)}
		released, err := w.keepRows("metric_release", metricRelease, [][]any{{number, p.Title, p.Profile.String(), w.at, actor}})
		if err != nil {
			return err
		}
		var rows [][]any
		for i := range list {
			rows = append(rows, []any{list[i].ID, ReturnPublished, number, w.at, actor, ""})
		}
		steps, err := w.keepNumbered("metric_step", stepColumns, rows)
		if err != nil {
			return err
		}
		alerts, err := w.followAlerts(p, &out)
		if err != nil {
			return err
		}
		return w.audit(actor, aboutMetrics+ReturnPublished, fmt.Sprintf("release %d", number), detail{Reason: p.Title, Kept: those(released, steps, alerts), Other: map[string]any{
			"returns": out.Returns, "raised": out.Raised, "continued": out.Continued, "resolved": out.Settled, "profile": p.Profile.String()}})
	})
	return out, err
}

// followAlerts judges all published figures and records what becomes of alerts.
func (w *writing) followAlerts(p Publication, out *Published) (*keptRange, error) {
	figures, err := publishedFigures(w.ctx, w, out.Release)
	if err != nil {
		return nil, err
	}
	find, err := definitionFinder(w.ctx, w)
	if err != nil {
		return nil, err
	}
	board := quality.Build(figures, quality.Options{Profile: p.Profile, Definition: find, Rebases: p.Rebases, Workers: runtime.NumCPU()})
	all, err := alerts(w.ctx, w)
	if err != nil {
		return nil, err
	}
	active := slices.DeleteFunc(all, func(a *quality.Alert) bool { return !a.Active() })
	var rows [][]any
	for _, e := range quality.Follow(active, board.Signals(p.Rules), board.Judged, out.Release) {
		switch e.Action {
		case quality.Raise:
			out.Raised++
		case quality.Continue:
			out.Continued++
		case quality.Resolve:
			out.Settled++
		}
		rows = append(rows, w.alertRow(e))
	}
	return w.keepNumbered("metric_alert_event", alertColumns, rows)
}

func (w *writing) alertRow(e quality.Event) []any {
	return []any{e.Alert, string(e.Action), e.Release, jsonText(findingOf(&e.Signal)), w.at, e.Actor, e.Note}
}

// finding is a signal as it is written down: numbers that do not exist are left out.
type finding struct {
	Organisation string   `json:"organisation"`
	Service      string   `json:"service"`
	Metric       string   `json:"metric"`
	Version      int      `json:"version"`
	Period       string   `json:"period"`
	Chart        string   `json:"chart"`
	Way          string   `json:"way"`
	Rule         string   `json:"rule"`
	Severity     string   `json:"severity"`
	Judgement    string   `json:"judgement,omitempty"`
	Value        *float64 `json:"value,omitempty"`
	Centre       *float64 `json:"centre,omitempty"`
	Lower        *float64 `json:"lower,omitempty"`
	Upper        *float64 `json:"upper,omitempty"`
}

func findingOf(s *quality.Signal) finding {
	number := func(v float64) *float64 {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		return &v
	}
	return finding{s.Organisation, s.Service, s.Metric, s.Version, s.Period.String(), s.Chart, s.Way, s.Rule, s.Severity, s.Judgement, number(s.Value), number(s.Centre), number(s.LimitLow), number(s.LimitUpper)}
}

func (f finding) signal() (s quality.Signal, err error) {
	number := func(v *float64) float64 {
		if v == nil {
			return math.NaN()
		}
		return *v
	}
	s = quality.Signal{Key: quality.Key{Organisation: f.Organisation, Service: f.Service, Metric: f.Metric, Chart: f.Chart, Way: f.Way}, Rule: f.Rule, Severity: f.Severity, Judgement: f.Judgement,
		Version: f.Version, Value: number(f.Value), Centre: number(f.Centre), LimitLow: number(f.Lower), LimitUpper: number(f.Upper)}
	s.Period, err = metric.ParseQuarter(f.Period)
	return s, err
}

// Alerts are the alerts with their events, in the order in which they were raised.
func (s *Store) Alerts(ctx context.Context) ([]*quality.Alert, error) { return alerts(ctx, s.reading) }

func alerts(ctx context.Context, q querier) ([]*quality.Alert, error) {
	events, err := list(ctx, q, scanAlertEvent, "SELECT "+alertColumns+" FROM metric_alert_event ORDER BY seq")
	return quality.Fold(events), err
}

func scanAlertEvent(row scanner) (e quality.Event, err error) {
	var seq int64
	var text, at string
	if err = row.Scan(&seq, &e.Alert, &e.Action, &e.Release, &text, &at, &e.Actor, &e.Note); err != nil {
		return e, err
	}
	var f finding
	if err = json.Unmarshal([]byte(text), &f); err != nil {
		return e, fmt.Errorf("read event %d of alerts: %w", seq, err)
	}
	e.At = unstamp(at)
	e.Signal, err = f.signal()
	return e, err
}

// Alert is the alert with an ID.
func (s *Store) Alert(ctx context.Context, id string) (*quality.Alert, error) {
	return alertWith(ctx, s.reading, id)
}

func alertWith(ctx context.Context, q querier, id string) (*quality.Alert, error) {
	events, err := list(ctx, q, scanAlertEvent, "SELECT "+alertColumns+" FROM metric_alert_event WHERE alert = $1 ORDER BY seq", id)
	if err != nil {
		return nil, err
	}
	if len(events) == 0 {
		return nil, ErrNotFound
	}
	return quality.Fold(events)[0], nil
}

// NoteAlert acknowledges an alert, or remarks on it; both need a note. events is
// how many events the reader saw: who comes second is told so.
func (s *Store) NoteAlert(ctx context.Context, actor, id string, action quality.Action, note string, events int) (*quality.Alert, error) {
	var a *quality.Alert
	err := s.write(ctx, func(w *writing) (err error) {
		if a, err = alertWith(ctx, w, id); err != nil {
			return err
		}
		switch {
		case action != quality.Acknowledge && action != quality.Remark:
			return refuse("people acknowledge alerts and remark on them; releases do the rest")
		case strings.TrimSpace(note) == "":
			return refuse("say what is known or done about alert %s", id)
		case len(a.Events) != events:
			return refuse("alert %s has changed meanwhile: it is %s; look at it again", id, a.State)
		case action == quality.Acknowledge && a.State == quality.Resolved:
			return refuse("alert %s is resolved", id)
		case action == quality.Acknowledge && a.State == quality.Acknowledged:
			return refuse("alert %s has been acknowledged by %s", id, a.AcknowledgedBy)
		}
		e := quality.Event{Alert: id, Action: action, Release: a.Changed, Signal: a.Signal, Actor: actor, Note: note}
		kept, err := w.keepNumbered("metric_alert_event", alertColumns, [][]any{w.alertRow(e)})
		if err != nil {
			return err
		}
		if a, err = alertWith(ctx, w, id); err != nil {
			return err
		}
		return w.audit(actor, aboutMetrics+string(action), "alert "+id, detail{Reason: note, Kept: those(kept)})
	})
	return a, err
}

// MetricReleases lists publications, the latest first.
func (s *Store) MetricReleases(ctx context.Context) ([]MetricRelease, error) {
	return list(ctx, s.reading, func(row scanner) (r MetricRelease, err error) {
		var at string
		err = row.Scan(&r.Number, &r.Title, &r.Profile, &at, &r.By)
		r.At = unstamp(at)
		return r, err
	}, "SELECT "+metricRelease+" FROM metric_release ORDER BY number DESC")
}

// MetricState changes whenever returns, their steps or alerts do.
func (s *Store) MetricState(ctx context.Context) (state string, err error) {
	return state, s.reading.QueryRowContext(ctx, "SELECT (SELECT COALESCE(MAX(number), 0) FROM metric_release) || ' ' || (SELECT COALESCE(MAX(seq), 0) FROM metric_alert_event)").Scan(&state)
}

// PublishedFigures are the figures as the releases up to a number left them (0: all),
// and what finds their definitions.
func (s *Store) PublishedFigures(ctx context.Context, release int64) (figures []quality.Figure, find func(string, int, string) *metric.Definition, err error) {
	if release == 0 {
		release = math.MaxInt64
	}
	err = s.view(ctx, func(q querier) error {
		if figures, err = publishedFigures(ctx, q, release); err != nil {
			return err
		}
		find, err = definitionFinder(ctx, q)
		return err
	})
	return figures, find, err
}

// publishedFigures reads the latest version of each return that a release up to a
// number has published.
func publishedFigures(ctx context.Context, q querier, release int64) ([]quality.Figure, error) {
	var figures []quality.Figure
	reader := newFiguresReader()
	err := each(ctx, q, func(row scanner) error {
		r, text, err := scanReturn(row)
		if err == nil {
			figures, err = reader.read(figures, &r, text)
		}
		return err
	}, "SELECT r."+strings.ReplaceAll(returnColumns, ", ", ", r.")+" FROM metric_return r JOIN (SELECT x.organisation, x.service, x.quarter, MAX(x.version) AS version FROM metric_return x "+
		"JOIN metric_step e ON e.of_return = x.id AND e.action = 'publish' AND e.release <= $1 GROUP BY x.organisation, x.service, x.quarter) l "+
		"ON l.organisation = r.organisation AND l.service = r.service AND l.quarter = r.quarter AND l.version = r.version", release)
	return figures, err
}

// definitionFinder finds definitions by the version and the meaning that figures name.
func definitionFinder(ctx context.Context, q querier) (func(string, int, string) *metric.Definition, error) {
	type key struct {
		id      string
		version int
		meaning string
	}
	all := map[key]*metric.Definition{}
	err := each(ctx, q, func(row scanner) error {
		var seq int64
		var k key
		var content string
		if err := row.Scan(&seq, &k.id, &k.version, &k.meaning, &content); err != nil {
			return err
		}
		d, err := metric.Parse(fmt.Sprintf("%s-%d.yaml", k.id, k.version), []byte(content))
		all[k] = d
		return err
	}, "SELECT "+definitionColumns+" FROM metric_definition")
	return func(id string, version int, meaning string) *metric.Definition { return all[key{id, version, meaning}] }, err
}
