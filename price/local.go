package price

import (
	"io/fs"
	"math/big"
	"math/bits"
	"slices"
	"strings"

	"remit/activity"
	"remit/register"
)

// LocalPrices are the prices that a provider and a commissioner agreed, where
// there is no national one: local price reports, or a table of ours. They are
// for one goroutine while rows are added, and may be shared after.
type LocalPrices struct {
	prices map[localKey][]localPrice
	masks  []uint16 // the fields that are said in any row, the most of them first
}

type localKey struct {
	provider, year, pod string
	rest                [localFields]string
}

type localPrice struct {
	value *big.Int
	place string
}

// The fields by which a price may be told apart further, the least telling first:
// of two prices that say equally many fields, the one that says the later counts.
const (
	localDetail = iota
	localSpecialty
	localSite
	localTFC
	localCode // of the provider for the point of delivery
	localService
	localCategory
	localTariff
	localCommissioner
	localFields
)

// LocalLine is a row that is not nationally priced, as it was submitted, or a row
// of a report. A blank of a report stands for any.
type LocalLine struct {
	Year         string // as 202627
	Provider     string
	POD          string
	Commissioner string
	Category     string
	Service      string
	Tariff       string
	TFC          string
	Site         string
	Detail       string // of the point of delivery
	LocalPOD     string
	Specialty    string // local
	Count        activity.Amount
	Cost         activity.Amount
}

func (l *LocalLine) key() localKey {
	code := func(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }
	k := localKey{provider: unpadded(code(l.Provider)), year: code(l.Year), pod: code(l.POD)}
	if year, ok := activity.FinancialYear([]byte(k.year)); ok {
		k.year = year
	}
	for i, v := range [localFields]string{l.Detail, l.Specialty, l.Site, l.TFC, l.LocalPOD, l.Service, l.Category, l.Tariff, l.Commissioner} {
		k.rest[i] = code(v)
	}
	return k
}

// mask says which of the fields a key has.
func (k *localKey) mask() (m uint16) {
	for i, v := range k.rest {
		if v != "" {
			m |= 1 << i
		}
	}
	return m
}

// under is the key with the fields of the mask alone.
func (k localKey) under(mask uint16) localKey {
	for i := range k.rest {
		if mask&(1<<i) == 0 {
			k.rest[i] = ""
		}
	}
	return k
}

// LocalOutcome says how a submitted price stands against the local price.
type LocalOutcome string

// The outcomes.
const (
	LocalAgrees    LocalOutcome = "agrees"
	LocalDiffers   LocalOutcome = "differs"
	LocalNotListed LocalOutcome = "not_listed" // there is a report, and it has no price for the row
	LocalNoReport  LocalOutcome = "no_report"  // the provider has none for the year
)

// LocalVerdict is the outcome with its figures.
type LocalVerdict struct {
	Outcome    LocalOutcome    `json:"outcome"`
	Price      activity.Amount `json:"price"`    // of one, as agreed
	Expected   activity.Amount `json:"expected"` // price x count
	Difference activity.Amount `json:"difference"`
	Tolerance  activity.Amount `json:"tolerance"`
	Place      string          `json:"place,omitempty"`  // the row that has the price
	Others     int             `json:"others,omitempty"` // further prices that the report has for just the same
}

// Held says of a reason whether the submitted price of such a row is held to the
// local prices: where a local price applies in the place of the national one.
func (r Reason) Held() bool { return slices.Contains(heldReasons, r) }

var heldReasons = []Reason{ExcludedByFlag, ExcludedBySign, ExcludedGiven, PODUnknown, PODUnpriced, HRGMissing, FunctionMissing, NoPrice}

// HeldReasons are those of which Held is true.
func HeldReasons() []Reason { return slices.Clone(heldReasons) }

// Add takes a price of a report. The place says where it stands. It reports
// whether a price could be read.
func (l *LocalPrices) Add(of LocalLine, price activity.Amount, place string) bool {
	n := unitsOf(price)
	if price.Sign() < 0 || n.Cmp(maxPrice) > 0 {
		return false
	}
	k := of.key()
	if l.prices == nil {
		l.prices = map[localKey][]localPrice{}
	}
	if m := k.mask(); !slices.Contains(l.masks, m) {
		l.masks = append(l.masks, m)
		slices.SortFunc(l.masks, func(a, b uint16) int {
			if d := bits.OnesCount16(b) - bits.OnesCount16(a); d != 0 {
				return d
			}
			return int(b) - int(a)
		})
	}
	same := func(p localPrice) bool { return p.value.Cmp(n) == 0 }
	if !slices.ContainsFunc(l.prices[k], same) {
		l.prices[k] = append(l.prices[k], localPrice{n, place})
	}
	return true
}

// Len is how many prices there are.
func (l *LocalPrices) Len() (n int) {
	for _, list := range l.prices {
		n += len(list)
	}
	return n
}

var localColumns = []string{"year", "provider", "commissioner", "category", "service_code", "pod", "tariff_code", "price", "confidence", "source"}

