package equity

import (
	"math"

	"remit/measure"
)

// Outside is the home of a provider that no area holds: outside England, or
// unknown.
const Outside = -1

// Matrix is the activity of the residents of each area (a row) at each provider
// (a column). Home is the area that each provider is in, or Outside.
type Matrix struct {
	Activity [][]float64
	Home     []int
}

// AreaFlow are the ratios of one area. Shares are of 1 and NaN where there is
// nothing to share: no residents' use, or no provider in the area.
type AreaFlow struct {
	Residents      float64 // R, what residents use anywhere
	Providers      float64 // P, what the area's providers give to anyone
	SelfSufficient float64 // residents' use within the area / R
	Export         float64 // 1 − SelfSufficient
	Import         float64 // 1 − use within the area / P
	Net            float64 // P − R
	Concentration  float64 // Σ over providers of (use there / R)², 1 is one provider alone
}

// Flows works out the ratios of each area. Net adds to 0 over a closed system,
// in which every provider has a home among the areas. Refuses: rows of differing
// length, a home that is no area, activity that is negative or not a number.
func Flows(m Matrix) ([]AreaFlow, error) {
	if r := m.check(); r != nil {
		return nil, r
	}
	list := make([]AreaFlow, len(m.Activity))
	within := make([]float64, len(list))
	for i, row := range m.Activity {
		for j, v := range row {
			list[i].Residents += v
			if home := m.Home[j]; home != Outside {
				list[home].Providers += v
				if home == i {
					within[i] += v
				}
			}
		}
	}
	for i := range list {
		a := &list[i]
		a.SelfSufficient = within[i] / a.Residents
		a.Export = 1 - a.SelfSufficient
		a.Import = 1 - within[i]/a.Providers
		a.Net = a.Providers - a.Residents
		for _, v := range m.Activity[i] {
			a.Concentration += (v / a.Residents) * (v / a.Residents)
		}
	}
	return list, nil
}

// Dependence gives the share of each provider's activity that comes from each
// area, by area and provider; NaN for a provider without activity. The shares of
// a provider add to 1. Refuses as Flows.
func Dependence(m Matrix) ([][]float64, error) {
	if r := m.check(); r != nil {
		return nil, r
	}
	totals := make([]float64, len(m.Home))
	for _, row := range m.Activity {
		for j, v := range row {
			totals[j] += v
		}
	}
	shares := make([][]float64, len(m.Activity))
	for i, row := range m.Activity {
		shares[i] = make([]float64, len(row))
		for j, v := range row {
			shares[i][j] = v / totals[j]
		}
	}
	return shares, nil
}

func (m Matrix) check() *measure.Refusal {
	for j, home := range m.Home {
		if home < Outside || home >= len(m.Activity) {
			return refuse(measure.BadSetting, j+1, "The home of provider %d is area %d of %d.", j+1, home, len(m.Activity))
		}
	}
	for i, row := range m.Activity {
		if len(row) != len(m.Home) {
			return refuse(measure.WrongLengths, i+1, "Area %d has the activity of %d providers; there are %d.", i+1, len(row), len(m.Home))
		}
		for j, v := range row {
			if !(v >= 0) || math.IsInf(v, 1) {
				return refuse(measure.Negative, i+1, "The activity of area %d at provider %d is %v; it must be a number not under 0.", i+1, j+1, v)
			}
		}
	}
	return nil
}
