package report

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"remit/activity"
	"remit/assign"
	"remit/method"
	"remit/register"
)

var update = flag.Bool("update", false, "write the golden files anew")

var shipped = sync.OnceValues(func() (*register.Pack, error) { return register.LoadShipped() })

func pack(t testing.TB) *register.Pack {
	t.Helper()
	p, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// chartMethod is a method small enough to check a report by hand.
func chartMethod() *method.Method {
	from, _ := register.ParseDay("2025-04-01")
	to, _ := register.ParseDay("2026-03-31")
	later, _ := register.ParseDay("2027-03-31")
	return &method.Method{
		Name: "cam-2025-26", Title: "A chart", Kind: "flow", Authority: "The chart is the rule.",
		From: from, To: to, CarriedTo: later, Carried: "The chart is carried forward.", Hash: "11aa22bb33cc44dd55",
		Sources: []string{"The chart, 7 January 2025"},
		Readings: []*method.Reading{{ID: "A3", Question: "What of blank?", Default: "as_a", Chosen: "literal",
			Options: []method.Option{{Name: "as_a", Means: "as A"}, {Name: "literal", Means: "as written"}}}},
		Boxes: []*method.Box{{Label: "C-2", Trace: "C-2", Asks: "Is there a contract?"}},
		Ends:  []*method.End{{Name: "N/A", Label: "N/A no contract", Note: "The provider is not expected to be paid."}},
	}
}

func kind(label, category, trace string, warnings ...string) *assign.Kind {
	return &assign.Kind{Outcome: label, Label: label, Category: category, Trace: trace, Warnings: warnings}
}

// small is seven records that a person can add up.
func small() *assign.Result {
	sub, hub := kind("Responsible sub-ICB", "25", "A>B>C-6"), kind("Spec hub (provider)", "21", "A>B>C-2", "contract_not_confirmed")
	none := kind("N/A no contract", "", "A>B>C-2", "no_contract")
	s := assign.Summary{
		Rows: 7, Cost: activity.Pence(1_000_000_00), Costed: true, Unpriced: 1,
		Cells: []assign.Cell{
			{Kind: sub, Commissioner: "72Q", Submitted: "72Q", SubmittedCategory: "25", Line: "NCBPS01C", Agreement: same, Rows: 2, Cost: activity.Pence(600_000_00)},
			{Kind: sub, Commissioner: "72Q", Submitted: "QKK", SubmittedCategory: "12", Line: "99999999", Agreement: categoryDiffers, Rows: 1, Cost: activity.Pence(50_000_49)},
			{Kind: hub, Commissioner: "13R", Submitted: "72Q", SubmittedCategory: "25", Line: "NCBPS11B", Agreement: payerDiffers, Rows: 1, Cost: activity.Pence(300_000_51)},
			{Kind: hub, Commissioner: "13R", Submitted: "36L", SubmittedCategory: "21", Line: "NCBPS11B", Agreement: payerDiffers, Rows: 1, Cost: activity.Pence(-20_000_00)},
			{Kind: hub, Commissioner: "13R", Line: "NCBPS11B", Agreement: submittedBlank, Rows: 1, Cost: activity.Pence(69_999_00)},
			{Kind: none, Submitted: "13R", Line: "NOSUCH", Agreement: computedBlank, Rows: 1, Cost: activity.Pence(0)},
		},
		Warnings: []assign.WarningCount{
			{Code: "contract_not_confirmed", Says: "The contract is not confirmed.", Do: "Load provider_hub.", Rows: 3, Cost: activity.Pence(349_999_51),
				Samples: []assign.Sample{{File: "in/a.csv", Row: 1200}, {File: "in/a.csv", Row: 4}, {File: "b.csv", Row: 2}}},
			{Code: "no_contract", Says: "There is no contract.", Do: "Do not pay.", Rows: 1},
		},
		Against: &assign.Against{Method: "cam-tool-5.3", Cells: []assign.PairCell{
			{Ours: assign.Side{Commissioner: "72Q", Category: "25", Outcome: "Responsible sub-ICB", Trace: "A>C-6"}, Theirs: assign.Side{Commissioner: "72Q", Category: "25", Outcome: "72Q_C_6_1", Trace: "MH>C-6"}, Rows: 3, Cost: activity.Pence(650_000_49)},
			{Ours: assign.Side{Commissioner: "13R", Category: "21", Outcome: "Spec hub (provider)", Trace: "A>C-2"}, Theirs: assign.Side{Commissioner: "14A", Category: "21", Outcome: "14A_C_2_1", Trace: "MH>C-2"}, Rows: 3, Cost: activity.Pence(349_999_51)},
			{Ours: assign.Side{Outcome: "N/A no contract", Trace: "A>C-2"}, Theirs: assign.Side{Outcome: "C_2_X", Category: "21", Trace: "MH>C-2"}, Rows: 1},
		}},
	}
	s.Cost = activity.Pence(600_000_00 + 50_000_49 + 300_000_51 - 20_000_00 + 69_999_00)
	s.Against.Cells[1].Cost = s.Cost.Sub(activity.Pence(650_000_49))
	return &assign.Result{Summary: s, Manifest: assign.Manifest{
		Program: "remit 1.2.3", Rows: 7,
		Method:    assign.MethodNote{Name: "cam-2025-26", Hash: "11aa22bb33cc44dd55"},
		Compare:   &assign.MethodNote{Name: "cam-tool-5.3", Hash: "66ee"},
		Reference: assign.ReferenceNote{Origin: "shipped", Hash: "99ff00aa11bb22cc", Notes: []string{"Hosts are derived."}},
		Inputs:    []assign.InputNote{{File: "in/a.csv", SHA256: "aa", Rows: 6, Dataset: "PLCM"}, {File: "b.csv", SHA256: "bb", Rows: 1, Dataset: "PLCM"}},
		Spells:    &assign.SpellNote{Spells: 1, Specialised: 1},
	}}
}

func written(t testing.TB, r *assign.Result) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, r, chartMethod(), pack(t)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// bare takes the style and the script out, which are no part of what is golden.
func bare(page string) string {
	page = regexp.MustCompile(`(?s)<style>.*?</style>`).ReplaceAllString(page, "<style></style>")
	page = regexp.MustCompile(`(?s)<script>.*?</script>`).ReplaceAllString(page, "<script></script>")
	return regexp.MustCompile(`content="default-src[^"]*"`).ReplaceAllString(page, `content=""`)
}

func TestSmallReportIsAsCheckedByHand(t *testing.T) {
	got := bare(written(t, small()))
	file := filepath.Join("testdata", "small.html")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the report differs from %s; look at it, and if it is right: go test ./report -update", file)
	}
}

