package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"remit/access"
	"remit/intake"
	"remit/register"
	"remit/sheet"
	"remit/suppress"
)

func (s *session) equityCommand() *cobra.Command {
	var q equityFlags
	c := &cobra.Command{
		Use:   "equity",
		Short: "Who uses a service and who might: by area, deprivation, age, sex and ethnicity",
		Long: `Set the use of each service beside what the people of an area would lead one to
expect. Use is of the patient-level rows that count in the data directory, or of
an assigned file (--from). People come from a directory of populations: DATA/populations,
or --populations; the manual page on equity describes its files.`,
		Example: "  remit equity rates --service 11 --by icb\n  remit equity compare --area QMJ\n  remit equity best-fifth\n  remit equity travel --service 11",
	}
	q.at.add(c)
	q.add(c)
	c.AddCommand(s.equityRatesCommand(&q), s.equityCompareCommand(&q), s.equityBestCommand(&q), s.equityTravelCommand(&q))
	return c
}

// equityFlags say whose use of what, set out how.
type equityFlags struct {
	at                      place
	from, populations, year string
	map_                    dayFlag
	events                  bool
}

func (q *equityFlags) add(c *cobra.Command) {
	f := c.PersistentFlags()
	f.StringVar(&q.from, "from", "", "an assigned patient-level file, CSV or Parquet, in place of the data directory")
	f.StringVar(&q.populations, "populations", "", "directory of populations (default: populations in the data directory)")
	f.StringVar(&q.year, "year", "", "financial year: 202526 (default: the latest that there is)")
	f.StringVar(&q.map_.text, "map", "", "set areas out as they were on this day: YYYY-MM-DD (default: today)")
	f.BoolVar(&q.events, "events", false, "count events in place of persons")
}

// inquiry is what a command works with.
type inquiry struct {
	pack   *register.Pack
	tables *access.Tables
	people *intake.People
	rule   *suppress.Rule
	m      *access.Map
	on     register.Day // of the populations
	unit   access.Unit
	close  func()
}

func (s *session) inquire(ctx context.Context, q *equityFlags) (_ *inquiry, err error) {
	if err := q.at.resolve(); err != nil {
		return nil, err
	}
	i := &inquiry{unit: access.Persons, close: func() {}}
	if q.events {
		i.unit = access.Events
	}
	day, err := q.map_.day()
	if err != nil {
		return nil, err
	}
	if i.pack, err = s.pack(); err != nil {
		return nil, err
	}
	if q.populations == "" {
		q.populations = filepath.Join(q.at.dir, "populations")
	}
	i.m = access.MapOf(i.pack, day)
	if i.tables, err = access.LoadTables(os.DirFS(q.populations)); err != nil {
		return nil, populationFault(err, q.populations)
	}
	list, err := suppress.Load(os.DirFS(q.at.dir))
	if err != nil {
		return nil, fail(exitReference, err, "mend rules/suppression.csv in the data directory")
	}
	if i.rule, err = suppress.For(list, "equity", day); err != nil {
		return nil, fail(exitReference, err, "")
	}
	if err := i.find(ctx, q); err != nil {
		return nil, err
	}
	i.on = day
	if first := i.people.Year; first != "" {
		if d, err := register.ParseDay(first[:4] + "-04-01"); err == nil {
			i.on = d
		}
	}
	return i, nil
}

func populationFault(err error, dir string) error {
	var faults sheet.Faults
	switch {
	case errors.Is(err, access.ErrNoTables):
		return fail(exitInput, fmt.Errorf("%s: %w", dir, err), "put your populations there in the columns that the manual page on equity lists, or make some up: remit synth populations --out "+dir)
	case errors.As(err, &faults):
		return fail(exitInput, fmt.Errorf("the populations in %s cannot be used:\n%w", dir, err), "put every row right; nothing was worked out")
	}
	return err
}

