package synth

// claim writes the commissioner and the category that a provider would submit
// who follows the assignment method as far as its own systems let it. It is a
// sketch for making plausible submissions, not the method.
func (g *generator) claim(r *record) {
	r.commissioner, r.category = g.payer(r)
}

func (g *generator) payer(r *record) (commissioner, category string) {
	l := r.line
	specialised := l.code != noLine && (l.specialised || l.mental) && l.status != "NOT APPLICABLE"
	switch {
	case r.private:
		return "VPP00", "98"
	case r.board != nil:
		return devolved(r.board, specialised)
	case r.fund != "":
		return "13Q", r.fund
	case specialised && (l.status == "RED" || l.status == "BLUE"):
		return r.provider.hub, retained(l)
	case r.dental && !specialised:
		return g.responsible(r), "55"
	case r.detained != nil && r.pod.setting != emergency:
		return r.detained.hub, "71"
	case l.publicHealth && l.code != noLine:
		return g.regionOf(r), "81"
	case r.forces:
		return "13Q", "61"
	case specialised && (l.status == "AMBER" || !g.delegated(r)):
		return g.hubOf(r), retained(l)
	case specialised && l.mental:
		return g.responsible(r), "26"
	case specialised:
		return g.responsible(r), "25"
	}
	return g.responsible(r), "12"
}

func devolved(b *board, specialised bool) (commissioner, category string) {
	switch {
	case specialised && b.country == "W":
		return "7A5HC", "21"
	case specialised && b.country == "S":
		return "SD002", "21"
	case specialised:
		return b.code, "21"
	}
	return b.code, "12"
}

func retained(l *line) string {
	if l.mental {
		return "22"
	}
	return "21"
}

// responsible is the sub-ICB location of the practice, else of the residence,
// else of the provider.
func (g *generator) responsible(r *record) string {
	switch {
	case r.home != nil && r.forces:
		return r.lives.code
	case r.home != nil:
		return r.home.code
	case r.lives != nil:
		return r.lives.code
	}
	return r.provider.host
}

func (g *generator) regionOf(r *record) string {
	if r.home != nil {
		return r.home.region
	}
	return r.provider.region
}

func (g *generator) hubOf(r *record) string {
	if r.home != nil {
		return r.home.hub
	}
	return r.provider.hub
}

func (g *generator) delegated(r *record) bool { return r.home == nil || r.home.delegated }
