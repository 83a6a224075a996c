package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"remit/calendar"
	"remit/calendars"
	"remit/intake"
	"remit/monitor"
	"remit/register"
)

// dimensionTitles say what things are cut by, in a form and at the head of a column.
var dimensionTitles = map[monitor.Dimension]string{
	monitor.Programme: "Programme of care", monitor.Service: "Service", monitor.Line: "Service line", monitor.Provider: "Provider", monitor.ProviderICB: "ICB where the provider stands",
	monitor.Commissioner: "Commissioner as recorded", monitor.SubICB: "Sub-ICB location", monitor.ICB: "ICB", monitor.Cluster: "Cluster of ICBs", monitor.Footprint: "Joint committee", monitor.Region: "Region",
	monitor.Hub: "Specialised hub", monitor.POD: "Point of delivery", monitor.Chapter: "HRG chapter", monitor.Category: "Service category", monitor.Delegation: "Delegated or retained", monitor.MonthOfYear: "Month",
}

// dimensionCell shows a value of a dimension under its name.
func dimensionCell(a *Asked, d monitor.Dimension, value string, on register.Day) Cell {
	if value == "" || value == monitor.NotStated {
		return Cell{Lacks: "Not stated", Value: monitor.NotStated}
	}
	if value == monitor.NotPlaced {
		return Cell{Text: "Not placed", Value: value, More: "it cannot be told on this map"}
	}
	switch d {
	case monitor.Line:
		return lineCell(a, value)
	case monitor.Service:
		if r, ok := a.Register.nearest("service", value, on); ok {
			return Cell{Text: r.Get("title"), Value: value, More: value, Href: a.To("/services/" + url.PathEscape(value))}
		}
	case monitor.Provider, monitor.ProviderICB, monitor.Commissioner, monitor.SubICB, monitor.ICB, monitor.Region, monitor.Hub, monitor.Footprint:
		if name := a.Register.Name(value, on); name != value {
			c := Cell{Text: name, Value: value, More: value}
			if d != monitor.Footprint {
				c.Href = a.To("/organisations/" + url.PathEscape(value))
			} else {
				c.Href = a.To("/committees/" + url.PathEscape(value))
			}
			return c
		}
	case monitor.Cluster:
		if r, ok := clusterRow(a, value); ok {
			return Cell{Text: r.Get("name"), Value: value, More: value}
		}
	case monitor.Delegation:
		return Cell{Text: delegationWords[value], Value: value}
	case monitor.MonthOfYear:
		return Cell{Text: monthName(atoi(value)), Value: value}
	case monitor.Programme:
		return say(value)
	}
	return code(value)
}

var delegationWords = map[string]string{"delegated": "Delegated to ICBs", "retained": "Retained by NHS England", "icb": "ICBs' own", "other": "Other"}

func clusterRow(a *Asked, cluster string) (row, bool) {
	for _, r := range a.Register.rows["icb_cluster"] {
		if r.Get("cluster") == cluster {
			return r, true
		}
	}
	return row{}, false
}

// atoi reads a number that the program wrote; 0 for what is none.
func atoi(text string) (n int) {
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0
		}
		n = 10*n + int(c-'0')
	}
	return n
}

// payerOf is whose money the address asks for: of the bodies billed, or of those that pay.
func payerOf(r *http.Request) intake.Dimension {
	if r.URL.Query().Get("payer") == "assigned" {
		return intake.AssignedCommissioner
	}
	return intake.SubmittedCommissioner
}

// profileOf is how a year is taken to pass: evenly, or by days.
func (s *Site) profileOf(name string, year int) (monitor.Profile, error) {
	switch name {
	case "calendar_days":
		return monitor.CalendarDays(year), nil
	case "working_days":
		c, err := calendar.Load(s.replaced(calendars.Files, "calendars"))
		if err != nil {
			return monitor.Profile{}, err
		}
		return monitor.WorkingDays(year, c)
	}
	return monitor.Twelfths(), nil
}

var phasingOptions = []scenarioOption{{"", "Twelfths"}, {"calendar_days", "Calendar days"}, {"working_days", "Working days"}, {"last_year", "As last year was"}}

// picked is a parameter of the address that has one of the values, else the first of them.
func picked(r *http.Request, name string, values ...string) string {
	if v := r.URL.Query().Get(name); slices.Contains(values, v) {
		return v
	}
	return values[0]
}

// dimensionsOf reads dimensions that the address names, separated by commas or
// repeated. Unknown ones are a problem that names those there are.
func dimensionsOf(r *http.Request, name string) ([]monitor.Dimension, error) {
	var list []monitor.Dimension
	for _, text := range r.URL.Query()[name] {
		for _, one := range strings.Split(text, ",") {
			if one == "" {
				continue
			}
			d, err := monitor.ParseDimension(one)
			if err != nil {
				return nil, &problem{http.StatusBadRequest, "That is nothing to cut by", err.Error() + ".", "Pick one of these."}
			}
			if !slices.Contains(list, d) {
				list = append(list, d)
			}
		}
	}
	return list, nil
}

// signed is money with its sign for reading: £1.2m above, £30k below.
func signed(m int, amount string) string {
	switch {
	case m > 0:
		return amount + " above"
	case m < 0:
		return amount + " below"
	}
	return amount + " from"
}
