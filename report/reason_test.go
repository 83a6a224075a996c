package report

import (
	"regexp"
	"testing"

	"remit/assign"
	"remit/method"
)

func TestReasonsAreWellFormed(t *testing.T) {
	id := regexp.MustCompile(`^D[0-2][0-9]$`)
	for i, r := range reasons() {
		if r.payers != "any" && r.payers != "same" && r.payers != "differ" {
			t.Errorf("reason %d: payers %q", i+1, r.payers)
		}
		if r.Says == "" {
			t.Errorf("reason %d says nothing", i+1)
		}
		for _, d := range r.Defects {
			if !id.MatchString(d) {
				t.Errorf("reason %d: defect %q", i+1, d)
			}
		}
	}
}

func TestReasons(t *testing.T) {
	for _, c := range []struct {
		name         string
		chart, tool  assign.Side
		defect, none string
	}{
		{"mental health", side("72Q", "26", "Responsible sub-ICB", "A>C-6"), side("", "26", "MH_Delegated", "MH>MH-status"), "D03", ""},
		{"private patient", side("VPP00", "", "Private/COV", "A"), side("72Q", "12", "72Q_C_5_1", "C-5"), "D02", ""},
		{"armed forces", side("13Q", "61", "Armed forces hub", "A>J"), side("72Q", "12", "72Q_C_5_1", "C-5"), "D01", ""},
		{"category 61", side("72Q", "12", "Responsible sub-ICB", "A>C-5"), side("13Q", "61", "13Q_J_1", "J"), "D01", ""},
		{"ICB code skipped", side("72Q", "25", "Responsible sub-ICB", "A>C-6"), side("36L", "25", "36L_C_6_2", "C-6"), "D07", ""},
		{"dental with an ICB code", side("72Q", "55", "Responsible sub-ICB", "A>D"), side("", "55", "D_X", "D"), "D07", ""},
		{"green dental", side("72Q", "25", "Responsible sub-ICB", "A>C-6"), side("72Q", "55", "72Q_D_1", "D"), "D06", ""},
		{"contract", side("13R", "21", "Spec hub (provider)", "A>C-2"), side("14A", "21", "14A_C_2_1", "C-2"), "D28", ""},
		{"health and justice", side("14M", "71", "H&J hub", "A>E"), side("", "71", "E_X", "E"), "D05", ""},
		{"Welsh patient", side("7A1", "", "Welsh Local Health Board", "A>C"), side("72Q", "12", "72Q_C_5_1", "C-5"), "D02", ""},
		{"emergency", side("72Q", "12", "Responsible sub-ICB", "A&E-1>J"), side("13R", "21", "13R_C_2_1", "C-2"), "", "emergency has no defect"},
	} {
		d := difference{chart: wayOf(&c.chart), tool: wayOf(&c.tool), samePayer: c.chart.Commissioner == c.tool.Commissioner}
		r := reasonFor(d)
		switch {
		case r == nil:
			t.Errorf("%s: no reason", c.name)
		case c.defect == "" && len(r.Defects) > 0, c.defect != "" && (len(r.Defects) == 0 || r.Defects[0] != c.defect):
			t.Errorf("%s: got %v (%s), want %q", c.name, r.Defects, r.Says, c.defect)
		}
	}
}

func side(payer, category, outcome, trace string) assign.Side {
	return assign.Side{Commissioner: payer, Category: category, Outcome: outcome, Trace: trace}
}

// The reason for one record is the one that the report counts it under.
func TestCommonReason(t *testing.T) {
	chart, tool := &method.Method{Kind: "flow"}, &method.Method{Kind: "tool"}
	private := assign.Explanation{Payer: "VPP00", Outcome: "Private/COV", Trace: "A"}
	billed := assign.Explanation{Payer: "36L", Category: "12", Outcome: "36L_C_5_1", Trace: "MH>C-0b>C-2>D>E>F>J>C-5"}
	overridden := private
	overridden.Override = "agreed"
	for _, c := range []struct {
		a, b *method.Method
		x, y assign.Explanation
		says string
	}{
		{chart, tool, private, billed, "Private patients and chargeable overseas visitors: the tool has no box for them and bills an English commissioner. (D02)"},
		{tool, chart, billed, private, "Private patients and chargeable overseas visitors: the tool has no box for them and bills an English commissioner. (D02)"},
		{chart, chart, private, billed, ""},
		{chart, tool, billed, billed, ""},
		{chart, tool, overridden, billed, ""},
	} {
		if got := CommonReason(c.a, c.b, &c.x, &c.y); got != c.says {
			t.Errorf("%s and %s: %q, want %q", c.x.Outcome, c.y.Outcome, got, c.says)
		}
	}
}