func TestSmallReportSays(t *testing.T) {
	page := written(t, small())
	for _, want := range []string{
		"<h1>£280,001 of £1.00m is billed to another commissioner than the method gives</h1>",
		"7 records in 2 files, £1,000,000.00 in all.",
		"Records: adds up to the input&#39;s total of 7: yes.",
		"Money: adds up to the input&#39;s total of £1,000,000.00: yes.",
		"2 records (£280,001) move between 2 pairs of commissioners.",
		"1 (14.3%) names no payer: £69,999.",
		"1 (14.3%) has no payer under the method: £0.",
		"The largest movement is £300,001, from NHS South East London ICB (72Q) to London Commissioning Hub (13R)",
		"\u221220,000", "(credit)",
		"<strong>1 record</strong> The cost could not be read and counts as nothing.",
		"a.csv: rows 1,200; 4", "b.csv: row 2",
		"cam-2025-26&#43;A3=literal",
		"The tool takes the hub from where the provider stands; the chart takes the hub that contracts with the provider.",
		"activity from 1 April 2025 to 31 March 2026, carried forward to 31 March 2027",
		"1 spell was read",
		"Open Government Licence v3.0",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	if strings.Contains(page, "does not add up") {
		t.Error("the report says that it does not add up")
	}
}

func TestBoardsAndTheirLocationsShareABudget(t *testing.T) {
	p := newPage(small(), chartMethod(), pack(t))
	for _, r := range p.Purses.Rows {
		if r.Cells[0].Code == "QKK" {
			if got := r.Cells[2].Text + " " + r.Cells[4].Text + " " + r.Cells[5].Text; got != "950,001 650,000 \u2212300,001" {
				t.Errorf("South East London: %s", got)
			}
			return
		}
	}
	t.Error("South East London is missing")
}

func TestWithoutCosts(t *testing.T) {
	r := small()
	r.Summary.Costed = false
	page := written(t, r)
	if !strings.Contains(page, "<h1>2 of 7 records are billed to another commissioner than the method gives</h1>") {
		t.Error("the heading does not count records")
	}
	if body := bare(page); strings.Contains(body, "£") {
		t.Errorf("a report without costs has a pound sign: %q", around(body, "£"))
	}
}

func TestHeadings(t *testing.T) {
	cases := map[string]struct {
		words  []string
		costed bool
	}{
		"No records were read, so there is nothing to assign":                                               {},
		"1 of 1 record is billed to another commissioner than the method gives":                             {words: []string{payerDiffers}},
		"None of 1 record is billed to another commissioner than the method gives":                          {words: []string{same}},
		"None of £5 is billed to another commissioner than the method gives":                                {words: []string{same}, costed: true},
		"The method gives a payer for 1 of 1 record; there is no submitted commissioner to compare it with": {words: []string{submittedBlank}},
		"£5 of £10 is billed to another commissioner than the method gives":                                 {words: []string{same, payerDiffers}, costed: true},
	}
	for want, c := range cases {
		r := &assign.Result{}
		r.Summary.Costed = c.costed
		for _, w := range c.words {
			cell := assign.Cell{Kind: &assign.Kind{}, Commissioner: "72Q", Submitted: "36L", Agreement: w, Rows: 1, Cost: activity.Pence(500)}
			r.Summary.Cells = append(r.Summary.Cells, cell)
			r.Summary.Rows++
			r.Summary.Cost = r.Summary.Cost.Add(cell.Cost)
		}
		if page := written(t, r); !strings.Contains(page, "<h1>"+want+"</h1>") {
			t.Errorf("want %q, got %s", want, around(page, "<h1>"))
		}
	}
}

func around(text, what string) string {
	at := strings.Index(text, what)
	return text[max(0, at-80):min(len(text), at+160)]
}

// A total that the rows do not come to has to be seen before any figure.
func TestFaultIsLoud(t *testing.T) {
	r := small()
	r.Summary.Cost = r.Summary.Cost.Add(activity.Pence(1))
	page := written(t, r)
	alarm, heading := strings.Index(page, `role="alert"`), strings.Index(page, "<h1>")
	if alarm < 0 || alarm > heading {
		t.Error("a penny too few is not reported above the heading")
	}
	if !strings.Contains(page, "adds up to the input&#39;s total of £1,000,000.01: NO, it comes to £1,000,000.00.") {
		t.Error("the check does not say NO")
	}
}

// hostile are texts that a file may hold where a code is expected.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</td></table><h1>x`,
	"{{.Style}}", "javascript:alert(1)", "A\u202eB\u2066C\u200bD", "\x00\x1b[31m\xff\xfe", strings.Repeat("LONG", 4000), "&lt;b&gt;", "<!--", "]]>", "</style></script>",
}

