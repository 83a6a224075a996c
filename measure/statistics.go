package measure

import (
	"errors"
	"math"
	"slices"
	"strings"
	"time"
)

// reader takes the cells of a case and keeps the errors, so that a statistic
// reads in one breath.
type reader struct {
	cells Cells
	err   error
}

func (r *reader) number(name string, otherwise float64) float64 {
	v, err := r.cells.Number(name, otherwise)
	r.err = errors.Join(r.err, err)
	return v
}

func (r *reader) numbers(name string) []float64 {
	v, err := r.cells.Numbers(name)
	r.err = errors.Join(r.err, err)
	return v
}

func (r *reader) level() Confidence { return Confidence(r.number("confidence", float64(C95))) }

func (r *reader) strata() Strata {
	return Strata{r.numbers("events"), r.numbers("populations")}
}

func (r *reader) reference() Strata {
	return Strata{r.numbers("reference_events"), r.numbers("reference_populations")}
}

func (r *reader) weights() []float64 {
	if w := r.numbers("weights"); w != nil {
		return w
	}
	return ESP2013[:]
}

// whole gives a number that must be whole.
func (r *reader) whole(name string, otherwise int) int {
	v := r.number(name, float64(otherwise))
	if v != math.Trunc(v) || math.Abs(v) > 1e6 {
		r.err = errors.Join(r.err, &CaseFault{Column: name, Value: r.cells[name], Problem: "is not a whole number"})
		return otherwise
	}
	return int(v)
}

func (r *reader) oneOf(name string, choices ...string) string {
	v := r.cells.Text(name, choices[0])
	if !slices.Contains(choices, v) {
		r.err = errors.Join(r.err, &CaseFault{Column: name, Value: v, Problem: "is not a choice", Remedy: "write one of " + strings.Join(choices, ", ")})
	}
	return v
}

// reads makes a statistic's Run of a function that reads with a reader: what it
// gives is dropped when a cell could not be read.
func reads(f func(*reader) (map[string]any, error)) func(Cells) (map[string]any, error) {
	return func(c Cells) (map[string]any, error) {
		r := &reader{cells: c}
		got, err := f(r)
		if r.err != nil {
			return nil, r.err
		}
		return got, err
	}
}

var estimateOutputs = []string{"value", "lower", "upper", "method", "numerator", "denominator"}

// estimates makes a Run of a function that gives an estimate.
func estimates(f func(*reader) (Estimate, error)) func(Cells) (map[string]any, error) {
	return reads(func(r *reader) (map[string]any, error) {
		e, err := f(r)
		return map[string]any{"value": e.Value, "lower": e.Limits.Lower, "upper": e.Limits.Upper, "method": string(e.Method),
			"numerator": e.Numerator, "denominator": e.Denominator}, err
	})
}

func limitsOf(l Limits, err error) (map[string]any, error) {
	return map[string]any{"lower": l.Lower, "upper": l.Upper}, err
}

var funnelOutputs = []string{"alert_lower", "alert_upper", "alarm_lower", "alarm_upper"}

func funnelOf(l FunnelLimits, err error) (map[string]any, error) {
	return map[string]any{"alert_lower": l.Alert.Lower, "alert_upper": l.Alert.Upper, "alarm_lower": l.Alarm.Lower, "alarm_upper": l.Alarm.Upper}, err
}

