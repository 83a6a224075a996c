package price

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"path"
	"slices"
	"strings"

	"remit/register"
)

// Set is a price set: a directory of CSV files, which docs/027-prices.md lists.
// Prices, rates and factors are decimals of 8 places.
type Set struct {
	Name        string
	Year        string // 2025/26
	Version     string
	Title       string
	From, To    register.Day // activity that ends on these days, both included
	PublishedOn register.Day
	Synthetic   bool
	Policy      *Policy
	Source      string
	Confidence  string
	Hash        string // of its files and of its policy, 16 hexadecimal digits

	admitted    map[string]*admittedPrice // by HRG
	attendance  map[attendanceKey]*flatPrice
	procedure   map[string]*flatPrice // by HRG
	emergency   map[string]*flatPrice // by HRG
	unbundled   map[unbundledKey]*flatPrice
	practice    map[practiceKey]*flatPrice // best practice additions
	topUp       map[string]*flatPrice      // rates, by service line
	topUpPlaces map[topUpKey]*known        // eligible providers
	factor      map[string]*flatPrice      // market forces factor, by provider
}

type (
	attendanceKey struct{ tfc, hrg string }
	unbundledKey  struct{ pod, hrg string }
	practiceKey   struct{ code, hrg, pod string }
	topUpKey      struct{ line, provider string }
)

// flatPrice is one number with where it is from.
type flatPrice struct {
	value  *big.Int
	by     uint64 // 12 for a price of a year that is paid by the month, else 1
	title  string
	file   string
	source known
}

// admittedPrice is what the admitted patient table says of an HRG. Nil is no price.
type admittedPrice struct {
	name                          string
	combined, dayCase, elective   *big.Int
	nonElective, perDay           *big.Int
	electiveTrim, nonElectiveTrim int // days, -1 for none
	shortStay                     bool
	shortStayPercent              *big.Int // of the non-elective price, where there is no price
	shortStayPrice                *big.Int
	source                        known
}

// The columns of the files of a set.
var setTables = map[string][]string{
	"set.csv": {"name", "year", "version", "title", "effective_from", "effective_to", "published_on", "synthetic", "policy", "confidence", "source"},
	"admitted.csv": {"hrg", "name", "combined", "day_case", "elective", "elective_trim", "non_elective", "non_elective_trim", "per_day",
		"short_stay", "short_stay_percent", "short_stay_price", "confidence", "source"},
	"attendance.csv":     {"tfc", "hrg", "price", "confidence", "source"},
	"procedure.csv":      {"hrg", "price", "confidence", "source"},
	"emergency.csv":      {"hrg", "price", "confidence", "source"},
	"unbundled.csv":      {"pod", "hrg", "price", "per", "confidence", "source"},
	"best_practice.csv":  {"code", "title", "hrg", "pod", "addition", "confidence", "source"},
	"topup.csv":          {"service_line", "rate", "confidence", "source"},
	"topup_provider.csv": {"service_line", "provider", "confidence", "source"},
	"market_forces.csv":  {"provider", "factor", "confidence", "source"},
}