func hostileResult() *assign.Result {
	r := small()
	s := &r.Summary
	for i, h := range hostile {
		c := assign.Cell{
			Kind: kind("Responsible sub-ICB", "12", "A>"+h, h), Commissioner: h, Submitted: hostile[(i+1)%len(hostile)],
			SubmittedCategory: h, Line: h, Agreement: payerDiffers, Rows: 1, Cost: activity.Pence(123),
		}
		c.Category = h
		without := c
		without.Commissioner, without.Agreement, without.Label = "", computedBlank, h
		s.Cells = append(s.Cells, c, without)
		s.Against.Cells = append(s.Against.Cells, assign.PairCell{
			Ours: assign.Side{Commissioner: h, Category: h, Outcome: h, Trace: h}, Theirs: assign.Side{Commissioner: "72Q", Category: h, Outcome: h, Trace: h}, Rows: 2, Cost: activity.Pence(246),
		})
		s.Rows += 2
		s.Cost = s.Cost.Add(activity.Pence(246))
		s.Warnings = append(s.Warnings, assign.WarningCount{Code: h, Says: h, Do: h, Rows: 1, Samples: []assign.Sample{{File: h, Row: 1}}})
		r.Manifest.Inputs = append(r.Manifest.Inputs, assign.InputNote{File: "x/" + h, SHA256: h, Dataset: h, Notes: []string{h}, Rows: 2})
		r.Manifest.Reference.Notes = append(r.Manifest.Reference.Notes, h)
		r.Manifest.Notes = append(r.Manifest.Notes, h)
	}
	r.Manifest.Reference.Origin, r.Manifest.Program = hostile[0], hostile[1]
	r.Manifest.Mapping = &assign.MappingNote{Name: hostile[1], Hash: hostile[2], Says: hostile[0]}
	return r
}

