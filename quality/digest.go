package quality

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"remit/measure"
	"remit/metric"
)

// Names gives the name of an organisation or a service by its code.
type Names func(code string) string

// Shown writes a value as its metric shows it: rounded, with its unit.
func Shown(d *metric.Definition, v float64) string {
	if !measure.Exists(v) || math.IsInf(v, 0) {
		return "No data"
	}
	text := grouped(strconv.FormatFloat(v, 'f', d.Decimals, 64))
	switch {
	case d.Unit == "yes or no":
		if v == 0 {
			return "No"
		}
		if v == 1 {
			return "Yes"
		}
		return strconv.FormatFloat(100*v, 'f', 0, 64) + "% yes"
	case d.Unit == "proportion" && d.Multiplier == 100:
		text += "%"
	}
	return strings.Replace(text, "-", "−", 1)
}

// UnitOf says in words what the values of a metric are.
func UnitOf(d *metric.Definition) string {
	switch d.Unit {
	case "proportion":
		if d.Multiplier == 100 {
			return "per cent"
		}
		return "of " + grouped(strconv.FormatFloat(d.Multiplier, 'f', -1, 64))
	case "rate":
		return "per " + grouped(strconv.FormatFloat(d.Multiplier, 'f', -1, 64)) + " " + d.Denominator
	case "ratio":
		return "observed over expected" + times(d.Multiplier)
	case "mean":
		return d.Numerator + " per " + d.Denominator
	}
	return d.Unit
}

func times(k float64) string {
	if k == 1 {
		return ""
	}
	return ", times " + strconv.FormatFloat(k, 'f', -1, 64)
}

func grouped(s string) string {
	whole, rest, point := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		whole += "." + rest
	}
	return whole
}

// Changed are alerts as one release left them, parted by what became of them.
type Changed struct {
	Release                           int64
	Raised, Worse, Continued, Settled []*Alert
}

// ChangedBy gives what a release did with alerts; later events are left out. keep
// picks the alerts that are wanted.
func ChangedBy(alerts []*Alert, release int64, keep func(*Alert) bool) Changed {
	c := Changed{Release: release}
	for _, a := range alerts {
		if !keep(a) {
			continue
		}
		severity := ""
		for _, e := range a.Events {
			if e.Release != release {
				severity = e.Severity
				continue
			}
			switch {
			case e.Action == Raise:
				c.Raised = append(c.Raised, a)
			case e.Action == Continue && severity != Alarming && e.Severity == Alarming:
				c.Worse = append(c.Worse, a)
			case e.Action == Continue:
				c.Continued = append(c.Continued, a)
			case e.Action == Resolve:
				c.Settled = append(c.Settled, a)
			}
		}
	}
	for _, list := range [][]*Alert{c.Raised, c.Worse, c.Continued, c.Settled} {
		slices.SortStableFunc(list, ByWeight)
	}
	return c
}

// ByWeight orders alerts: concerns before others, alarms before alerts, then by name.
func ByWeight(a, b *Alert) int {
	weight := func(x *Alert) int {
		n := 0
		if x.Judgement == "concern" {
			n += 4
		} else if x.Judgement == "" {
			n += 2
		}
		if x.Severity == Alarming {
			n++
		}
		return n
	}
	return cmp.Or(weight(b)-weight(a), strings.Compare(a.Organisation, b.Organisation), strings.Compare(a.Service, b.Service), strings.Compare(a.Metric, b.Metric), strings.Compare(a.Chart, b.Chart))
}

// Letter is a digest of what a release changed, ready to be sent as an e-mail.
type Letter struct {
	Of        string // whose: England, or a name
	Title     string // of the release
	Changed   Changed
	Board     *Board
	Names     Names
	Address   string // of the site, blank when it is not known
	Synthetic bool
	Missing   []string // returns that did not come
}

// Write writes the digest as plain text, with a line of subject first, lines of
// some 72 columns, and the worst first.
func (l *Letter) Write(w io.Writer) error {
	var b bytes.Buffer
	c := &l.Changed
	fmt.Fprintf(&b, "Subject: Quality metrics, release %d: %d new, %d worse, %d resolved (%s)\n\n", c.Release, len(c.Raised), len(c.Worse), len(c.Settled), l.Of)
	if l.Synthetic {
		fmt.Fprint(&b, "SYNTHETIC: every figure here is made up and says nothing of anybody.\n\n")
	}
	fmt.Fprintf(&b, "%s\n", l.Title)
	for _, part := range []struct {
		title string
		list  []*Alert
	}{{"New", c.Raised}, {"Worse", c.Worse}, {"Resolved", c.Settled}, {"Continuing", c.Continued}} {
		fmt.Fprintf(&b, "\n%s: %d\n", part.title, len(part.list))
		for _, a := range part.list {
			l.line(&b, a)
		}
	}
	if len(l.Missing) > 0 {
		fmt.Fprintf(&b, "\nReturns that did not come: %d\n", len(l.Missing))
		for _, m := range l.Missing {
			fmt.Fprintf(&b, "- %s\n", m)
		}
	}
	fmt.Fprintf(&b, "\nRules that fired rest on control charts of the profile %s,\nand on funnels with limits for variation beyond chance.\n", l.Board.Profile)
	if l.Address != "" {
		fmt.Fprintf(&b, "%s/quality/highlighted\n", l.Address)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (l *Letter) line(b *bytes.Buffer, a *Alert) {
	title, value := a.Metric, ""
	if s := l.Board.Find(a.Service, a.Metric); s != nil {
		title, value = s.Definition.Short, Shown(s.Definition, a.Value)
	}
	fmt.Fprintf(b, "- %s: %s, %s\n  %s in %s. %s.\n", l.Names(a.Organisation), title, l.Names(a.Service), value, a.Period, a.Says())
	if a.State == Acknowledged {
		fmt.Fprintf(b, "  Acknowledged by %s.\n", a.AcknowledgedBy)
	}
}
