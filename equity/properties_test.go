package equity

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"remit/measure"
)

func randomly(t *testing.T, times int, f func(r *rand.Rand)) {
	t.Helper()
	for seed := range times {
		f(rand.New(rand.NewPCG(uint64(seed), 9)))
		if t.Failed() {
			t.Fatalf("with seed %d", seed)
		}
	}
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) != math.IsNaN(want) || math.Abs(got-want) > tolerance*math.Max(1, math.Abs(want)) {
		t.Errorf("%s: got %.12g, want %.12g", what, got, want)
	}
}

// Net flows of a closed system add to nothing, shares of a provider to 1, and
// exports and imports are what is left of self-sufficiency.
func TestFlowsConserve(t *testing.T) {
	randomly(t, 300, func(r *rand.Rand) {
		areas, providers := 1+r.IntN(8), 1+r.IntN(12)
		m := Matrix{}
		for range providers {
			m.Home = append(m.Home, r.IntN(areas))
		}
		all := 0.0
		for range areas {
			row := make([]float64, providers)
			for j := range row {
				row[j] = float64(r.IntN(500) + 1)
				all += row[j]
			}
			m.Activity = append(m.Activity, row)
		}
		list, err := Flows(m)
		if err != nil {
			t.Fatal(err)
		}
		net, residents, given := 0.0, 0.0, 0.0
		for _, a := range list {
			net += a.Net
			residents += a.Residents
			given += a.Providers
			near(t, "export", a.Export+a.SelfSufficient, 1, 1e-12)
			if a.Concentration < 1/float64(providers)-1e-12 || a.Concentration > 1+1e-12 {
				t.Errorf("concentration %v among %d", a.Concentration, providers)
			}
			if a.Providers > 0 {
				near(t, "within", a.Providers*(1-a.Import), a.Residents*a.SelfSufficient, 1e-9)
			}
		}
		near(t, "net", net, 0, 1e-9)
		near(t, "residents", residents, all, 1e-12)
		near(t, "given", given, all, 1e-12)
		shares, _ := Dependence(m)
		for j := range m.Home {
			s := 0.0
			for i := range shares {
				s += shares[i][j]
			}
			near(t, "shares", s, 1, 1e-12)
		}
	})
}

func randomRegion(r *rand.Rand) (Region, float64) {
	areas, groups := 2+r.IntN(10), 1+r.IntN(4)
	g := Region{Providers: 1 + r.IntN(6), Floor: float64(r.IntN(3) * 20)}
	people := 0.0
	for range areas {
		row := make([]float64, groups)
		for i := range row {
			row[i] = float64(r.IntN(5000))
			people += row[i]
		}
		g.Population = append(g.Population, row)
	}
	flow := func() Flow {
		return Flow{r.IntN(areas), r.IntN(groups), r.IntN(g.Providers), float64(1 + r.IntN(40))}
	}
	for range r.IntN(areas * 6) {
		g.Flows = append(g.Flows, flow())
	}
	for range r.IntN(areas * 6) {
		g.Programme = append(g.Programme, flow())
	}
	return g, people
}

// Every method accounts for everybody: what the providers have, less what is
// counted twice, with what is of none, is the population; and the order of the
// flows does not matter.
func TestCatchmentsConserve(t *testing.T) {
	randomly(t, 1000, func(r *rand.Rand) {
		g, people := randomRegion(r)
		for _, method := range Methods {
			k, err := Catchment(method, g)
			if err != nil {
				t.Fatal(err)
			}
			near(t, string(method), sum(k.Population)+k.Unassigned-k.Overlap, people, 1e-9)
			if method != Threshold && k.Overlap != 0 {
				t.Errorf("%s overlaps", method)
			}
			mixed := g
			mixed.Flows = slices.Clone(g.Flows)
			r.Shuffle(len(mixed.Flows), func(i, j int) { mixed.Flows[i], mixed.Flows[j] = mixed.Flows[j], mixed.Flows[i] })
			again, _ := Catchment(method, mixed)
			for j := range k.Population {
				near(t, "order", again.Population[j], k.Population[j], 1e-9)
			}
		}
	})
}

