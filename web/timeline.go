package web

import (
	"fmt"
	"math"
	"slices"
	"time"

	"remit/register"
)

// timeline draws how much changed on which days: a circle for each, whose area is
// how much, on a line of time. The largest are labelled; a table says the same.
type timeline struct {
	Title         string // the finding
	Width, Height int
	Axis          int // where the line is
	From, To      int // where it begins and ends
	Marks         []timeMark
	Ticks         []timeTick
}

type timeMark struct {
	X, R   int
	News   bool   // something was reported, and nothing changed
	Says   string // all of it
	Href   string
	Label  string // blank: not labelled
	Anchor string // of the label: start, middle or end
	LabelX int
	LabelY int
}

type timeTick struct {
	X    int
	Text string
}

const (
	timeWidth  = 1000
	timeMargin = 50
	timeTop    = 96 // room for labels
	timeRadius = 44 // of the largest circle
	mostLabels = 6
	labelWidth = 190
)

// drawTimeline draws the days between two; nil when there is nothing to draw.
func drawTimeline(a *Asked, days []dayCount, from, to register.Day) *timeline {
	if len(days) < 2 || to <= from {
		return nil
	}
	total, most := 0, 0
	for i, d := range days {
		total += d.Count
		if d.Count > days[most].Count {
			most = i
		}
	}
	if total == 0 {
		return nil
	}
	t := &timeline{Width: timeWidth, Axis: timeTop + timeRadius, From: timeMargin, To: timeWidth - timeMargin}
	t.Height = t.Axis + timeRadius + 40
	t.Title = fmt.Sprintf("%s of %s on %s", thousands(days[most].Count), plural(total, "dated change", "dated changes"), days[most].Text)
	x := func(day register.Day) int {
		return t.From + int(float64(t.To-t.From)*float64(day-from)/float64(to-from))
	}
	for _, d := range days {
		m := timeMark{X: x(d.day), R: 5, News: d.Count == 0, Says: d.Text + ": " + d.Heading}
		if d.Count > 0 {
			m.R = max(5, int(math.Round(timeRadius*math.Sqrt(float64(d.Count)/float64(days[most].Count)))))
			m.Says = d.Text + ": " + plural(d.Count, "change", "changes")
			m.Href = a.To("/changes", "from", (d.day - 1).String(), "to", d.day.String())
		}
		t.Marks = append(t.Marks, m)
	}
	t.label(days)
	t.tick(from, to, x)
	// The small ones lie on top, or they could not be reached.
	slices.SortStableFunc(t.Marks, func(a, b timeMark) int { return b.R - a.R })
	return t
}

// label names the largest, each in the lowest of three rows where there is room.
func (t *timeline) label(days []dayCount) {
	order := make([]int, len(days))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return days[b].Count - days[a].Count })
	rows := [3][]int{}
	for _, i := range order[:min(len(order), mostLabels)] {
		m := &t.Marks[i]
		if days[i].Count == 0 {
			return
		}
		at := min(max(m.X, t.From+labelWidth/2), t.To-labelWidth/2)
		for row := range rows {
			if slices.ContainsFunc(rows[row], func(other int) bool { return max(other-at, at-other) < labelWidth }) {
				continue
			}
			rows[row] = append(rows[row], at)
			m.Label, m.Anchor, m.LabelX, m.LabelY = days[i].Text+": "+thousands(days[i].Count), "middle", at, timeTop-12-28*row
			break
		}
	}
}

// tick marks the beginnings of years, or of quarters or months when the time is short.
func (t *timeline) tick(from, to register.Day, x func(register.Day) int) {
	months, layout := 12, "2006"
	switch span := to - from; {
	case span <= 200:
		months, layout = 1, "Jan 2006"
	case span <= 1000:
		months, layout = 3, "Jan 2006"
	case span > 5000:
		months = 60
	}
	at := dayTime(from)
	for at = time.Date(at.Year(), 1, 1, 0, 0, 0, 0, time.UTC); ; at = at.AddDate(0, months, 0) {
		day := register.DayOf(at)
		if day > to {
			return
		}
		if day >= from {
			t.Ticks = append(t.Ticks, timeTick{x(day), at.Format(layout)})
		}
	}
}
