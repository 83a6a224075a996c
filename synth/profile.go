package synth

import (
	"embed"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"
	"strings"
)

//go:embed profile/*.csv
var profileFiles embed.FS

// setting is where an activity happens, which decides the data sets it is in.
type setting int

const (
	admitted setting = iota
	outpatient
	emergency
	other     // counted in contract monitoring only
	financial // no activity at all
)

var settings = map[string]setting{"admitted": admitted, "outpatient": outpatient, "emergency": emergency, "other": other}

// pod is a point of delivery with what its records are like.
type pod struct {
	code                         string
	setting                      setting
	general, specialised, mental float64 // weights
	prices                       [1024]int64
	count                        int
	hrgs                         []string
	elective                     bool
}

// group is what is assumed of the service lines that share a beginning.
type group struct {
	prefix string
	weight float64
	tfcs   []string
	pods   []string
}

// profile is what is assumed about activity where nothing published is at hand.
type profile struct {
	pods      []*pod
	groups    []group
	functions map[string][]string
	months    []float64
}

func readProfile() (*profile, error) {
	p := &profile{functions: map[string][]string{}}
	for _, part := range []struct {
		name string
		row  func(*row)
	}{
		{"pods", func(r *row) { p.pods = append(p.pods, newPOD(r)) }},
		{"groups", func(r *row) {
			p.groups = append(p.groups, group{r.text("group"), r.number("weight"), r.list("tfcs"), r.list("pods")})
		}},
		{"functions", func(r *row) { p.functions[r.text("kind")] = r.list("functions") }},
		{"months", func(r *row) { p.months = append(p.months, r.number("weight")) }},
	} {
		if err := readRows(part.name, part.row); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func newPOD(r *row) *pod {
	p := &pod{code: r.text("pod"), general: r.number("general"), specialised: r.number("specialised"), mental: r.number("mental"),
		count: int(r.number("count")), hrgs: r.list("hrgs")}
	s, known := settings[r.text("setting")]
	if !known {
		r.fault("setting")
	}
	p.setting = s
	p.elective = s == outpatient || p.code == "DC" || p.code == "EL" || p.code == "RADAY"
	p.setPrices(r.number("cost"), r.number("spread"))
	return p
}

// setPrices fills the table of prices with quantiles of a lognormal
// distribution of the given mean, in pence.
func (p *pod) setPrices(mean, spread float64) {
	for i := range p.prices {
		z := normal((float64(i) + 0.5) / float64(len(p.prices)))
		p.prices[i] = max(1, int64(math.Round(100*mean*math.Exp(spread*z-spread*spread/2))))
	}
}

// row is a row of a profile file; it keeps the first fault.
type row struct {
	file   string
	line   int
	fields map[string]string
	err    error
}

func (r *row) text(column string) string { return r.fields[column] }

func (r *row) list(column string) []string { return strings.Fields(r.fields[column]) }

func (r *row) number(column string) float64 {
	n, err := strconv.ParseFloat(r.fields[column], 64)
	if err != nil {
		r.fault(column)
	}
	return n
}

func (r *row) fault(column string) {
	if r.err == nil {
		r.err = fmt.Errorf("profile/%s.csv, line %d, %s: %q cannot be read", r.file, r.line, column, r.fields[column])
	}
}

func readRows(name string, each func(*row)) error {
	file, err := profileFiles.Open("profile/" + name + ".csv")
	if err != nil {
		return fmt.Errorf("open the profile: %w", err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return fmt.Errorf("read profile/%s.csv: %w", name, err)
	}
	for i, record := range records[1:] {
		r := &row{file: name, line: i + 2, fields: map[string]string{}}
		for c, title := range records[0] {
			r.fields[title] = record[c]
		}
		if each(r); r.err != nil {
			return r.err
		}
	}
	return nil
}