// Proportional flow again, person by person: each resident belongs to each
// provider by the share of the area's activity there.
func TestProportionalByHand(t *testing.T) {
	randomly(t, 200, func(r *rand.Rand) {
		g, _ := randomRegion(r)
		g.Floor = 0
		k, _ := Catchment(Proportional, g)
		want := make([]float64, g.Providers)
		for a, row := range g.Population {
			all, at := 0.0, map[int]float64{}
			for _, f := range g.Flows {
				if f.Area == a {
					all += f.Persons
					at[f.Provider] += f.Persons
				}
			}
			for j, v := range at {
				for _, p := range row {
					want[j] += p * v / all
				}
			}
		}
		for j := range want {
			near(t, "catchment", k.Population[j], want[j], 1e-9)
		}
	})
}

// When every group of an area goes to the providers alike, and by shares of the
// same size everywhere, stratifying changes nothing.
func TestStratifiedOfEvenFlows(t *testing.T) {
	g := Region{Population: [][]float64{{100, 300}, {50, 50}}, Providers: 2, Flows: []Flow{{0, 0, 0, 30}, {0, 0, 1, 10}, {0, 1, 0, 60}, {0, 1, 1, 20}, {1, 0, 1, 5}, {1, 1, 1, 1}}}
	a, _ := Catchment(Proportional, g)
	b, err := Catchment(Stratified, g)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "first", b.Population[0], a.Population[0], 1e-12)
	near(t, "second", b.Population[1], 200, 1e-12)
}

// A group without activity goes to the provider that its area uses most; a small
// flow borrows the programme's, and says so; a tie is told.
func TestCatchmentRules(t *testing.T) {
	g := Region{Population: [][]float64{{100, 300}}, Providers: 2, Flows: []Flow{{0, 0, 1, 9}, {0, 0, 0, 1}}}
	k, err := Catchment(Stratified, g)
	if err != nil || k.Filled != 1 || k.Population[0] != 10 || k.Population[1] != 390 {
		t.Errorf("%+v, %v", k, err)
	}
	g.Floor, g.Programme = 30, []Flow{{0, 0, 0, 50}, {0, 1, 0, 50}, {0, 1, 1, 50}}
	k, _ = Catchment(Proportional, g)
	if k.Borrowed != 1 || math.Abs(k.Population[1]-400.0/3) > 1e-9 {
		t.Errorf("%+v", k)
	}
	k, _ = Catchment(Stratified, g)
	if k.Borrowed != 2 || k.Population[0] != 250 {
		t.Errorf("%+v", k)
	}
	tie := Region{Population: [][]float64{{100}}, Providers: 2, Flows: []Flow{{0, 0, 0, 5}, {0, 0, 1, 5}}}
	k, _ = Catchment(FirstPastThePost, tie)
	if len(k.Ties) != 1 || k.Population[0] != 100 {
		t.Errorf("%+v", k)
	}
	if m := TestMillion(856000); m.Passes || m.Distance != -144000 {
		t.Errorf("%+v", m)
	}
	if m := TestMillion(1245000); !m.Passes || m.Distance != 245000 {
		t.Errorf("%+v", m)
	}
}