// find takes the persons from the data directory or from a file.
func (i *inquiry) find(ctx context.Context, q *equityFlags) error {
	o := intake.PeopleOptions{Pack: i.pack, Year: q.year}
	if i.tables.Has(access.PostcodeFile) {
		o.Postcodes = filepath.Join(q.populations, access.PostcodeFile)
	}
	if q.from != "" {
		people, err := intake.PeopleOf(ctx, q.from, o)
		if err != nil {
			return fail(exitInput, err, "")
		}
		i.people, i.close = people, func() { people.Close() }
		return nil
	}
	ledger, err := openLedger(q.at.dir)
	if err != nil {
		return err
	}
	i.close = func() { ledger.Close() }
	view, err := ledger.View(ctx)
	if err != nil {
		return err
	}
	years := view.Years()
	if len(years) == 0 {
		return fail(exitInput, errors.New("no patient-level row counts in "+q.at.dir), "take files in with remit submit, or name an assigned file with --from")
	}
	if o.Year == "" {
		o.Year = years[len(years)-1]
	}
	if i.people, err = view.People(ctx, o); err != nil {
		return err
	}
	return nil
}

// counts sets the persons out by a cut.
func (i *inquiry) counts(ctx context.Context, cut access.Cut) (*access.Counts, *access.Population, error) {
	p, err := i.tables.Population(cut, i.m, i.on)
	if err != nil {
		return nil, nil, fail(exitInput, err, "")
	}
	c, err := i.people.Counts(ctx, p, i.m, i.tables)
	return c, p, err
}

// provenance says what the figures rest on.
func (i *inquiry) provenance(c *access.Counts, service int) []string {
	var notes []string
	if i.tables.Synthetic {
		notes = append(notes, "Synthetic: the populations or places are made up.")
	}
	period := "every year in the file"
	if i.people.Year != "" {
		period = "of " + i.people.Year[:4] + "/" + i.people.Year[4:] + ", months " + monthNumbers(i.people.Months)
	}
	notes = append(notes, fmt.Sprintf("Records: %s, %s; %s without a person are left out.", thousands(i.people.Records), period, thousands(i.people.Nameless)))
	if service >= 0 {
		if u := c.Unplaced[service]; u.Area+u.Group > 0 {
			notes = append(notes, fmt.Sprintf("Of %s persons, %s are in no area of this cut and %s more have no age or sex: they are left out.", thousands(int64(u.All)), i.count(u.Area), i.count(u.Group)))
		}
	}
	return append(notes, fmt.Sprintf("Map: areas as on %s.", i.m.Day), i.rule.Says())
}

// count is a number of persons as it may be shown.
func (i *inquiry) count(n float64) string {
	if i.rule.Withholds(n) {
		return fmt.Sprintf("fewer than %d", i.rule.Below)
	}
	return thousands(int64(i.rule.Rounded(n)))
}

func monthNumbers(months []int) string {
	list := make([]string, len(months))
	for i, m := range months {
		list[i] = fmt.Sprint(m)
	}
	return strings.Join(list, " ")
}

// serviceOf finds a service by its code or by a line of it.
func (i *inquiry) serviceOf(code string) (int, error) {
	if n := slices.Index(i.people.Services, code); n >= 0 {
		return n, nil
	}
	t := i.pack.Table("service_line")
	for _, row := range t.Rows(strings.ToUpper(code)) {
		if n := slices.Index(i.people.Services, t.At(row, "service")); n >= 0 {
			return n, nil
		}
	}
	return 0, fail(exitUsage, fmt.Errorf("%q is neither a service nor a service line of one", code), "services have the numbers of the manual, such as 11: see remit reference show service")
}

func (i *inquiry) title(service int) string {
	code := i.people.Services[service]
	t := i.pack.Table("service")
	if rows := t.Rows(code); len(rows) > 0 {
		return t.At(rows[len(rows)-1], "title")
	}
	return code
}

// real is a number with so many digits, and why there is none.
func real(v float64, digits int) value {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return value{"none", "", true}
	}
	text := fmt.Sprintf("%.*f", digits, v)
	return value{grouped(text), text, true}
}

// kept is a number that may not be shown.
func kept() value { return value{"withheld", "withheld", true} }
