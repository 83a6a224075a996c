package price

import (
	"io/fs"
	"math/big"
	"slices"
	"strings"

	"remit/activity"
	"remit/register"
)

// Contracts are the terms of contracts: contract.csv, contract_element.csv,
// contract_band.csv and contract_phasing.csv of a directory. They do not change.
type Contracts struct{ list []*Contract }

// Contract is an agreement of a commissioner with a provider for some time,
// a year as a rule, in elements that are paid differently.
type Contract struct {
	Code         string
	Holder       Holder // whose contract: an ICB's has delegated lines, NHS England's has retained ones
	Commissioner string // the ICB, or the NHS England hub
	Provider     string
	From, To     register.Day
	Synthetic    bool
	Source       string
	Confidence   string
	Elements     []*ContractElement // in the order in which lines are tried against them
}

// ContractElement is a part of a contract and the lines that fall in it.
type ContractElement struct {
	Code   string
	Kind   Element
	Annual activity.Amount // the planned value of the year
	bands  []band
	floor  *big.Int // least that is paid, as a share of the plan; nil for none
	roof   *big.Int
	plan   [12]activity.Amount
	phased [12]bool
	lines  [3][]string // categories, points of delivery, service lines; empty for any
}

// band is a share of the plan, from and to in decimals of 8 places, in which
// activity is paid at a rate. to is nil for all above.
type band struct{ from, to, rate *big.Int }

var contractTables = map[string][]string{
	"contract.csv": {"contract", "holder", "commissioner", "provider", "valid_from", "valid_to", "synthetic", "note", "confidence", "source"},
	"contract_element.csv": {"contract", "element", "kind", "categories", "pods", "service_lines", "annual_value", "floor_percent", "ceiling_percent",
		"note", "confidence", "source"},
	"contract_band.csv":    {"contract", "element", "from_percent", "to_percent", "rate", "confidence", "source"},
	"contract_phasing.csv": {"contract", "element", "month", "value", "confidence", "source"},
}

// LoadContracts reads the terms of a directory. The error is a
// *register.DataError with all faults.
func LoadContracts(fsys fs.FS) (*Contracts, error) {
	var faults []register.Fault
	cs := &Contracts{}
	byCode := map[string]*Contract{}
	eachRow(fsys, "contract.csv", contractTables["contract.csv"], &faults, func(t *table) {
		c := readContract(t)
		put(t, byCode, c.Code, c)
		cs.list = append(cs.list, c)
	})
	elements := map[[2]string]*ContractElement{}
	eachRow(fsys, "contract_element.csv", contractTables["contract_element.csv"], &faults, func(t *table) {
		e := readElement(t)
		c := byCode[t.text("contract")]
		if c == nil {
			t.fault("contract", t.text("contract"), "is not in contract.csv", "add the contract, or mend the code")
			return
		}
		put(t, elements, [2]string{c.Code, e.Code}, e)
		c.Elements = append(c.Elements, e)
	})
	of := func(t *table) *ContractElement {
		e := elements[[2]string{t.text("contract"), t.text("element")}]
		if e == nil {
			t.fault("element", t.text("element"), "is not in contract_element.csv", "add the element, or mend the codes")
			return &ContractElement{}
		}
		return e
	}
	eachRow(fsys, "contract_band.csv", contractTables["contract_band.csv"], &faults, func(t *table) { of(t).readBand(t) })
	eachRow(fsys, "contract_phasing.csv", contractTables["contract_phasing.csv"], &faults, func(t *table) { of(t).readPhase(t) })
	for _, c := range cs.list {
		c.settleTerms(&faults)
	}
	return cs, register.FaultsError(faults)
}

func readContract(t *table) *Contract {
	k := t.known()
	c := &Contract{Code: t.text("contract"), Commissioner: t.code("commissioner"), Provider: t.code("provider"),
		Holder: Holder(t.oneOf("holder", string(ICBContract), string(NHSEContract), string(NationalContract), string(OtherContract))),
		From:   t.day("valid_from", register.Earliest), To: t.day("valid_to", register.Latest),
		Synthetic: t.oneOf("synthetic", "yes", "no") == "yes", Source: k.Source, Confidence: k.Confidence}
	if c.Code == "" {
		t.fault("contract", "", "is blank", "give the contract a code")
	}
	if c.From > c.To {
		t.fault("valid_to", t.text("valid_to"), "is before valid_from", "put the dates in order")
	}
	return c
}

func readElement(t *table) *ContractElement {
	t.known()
	e := &ContractElement{Code: t.text("element"), Kind: Element(t.oneOf("kind", elementWords...)), floor: t.percent("floor_percent"), roof: t.percent("ceiling_percent")}
	e.Annual = t.pence("annual_value", t.decimal("annual_value"))
	for i, column := range []string{"categories", "pods", "service_lines"} {
		e.lines[i] = strings.FieldsFunc(strings.ToUpper(t.text(column)), func(r rune) bool { return r == '|' || r == ' ' })
	}
	if e.Code == "" {
		t.fault("element", "", "is blank", "give the element a code")
	}
	if e.floor != nil && e.roof != nil && e.floor.Cmp(e.roof) > 0 {
		t.fault("ceiling_percent", t.text("ceiling_percent"), "is below the floor", "put them in order")
	}
	return e
}

