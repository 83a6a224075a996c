package budget

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"path"
	"slices"
	"strings"

	"remit/activity"
	"remit/method"
	"remit/share"
	"remit/sheet"
)

// Round is an allocation round, as it was loaded.
type Round struct {
	Name        string    `yaml:"round"`
	Title       string    `yaml:"title"`
	Says        string    `yaml:"says"`
	Synthetic   bool      `yaml:"synthetic"`
	Published   string    `yaml:"published_on"`
	Stream      string    `yaml:"stream"`      // what the target is of: specialised only, core, all streams together
	ModelScope  string    `yaml:"model_scope"` // what the need was modelled on
	MoneyScope  string    `yaml:"money_scope"` // what the money is for, which may differ
	Source      string    `yaml:"source"`
	Confidence  string    `yaml:"confidence"`
	Rounding    string    `yaml:"rounding"` // penny, pound or thousand
	FormulaName string    `yaml:"formula"`
	Weighted    *Weighted `yaml:"practices"`
	Years       []Year    `yaml:"years"`
	Policies    []Policy  `yaml:"policies"`
	Rag         *Rag      `yaml:"rag"`
	Foresee     string    `yaml:"contract_data"` // how contracts are foreseen, or typed; blank: remaining_plan

	Formula   *Formula         `yaml:"-"`
	Ledger    []Line           `yaml:"-"`
	Uses      []Use            `yaml:"-"`
	Monthly   *Monthly         `yaml:"-"`
	Practices []WeightedTotals `yaml:"-"`
	Contracts []ContractLine   `yaml:"-"` // of contract monitoring, in the place of Replaced
	Replaced  []BudgetLine     `yaml:"-"`
	Hash      string           `yaml:"-"` // SHA-256 of all its files
}

// Year is a year of a round.
type Year struct {
	Year    string          `yaml:"year"`
	Status  string          `yaml:"status"` // firm or indicative
	Money   Text            `yaml:"quantum"`
	Policy  string          `yaml:"policy"`
	Whole   Text            `yaml:"stream_total"` // of the whole stream, as announced
	WholeIs string          `yaml:"stream_source"`
	Quantum activity.Amount `yaml:"-"`
	Stream  Stream          `yaml:"-"`
	Areas   []Area          `yaml:"-"`
}

// Stream is the money of the whole national stream in a year, where it is known.
type Stream struct {
	Amount activity.Amount
	Known  bool
	Source string
}

// Weighted says which columns of practice.csv are which measure.
type Weighted struct {
	Need               string `yaml:"need"`
	HealthInequalities string `yaml:"health_inequalities"`
	Proxy              string `yaml:"proxy"` // what the need column stands in for, when it does
}

// Rag are the limits of the colours of a report, in parts of the annual budget, as loaded.
type Rag struct {
	Amber  Number `yaml:"amber"`
	Red    Number `yaml:"red"`
	Source string `yaml:"source"`
}

var units = map[string]activity.Amount{"penny": share.Penny, "pound": share.Pound, "thousand": share.Thousand}

// Unit is what allocations are rounded to.
func (r *Round) Unit() activity.Amount { return units[r.Rounding] }

func (r *Round) year(name string) (*Year, error) {
	var names []string
	for i := range r.Years {
		if r.Years[i].Year == name {
			return &r.Years[i], nil
		}
		names = append(names, r.Years[i].Year)
	}
	return nil, &UnknownError{"year", name, names}
}

// Policy finds a policy of the round.
func (r *Round) Policy(name string) (*Policy, error) {
	var names []string
	for i := range r.Policies {
		if r.Policies[i].Name == name {
			return &r.Policies[i], nil
		}
		names = append(names, r.Policies[i].Name)
	}
	return nil, &UnknownError{"policy", name, names}
}

// UnknownError says that a round has no such year, policy or board.
type UnknownError struct {
	What, Name string
	Known      []string
}

