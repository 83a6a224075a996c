package submission

import (
	"cmp"
	"maps"
	"slices"

	"remit/activity"
	"remit/register"
)

// Total is the money of one line of one feed: a service and point of delivery
// of a provider, commissioner and month.
type Total struct {
	Feed         activity.Dataset
	Provider     string
	Commissioner string
	Year         string
	Month        int
	Service      string
	POD          string
	Rows         int64
	Price        activity.Amount
}

// Invoice is what a provider billed a commissioner for a month.
type Invoice struct {
	Provider, Commissioner, Year string
	Month                        int
	Reference                    string
	Value                        activity.Amount
}

// IdentityID names a reconciliation identity.
type IdentityID string

// The identities of the standards (DCB2050, DCB3003, DCB2212, DCB3002): the
// money of the aggregate is the invoice's, is that of the patient level data
// sets together, and is that of each for its points of delivery.
const (
	ACMIsInvoice  IdentityID = "acm_is_invoice"
	ACMIsPatients IdentityID = "acm_is_plcm_drplcm_deplcm"
	ACMIsPLCM     IdentityID = "acm_without_drugs_and_devices_is_plcm"
	ACMIsDrPLCM   IdentityID = "acm_drugs_is_drplcm"
	ACMIsDePLCM   IdentityID = "acm_devices_is_deplcm"
)

// Says is the identity in words.
func (id IdentityID) Says() string {
	switch id {
	case ACMIsInvoice:
		return "the aggregate is the invoice"
	case ACMIsPatients:
		return "the aggregate is the patient, drug and device feeds together"
	case ACMIsPLCM:
		return "the aggregate without drugs and devices is the patient feed"
	case ACMIsDrPLCM:
		return "the drugs of the aggregate are the drug feed"
	}
	return "the devices of the aggregate are the device feed"
}

// State says how an identity stands.
type State string

// The states. An identity of which one side was not sent is not tested: that is
// late, which is another matter than wrong.
const (
	Holds     State = "holds"
	Differs   State = "differs"
	NotTested State = "not_tested"
)

// Identity is one identity of a provider, commissioner and month.
type Identity struct {
	ID           IdentityID      `json:"id"`
	Provider     string          `json:"provider"`
	Commissioner string          `json:"commissioner"`
	Year         string          `json:"year"`
	Month        int             `json:"month"`
	State        State           `json:"state"`
	Missing      []string        `json:"missing,omitempty"` // the sides that were not sent: ACM, PLCM, DrPLCM, DePLCM, invoice
	Left         activity.Amount `json:"left"`
	Right        activity.Amount `json:"right"`
	Difference   activity.Amount `json:"difference"`      // left less right
	Lines        []DifferentLine `json:"lines,omitempty"` // the lines that make up the difference, the largest first; none against an invoice
}

// DifferentLine is a service and point of delivery of which the two sides differ.
type DifferentLine struct {
	Service    string          `json:"service_code"`
	POD        string          `json:"pod"`
	Left       activity.Amount `json:"left"`
	Right      activity.Amount `json:"right"`
	Difference activity.Amount `json:"difference"`
}

// Sent tells whether a feed of a provider, year and month was sent at all: a
// feed that was sent and has no rows of a commissioner is nothing for it.
type Sent map[Slice]bool

// SentIn says what a current view holds, for Reconcile.
func SentIn(view map[Slice]string) Sent {
	sent := Sent{}
	for s := range view {
		s.Commissioner = ""
		sent[s] = true
	}
	return sent
}

// Reconcile tests the identities for every provider, commissioner, year and
// month of the totals and invoices. Sums may differ by the tolerance.
func Reconcile(totals []Total, invoices []Invoice, sent Sent, pack *register.Pack, tolerance activity.Amount) []Identity {
	places := map[place]*sides{}
	at := func(p place) *sides {
		if places[p] == nil {
			places[p] = &sides{lines: map[activity.Dataset]map[line]activity.Amount{}}
		}
		return places[p]
	}
	for _, t := range totals {
		at(place{t.Provider, t.Commissioner, t.Year, t.Month}).add(t)
	}
	for _, i := range invoices {
		s := at(place{i.Provider, i.Commissioner, i.Year, i.Month})
		s.invoiced, s.invoice = true, s.invoice.Add(i.Value)
	}
	kinds := podKinds{drugs: pack.PODs("drug"), devices: pack.PODs("device")}
	var all []Identity
	for _, p := range slices.SortedFunc(maps.Keys(places), place.compare) {
		for _, spec := range identities {
			all = append(all, places[p].test(p, spec, sent, kinds, tolerance))
		}
	}
	return all
}

