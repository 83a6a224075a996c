// Package access knows who uses a service and who might have: the people of an
// area by age and sex, the use that they made of each service, what would be
// expected of them, and how far they travel. It is pure: tables come in as text,
// counts of use as arrays.
//
// Use is counted in persons unless it is asked for in events: dialysis and
// chemotherapy befall the same person again and again, and their events vary more
// than chance alone explains (measure.DirectRepeated).
//
// Every figure keeps its working: what is above and below its line, the method of
// its limits, and the rows of population that it rests on. A figure that is
// refused or withheld says why.
package access

import "remit/measure"

// The strata by which use is standardised: 19 age bands (0 to 4 and so on to 90
// and over) of each sex. Male bands come first.
const (
	Bands  = len(measure.ESP2013)
	Groups = 2 * Bands
)

// Group is the stratum of an age band (from 0) and a sex (0 male, 1 female).
func Group(band, sex int) int { return sex*Bands + band }

// BandOf is the age band of an age in years.
func BandOf(age int) int { return min(max(age, 0)/5, Bands-1) }

// Weights are the European Standard Population of 2013 for both sexes.
var Weights = func() []float64 {
	w := make([]float64, 0, Groups)
	for range 2 {
		w = append(w, measure.ESP2013[:]...)
	}
	return w
}()

// Cut is what areas or groups of people are set beside one another.
type Cut string

// The cuts.
const (
	ByICB       Cut = "icb"
	BySubICB    Cut = "sub_icb"
	ByDecile    Cut = "decile"          // of deprivation of where people live
	ByPractice  Cut = "practice_decile" // of where their practice stands, for records without a postcode
	ByEthnicity Cut = "ethnicity"
	ByAge       Cut = "age"
	BySex       Cut = "sex"
)

// Cuts are all of them.
var Cuts = []Cut{ByICB, BySubICB, ByDecile, ByPractice, ByEthnicity, ByAge, BySex}

// Says names a cut in words.
var Says = map[Cut]string{
	ByICB: "integrated care board", BySubICB: "sub-ICB location", ByDecile: "tenth of areas by deprivation", ByPractice: "tenth of areas by deprivation of where the practice stands", ByEthnicity: "ethnic group", ByAge: "age band", BySex: "sex",
}
