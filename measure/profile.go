package measure

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// Profile is a way to make control charts, where tools disagree: its name and
// version belong in the foot of each chart and in each export. The settings are
// dated data, with the source of each, in profiles.csv.
type Profile struct {
	Name, Version string
	// EffectiveFrom is the day the profile is the custom from, as 2023-11-01.
	EffectiveFrom string
	// LimitFactor times the average moving range is how far the limits stand from
	// the mean: 2.66. The near limits stand at two thirds of it.
	LimitFactor float64
	// ScreenFactor: moving ranges not strictly under this times their average are
	// left out of the average, once. 0 is no screening.
	ScreenFactor float64
	// Shift and Trend are how many successive points make one.
	Shift, Trend int
	// CountsOutside: a point beyond the limits counts among the two of three.
	CountsOutside bool
	// ImprovementFirst: a point that improves by one rule and is a concern by
	// another is an improvement. Otherwise the order of the rules decides.
	ImprovementFirst bool
	// JudgedFrom is the number of points of a section from which rules and icons
	// apply. ShortBelow is the number under which its limits are called trial.
	JudgedFrom, ShortBelow int
}

func (p Profile) String() string { return p.Name + " " + p.Version }

//go:embed profiles.csv
var profilesCSV string

// Profiles gives the profiles that come with the program, the default first.
func Profiles() []Profile { return append([]Profile(nil), builtIn()...) }

// ProfileOf finds a profile by its name, or by its name and version. Refuses a
// name that there is not, and says which there are.
func ProfileOf(name string) (Profile, error) {
	var names []string
	for _, p := range builtIn() {
		if name == p.Name || name == p.String() {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Profile{}, refuse(BadSetting, 0, "There is no profile %q; there are: %s.", name, strings.Join(names, ", "))
}

// builtIn parses the embedded table once; a test holds it to be without faults.
var builtIn = sync.OnceValue(func() []Profile {
	list, err := readProfiles(profilesCSV)
	if err != nil {
		panic("profiles.csv: " + err.Error())
	}
	return list
})

func readProfiles(text string) ([]Profile, error) {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return nil, err
	}
	var list []Profile
	for i, row := range rows[1:] {
		if n := len(list); n == 0 || list[n-1].Name != row[0] || list[n-1].Version != row[1] {
			list = append(list, Profile{Name: row[0], Version: row[1], EffectiveFrom: row[2]})
		}
		if err := list[len(list)-1].set(row[3], row[4]); err != nil {
			return nil, fmt.Errorf("row %d, setting %s: %w", i+1, row[3], err)
		}
	}
	for _, p := range list {
		if r := p.check(); r != nil {
			return nil, r
		}
	}
	return list, nil
}

func (p *Profile) set(setting, value string) (err error) {
	switch setting {
	case "limit_factor":
		p.LimitFactor, err = strconv.ParseFloat(value, 64)
	case "screen_factor":
		p.ScreenFactor, err = strconv.ParseFloat(value, 64)
	case "shift":
		p.Shift, err = strconv.Atoi(value)
	case "trend":
		p.Trend, err = strconv.Atoi(value)
	case "judged_from":
		p.JudgedFrom, err = strconv.Atoi(value)
	case "short_below":
		p.ShortBelow, err = strconv.Atoi(value)
	case "two_of_three_counts_outside":
		p.CountsOutside, err = either(value, "yes", "no")
	case "both_ways":
		p.ImprovementFirst, err = either(value, "improvement", "order")
	default:
		err = fmt.Errorf("is not one")
	}
	return err
}

func either(value, yes, no string) (bool, error) {
	if value != yes && value != no {
		return false, fmt.Errorf("%q is neither %s nor %s", value, yes, no)
	}
	return value == yes, nil
}

func (p Profile) check() *Refusal {
	switch {
	case !(p.LimitFactor > 0):
		return refuse(BadSetting, 0, "Profile %s has the limit factor %v; it must be above 0.", p, p.LimitFactor)
	case !(p.ScreenFactor >= 0):
		return refuse(BadSetting, 0, "Profile %s has the screen factor %v; it must not be under 0.", p, p.ScreenFactor)
	case p.Shift < 3 || p.Trend < 3:
		return refuse(BadSetting, 0, "Profile %s has shifts of %d and trends of %d points; fewer than 3 flag anything.", p, p.Shift, p.Trend)
	case p.JudgedFrom < 2:
		return refuse(BadSetting, 0, "Profile %s judges from %d points; there are no limits under 2.", p, p.JudgedFrom)
	}
	return nil
}
