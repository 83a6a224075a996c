package pool

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
	"remit/budget"
	"remit/method"
	"remit/register"
	"remit/share"
	"remit/sheet"
)

// Pool is a pooled fund, as it was loaded.
type Pool struct {
	Name        string   `yaml:"pool"`
	Title       string   `yaml:"title"`
	Says        string   `yaml:"says"`
	Synthetic   bool     `yaml:"synthetic"`
	Year        string   `yaml:"year"`
	From        string   `yaml:"valid_from"`
	To          string   `yaml:"valid_to"`
	Instrument  string   `yaml:"instrument"` // its code in the register; blank: none yet
	Host        string   `yaml:"host"`       // the board that holds the money
	Services    []string `yaml:"services"`   // service lines, or services
	Aims        string   `yaml:"aims"`
	Variation   string   `yaml:"variation"` // how contributions may change
	Ending      string   `yaml:"ending"`    // review, variation and ending
	Management  string   `yaml:"management"`
	Rule        Rule     `yaml:"rule"`
	Alternative []Rule   `yaml:"compare_with"` // what compare shows beside
	Source      string   `yaml:"source"`
	Confidence  string   `yaml:"confidence"`

	Dated    []DatedMember  `yaml:"-"`
	Sources  []SourceOfFund `yaml:"-"`
	Uses     []UseOfFund    `yaml:"-"`
	Waiting  []UseOfFund    `yaml:"-"` // asked for and not decided: they take no money
	Carry    []CarryForward `yaml:"-"`
	Charges  []Charge       `yaml:"-"`
	Shares   []ContractPart `yaml:"-"`
	Contract []Contract     `yaml:"-"`
	Hash     string         `yaml:"-"`
}

// DatedMember is a member with when it belongs.
type DatedMember struct {
	Member
	From, To   register.Day
	Source     string
	Confidence string
	Place      string
}

// On are the members on a day.
func (p *Pool) On(day register.Day) []Member {
	var list []Member
	for _, m := range p.Dated {
		if m.From <= day && day <= m.To {
			list = append(list, m.Member)
		}
	}
	return list
}

// Members are all who belong at some time of the pool's year.
func (p *Pool) Members() []Member {
	from := sheet.Starts(p.Year)
	to := from + 364
	var list []Member
	for _, m := range p.Dated {
		if m.From <= to && m.To >= from {
			list = append(list, m.Member)
		}
	}
	return list
}

const remedy = "compare with the manual page on pools, which has such a file"

type loader struct {
	files  fs.FS
	dir    string
	faults sheet.Faults
	errs   []error
	hash   []byte
}

func (l *loader) name(file string) string { return path.Join(l.dir, file) }

func (l *loader) read(file string) ([]byte, error) {
	b, err := fs.ReadFile(l.files, l.name(file))
	if err == nil {
		l.hash = fmt.Appendf(l.hash, "%s %x\n", file, sha256.Sum256(b))
	}
	return b, err
}

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

func (l *loader) bad(key, value, problem, remedy string) {
	l.faults = append(l.faults, sheet.Fault{File: l.name("pool.yaml"), Column: key, Value: value, Problem: problem, Remedy: remedy})
}

// Load reads a pool: the directory has pool.yaml, members.csv and the tables that the manual
// page on pools describes. The error holds every fault.
func Load(files fs.FS, dir string) (*Pool, error) {
	l := &loader{files: files, dir: dir}
	p := &Pool{}
	text, err := l.read("pool.yaml")
	if err != nil {
		return nil, fmt.Errorf("%s: a pool is a directory with a file pool.yaml: %w", dir, err)
	}
	if err := method.ReadYAML(text, l.name("pool.yaml"), remedy, p); err != nil {
		return nil, err
	}
	l.check(p)
	l.members(p)
	l.underspend(p)
	l.charges(p)
	l.contracts(p)
	sum := sha256.Sum256(l.hash)
	p.Hash = hex.EncodeToString(sum[:])
	if err := l.faults.Err(); err != nil {
		l.errs = append(l.errs, err)
	}
	return p, errors.Join(l.errs...)
}

func (l *loader) check(p *Pool) {
	if p.Name == "" || strings.ContainsAny(p.Name, "/ ?#%") {
		l.bad("pool", p.Name, "the name of the pool is blank or cannot stand in an address", "write letters, digits and hyphens")
	}
	if !sheet.IsYear(p.Year) {
		l.bad("year", p.Year, "it is not a financial year", "write it as 2026/27")
	}
	if strings.TrimSpace(p.Source) == "" {
		l.bad("source", "", "the pool has no source", "say where its terms come from; for made-up ones, say so and write synthetic: true")
	}
	for key, value := range map[string]string{"valid_from": p.From, "valid_to": p.To} {
		if value == "" {
			continue
		}
		if _, err := register.ParseDay(value); err != nil {
			l.bad(key, value, "it is not a date", "write it YYYY-MM-DD")
		}
	}
	for _, r := range append([]Rule{p.Rule}, p.Alternative...) {
		for _, problem := range r.Check() {
			l.bad("rule", string(r.Kind), problem, "put the rule right")
		}
	}
}