type place struct {
	provider, commissioner, year string
	month                        int
}

func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.provider, o.provider), cmp.Compare(p.commissioner, o.commissioner), cmp.Compare(p.year, o.year), cmp.Compare(p.month, o.month))
}

type line struct{ service, pod string }

type sides struct {
	lines    map[activity.Dataset]map[line]activity.Amount
	invoiced bool
	invoice  activity.Amount
}

func (s *sides) add(t Total) {
	if s.lines[t.Feed] == nil {
		s.lines[t.Feed] = map[line]activity.Amount{}
	}
	at := line{t.Service, t.POD}
	s.lines[t.Feed][at] = s.lines[t.Feed][at].Add(t.Price)
}

// identitySpec is what an identity compares: of the aggregate the points of
// delivery that it takes, and the feeds on the other side, none for the invoice.
type identitySpec struct {
	id    IdentityID
	takes func(kinds podKinds, pod string) bool
	feeds []activity.Dataset
}

// podKinds are the points of delivery of what is passed through, of the reference data.
type podKinds struct{ drugs, devices []string }

func (k podKinds) drug(pod string) bool   { return slices.Contains(k.drugs, pod) }
func (k podKinds) device(pod string) bool { return slices.Contains(k.devices, pod) }
func (k podKinds) other(pod string) bool  { return !k.drug(pod) && !k.device(pod) }
func (podKinds) any(string) bool          { return true }

var identities = []identitySpec{
	{ACMIsInvoice, podKinds.any, nil},
	{ACMIsPatients, podKinds.any, []activity.Dataset{activity.PLCM, activity.DrPLCM, activity.DePLCM}},
	{ACMIsPLCM, podKinds.other, []activity.Dataset{activity.PLCM}},
	{ACMIsDrPLCM, podKinds.drug, []activity.Dataset{activity.DrPLCM}},
	{ACMIsDePLCM, podKinds.device, []activity.Dataset{activity.DePLCM}},
}

func (s *sides) test(p place, spec identitySpec, sent Sent, kinds podKinds, tolerance activity.Amount) Identity {
	i := Identity{ID: spec.id, Provider: p.provider, Commissioner: p.commissioner, Year: p.year, Month: p.month}
	left, right := map[line]activity.Amount{}, map[line]activity.Amount{}
	for at, price := range s.lines[activity.ACM] {
		if spec.takes(kinds, at.pod) {
			left[at] = price
			i.Left = i.Left.Add(price)
		}
	}
	for _, feed := range spec.feeds {
		for at, price := range s.lines[feed] {
			right[at] = right[at].Add(price)
			i.Right = i.Right.Add(price)
		}
	}
	if spec.feeds == nil {
		i.Right = s.invoice
	}
	i.Difference = i.Left.Sub(i.Right)
	i.Missing = s.missing(p, spec, sent)
	switch {
	case len(i.Missing) > 0:
		i.State = NotTested
		return i
	case i.Difference.Abs().Cmp(tolerance) <= 0:
		i.State = Holds
	default:
		i.State = Differs
	}
	if spec.feeds != nil {
		i.Lines = differing(left, right)
	}
	return i
}

func (s *sides) missing(p place, spec identitySpec, sent Sent) (missing []string) {
	for _, feed := range append([]activity.Dataset{activity.ACM}, spec.feeds...) {
		if !sent[Slice{Provider: p.provider, Feed: feed, Year: p.year, Month: p.month}] && len(s.lines[feed]) == 0 {
			missing = append(missing, string(feed))
		}
	}
	if spec.feeds == nil && !s.invoiced {
		missing = append(missing, "invoice")
	}
	return missing
}

// differing lists the lines whose sides are not the same to the last unit: a
// total that agrees by chance shows here too.
func differing(left, right map[line]activity.Amount) []DifferentLine {
	var lines []DifferentLine
	add := func(at line) {
		if l, r := left[at], right[at]; l != r {
			lines = append(lines, DifferentLine{at.service, at.pod, l, r, l.Sub(r)})
		}
	}
	for at := range left {
		add(at)
	}
	for at := range right {
		if _, both := left[at]; !both {
			add(at)
		}
	}
	slices.SortFunc(lines, func(a, b DifferentLine) int {
		return cmp.Or(b.Difference.Abs().Cmp(a.Difference.Abs()), cmp.Compare(a.Service, b.Service), cmp.Compare(a.POD, b.POD))
	})
	return lines
}
