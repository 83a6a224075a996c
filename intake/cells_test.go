package intake

import (
	"os"
	"path/filepath"
	"testing"

	"remit/activity"
	"remit/monitor"
	"remit/register"
)

// takenIn is a ledger with the plan, the aggregate and the patient-level files of two providers.
func takenIn(t *testing.T) (*Ledger, *register.Pack) {
	t.Helper()
	d, l := newDesk(t), open(t, t.TempDir())
	dir := contracts(t, d, 3000)
	for _, name := range []string{"RBV_IAP_2526.csv", "RBV_ACM_2526_M03_FLEX.csv", "RBV_PLCM_2526_M03_FLEX.csv", "RCX_IAP_2526.csv", "RCX_ACM_2526_M03_FLEX.csv"} {
		take(t, l, d, filepath.Join(dir, name))
	}
	return l, d.Pack
}

// TestCells holds cells to the totals of the view: however finely they tell apart,
// they sum to what counts; and the parts of a variance to the variance.
func TestCells(t *testing.T) {
	l, pack := takenIn(t)
	v, err := l.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []Question{
		{Basis: Aggregate}, {Basis: Patient, Payer: AssignedCommissioner}, {Basis: Patient, By: []monitor.Dimension{}},
		{Basis: Patient, By: []monitor.Dimension{monitor.ICB, monitor.POD}, Payer: AssignedCommissioner},
	} {
		cells, undated, err := v.Cells(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		want, err := v.Totals(t.Context(), nil, On(q.Basis))
		if err != nil {
			t.Fatal(err)
		}
		got := monitor.Total(cells).Add(undated)
		if got.ActualPrice != want[0].Money || len(cells) == 0 {
			t.Errorf("%+v: cells come to %s, the view to %s", q, got.ActualPrice, want[0].Money)
		}
	}
	q := Question{Basis: Aggregate}
	actual, _, err := v.Cells(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := v.PlanRows(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := monitor.Phaser{}.Spread("plan", rows)
	if err != nil {
		t.Fatal(err)
	}
	planned, err := v.Totals(t.Context(), nil, On(Planned))
	if err != nil {
		t.Fatal(err)
	}
	if got := monitor.Total(plan).PlannedPrice; got != planned[0].Money {
		t.Errorf("the plan spread comes to %s, as submitted to %s", got, planned[0].Money)
	}
	day, err := register.ParseDay("2026-04-01")
	if err != nil {
		t.Fatal(err)
	}
	view := monitor.NewView(monitor.Merge(plan, actual), monitor.NewStructure(pack, day))
	var parts monitor.Parts
	for _, g := range view.Cut(monitor.ICB, monitor.POD) {
		if g.Parts.Sum() != g.PriceVariance() {
			t.Errorf("%v: the parts come to %s, the variance is %s", g.Values, g.Parts.Sum(), g.PriceVariance())
		}
		parts = parts.Add(g.Parts)
	}
	if total := view.Total(); parts.Sum() != total.PriceVariance() || total.PriceVariance().IsZero() {
		t.Errorf("all parts come to %s, the variance is %s", parts.Sum(), total.PriceVariance())
	}
}

// TestPlanFiles puts a file in the place of the plan that was submitted.
func TestPlanFiles(t *testing.T) {
	l, _ := takenIn(t)
	v, err := l.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	q := Question{Where: []Where{Is(Provider, "RBV"), Is(Year, "202526")}}
	before, err := v.PlanRows(t.Context(), q)
	if err != nil || len(before) < 10 {
		t.Fatalf("%d rows of a plan were submitted, %v", len(before), err)
	}
	dir := filepath.Join(l.DataDir(), "plans")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, "own.csv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("provider,commissioner,service_line,pod,year,month,activity,price\nRBV,00T,NCBPS01C,DC,202526,,12,1200.00\nRBV,00T,NCBPS01C,EL,202627,,12,1200.00\n")
	rows, err := v.PlanRows(t.Context(), q)
	if err != nil || len(rows) != 1 || rows[0].Price != activity.Pence(120000) {
		t.Errorf("%v %v: want the one row of the file for the year", rows, err)
	}
	other, err := v.PlanRows(t.Context(), Question{Where: []Where{Is(Provider, "RCX")}})
	if err != nil || len(other) < 10 {
		t.Errorf("%d rows of RCX, %v: the file says nothing of it", len(other), err)
	}
	plans, err := l.Plans()
	if err != nil || len(plans.Files("RBV", "202526")) != 1 || len(plans.Files("RCX", "202526")) != 0 {
		t.Errorf("%v: files of RBV %v", err, plans.Files("RBV", "202526"))
	}
	write("provider,year\nRBV,202526\n")
	if _, err := v.PlanRows(t.Context(), q); err == nil {
		t.Error("a plan file without money was used")
	}
}