// TableNames are the files that make a price set.
func TableNames() []string {
	var names []string
	for name := range setTables {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Columns are the columns of a file of a price set.
func Columns(table string) []string { return slices.Clone(setTables[table]) }

// loadSet reads the set in a directory. The policy is found by its name.
func loadSet(fsys fs.FS, dir string, policies map[string]*Policy, faults *[]register.Fault) *Set {
	s := &Set{
		admitted: map[string]*admittedPrice{}, attendance: map[attendanceKey]*flatPrice{}, procedure: map[string]*flatPrice{},
		emergency: map[string]*flatPrice{}, unbundled: map[unbundledKey]*flatPrice{}, practice: map[practiceKey]*flatPrice{},
		topUp: map[string]*flatPrice{}, topUpPlaces: map[topUpKey]*known{}, factor: map[string]*flatPrice{},
	}
	each := func(name string, do func(*table)) {
		eachRow(fsys, path.Join(dir, name), setTables[name], faults, do)
	}
	rows := 0
	each("set.csv", func(t *table) { rows++; s.describe(t, policies) })
	if rows != 1 {
		*faults = append(*faults, register.Fault{File: path.Join(dir, "set.csv"), Problem: fmt.Sprintf("has %d rows", rows), Remedy: "describe the set in one row"})
		return nil
	}
	if s.Name != path.Base(dir) {
		*faults = append(*faults, register.Fault{File: path.Join(dir, "set.csv"), Row: 2, Column: "name", Value: s.Name,
			Problem: "is not the name of its directory", Remedy: "write " + path.Base(dir) + ", or rename the directory"})
	}
	each("admitted.csv", s.readAdmitted)
	each("attendance.csv", func(t *table) {
		put(t, s.attendance, attendanceKey{t.code("tfc"), t.code("hrg")}, t.flat("price"))
	})
	each("procedure.csv", func(t *table) { put(t, s.procedure, t.code("hrg"), t.flat("price")) })
	each("emergency.csv", func(t *table) { put(t, s.emergency, t.code("hrg"), t.flat("price")) })
	each("unbundled.csv", func(t *table) {
		p := t.flat("price")
		if t.oneOf("per", "unit", "year") == "year" && p != nil {
			p.by = 12
		}
		put(t, s.unbundled, unbundledKey{t.code("pod"), t.code("hrg")}, p)
	})
	each("best_practice.csv", func(t *table) {
		p := t.flat("addition")
		if p != nil {
			p.title = t.text("title")
		}
		put(t, s.practice, practiceKey{t.code("code"), t.code("hrg"), t.code("pod")}, p)
	})
	each("topup.csv", func(t *table) { put(t, s.topUp, t.code("service_line"), t.limited("rate", 0, 1)) })
	each("topup_provider.csv", func(t *table) {
		k := t.known()
		put(t, s.topUpPlaces, topUpKey{t.code("service_line"), t.code("provider")}, &k)
	})
	each("market_forces.csv", func(t *table) { put(t, s.factor, t.code("provider"), t.limited("factor", 0.5, 2)) })
	s.Hash = hashOf(fsys, dir, s.Policy)
	return s
}

// put keeps a row under its key, and finds the key there twice. Nothing is kept
// of a row that has faults.
func put[K comparable, V any](t *table, in map[K]*V, key K, row *V) {
	if row == nil {
		return
	}
	if _, twice := in[key]; twice {
		t.fault("", strings.Trim(fmt.Sprint(key), "{}"), "is there twice", "keep one row")
	}
	in[key] = row
}

// flat is a number that must be there, with where the row is from.
func (t *table) flat(column string) *flatPrice {
	n, k := t.needed(column), t.known()
	if n == nil {
		return nil
	}
	return &flatPrice{value: n, by: 1, file: path.Base(t.name), source: k}
}

// limited is a flat that must lie between two numbers: a rate of 10 is 1000%,
// and more likely 10% written as 10.
func (t *table) limited(column string, least, most float64) *flatPrice {
	p := t.flat(column)
	if p == nil {
		return nil
	}
	if n := float64(p.value.Int64()) / 1e8; n < least || n > most {
		t.fault(column, t.text(column), fmt.Sprintf("is not from %g to %g", least, most), "write a tenth as 0.1, and a factor as 1.08")
		return nil
	}
	return p
}

func (s *Set) describe(t *table, policies map[string]*Policy) {
	s.Name, s.Year, s.Version, s.Title = t.text("name"), t.text("year"), t.text("version"), t.text("title")
	s.From, s.To = t.day("effective_from", register.Earliest), t.day("effective_to", register.Latest)
	s.PublishedOn = t.day("published_on", register.Earliest)
	s.Synthetic = t.oneOf("synthetic", "yes", "no") == "yes"
	k := t.known()
	s.Source, s.Confidence = k.Source, k.Confidence
	if s.From > s.To {
		t.fault("effective_to", t.text("effective_to"), "is before effective_from", "put the dates in order")
	}
	name := t.text("policy")
	if s.Policy = policies[name]; s.Policy == nil {
		t.fault("policy", name, "is no policy", "name one of the files in policies, without .yaml")
		s.Policy = &Policy{}
		return
	}
	if from, to := s.Policy.days(); s.From < from || s.From > to {
		t.fault("policy", name, "is not in effect when the set takes effect", "name the policy of the year, or mend its dates")
	}
}

func (s *Set) readAdmitted(t *table) {
	p := &admittedPrice{
		name: t.text("name"), combined: t.decimal("combined"), dayCase: t.decimal("day_case"), elective: t.decimal("elective"),
		nonElective: t.decimal("non_elective"), perDay: t.decimal("per_day"),
		electiveTrim: t.whole("elective_trim"), nonElectiveTrim: t.whole("non_elective_trim"),
		shortStay:        t.oneOf("short_stay", "yes", "no", "") == "yes",
		shortStayPercent: t.decimal("short_stay_percent"), shortStayPrice: t.decimal("short_stay_price"), source: t.known(),
	}
	if p.shortStay && p.shortStayPrice == nil && (p.shortStayPercent == nil || p.nonElective == nil) {
		t.fault("short_stay", "yes", "but there is no short-stay price and no percentage of a non-elective price", "write one of them, or no")
	}
	put(t, s.admitted, t.code("hrg"), p)
}

// hashOf is the content of a set: every byte of its files and of its policy.
func hashOf(fsys fs.FS, dir string, policy *Policy) string {
	sum := sha256.New()
	for _, name := range TableNames() {
		if f, err := fsys.Open(path.Join(dir, name)); err == nil {
			fmt.Fprintf(sum, "%s\n", name)
			_, _ = io.Copy(sum, f) // a file that cannot be read is a fault already
			_ = f.Close()          // it was only read
		}
	}
	io.WriteString(sum, policy.text)
	return hex.EncodeToString(sum.Sum(nil))[:16]
}

// Counts are the numbers of rows of each table, for a person to look over.
func (s *Set) Counts() map[string]int {
	return map[string]int{
		"admitted.csv": len(s.admitted), "attendance.csv": len(s.attendance), "procedure.csv": len(s.procedure), "emergency.csv": len(s.emergency),
		"unbundled.csv": len(s.unbundled), "best_practice.csv": len(s.practice), "topup.csv": len(s.topUp),
		"topup_provider.csv": len(s.topUpPlaces), "market_forces.csv": len(s.factor),
	}
}

// factorOf finds the factor of a provider. A code that is padded with 00 to five
// characters is the one without.
func (s *Set) factorOf(provider string) *flatPrice {
	if p := s.factor[provider]; p != nil {
		return p
	}
	return s.factor[unpadded(provider)]
}

// eligible finds the row by which a provider may have the top-up of a line, nil
// when there is none.
func (s *Set) eligible(line, provider string) *known {
	if k := s.topUpPlaces[topUpKey{line, provider}]; k != nil {
		return k
	}
	return s.topUpPlaces[topUpKey{line, unpadded(provider)}]
}

func unpadded(code string) string {
	if len(code) == 5 {
		return strings.TrimSuffix(code, "00")
	}
	return code
}
