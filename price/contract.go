package price

import (
	"io/fs"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"remit/activity"
	"remit/register"
)

// Contracts are the terms of contracts and what was paid: contract.csv,
// contract_element.csv, contract_band.csv, contract_phasing.csv and
// contract_payment.csv of a directory. They do not change.
type Contracts struct {
	list []*Contract
	paid map[string][]Payment // by contract
}

// Contract is an agreement of a commissioner with a provider for some time,
// a year as a rule, in elements that are paid differently.
type Contract struct {
	Code         string
	Holder       Holder // whose contract: an ICB's has delegated lines, NHS England's has retained ones
	Commissioner string // the ICB, or the NHS England hub
	Provider     string
	Year         string // the financial year that it is in: 202627
	From, To     register.Day
	Synthetic    bool
	Source       string
	Confidence   string
	Elements     []*ContractElement // in the order in which lines are tried against them
}

// ContractElement is a part of a contract and the lines that fall in it.
type ContractElement struct {
	Code     string
	Kind     Element
	Note     string
	From, To register.Day    // within the days of the contract
	Annual   activity.Amount // the planned value of all its months
	bands    []band
	floor    *big.Int // least that is paid, as a share of the plan; nil for none
	roof     *big.Int
	plan     [12]activity.Amount
	phased   [12]bool
	lines    [3][]string // categories, points of delivery, service lines; empty for any
}

// band is a share of the plan, from and to in decimals of 8 places, in which
// activity is paid at a rate. to is nil for all above.
type band struct{ from, to, rate *big.Int }

var contractTables = map[string][]string{
	"contract.csv": {"contract", "holder", "commissioner", "provider", "valid_from", "valid_to", "synthetic", "note", "confidence", "source"},
	"contract_element.csv": {"contract", "element", "kind", "categories", "pods", "service_lines", "annual_value", "floor_percent", "ceiling_percent",
		"valid_from", "valid_to", "note", "confidence", "source"},
	"contract_band.csv":    {"contract", "element", "from_percent", "to_percent", "rate", "confidence", "source"},
	"contract_phasing.csv": {"contract", "element", "month", "value", "confidence", "source"},
	"contract_payment.csv": {"contract", "element", "month", "kind", "amount", "paid_on", "note", "confidence", "source"},
}

// ContractTables are the files of the terms of contracts, in the order in which
// they are read.
func ContractTables() []string {
	return []string{"contract.csv", "contract_element.csv", "contract_band.csv", "contract_phasing.csv", "contract_payment.csv"}
}

// ContractColumns are the columns of a file of the terms of contracts.
func ContractColumns(table string) []string { return slices.Clone(contractTables[table]) }

