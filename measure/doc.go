// Package measure knows statistics for public services: control charts, rates
// and proportions with their limits, standardisation, life expectancy,
// inequality, quantiles and funnel plots. It is pure: the same numbers in give
// the same numbers out, and nothing is read but the arguments.
//
// Each function states its formula, the units of what it takes and gives, when
// it refuses, and its source. A refusal is a *Refusal: a code for programs and a
// sentence for people. A limit that does not exist is NaN; see Exists.
//
// Sources are named short: PHE is the package PHEindicatormethods 2.1.0 of the
// Department of Health and Social Care (with the Fingertips technical guidance
// that it implements), PTD is NHSRplotthedots 0.2.2, FPR is FunnelPlotR 0.6.0.
// The formulae are implemented anew from what is published; the manual lists
// where the answers differ on purpose.
package measure

import "math"

// Exists says whether a value or limit is there: it is not NaN.
func Exists(v float64) bool { return !math.IsNaN(v) }

var none = math.NaN()
