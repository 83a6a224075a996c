package synth

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"remit/metric"
)

// ReturnOptions say what returns of quality metrics to make up.
type ReturnOptions struct {
	Seed      uint64
	Providers []string // blank: sixteen
	Quarters  int      // 0: twenty
	Last      metric.Quarter
}

// Returns is a made-up set of returns: definitions and tables, as a folder of
// metrics holds them, and what each provider returned for each quarter.
type Returns struct {
	Tables map[string][]byte // name of the file in metrics
	Files  []ReturnFile
}

// ReturnFile is the return of a provider for a quarter.
type ReturnFile struct {
	Name     string
	Provider string
	Quarter  metric.Quarter
	Text     []byte
}

// returnProviders are real codes; nothing that is made up says anything of them.
var returnProviders = []string{"R0A", "R1H", "RBV", "RCX", "RGT", "RH8", "RHQ", "RJ1", "RJ7", "RJE", "RR8", "RRK", "RRV", "RTD", "RTH", "RWE"}

// madeUp is a made-up metric: a rate about which providers vary.
type madeUp struct {
	id, title, programme, service, numerator, denominator, unit, better, period, outcome string
	multiplier                                                                           float64
	target                                                                               string
	rate, between                                                                        float64
	size                                                                                 float64
}

var madeUpMetrics = []madeUp{
	{"synthetic-steroids-before-birth", "Steroids before birth", "Women and Children", "NCBPSNIC", "mothers who were given at least one dose", "mothers who gave birth at 23 to 33 weeks", "proportion", "up", "quarter", "effective, preventative", 100, "90", 0.9, 0.03, 70},
	{"synthetic-normal-temperature", "Normal temperature on admission", "Women and Children", "NCBPSNIC", "babies with a temperature of 36.5 to 37.5 °C within an hour", "babies under 32 weeks who were admitted", "proportion", "up", "quarter", "effective", 100, "90", 0.75, 0.05, 60},
	{"synthetic-parents-consulted", "Parents consulted within a day", "Women and Children", "NCBPSNIC", "admissions with a talk between parents and a senior within 24 hours", "admissions", "proportion", "up", "quarter", "tailored", 100, "", 0.94, 0.02, 150},
	{"synthetic-late-diagnosis", "Diagnosed at a late stage", "Blood and Infection", "NCBPS14A", "people diagnosed at a late stage", "people newly diagnosed", "proportion", "down", "quarter", "preventative, accessible", 100, "", 0.4, 0.04, 24},
	{"synthetic-viral-suppression", "Viral suppression", "Blood and Infection", "NCBPS14A", "people whose virus is suppressed", "people on treatment", "proportion", "up", "quarter", "effective", 100, "95", 0.96, 0.008, 600},
	{"synthetic-seen-in-a-year", "Seen again within a year", "Blood and Infection", "NCBPS14A", "people seen again", "people seen for care", "proportion", "up", "rolling 4 quarters", "seamless", 100, "", 0.92, 0.015, 650},
	{"synthetic-night-discharge", "Discharged at night", "Trauma", "ACC", "discharges from 22:00 to 06:59", "discharges", "proportion", "down", "quarter", "seamless, effective", 100, "5", 0.06, 0.01, 260},
	{"synthetic-infections", "Infections of the blood", "Trauma", "ACC", "infections", "days with a central line", "rate", "down", "quarter", "effective", 1000, "", 0.0025, 0.0004, 2400},
	{"synthetic-mortality-ratio", "Mortality against expected", "Trauma", "ACC", "deaths", "deaths expected from how ill people were on arrival", "ratio", "down", "quarter", "effective", 1, "", 1, 0.08, 34},
	{"synthetic-stay", "Length of stay", "Trauma", "ACC", "bed days", "discharges", "mean", "neither", "quarter", "accessible", 1, "", 4.6, 0.4, 260},
	{"synthetic-refused", "Transfers refused for want of a bed", "Trauma", "ACC", "transfers refused", "", "count", "down", "quarter", "accessible", 1, "", 9, 2, 1},
	{"synthetic-consultant-at-weekends", "A consultant on site at weekends", "Women and Children", "NCBPSNIC", "1 where a consultant is on site on every day of the quarter", "", "yes or no", "up", "quarter", "accessible", 1, "", 0.97, 0, 1},
}