// LoadContracts reads the terms of a directory. The error is a
// *register.DataError with all faults.
func LoadContracts(fsys fs.FS) (*Contracts, error) {
	var faults []register.Fault
	cs := &Contracts{paid: map[string][]Payment{}}
	byCode := map[string]*Contract{}
	eachRow(fsys, "contract.csv", contractTables["contract.csv"], &faults, func(t *table) {
		c := readContract(t)
		put(t, byCode, c.Code, c)
		cs.list = append(cs.list, c)
	})
	elements := map[[2]string]*ContractElement{}
	eachRow(fsys, "contract_element.csv", contractTables["contract_element.csv"], &faults, func(t *table) {
		c := byCode[t.text("contract")]
		if c == nil {
			t.fault("contract", t.text("contract"), "is not in contract.csv", "add the contract, or mend the code")
			c = &Contract{From: register.Earliest, To: register.Latest} // the rest of the row is looked at too
		}
		e := readElement(t, c)
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
	cs.overlaps(&faults)
	eachRow(fsys, "contract_payment.csv", contractTables["contract_payment.csv"], &faults, func(t *table) { cs.readPayment(t, of(t)) })
	if err := register.FaultsError(faults); err != nil {
		return nil, err
	}
	return cs, nil
}

// overlaps finds contracts that a line could fall on both of.
func (cs *Contracts) overlaps(faults *[]register.Fault) {
	for i, c := range cs.list {
		for _, o := range cs.list[:i] {
			if c.Code != o.Code && c.Holder == o.Holder && c.Commissioner == o.Commissioner && c.Provider == o.Provider && c.From <= o.To && o.From <= c.To {
				*faults = append(*faults, register.Fault{File: "contract.csv", Column: "contract", Value: c.Code, Problem: "is of the same holder, commissioner, provider and days as " + o.Code,
					Remedy: "let one end before the other begins, or make elements of one contract of them"})
			}
		}
	}
}

func (cs *Contracts) readPayment(t *table, e *ContractElement) {
	t.known()
	p := Payment{Element: e.Code, Month: t.whole("month"), Kind: PaymentKind(t.oneOf("kind", string(OnAccount), string(TrueUp))), PaidOn: t.day("paid_on", register.NoDay), Source: t.text("source")}
	if p.Month < 1 || p.Month > 12 || e.Code != "" && !e.covers(p.Month) {
		t.fault("month", t.text("month"), "is not a month of the element", "write 1 for April to 12 for March, of the months in which the element is in effect")
	}
	s := t.text("amount")
	a, present, err := activity.ParseAmount([]byte(s))
	switch {
	case err != nil || !present:
		t.fault("amount", s, "is not an amount of money", "write pounds as 1234.56, with a - before what was paid back")
	case a != a.RoundToPence():
		t.fault("amount", s, "is not whole pence", "write two places")
	}
	if t.text("paid_on") == "" {
		t.fault("paid_on", "", "is blank", "write the day as YYYY-MM-DD")
	}
	p.Amount = a
	cs.paid[t.text("contract")] = append(cs.paid[t.text("contract")], p)
}

// Payments are what was paid under a contract, in the order of the file.
func (cs *Contracts) Payments(contract string) []Payment { return slices.Clone(cs.paid[contract]) }

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
	first, _, ok := activity.FinancialYearOf(int32(c.From))
	last, _, ok2 := activity.FinancialYearOf(int32(c.To))
	if c.Year = first; t.text("valid_from") == "" || t.text("valid_to") == "" || !ok || !ok2 || first != last {
		t.fault("valid_to", t.text("valid_to"), "does not end in the financial year in which valid_from begins", "write both days, and a contract for each year: settlement is of a year")
	}
	return c
}

func readElement(t *table, c *Contract) *ContractElement {
	t.known()
	e := &ContractElement{Note: t.text("note"), From: t.day("valid_from", c.From), To: t.day("valid_to", c.To), Code: t.text("element"), Kind: Element(t.oneOf("kind", elementWords...)), floor: t.percent("floor_percent"), roof: t.percent("ceiling_percent")}
	e.Annual = t.pence("annual_value", t.decimal("annual_value"))
	for i, column := range []string{"categories", "pods", "service_lines"} {
		e.lines[i] = strings.FieldsFunc(strings.ToUpper(t.text(column)), func(r rune) bool { return r == '|' || r == ' ' })
	}
	if e.Code == "" {
		t.fault("element", "", "is blank", "give the element a code")
	}
	if e.From > e.To || e.From < c.From || e.To > c.To {
		t.fault("valid_from", t.text("valid_from"), "and valid_to are not days of the contract in order", "leave both blank for an element that is in effect as long as the contract")
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
	if month < 1 || month > 12 || e.Code != "" && !e.covers(month) {
		t.fault("month", t.text("month"), "is not a month of the element", "write 1 for April to 12 for March, of the months in which the element is in effect")
		return
	}
	if e.phased[month-1] {
		t.fault("month", t.text("month"), "is there twice", "keep one row")
	}
	e.plan[month-1], e.phased[month-1] = t.pence("value", value), true
}

// settleTerms checks bands and phases the plan: as supplied, else in equal parts
// of whole pence with what is left over in the last month.
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
			e.plan = e.parted()
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

// months are those in which the element is in effect, of 1 to 12.
func (e *ContractElement) months() (list []int) {
	year, _, ok := activity.FinancialYearOf(int32(e.From))
	for m := 1; ok && m <= 12; m++ {
		end, _ := lastDay([]byte(year), []byte(strconv.Itoa(m)))
		// A line of a month is of its last day: so is the element.
		if e.From <= register.Day(end) && register.Day(end) <= e.To {
			list = append(list, m)
		}
	}
	return list
}

func (e *ContractElement) covers(month int) bool { return slices.Contains(e.months(), month) }

// parted is the annual value in equal months of whole pence.
func (e *ContractElement) parted() (plan [12]activity.Amount) {
	months := e.months()
	if len(months) == 0 {
		return plan
	}
	pence := unitsOf(e.Annual)
	pence.Quo(pence, big.NewInt(1_000_000*int64(len(months))))
	each, _ := amountOf(pence.Mul(pence, big.NewInt(1_000_000)), false) // smaller than the annual value
	left := e.Annual
	for _, m := range months[:len(months)-1] {
		plan[m-1] = each
		left = left.Sub(each)
	}
	plan[months[len(months)-1]-1] = left
	return plan
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

// Element is the first element in which a line falls on a day; nil when there is none.
func (c *Contract) Element(category, pod, line string, day register.Day) *ContractElement {
	for _, e := range c.Elements {
		if e.From <= day && day <= e.To && matches(e.lines[0], category) && matches(e.lines[1], pod) && matches(e.lines[2], line) {
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
