package synth

import (
	"fmt"
	"strings"

	"remit/register"
)

// addProviders lists the trusts of the year and how strongly each area is drawn
// to each of them, by kind of care.
func (w *world) addProviders() error {
	t := w.pack.Table("provider")
	for _, code := range t.Keys() {
		row := t.Find(code, w.start, 0).Row
		if row == register.NoRow || t.At(row, "kind") == "ambulance_trust" {
			continue
		}
		p := &provider{code: code, icb: t.At(row, "icb"), hub: t.At(row, "specialised_hub"), host: t.At(row, "host_sub_icb")}
		if len(w.byICB[p.icb]) == 0 {
			continue
		}
		p.place(w.byICB[p.icb])
		p.measure(t.At(row, "name"))
		w.providers = append(w.providers, p)
	}
	if len(w.providers) == 0 {
		return fmt.Errorf("the reference data has no providers on %s", w.start)
	}
	for _, a := range w.areas {
		for kind := range a.near {
			a.near[kind] = w.pull(a, kind)
		}
	}
	return nil
}

// place puts a provider in one of its board's areas where the reference data
// does not say which, and gives it made-up sites.
func (p *provider) place(areas []*area) {
	at := areas[hashed(p.code)%uint64(len(areas))]
	p.region = at.region
	if p.host == "" {
		p.host = at.code
	}
	for n := range 1 + int(hashed(p.code+"sites")%4) {
		p.sites = append(p.sites, p.code+fmt.Sprintf("%02d", n+1))
	}
}

// measure guesses from its name how large a trust is in each kind of care.
func (p *provider) measure(name string) {
	has := func(words ...string) bool {
		for _, word := range words {
			if strings.Contains(name, word) {
				return true
			}
		}
		return false
	}
	size := sizeOf(p.code, 0.5)
	switch {
	case has("Mental Health", "Partnership", "Oxleas", "Maudsley", "Mersey Care", "Pennine Care", "Oxford Health", "Healthcare NHS Foundation") && !has("Hospital", "Imperial", "Homerton", "Northumbria"):
		p.size = [4]float64{0.25 * size, 0, 3 * size, 0.01}
	case has("Community"):
		p.size = [4]float64{0.35 * size, 0.02, 0.2, 0.02}
	case has("Christie", "Marsden", "Clatterbridge", "Papworth", "Walton", "Heart and Chest", "Orthopaedic", "Children", "Women", "Moorfields"):
		p.size = [4]float64{0.3 * size, 2.5 * size, 0.02, 0.2 * size}
	case has("University", "Teaching", "Guy's", "King's College", "Imperial", "Barts"):
		p.size = [4]float64{2 * size, 3 * size, 0.05, 2 * size}
	default:
		p.size = [4]float64{size, 0.35 * size, 0.02, size}
	}
}

// The shares of activity that stay within the ICB and within the region. No
// service's flows stay inside one ICB.
var staying = [4]struct{ icb, region float64 }{{0.88, 0.09}, {0.62, 0.28}, {0.80, 0.14}, {0.91, 0.07}}

func (w *world) pull(a *area, kind int) weighted {
	var sums [3]float64
	ring := func(p *provider) int {
		switch {
		case p.icb == a.icb:
			return 0
		case p.region == a.region:
			return 1
		}
		return 2
	}
	for _, p := range w.providers {
		sums[ring(p)] += p.size[kind]
	}
	share := [3]float64{staying[kind].icb, staying[kind].region, 1 - staying[kind].icb - staying[kind].region}
	weights := make([]float64, len(w.providers))
	for i, p := range w.providers {
		weights[i] = share[ring(p)] * p.size[kind] / max(sums[ring(p)], 1e-9)
	}
	return newWeighted(weights)
}
