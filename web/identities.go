package web

import (
	"fmt"
	"net/http"
	"strings"

	"remit/activity"
	"remit/intake"
	"remit/submission"
)

// identityTolerance is by how much the sides of an identity may differ: a penny.
var identityTolerance = activity.Pence(1)

// identitiesOf tests the identities of a provider's year, with the invoices of
// the data directory.
func (s *Site) identitiesOf(r *http.Request, provider, year string) ([]submission.Identity, error) {
	view0, where, err := s.contractView(r)
	if err != nil {
		return nil, err
	}
	if !mayProvider(asked(r), provider) {
		return nil, &problem{http.StatusForbidden, "This contract is another provider's", "People of a provider see that provider's contracts alone.", "The page about contracts lists yours."}
	}
	if len(view0.Arrivals(provider, year)) == 0 {
		return nil, &problem{http.StatusNotFound, "Nothing came from " + provider + " for " + yearText(year), "No submission of this provider and year counts.", "The page about contracts lists what came."}
	}
	invoices, err := s.ledger.Invoices()
	if err != nil {
		return nil, &problem{http.StatusConflict, "The invoices cannot be read", err.Error(), "Whoever runs this Remit can mend the files in invoices in its data directory."}
	}
	where = append(where, intake.Is(intake.Provider, provider), intake.Is(intake.Year, year))
	return view0.Identities(r.Context(), asked(r).Register.Pack, intake.OfPlace(invoices, provider, year, 0), identityTolerance, where...)
}

// identities shows which reconciliation identities of a provider's year hold, and
// the lines that make up what differs.
func (s *Site) identities(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	provider, year := strings.ToUpper(r.PathValue("provider")), yearKey(r.PathValue("year"))
	list, err := s.identitiesOf(r, provider, year)
	if err != nil {
		return err
	}
	counts := map[submission.State]int{}
	for _, i := range list {
		counts[i.State]++
	}
	name := a.Register.Name(provider, a.On)
	v := view{Page: "record", Place: "/contracts", Undated: true, Trail: []link{{"Contracts", "/contracts"}, {name + ", " + yearText(year), contractAddress(provider, year)}},
		Title: fmt.Sprintf("%s of %s identities differ", thousands(counts[submission.Differs]), thousands(counts[submission.Differs]+counts[submission.Holds])),
		Lead: fmt.Sprintf("For each commissioner and month, what %s says in one feed is held against what it says in another, to the penny. %s more could not be tested, as one side was not sent.",
			name, thousands(counts[submission.NotTested]))}
	differ := differTable(a, list)
	v.Parts = append(v.Parts, section{ID: "differ", Title: "Identities that differ", Table: differ})
	v.add("lines", "The lines that make up the differences", "", differingLines(a, list))
	v.add("identities", "How each identity stands", "", standTable(list))
	v.Notes = []string{"The identities are those of DCB2050, DCB3003, DCB2212 and DCB3002, on the rows that count.", "Invoices are read from the folder invoices of the data directory."}
	return s.showWork(w, r, v)
}

func standTable(list []submission.Identity) *Table {
	t := &Table{Name: "identities", Caption: "Commissioners and months by identity", Columns: []Column{{Key: "identity", Title: "Identity"}, {Key: "holds", Title: "Hold", Numeric: true}, {Key: "differs", Title: "Differ", Numeric: true}, {Key: "not_tested", Title: "Not tested", Numeric: true}, {Key: "difference", Title: "Difference (£)", Numeric: true}}}
	var order []submission.IdentityID
	counts := map[submission.IdentityID]map[submission.State]int{}
	sums := map[submission.IdentityID]activity.Amount{}
	for _, i := range list {
		if counts[i.ID] == nil {
			order, counts[i.ID] = append(order, i.ID), map[submission.State]int{}
		}
		counts[i.ID][i.State]++
		if i.State == submission.Differs {
			sums[i.ID] = sums[i.ID].Add(i.Difference)
		}
	}
	for _, id := range order {
		n := counts[id]
		t.Rows = append(t.Rows, Row{say(sentence(id.Says())), number(n[submission.Holds]), number(n[submission.Differs]), number(n[submission.NotTested]), pence(sums[id])})
	}
	return t
}

func differTable(a *Asked, list []submission.Identity) *Table {
	t := &Table{Name: "differ", Caption: "Identities that differ", Search: true, Empty: "Every identity that could be tested holds.", Columns: []Column{{Key: "identity", Title: "Identity", Filter: true}, {Key: "commissioner", Title: "Commissioner", Filter: true}, {Key: "month", Title: "Month", Filter: true},
		{Key: "left", Title: "Aggregate (£)", Numeric: true}, {Key: "right", Title: "Other side (£)", Numeric: true}, {Key: "difference", Title: "Difference (£)", Numeric: true}}}
	for _, i := range list {
		if i.State == submission.Differs {
			t.Rows = append(t.Rows, Row{say(sentence(i.ID.Says())), bodyCell(a, i.Commissioner).or("Not said"), say(monthName(i.Month)), pence(i.Left), pence(i.Right), pence(i.Difference)})
		}
	}
	return t
}

// differingLines are the lines of the identity over all feeds, which the others
// are parts of.
func differingLines(a *Asked, list []submission.Identity) *Table {
	t := &Table{Name: "differing-lines", Caption: "Service lines and points of delivery that differ between the aggregate and the patient-level feeds", Search: true, Columns: []Column{{Key: "commissioner", Title: "Commissioner", Filter: true}, {Key: "month", Title: "Month", Filter: true},
		{Key: "service_line", Title: "Service line"}, {Key: "pod", Title: "Point of delivery", Filter: true}, {Key: "left", Title: "Aggregate (£)", Numeric: true}, {Key: "right", Title: "Patient level (£)", Numeric: true}, {Key: "difference", Title: "Difference (£)", Numeric: true}}}
	seen := map[[5]string]bool{}
	for _, i := range list {
		if i.State != submission.Differs {
			continue
		}
		for _, x := range i.Lines {
			k := [5]string{i.Commissioner, monthName(i.Month), x.Service, x.POD, x.Difference.String()}
			if !seen[k] {
				seen[k] = true
				t.Rows = append(t.Rows, Row{bodyCell(a, i.Commissioner).or("Not said"), say(monthName(i.Month)), lineCell(a, x.Service), code(x.POD), pence(x.Left), pence(x.Right), pence(x.Difference)})
			}
		}
	}
	return t
}
