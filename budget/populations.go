package budget

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/big"

	"remit/method"
	"remit/sheet"
)

// Populations are weighted populations as they were published, by year and board.
type Populations struct {
	Measures []string
	Rows     []PopulationRow
}

// PopulationRow is one board in one year.
type PopulationRow struct {
	Year, ICB, Name, Region string
	People                  map[string]*big.Rat // by measure; registered among them
	Source, Confidence      string
}

// publishedMeasures are the weighted populations that the public tool has. There is
// none of specialised services among them.
var publishedMeasures = []string{"general_and_acute", "community", "mental_health", "maternity", "prescribing", "health_inequalities", "core", "primary_medical_need", "primary_medical"}

// LoadPopulations reads a table of weighted populations and checks that each measure adds up to the
// registered people of its year.
func LoadPopulations(files fs.FS, file string) (*Populations, error) {
	text, err := fs.ReadFile(files, file)
	if err != nil {
		return nil, err
	}
	var faults sheet.Faults
	columns := append([]string{"year", "icb", "name", "region", "practices", "registered"}, publishedMeasures...)
	s := sheet.Read(file, bytes.NewReader(text), append(columns, "source", "confidence"), &faults)
	p := &Populations{Measures: publishedMeasures}
	years := map[string]int{}
	for _, row := range s.Rows {
		r := PopulationRow{Year: row.Year("year"), ICB: row.Need("icb"), Name: row.Need("name"), Region: row.Text("region"), Source: row.Need("source"), Confidence: row.Choice("confidence", "high", "medium", "low"), People: map[string]*big.Rat{}}
		for _, m := range append([]string{"registered"}, publishedMeasures...) {
			r.People[m] = row.Number(m)
		}
		p.Rows = append(p.Rows, r)
		years[r.Year]++
	}
	for year, boards := range years {
		registered := p.Total(year, "registered")
		// Each figure is rounded to a tenth, so that a sum may be off by a twentieth for each board.
		allowed := add(tolerance, big.NewRat(int64(boards), 10))
		for _, m := range p.Measures {
			if off := sub(p.Total(year, m), registered); new(big.Rat).Abs(off).Cmp(allowed) > 0 {
				faults = append(faults, sheet.Fault{File: file, Column: m, Value: year, Problem: fmt.Sprintf("the weighted people add up to %s more than the registered", off.FloatString(1)), Remedy: "look for boards that are missing or twice"})
			}
		}
	}
	return p, faults.Err()
}

// Of is a measure of a board in a year, zero where there is none.
func (p *Populations) Of(year, icb, measure string) *big.Rat {
	for _, r := range p.Rows {
		if r.Year == year && r.ICB == icb && r.People[measure] != nil {
			return r.People[measure]
		}
	}
	return new(big.Rat)
}

// Total is a measure of all boards in a year.
func (p *Populations) Total(year, measure string) *big.Rat {
	total := new(big.Rat)
	for _, r := range p.Rows {
		if x := r.People[measure]; r.Year == year && x != nil {
			total.Add(total, x)
		}
	}
	return total
}

// LoadFormula reads a formula alone.
func LoadFormula(files fs.FS, file string) (*Formula, error) {
	text, err := fs.ReadFile(files, file)
	if err != nil {
		return nil, err
	}
	f := &Formula{}
	if err := method.ReadYAML(text, file, remedy, f); err != nil {
		return nil, err
	}
	var faults sheet.Faults
	for _, p := range f.check() {
		faults = append(faults, sheet.Fault{File: file, Problem: p, Remedy: "put the formula right"})
	}
	return f, faults.Err()
}
