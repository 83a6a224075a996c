package price

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"remit/prices"
	"remit/register"
)

// Library is every price set that is known, with the rules by which lines are
// priced. It does not change, and may be shared.
type Library struct {
	Hash    string // of every set and of the tables of rules, in hexadecimal
	sets    []*Set // by effective date, then by publication, the latest last
	pins    []string
	pods    map[string]*podRow
	longs   map[string]string // the point of delivery of which one is the short stay
	leftOut []*exclusion
	derive  []*derivation
	holders map[string]*holderRow
	within  []Tolerance
}

// ruleTables are the tables of rules, which hold for every set.
var ruleTables = []string{"pods.csv", "exclusions.csv", "derive.csv", "holders.csv", "tolerance.csv"}

// podRow says how lines of a point of delivery are priced: a row of pods.csv.
type podRow struct {
	basis   string
	element Element
	excess  string // the point of delivery of its excess days, blank for none
	short   string // of its short stays
	known
}

type holderRow struct {
	holder Holder
	known
}

// The bases on which points of delivery are priced.
const (
	dayCaseBasis           = "day_case"
	electiveBasis          = "elective"
	nonElectiveBasis       = "non_elective"
	electiveExcessBasis    = "elective_excess_days"
	nonElectiveExcessBasis = "non_elective_excess_days"
	attendanceBasis        = "attendance"
	procedureBasis         = "procedure"
	emergencyBasis         = "emergency"
	unbundledBasis         = "unbundled"
	passThroughBasis       = "pass_through"
	financialBasis         = "financial"
	noBasis                = "none"
)

var bases = []string{dayCaseBasis, electiveBasis, nonElectiveBasis, electiveExcessBasis, nonElectiveExcessBasis, attendanceBasis,
	procedureBasis, emergencyBasis, unbundledBasis, passThroughBasis, financialBasis, noBasis}

var elementWords = []string{string(Fixed), string(Variable), string(Block), string(CostAndVolume), string(PassThroughCost), string(LowVolume)}

// Shipped is the library that ships: synthetic price sets, and the rules.
var Shipped = sync.OnceValues(func() (*Library, error) { return Load(prices.FS) })

// Load reads price sets and rules: sets/NAME/*.csv, policies/*.yaml, pods.csv,
// exclusions.csv, derive.csv, holders.csv and tolerance.csv. Of several layers each adds its sets and policies,
// and a table of rules takes the place of that of the layer before. The error is
// a *register.DataError with all faults.
func Load(layers ...fs.FS) (*Library, error) {
	l := &Library{}
	var faults []register.Fault
	policies := map[string]*Policy{}
	for _, layer := range layers {
		loadPolicies(layer, policies, &faults)
		l.loadRules(layer, &faults)
		l.loadSets(layer, policies, &faults)
	}
	slices.SortStableFunc(l.sets, func(a, b *Set) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.PublishedOn, b.PublishedOn), cmp.Compare(a.Name, b.Name))
	})
	if err := register.FaultsError(faults); err != nil {
		return nil, err
	}
	l.Hash = l.hashOver(layers)
	return l, nil
}

