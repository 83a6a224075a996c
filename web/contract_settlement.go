package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"remit/intake"
	"remit/price"
)

var (
	holderWords  = map[price.Holder]string{price.ICBContract: "ICB", price.NHSEContract: "NHS England", price.NationalContract: "National fund", price.OtherContract: "Other"}
	settledWords = map[price.State]string{price.Awaited: "Awaited", price.AtFlex: "Flex: an estimate", price.AtFreeze: "Frozen"}
	elementWords = map[price.Element]string{price.Fixed: "Fixed", price.Variable: "Variable", price.Block: "Block", price.CostAndVolume: "Cost and volume", price.PassThroughCost: "Pass-through", price.LowVolume: "Low-volume activity payment"}
	owedWords    = map[string]string{"plan": "Plan", "at_price": "Activity at price", "payable": "Contract value payable", "on_account": "Paid on account", "trued_up": "Trued up", "true_up": "Still to pay"}
)

// basisQuery is the query of an address on a basis; blank for the usual one.
func basisQuery(b intake.Basis) string {
	if b == intake.Patient {
		return ""
	}
	return "?basis=" + url.QueryEscape(string(b))
}

func settlementAddress(provider, year string) string {
	return contractAddress(provider, year) + "/settlement"
}

// settled works out what the contracts of a provider owe; nil where no terms are
// loaded, or where the basis is none that is paid by.
func (s *Site) settled(r *http.Request, view0 *intake.View, provider, year string) (*intake.Settled, error) {
	basis := basisOf(r)
	if s.prices == nil || basis != intake.Patient && basis != intake.Aggregate {
		return nil, nil
	}
	terms, err := s.ledger.Terms(0)
	if errors.Is(err, intake.ErrNoTerms) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return view0.Settle(r.Context(), s.prices, asked(r).Register.Pack, terms, provider, year, basis)
}

// addSettlement sums up on the page of a provider's contract what its contracts owe.
func (s *Site) addSettlement(v *view, r *http.Request, view0 *intake.View, provider, year string) error {
	x, err := s.settled(r, view0, provider, year)
	if err != nil || x == nil {
		return err
	}
	part := section{ID: "owed", Title: "What is owed", Text: "The terms in force have no contract of this provider for the year, so that nothing is payable by them."}
	if len(x.Contracts) > 0 {
		part.Text = "Activity at price and contract value payable are two figures: a fixed value is payable whatever is done. " + throughText(x)
		part.Table = owedTable(asked(r), x)
		part.Links = []link{{"Month by month, with the working", settlementAddress(provider, year) + basisQuery(x.Basis)}}
	}
	v.Parts = append(v.Parts, part)
	return nil
}

func throughText(x *intake.Settled) string {
	if x.Through == 0 {
		return "Nothing is submitted of any month yet."
	}
	text := "To the end of " + monthName(x.Through) + "; of months that are not frozen it is an estimate."
	for _, feed := range x.Awaiting {
		text += " " + feed + " came for some months and not for all: those without it are not taken for frozen."
	}
	return text
}

// figureColumns are the figures of a settlement.
var figureColumns = []Column{{Key: "plan", Title: "Plan (£)", Numeric: true}, {Key: "at_price", Title: "At price (£)", Numeric: true}, {Key: "payable", Title: "Payable (£)", Numeric: true},
	{Key: "on_account", Title: "On account (£)", Numeric: true}, {Key: "trued_up", Title: "Trued up (£)", Numeric: true}, {Key: "to_pay", Title: "Still to pay (£)", Numeric: true}}

func figureCells(x price.SettledLine) []Cell {
	return []Cell{pence(x.Plan), pence(x.AtPrice), pence(x.Payable), pence(x.OnAccount), pence(x.TruedUp), pence(x.TrueUp)}
}