// Statistics gives the statistics that tables of cases can name.
func Statistics() []Statistic {
	limits := []string{"lower", "upper"}
	return []Statistic{
		{"byar", "Byar's limits of a count", []string{"numerator", "confidence"}, limits,
			reads(func(r *reader) (map[string]any, error) { return limitsOf(Byar(r.number("numerator", none), r.level())) })},
		{"exact", "Exact Poisson limits of a count", []string{"numerator", "confidence"}, limits,
			reads(func(r *reader) (map[string]any, error) {
				return limitsOf(ExactPoisson(r.number("numerator", none), r.level()))
			})},
		{"wilson", "Wilson's limits of a proportion", []string{"numerator", "denominator", "confidence"}, limits,
			reads(func(r *reader) (map[string]any, error) {
				return limitsOf(Wilson(r.number("numerator", none), r.number("denominator", none), r.level()))
			})},
		{"proportion", "A proportion", []string{"numerator", "denominator", "multiplier", "confidence"}, estimateOutputs,
			estimates(func(r *reader) (Estimate, error) {
				return Proportion(r.number("numerator", none), r.number("denominator", none), r.number("multiplier", 1), r.level())
			})},
		{"rate", "A crude rate", []string{"numerator", "denominator", "multiplier", "confidence"}, estimateOutputs,
			estimates(func(r *reader) (Estimate, error) {
				return Rate(r.number("numerator", none), r.number("denominator", none), r.number("multiplier", 100000), r.level())
			})},
		{"mean", "A mean", []string{"values", "confidence"}, estimateOutputs,
			estimates(func(r *reader) (Estimate, error) { return Mean(r.numbers("values"), r.level()) })},
		{"ratio", "Observed over expected", []string{"numerator", "denominator", "multiplier", "confidence"}, estimateOutputs,
			estimates(func(r *reader) (Estimate, error) {
				return Ratio(r.number("numerator", none), r.number("denominator", none), r.number("multiplier", 1), r.level())
			})},
		{"direct", "A directly standardised rate", []string{"events", "populations", "weights", "multiplier", "confidence"}, estimateOutputs,
			estimates(func(r *reader) (Estimate, error) {
				return Direct(r.strata(), r.weights(), r.number("multiplier", 100000), r.level())
			})},
		{"direct_repeated", "A directly standardised rate of repeated events", []string{"times", "persons", "populations", "weights", "multiplier", "confidence"},
			estimateOutputs, estimates(directRepeated)},
		{"indirect_ratio", "An indirectly standardised ratio", []string{"events", "populations", "reference_events", "reference_populations", "multiplier", "confidence"},
			estimateOutputs, estimates(func(r *reader) (Estimate, error) {
				return Indirect(r.strata(), r.reference(), r.number("multiplier", 1), r.level())
			})},
		{"indirect_rate", "An indirectly standardised rate", []string{"events", "populations", "reference_events", "reference_populations", "multiplier", "confidence"},
			estimateOutputs, estimates(func(r *reader) (Estimate, error) {
				return IndirectRate(r.strata(), r.reference(), r.number("multiplier", 100000), r.level())
			})},
		{"life_expectancy", "Expectation of life at an age", []string{"events", "populations", "age", "confidence"}, estimateOutputs, estimates(lifeAt)},
		{"slope_index", "Slope and relative index of inequality",
			[]string{"populations", "values", "lower_limits", "upper_limits", "standard_errors", "scale", "negate", "confidence"},
			[]string{"value", "lower", "upper", "relative", "relative_lower", "relative_upper", "first", "last"}, reads(slopeIndex)},
		{"quantiles", "Groups of about the same number of values", []string{"values", "groups", "highest_first"}, []string{"groups"}, reads(quantilesOf)},
		{"funnel_proportion", "Limits of a funnel of proportions", []string{"average", "denominator"}, funnelOutputs,
			reads(func(r *reader) (map[string]any, error) {
				return funnelOf(ProportionFunnel(r.number("average", none), r.number("denominator", none)))
			})},
		{"funnel_ratio", "Limits of a funnel of standardised ratios", []string{"numerator"}, funnelOutputs,
			reads(func(r *reader) (map[string]any, error) { return funnelOf(RatioFunnel(r.number("numerator", none))) })},
		{"funnel_rate", "Limits of a funnel of rates", []string{"average", "numerator"}, funnelOutputs,
			reads(func(r *reader) (map[string]any, error) {
				return funnelOf(RateFunnel(r.number("average", none), r.number("numerator", none)))
			})},
		{"funnel", "A funnel with over-dispersion, and its limits at a denominator", []string{"kind", "numerators", "denominators", "trim", "denominator"},
			append([]string{"target", "phi", "tau2", "kept", "adjusted"}, funnelOutputs...), reads(overDispersed)},
		{"xmr", "A control chart", []string{"values", "profile", "better", "target", "baseline", "rebase_at"},
			[]string{"mean", "moving_range", "lower", "upper", "near_lower", "near_upper", "causes", "variation", "assurance", "short"}, reads(xmr)},
		{"run_chart", "A run chart", []string{"values", "profile"},
			[]string{"median", "useful", "longest_run", "longest_expected", "crossings", "fewest_expected", "signal"}, reads(runChart)},
	}
}

func directRepeated(r *reader) (Estimate, error) {
	lists, err := r.cells.Lists("persons")
	r.err = errors.Join(r.err, err)
	times := r.numbers("times")
	if len(times) != len(lists) {
		return Estimate{}, refuse(WrongLengths, 0, "There are %d frequencies and %d lists of persons.", len(times), len(lists))
	}
	groups := make([]Repeated, len(times))
	for i, t := range times {
		groups[i] = Repeated{t, lists[i]}
	}
	return DirectRepeated(groups, r.numbers("populations"), r.weights(), r.number("multiplier", 100000), r.level())
}

func lifeAt(r *reader) (Estimate, error) {
	age := r.whole("age", 0)
	list, err := LifeExpectancy(r.numbers("events"), r.numbers("populations"), r.level())
	if err != nil {
		return Estimate{}, err
	}
	i := slices.Index(LifeAges[:], age)
	if i < 0 {
		return Estimate{}, refuse(BadSetting, 0, "No band begins at %d.", age)
	}
	return list[i].Estimate, nil
}

