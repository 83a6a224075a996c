package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"remit/access"
	"remit/intake"
	"remit/register"
	"remit/sheet"
	"remit/store"
	"remit/suppress"
)

// equityRoutes are the addresses of equity of access. They count the persons of all
// providers, so those of one provider do not see them.
func (s *Site) equityRoutes() []route {
	return []route{
		{pattern: "GET /equity", may: store.Reader, or: colleagues, serve: s.equityList},
		{pattern: "GET /equity/{service}", may: store.Reader, or: colleagues, serve: s.equityService},
	}
}

// equityDesk keeps what pages of equity are made from: the populations until their
// files change, and what was worked out of a view until the view changes.
type equityDesk struct {
	mu      sync.Mutex
	stamp   string
	tables  *access.Tables
	rules   []suppress.Rule
	fault   error
	view    *intake.View
	results map[string]*equityResults
	travels map[string]*equityTravel
}

// equityResults are the results of every service by a cut.
type equityResults struct {
	people     *intake.People
	counts     *access.Counts
	population *access.Population
	list       []*access.Result // by service, as People.Services
	err        error
}

type equityTravel struct {
	travel *access.Travel
	err    error
}

// equityInquiry is what a page asks.
type equityInquiry struct {
	desk  *equityDesk
	view  *intake.View
	pack  *register.Pack
	m     *access.Map
	rule  *suppress.Rule
	years []string
	year  string
	unit  access.Unit
	on    register.Day // of the populations
	dir   string
}

// equityOf reads what a page asks, and what it can be answered with. The error is a
// problem that says what is missing.
func (s *Site) equityOf(r *http.Request) (*equityInquiry, error) {
	a := asked(r)
	if s.ledger == nil {
		return nil, errNoLedger
	}
	if ownProvider(a) != "" {
		return nil, &problem{http.StatusForbidden, "These pages count the persons of all providers", "People of a provider see that provider's contracts alone.", "The page about contracts lists yours."}
	}
	view, _, err := s.contractView(r)
	if err != nil {
		return nil, err
	}
	q := &equityInquiry{desk: &s.equity, view: view, pack: a.Register.Pack, m: access.MapOf(a.Register.Pack, a.On), years: view.Years(), unit: access.Persons, dir: s.dataDir}
	if r.URL.Query().Get("unit") == string(access.Events) {
		q.unit = access.Events
	}
	q.year = yearKey(r.URL.Query().Get("year"))
	if n := len(q.years); n > 0 && !slices.Contains(q.years, q.year) {
		q.year = q.years[n-1]
	}
	q.on = a.On
	if q.year != "" {
		if d, err := register.ParseDay(q.year[:4] + "-04-01"); err == nil {
			q.on = d
		}
	}
	if err := q.desk.read(s.dataDir, view); err != nil {
		return q, err
	}
	q.rule, err = suppress.For(q.desk.rules, "equity", a.Today)
	return q, err
}

// read reads the populations and the rule for small numbers when their files have
// changed, and forgets what was worked out of another view.
func (d *equityDesk) read(dir string, view *intake.View) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	stamp := filesStamp(dir)
	if d.view != view || d.stamp != stamp {
		d.view, d.results, d.travels = view, map[string]*equityResults{}, map[string]*equityTravel{}
	}
	if d.stamp != stamp {
		d.stamp, d.tables = stamp, nil
		if d.rules, d.fault = suppress.Load(os.DirFS(dir)); d.fault == nil {
			d.tables, d.fault = access.LoadTables(os.DirFS(filepath.Join(dir, "populations")))
		}
	}
	return d.fault
}

// filesStamp changes when a file does that these pages are made from.
func filesStamp(dir string) string {
	text := dir
	for _, name := range []string{"populations/" + access.PopulationFile, "populations/" + access.LSOAFile, "populations/" + access.PostcodeFile, "populations/" + access.PlaceFile, "rules/suppression.csv"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil {
			text += fmt.Sprint(" ", name, info.Size(), info.ModTime().Format(time.RFC3339Nano))
		}
	}
	return text
}

// by gives the results of every service by a cut, worked out once.
func (q *equityInquiry) by(ctx context.Context, cut access.Cut) (*equityResults, error) {
	d := q.desk
	d.mu.Lock()
	defer d.mu.Unlock()
	key := fmt.Sprint(cut, q.m.Day, q.year, q.unit, q.pack.Hash)
	if got := d.results[key]; got != nil && d.view == q.view {
		return got, got.err
	}
	got := &equityResults{}
	if got.err = q.work(ctx, cut, got); ctx.Err() != nil {
		return nil, ctx.Err() // the reader left: the next one begins anew
	}
	if d.view == q.view {
		d.results[key] = got
	}
	return got, got.err
}

func (q *equityInquiry) work(ctx context.Context, cut access.Cut, got *equityResults) (err error) {
	o := intake.PeopleOptions{Pack: q.pack, Year: q.year}
	if q.desk.tables.Has(access.PostcodeFile) {
		o.Postcodes = filepath.Join(q.dir, "populations", access.PostcodeFile)
	}
	if got.people, err = q.view.People(ctx, o); err != nil {
		return err
	}
	if got.population, err = q.desk.tables.Population(cut, q.m, q.on); err != nil {
		return err
	}
	if got.counts, err = got.people.Counts(ctx, got.population, q.m, q.desk.tables); err != nil {
		return err
	}
	for n := range got.counts.Services {
		r, err := access.Rates(got.counts, n, got.population, q.unit, q.rule)
		if err != nil {
			return fmt.Errorf("the populations do not fit the records: %w", err)
		}
		got.list = append(got.list, r)
	}
	return nil
}

// deprivation is the cut by deprivation that the records allow: by where people live,
// or by where their practice stands.
func (q *equityInquiry) deprivation(ctx context.Context, people *intake.People) (access.Cut, error) {
	origin, err := people.Origin(ctx)
	if err != nil || origin == access.LSOA {
		return access.ByDecile, err
	}
	return access.ByPractice, nil
}

// travel gives the travel of a service, worked out once.
func (q *equityInquiry) travel(ctx context.Context, people *intake.People, service int) (*access.Travel, error) {
	d := q.desk
	d.mu.Lock()
	defer d.mu.Unlock()
	key := fmt.Sprint(service, q.year, q.pack.Hash)
	if got := d.travels[key]; got != nil && d.view == q.view {
		return got.travel, got.err
	}
	origin, err := people.Origin(ctx)
	if err != nil {
		return nil, err
	}
	trips, lost, err := people.Trips(ctx, service, origin)
	if err != nil {
		return nil, err
	}
	got := &equityTravel{}
	got.travel, got.err = d.tables.TravelOf(origin, trips, lost, q.on, 1, q.rule)
	if d.view == q.view {
		d.travels[key] = got
	}
	return got.travel, got.err
}

// noPopulations says on a page what is missing or wrong, and what to do.
func noPopulations(err error) (lead string, faults []string) {
	var list sheet.Faults
	switch {
	case errors.Is(err, access.ErrNoTables):
		return "There are no populations to set use beside. Put them into the folder populations of the data directory, in the columns that the manual lists, or make some up: remit synth populations.", nil
	case errors.As(err, &list):
		for _, f := range list {
			faults = append(faults, f.String())
		}
		return "The populations cannot be used: put every row right.", faults
	}
	return err.Error(), nil
}
