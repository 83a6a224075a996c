package synth

import (
	"errors"
	"slices"
	"strings"

	"remit/register"
)

const (
	noLine        = "99999999" // not commissioned directly by NHS England
	notAttributed = "NCBPSXXX"
)

// addLines sorts the service lines that hold in the year by what they are for.
func (w *world) addLines() error {
	t := w.pack.Table("service_line")
	var weights []float64
	for _, code := range t.Keys() {
		row := t.Find(code, w.start, 0).Row
		if row == register.NoRow || !w.holds("service_line", code, w.end) {
			w.addLineOfAnotherTime(t, code)
			continue
		}
		flag := func(column string) bool { return t.At(row, column) == "1" }
		l := &line{code: code, status: t.At(row, "status"), highly: flag("highly_specialised"), mental: flag("mental_health"),
			specialised: flag("specialised"), publicHealth: flag("public_health")}
		g := w.groupOf(code)
		l.tfcs = g.tfcs
		for _, code := range g.pods {
			if p := w.podByCode[code]; p != nil {
				l.pods = append(l.pods, p)
			}
		}
		if w.sort(l) {
			w.usual = append(w.usual, l)
			weights = append(weights, weightOf(l))
		}
	}
	if len(w.usual) == 0 || w.none == nil || w.notAttrib == nil {
		return errors.New("the reference data has no service lines for the year")
	}
	w.share(weights)
	w.line = newWeighted(weights)
	return nil
}

func (w *world) addLineOfAnotherTime(t *register.Table, code string) {
	from, _ := t.Valid(t.FindEver(code, 0).Row)
	if from > w.end {
		w.future = append(w.future, code)
	} else if !w.holds("service_line", code, w.start) {
		w.retired = append(w.retired, code)
	}
}

// sort puts a line where it belongs and tells whether it is one of everyday
// specialised activity. The others come up as awkward cases.
func (w *world) sort(l *line) bool {
	switch {
	case l.code == noLine:
		w.none = l
		l.tfcs = w.functions["general"]
	case l.code == notAttributed:
		w.notAttrib = l
	case strings.HasPrefix(l.code, "NCBPH"):
		w.publicH = append(w.publicH, l)
	case !strings.HasPrefix(l.code, "NCBPS"):
		w.fund = append(w.fund, l)
	case strings.HasSuffix(l.code, "_TOP"):
		w.topUp = append(w.topUp, l)
	case l.status == "BLUE":
		w.blue = append(w.blue, l)
	case l.mental:
		l.tfcs = w.functions["mental"]
		w.mentals = append(w.mentals, l)
	case l.status == "GREEN" || l.status == "RED" || l.status == "AMBER":
		if l.highly {
			w.highly = append(w.highly, l)
		}
		return true
	}
	return false
}

// groupOf is the group with the longest beginning that the line shares.
func (w *world) groupOf(code string) group {
	code = strings.TrimPrefix(code, "NCBPS")
	best := group{weight: 1, tfcs: w.functions["general"]}
	for _, g := range w.groups {
		if strings.HasPrefix(code, g.prefix) && len(g.prefix) > len(best.prefix) {
			best = g
		}
	}
	return best
}

// weightOf is the weight of a line within its group; share makes the groups
// add up. Highly specialised services see few patients.
func weightOf(l *line) float64 {
	weight := sizeOf(l.code, 0.8)
	if l.highly {
		weight /= 20
	}
	return weight
}

func (w *world) share(weights []float64) {
	sums := map[string]float64{}
	for i, l := range w.usual {
		sums[w.groupOf(l.code).prefix] += weights[i]
	}
	for i, l := range w.usual {
		g := w.groupOf(l.code)
		weights[i] *= g.weight / sums[g.prefix]
	}
}

// addFinancialPODs adds points of delivery that have money and no activity.
func (w *world) addFinancialPODs() {
	for _, f := range []struct {
		code string
		cost float64
	}{{"BLOCK", 48_000}, {"ADJUSTMENT", 950}, {"CQUIN", 2_600}, {"NAOTHER", 1_800}, {"DRUG", 640}, {"DEVICE", 2_900}} {
		p := &pod{code: f.code, setting: financial, count: 1}
		p.setPrices(f.cost, 0.9)
		w.podByCode[p.code] = p
	}
}

// podChoice draws points of delivery of some settings, by kind of care.
type podChoice struct {
	pods []*pod
	by   [3]weighted
}

func (w *world) podsIn(wanted ...setting) podChoice {
	var c podChoice
	var weights [3][]float64
	for _, p := range w.profile.pods {
		if !slices.Contains(wanted, p.setting) {
			continue
		}
		c.pods = append(c.pods, p)
		for kind, x := range [3]float64{p.general, p.specialised, p.mental} {
			weights[kind] = append(weights[kind], x+1e-9)
		}
	}
	for kind := range c.by {
		c.by[kind] = newWeighted(weights[kind])
	}
	return c
}