func (l *Library) hashOver(layers []fs.FS) string {
	sum := sha256.New()
	for _, s := range l.sets {
		fmt.Fprintln(sum, s.Name, s.Hash)
	}
	for _, layer := range layers {
		for _, name := range ruleTables {
			if text, err := fs.ReadFile(layer, name); err == nil {
				fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// LoadDirs is the shipped library with directories of more sets and rules laid over it.
func LoadDirs(dirs ...string) (*Library, error) {
	layers := []fs.FS{prices.FS}
	for _, dir := range dirs {
		layers = append(layers, os.DirFS(dir))
	}
	return Load(layers...)
}

func (l *Library) loadSets(layer fs.FS, policies map[string]*Policy, faults *[]register.Fault) {
	files, err := fs.Glob(layer, "sets/*/set.csv")
	if err != nil {
		panic(err) // the pattern is well formed
	}
	for _, file := range files {
		s := loadSet(layer, path.Dir(file), policies, faults)
		if s == nil {
			continue
		}
		l.sets = slices.DeleteFunc(l.sets, func(old *Set) bool { return old.Name == s.Name })
		l.sets = append(l.sets, s)
	}
}

func (l *Library) loadRules(layer fs.FS, faults *[]register.Fault) {
	if _, err := fs.Stat(layer, "pods.csv"); err == nil {
		l.pods = map[string]*podRow{}
	}
	eachRow(layer, "pods.csv", []string{"pod", "basis", "element", "excess_days", "short_stay", "note", "confidence", "source"}, faults, func(t *table) {
		upper := func(column string) string { return strings.ToUpper(t.text(column)) }
		put(t, l.pods, t.code("pod"), &podRow{t.oneOf("basis", bases...), Element(t.oneOf("element", elementWords...)), upper("excess_days"), upper("short_stay"), t.known()})
	})
	l.linkPODs(faults)
	if _, err := fs.Stat(layer, "exclusions.csv"); err == nil {
		l.leftOut = loadExclusions(layer, faults)
	}
	if _, err := fs.Stat(layer, "holders.csv"); err == nil {
		l.holders = map[string]*holderRow{}
	}
	eachRow(layer, "holders.csv", []string{"category", "holder", "note", "confidence", "source"}, faults, func(t *table) {
		holder := t.oneOf("holder", string(ICBContract), string(NHSEContract), string(NationalContract), string(OtherContract))
		put(t, l.holders, t.code("category"), &holderRow{Holder(holder), t.known()})
	})
	if _, err := fs.Stat(layer, "derive.csv"); err == nil {
		l.derive = loadDerivations(layer, faults)
	}
	if _, err := fs.Stat(layer, "tolerance.csv"); err == nil {
		l.within = loadTolerances(layer, faults)
	}
}

// linkPODs finds the points of delivery that others name.
func (l *Library) linkPODs(faults *[]register.Fault) {
	l.longs = map[string]string{}
	for _, pod := range slices.Sorted(maps.Keys(l.pods)) {
		row := l.pods[pod]
		if row.short != "" {
			l.longs[row.short] = pod
		}
		for column, other := range map[string]string{"excess_days": row.excess, "short_stay": row.short} {
			if other != "" && l.pods[other] == nil {
				*faults = append(*faults, register.Fault{File: "pods.csv", Column: column, Value: other, Problem: "is named by " + pod + " and has no row of its own", Remedy: "add a row for it"})
			}
		}
	}
}

// Sets are the price sets, the earliest first.
func (l *Library) Sets() []*Set { return slices.Clone(l.sets) }

// Set finds a price set by its name.
func (l *Library) Set(name string) (*Set, error) {
	for _, s := range l.sets {
		if s.Name == name {
			return s, nil
		}
	}
	var names []string
	for _, s := range l.sets {
		names = append(names, s.Name)
	}
	return nil, fmt.Errorf("there is no price set %q: choose one of %s", name, strings.Join(names, ", "))
}

// Pin gives a library in which the named set holds on every day on which it
// is in effect, whatever was published later.
func (l *Library) Pin(name string) (*Library, error) {
	if _, err := l.Set(name); err != nil {
		return nil, err
	}
	pinned := *l
	pinned.pins = append(slices.Clone(l.pins), name)
	return &pinned, nil
}

// On chooses the set for activity that ends on a day: of the sets in effect the
// pinned one, else the one that took effect last, else the one published last.
// It is nil when none is in effect.
func (l *Library) On(day register.Day) *Set {
	var found *Set
	for _, s := range l.sets { // the latest last
		if s.From > day || s.To < day {
			continue
		}
		if slices.Contains(l.pins, s.Name) {
			return s
		}
		found = s
	}
	return found
}

// Holder says on whose contract activity of an assigned category falls.
func (l *Library) Holder(category string) Holder {
	if h := l.holders[category]; h != nil {
		return h.holder
	}
	return OtherContract
}

// ElementOf is the element in which a point of delivery falls where no contract
// says otherwise; Fixed for one that is in no list.
func (l *Library) ElementOf(pod string) Element {
	if p := l.pods[pod]; p != nil {
		return p.element
	}
	return Fixed
}
