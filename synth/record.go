package synth

// record is one record while it is made. All text in it is shared, so that a
// record costs no memory of its own.
type record struct {
	number int64 // of the record in the file
	spell  int64 // of the first record of the spell
	care   int   // generalCare, specialisedCare or mentalCare

	// The patient.
	patient       int
	home          *area // registered here; nil when nowhere in England
	lives         *area
	practice      string
	gp, residence string // responsibility codes
	postcode      string
	age           int
	sex, ethnic   string
	board         *board // resident in Wales, Scotland or Northern Ireland
	forces        bool
	private       bool
	admin         string
	charging      string
	detained      *facility
	source        string // of admission

	// The provider.
	provider *provider // the one meant, also where the code is wrong
	trust    string    // the code
	site     string

	// The service.
	line    *line
	service string
	pod     *pod
	tfc     string
	dental  bool
	fund    string // category of a nationally funded item
	hrg     string
	bundled string // unbundled HRG, if any
	unit    string // critical care unit function
	icd     string
	icd2    string
	opcs    string
	count   int
	price   int64 // pence a unit

	// When.
	month      int // 0 is April
	start, end int // in the calendar
	episode    int
	unfinished bool
	across     bool // 1 April

	// What is known locally.
	osv, ras, authority, infertility, forcesPay string

	// What the provider submits.
	commissioner, category string
	style                  style
}

// style is how a record is written down.
type style uint8

const (
	paddedMonth style = 1 << iota // 01 for 1
	slashedYear                   // 2025/26 for 202526
	trailing00                    // R0A00 for R0A
	lowerCase
	strayBlanks
)

// draw makes one record, or the first episode of a spell.
func (g *generator) draw(number int64) *record {
	r := &g.record
	*r = record{number: number, spell: number, admin: "01", charging: "A", source: "19", episode: 1}
	g.drawMonth(r)
	g.drawPatient(r)
	g.awkward(r, whoGroup)
	g.drawService(r)
	g.awkward(r, whatGroup)
	g.drawProvider(r)
	g.awkward(r, whereGroup)
	g.drawDates(r)
	if g.layout.aggregate && r.pod.setting != financial {
		r.count *= 1 + g.below(12)*g.below(12)
	}
	g.claim(r)
	g.awkward(r, claimGroup)
	g.awkward(r, styleGroup)
	return r
}

func (g *generator) drawMonth(r *record) { r.month = g.month.at(g.next()) }

// drawPatient picks a patient. All that stays the same about a patient follows
// from the patient's number, so that records of one patient agree.
func (g *generator) drawPatient(r *record) {
	r.patient = g.below(g.patients)
	p := chance{mix(g.seed ^ uint64(r.patient)*golden)}
	a := g.areas[g.area.at(p.next())]
	r.home, r.lives = a, a
	if p.percent(4) { // registered across a boundary
		r.lives = of(&p, g.byRegion[a.region])
	}
	r.practice = a.practices[a.practice.at(p.next())]
	r.gp, r.residence = a.code, r.lives.code
	r.postcode = of(&p, r.lives.postcodes)
	r.age = ageOf(&p)
	r.sex = of(&p, sexes)
	r.ethnic = of(&p, ethnicCategories)
}

// sexes and ethnicCategories hold codes as often as they are met.
var (
	sexes            = []string{"1", "1", "1", "1", "1", "1", "1", "1", "1", "2", "2", "2", "2", "2", "2", "2", "2", "2", "2", "X"}
	ethnicCategories = []string{"A", "A", "A", "A", "A", "A", "A", "A", "A", "A", "A", "A", "A", "C", "C", "F", "H", "J", "K", "L", "M", "N", "S", "Z", "99"}
)

// ageOf is higher than in the population, as hospital patients are.
func ageOf(p *chance) int {
	switch n := p.below(100); {
	case n < 12:
		return p.below(16)
	case n < 45:
		return 16 + p.below(39)
	}
	return 55 + (p.below(42)+p.below(42))/2
}

// drawService picks the service line, the point of delivery and the treatment
// function. The case of a service that is not commissioned directly by NHS
// England is by far the commonest.
func (g *generator) drawService(r *record) {
	r.line, r.care = g.none, generalCare
	if !g.layout.generalOnly && g.percent(specialisedShare) {
		r.line, r.care = g.drawLine(r), specialisedCare
	}
	g.settle(r)
}

