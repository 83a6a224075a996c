package monitor

import (
	"fmt"
	"strings"
)

// Dimension is something by which cells are cut.
type Dimension int

// The dimensions. Those of organisations are as at the day of the structure, the
// rest as recorded.
const (
	Programme    Dimension = iota // national programme of care of the service line
	Service                       // service of the service line
	Line                          // service line
	Provider                      // provider
	ProviderICB                   // ICB in which the provider stands
	Commissioner                  // commissioner as recorded
	SubICB                        // sub-ICB location
	ICB                           // integrated care board
	Cluster                       // cluster of ICBs
	Footprint                     // joint-committee footprint
	Region                        // NHS England region
	Hub                           // regional specialised hub
	POD                           // point of delivery
	Chapter                       // HRG chapter
	Category                      // commissioned service category
	Delegation                    // delegated, retained, icb, or other
	MonthOfYear                   // 01 April to 12 March, 13 adjustments
	dimensions
)

var dimensionNames = [dimensions]string{"programme", "service", "line", "provider", "provider_icb", "commissioner", "sub_icb", "icb", "cluster",
	"footprint", "region", "hub", "pod", "chapter", "category", "delegation", "month"}

// String is the name by which files and addresses call the dimension.
func (d Dimension) String() string { return dimensionNames[d] }

// Dimensions are all of them, in order.
func Dimensions() []Dimension {
	all := make([]Dimension, dimensions)
	for i := range all {
		all[i] = Dimension(i)
	}
	return all
}

// ParseDimension reads the name of a dimension.
func ParseDimension(name string) (Dimension, error) {
	for i, n := range dimensionNames {
		if n == name {
			return Dimension(i), nil
		}
	}
	return 0, fmt.Errorf("%q is no dimension; the dimensions are %s", name, strings.Join(dimensionNames[:], ", "))
}

// Values of dimensions that are no codes.
const (
	NotPlaced = "not placed" // the organisation cannot be told on the map of the day
	NotStated = "not stated" // the record says nothing
)
