package synth

// detain puts a patient into a place of detention.
func (g *generator) detain(r *record) {
	r.detained = &g.facilities[g.below(len(g.facilities))]
	r.postcode = r.detained.postcode
}

// moveTo makes a patient a resident of another country of the United Kingdom.
// Some are registered with a practice in England.
func (g *generator) moveTo(r *record, country string) {
	for {
		if b := &g.boards[g.below(len(g.boards))]; b.country == country {
			r.board = b
			break
		}
	}
	here := g.percent(40) // registered in England
	if here && country == "W" {
		g.registerWith(r, of(&g.chance, g.border))
	}
	r.lives, r.residence, r.postcode = nil, r.board.code, of(&g.chance, r.board.postcodes)
	if here {
		return
	}
	r.home, r.gp, r.practice = nil, r.board.code, "V81998"
	if country == "W" {
		r.practice = of(&g.chance, welshPractices)
	}
}

// visitor makes a patient an overseas visitor with a pseudo postcode.
func (g *generator) visitor(r *record, postcode, charging string) {
	r.home, r.lives = nil, nil
	r.practice, r.gp, r.residence = "V81997", "", "X98"
	r.postcode, r.charging = postcode, charging
}

// registerWith moves a patient to another area.
func (g *generator) registerWith(r *record, a *area) {
	r.home, r.lives = a, a
	r.gp, r.residence = a.code, a.code
	r.practice = a.practices[a.practice.at(g.next())]
	r.postcode = of(&g.chance, a.postcodes)
}

// icbOf is the code of the patient's ICB, or of one with a single sub-ICB
// location or with several, to which the patient then belongs.
func (g *generator) icbOf(r *record, single bool) string {
	for range 200 {
		if r.home != nil && (len(g.byICB[r.home.icb]) == 1) == single {
			break
		}
		g.registerWith(r, g.areas[g.area.at(g.next())])
	}
	return r.home.icb
}

// onLine puts the record on another service line.
func (g *generator) onLine(r *record, l *line, care int) {
	r.line, r.care = l, care
	g.settle(r)
}

// relabel writes a code that is no line of the year over a record of a
// specialised service.
func (g *generator) relabel(r *record, code string) {
	g.onLine(r, g.drawLine(r), specialisedCare)
	r.service = code
}

func (g *generator) dentistry(r *record) {
	r.dental = true
	if r.pod.setting == emergency || r.pod.setting == other {
		r.pod = g.podByCode["OPFUPSPCL"]
		g.settlePOD(r)
	}
	r.tfc = of(&g.chance, g.functions["dental"])
}

// item makes the record a drug, a device or a line of money alone.
func (g *generator) item(r *record, pod, fund string) {
	r.pod, r.fund = g.podByCode[pod], fund
	if fund == "" && g.percent(50) {
		r.line = g.drawLine(r)
		r.service = r.line.code
	}
	r.care = generalCare
	g.settlePOD(r)
	r.tfc, r.hrg = "", ""
	if pod == "ADJUSTMENT" && g.percent(50) {
		r.price = -r.price
	}
}

var (
	infertilityICD  = []string{"N46X", "N970", "N971", "N979", "Z311", "Z312", "Z350"}
	infertilityOPCS = []string{"Q131", "Q133", "Q211", "Q383", "N341", "Y962", "Q561"}
)

func (g *generator) treatInfertility(r *record) {
	r.tfc, r.icd, r.opcs = "502", of(&g.chance, infertilityICD), of(&g.chance, infertilityOPCS)
}

// stayAcross makes an admission before 1 April end in April.
func (g *generator) stayAcross(r *record) {
	r.month, r.across = 0, true
	r.pod = g.podByCode["NEL"]
	g.settlePOD(r)
}

// billICB submits an ICB with several sub-ICB locations where one of those is
// wanted: the patient's own if it has.
func (g *generator) billICB(r *record) {
	a := r.home
	for range 200 {
		if a != nil && len(g.byICB[a.icb]) > 1 {
			break
		}
		a = g.areas[g.area.at(g.next())]
	}
	r.commissioner = a.icb
}

// mistakePayer submits somebody else.
func (g *generator) mistakePayer(r *record) {
	was := r.commissioner
	for range 20 {
		switch g.below(4) {
		case 0:
			r.commissioner = g.areas[g.area.at(g.next())].code
		case 1:
			r.commissioner = g.hubOf(r)
		case 2:
			r.commissioner = r.provider.host
		default:
			r.commissioner = g.responsible(r)
		}
		if r.commissioner != was {
			return
		}
	}
}

var mistakenCategory = map[string][]string{
	"12": {"21", "25", "12"}, "21": {"25", "12"}, "22": {"26", "21"}, "25": {"21", "12"}, "26": {"22", "25"}, "55": {"12"}, "61": {"12"}, "71": {"12"}, "81": {"12"},
}

func (g *generator) mistakeCategory(r *record) {
	if wrong := mistakenCategory[r.category]; wrong != nil {
		r.category = of(&g.chance, wrong)
		return
	}
	r.category = "12"
}

// conflict makes category and service code contradict each other.
func (g *generator) conflict(r *record) {
	if r.line == g.none {
		r.category = of(&g.chance, []string{"21", "25"})
		return
	}
	r.category = "12"
}
