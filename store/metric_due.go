package store

import (
	"context"
	"time"

	"remit/metric"
)

// Standing is where a return that is due stands. Return is the latest version, with
// ID 0 when nothing came. Late says in a word what is not in time; blank: nothing.
type Standing struct {
	metric.Expected
	Dates  metric.Dates // zero when the timetable says nothing
	Return Return
	Late   string
}

// The words of lateness.
const (
	ReturnMissing    = "missing"     // the last day has passed and nothing came
	ReturnLate       = "came late"   // it came after the last day
	ReturnSignedLate = "signed late" // it was signed, or is still to be signed, after the day for it
	ReturnOpen       = "open"        // nothing came, and there is time
	ReturnNotYet     = "not yet"     // it does not open before a later day
)

// Done says whether nothing more is wanted of the provider.
func (x *Standing) Done() bool {
	return x.Return.State == ReturnSigned || x.Return.State == ReturnPublished
}

// Words is the state of the return.
func (x *Standing) Words() string {
	if x.Return.ID == 0 {
		return "nothing came"
	}
	return stepWord(x.Return.State)
}

// Standing lists the returns that are due for a quarter, of a provider or of all,
// and says which are late on a day.
func (s *Store) Standing(ctx context.Context, c *metric.Collection, provider string, q metric.Quarter, on time.Time) ([]Standing, error) {
	list, err := s.Returns(ctx, ReturnFilter{Organisation: provider, Quarter: q})
	if err != nil {
		return nil, err
	}
	first, last := map[[2]string]Return{}, map[[2]string]Return{}
	for _, r := range list {
		key := [2]string{r.Organisation, r.Service}
		if _, known := first[key]; !known {
			first[key] = r
		}
		last[key] = r
	}
	dates, _ := c.Timetable.Of(q)
	var all []Standing
	for _, e := range c.DueFrom(provider, q) {
		key := [2]string{e.Provider, e.Service}
		x := Standing{Expected: e, Dates: dates, Return: last[key]}
		x.Late = lateness(dates, first[key], last[key], on)
		all = append(all, x)
	}
	return all, nil
}

func lateness(d metric.Dates, first, last Return, on time.Time) string {
	day := on.Truncate(24 * time.Hour)
	past := func(moment, limit time.Time) bool { return moment.Truncate(24 * time.Hour).After(limit) }
	switch {
	case d.Due.IsZero():
		return ""
	case last.ID == 0 && day.Before(d.Opens):
		return ReturnNotYet
	case last.ID == 0 && day.After(d.Due):
		return ReturnMissing
	case last.ID == 0:
		return ReturnOpen
	case past(first.At, d.Due):
		return ReturnLate
	}
	for _, e := range last.Steps {
		if e.Action == ReturnSigned {
			if past(e.At, d.Sign) && last.Version == 1 {
				return ReturnSignedLate
			}
			return ""
		}
	}
	if day.After(d.Sign) {
		return ReturnSignedLate
	}
	return ""
}
