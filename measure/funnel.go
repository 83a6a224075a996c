package measure

import (
	"fmt"
	"math"
)

// Side is where a value stands to a reference: Low, Within or High.
type Side string

// The sides.
const (
	Low    Side = "low"
	Within Side = "within"
	High   Side = "high"
)

// FunnelLimits are the limits of a funnel at one size of unit: the alert pair at
// about 2 standard errors (95%) and the alarm pair at about 3 (99.8%).
type FunnelLimits struct{ Alert, Alarm Limits }

func sideOf(v float64, l Limits) Side {
	switch {
	case v < l.Lower:
		return Low
	case v > l.Upper:
		return High
	}
	return Within
}

// ProportionFunnel gives the limits that a proportion of average p̄ (a share of
// 1) would have in a unit of n: p̄ ± z √(p̄(1 − p̄)/n), cut to 0 and 1. Multiply by
// 100 for per cent; PHE cuts the upper limit at 100 whatever the multiplier,
// which is right for per cent only. Refuses: an average that is not a share, n
// not above 0. Source: PHE; Fingertips technical guidance.
func ProportionFunnel(average, n float64) (FunnelLimits, error) {
	if !(average >= 0 && average <= 1) {
		return FunnelLimits{}, refuse(BadValue, 0, "The average proportion is %v; it must be from 0 to 1.", average)
	}
	if r := checkDenominator(n); r != nil {
		return FunnelLimits{}, r
	}
	se := math.Sqrt(average * (1 - average) / n)
	at := func(z float64) Limits {
		return Limits{math.Max(0, average-z*se), math.Min(1, average+z*se)}
	}
	return FunnelLimits{at(z95), at(z998)}, nil
}

// RatioFunnel gives the limits of a standardised ratio (1 is the average) at a
// number of observed events: O over the upper and over the lower exact Poisson
// limit of O. Refuses: events not above 0. Source: PHE, whose figures are found
// by bisection and so agree to about 5 in 100,000 at one event.
func RatioFunnel(observed float64) (FunnelLimits, error) {
	return RateFunnel(1, observed)
}

// RateFunnel gives the limits of a rate at a number of events: the average rate
// times RatioFunnel's. Refuses: an average not above 0, events not above 0.
// Source: PHE.
func RateFunnel(average, events float64) (FunnelLimits, error) {
	if r := firstOf(checkCount(events), checkMultiplier(average)); r != nil {
		return FunnelLimits{}, r
	}
	if events == 0 {
		return FunnelLimits{}, refuse(TooFewEvents, 0, "There are no events, so there are no limits to draw at them.")
	}
	at := func(c Confidence) Limits {
		l := exactPoisson(events, c)
		return Limits{average * events / l.Upper, average * events / l.Lower}
	}
	return FunnelLimits{at(C95), at(C998)}, nil
}

// Significance says on which side of the average a unit stands, and at which
// level: Alarm beyond 99.8%, Alert beyond 95%, else Within.
type Significance struct {
	Side  Side
	Alarm bool
}

// Label gives the words that Fingertips uses for it.
func (s Significance) Label() string {
	level := "0.025"
	if s.Alarm {
		level = "0.001"
	}
	switch s.Side {
	case High:
		return "High (" + level + ")"
	case Low:
		return "Low (" + level + ")"
	}
	return "Not significant"
}

func significance(v float64, l FunnelLimits) Significance {
	if side := sideOf(v, l.Alarm); side != Within {
		return Significance{side, true}
	}
	return Significance{sideOf(v, l.Alert), false}
}

// ProportionSignificance compares x/n with an average share by
// ProportionFunnel's limits at n. Refuses as Proportion. Source: PHE.
func ProportionSignificance(x, n, average float64) (Significance, error) {
	if r := firstOf(checkCount(x), checkDenominator(n), checkPart(x, n)); r != nil {
		return Significance{}, r
	}
	l, err := ProportionFunnel(average, n)
	if err != nil {
		return Significance{}, err
	}
	return significance(x/n, l), nil
}

