package quality

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"remit/measure"
	"remit/metric"
	"remit/register"
	"remit/sheet"
)

// The charts that alerts come from.
const (
	OnControlChart = "control chart"
	OnFunnel       = "funnel"
)

// Severities: an alert is beyond about 2 standard errors, an alarm beyond about 3.
const (
	Alerting = "alert"
	Alarming = "alarm"
)

// Rule says which finding of a chart raises an alert, and how severe it is.
type Rule struct {
	Name, Chart, Finds, Severity string
	From, To                     register.Day
	Confidence, Source           string
}

var ruleColumns = []string{"rule", "chart", "finds", "severity", "on", "valid_from", "valid_to?", "confidence", "source", "note?"}

var finds = map[string][]string{
	OnControlChart: {measure.Outside.String(), measure.Trend.String(), measure.TwoOfThree.String(), measure.Shift.String()},
	OnFunnel:       {Alarming, Alerting},
}

// LoadRules reads alerts.csv; rules that are off are left out. Its error is sheet.Faults.
func LoadRules(files fs.FS) ([]Rule, error) {
	f, err := files.Open("alerts.csv")
	if err != nil {
		return nil, fmt.Errorf("open alerts.csv: %w", err)
	}
	defer f.Close()
	var faults sheet.Faults
	var list []Rule
	for _, r := range sheet.Read("alerts.csv", f, ruleColumns, &faults).Rows {
		x := Rule{Name: r.Need("rule"), Chart: r.Choice("chart", OnControlChart, OnFunnel), Severity: r.Choice("severity", Alerting, Alarming),
			From: r.Day("valid_from", register.Earliest), To: r.Day("valid_to", register.Latest), Confidence: r.Choice("confidence", "high", "medium", "low"), Source: r.Need("source")}
		x.Finds = r.Choice("finds", finds[x.Chart]...)
		if r.Yes("on") {
			list = append(list, x)
		}
	}
	return list, faults.Err()
}

// Key tells alerts apart: what stands out, on which chart, and which way.
type Key struct {
	Organisation, Service, Metric, Chart string
	Way                                  string // high or low
}

// Signal is a finding that a rule names.
type Signal struct {
	Key
	Rule, Severity       string
	Judgement            string // concern, improvement, or blank where the metric has no better way
	Version              int
	Period               metric.Quarter
	Value, Centre        float64
	LimitLow, LimitUpper float64
}

// Signals are what stands out in the latest quarter of each subject, by the rules
// that hold on its last day, in the order of the board.
func (b *Board) Signals(rules []Rule) []Signal {
	var list []Signal
	for _, s := range b.Subjects {
		on := register.DayOf(s.Latest.Last().Add(noon))
		find := func(chart, what string) *Rule {
			for i := range rules {
				if r := &rules[i]; r.Chart == chart && r.Finds == what && r.From <= on && on <= r.To {
					return r
				}
			}
			return nil
		}
		for _, x := range s.Series {
			if !x.Current() {
				continue
			}
			p := x.LastPoint()
			if r := find(OnControlChart, x.Cause.String()); r != nil {
				way, judgement := wayOf(x.Variation, p.Value, x.Mean)
				list = append(list, Signal{Key{x.Organisation, s.Service, s.Metric, OnControlChart, way}, r.Name, r.Severity, judgement, p.Version, p.Period, p.Value, x.Mean, x.Limits.Lower, x.Limits.Upper})
			}
			if !x.OnFunnel || x.Stands.Side == measure.Within {
				continue
			}
			what, limits := Alerting, s.Funnel.LimitsAt(p.Denominator)
			pair := limits.Alert
			if x.Stands.Alarm {
				what, pair = Alarming, limits.Alarm
			}
			if r := find(OnFunnel, what); r != nil {
				list = append(list, Signal{Key{x.Organisation, s.Service, s.Metric, OnFunnel, string(x.Stands.Side)}, r.Name, r.Severity, judged(s.Definition, x.Stands.Side), p.Version, p.Period, p.Value, s.Funnel.Centre, pair.Lower, pair.Upper})
			}
		}
	}
	return list
}

// noon keeps a day of the calendar the same day in England.
const noon = 12 * time.Hour

// wayOf gives the way in which the last point stands out. An icon says high or low
// by the direction of improvement, so a concern that is low is named by itself.
func wayOf(icon measure.Icon, value, mean float64) (way, judgement string) {
	switch icon {
	case measure.ImprovementHigh:
		return "high", "improvement"
	case measure.ImprovementLow:
		return "low", "improvement"
	case measure.ConcernHigh:
		return "high", "concern"
	case measure.ConcernLow:
		return "low", "concern"
	case measure.NeutralHigh:
		return "high", ""
	case measure.NeutralLow:
		return "low", ""
	}
	if value < mean {
		return "low", ""
	}
	return "high", ""
}