// definition is the definition of a made-up metric as a file. The later version of
// one of them counts otherwise, and so begins a new series.
func (m *madeUp) definition(version int, from, to string) []byte {
	var b bytes.Buffer
	effective := "{from: " + from + "}"
	if to != "" {
		effective = "{from: " + from + ", to: " + to + "}"
	}
	denominator := m.denominator
	if version > 1 {
		denominator += ", transfers included"
	}
	fmt.Fprintf(&b, "metric: %s\nversion: %d\neffective: %s\nstatus: published\nprogramme: %s\nservices: [%s]\n", m.id, version, effective, m.programme, m.service)
	fmt.Fprintf(&b, "title: %s (made up)\nshort_title: %s\nwhy: It is made up, so that the pages can be tried. It is no national metric.\nnumerator: %s\n", m.title, m.title, m.numerator)
	if denominator != "" {
		fmt.Fprintf(&b, "denominator: %s\n", denominator)
	}
	fmt.Fprintf(&b, "unit: %s\nmultiplier: %v\ndecimals: %d\nbetter: %s\nperiod: %s\nsource: {kind: provider return, name: made up}\nattribution: provider\nlevels: [provider, ICB, footprint, England]\n",
		m.unit, m.multiplier, map[bool]int{true: 1, false: 0}[m.denominator != ""], m.better, m.period)
	if m.target != "" {
		fmt.Fprintf(&b, "targets: [{value: %s, from: %s}]\n", m.target, from)
	}
	if m.unit == "proportion" {
		fmt.Fprintln(&b, "least_denominator: 10")
	}
	fmt.Fprintf(&b, "outcomes: [%s]\nowner: nobody\nauthor: remit synth returns\nchecker: nobody\nreviewed: 2026-11-24\nnext_review: 2027-11-24\nreferences: [made up]\nannotations: [{date: 2025-01-01, label: a made-up change, why: to show how dates are marked}]\n", m.outcome)
	fmt.Fprintln(&b, "synthetic: true\nnot_established: Everything about it.")
	return b.Bytes()
}

// changed is the metric of which there is a second version, and from when.
const (
	changed     = "synthetic-parents-consulted"
	changedFrom = "2024-04-01"
	changedTo   = "2024-03-31"
	beganOn     = "2015-04-01"
)

// MakeReturns makes returns up: the same options give the same bytes. Among them
// are all that real ones have: zeros, figures that are not submitted, suppressed or
// not applicable, returns that are missing, organisations that stand out, a series
// that shifts and a definition that changes.
func MakeReturns(o ReturnOptions) (*Returns, error) {
	if len(o.Providers) == 0 {
		o.Providers = returnProviders
	}
	if o.Quarters == 0 {
		o.Quarters = 20
	}
	out := &Returns{Tables: map[string][]byte{}}
	for i := range madeUpMetrics {
		m := &madeUpMetrics[i]
		if m.id == changed {
			out.Tables[m.id+"-1.yaml"], out.Tables[m.id+"-2.yaml"] = m.definition(1, beganOn, changedTo), m.definition(2, changedFrom, "")
			continue
		}
		out.Tables[m.id+"-1.yaml"] = m.definition(1, beganOn, "")
	}
	out.Tables["returners.csv"] = returners(o.Providers)
	first := o.Last.Next(1 - o.Quarters)
	for p, provider := range o.Providers {
		for n := range o.Quarters {
			// Somebody is late with the latest return, and one was never made.
			if n == o.Quarters-1 && p == 1 || n == o.Quarters-4 && p == 5 {
				continue
			}
			text, err := oneReturn(&o, p, n, first.Next(n))
			if err != nil {
				return nil, err
			}
			q := first.Next(n)
			name := fmt.Sprintf("%s_%d-%02d_Q%d.csv", provider, q.Year, (q.Year+1)%100, q.Quarter)
			out.Files = append(out.Files, ReturnFile{name, provider, q, text})
		}
	}
	return out, nil
}

// returnServices are those that providers return for.
func returnServices() (list []string) {
	seen := map[string]bool{}
	for i := range madeUpMetrics {
		if s := madeUpMetrics[i].service; !seen[s] {
			seen[s] = true
			list = append(list, s)
		}
	}
	return list
}

// provides says whether a provider has a service: not all have all.
func provides(p int, service string) bool { return service != "NCBPS14A" || p%5 != 4 }