// RatioSignificance compares observed with expected events: high where the
// limits of the observed count over expected are above 1, low where they are
// under it; exact limits under 10 events, Byar from 10. For a rate, expected is
// the average rate times the population. Refuses: expected not above 0. Source: PHE.
func RatioSignificance(observed, expected float64) (Significance, error) {
	alarm, err := Ratio(observed, expected, 1, C998)
	if err != nil {
		return Significance{}, err
	}
	if side := beside(alarm.Limits, 1); side != Within {
		return Significance{side, true}, nil
	}
	alert, err := Ratio(observed, expected, 1, C95)
	return Significance{beside(alert.Limits, 1), false}, err
}

// beside says where an interval stands to a value.
func beside(l Limits, v float64) Side {
	switch {
	case l.Lower > v:
		return High
	case l.Upper < v:
		return Low
	}
	return Within
}

// DirectSignificance compares a directly standardised rate with an average rate
// in the same units: high where its limits are above it, low where under. A
// rate that Direct withheld has no estimate and so no significance. Refuses
// estimates at other levels, a missing average. Source: PHE.
func DirectSignificance(alert, alarm Estimate, average float64) (Significance, error) {
	if alert.Confidence != C95 || alarm.Confidence != C998 {
		return Significance{}, refuse(BadConfidence, 0, "The estimates are at %v and %v; give one at 0.95 and one at 0.998.", float64(alert.Confidence), float64(alarm.Confidence))
	}
	if math.IsNaN(average) {
		return Significance{}, refuse(BadValue, 0, "The average is missing.")
	}
	if side := beside(alarm.Limits, average); side != Within {
		return Significance{side, true}, nil
	}
	return Significance{beside(alert.Limits, average), false}, nil
}

// FunnelKind is what a funnel of many units with over-dispersion is of.
type FunnelKind string

// The kinds: a standardised ratio O/E by its logarithm (as the SHMI does it) or
// by its square root (as the CQC does it), a proportion, a ratio of two counts.
const (
	RatioSHMI      FunnelKind = "ratio SHMI"
	RatioCQC       FunnelKind = "ratio CQC"
	ProportionPR   FunnelKind = "proportion"
	RatioOfCounts  FunnelKind = "ratio of counts"
	usualTrim                 = 0.1
	fewUnits                  = 10
	funnelZ95                 = 1.959964 // as FPR rounds them, to agree with it
	funnelZ998                = 3.090232
	roundExpected             = 100 // SHMI rounds expected deaths to 2 decimals
	halfCorrection            = 0.5
)

// Unit is one unit of a funnel. Rows of the same unit are added before.
type Unit struct{ Numerator, Denominator float64 }

// Funnel is a funnel plot's figures. Target is the centre line. Phi is the
// dispersion over Kept units, Tau2 the variance between units on the transformed
// scale. Adjusted says that the limits allow for it; it is false when Phi is not
// above 1. Note is a caution, or empty.
type Funnel struct {
	Kind     FunnelKind
	Target   float64
	Phi      float64
	Tau2     float64
	Kept     int
	Adjusted bool
	Note     string
	Units    []FunnelUnit
}

// FunnelUnit is a unit with its value, z-score, limits at its own denominator
// and on which side it stands.
type FunnelUnit struct {
	Unit
	Value  float64
	Z      float64
	Limits FunnelLimits
	Stands Significance
}

