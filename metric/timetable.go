package metric

import (
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"remit/register"
	"remit/sheet"
)

// Dates are the days of the submission of a quarter.
type Dates struct {
	Period             Quarter
	Opens, Due         time.Time // from when returns are taken; the last day on which one is in time
	Sign, Publish      time.Time // by when it is signed off; when it is published
	Confidence, Source string
}

// Timetable is the submission timetable as dated rows: days after the end of a
// quarter, for the quarters from one to another.
type Timetable []timetableRow

type timetableRow struct {
	from, to                 Quarter // to is zero for no end
	opens, due, sign, public int
	confidence, source       string
}

var timetableColumns = []string{"quarter_from", "quarter_to?", "opens_after_days", "due_after_days", "sign_after_days", "publish_after_days", "confidence", "source", "note?"}

// before orders quarters.
func (q Quarter) before(other Quarter) bool {
	return q.Year < other.Year || q.Year == other.Year && q.Quarter < other.Quarter
}

// Compare orders quarters, as cmp.Compare does.
func (q Quarter) Compare(other Quarter) int {
	return (q.Year*4 + q.Quarter) - (other.Year*4 + other.Quarter)
}

// Next is the quarter n quarters later, or earlier when n is negative.
func (q Quarter) Next(n int) Quarter {
	k := q.Year*4 + q.Quarter - 1 + n
	return Quarter{k / 4, k%4 + 1}
}

// QuarterOf is the quarter of a day.
func QuarterOf(day time.Time) Quarter {
	year, month := day.Year(), int(day.Month())
	if month < 4 {
		return Quarter{year - 1, 4}
	}
	return Quarter{year, (month - 1) / 3}
}

// Of gives the days of a quarter; false where the timetable says nothing of it.
// Of two rows that hold, the later in the file does.
func (t Timetable) Of(q Quarter) (Dates, bool) {
	for i := len(t) - 1; i >= 0; i-- {
		r := &t[i]
		if q.before(r.from) || r.to != (Quarter{}) && r.to.before(q) {
			continue
		}
		after := func(days int) time.Time { return q.Last().AddDate(0, 0, days) }
		return Dates{q, after(r.opens), after(r.due), after(r.sign), after(r.public), r.confidence, r.source}, true
	}
	return Dates{}, false
}

// Latest is the last quarter that is over on a day.
func Latest(day time.Time) Quarter { return QuarterOf(day).Next(-1) }

func readTimetable(files fs.FS, faults *sheet.Faults) (list Timetable, err error) {
	err = eachRow(files, "timetable.csv", timetableColumns, faults, func(r *sheet.Row) {
		x := timetableRow{from: quarterIn(r, "quarter_from"), opens: daysIn(r, "opens_after_days"), due: daysIn(r, "due_after_days"), sign: daysIn(r, "sign_after_days"),
			public: daysIn(r, "publish_after_days"), confidence: r.Choice("confidence", "high", "medium", "low"), source: r.Need("source")}
		if r.Text("quarter_to") != "" {
			x.to = quarterIn(r, "quarter_to")
			if x.to.before(x.from) {
				r.Fault("quarter_to", "it is before the quarter that the row begins with", "put the two right")
			}
		}
		if x.opens > x.due || x.due > x.sign || x.sign > x.public {
			r.Fault("due_after_days", "the days are out of order", "a return opens, is due, is signed and is published, in this order")
		}
		list = append(list, x)
	})
	return list, err
}

func quarterIn(r *sheet.Row, column string) Quarter {
	q, err := ParseQuarter(r.Text(column))
	if err != nil {
		r.Fault(column, "it is not a quarter", "write it as 2026/27 Q1")
	}
	return q
}

func daysIn(r *sheet.Row, column string) int {
	n, err := strconv.Atoi(r.Text(column))
	if err != nil || n < 0 || n > 1000 {
		r.Fault(column, "it is not a number of days from 0 to 1000", "write days after the end of the quarter")
		return 0
	}
	return n
}

