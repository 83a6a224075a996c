package measure

import (
	"errors"
	"fmt"
)

// Reason is the code of a refusal. Codes do not change.
type Reason string

// The reasons to refuse. TooFewEvents, LowPopulation, TooWide and TooFewGroups
// withhold a figure from sound input; the others say that the input is wrong.
const (
	TooFewEvents      Reason = "too_few_events"
	LowPopulation     Reason = "low_population"
	TooWide           Reason = "interval_too_wide"
	TooFewGroups      Reason = "too_few_groups"
	MissingNumerator  Reason = "missing_numerator"
	MissingPopulation Reason = "missing_population"
	NotPositive       Reason = "population_not_positive"
	Negative          Reason = "negative_count"
	OverDenominator   Reason = "numerator_over_denominator"
	WrongLengths      Reason = "lengths_differ"
	BadConfidence     Reason = "confidence_out_of_range"
	BadMultiplier     Reason = "multiplier_not_positive"
	BadValue          Reason = "value_not_a_number"
	MissingBand       Reason = "missing_age_band"
	MissingGroup      Reason = "missing_group"
	BadDate           Reason = "date_not_in_data"
	BadSetting        Reason = "setting_out_of_range"
)

// Refusal says why there is no figure: Reason for programs, Sentence for people.
// Row is the stratum, point or unit concerned, counted from 1; 0 is none.
type Refusal struct {
	Reason   Reason
	Row      int
	Sentence string
}

func (r *Refusal) Error() string { return r.Sentence }

// Withheld says that the input is sound and the figure is kept back, rather than
// that the input must be put right.
func (r *Refusal) Withheld() bool {
	switch r.Reason {
	case TooFewEvents, LowPopulation, TooWide, TooFewGroups:
		return true
	}
	return false
}

// Why gives the refusal that an error is or wraps, or nil.
func Why(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	return nil
}

func refuse(why Reason, row int, format string, args ...any) *Refusal {
	return &Refusal{why, row, fmt.Sprintf(format, args...)}
}