func TestTextFromOutsideStaysText(t *testing.T) {
	page := bare(written(t, hostileResult()))
	for _, bad := range []string{"<script>alert", "<img", "onerror=alert(1)>", "<h1>x", "\u202e", "\u2066", "\u200b", "\x00", "\x1b", "<!--"} {
		if strings.Contains(page, bad) {
			t.Errorf("the report holds %q: %q", bad, around(page, bad))
		}
	}
	if n := strings.Count(page, "<script"); n != 1 {
		t.Errorf("%d scripts", n)
	}
	if !strings.Contains(page, "A[U&#43;202E]B[U&#43;2066]C[U&#43;200B]D") {
		t.Error("characters that cannot be seen are not written out")
	}
	if strings.Contains(page, strings.Repeat("LONG", 300)) || !strings.Contains(page, "(16,000 characters)") {
		t.Error("a very long code is not cut")
	}
	for _, loads := range []string{"http:", "https:", "src=", "url(", "@import"} {
		if strings.Contains(page, loads) && !strings.Contains(around(page, loads), "img src=x") {
			t.Errorf("the report holds %q: %q", loads, around(page, loads))
		}
	}
}

// random is a run of any shape: many payers, lines and ways, charges and credits.
func random(rng *rand.Rand, cells int) *assign.Result {
	r := &assign.Result{}
	s := &r.Summary
	s.Costed = true
	s.Against = &assign.Against{Method: "cam-tool-5.3"}
	pick := func(prefix string, n int) string {
		if k := rng.IntN(n + 1); k > 0 {
			return fmt.Sprintf("%s%04d", prefix, k)
		}
		return ""
	}
	for range cells {
		c := assign.Cell{
			Kind:         kind(pick("End ", 12), pick("", 30), "A>B>"+pick("C", 20), pick("warning_", 30)),
			Commissioner: pick("P", 300), Submitted: pick("S", 2000), Line: pick("NCBPS", 600),
			Agreement: assign.Agreements[rng.IntN(len(assign.Agreements))], Rows: rng.Int64N(5000), Cost: activity.Pence(rng.Int64N(2_000_000_00) - 200_000_00),
		}
		s.Cells = append(s.Cells, c)
		s.Rows += c.Rows
		s.Cost = s.Cost.Add(c.Cost)
		s.Against.Cells = append(s.Against.Cells, assign.PairCell{
			Ours:   assign.Side{Commissioner: c.Commissioner, Category: c.Category, Outcome: c.Label, Trace: c.Trace},
			Theirs: assign.Side{Commissioner: pick("P", 300), Category: pick("", 30), Outcome: pick("C_", 9), Trace: "MH"}, Rows: c.Rows, Cost: c.Cost,
		})
	}
	r.Manifest.Inputs = []assign.InputNote{{File: "a.csv", Rows: s.Rows}}
	return r
}

// tables are those of a page whose rows add up to a part of the input.
func (p *page) tables() []*table {
	all := []*table{p.Standing, p.Purses, p.Payers, p.Categories, p.Lines, p.Movements, p.MovedLines, p.Agreeing, p.Why, p.Differing, p.Unassigned}
	for _, t := range all {
		if t.Folded != nil {
			all = append(all, t.Folded)
		}
	}
	return all
}

func TestEveryTableAddsUp(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 40, 41, 42, 43, 300, 5000} {
		r := random(rng, n)
		p := newPage(r, chartMethod(), pack(t))
		if len(p.Faults) > 0 {
			t.Errorf("%d cells: %s", n, p.Faults[0])
		}
		for _, table := range p.tables() {
			for _, fault := range table.faults() {
				t.Errorf("%d cells: %s", n, fault)
			}
			if len(table.Rows) > mostFolded+1 {
				t.Errorf("%d cells: %s has %d rows", n, table.Caption, len(table.Rows))
			}
		}
		for _, table := range []*table{p.Standing, p.Purses, p.Payers, p.Categories, p.Lines, p.Agreeing} {
			whole := restRow("", table.Columns, table.Rows)
			at := len(table.Columns) - 3 // records, £, share
			if table == p.Purses {
				at = 3 // assigned
			}
			if got := whole.Cells[at]; got.count != r.Summary.Rows {
				t.Errorf("%d cells: %s has %d records of %d", n, table.Caption, got.count, r.Summary.Rows)
			}
			if got := whole.Cells[at+1]; got.money != r.Summary.Cost {
				t.Errorf("%d cells: %s has %s of %s", n, table.Caption, got.money, r.Summary.Cost)
			}
		}
	}
}

func TestNationalReportIsSmall(t *testing.T) {
	page := written(t, random(rand.New(rand.NewPCG(3, 4)), 100_000))
	if len(page) >= 1_000_000 {
		t.Errorf("the report of a national run has %d bytes", len(page))
	}
	t.Logf("%d bytes", len(page))
}

func TestSameInputsGiveTheSameBytes(t *testing.T) {
	r := random(rand.New(rand.NewPCG(5, 6)), 3000)
	first, second := written(t, r), written(t, r)
	if first != second {
		t.Error("two reports of one run differ")
	}
}