// eachRow reads a file of the folder; one that is not there has no rows.
func eachRow(files fs.FS, name string, columns []string, faults *sheet.Faults, do func(*sheet.Row)) error {
	f, err := files.Open(name)
	if err != nil {
		return fmt.Errorf("open %s: %w", name, err)
	}
	defer f.Close()
	for _, r := range sheet.Read(name, f, columns, faults).Rows {
		do(r)
	}
	return nil
}

// Returner is a provider that returns figures of a service. Gatekeeper signs for
// the organisation; lead answers for the service.
type Returner struct {
	Provider, Service  string
	From, To           register.Day
	Gatekeeper, Lead   string
	Confidence, Source string
}

// On says whether the provider returns for the service in a quarter: on its last day.
func (r *Returner) On(q Quarter) bool {
	day := register.DayOf(q.Last().Add(12 * time.Hour))
	return r.From <= day && day <= r.To
}

var returnerColumns = []string{"provider", "service", "from", "to?", "gatekeeper?", "service_lead?", "confidence", "source", "note?"}

func readReturners(files fs.FS, faults *sheet.Faults) (list []Returner, err error) {
	seen := map[[3]string]int{}
	err = eachRow(files, "returners.csv", returnerColumns, faults, func(r *sheet.Row) {
		x := Returner{Provider: r.Need("provider"), Service: r.Need("service"), From: r.Day("from", register.Earliest), To: r.Day("to", register.Latest), Gatekeeper: r.Text("gatekeeper"),
			Lead: r.Text("service_lead"), Confidence: r.Choice("confidence", "high", "medium", "low"), Source: r.Need("source")}
		if x.Service == "all" {
			r.Fault("service", "it names no service", "name one service a row")
		}
		if x.To < x.From {
			r.Fault("to", "it ends before it begins", "put the days right")
		}
		key := [3]string{x.Provider, x.Service, x.From.String()}
		if first := seen[key]; first > 0 {
			r.Fault("service", fmt.Sprintf("row %d has this provider, service and day already", first), "keep one of the two")
		}
		seen[key] = r.At
		list = append(list, x)
	})
	return list, err
}

// Rebase begins a new section of the control charts of one organisation, at a
// quarter: a change whose cause is understood, with reason and author.
type Rebase struct {
	Organisation, Service, Metric string
	Period                        Quarter
	Reason, Author                string
	RecordedOn                    register.Day
}

var rebaseColumns = []string{"organisation", "service", "metric", "quarter", "reason", "author", "recorded_on"}

func readRebases(files fs.FS, faults *sheet.Faults) (list []Rebase, err error) {
	err = eachRow(files, "rebases.csv", rebaseColumns, faults, func(r *sheet.Row) {
		list = append(list, Rebase{r.Need("organisation"), r.Need("service"), r.Need("metric"), quarterIn(r, "quarter"), r.Need("reason"), r.Need("author"), r.Day("recorded_on", register.NoDay)})
	})
	return list, err
}

// Collection is all that returns rest on: definitions, who returns, when, and
// where charts begin anew.
type Collection struct {
	*Library
	Timetable Timetable
	Returners []Returner
	Rebases   []Rebase
}

// LoadCollection reads a folder of definitions with its tables timetable.csv,
// returners.csv and rebases.csv. Its error is Faults or sheet.Faults.
func LoadCollection(files fs.FS) (*Collection, error) {
	library, err := Load(files)
	if err != nil {
		return nil, err
	}
	c := &Collection{Library: library}
	var faults sheet.Faults
	if c.Timetable, err = readTimetable(files, &faults); err != nil {
		return nil, err
	}
	if c.Returners, err = readReturners(files, &faults); err != nil {
		return nil, err
	}
	if c.Rebases, err = readRebases(files, &faults); err != nil {
		return nil, err
	}
	return c, faults.Err()
}

// DueFrom gives the returns that are due for a quarter, by provider and service;
// of one provider, unless that is blank.
func (c *Collection) DueFrom(provider string, q Quarter) []Expected {
	var list []Expected
	for i := range c.Returners {
		r := &c.Returners[i]
		if provider != "" && r.Provider != provider || !r.On(q) {
			continue
		}
		if e := c.Due(r.Provider, q, []string{r.Service}); len(e.Metrics) > 0 {
			e.Service = r.Service
			list = append(list, e)
		}
	}
	return list
}