// OverDispersed makes a funnel whose limits allow for variation between units
// beyond chance (Spiegelhalter 2005). With Y the transformed value and s its
// standard error:
//
//	ratio SHMI       θ = 1, Y = ln(O/E), s = 1/√E, z = √E ln(O/E); E to 2 decimals
//	ratio CQC        θ = 1, Y = √(O/E), s = 1/(2√E), z = (Y − 1)/s
//	proportion       θ = Σx/Σn, Y = arcsin √(x/n), s = 1/(2√n), z = (Y − arcsin √θ)/s
//	ratio of counts  θ = ΣO/ΣE, Y = ln((O+½)/(E+½)), s = √(O/(O+½)² + E/(E+½)²), z = (Y − ln θ)/s
//	φ = Σz²/k, w = 1/s²
//	τ² = max(0, (kφ − (k − 1)) / (Σw − Σw²/Σw)), and 0 where kφ < k − 1
//
// over the k units kept. trim (0.1 is customary, 0 keeps all) is the share at
// each end that SHMI drops, and that the other kinds draw in to the quantile.
// The limits are LimitsAt's; adjusted only where φ is above 1. A unit stands
// high or low when strictly outside. Note warns of fewer than 10 units.
//
// Refuses: fewer than two units kept; a numerator missing or negative, or 0
// where its logarithm is taken; a denominator not above 0; a proportion over 1;
// trim not from 0 to under 0.5. Source: FPR.
func OverDispersed(kind FunnelKind, units []Unit, trim float64) (Funnel, error) {
	units, r := checkUnits(kind, units, trim)
	if r != nil {
		return Funnel{}, r
	}
	f := Funnel{Kind: kind, Target: target(kind, units)}
	z, s := make([]float64, len(units)), make([]float64, len(units))
	for i, u := range units {
		z[i], s[i] = score(kind, u, f.Target)
	}
	kept, weights := z, s
	switch {
	case trim == 0:
	case kind == RatioSHMI:
		kept, weights = truncate(z, s, trim)
	default:
		kept = winsorise(z, trim)
	}
	if len(kept) < 2 {
		return Funnel{}, refuse(TooFewGroups, 0, "%d of %d units are left after dropping the ends; a funnel needs two.", len(kept), len(units))
	}
	f.Kept = len(kept)
	f.Phi, f.Tau2 = dispersion(kept, weights)
	if f.Adjusted = f.Phi > 1; !f.Adjusted {
		f.Note = "The units vary no more than by chance, so the limits are not adjusted."
	}
	if f.Kept < fewUnits {
		f.Note = join(f.Note, fmt.Sprintf("With %d units the dispersion is unstable.", f.Kept))
	}
	for i, u := range units {
		v := u.Numerator / u.Denominator
		l := f.LimitsAt(u.Denominator)
		f.Units = append(f.Units, FunnelUnit{u, v, z[i], l, significance(v, l)})
	}
	return f, nil
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + " " + b
}

func target(kind FunnelKind, units []Unit) float64 {
	if kind == RatioSHMI || kind == RatioCQC {
		return 1
	}
	n, d := 0.0, 0.0
	for _, u := range units {
		n += u.Numerator
		d += u.Denominator
	}
	return n / d
}

func score(kind FunnelKind, u Unit, target float64) (z, s float64) {
	x, n := u.Numerator, u.Denominator
	switch kind {
	case RatioSHMI:
		return math.Sqrt(n) * math.Log(x/n), 1 / math.Sqrt(n)
	case RatioCQC:
		s = 1 / (2 * math.Sqrt(n))
		return (math.Sqrt(x/n) - 1) / s, s
	case ProportionPR:
		s = 1 / (2 * math.Sqrt(n))
		return (math.Asin(math.Sqrt(x/n)) - math.Asin(math.Sqrt(target))) / s, s
	}
	a, b := x+halfCorrection, n+halfCorrection
	s = math.Sqrt(x/(a*a) + n/(b*b))
	return (math.Log(a/b) - math.Log(target)) / s, s
}

func dispersion(z, s []float64) (phi, tau2 float64) {
	k := float64(len(z))
	w, w2 := 0.0, 0.0
	for i := range z {
		phi += z[i] * z[i]
	}
	phi /= k
	for i := range s {
		v := 1 / (s[i] * s[i])
		w += v
		w2 += v * v
	}
	if k*phi < k-1 {
		return phi, 0
	}
	return phi, math.Max(0, (k*phi-(k-1))/(w-w2/w))
}

