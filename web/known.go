package web

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"remit/holding"
	"remit/method"
	"remit/methods"
	"remit/register"
	"remit/store"
)

// row is a row of the register with its period read.
type row struct {
	*store.Fact
	From, To register.Day
}

// Get is a column of the row.
func (r row) Get(column string) string { return r.Values[column] }

func (r row) holds(on register.Day) bool { return r.From <= on && on <= r.To }

// facts is the register as known at one moment, arranged as pages read it. It
// is immutable but for what it works out when first asked.
type facts struct {
	*store.Known
	rows    map[string][]row
	byCode  map[string]map[string][]row // by the first identity column
	index   func() *index
	methods func() ([]*method.Method, error)
	book    func() (*holding.Book, error)

	drawings drawings
	answers  answers
}

func arrange(k *store.Known) *facts {
	f := &facts{Known: k, rows: map[string][]row{}, byCode: map[string]map[string][]row{}}
	for _, table := range store.Tables() {
		key := store.Identity(table)[0]
		codes := map[string][]row{}
		for _, fact := range k.Facts(table) {
			r := row{fact, edge(fact.Values["valid_from"], register.Earliest), edge(fact.Values["valid_to"], register.Latest)}
			f.rows[table] = append(f.rows[table], r)
			codes[fact.Values[key]] = append(codes[fact.Values[key]], r)
		}
		for _, rows := range codes {
			slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.From, b.From) })
		}
		f.byCode[table] = codes
	}
	f.index = sync.OnceValue(func() *index { return newIndex(f) })
	f.methods = sync.OnceValues(func() ([]*method.Method, error) { return loadMethods(k.Pack) })
	f.book = sync.OnceValues(func() (*holding.Book, error) { return holding.New(k.Pack) })
	return f
}

// edge reads a date of a row, which the register has checked.
func edge(text string, blank register.Day) register.Day {
	if text == "" {
		return blank
	}
	day, err := register.ParseDay(text)
	if err != nil {
		return blank
	}
	return day
}

// on are the rows of a table that hold on a day.
func (f *facts) on(table string, day register.Day) []row {
	var list []row
	for _, r := range f.rows[table] {
		if r.holds(day) {
			list = append(list, r)
		}
	}
	return list
}

// all are the rows of a code, in order of time.
func (f *facts) all(table, code string) []row { return f.byCode[table][code] }

// at is the row of a code that holds on a day.
func (f *facts) at(table, code string, day register.Day) (row, bool) {
	for _, r := range f.byCode[table][code] {
		if r.holds(day) {
			return r, true
		}
	}
	return row{}, false
}

// nearest is the row of a code on a day, or else the one closest to it.
func (f *facts) nearest(table, code string, day register.Day) (row, bool) {
	if r, ok := f.at(table, code, day); ok {
		return r, true
	}
	rows := f.byCode[table][code]
	if len(rows) == 0 {
		return row{}, false
	}
	found := rows[0]
	for _, r := range rows {
		if r.From <= day {
			found = r
		}
	}
	return found, true
}

// organisationTables hold organisations, the kinds that pages put first before
// the others.
var organisationTables = []string{"icb", "sub_icb", "provider", "practice", "hub", "region", "reporting_entity", "body", "health_board", "armed_forces_practice"}

// organisation finds the table of a code and its row on, or nearest to, a day.
func (f *facts) organisation(code string, day register.Day) (string, row, bool) {
	for _, table := range organisationTables {
		if r, ok := f.nearest(table, code, day); ok {
			return table, r, true
		}
	}
	return "", row{}, false
}

// Name is the name of an organisation, or its code where nothing is known of it.
func (f *facts) Name(code string, day register.Day) string {
	if _, r, ok := f.organisation(code, day); ok {
		return nameOf(r)
	}
	if r, ok := f.nearest("committee", code, day); ok {
		return nameOf(r)
	}
	return code
}

// nameOf is the name of an organisation as people say it.
func nameOf(r row) string {
	name := cmp.Or(r.Get("name"), r.Get("title"), r.Get(store.Identity(r.Table)[0]))
	if r.Table == "icb" {
		name = strings.Replace(strings.TrimPrefix(name, "NHS "), "Integrated Care Board", "ICB", 1)
	}
	return name
}

// source writes out where a row was published.
func (f *facts) source(r row) string { return f.Pack.Cite(r.Get("source")) }

// memory keeps the arranged register of the last changes asked for.
type memory struct {
	mu   sync.Mutex
	kept []*facts
}

const remembered = 4

// knownAt is the register as known at a moment; the zero time means by now.
func (s *Site) knownAt(ctx context.Context, at time.Time) (*facts, error) {
	k, err := s.store.Known(ctx, at)
	if err != nil {
		return nil, err
	}
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	for i, f := range s.memory.kept {
		if f.Change.Number == k.Change.Number {
			s.memory.kept = append(slices.Delete(s.memory.kept, i, i+1), f)
			return f, nil
		}
	}
	f := arrange(k)
	if at.IsZero() && s.ahead.Load() {
		go s.prepare(f)
	}
	s.memory.kept = append(s.memory.kept, f)
	if len(s.memory.kept) > remembered {
		s.memory.kept = slices.Delete(s.memory.kept, 0, 1)
	}
	return f, nil
}

// Ahead has what the pages share worked out before they are asked for, now and
// whenever the register changes, so that no reader waits for it.
func (s *Site) Ahead(ctx context.Context) error {
	s.ahead.Store(true)
	s.prepareBudgets()
	_, err := s.knownAt(ctx, time.Time{})
	return err
}

// prepare works out what many pages of a register share. What fails is told to
// the reader who asks for it.
func (s *Site) prepare(f *facts) {
	_, _ = f.book()
	f.index()
	all, _ := f.methods()
	for _, m := range all {
		_, _ = s.charts.of(m, "")
		_, _ = f.drawings.method(f.Pack, m.Name)
	}
}

// shippedMethods finds the shipped methods by name; a site reads no other files.
func shippedMethods(pack *register.Pack) method.Library {
	return method.Library{Pack: pack, Open: func(name string) ([]byte, string, error) {
		src, err := methods.Files.ReadFile(name + ".yaml")
		if err != nil {
			return nil, "", fmt.Errorf("there is no method %q", name)
		}
		return src, name + ".yaml", nil
	}}
}

// loadMethods loads the shipped methods, the latest first.
func loadMethods(pack *register.Pack) ([]*method.Method, error) {
	entries, err := methods.Files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var all []*method.Method
	for _, e := range entries {
		m, err := shippedMethods(pack).Load(strings.TrimSuffix(e.Name(), ".yaml"))
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	slices.SortStableFunc(all, func(a, b *method.Method) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(b.From, a.From))
	})
	return all, nil
}