func slopeIndex(r *reader) (map[string]any, error) {
	populations, values, errs := r.numbers("populations"), r.numbers("values"), r.numbers("standard_errors")
	lower, upper := r.numbers("lower_limits"), r.numbers("upper_limits")
	groups := make([]Quantile, len(populations))
	for i := range groups {
		groups[i] = Quantile{populations[i], at(values, i), Limits{at(lower, i), at(upper, i)}, 0}
		if se := at(errs, i); Exists(se) {
			groups[i].StandardError = se
		}
	}
	scale := Scale(r.oneOf("scale", string(Plain), string(Log), string(Logit)))
	of, err := SlopeIndex(groups, scale, r.oneOf("negate", "no", "yes") == "yes", r.level())
	return map[string]any{"value": of.Slope.Value, "lower": of.Slope.Limits.Lower, "upper": of.Slope.Limits.Upper,
		"relative": of.Relative.Value, "relative_lower": of.Relative.Limits.Lower, "relative_upper": of.Relative.Limits.Upper,
		"first": of.First, "last": of.Last}, err
}

func at(list []float64, i int) float64 {
	if i < len(list) {
		return list[i]
	}
	return none
}

func quantilesOf(r *reader) (map[string]any, error) {
	groups, err := Quantiles(r.numbers("values"), r.whole("groups", 5), r.oneOf("highest_first", "no", "yes") == "yes")
	list := make([]float64, len(groups))
	for i, g := range groups {
		list[i] = float64(g)
	}
	return map[string]any{"groups": list}, err
}

func overDispersed(r *reader) (map[string]any, error) {
	n, d := r.numbers("numerators"), r.numbers("denominators")
	if len(n) != len(d) {
		return nil, refuse(WrongLengths, 0, "There are %d numerators and %d denominators.", len(n), len(d))
	}
	units := make([]Unit, len(n))
	for i := range n {
		units[i] = Unit{n[i], d[i]}
	}
	kind := FunnelKind(r.oneOf("kind", string(RatioSHMI), string(RatioCQC), string(ProportionPR), string(RatioOfCounts)))
	f, err := OverDispersed(kind, units, r.number("trim", usualTrim))
	if err != nil {
		return nil, err
	}
	got, _ := funnelOf(f.LimitsAt(r.number("denominator", none)), nil)
	adjusted := "no"
	if f.Adjusted {
		adjusted = "yes"
	}
	got["target"], got["phi"], got["tau2"], got["kept"], got["adjusted"] = f.Target, f.Phi, f.Tau2, float64(f.Kept), adjusted
	return got, nil
}

// firstMonth is the month of the first value of a case's series; cases speak of
// places, not of dates.
var firstMonth = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

func (r *reader) series() []Observation {
	var series []Observation
	for i, v := range r.numbers("values") {
		series = append(series, Observation{firstMonth.AddDate(0, i, 0), v})
	}
	return series
}

func (r *reader) profile() Profile {
	p, err := ProfileOf(r.cells.Text("profile", builtIn()[0].Name))
	if err != nil {
		r.err = errors.Join(r.err, &CaseFault{Column: "profile", Value: r.cells["profile"], Problem: err.Error()})
	}
	return p
}

func xmr(r *reader) (map[string]any, error) {
	better := map[string]Better{"higher": Higher, "lower": Lower, "neither": Neither}[r.oneOf("better", "higher", "lower", "neither")]
	o := ChartOptions{Profile: r.profile(), Better: better, Target: r.number("target", none), Baseline: r.whole("baseline", 0)}
	for _, place := range r.numbers("rebase_at") {
		o.Rebases = append(o.Rebases, Rebase{firstMonth.AddDate(0, int(place)-1, 0), "of the case", "the case"})
	}
	c, err := XmR(r.series(), o)
	if err != nil {
		return nil, err
	}
	last := c.Sections[len(c.Sections)-1]
	causes := make([]string, len(c.Points))
	for i, p := range c.Points {
		causes[i] = strings.ReplaceAll(p.Cause.String(), " ", "-")
	}
	short := "no"
	if last.Short {
		short = "yes"
	}
	return map[string]any{"mean": last.Mean, "moving_range": last.MovingRange, "lower": last.Limits.Lower, "upper": last.Limits.Upper,
		"near_lower": last.Near.Lower, "near_upper": last.Near.Upper, "causes": strings.Join(causes, " "),
		"variation": c.Variation.String(), "assurance": c.Assurance.String(), "short": short}, nil
}

func runChart(r *reader) (map[string]any, error) {
	c, err := Run(r.series(), r.profile())
	if err != nil {
		return nil, err
	}
	signal := "no"
	if c.Signal {
		signal = "yes"
	}
	return map[string]any{"median": c.Median, "useful": float64(c.Useful), "longest_run": float64(c.LongestRun), "longest_expected": float64(c.LongestExpected),
		"crossings": float64(c.Crossings), "fewest_expected": float64(c.FewestExpected), "signal": signal}, nil
}
