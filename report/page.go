package report

import (
	"fmt"
	"path/filepath"
	"strings"

	"remit/assign"
	"remit/method"
	"remit/register"
)

// page is everything that the template shows.
type page struct {
	Heading     string
	Lead        []string
	Provenance  []fact
	Provisional []provision
	Costed      bool
	Faults      []string // tables that do not add up
	Sums        []string // what was checked against what
	Chart       *chart

	Standing, Purses            *table // the money
	Payers, Categories, Lines   *table // who pays
	Movements, MovedLines       *table // the money that moves
	MovedNote                   string
	Agreeing, Why, Differing    *table // the two methods; nil without a second
	Other, MethodName           string // the other method, and this one
	Warnings                    *table
	Unassigned, UnassignedWhy   *table // nothing without a payer is left out
	MethodFacts, ReferenceFacts []fact
	Sources, Notes, Provisos    []string
	Readings, Inputs            *table
	Spells, Mapping, Overrides  string

	result *assign.Result
	cells  []assign.Cell
	whole  sum // what the input came to, apart from the cells
	method *method.Method
	names  *names
}

// fact is a name with what is known under it.
type fact struct {
	Name string
	Text string
	Code string
}

// provision is something that later information may change.
type provision struct{ Count, Says string }

func newPage(result *assign.Result, m *method.Method, pack *register.Pack) *page {
	s := &result.Summary
	p := &page{
		Costed: s.Costed, result: result, cells: s.Cells, method: m,
		whole: sum{s.Rows, s.Cost}, names: newNames(pack, namesOn(s, m)),
	}
	p.Heading, p.Lead = p.finding(), p.lead()
	p.Provenance = p.provenance()
	p.Provisional = p.provisional()
	p.Standing, p.Purses = p.standing(), p.purses()
	p.Payers, p.Categories, p.Lines = p.payers(), p.categories(), p.lines()
	p.movements()
	p.against()
	p.Warnings = p.warnings()
	p.unassigned()
	p.working()
	p.Sums = p.checked()
	return p
}

// namesOn is the day whose names and boards the report shows: the last that the
// method was published for, or, where most rows are later, that it is carried
// forward to.
func namesOn(s *assign.Summary, m *method.Method) register.Day {
	for _, w := range s.Warnings {
		if w.Code == "method_carried_forward" && 2*w.Rows > s.Rows {
			return m.CarriedTo
		}
	}
	return m.To
}

// The words of agreement, as the results have them.
const (
	same            = "same"
	payerDiffers    = "payer_differs"
	categoryDiffers = "category_differs"
	submittedBlank  = "submitted_blank"
	computedBlank   = "computed_blank"
)

func (p *page) standingAt(words ...string) sum {
	return total(only(p.cells, func(c *assign.Cell) bool {
		for _, w := range words {
			if c.Agreement == w {
				return true
			}
		}
		return false
	}), cellSum)
}

// of writes "£12.4m of £310.2m", or the records where there are no costs.
func (p *page) of(part, whole sum) string {
	if p.Costed {
		return money(part.cost) + " of " + money(whole.cost)
	}
	return count(part.rows) + " of " + records(whole.rows)
}

// finding is the report's heading.
func (p *page) finding() string {
	moved := p.standingAt(payerDiffers)
	compared := p.standingAt(same, payerDiffers, categoryDiffers)
	is := "is"
	if !p.Costed && moved.rows != 1 {
		is = "are"
	}
	switch {
	case p.whole.rows == 0:
		return "No records were read, so there is nothing to assign"
	case compared.rows == 0:
		paid := total(only(p.cells, func(c *assign.Cell) bool { return c.Commissioner != "" }), cellSum)
		return "The method gives a payer for " + p.of(paid, p.whole) + "; there is no submitted commissioner to compare it with"
	case moved.rows == 0 && p.Costed:
		return "None of " + money(p.whole.cost) + " is billed to another commissioner than the method gives"
	case moved.rows == 0:
		return "None of " + records(p.whole.rows) + " is billed to another commissioner than the method gives"
	}
	return p.of(moved, p.whole) + " " + is + " billed to another commissioner than the method gives"
}