// owedTable has a line for each element, to the last month that is submitted.
func owedTable(a *Asked, x *intake.Settled) *Table {
	t := &Table{Name: "owed", Caption: "What is owed to date, by element", Columns: append([]Column{{Key: "contract", Title: "Contract"}, {Key: "holder", Title: "Of", Filter: true}, {Key: "element", Title: "Element"}, {Key: "kind", Title: "Kind", Filter: true}}, figureColumns...)}
	for _, c := range x.Contracts {
		for _, e := range c.Elements {
			var sum price.SettledLine
			for _, l := range c.Lines {
				if l.Element == e.Code && l.Month <= x.Through {
					sum.Add(l)
				}
			}
			t.Rows = append(t.Rows, append(Row{contractCell(a, c), {Text: holderWords[c.Holder], Value: string(c.Holder)}, {Text: e.Code, More: e.Note}, {Text: elementWords[e.Kind], Value: string(e.Kind)}}, figureCells(sum)...))
		}
	}
	return t
}

func contractCell(a *Asked, c intake.SettledContract) Cell {
	return Cell{Text: c.Code, Code: true, More: a.Register.Name(c.Commissioner, a.On)}
}

// settlementOf reads the address of a page of settlement.
func (s *Site) settlementOf(r *http.Request) (*intake.Settled, error) {
	provider, year := strings.ToUpper(r.PathValue("provider")), yearKey(r.PathValue("year"))
	view0, _, err := s.contractView(r)
	if err != nil {
		return nil, err
	}
	if !mayProvider(asked(r), provider) {
		return nil, &problem{http.StatusForbidden, "This contract is another provider's", "People of a provider see that provider's contracts alone.", "The page about contracts lists yours."}
	}
	x, err := s.settled(r, view0, provider, year)
	if err != nil {
		return nil, err
	}
	if x == nil || len(x.Contracts) == 0 {
		return nil, &problem{http.StatusNotFound, "There is no contract of " + provider + " for " + yearText(year), "The terms of contracts that are loaded have none.", "Whoever runs Remit loads terms with remit contract elements load."}
	}
	return x, nil
}

// settlement is the page of what a provider's contracts owe, month by month.
func (s *Site) settlement(w http.ResponseWriter, r *http.Request) error {
	x, err := s.settlementOf(r)
	if err != nil {
		return err
	}
	a := asked(r)
	v := view{Page: "record", Place: "/contracts", Trail: s.settlementTrail(a, x), Title: "What is owed to " + a.Register.Name(x.Provider, a.On) + ", " + yearText(x.Year), Notes: s.settlementNotes(x)}
	var all, due price.SettledLine
	for _, c := range x.Contracts {
		sum := c.Total(x.Through)
		due.Add(sum)
		all.Add(c.Total(12))
	}
	v.Lead = fmt.Sprintf("%s payable to date for activity of %s at price; %s still to pay for months that are frozen. %s", short(due.Payable), short(due.AtPrice), short(due.TrueUp), throughText(x))
	v.Facts = []named{{"Plan of the year", pence(all.Plan)}, {"Payable to date", pence(due.Payable)}, {"Paid on account to date", pence(due.OnAccount)}, {"Trued up before", pence(due.TruedUp)}, {"Still to pay", pence(due.TrueUp)}}
	v.add("owed", "To date, by element", "", owedTable(a, x))
	for i, c := range x.Contracts {
		v.add("contract-"+strconv.Itoa(i+1), c.Code+": "+holderWords[c.Holder]+"'s contract", "Of "+a.Register.Name(c.Commissioner, a.On)+", "+longDate(c.From)+" to "+longDate(c.To)+". A month leads to its working.", settlementTable(x, i))
	}
	v.add("outside", "On no contract", "What the terms give no place to: a contract of the body that pays, or an element for it, is missing.", outsideTable(a, x))
	v.add("terms", "Versions of the terms", "The last is in force. Whoever runs Remit loads terms with remit contract elements load; earlier versions stay.", s.termsTable())
	return s.showWork(w, r, v)
}