// LoadLocalPrices reads a table of local prices. A commissioner, category, service
// code or tariff code that is blank stands for any. The error is a
// *register.DataError with all faults.
func LoadLocalPrices(fsys fs.FS, name string) (*LocalPrices, error) {
	var faults []register.Fault
	l := &LocalPrices{}
	seen := map[localKey]*flatPrice{}
	eachRow(fsys, name, localColumns, &faults, func(t *table) {
		if _, ok := activity.FinancialYear([]byte(t.text("year"))); !ok {
			t.fault("year", t.text("year"), "is not a financial year", "write it as 202627")
		}
		of := LocalLine{Year: t.text("year"), Provider: t.code("provider"), POD: t.code("pod"), Commissioner: t.text("commissioner"),
			Category: t.text("category"), Service: t.text("service_code"), Tariff: t.text("tariff_code")}
		p := t.flat("price")
		put(t, seen, of.key(), p)
		if p != nil {
			a, _ := amountOf(p.value, false) // flat bounds it
			l.Add(of, a, p.source.Source)
		}
	})
	return l, register.FaultsError(faults)
}

// Test holds a submitted cost to the local price: count x price, within the
// tolerance. The most particular price counts; where a
// report has several for just the same, the one that comes nearest.
func (l *LocalPrices) Test(line LocalLine, within Tolerance) LocalVerdict {
	list := l.find(line.key())
	if len(list) == 0 {
		return LocalVerdict{Outcome: LocalNotListed}
	}
	best := list[0].test(line, within)
	for _, p := range list[1:] {
		if v := p.test(line, within); size(v.Difference).Cmp(size(best.Difference)) < 0 {
			best = v
		}
	}
	best.Others = len(list) - 1
	return best
}

func (p localPrice) test(line LocalLine, within Tolerance) LocalVerdict {
	each, _ := amountOf(p.value, false) // Add bounds it
	v := LocalVerdict{Outcome: LocalDiffers, Price: each, Place: p.place, Difference: line.Cost}
	count, ok := smallUnits(line.Count)
	w, room := wideOf(product(p.value, one), one, 1)
	expected, fits := w.times(count, false)
	if !ok || !room || !fits {
		return v
	}
	v.Expected, v.Difference = expected, line.Cost.Sub(expected)
	limit := within.of(line.Count, expected)
	v.Tolerance, _ = amountOf(limit, false) // no more than the figures are
	if size(v.Difference).Cmp(limit) <= 0 {
		v.Outcome = LocalAgrees
	}
	return v
}

func size(a activity.Amount) *big.Int { return new(big.Int).Abs(unitsOf(a)) }

// Tolerance is how far a submitted cost may lie from what is expected: so much for
// each unit of activity, or that share of what is expected, whichever is more. A
// row of tolerance.csv.
type Tolerance struct {
	PerUnit, Share activity.Amount
	from, to       register.Day
	known
}

func (w Tolerance) of(count, expected activity.Amount) *big.Int {
	part := func(a, b activity.Amount) *big.Int {
		n := product(size(a), unitsOf(b))
		return n.Quo(n, one)
	}
	return larger(part(count, w.PerUnit), part(expected, w.Share))
}

// Says writes the tolerance for a reader.
func (w Tolerance) Says() string {
	return "£" + w.PerUnit.String() + " a unit, or " + decimalText(product(unitsOf(w.Share), big.NewInt(100))) + "%, whichever is more"
}

func loadTolerances(layer fs.FS, faults *[]register.Fault) (list []Tolerance) {
	eachRow(layer, "tolerance.csv", []string{"test", "per_unit", "share", "valid_from", "valid_to", "confidence", "source"}, faults, func(t *table) {
		t.oneOf("test", "local_price")
		w := Tolerance{from: t.day("valid_from", register.Earliest), to: t.day("valid_to", register.Latest), known: t.known()}
		for column, to := range map[string]*activity.Amount{"per_unit": &w.PerUnit, "share": &w.Share} {
			if n := t.needed(column); n != nil {
				*to, _ = amountOf(n, false) // needed bounds it
			}
		}
		if w.Share.Cmp(oneUnit) > 0 {
			t.fault("share", t.text("share"), "is more than the whole", "write 0.01% as 0.0001")
		}
		list = append(list, w)
	})
	return list
}

// LocalTolerance is the tolerance of a financial year, 202627: of the last row of
// tolerance.csv that is in effect on its last day. Without a row nothing is tolerated.
func (l *Library) LocalTolerance(year string) (found Tolerance) {
	day, ok := lastDay([]byte(year), []byte("12"))
	if !ok {
		return found
	}
	for _, w := range l.within {
		if w.from <= register.Day(day) && register.Day(day) <= w.to {
			found = w
		}
	}
	return found
}

func (l *LocalPrices) find(k localKey) []localPrice {
	have := k.mask()
	for _, mask := range l.masks {
		if mask&^have != 0 {
			continue // it says a field that the row has not
		}
		if list := l.prices[k.under(mask)]; len(list) > 0 {
			return list
		}
	}
	return nil
}