// drawLine picks a line of everyday specialised activity, avoiding those whose
// treatment function does not suit the patient.
func (g *generator) drawLine(r *record) *line {
	l := g.usual[g.line.at(g.next())]
	for range 6 {
		if r.suits(l.tfcs[0]) {
			break
		}
		l = g.usual[g.line.at(g.next())]
	}
	return l
}

// specialisedShare is the percentage of records on a specialised line.
const specialisedShare = 14

// settle fills in what follows from the line: where, which function, which HRG
// and at what price.
func (g *generator) settle(r *record) {
	r.service = r.line.code
	r.pod = g.drawPOD(r)
	r.tfc = g.drawFunction(r)
	if g.layout.set&clinical != 0 {
		r.icd, r.icd2, r.opcs = of(&g.chance, commonICD), of(&g.chance, commonICD), of(&g.chance, commonOPCS)
	}
	g.settlePOD(r)
}

// A few codes that are often met. They do not follow from the rest of the
// record; a blank is a record without a second diagnosis or a procedure.
var (
	commonICD  = []string{"I10X", "E119", "J189", "N390", "I251", "C509", "C61X", "K573", "H269", "M171", "R074", "Z511", "I480", "J440", "S720", "O800", ""}
	commonOPCS = []string{"U051", "X723", "G451", "H229", "C751", "K451", "W401", "E852", "M459", "", "", ""}
)

// drawFunction picks a treatment function that suits the patient, if one is
// found soon.
func (g *generator) drawFunction(r *record) string {
	functions := g.functionsOf(r)
	code := of(&g.chance, functions)
	for range 6 {
		if r.suits(code) {
			break
		}
		code = of(&g.chance, functions)
	}
	return code
}

// suits keeps men out of maternity, adults out of paediatrics and children out
// of elderly medicine.
func (r *record) suits(tfc string) bool {
	switch {
	case tfc == "501" || tfc == "505" || tfc == "560":
		return r.sex == "2" && 15 <= r.age && r.age <= 50
	case tfc == "502" || tfc == "503":
		return r.sex == "2" && r.age >= 15
	case tfc == "430" || tfc == "715":
		return r.age >= 65
	case "211" <= tfc && tfc <= "291", tfc == "321", "420" <= tfc && tfc <= "424", tfc == "711", tfc == "142", tfc == "171":
		return r.age < 18
	}
	return true
}

func (g *generator) functionsOf(r *record) []string {
	switch {
	case len(r.line.tfcs) > 0:
		return r.line.tfcs
	case r.care == mentalCare:
		return g.functions["mental"]
	}
	return g.functions["general"]
}

func (g *generator) drawPOD(r *record) *pod {
	if len(r.line.pods) > 0 && g.percent(80) {
		if p := of(&g.chance, r.line.pods); g.layout.has(p.setting) {
			return p
		}
	}
	return g.choice.pods[g.choice.by[r.care].at(g.next())]
}

// settlePOD fills in what follows from the point of delivery.
func (g *generator) settlePOD(r *record) {
	r.hrg = ""
	if len(r.pod.hrgs) > 0 {
		r.hrg = of(&g.chance, r.pod.hrgs)
	}
	r.count = 1
	if r.pod.count > 1 {
		r.count = 1 + g.below(2*r.pod.count-1)
	}
	r.price = r.pod.prices[g.below(len(r.pod.prices))]
	if r.care == specialisedCare {
		r.price += r.price / 2
	}
	if r.pod.code == "AE" {
		r.tfc = "180"
	}
}

// drawProvider picks the trust: mostly near home.
func (g *generator) drawProvider(r *record) {
	a := r.home
	if a == nil {
		a = g.areas[g.area.at(g.next())]
	}
	kind := r.care
	if kind == generalCare && (r.pod.setting == admitted || r.pod.setting == emergency) {
		kind = hospitalCare
	}
	r.provider = g.providers[a.near[kind].at(g.next())]
	r.trust = r.provider.code
	r.site = of(&g.chance, r.provider.sites)
}

// drawDates puts the end of the activity into the month.
func (g *generator) drawDates(r *record) {
	if r.across { // discharged in April after an admission before it
		r.end = lookBack + g.below(20)
		r.start = lookBack - 1 - g.below(30)
		return
	}
	r.end = g.calendar.day(&g.chance, r.month, r.pod.elective)
	r.start = r.end
	if r.pod.setting != admitted || r.pod.code == "DC" || r.pod.code == "RADAY" {
		return
	}
	stay := g.below(4)
	if g.percent(40) {
		stay += g.below(12)
	}
	if g.percent(4) {
		stay += g.below(60)
	}
	r.start = max(r.end-stay, 0)
}