func (s *Site) settlementTrail(a *Asked, x *intake.Settled) []link {
	return []link{{"Contracts", "/contracts"}, {a.Register.Name(x.Provider, a.On) + ", " + yearText(x.Year), contractAddress(x.Provider, x.Year)}}
}

func (s *Site) settlementNotes(x *intake.Settled) []string {
	notes := []string{fmt.Sprintf("Terms of contracts: version %d, loaded on %s by %s.", x.Terms.Number, momentCell(x.Terms.LoadedAt).Text, x.Terms.LoadedBy),
		"Activity is that of " + feedWords[x.Basis] + ". At price is what the price set says; lines without a national price count as they were billed. Rejected rows are left out."}
	if slices.ContainsFunc(x.Contracts, func(c intake.SettledContract) bool { return c.Synthetic }) {
		notes = append(notes, "Some of these contracts are made up.")
	}
	return append(notes, s.priceNotes()...)
}

func settlementTable(x *intake.Settled, i int) *Table {
	c := x.Contracts[i]
	t := &Table{Name: "contract-" + strconv.Itoa(i+1), Caption: c.Code + " by element and month", Columns: append([]Column{{Key: "element", Title: "Element", Filter: true}, {Key: "month", Title: "Month"}, {Key: "state", Title: "State", Filter: true}}, figureColumns...)}
	for _, l := range c.Lines {
		month := Cell{Text: monthName(l.Month), Value: strconv.Itoa(l.Month), Href: lineAddress(x, c.Code, l)}
		t.Rows = append(t.Rows, append(Row{say(l.Element), month, {Text: settledWords[l.State], Value: string(l.State)}}, figureCells(l)...))
	}
	return t
}

func lineAddress(x *intake.Settled, contract string, l price.SettledLine) string {
	return settlementAddress(x.Provider, x.Year) + "/" + url.PathEscape(contract) + "/" + url.PathEscape(l.Element) + "/" + strconv.Itoa(l.Month) + basisQuery(x.Basis)
}

func outsideTable(a *Asked, x *intake.Settled) *Table {
	t := &Table{Name: "outside", Caption: "Activity on no contract", Columns: []Column{{Key: "pays", Title: "Pays"}, {Key: "holder", Title: "Would be on the contract of"}, {Key: "category", Title: "Category"}, {Key: "why", Title: "Why"}, {Key: "rows", Title: "Rows", Numeric: true}, {Key: "billed", Title: "As billed (£)", Numeric: true}, {Key: "at_price", Title: "At price (£)", Numeric: true}}}
	for _, o := range x.Outside {
		why := "no contract of this body"
		if o.Contract != "" {
			why = "no element of " + o.Contract + " takes it"
		}
		t.Rows = append(t.Rows, Row{bodyCell(a, o.Commissioner).or("Not found"), {Text: holderWords[o.Holder], Value: string(o.Holder)}, code(o.Category).or("None"), say(why), number(int(o.Rows)), pence(o.Billed), pence(o.At)})
	}
	return t
}

func (s *Site) termsTable() *Table {
	t := &Table{Name: "terms", Caption: "Versions of the terms of contracts", Columns: []Column{{Key: "version", Title: "Version", Numeric: true}, {Key: "loaded", Title: "Loaded"}, {Key: "by", Title: "By"}, {Key: "note", Title: "Note"}, {Key: "hash", Title: "Hash of the files"}}}
	history, err := s.ledger.TermsHistory()
	if err != nil {
		return t // the terms in force were read a moment ago: the next look tells
	}
	for _, x := range slices.Backward(history) {
		t.Rows = append(t.Rows, Row{number(x.Number), momentCell(x.LoadedAt), say(x.LoadedBy), say(x.Note).or("None"), code(x.Hash[:16])})
	}
	return t
}

// reasonText says what a reason means, blank for what has a price.
func reasonText(reason price.Reason) string {
	for _, c := range price.Reasons() {
		if c.Code == string(reason) {
			return c.Says
		}
	}
	return ""
}

