package quality

import (
	"errors"

	"remit/measure"
	"remit/metric"
)

// Funnel sets the organisations of a subject beside one another in one quarter.
// Values, centre and limits are in the units of the metric.
type Funnel struct {
	Period  metric.Quarter
	Kind    measure.FunnelKind
	Centre  float64
	Phi     float64
	Widened bool // the limits allow for more variation than chance
	Note    string
	Units   []FunnelUnit

	inner measure.Funnel
	scale float64 // of values
	per   float64 // events expected of one of the denominator, for a rate; else 1
}

// FunnelUnit is one organisation on a funnel.
type FunnelUnit struct {
	Series                 *Series
	Numerator, Denominator float64
	Value                  float64
	Limits                 measure.FunnelLimits
	Stands                 measure.Significance
}

// leastUnits is the number of organisations from which the dispersion between them
// says something.
const leastUnits = 10

// trim is the share of organisations at each end that does not set the spread.
const trim = 0.1

// FunnelOn makes the funnel of a quarter. widened allows for variation between
// organisations beyond chance, where there are ten or more. An error says why
// there is no funnel.
func (s *Subject) FunnelOn(q metric.Quarter, widened bool) (*Funnel, error) {
	d := s.Definition
	// Events of a rate are few beside what they are out of, so a rate is set against
	// what would be expected at the rate of all together: a ratio of observed and expected.
	kind, ok := map[string]measure.FunnelKind{"proportion": measure.ProportionPR, "rate": measure.RatioSHMI, "ratio": measure.RatioSHMI}[d.Unit]
	if !ok {
		return nil, errors.New("A metric that is a " + d.Unit + " has no funnel: only counts out of something vary by chance in a way that is known.")
	}
	f := &Funnel{Period: q, scale: d.Multiplier}
	var units []measure.Unit
	for _, x := range s.Series {
		p := x.At(q)
		if p == nil || !p.Has() || !(p.Denominator > 0) || p.Version != d.Version && !x.sameStretch(q) {
			continue
		}
		if p.Numerator == 0 && kind == measure.RatioSHMI {
			kind = measure.RatioCQC // the logarithm of no event does not exist
		}
		units = append(units, measure.Unit{Numerator: p.Numerator, Denominator: p.Denominator})
		f.Units = append(f.Units, FunnelUnit{Series: x, Numerator: p.Numerator, Denominator: p.Denominator, Value: p.Value})
	}
	f.per = 1
	if d.Unit == "rate" {
		f.per = expectRate(units)
		f.scale *= f.per
	}
	share := trim
	if len(units) < leastUnits {
		share = 0
	}
	inner, err := measure.OverDispersed(kind, units, share)
	if err != nil {
		return nil, err
	}
	if len(units) < leastUnits && widened {
		f.Note = "With fewer than ten organisations the limits are those of chance alone."
	}
	inner.Adjusted = inner.Adjusted && widened && len(units) >= leastUnits
	f.Kind, f.Centre, f.Phi, f.Widened, f.inner = kind, inner.Target*f.scale, inner.Phi, inner.Adjusted, inner
	for i := range f.Units {
		u := &f.Units[i]
		u.Limits = f.LimitsAt(u.Denominator)
		u.Stands = stands(u.Value, halfEvent/u.Denominator*d.Multiplier, u.Limits)
	}
	return f, nil
}

// expectRate turns denominators into events expected at the rate of all together,
// and gives that rate.
func expectRate(units []measure.Unit) float64 {
	n, d := 0.0, 0.0
	for _, u := range units {
		n += u.Numerator
		d += u.Denominator
	}
	rate := n / d
	for i := range units {
		units[i].Denominator *= rate
	}
	return rate
}

// sameStretch says whether a period is in the last stretch of the series.
func (x *Series) sameStretch(q metric.Quarter) bool {
	return x.Points[x.Stretches[len(x.Stretches)-1].From].Period.Compare(q) <= 0
}

// LimitsAt gives the limits at a denominator.
func (f *Funnel) LimitsAt(d float64) measure.FunnelLimits {
	l := f.inner.LimitsAt(d * f.per)
	scaled := func(x measure.Limits) measure.Limits {
		return measure.Limits{Lower: x.Lower * f.scale, Upper: x.Upper * f.scale}
	}
	return measure.FunnelLimits{Alert: scaled(l.Alert), Alarm: scaled(l.Alarm)}
}

// halfEvent is by how much a count must be beyond a limit to stand out. Counts are
// whole, and the limits are those of a smooth curve: without it, a small unit with
// all or none would stand out where one in a hundred such units has that by chance.
const halfEvent = 0.5

func stands(v, half float64, l measure.FunnelLimits) measure.Significance {
	below, above := v+half, v-half
	switch {
	case below < l.Alarm.Lower:
		return measure.Significance{Side: measure.Low, Alarm: true}
	case above > l.Alarm.Upper:
		return measure.Significance{Side: measure.High, Alarm: true}
	case below < l.Alert.Lower:
		return measure.Significance{Side: measure.Low}
	case above > l.Alert.Upper:
		return measure.Significance{Side: measure.High}
	}
	return measure.Significance{Side: measure.Within}
}