// lead is the rest of the finding in sentences.
func (p *page) lead() []string {
	if p.whole.rows == 0 {
		return []string{"The files have a header and no rows."}
	}
	files := plural(int64(len(p.result.Manifest.Inputs)), "file", "files")
	first := records(p.whole.rows) + " in " + files
	if p.Costed {
		first += ", " + pence(p.whole.cost) + " in all"
	}
	lines := []string{first + "."}
	for _, w := range []struct{ word, says string }{
		{same, "agree with the method"},
		{payerDiffers, "name another payer"},
		{categoryDiffers, "name the payer but another category"},
		{submittedBlank, "name no payer"},
		{computedBlank, "have no payer under the method"},
	} {
		s := p.standingAt(w.word)
		if s.rows == 0 {
			continue
		}
		line := count(s.rows) + " (" + percent(s.weight(false), p.whole.weight(false)) + ") " + verb(s.rows, w.says)
		if p.Costed {
			line += ": " + money(s.cost)
		}
		lines = append(lines, line+".")
	}
	return lines
}

// verb puts a verb in the singular for one.
func verb(n int64, says string) string {
	first, rest, _ := strings.Cut(says, " ")
	switch {
	case n != 1:
		return says
	case first == "have":
		return "has " + rest
	}
	return first + "s " + rest
}

func (p *page) provenance() []fact {
	m := &p.result.Manifest
	var files []string
	for _, in := range m.Inputs {
		files = append(files, shownName(in.File))
	}
	if len(files) > 3 {
		files = append(files[:3], fmt.Sprintf("and %d more", len(m.Inputs)-3))
	}
	list := []fact{{Name: "Files", Text: strings.Join(files, ", ")}}
	list = append(list,
		fact{Name: "Method", Text: p.method.Spec(), Code: short(p.method.Hash)},
		fact{Name: "Reference data", Text: shownName(m.Reference.Origin), Code: short(m.Reference.Hash)})
	if m.Program != "" {
		list = append(list, fact{Name: "Program", Text: m.Program})
	}
	return list
}

// short is enough of a hash to tell two apart; the whole is further down.
func short(hash string) string {
	if len(hash) > 12 {
		return hash[:12]
	}
	return hash
}

// shownName is a file's name without the directories, which say nothing to
// those whom a report is sent to.
func shownName(path string) string {
	name := filepath.Base(strings.ReplaceAll(path, `\`, "/"))
	if name == "." {
		return noData
	}
	return cut(name, longestName)
}

// provisos are the warnings that say an answer may change when more is known.
var provisos = []string{
	"method_carried_forward", "after_method", "before_method", "contract_not_confirmed", "host_derived",
	"postcode_directory_missing", "responsibility_as_submitted", "date_from_period", "drug_or_device", "blue_line",
}

func (p *page) provisional() []provision {
	var list []provision
	for _, code := range provisos {
		for _, w := range p.result.Summary.Warnings {
			if w.Code == code {
				list = append(list, provision{p.counted(sum{w.Rows, w.Cost}), w.Says})
			}
		}
	}
	if n := p.result.Summary.Unpriced; n > 0 {
		list = append(list, provision{records(n), "The cost could not be read and counts as nothing."})
	}
	return list
}

// counted writes "1,234 records, £1.24m".
func (p *page) counted(s sum) string {
	if !p.Costed {
		return records(s.rows)
	}
	return records(s.rows) + ", " + money(s.cost)
}

// checked says what the totals were held against.
func (p *page) checked() []string {
	both := sum{}
	for i := range p.cells {
		both = both.plus(cellSum(&p.cells[i]))
	}
	says := []string{p.held("Records", count(both.rows), count(p.whole.rows), both.rows == p.whole.rows)}
	if p.Costed {
		says = append(says, p.held("Money", pence(both.cost), pence(p.whole.cost), both.cost == p.whole.cost))
	}
	return says
}

func (p *page) held(what, got, want string, equal bool) string {
	if equal {
		return what + ": adds up to the input's total of " + want + ": yes."
	}
	p.Faults = append([]string{what + ": the groups of this report come to " + got + ", the input to " + want + "."}, p.Faults...)
	return what + ": adds up to the input's total of " + want + ": NO, it comes to " + got + "."
}
