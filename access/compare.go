package access

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"remit/measure"
	"remit/suppress"
)

// Compared is the use of a service by one area.
type Compared struct {
	Service string
	Row     Row
}

// Compare gives the use of every service by one area, those furthest below what is
// expected first and those that may not be shown last. Services that nobody used
// anywhere are left out.
func Compare(c *Counts, p *Population, area string, unit Unit, rule *suppress.Rule) ([]Compared, error) {
	at := slices.Index(c.Areas, area)
	if at < 0 {
		return nil, fmt.Errorf("there is no area %s by %s", area, Says[c.Cut])
	}
	var list []Compared
	var faults []error
	for n := range c.Services {
		r, err := Rates(c, n, p, unit, rule)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if r.Observed > 0 {
			list = append(list, Compared{r.Service, r.Rows[at]})
		}
	}
	slices.SortStableFunc(list, func(a, b Compared) int {
		return cmp.Or(cmp.Compare(b2i(a.Row.Small), b2i(b.Row.Small)), cmp.Compare(a.Row.Ratio.Value, b.Row.Ratio.Value))
	})
	return list, errors.Join(faults...)
}

// Where says in words where the row is in the funnel: out of it at 99.8%, out of
// the inner limits of 95%, or within. It is blank for rows that are in no funnel.
func (r *Row) Where() string {
	if r.Limits == (measure.FunnelLimits{}) || r.Small {
		return ""
	}
	switch {
	case r.Stands.Side == measure.Low && r.Stands.Alarm:
		return "far below"
	case r.Stands.Side == measure.Low:
		return "below"
	case r.Stands.Side == measure.High && r.Stands.Alarm:
		return "far above"
	case r.Stands.Side == measure.High:
		return "above"
	}
	return "within"
}
