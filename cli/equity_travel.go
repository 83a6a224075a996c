package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"remit/access"
	"remit/equity"
)

func (s *session) equityTravelCommand(q *equityFlags) *cobra.Command {
	var f form
	var service string
	var detour float64
	c := &cobra.Command{
		Use:   "travel",
		Short: "How far people live from a service, and how far those who used it went",
		Long: `Work out the distance from where people live to the nearest provider of a service
and to the one that they used, by deprivation decile. Distance is the straight
line over the ground, times --detour. There are no roads in it.`,
		Example: "  remit equity travel --service 11\n  remit equity travel --service 11 --detour 1.3 --csv",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			i, err := s.inquire(c.Context(), q)
			if err != nil {
				return err
			}
			defer i.close()
			n, err := i.serviceOf(service)
			if err != nil {
				return err
			}
			from, err := i.people.Origin(c.Context())
			if err != nil {
				return err
			}
			trips, lost, err := i.people.Trips(c.Context(), n, from)
			if err != nil {
				return err
			}
			v, err := i.tables.TravelOf(from, trips, lost, i.on, detour, i.rule)
			if err != nil {
				return fail(exitInput, err, "the manual page on equity lists the files")
			}
			l := i.travelListing(v)
			l.Title = fmt.Sprintf("%s (service %s): kilometres to the nearest and to the used provider", i.title(n), i.people.Services[n])
			return f.write(s.out, l)
		},
	}
	c.Flags().StringVar(&service, "service", "", "a service or a line of one: 11, NCBPS11B")
	c.Flags().Float64Var(&detour, "detour", 1, "how much longer the way is than the straight line; about 1.3 for roads")
	f.add(c)
	must(c, "service")
	return c
}

func (i *inquiry) travelListing(v *access.Travel) *listing {
	l := &listing{Columns: []string{"who", "people", "mean_km", "median_km", "km_75", "km_95", "farthest_km", "within_10", "within_25", "within_50", "within_100"}}
	add := func(who string, people value, x equity.Spread) {
		line := []value{word(who), people, real(x.Mean, 1), real(x.Median, 1), real(x.P75, 1), real(x.P95, 1), real(x.Greatest, 1)}
		for _, share := range x.Within {
			line = append(line, value{fmt.Sprintf("%.1f%%", 100*share), fmt.Sprintf("%.4f", share), true})
		}
		l.Rows = append(l.Rows, line)
	}
	add("everybody, to the nearest", real(v.Everybody, 0), v.Nearest)
	add("who used it, to the nearest", real(i.rule.Rounded(v.Persons), 0), v.ToNearest)
	add("who used it, to the one used", real(i.rule.Rounded(v.Persons), 0), v.Used)
	none := value{"", "", true}
	for _, d := range v.Deciles {
		if d.People == 0 {
			continue // deprivation is not known
		}
		used := []value{kept(), kept()}
		if !d.Small {
			used = []value{real(i.rule.Rounded(d.Persons), 0), real(d.Used, 1)}
		}
		l.Rows = append(l.Rows, []value{word("decile " + d.Decile + ", to the nearest"), real(d.People, 0), real(d.Nearest, 1), none, none, none, none, none, none, none, none},
			[]value{word("decile " + d.Decile + ", to the one used"), used[0], used[1], none, none, none, none, none, none, none, none})
	}
	l.Notes = append(l.Notes, fmt.Sprintf("%d providers count as sites of the service: those that saw as many persons as may be shown and have a place.", len(v.Sites)),
		fmt.Sprintf("Distance: great circle times %g, from %s.", v.Detour, originSays[v.From]))
	if len(v.NoPlace) > 0 {
		l.Notes = append(l.Notes, fmt.Sprintf("%d providers of the service have no place in %s.", len(v.NoPlace), access.PlaceFile))
	}
	if v.Lost > 0 {
		l.Notes = append(l.Notes, i.count(v.Lost)+" persons are left out, for want of a known origin or of a site.")
	}
	c := access.NewCounts(access.ByDecile, nil, nil)
	l.Notes = append(l.Notes, i.provenance(c, -1)...)
	return l
}

var originSays = map[string]string{access.LSOA: "the middle of the LSOA of each person's postcode", access.Practice: "each person's practice, as most records have no postcode"}