// pence is a decimal as an amount, which must be whole pence since it is paid.
func (t *table) pence(column string, n *big.Int) activity.Amount {
	if n == nil {
		return activity.Amount{}
	}
	a, _ := amountOf(n, false) // decimal bounds it
	if a != a.RoundToPence() {
		t.fault(column, t.text(column), "is not whole pence", "write two places")
	}
	return a
}

// percent is a share, written 105 for 1.05; nil for a blank.
func (t *table) percent(column string) *big.Int {
	n := t.decimal(column)
	if n == nil {
		return nil
	}
	return n.Quo(n, big.NewInt(100))
}

func (e *ContractElement) readBand(t *table) {
	t.known()
	b := band{from: t.percent("from_percent"), to: t.percent("to_percent"), rate: t.needed("rate")}
	if b.from == nil {
		t.fault("from_percent", "", "is blank", "write 0 for the first band")
		return
	}
	if b.rate == nil {
		return
	}
	e.bands = append(e.bands, b)
}

func (e *ContractElement) readPhase(t *table) {
	t.known()
	month, value := t.whole("month"), t.needed("value")
	if month < 1 || month > 12 {
		t.fault("month", t.text("month"), "is not a month", "write 1 for April to 12 for March")
		return
	}
	if e.phased[month-1] {
		t.fault("month", t.text("month"), "is there twice", "keep one row")
	}
	e.plan[month-1], e.phased[month-1] = t.pence("value", value), true
}

// settleTerms checks bands and phases the plan: as supplied, else in twelfths of
// whole pence with what is left over in March.
func (c *Contract) settleTerms(faults *[]register.Fault) {
	for _, e := range c.Elements {
		fault := func(file, problem, remedy string) {
			*faults = append(*faults, register.Fault{File: file, Value: c.Code + " " + e.Code, Problem: problem, Remedy: remedy})
		}
		if !e.bandsMeet() {
			fault("contract_band.csv", "the bands do not follow each other from 0 to a last one without an end", "let each begin where the one before ends, and leave the last to_percent blank")
		}
		if fixedKind(e.Kind) && (len(e.bands) > 0 || e.floor != nil || e.roof != nil) {
			fault("contract_element.csv", "bands, floor and ceiling mean nothing for a fixed value", "take them out, or make the element variable or cost_and_volume")
		}
		switch given := slices.Contains(e.phased[:], true); {
		case !given:
			e.plan = twelfths(e.Annual)
		case sum(e.plan[:]) != e.Annual:
			fault("contract_phasing.csv", "the months sum to "+sum(e.plan[:]).String()+", the annual value is "+e.Annual.String(), "let the months sum to the annual value")
		}
	}
}

func (e *ContractElement) bandsMeet() bool {
	if len(e.bands) == 0 {
		return true
	}
	slices.SortStableFunc(e.bands, func(a, b band) int { return a.from.Cmp(b.from) })
	if e.bands[0].from.Sign() != 0 || e.bands[len(e.bands)-1].to != nil {
		return false
	}
	for i, b := range e.bands[1:] {
		if end := e.bands[i].to; end == nil || end.Cmp(b.from) != 0 {
			return false
		}
	}
	return true
}

func fixedKind(k Element) bool { return k == Fixed || k == Block || k == LowVolume }

// twelfths parts an annual value in months of whole pence.
func twelfths(annual activity.Amount) (months [12]activity.Amount) {
	pence := unitsOf(annual)
	pence.Quo(pence, big.NewInt(1_000_000*12))
	each, _ := amountOf(pence.Mul(pence, big.NewInt(1_000_000)), false) // smaller than the annual value
	left := annual
	for i := range 11 {
		months[i] = each
		left = left.Sub(each)
	}
	months[11] = left
	return months
}

func sum(list []activity.Amount) (total activity.Amount) {
	for _, a := range list {
		total = total.Add(a)
	}
	return total
}

// List are the contracts, in the order of the file.
func (cs *Contracts) List() []*Contract { return slices.Clone(cs.list) }

// Find is the contract on which a line falls: of the holder that its assigned
// category has (Library.Holder), the commissioner (the ICB of a sub-ICB
// location, or the hub), the provider and the day. It is nil when there is none.
func (cs *Contracts) Find(holder Holder, commissioner, provider string, day register.Day) *Contract {
	for _, c := range cs.list {
		if c.Holder == holder && c.Commissioner == commissioner && c.Provider == provider && c.From <= day && day <= c.To {
			return c
		}
	}
	return nil
}

// Element is the first element in which a line falls; nil when there is none.
func (c *Contract) Element(category, pod, line string) *ContractElement {
	for _, e := range c.Elements {
		if matches(e.lines[0], category) && matches(e.lines[1], pod) && matches(e.lines[2], line) {
			return e
		}
	}
	return nil
}

// matches holds a code to a list; an item that ends in * is a beginning.
func matches(list []string, code string) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(item string) bool {
		start, open := strings.CutSuffix(item, "*")
		return open && strings.HasPrefix(code, start) || item == code
	})
}