func (l *loader) members(p *Pool) {
	s := l.sheet("members.csv", "icb", "name?", "contribution", "spend", "population?", "activity?", "valid_from?", "valid_to?", "source", "confidence")
	if len(s.Rows) == 0 && len(l.faults) == 0 {
		l.faults = append(l.faults, sheet.Fault{File: l.name("members.csv"), Problem: "the pool has no members", Remedy: "add a row for each board: icb,contribution,spend,population,activity,valid_from,valid_to,source,confidence"})
	}
	seen := map[string]bool{}
	for _, row := range s.Rows {
		m := DatedMember{Member: Member{ICB: row.Need("icb"), Name: row.Text("name"), Contribution: row.Money("contribution"), Spend: row.Money("spend")},
			From: row.Day("valid_from", register.Earliest), To: row.Day("valid_to", register.Latest), Source: row.Need("source"), Confidence: row.Choice("confidence", "high", "medium", "low"), Place: row.Place()}
		if m.Name == "" {
			m.Name = m.ICB
		}
		if m.Contribution.Sign() < 0 {
			row.Fault("contribution", "the contribution is negative", "write what the member pays into the pool")
		}
		if row.Text("population") != "" {
			m.Population = row.Number("population")
		}
		if row.Text("activity") != "" {
			m.Activity = row.Number("activity")
		}
		if m.From > m.To {
			row.Fault("valid_to", "the membership ends before it begins", "put the dates right")
		}
		if seen[m.ICB] {
			row.Fault("icb", "the member is there twice", "remove one row; a pool is about one year")
		}
		seen[m.ICB] = true
		p.Dated = append(p.Dated, m)
	}
}

// Scenario is what a reader changes to see what happens.
type Scenario struct {
	Rule   *Rule                      // nil: the pool's own
	Out    []string                   // members to leave out
	In     []Member                   // who joins
	Change map[string]*big.Rat        // of a member's spend, in parts: 0.05 is 5% more
	Spend  map[string]activity.Amount // a member's spend instead
}

// Apply makes the members and the rule of a scenario.
func (p *Pool) Apply(s Scenario) ([]Member, Rule, error) {
	rule := p.Rule
	if s.Rule != nil {
		rule = *s.Rule
	}
	all := p.Members()
	known := func(icb string) error {
		if slices.ContainsFunc(all, func(m Member) bool { return m.ICB == icb }) {
			return nil
		}
		var names []string
		for _, m := range all {
			names = append(names, m.ICB)
		}
		return fmt.Errorf("%s is not a member of the pool in %s; the members are %s", icb, p.Year, strings.Join(names, ", "))
	}
	for _, icb := range s.Out {
		if err := known(icb); err != nil {
			return nil, rule, err
		}
	}
	var list []Member
	for _, m := range all {
		if slices.Contains(s.Out, m.ICB) {
			continue
		}
		if a, ok := s.Spend[m.ICB]; ok {
			m.Spend = a
		}
		if c := s.Change[m.ICB]; c != nil {
			spend, ok := share.Nearest(new(big.Rat).Mul(share.Of(m.Spend), new(big.Rat).Add(one, c)))
			if !ok {
				return nil, rule, fmt.Errorf("%s of %s is more than an amount of money may be", budget.Percent(c, 1), m.ICB)
			}
			m.Spend = spend
		}
		list = append(list, m)
	}
	for _, m := range s.In {
		if known(m.ICB) == nil {
			return nil, rule, fmt.Errorf("%s is a member of the pool already; change what it spends instead", m.ICB)
		}
		list = append(list, m)
	}
	for icb := range s.Change {
		if err := known(icb); err != nil {
			return nil, rule, err
		}
	}
	for icb := range s.Spend {
		if err := known(icb); err != nil {
			return nil, rule, err
		}
	}
	return list, rule, nil
}

// Compare works out several rules for the same members. A rule that cannot be worked out has its reason in
// place of a result.
func Compare(members []Member, rules []Rule) []Compared {
	var list []Compared
	for _, r := range rules {
		result, err := Share(members, r)
		list = append(list, Compared{r, result, err})
	}
	return list
}

// Compared is one of several rules.
type Compared struct {
	Rule   Rule
	Result *Result
	Err    error
}

// Beside are the rules that are compared: the pool's own, those it names, and each other kind with
// plain parameters, where what it needs is known.
func (p *Pool) Beside() []Rule {
	rules := append([]Rule{p.Rule}, p.Alternative...)
	has := func(k Kind) bool { return slices.ContainsFunc(rules, func(r Rule) bool { return r.Kind == k }) }
	for _, k := range []Kind{Own, ByContribution, ByPopulation, ByActivity} {
		if !has(k) {
			rules = append(rules, Rule{Kind: k})
		}
	}
	slices.SortStableFunc(rules, func(a, b Rule) int { return slices.Index(Kinds, a.Kind) - slices.Index(Kinds, b.Kind) })
	return rules
}