// LimitsAt gives the funnel's limits at a denominator D, on the scale of the
// value:
//
//	ratios, not adjusted  χ²(α/2; 2D)/2D and χ²(1 − α/2; 2(D+1))/2D
//	SHMI                  exp(± z √(1/D + τ²))
//	CQC                   1 ± z √(1/(4D) + τ²)
//	proportion            sin²(arcsin √θ ± z √(1/(4D) + τ²)), 0 or 1 where the angle
//	                      passes 0 or a right angle
//	ratio of counts       exp(ln θ ± z √(1/(4D) + τ²))
//
// The CQC limits are drawn beside the ratio although they are on its square
// root's scale, and those of counts have not the counts' own standard error:
// both are as FPR has them. D not above 0 has no limits.
func (f *Funnel) LimitsAt(d float64) FunnelLimits {
	if !(d > 0) {
		return FunnelLimits{Limits{none, none}, Limits{none, none}}
	}
	return FunnelLimits{f.at(d, C95, funnelZ95), f.at(d, C998, funnelZ998)}
}

func (f *Funnel) at(d float64, c Confidence, z float64) Limits {
	ratio := f.Kind == RatioSHMI || f.Kind == RatioCQC
	if ratio && !f.Adjusted {
		return exactPoisson(d, c).times(1 / d)
	}
	tau2 := f.Tau2
	if !f.Adjusted {
		tau2 = 0
	}
	if f.Kind == RatioSHMI {
		half := z * math.Sqrt(1/d+tau2)
		return Limits{math.Exp(-half), math.Exp(half)}
	}
	half := z * math.Sqrt(1/(4*d)+tau2)
	switch f.Kind {
	case RatioCQC:
		return Limits{1 - half, 1 + half}
	case ProportionPR:
		angle := math.Asin(math.Sqrt(f.Target))
		return Limits{sinSquared(angle - half), sinSquared(angle + half)}
	}
	return Limits{f.Target * math.Exp(-half), f.Target * math.Exp(half)}
}

func sinSquared(angle float64) float64 {
	s := math.Sin(math.Min(math.Max(angle, 0), math.Pi/2))
	return s * s
}

func checkUnits(kind FunnelKind, units []Unit, trim float64) ([]Unit, *Refusal) {
	switch kind {
	case RatioSHMI, RatioCQC, ProportionPR, RatioOfCounts:
	default:
		return nil, refuse(BadSetting, 0, "There is no kind of funnel %q.", kind)
	}
	if !(trim >= 0 && trim < 0.5) {
		return nil, refuse(BadSetting, 0, "The share to trim is %v; it must be from 0 to under 0.5.", trim)
	}
	list := make([]Unit, len(units))
	total := 0.0
	for i, u := range units {
		if kind == RatioSHMI {
			u.Denominator = math.RoundToEven(u.Denominator*roundExpected) / roundExpected
		}
		r := firstOf(checkCount(u.Numerator), checkDenominator(u.Denominator))
		if r == nil && kind == ProportionPR {
			r = checkPart(u.Numerator, u.Denominator)
		}
		if r == nil && kind == RatioSHMI && u.Numerator == 0 {
			r = refuse(TooFewEvents, 0, "The unit has no events, and the logarithm of 0 does not exist.")
		}
		if r != nil {
			r.Row = i + 1
			r.Sentence = fmt.Sprintf("Unit %d: %s", i+1, r.Sentence)
			return nil, r
		}
		total += u.Numerator
		list[i] = u
	}
	if len(units) < 2 {
		return nil, refuse(TooFewGroups, 0, "There are %d units; a funnel needs two.", len(units))
	}
	if total == 0 && (kind == ProportionPR || kind == RatioOfCounts) {
		return nil, refuse(TooFewEvents, 0, "No unit has an event, so there is no average.")
	}
	return list, nil
}