// settlementLine is the page of the working of one element in one month.
func (s *Site) settlementLine(w http.ResponseWriter, r *http.Request) error {
	x, err := s.settlementOf(r)
	if err != nil {
		return err
	}
	a := asked(r)
	for _, c := range x.Contracts {
		for _, l := range c.Lines {
			if c.Code != r.PathValue("contract") || l.Element != r.PathValue("element") || strconv.Itoa(l.Month) != r.PathValue("month") {
				continue
			}
			trail := append(s.settlementTrail(a, x), link{"What is owed", settlementAddress(x.Provider, x.Year) + basisQuery(x.Basis)})
			v := view{Page: "record", Place: "/contracts", Trail: trail, Title: fmt.Sprintf("%s of %s in %s: %s payable", l.Element, c.Code, monthName(l.Month), "£"+l.Payable.Pounds()), Notes: s.settlementNotes(x)}
			v.Facts = []named{{"Kind", say(elementWords[l.Kind])}, {"State", say(settledWords[l.State])}, {"Of", say(holderWords[c.Holder] + ", " + a.Register.Name(c.Commissioner, a.On))}}
			v.add("working", "How each figure was reached", "The last line of a figure is the figure.", figureTable(l))
			v.add("activity", "What the activity at price is made of", "", owedPartTable(c.Parts[intake.ElementMonth{Element: l.Element, Month: l.Month}]))
			v.add("element", "The element", "Lines are tried against the elements in their order; a line falls in the first that takes its category, point of delivery and service line.", elementTable(c, l.Element))
			return s.showWork(w, r, v)
		}
	}
	return &problem{http.StatusNotFound, "There is no such line", "No contract has this element in this month.", "The page of what is owed lists the months of each element."}
}

func figureTable(l price.SettledLine) *Table {
	t := &Table{Name: "working", Caption: "How each figure was reached", Columns: []Column{{Key: "figure", Title: "Figure"}, {Key: "how", Title: "How"}, {Key: "amount", Title: "Amount (£)", Numeric: true}}}
	for _, w := range l.Working {
		t.Rows = append(t.Rows, Row{{Text: owedWords[w.Of], Value: w.Of}, say(w.Says), pence(w.Amount)})
	}
	return t
}

func owedPartTable(list []intake.Part) *Table {
	t := &Table{Name: "activity", Caption: "Activity of the month, by point of delivery", Columns: []Column{{Key: "pod", Title: "Point of delivery"}, {Key: "as", Title: "How it counts"}, {Key: "rows", Title: "Rows", Numeric: true}, {Key: "billed", Title: "As billed (£)", Numeric: true}, {Key: "at_price", Title: "At price (£)", Numeric: true}}}
	for _, p := range list {
		t.Rows = append(t.Rows, Row{code(p.POD).or("Blank"), {Text: price.PricedAs(p.Reason), Value: string(p.Reason), More: reasonText(p.Reason)}, number(int(p.Rows)), pence(p.Billed), pence(p.At)})
	}
	return t
}

func elementTable(c intake.SettledContract, element string) *Table {
	t := &Table{Name: "element", Caption: "Elements of " + c.Code + ", in their order", Columns: []Column{{Key: "element", Title: "Element"}, {Key: "kind", Title: "Kind"}, {Key: "categories", Title: "Categories"}, {Key: "pods", Title: "Points of delivery"}, {Key: "lines", Title: "Service lines"}, {Key: "annual", Title: "Annual value (£)", Numeric: true}, {Key: "days", Title: "In effect"}}}
	for _, e := range c.Elements {
		name := Cell{Text: e.Code, More: e.Note}
		if e.Code == element {
			name.Tag = "this one"
		}
		row := Row{name, {Text: elementWords[e.Kind], Value: string(e.Kind)}}
		for _, list := range e.Lines() {
			row = append(row, say(strings.Join(list, ", ")).or("Any"))
		}
		t.Rows = append(t.Rows, append(row, pence(e.Annual), say(longDate(e.From)+" to "+longDate(e.To))))
	}
	return t
}