func (e *UnknownError) Error() string {
	if len(e.Known) == 0 {
		return fmt.Sprintf("the round has no %s %q, and no other", e.What, e.Name)
	}
	return fmt.Sprintf("the round has no %s %q; it has %s", e.What, e.Name, strings.Join(e.Known, ", "))
}

func (r *Round) lines(year string) []Line {
	var list []Line
	for _, l := range r.Ledger {
		if l.Year == year {
			list = append(list, l)
		}
	}
	return list
}

// Boards are the codes of the boards of the round, in order.
func (r *Round) Boards() []string {
	var list []string
	for i := range r.Years {
		for j := range r.Years[i].Areas {
			list = append(list, r.Years[i].Areas[j].ICB)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// BoardName is the name of a board in the round.
func (r *Round) BoardName(icb string) string {
	for i := range r.Years {
		for j := range r.Years[i].Areas {
			if a := &r.Years[i].Areas[j]; a.ICB == icb {
				return a.Name
			}
		}
	}
	return icb
}

// remedy follows faults of YAML files.
const remedy = "compare with the manual page on budgets, which has such a file"

// loader reads the files of a round and gathers every fault.
type loader struct {
	files  fs.FS
	dir    string
	faults sheet.Faults
	errs   []error
	hash   []byte
}

// LoadRound reads a round: the directory has round.yaml, a formula, and the tables that the
// manual page on budgets describes. Formulas are looked for in the directory
// itself and then among the shared ones, which may be nil. The error holds every fault.
func LoadRound(files fs.FS, dir string, shared fs.FS) (*Round, error) {
	l := &loader{files: files, dir: dir}
	r := &Round{}
	text, err := l.read("round.yaml")
	if err != nil {
		return nil, fmt.Errorf("%s: a round is a directory with a file round.yaml: %w", dir, err)
	}
	if err := method.ReadYAML(text, l.name("round.yaml"), remedy, r); err != nil {
		return nil, err
	}
	l.checkRound(r)
	r.Formula = l.formula(r.FormulaName, shared)
	l.areas(r)
	l.practices(r)
	l.ledger(r)
	l.uses(r)
	l.monthly(r)
	if r.Formula != nil {
		l.complete(r)
	}
	sum := sha256.Sum256(l.hash)
	r.Hash = hex.EncodeToString(sum[:])
	if err := l.faults.Err(); err != nil {
		l.errs = append(l.errs, err)
	}
	return r, errors.Join(l.errs...)
}

func (l *loader) name(file string) string { return path.Join(l.dir, file) }

func (l *loader) read(file string) ([]byte, error) {
	b, err := fs.ReadFile(l.files, l.name(file))
	if err == nil {
		l.add(file, b)
	}
	return b, err
}

func (l *loader) add(file string, b []byte) {
	l.hash = fmt.Appendf(l.hash, "%s %x\n", file, sha256.Sum256(b))
}

// sheet reads a table, which may be absent.
func (l *loader) sheet(file string, columns ...string) *sheet.Sheet {
	b, err := l.read(file)
	if errors.Is(err, fs.ErrNotExist) {
		return &sheet.Sheet{}
	}
	if err != nil {
		l.errs = append(l.errs, err)
		return &sheet.Sheet{}
	}
	return sheet.Read(l.name(file), bytes.NewReader(b), columns, &l.faults)
}

func (l *loader) fault(file, column, value, problem, remedy string) {
	l.faults = append(l.faults, sheet.Fault{File: l.name(file), Column: column, Value: value, Problem: problem, Remedy: remedy})
}

func (l *loader) checkRound(r *Round) {
	bad := func(key, value, problem, remedy string) { l.fault("round.yaml", key, value, problem, remedy) }
	if r.Name == "" || strings.ContainsAny(r.Name, "/ ?#%") {
		bad("round", r.Name, "the name of the round is blank or cannot stand in an address", "write letters, digits and hyphens")
	}
	if r.Stream == "" {
		bad("stream", "", "the round does not say what its target is of", "write specialised only, core, or all streams together")
	}
	if strings.TrimSpace(r.Source) == "" {
		bad("source", "", "the round has no source", "say where its figures come from; for made-up ones, say so and write synthetic: true")
	}
	if r.Rounding == "" {
		r.Rounding = "pound"
	}
	if _, ok := units[r.Rounding]; !ok {
		bad("rounding", r.Rounding, "it is no unit to round to", "write penny, pound or thousand")
	}
	if r.Foresee == "" {
		r.Foresee = RemainingPlan
	}
	if !slices.Contains(Foresights, r.Foresee) {
		bad("contract_data", r.Foresee, "contracts cannot be foreseen in this way", "write "+strings.Join(Foresights, ", "))
	}
	if len(r.Years) == 0 {
		bad("years", "", "the round has no years", "give at least one, with its quantum and policy")
	}
	for i := range r.Years {
		l.checkYear(r, &r.Years[i], i)
	}
	seen := map[string]bool{}
	for i := range r.Policies {
		p := &r.Policies[i]
		if p.Name == "" || seen[p.Name] {
			bad("policies", p.Name, "each policy needs a name of its own", "rename one")
		}
		seen[p.Name] = true
		for _, problem := range p.check() {
			bad("policies", p.Name, problem, "put the policy right")
		}
	}
}

func (l *loader) checkYear(r *Round, y *Year, i int) {
	bad := func(key, value, problem, remedy string) { l.fault("round.yaml", key, value, problem, remedy) }
	if !sheet.IsYear(y.Year) {
		bad("year", y.Year, "it is not a financial year", "write it as 2026/27")
	}
	if i > 0 && y.Year <= r.Years[i-1].Year {
		bad("year", y.Year, "the years are not in order", "put the earliest first, each once")
	}
	if y.Status != "firm" && y.Status != "indicative" {
		bad("status", y.Status, "it is not a status", "write firm or indicative")
	}
	var problem string
	if y.Quantum, problem = amount(string(y.Money)); problem != "" {
		bad("quantum", string(y.Money), problem, "write the money of the year in pounds")
	} else if y.Quantum.Sign() <= 0 {
		bad("quantum", string(y.Money), "the money of the year is not above nothing", "write it in pounds")
	} else if u, ok := units[r.Rounding]; ok && !quo(share.Of(y.Quantum), share.Of(u)).IsInt() {
		bad("quantum", string(y.Money), "the money is not a whole number of the unit that allocations are rounded to", "round to a smaller unit: rounding: pound or penny")
	}
	if y.Whole != "" {
		if y.Stream.Amount, problem = amount(string(y.Whole)); problem != "" {
			bad("stream_total", string(y.Whole), problem, "write it in pounds")
		}
		y.Stream.Known, y.Stream.Source = true, y.WholeIs
		if y.WholeIs == "" {
			bad("stream_source", "", "the total of the stream has no source", "say where it was announced")
		}
	}
	if _, err := r.Policy(y.Policy); err != nil {
		bad("policy", y.Policy, err.Error(), "name one of the policies of the file")
	}
}

// amount reads pounds, to the penny.
func amount(text string) (activity.Amount, string) {
	a, present, err := activity.ParseAmount([]byte(text))
	var bad *activity.AmountError
	switch {
	case errors.As(err, &bad):
		return a, "it is not an amount of money: " + bad.Problem
	case !present:
		return a, "the amount is blank"
	case !mul(share.Of(a), big.NewRat(100, 1)).IsInt():
		return a, "the amount has parts of a penny"
	}
	return a, ""
}

// formula finds a formula in the directory of the round or among the shared ones.
func (l *loader) formula(name string, shared fs.FS) *Formula {
	file := name + ".yaml"
	if name == "" || strings.ContainsAny(name, "/\\") {
		l.fault("round.yaml", "formula", name, "the round names no formula", "name a file beside it, without .yaml, or a shipped formula")
		return nil
	}
	text, err := fs.ReadFile(l.files, l.name(file))
	if err != nil && shared != nil {
		text, err = fs.ReadFile(shared, file)
	}
	if err != nil {
		l.fault("round.yaml", "formula", name, "there is no such formula", "put "+file+" beside round.yaml, or name a shipped one")
		return nil
	}
	l.add(file, text)
	f := &Formula{}
	if err := method.ReadYAML(text, l.name(file), remedy, f); err != nil {
		l.errs = append(l.errs, err)
		return nil
	}
	problems := f.check()
	for _, p := range problems {
		l.fault(file, "steps", "", p, "put the formula right")
	}
	if len(problems) > 0 {
		return nil
	}
	return f
}

// areas reads icb.csv.
func (l *loader) areas(r *Round) {
	s := l.sheet("icb.csv", "year", "icb", "name?", "population?", "need_index?", "need_population?", "health_inequalities_index?", "health_inequalities_population?",
		"market_forces?", "other_cost?", "source", "confidence")
	seen := map[string]bool{}
	for _, row := range s.Rows {
		year, icb := row.Year("year"), row.Need("icb")
		a := Area{ICB: icb, Name: row.Text("name"), Source: row.Need("source"), Confidence: row.Choice("confidence", "high", "medium", "low"), Place: row.Place(),
			Indices: map[Measure]*big.Rat{}, Weighted: map[Measure]*big.Rat{}}
		if a.Name == "" {
			a.Name = icb
		}
		switch {
		case row.Text("population") != "" && r.Weighted != nil:
			row.Fault("population", "the people are counted in practice.csv too", "leave it blank, or take practices out of round.yaml")
			a.Population = one
		case row.Text("population") != "":
			a.Population = row.Positive("population")
		case r.Weighted == nil:
			row.Fault("population", "the population is blank", "write how many people are registered")
			a.Population = one
		}
		for _, m := range measures {
			index, weighted := string(m)+"_index", string(m)+"_population"
			if m == MarketForces || m == OtherCost {
				index, weighted = string(m), ""
			}
			if row.Text(index) != "" {
				a.Indices[m] = row.Number(index)
			}
			if weighted != "" && row.Text(weighted) != "" {
				a.Weighted[m] = row.Number(weighted)
				if a.Indices[m] != nil {
					row.Fault(weighted, "the need is given twice, as an index and as a weighted population", "leave one blank")
				}
			}
		}
		if seen[year+"\x00"+icb] {
			row.Fault("icb", "the board is there twice in the year", "remove one row")
		}
		seen[year+"\x00"+icb] = true
		y, err := r.year(year)
		if err != nil {
			row.Fault("year", "the round has no such year", "write one of the years of round.yaml")
			continue
		}
		y.Areas = append(y.Areas, a)
	}
}

// complete checks what needs several files.
func (l *loader) complete(r *Round) {
	for i := range r.Years {
		y := &r.Years[i]
		if len(y.Areas) == 0 {
			l.fault("icb.csv", "year", y.Year, "the year has no boards", "add a row for each board")
		}
		for j := range y.Areas {
			a := &y.Areas[j]
			if a.Population == nil {
				l.fault("icb.csv", "population", a.ICB, "the population of "+y.Year+" is not known: neither icb.csv nor practice.csv has it", "add it to one of them")
				a.Population = one
			}
			for _, m := range measures {
				if r.Formula.uses(m) && m != OtherCost && a.Indices[m] == nil && a.Weighted[m] == nil {
					l.fault("icb.csv", string(m), a.ICB, "the formula uses "+strings.ReplaceAll(string(m), "_", " ")+", which is blank in "+y.Year+" ("+a.Place+")", "fill it in, or use a formula without it")
				}
			}
		}
	}
}
