package equity

import (
	"remit/measure"
)

// Statistics gives the statistics of this package that tables of cases can name.
// The flows of each area are a list of numbers, with ; between areas.
func Statistics() []measure.Statistic {
	return []measure.Statistic{
		{Name: "flows", About: "Flow ratios of areas", Inputs: []string{"flows", "homes"},
			Outputs: []string{"self_sufficiency", "export", "import", "net", "concentration", "residents", "providers"}, Run: flows},
		{Name: "catchment", About: "Catchment populations of providers", Inputs: []string{"flows", "populations", "method", "share"},
			Outputs: []string{"catchments", "unassigned", "overlap"}, Run: catchment},
		{Name: "great_circle", About: "Kilometres between two places", Inputs: []string{"from", "to"}, Outputs: []string{"value"}, Run: kilometres},
		{Name: "level_up", About: "More people at the best fifth's use", Inputs: []string{"observed", "expected"},
			Outputs: []string{"best", "more"}, Run: levelUp},
	}
}

func flows(c measure.Cells) (map[string]any, error) {
	activity, err := c.Lists("flows")
	if err != nil {
		return nil, err
	}
	homes, err := c.Numbers("homes")
	if err != nil {
		return nil, err
	}
	m := Matrix{Activity: activity}
	for _, h := range homes {
		m.Home = append(m.Home, int(h)-1) // cases count areas from 1; 0 is outside
	}
	list, err := Flows(m)
	if err != nil {
		return nil, err
	}
	got := map[string][]float64{}
	for _, a := range list {
		for name, v := range map[string]float64{"self_sufficiency": a.SelfSufficient, "export": a.Export, "import": a.Import,
			"net": a.Net, "concentration": a.Concentration, "residents": a.Residents, "providers": a.Providers} {
			got[name] = append(got[name], v)
		}
	}
	outputs := map[string]any{}
	for name, v := range got {
		outputs[name] = v
	}
	return outputs, nil
}

func catchment(c measure.Cells) (map[string]any, error) {
	rows, err := c.Lists("flows")
	if err != nil {
		return nil, err
	}
	populations, err := c.Numbers("populations")
	if err != nil {
		return nil, err
	}
	share, err := c.Number("share", CustomaryThreshold)
	if err != nil {
		return nil, err
	}
	r := Region{Share: share}
	for _, p := range populations {
		r.Population = append(r.Population, []float64{p})
	}
	for a, row := range rows {
		r.Providers = max(r.Providers, len(row))
		for j, v := range row {
			r.Flows = append(r.Flows, Flow{a, 0, j, v})
		}
	}
	k, err := Catchment(Method(c.Text("method", string(Proportional))), r)
	return map[string]any{"catchments": k.Population, "unassigned": k.Unassigned, "overlap": k.Overlap}, err
}

func kilometres(c measure.Cells) (map[string]any, error) {
	from, err := place(c, "from")
	if err != nil {
		return nil, err
	}
	to, err := place(c, "to")
	if err != nil {
		return nil, err
	}
	d, err := GreatCircle(from, to)
	return map[string]any{"value": d}, err
}

func place(c measure.Cells, name string) (Place, error) {
	pair, err := c.Numbers(name)
	if err == nil && len(pair) != 2 {
		err = &measure.CaseFault{Column: name, Value: c[name], Problem: "is not a latitude and a longitude", Remedy: "write two numbers of degrees"}
	}
	if err != nil {
		return Place{}, err
	}
	return Place{pair[0], pair[1]}, nil
}

func levelUp(c measure.Cells) (map[string]any, error) {
	observed, err := c.Numbers("observed")
	if err != nil {
		return nil, err
	}
	expected, err := c.Numbers("expected")
	if err != nil {
		return nil, err
	}
	up, err := LevelToBestFifth(observed, expected)
	return map[string]any{"best": up.Best, "more": up.All}, err
}
