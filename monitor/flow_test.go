package monitor_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"remit/activity"
	"remit/calendar"
	"remit/monitor"
)

// TestFlowMatrix has three areas and a provider in each. Of the first, 800 of 1,000 are
// done at home; its provider does 960, of which 160 are of others.
func TestFlowMatrix(t *testing.T) {
	areas, providers := []string{"QOP", "QWO", "QYG"}, []string{"R0A", "RR8", "REM"}
	flows := [3][3]int64{{800, 150, 50}, {100, 600, 300}, {60, 40, 900}}
	var cells []monitor.Cell
	for i, area := range areas {
		for j, provider := range providers {
			cells = append(cells, monitor.Cell{Key: monitor.Key{Provider: provider, Commissioner: area}, Month: calendar.Month{Year: 2026, Month: 1},
				Figures: monitor.Figures{ActualActivity: monitor.Activity(flows[i][j]) * monitor.ActivityUnit, ActualPrice: activity.Pence(flows[i][j] * 100)}})
		}
	}
	cells = append(cells, monitor.Cell{Key: monitor.Key{Provider: "R0A", Commissioner: "ZZZ"}, Month: calendar.Month{Year: 2026, Month: 1}, Figures: monitor.Figures{ActualPrice: pounds("7")}})
	m := monitor.NewView(cells[:9], structureOn(t, "2026-06-01")).FlowMatrix(monitor.ICB)
	want := []struct {
		code             string
		self             float64
		export, imported string
		net              string
		imports          float64
	}{{"QOP", 0.8, "200", "160", "-40", 0.1667}, {"QWO", 0.6, "400", "190", "-210", 0.2405}, {"QYG", 0.9, "100", "350", "250", 0.2800}}
	for i, x := range want {
		a := m.Areas[i]
		self, selfPrice := a.SelfSufficiency()
		_, imports := a.Import().Share(a.Done)
		if a.Code != x.code || self != x.self || selfPrice != x.self || math.Abs(imports-x.imports) > 0.00005 ||
			a.Export().Price != pounds(x.export) || a.Import().Activity != counted(x.imported) || a.Net().Price != pounds(x.net) {
			t.Errorf("%s: %+v, self-sufficiency %v, import %v", x.code, a, self, imports)
		}
	}
	if m.Total.Activity != counted("3000") || len(m.Flows) != 9 {
		t.Errorf("%+v", m.Total)
	}
	m = monitor.NewView(cells, structureOn(t, "2026-06-01")).FlowMatrix(monitor.Region)
	last := m.Areas[len(m.Areas)-1]
	if last.Code != monitor.NotPlaced || last.Used.Price != pounds("7") || m.Total.Price != pounds("3007") {
		t.Errorf("what cannot be placed stays in sight: %+v", m.Areas)
	}
}

// TestFlowsSum holds that flows sum to the view and net flows to nothing.
func TestFlowsSum(t *testing.T) {
	v := monitor.NewView(randomCells(rand.New(rand.NewPCG(15, 16)), 2026, 500), structureOn(t, "2026-06-01"))
	whole := v.Total()
	for _, by := range []monitor.Dimension{monitor.ICB, monitor.Region, monitor.Cluster, monitor.Footprint, monitor.Hub} {
		m := v.FlowMatrix(by)
		var flows, net monitor.Measure
		for _, f := range m.Flows {
			flows = flows.Add(monitor.Measure{Activity: f.Activity, Price: f.Price})
		}
		for _, a := range m.Areas {
			net = net.Add(a.Net())
		}
		if flows != m.Total || flows.Price != whole.ActualPrice || flows.Activity != whole.ActualActivity || net != (monitor.Measure{}) {
			t.Errorf("%s: flows %+v, total %+v, net %+v", by, flows, m.Total, net)
		}
	}
}

func TestMovements(t *testing.T) {
	s := structureOn(t, "2026-06-01")
	before := monitor.NewView([]monitor.Cell{cell("NCBPS01C", "EL", 1, "0", "0", "10", "1000"), cell("NCBPS01C", "NEL", 1, "0", "0", "5", "500"), cell("NCBPS04A", "EL", 1, "0", "0", "1", "100")}, s)
	after := monitor.NewView([]monitor.Cell{cell("NCBPS01C", "EL", 2, "0", "0", "18", "1800"), cell("NCBPS01C", "NEL", 2, "0", "0", "3", "300"), cell("NCBPS04A", "EL", 2, "0", "0", "0", "0")}, s)
	list := monitor.Movements(before, after, []monitor.Dimension{monitor.Line}, monitor.POD, monitor.ICB)
	if len(list) != 2 || list[0].Values[0] != "NCBPS01C" || list[0].Change != pounds("600") || list[0].Before != pounds("1500") || list[1].Change != pounds("-100") {
		t.Fatalf("%+v", list)
	}
	// Of £600, elective is £800: more than all, for emergencies went the other way.
	if c := list[0].Because[0]; c.By != monitor.POD || c.Value != "EL" || c.Change != pounds("800") || math.Abs(c.Share-4.0/3) > 1e-9 {
		t.Errorf("%+v", list[0].Because)
	}
	if c := list[0].Because[1]; c.By != monitor.ICB || c.Value != "QOP" || c.Share != 1 {
		t.Errorf("%+v", list[0].Because)
	}
	plan := monitor.NewView([]monitor.Cell{cell("NCBPS01C", "EL", 1, "10", "1000", "12", "1300"), cell("NCBPS04A", "EL", 1, "1", "900", "0", "0")}, s).Variances([]monitor.Dimension{monitor.Line})
	if plan[0].Values[0] != "NCBPS04A" || plan[0].Change != pounds("-900") || plan[1].Change != pounds("300") {
		t.Errorf("%+v", plan)
	}
}