// number reads a percentage or decimal.
func number(text string) (budget.Number, error) {
	r, err := share.Number(text)
	return budget.Number{Rat: r}, err
}

// ParseRule makes a rule from words, as a command line or an address has them: kind, cap, fund, key and
// the parts of a blend as contribution/population/activity. All that is wrong is told.
func ParseRule(kind, limit, fund, by, blend string) (*Rule, error) {
	r := &Rule{Kind: Kind(kind), Fund: budget.Text(fund), Key: Kind(by)}
	var problems []string
	if limit != "" {
		var err error
		if r.Cap, err = number(limit); err != nil {
			problems = append(problems, "cap: "+err.Error())
		}
	}
	if blend != "" {
		parts := strings.Split(blend, "/")
		if len(parts) != 3 {
			problems = append(problems, fmt.Sprintf("blend: %q does not have three parts; write contribution/population/activity, such as 50%%/30%%/20%%", blend))
		}
		for i, to := range []*budget.Number{&r.Contribution, &r.Population, &r.Activity} {
			if i >= len(parts) {
				break
			}
			var err error
			if *to, err = number(parts[i]); err != nil {
				problems = append(problems, "blend: "+err.Error())
			}
		}
	}
	if (r.Kind == Capped || r.Kind == Contingency) && r.Key == "" {
		r.Key = ByContribution
	}
	if len(problems) == 0 {
		problems = r.Check()
	}
	if len(problems) > 0 {
		return nil, errors.New(strings.Join(problems, "\n"))
	}
	return r, nil
}

// ParseSpend reads changes of what members spend: ICB=+5%, ICB=-2% or ICB=POUNDS. All that is wrong is told.
func ParseSpend(list []string) (change map[string]*big.Rat, spend map[string]activity.Amount, err error) {
	change, spend = map[string]*big.Rat{}, map[string]activity.Amount{}
	var problems []string
	for _, text := range list {
		icb, value, ok := strings.Cut(text, "=")
		icb, value = strings.TrimSpace(icb), strings.TrimSpace(value)
		if !ok || icb == "" || value == "" {
			problems = append(problems, fmt.Sprintf("%q is not a change of what a member spends; write ICB=+5%%, ICB=-2%% or ICB=POUNDS", text))
			continue
		}
		if strings.HasSuffix(value, "%") {
			if change[icb], err = share.Number(value); err != nil {
				problems = append(problems, icb+": "+err.Error())
			}
			continue
		}
		a, _, err := activity.ParseAmount([]byte(value))
		if err != nil || !new(big.Rat).Mul(share.Of(a), big.NewRat(100, 1)).IsInt() {
			problems = append(problems, fmt.Sprintf("%s: %q is not pounds and pence; write 190000000 or 190000000.50", icb, value))
		}
		spend[icb] = a
	}
	if len(problems) > 0 {
		return nil, nil, errors.New(strings.Join(problems, "\n"))
	}
	return change, spend, nil
}

// ParseMember reads who joins: code, contribution and spend in pounds, and where known the weighted population and the activity
// by which rules share. All that is wrong is told.
func ParseMember(icb, contribution, spend, population, done string) (Member, error) {
	m := Member{ICB: strings.TrimSpace(icb), Name: strings.TrimSpace(icb)}
	var problems []string
	if m.ICB == "" {
		problems = append(problems, "who joins needs a code")
	}
	for _, x := range []struct {
		what, text string
		to         *activity.Amount
	}{{"contribution", contribution, &m.Contribution}, {"spend", spend, &m.Spend}} {
		a, present, err := activity.ParseAmount([]byte(strings.TrimSpace(x.text)))
		if err != nil || !present || a.Sign() < 0 || !new(big.Rat).Mul(share.Of(a), big.NewRat(100, 1)).IsInt() {
			problems = append(problems, fmt.Sprintf("the %s of %s, %q, is not pounds and pence from nothing up", x.what, m.ICB, x.text))
		}
		*x.to = a
	}
	for _, x := range []struct {
		what, text string
		to         **big.Rat
	}{{"weighted population", population, &m.Population}, {"activity", done, &m.Activity}} {
		if strings.TrimSpace(x.text) == "" {
			continue
		}
		r, err := share.Number(x.text)
		if err != nil || r.Sign() < 0 {
			problems = append(problems, fmt.Sprintf("the %s of %s, %q, is not a number from 0 up", x.what, m.ICB, x.text))
			continue
		}
		*x.to = r
	}
	if len(problems) > 0 {
		return m, errors.New(strings.Join(problems, "\n"))
	}
	return m, nil
}
