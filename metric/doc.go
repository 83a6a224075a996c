// Package metric knows what a quality metric is and what providers return for
// it: definitions as dated, versioned files; templates of quarterly returns, and
// returns read with all their faults. It is pure: files come in as fs.FS or text.
//
// Two versions of a definition are two series, unless the later says that it
// continues the earlier, and why.
package metric

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Definition is one version of a metric.
type Definition struct {
	ID           string
	Version      int
	From, To     time.Time // To is zero while it is in force; both days are in
	Status       string
	Reason       string // of being archived
	Programme    string
	Services     []string // codes of service lines or services
	Title, Short string
	Why          string
	Numerator    string
	Denominator  string
	Inclusions   string
	Exclusions   string
	Unit         string
	Multiplier   float64
	Decimals     int
	Better       string
	Targets      []Target
	Period       string
	SourceKind   string
	Source       string
	Attribution  string
	Levels       []string
	Least        float64 // the least denominator shown
	Suppression  string
	Risk         string
	Outcomes     []string
	Domain       string // of the NHS Outcomes Framework
	Owner        string
	Author       string
	Checker      string
	Reviewed     time.Time
	NextReview   time.Time
	Annotations  []Annotation
	Components   []string // metrics that this one is composed of
	Continues    bool     // the series of the version before goes on
	Because      string   // why it may
	References   []string
	NotSaid      string // what is not established about it
	Synthetic    bool   // made up, to try the program with
	File         string
	Text         []byte // of the file

	meaning string // worked out when it was read; blank: not yet
}

// Target is the value to reach over a stretch of time.
type Target struct {
	Value    float64
	From, To time.Time
}

// Annotation is drawn on charts at a date.
type Annotation struct {
	Date       time.Time
	Label, Why string
}

// The words that a definition may use.
var (
	Statuses   = []string{"in development", "preview", "published", "archived"}
	Units      = []string{"proportion", "rate", "ratio", "mean", "count", "yes or no"}
	Betters    = []string{"up", "down", "neither"}
	Periods    = []string{"month", "quarter", "rolling 4 quarters", "year"}
	Sources    = []string{"national data set", "national audit", "provider return", "activity store"}
	Attributed = []string{"site", "provider", "ICB of residence", "ICB of registration"}
	Levels     = []string{"site", "provider", "sub-ICB", "ICB", "footprint", "England"}
	Outcomes   = []string{"accessible", "tailored", "seamless", "effective", "preventative"}
)

// InForce says whether the definition holds on a day.
func (d *Definition) InForce(on time.Time) bool {
	return !on.Before(d.From) && (d.To.IsZero() || !on.After(d.To))
}

// Meaning is a digest of all that decides what a figure of the metric counts. Two
// definitions of one meaning may differ in words that are for people; figures of
// two meanings are never one series.
func (d *Definition) Meaning() string {
	if d.meaning != "" {
		return d.meaning
	}
	h := sha256.New()
	for _, part := range []string{d.ID, d.Numerator, d.Denominator, d.Inclusions, d.Exclusions, d.Unit, strconv.FormatFloat(d.Multiplier, 'g', -1, 64), d.Period, d.Attribution,
		d.Risk, strings.Join(d.Components, " ")} {
		fmt.Fprintf(h, "%d %s\n", len(part), strings.Join(strings.Fields(part), " "))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Overlaps says whether successive periods share time, so that their figures are
// not independent of one another.
func (d *Definition) Overlaps() bool { return d.Period == "rolling 4 quarters" }

// For says whether the metric is one of a service; "all" is every service.
func (d *Definition) For(service string) bool {
	return slices.Contains(d.Services, service) || slices.Contains(d.Services, "all")
}

// TargetOn is the target on a day.
func (d *Definition) TargetOn(day time.Time) (float64, bool) {
	for _, t := range d.Targets {
		if !day.Before(t.From) && (t.To.IsZero() || !day.After(t.To)) {
			return t.Value, true
		}
	}
	return 0, false
}

// Key is the metric and its version, as neonatal-antenatal-steroids v1.
func (d *Definition) Key() string { return fmt.Sprintf("%s v%d", d.ID, d.Version) }

// Library is the definitions that were loaded, by metric and version.
type Library struct{ definitions []*Definition }

// All gives every version, in order of metric and version.
func (l *Library) All() []*Definition { return slices.Clone(l.definitions) }

// Version gives one version of a metric, nil if there is none.
func (l *Library) Version(id string, version int) *Definition {
	i, found := slices.BinarySearchFunc(l.definitions, Definition{ID: id, Version: version}, func(d *Definition, of Definition) int {
		return cmp.Or(strings.Compare(d.ID, of.ID), cmp.Compare(d.Version, of.Version))
	})
	if !found {
		return nil
	}
	return l.definitions[i]
}

// Versions gives the versions of a metric, the first first.
func (l *Library) Versions(id string) []*Definition {
	var list []*Definition
	for _, d := range l.definitions {
		if d.ID == id {
			list = append(list, d)
		}
	}
	return list
}

// On gives the definitions in force on a day.
func (l *Library) On(day time.Time) []*Definition {
	var list []*Definition
	for _, d := range l.definitions {
		if d.InForce(day) {
			list = append(list, d)
		}
	}
	return list
}

// Of gives the version of a metric in force on a day, nil if there is none.
func (l *Library) Of(id string, day time.Time) *Definition {
	for _, d := range l.definitions {
		if d.ID == id && d.InForce(day) {
			return d
		}
	}
	return nil
}

// Series groups the versions of a metric into the series that may be drawn as
// one: a new one begins at each version that does not continue the one before.
func (l *Library) Series(id string) [][]*Definition {
	var series [][]*Definition
	for _, d := range l.definitions {
		if d.ID != id {
			continue
		}
		if n := len(series); n > 0 && d.Continues {
			series[n-1] = append(series[n-1], d)
		} else {
			series = append(series, []*Definition{d})
		}
	}
	return series
}

// Overdue gives the definitions in force on a day whose review is past.
func (l *Library) Overdue(day time.Time) []*Definition {
	var list []*Definition
	for _, d := range l.On(day) {
		if d.NextReview.Before(day) {
			list = append(list, d)
		}
	}
	return list
}

func sorted(list []*Definition) []*Definition {
	slices.SortFunc(list, func(a, b *Definition) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), cmp.Compare(a.Version, b.Version))
	})
	return list
}