func TestCompare(t *testing.T) {
	s := structureOn(t, "2026-06-01")
	pay := func(commissioner, line, price string) monitor.Cell {
		c := cell(line, "EL", 1, "0", "0", "1", price)
		c.Commissioner = commissioner
		return c
	}
	before := monitor.NewView([]monitor.Cell{pay("14L", "NCBPS01C", "1000"), pay("99A", "NCBPS01C", "500"), pay("27T", "NCBPS01B", "300")}, s)
	for _, x := range []struct {
		name  string
		after []monitor.Cell
		want  map[[2]string]string
	}{
		{"nothing changes", []monitor.Cell{pay("14L", "NCBPS01C", "1000"), pay("99A", "NCBPS01C", "500"), pay("27T", "NCBPS01B", "300")}, nil},
		{"a line is delegated", []monitor.Cell{pay("14L", "NCBPS01C", "1000"), pay("99A", "NCBPS01C", "500"), pay("14L", "NCBPS01B", "300")}, map[[2]string]string{{"27T", "QOP"}: "300"}},
		{"a part moves, and a price falls by 50", []monitor.Cell{pay("14L", "NCBPS01C", "700"), pay("99A", "NCBPS01C", "750"), pay("27T", "NCBPS01B", "300")},
			map[[2]string]string{{"QOP", "QYG"}: "250", {"QOP", "price"}: "50"}},
		{"two swap on different lines", []monitor.Cell{pay("99A", "NCBPS01C", "1500"), pay("14L", "NCBPS01B", "300")}, map[[2]string]string{{"QOP", "QYG"}: "1000", {"27T", "QOP"}: "300"}},
		{"a price rises by 40", []monitor.Cell{pay("14L", "NCBPS01C", "1040"), pay("99A", "NCBPS01C", "500"), pay("27T", "NCBPS01B", "300")}, map[[2]string]string{{"price", "QOP"}: "40"}},
	} {
		d := monitor.Compare(before, monitor.NewView(x.after, s), monitor.ICB)
		if len(d.Transfers) != len(x.want) {
			t.Errorf("%s: %+v, want %v", x.name, d.Transfers, x.want)
		}
		for _, got := range d.Transfers {
			if want, ok := x.want[[2]string{got.From, got.To}]; !ok || got.Price != pounds(want) {
				t.Errorf("%s: %s to %s %s, want %v", x.name, got.From, got.To, got.Price, x.want)
			}
		}
		balanced(t, d)
	}
}

// balanced holds that the changes of all sum to nothing, and that what is moved to and
// from each is its change.
func balanced(t *testing.T, d monitor.Difference) {
	t.Helper()
	var sum activity.Amount
	moved := map[string]activity.Amount{}
	for _, x := range d.Transfers {
		if x.Price.Sign() <= 0 {
			t.Errorf("%+v moves nothing, or backwards", x)
		}
		moved[x.From], moved[x.To] = moved[x.From].Sub(x.Price), moved[x.To].Add(x.Price)
	}
	for _, b := range d.Balances {
		sum = sum.Add(b.Change)
		if moved[b.Payer] != b.Change {
			t.Errorf("%s: %s moved, and its change is %s", b.Payer, moved[b.Payer], b.Change)
		}
	}
	if !sum.IsZero() {
		t.Errorf("the changes sum to %s", sum)
	}
}

func TestCompareSums(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	s := structureOn(t, "2026-06-01")
	for range 20 {
		cells := randomCells(r, 2026, 200)
		after := append([]monitor.Cell(nil), cells...)
		for i := range after {
			if r.IntN(3) == 0 {
				after[i].Commissioner = []string{"14L", "99A", "13R", ""}[r.IntN(4)]
			}
			if r.IntN(10) == 0 {
				after[i].ActualPrice = after[i].ActualPrice.Scale(11, 10)
			}
		}
		balanced(t, monitor.Compare(monitor.NewView(cells, s), monitor.NewView(after, s), monitor.ICB))
	}
}
