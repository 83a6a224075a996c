package price

import (
	"io/fs"
	"math/big"
	"strings"

	"remit/activity"
	"remit/register"
)

// LocalPrices are the prices that a provider and a commissioner agreed, where
// there is no national one: a local price report, or a table of ours.
type LocalPrices struct {
	prices map[localKey]*flatPrice
}

type localKey struct{ year, provider, commissioner, category, service, pod, tariff string }

// LocalLine is a row that is not nationally priced, as it was submitted.
type LocalLine struct {
	Year         string // as 202627
	Provider     string
	Commissioner string
	Category     string
	Service      string
	POD          string
	Tariff       string
	Count        activity.Amount
	Cost         activity.Amount
}

// LocalOutcome says how a submitted price stands against the local price.
type LocalOutcome string

// The outcomes.
const (
	LocalAgrees    LocalOutcome = "agrees"
	LocalDiffers   LocalOutcome = "differs"
	LocalNotListed LocalOutcome = "not_listed"
)

// LocalVerdict is the outcome with its figures.
type LocalVerdict struct {
	Outcome    LocalOutcome    `json:"outcome"`
	Expected   activity.Amount `json:"expected"`
	Difference activity.Amount `json:"difference"` // submitted less expected
	Source     string          `json:"source,omitempty"`
}

var localColumns = []string{"year", "provider", "commissioner", "category", "service_code", "pod", "tariff_code", "price", "confidence", "source"}

// LoadLocalPrices reads a table of local prices. A commissioner, category or
// service code that is blank stands for any. The error is a
// *register.DataError with all faults.
func LoadLocalPrices(fsys fs.FS, name string) (*LocalPrices, error) {
	var faults []register.Fault
	l := &LocalPrices{prices: map[localKey]*flatPrice{}}
	eachRow(fsys, name, localColumns, &faults, func(t *table) {
		year, ok := activity.FinancialYear(t.text("year"))
		if !ok {
			t.fault("year", t.text("year"), "is not a financial year", "write it as 202627")
		}
		upper := func(column string) string { return strings.ToUpper(t.text(column)) }
		put(t, l.prices, localKey{year, t.code("provider"), upper("commissioner"), upper("category"), upper("service_code"), t.code("pod"), upper("tariff_code")}, t.flat("price"))
	})
	return l, register.FaultsError(faults)
}

// Test holds a submitted cost to the local price: count x price, within a penny
// a unit or 0.01%, whichever is more. The most particular price counts.
func (l *LocalPrices) Test(line LocalLine) LocalVerdict {
	p := l.find(line)
	if p == nil {
		return LocalVerdict{Outcome: LocalNotListed}
	}
	count, ok := smallUnits(line.Count)
	w, room := wideOf(product(p.value, one), one, 1)
	expected, fits := w.times(count, false)
	if !ok || !room || !fits {
		return LocalVerdict{Outcome: LocalDiffers, Source: p.source.Source}
	}
	v := LocalVerdict{Outcome: LocalAgrees, Expected: expected, Difference: line.Cost.Sub(expected), Source: p.source.Source}
	if size(v.Difference).Cmp(tolerance(line.Count, expected)) > 0 {
		v.Outcome = LocalDiffers
	}
	return v
}

func size(a activity.Amount) *big.Int { return new(big.Int).Abs(unitsOf(a)) }

// tolerance is a penny for each unit of activity, or 0.01% of what is expected.
func tolerance(count, expected activity.Amount) *big.Int {
	share := new(big.Int).Quo(size(expected), big.NewInt(10_000))
	return larger(new(big.Int).Quo(size(count), big.NewInt(100)), share)
}

func (l *LocalPrices) find(line LocalLine) *flatPrice {
	key := localKey{line.Year, line.Provider, line.Commissioner, line.Category, line.Service, line.POD, line.Tariff}
	for blanks := range 8 { // the fewer blanks the more particular; the commissioner goes last
		k := key
		if blanks&1 != 0 {
			k.service = ""
		}
		if blanks&2 != 0 {
			k.category = ""
		}
		if blanks&4 != 0 {
			k.commissioner = ""
		}
		if p := l.prices[k]; p != nil {
			return p
		}
	}
	return nil
}