func TestRefusals(t *testing.T) {
	good := Region{Population: [][]float64{{1}, {2}}, Providers: 1}
	with := func(f func(*Region)) error {
		g := Region{Population: [][]float64{{1}, {2}}, Providers: 1}
		f(&g)
		_, err := Catchment(Proportional, g)
		return err
	}
	if _, err := Catchment(Proportional, good); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		err  error
		want measure.Reason
	}{
		"method":       {second(Catchment("guess", good)), measure.BadSetting},
		"share":        {with(func(g *Region) { g.Share = 1.5 }), measure.BadSetting},
		"no providers": {with(func(g *Region) { g.Providers = 0 }), measure.BadSetting},
		"area":         {with(func(g *Region) { g.Flows = []Flow{{2, 0, 0, 1}} }), measure.BadSetting},
		"persons":      {with(func(g *Region) { g.Programme = []Flow{{0, 0, 0, -1}} }), measure.Negative},
		"groups":       {with(func(g *Region) { g.Population = [][]float64{{1}, {2, 3}} }), measure.WrongLengths},
		"population":   {with(func(g *Region) { g.Population[1][0] = math.NaN() }), measure.MissingPopulation},
		"home":         {second(Flows(Matrix{[][]float64{{1}}, []int{1}})), measure.BadSetting},
		"activity":     {second(Dependence(Matrix{[][]float64{{-1}}, []int{0}})), measure.Negative},
		"detour":       {second(Distances(nil, nil, 0.5)), measure.BadSetting},
		"place":        {second(Distances([]Place{{0, 0}}, []Place{{0, 181}}, 1)), measure.BadValue},
		"journeys":     {second(Journeys([][]float64{{1}}, nil)), measure.WrongLengths},
		"no sites":     {second(Journeys([][]float64{{}}, [][]float64{{}})), measure.WrongLengths},
		"distance":     {second(Journeys([][]float64{{-1}}, [][]float64{{0}})), measure.Negative},
		"nobody":       {second(SpreadOf([]float64{1}, []float64{0}, nil)), measure.NotPositive},
		"spread":       {second(SpreadOf([]float64{1}, nil, nil)), measure.WrongLengths},
		"negative":     {second(SpreadOf([]float64{1}, []float64{-1}, nil)), measure.MissingPopulation},
		"floating":     {second(FloatingCatchment([]float64{1}, []float64{1}, nil, 1, even)), measure.WrongLengths},
		"four areas":   {second(LevelToBestFifth([]float64{1, 2, 3, 4}, []float64{1, 2, 3, 4})), measure.TooFewGroups},
		"expected":     {second(LevelToBestFifth([]float64{1, 2, 3, 4, 5}, []float64{1, 2, 3, 4, 0})), measure.NotPositive},
	} {
		why := measure.Why(c.err)
		if why == nil || why.Reason != c.want || !strings.HasSuffix(why.Sentence, ".") {
			t.Errorf("%s: got %v", name, c.err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func even(float64) float64 { return 1 }

// The great circle is the angle between two vectors from the middle of the Earth,
// is the same both ways, and is no longer than the way through a third place.
func TestGreatCircle(t *testing.T) {
	vector := func(p Place) [3]float64 {
		la, lo := p.Latitude*math.Pi/180, p.Longitude*math.Pi/180
		return [3]float64{math.Cos(la) * math.Cos(lo), math.Cos(la) * math.Sin(lo), math.Sin(la)}
	}
	randomly(t, 2000, func(r *rand.Rand) {
		any := func() Place { return Place{r.Float64()*180 - 90, r.Float64()*360 - 180} }
		a, b, c := any(), any(), any()
		d, err := GreatCircle(a, b)
		if err != nil {
			t.Fatal(err)
		}
		v, w := vector(a), vector(b)
		cross := [3]float64{v[1]*w[2] - v[2]*w[1], v[2]*w[0] - v[0]*w[2], v[0]*w[1] - v[1]*w[0]}
		angle := math.Atan2(math.Sqrt(cross[0]*cross[0]+cross[1]*cross[1]+cross[2]*cross[2]), v[0]*w[0]+v[1]*w[1]+v[2]*w[2])
		near(t, "angle", d, angle*6371.0088, 1e-9)
		back, _ := GreatCircle(b, a)
		near(t, "back", back, d, 1e-12)
		ac, _ := GreatCircle(a, c)
		cb, _ := GreatCircle(c, b)
		if ac+cb < d-1e-6 {
			t.Errorf("%v to %v is shorter through %v", a, b, c)
		}
	})
	// Charing Cross to Manchester Piccadilly is about 262 km in a straight line.
	d, _ := GreatCircle(Place{51.5073, -0.1276}, Place{53.4774, -2.2309})
	if d < 255 || d > 268 {
		t.Errorf("London to Manchester is %v km", d)
	}
}

func TestJourneys(t *testing.T) {
	d, err := Distances([]Place{{0, 0}, {0, 1}}, []Place{{0, 0}, {0, 3}}, 1.3)
	if err != nil {
		t.Fatal(err)
	}
	list, err := Journeys(d, [][]float64{{3, 1}, {0, 0}})
	if err != nil {
		t.Fatal(err)
	}
	degree := 2 * math.Pi * earthRadius / 360 * 1.3
	near(t, "nearest", list[1].Nearest, degree, 1e-9)
	near(t, "used", list[0].Used, 0.75*degree, 1e-9)
	near(t, "excess", list[0].Excess, 0.75*degree, 1e-9)
	if !math.IsNaN(list[1].Used) || list[1].Site != 0 {
		t.Errorf("%+v", list[1])
	}
	randomly(t, 300, func(r *rand.Rand) {
		d, use := make([][]float64, 5), make([][]float64, 5)
		for i := range d {
			for range 4 {
				d[i] = append(d[i], r.Float64()*100)
				use[i] = append(use[i], float64(1+r.IntN(9)))
			}
		}
		list, _ := Journeys(d, use)
		for _, j := range list {
			if j.Excess < 0 {
				t.Errorf("%+v", j)
			}
		}
	})
}

// Weighted quantiles are those of a list in which everybody stands.
func TestSpreadByHeads(t *testing.T) {
	randomly(t, 300, func(r *rand.Rand) {
		n := 1 + r.IntN(20)
		distances, population := make([]float64, n), make([]float64, n)
		var heads []float64
		for i := range n {
			distances[i] = float64(r.IntN(100))
			population[i] = float64(1 + r.IntN(20))
			for range int(population[i]) {
				heads = append(heads, distances[i])
			}
		}
		s, err := SpreadOf(distances, population, []float64{30, 60, 200})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(heads)
		at := func(percent int) float64 { return heads[(len(heads)*percent+99)/100-1] }
		near(t, "median", s.Median, at(50), 0)
		near(t, "75", s.P75, at(75), 0)
		near(t, "95", s.P95, at(95), 0)
		near(t, "greatest", s.Greatest, at(100), 0)
		near(t, "mean", s.Mean, sum(heads)/float64(len(heads)), 1e-12)
		within := 0
		for _, h := range heads {
			if h <= 30 {
				within++
			}
		}
		near(t, "within 30", s.Within[0], float64(within)/float64(len(heads)), 1e-12)
		near(t, "within 200", s.Within[2], 1, 1e-12)
		if s.Median > s.P75 || s.P75 > s.P95 || s.P95 > s.Greatest {
			t.Errorf("%+v", s)
		}
	})
}

// All the supply in reach of anybody is shared out.
func TestFloatingCatchmentConserves(t *testing.T) {
	randomly(t, 300, func(r *rand.Rand) {
		population, supply := make([]float64, 6), make([]float64, 4)
		distances := make([][]float64, 6)
		for i := range population {
			population[i] = float64(100 + r.IntN(1000))
			for range supply {
				distances[i] = append(distances[i], r.Float64()*100)
			}
		}
		for j := range supply {
			supply[j] = float64(1 + r.IntN(30))
		}
		access, err := FloatingCatchment(population, supply, distances, 60, func(d float64) float64 { return math.Exp(-d / 30) })
		if err != nil {
			t.Fatal(err)
		}
		given, inReach := 0.0, 0.0
		for i, a := range access {
			given += a * population[i]
		}
		for j, s := range supply {
			if slices.ContainsFunc(distances, func(row []float64) bool { return row[j] <= 60 }) {
				inReach += s
			}
		}
		near(t, "supply", given, inReach, 1e-9)
	})
}

// Levelling up asks for nobody less, and leaves no area under the best fifth.
func TestLevelUp(t *testing.T) {
	randomly(t, 300, func(r *rand.Rand) {
		n := 5 + r.IntN(40)
		observed, expected := make([]float64, n), make([]float64, n)
		for i := range n {
			observed[i], expected[i] = float64(10+r.IntN(200)), float64(20+r.IntN(100))
		}
		up, err := LevelToBestFifth(observed, expected)
		if err != nil {
			t.Fatal(err)
		}
		for i, more := range up.More {
			if more < 0 || (observed[i]+more)/expected[i] < up.Best-1e-9 {
				t.Errorf("area %d: %v more", i, more)
			}
		}
		near(t, "all", up.All, sum(up.More), 1e-9)
	})
}

// 33,000 areas of 38 groups, each with flows to five of 170 providers.
func BenchmarkStratified(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	g := Region{Providers: 170}
	for a := range 33000 {
		row := make([]float64, 38)
		for i := range row {
			row[i] = float64(20 + r.IntN(40))
			if r.IntN(4) == 0 {
				g.Flows = append(g.Flows, Flow{a, i, (a/200 + r.IntN(5)) % 170, float64(1 + r.IntN(5))})
			}
		}
		g.Population = append(g.Population, row)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Catchment(Stratified, g); err != nil {
			b.Fatal(err)
		}
	}
}
