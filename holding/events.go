package holding

import (
	"slices"
	"strings"

	"remit/register"
)

// Event is dated news of commissioning.
type Event struct {
	Code        string       `json:"code"`
	On          register.Day `json:"on"`
	Precision   string       `json:"precision"` // day, month, quarter or year: how exactly On is known
	Title       string       `json:"title"`
	Kind        string       `json:"kind"`   // law, policy, rules, plan, delegation, committee, organisation, cluster, staff
	Status      string       `json:"status"` // done, planned, deferred, overtaken, bill
	Scope       string       `json:"scope,omitempty"`
	OvertakenBy string       `json:"overtaken_by,omitempty"` // code of an event
	Regions     []string     `json:"regions"`                // none: all of England
	Programmes  []string     `json:"programmes"`
	About       []Ref        `json:"about"`
	Text        string       `json:"text"`
	Source      string       `json:"source"`
	Confidence  string       `json:"confidence"`
}

// Ref names a row of the register.
type Ref struct {
	Table string `json:"table"`
	Key   string `json:"key"`
}

func (b *Book) readEvents() {
	each(b.pack, "event", func(f *fields) {
		e := Event{Code: f.get("code"), On: f.day("on"), Precision: f.get("precision"), Title: f.get("title"), Kind: f.get("kind"), Status: f.get("status"),
			Scope: f.get("scope"), OvertakenBy: f.get("overtaken_by"), Regions: strings.Fields(f.get("regions")), Programmes: strings.Fields(f.get("programmes")),
			About: []Ref{}, Text: f.get("text"), Source: f.source, Confidence: f.confidence}
		for _, about := range strings.Fields(f.get("about")) {
			table, key, _ := strings.Cut(about, ":")
			e.About = append(e.About, Ref{table, key})
		}
		b.events = append(b.events, e)
	})
	slices.SortStableFunc(b.events, func(a, b Event) int { return int(a.On) - int(b.On) })
}

// EventFilter chooses events. What is blank or zero chooses all.
type EventFilter struct {
	From, To  register.Day // NoDay or zero: open
	Kind      string
	Region    string
	ICB       string // those of its region and those about it
	Programme string
}

// Events are the events that a filter chooses, the earliest first.
func (b *Book) Events(f EventFilter) []Event {
	return slices.DeleteFunc(slices.Clone(b.events), func(e Event) bool { return !b.chosen(&f, &e) })
}

func (b *Book) chosen(f *EventFilter, e *Event) bool {
	if f.From > 0 && e.On < f.From || f.To > 0 && e.On > f.To || f.Kind != "" && e.Kind != f.Kind {
		return false
	}
	if f.Programme != "" && len(e.Programmes) > 0 && !slices.Contains(e.Programmes, f.Programme) {
		return false
	}
	region := f.Region
	if f.ICB != "" {
		if slices.Contains(e.About, Ref{"icb", f.ICB}) {
			return true
		}
		if v, ok := ever(b.icbs[f.ICB], e.On); ok {
			region = v.region
		}
	}
	return region == "" || len(e.Regions) == 0 || slices.Contains(e.Regions, region)
}