func judged(d *metric.Definition, side measure.Side) string {
	better := BetterOf(d)
	switch {
	case better == measure.Neither:
		return ""
	case (side == measure.High) == (better == measure.Higher):
		return "improvement"
	}
	return "concern"
}

// Judged says whether the board can tell whether an alert still holds: its series
// has a value in the latest quarter. Without one, nothing is known, and an alert
// stays as it is.
func (b *Board) Judged(k Key) bool {
	s := b.Find(k.Service, k.Metric)
	if s == nil {
		return false
	}
	x := s.Of(k.Organisation)
	if x == nil || !x.Current() {
		return false
	}
	if k.Chart == OnFunnel {
		return x.OnFunnel
	}
	return x.Judged
}

// State is where an alert is in its life.
type State string

// The states. Acknowledged stays until the alert is resolved or grows worse.
const (
	New          State = "new"
	Continuing   State = "continuing"
	Acknowledged State = "acknowledged"
	Resolved     State = "resolved"
)

// Action is what an event does with an alert.
type Action string

// The actions. Releases raise, continue and resolve; people acknowledge and remark.
const (
	Raise       Action = "raise"
	Continue    Action = "continue"
	Resolve     Action = "resolve"
	Acknowledge Action = "acknowledge"
	Remark      Action = "remark"
)

// Event is a step in the life of an alert, as it is recorded. Of what a person
// does, the signal is the one that stood.
type Event struct {
	Alert   string
	Action  Action
	Release int64
	Signal
	Actor, Note string
	At          time.Time
}

// Alert is an alert as its events leave it.
type Alert struct {
	ID string
	Signal
	State          State
	Raised         int64 // the release
	Changed        int64
	AcknowledgedBy string
	Events         []Event
}

// Active says whether the alert is not resolved.
func (a *Alert) Active() bool { return a.State != Resolved }

// ID names the alert that a release raises.
func (k Key) ID(release int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %d", []string{k.Organisation, k.Service, k.Metric, k.Chart, k.Way}, release))
	return hex.EncodeToString(sum[:6])
}

// Fold makes alerts of events in the order in which they were recorded.
func Fold(events []Event) []*Alert {
	by := map[string]*Alert{}
	var list []*Alert
	for _, e := range events {
		a := by[e.Alert]
		if a == nil {
			a = &Alert{ID: e.Alert, Raised: e.Release}
			by[e.Alert] = a
			list = append(list, a)
		}
		a.apply(e)
	}
	return list
}

func (a *Alert) apply(e Event) {
	a.Events = append(a.Events, e)
	switch e.Action {
	case Raise:
		a.State, a.Signal = New, e.Signal
	case Continue:
		if worse := a.Severity != Alarming && e.Severity == Alarming; a.State != Acknowledged || worse {
			a.State, a.AcknowledgedBy = Continuing, ""
		}
		a.Signal = e.Signal
	case Resolve:
		a.State = Resolved
	case Acknowledge:
		a.State, a.AcknowledgedBy = Acknowledged, e.Actor
	}
	a.Changed = max(a.Changed, e.Release)
}

// Follow gives the events by which a release takes alerts on: what is found and
// has no alert raises one, what is found again continues, and what is judged and
// not found is resolved. Alerts are those that are active.
func Follow(active []*Alert, found []Signal, judged func(Key) bool, release int64) []Event {
	open := map[Key]*Alert{}
	for _, a := range active {
		open[a.Key] = a
	}
	var events []Event
	for _, s := range found {
		if a := open[s.Key]; a != nil {
			events = append(events, Event{Alert: a.ID, Action: Continue, Release: release, Signal: s})
			delete(open, s.Key)
			continue
		}
		events = append(events, Event{Alert: s.Key.ID(release), Action: Raise, Release: release, Signal: s})
	}
	var gone []*Alert
	for k, a := range open {
		if judged(k) {
			gone = append(gone, a)
		}
	}
	slices.SortFunc(gone, func(a, b *Alert) int { return cmp.Compare(a.ID, b.ID) })
	for _, a := range gone {
		events = append(events, Event{Alert: a.ID, Action: Resolve, Release: release, Signal: a.Signal})
	}
	return events
}

// Says is the signal in a sentence without the names: which rule fired, and how.
func (s *Signal) Says() string {
	what := map[string]string{"outside": "the latest point is beyond the control limits", "trend": "seven points in a row go one way", "two-of-three": "two of three points are near a limit, on one side",
		"shift": "seven points in a row are on one side of the mean", "funnel-alarm": "beyond the 99.8% limits of the funnel", "funnel-alert": "beyond the 95% limits of the funnel"}[s.Rule]
	if what == "" {
		what = "the rule " + s.Rule + " holds"
	}
	text := strings.ToUpper(s.Way[:1]) + s.Way[1:] + ": " + what
	if s.Judgement != "" {
		text += " (" + s.Judgement + ")"
	}
	return text
}