func returners(providers []string) []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, "provider,service,from,to,gatekeeper,service_lead,confidence,source,note")
	for p, code := range providers {
		for _, s := range returnServices() {
			if provides(p, s) {
				fmt.Fprintf(&b, "%s,%s,%s,,made-up gatekeeper,made-up lead,low,made up,SYNTHETIC\n", code, s, beganOn)
			}
		}
	}
	return b.Bytes()
}

func oneReturn(o *ReturnOptions, p, n int, q metric.Quarter) ([]byte, error) {
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	if err := out.Write([]string{"provider", "service", "period", "metric", "version", "title", "numerator", "denominator", "state", "note"}); err != nil {
		return nil, err
	}
	for i := range madeUpMetrics {
		m := &madeUpMetrics[i]
		if !provides(p, m.service) {
			continue
		}
		version := "1"
		if m.id == changed && q.First().Format("2006-01-02") >= changedFrom {
			version = "2"
		}
		numerator, denominator, state := m.figure(o, p, n, i)
		if err := out.Write([]string{o.Providers[p], m.service, q.String(), m.id, version, m.title, numerator, denominator, state, "SYNTHETIC"}); err != nil {
			return nil, err
		}
	}
	out.Flush()
	return b.Bytes(), out.Error()
}

// figure makes up the figure of one provider and quarter, counted from 0.
func (m *madeUp) figure(o *ReturnOptions, p, n, i int) (numerator, denominator, state string) {
	steady := rand.New(rand.NewPCG(o.Seed, uint64(p)<<20|uint64(i)))
	size, level := m.size*(0.6+0.8*steady.Float64()), m.rate+m.between*steady.NormFloat64()
	r := rand.New(rand.NewPCG(o.Seed+1, uint64(p)<<40|uint64(n)<<20|uint64(i)))
	last := n == o.Quarters-1
	switch {
	case p == 2 && i == 3 && n%7 == 3:
		return "", "", string(metric.NotSubmitted)
	case p == 7 && i == 2 && n < 6:
		return "", "", string(metric.NotApplicable)
	case p == 9 && i == 0 && n == o.Quarters-2:
		return "", "", string(metric.Suppressed)
	case i == 6 && p == 0 && n >= o.Quarters-8: // a shift that lasts
		level = m.rate * 1.9
	case i == 1 && p == 3 && last: // out of control at the end
		level = m.rate - 0.3
	case i == 4 && p == 11: // far below the others
		level = m.rate - 0.06
	case i == 7 && p == 6 && n >= o.Quarters-3:
		level = m.rate * 0.2
	}
	switch m.unit {
	case "yes or no":
		if r.Float64() < m.rate {
			return "1", "", ""
		}
		return "0", "", ""
	case "count":
		return strconv.Itoa(poisson(r, math.Max(0, level))), "", ""
	case "mean":
		d := poisson(r, size)
		return fmt.Sprintf("%.0f", float64(d)*(level+0.25*r.NormFloat64())), strconv.Itoa(d), ""
	case "ratio":
		e := size * (0.9 + 0.2*r.Float64())
		return strconv.Itoa(poisson(r, e*level)), fmt.Sprintf("%.2f", e), ""
	case "rate":
		d := poisson(r, size)
		return strconv.Itoa(poisson(r, float64(d)*math.Max(0, level))), strconv.Itoa(d), ""
	}
	d, x := poisson(r, size), 0
	level = math.Min(math.Max(level, 0), 1)
	for range d {
		if r.Float64() < level {
			x++
		}
	}
	return strconv.Itoa(x), strconv.Itoa(d), ""
}

// poisson draws a count; many are drawn from the normal distribution.
func poisson(r *rand.Rand, mean float64) int {
	if mean > 50 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*r.NormFloat64())))
	}
	n, product, floor := 0, r.Float64(), math.Exp(-mean)
	for product > floor {
		n++
		product *= r.Float64()
	}
	return n
}

// Describe says in a sentence what the set holds.
func (r *Returns) Describe(w io.Writer, dir string) error {
	providers := map[string]bool{}
	for _, f := range r.Files {
		providers[f.Provider] = true
	}
	_, err := fmt.Fprintf(w, "%s: %d made-up returns of %d providers for %d made-up metrics. Nothing in them says anything of anybody.\n", strings.TrimRight(dir, "/"), len(r.Files), len(providers), len(madeUpMetrics))
	return err
}
