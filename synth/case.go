package synth

// The groups of awkward cases. At most one case of each group meets a record,
// so that the stated rates hold, while cases of different groups combine.
const (
	whoGroup   = iota // the patient
	whatGroup         // the service
	whereGroup        // the provider
	claimGroup        // what is submitted
	styleGroup        // how it is written
	groups
)

// awkwardCase is something that real files hold now and then and that programs
// get wrong.
type awkwardCase struct {
	name  string
	says  string
	group int
	rate  float64 // share of the records
	in    layoutSet
	apply func(*generator, *record)
}

var awkwardCases = []awkwardCase{
	// The patient.
	{"practice_blank", "no practice code at all", whoGroup, .004, everywhere, func(g *generator, r *record) { r.practice = "" }},
	{"practice_not_known", "practice V81999", whoGroup, .005, everywhere, func(g *generator, r *record) { r.practice = "V81999" }},
	{"practice_not_applicable", "practice V81998", whoGroup, .002, everywhere, func(g *generator, r *record) { r.practice = "V81998" }},
	{"practice_none", "practice V81997, no registered practice", whoGroup, .004, everywhere, func(g *generator, r *record) { r.practice, r.gp, r.home = "V81997", "", nil }},
	{"practice_unknown", "a practice code that is in no file", whoGroup, .003, everywhere, func(g *generator, r *record) { r.practice = of(&g.chance, unknownPractices) }},
	{"practice_closed", "a practice that closed before the year", whoGroup, .004, everywhere, func(g *generator, r *record) { r.practice = of(&g.chance, g.closed) }},
	{"practice_defence", "an English Defence Medical Services practice", whoGroup, .005, everywhere, func(g *generator, r *record) { r.practice, r.forces = of(&g.chance, g.forces), true }},
	{"practice_welsh", "English resident with a Welsh practice (made-up code)", whoGroup, .002, everywhere, func(g *generator, r *record) {
		if g.percent(70) {
			g.registerWith(r, of(&g.chance, g.border))
		}
		r.practice, r.gp = of(&g.chance, welshPractices), of(&g.chance, welshBoards)
	}},
	{"practice_crown_dependency", "a practice of a crown dependency (made-up code)", whoGroup, .001, everywhere, func(g *generator, r *record) { r.practice, r.gp = of(&g.chance, islandPractices), "" }},
	{"prison_practice_only", "a prison practice without a detention postcode", whoGroup, .003, everywhere, func(g *generator, r *record) { r.practice = of(&g.chance, g.facilities).practice }},
	{"detained", "detained patient: prison practice, real detention postcode, source of admission 39 or 40", whoGroup, .005, everywhere, func(g *generator, r *record) {
		g.detain(r)
		r.practice, r.source = r.detained.practice, of(&g.chance, []string{"39", "40"})
	}},
	{"detention_postcode_only", "a detention postcode without a prison source of admission", whoGroup, .002, personal, func(g *generator, r *record) {
		g.detain(r)
		r.detained = nil
	}},
	{"resident_wales", "resident in Wales (made-up postcode)", whoGroup, .006, everywhere, func(g *generator, r *record) { g.moveTo(r, "W") }},
	{"resident_scotland", "resident in Scotland (made-up postcode)", whoGroup, .003, everywhere, func(g *generator, r *record) { g.moveTo(r, "S") }},
	{"resident_northern_ireland", "resident in Northern Ireland (made-up postcode)", whoGroup, .001, everywhere, func(g *generator, r *record) { g.moveTo(r, "N") }},
	{"overseas_eea", "overseas visitor with a pseudo postcode of an EEA or similar state", whoGroup, .003, everywhere, func(g *generator, r *record) { g.visitor(r, of(&g.chance, g.eea), "B") }},
	{"overseas_reciprocal", "overseas visitor from a state with another reciprocal arrangement", whoGroup, .002, everywhere, func(g *generator, r *record) {
		g.visitor(r, of(&g.chance, g.other), "C")
		r.osv = "Y"
	}},
	{"overseas_chargeable", "chargeable overseas visitor, category D or F", whoGroup, .003, everywhere, func(g *generator, r *record) {
		g.visitor(r, of(&g.chance, g.other), of(&g.chance, []string{"D", "F"}))
		r.private = true
	}},
	{"overseas_exempt", "overseas visitor exempt from charges, category E", whoGroup, .001, everywhere, func(g *generator, r *record) { r.charging = "E" }},
	{"address_unknown", "a pseudo postcode that says the address is unknown or there is none", whoGroup, .004, personal, func(g *generator, r *record) { r.postcode, r.residence = of(&g.chance, g.nowhere), "Q99" }},
	{"postcode_blank", "no postcode", whoGroup, .003, personal, func(g *generator, r *record) { r.postcode = "" }},
	{"residence_not_known", "residence responsibility Q99", whoGroup, .003, everywhere, func(g *generator, r *record) { r.residence = "Q99" }},
	{"responsibility_blank", "neither practice nor responsibility codes", whoGroup, .002, everywhere, func(g *generator, r *record) { r.practice, r.gp, r.residence = "", "", "" }},
	{"icb_level_one", "ICB code in place of the sub-ICB code, where the ICB has one", whoGroup, .004, everywhere, func(g *generator, r *record) { r.gp = g.icbOf(r, true) }},
	{"icb_level_several", "ICB code in place of the sub-ICB code, where the ICB has several", whoGroup, .004, everywhere, func(g *generator, r *record) { r.gp = g.icbOf(r, false) }},
	{"icb_level_elsewhere", "ICB code for the practice, residence in another ICB", whoGroup, .002, everywhere, func(g *generator, r *record) {
		r.gp = g.icbOf(r, false)
		r.lives = g.areas[g.area.at(g.next())]
		r.residence, r.postcode = r.lives.code, of(&g.chance, r.lives.postcodes)
	}},
	{"five_character_cut", "five-character sub-ICB code cut to three", whoGroup, .003, everywhere, func(g *generator, r *record) {
		a := of(&g.chance, g.cut)
		g.registerWith(r, a)
		r.residence = a.code[:3]
	}},
	{"charging_blank", "charging category blank", whoGroup, .005, charged, func(g *generator, r *record) { r.charging = "" }},
	{"charging_9", "charging category 9", whoGroup, .004, charged, func(g *generator, r *record) { r.charging = "9" }},
	{"charging_p", "charging category P", whoGroup, .002, charged, func(g *generator, r *record) { r.charging = "P" }},
	{"private_patient", "private patient, administrative category 02", whoGroup, .004, billed, func(g *generator, r *record) { r.admin, r.private = "02", true }},
	{"amenity_patient", "administrative category 03 or 04", whoGroup, .001, billed, func(g *generator, r *record) { r.admin = of(&g.chance, []string{"03", "04"}) }},

	// The service.
	{"line_retired", "a service line that is no longer in use", whatGroup, .004, lined, func(g *generator, r *record) { g.relabel(r, of(&g.chance, g.retired)) }},
	{"line_unknown", "a service code that is in no list", whatGroup, .003, lined, func(g *generator, r *record) { g.relabel(r, of(&g.chance, unknownLines)) }},
	{"line_not_yet_valid", "a service line that begins after the year", whatGroup, .002, lined, func(g *generator, r *record) { g.relabel(r, of(&g.chance, g.future)) }},
	{"line_blank", "no service code", whatGroup, .002, lined, func(g *generator, r *record) { r.service = "" }},
	{"line_not_attributed", "NCBPSXXX, specialised but not attributable", whatGroup, .004, lined, func(g *generator, r *record) { g.onLine(r, g.notAttrib, specialisedCare) }},
	{"line_blue", "a blue line: funding of a host provider", whatGroup, .005, lined, func(g *generator, r *record) { g.onLine(r, of(&g.chance, g.blue), specialisedCare) }},
	{"line_top_up", "a top-up line", whatGroup, .006, lined, func(g *generator, r *record) { g.onLine(r, of(&g.chance, g.topUp), specialisedCare) }},
	{"line_highly_specialised", "a highly specialised line", whatGroup, .004, lined, func(g *generator, r *record) { g.onLine(r, of(&g.chance, g.highly), specialisedCare) }},
	{"line_mental_health", "a mental health line", whatGroup, .012, lined, func(g *generator, r *record) { g.onLine(r, of(&g.chance, g.mentals), mentalCare) }},
	{"line_public_health", "a section 7A public health line", whatGroup, .008, lined, func(g *generator, r *record) { g.onLine(r, of(&g.chance, g.publicH), generalCare) }},
	{"line_population_or_fund", "a population, fund or other code that is no service (NCBAFXXX and others)", whatGroup, .003, lined, func(g *generator, r *record) { g.onLine(r, of(&g.chance, g.fund), generalCare) }},
	{"dental", "a secondary dental treatment function", whatGroup, .015, lined, func(g *generator, r *record) { g.dentistry(r) }},
	{"dental_specialised", "a secondary dental treatment function on a specialised line", whatGroup, .002, lined, func(g *generator, r *record) {
		g.onLine(r, g.drawLine(r), specialisedCare)
		g.dentistry(r)
	}},
	{"fund_cancer_drugs", "category 31, Cancer Drugs Fund", whatGroup, .002, contract, func(g *generator, r *record) { g.item(r, "DRUG", "31") }},
	{"fund_innovative_medicines", "category 32, Innovative Medicines Fund", whatGroup, .001, contract, func(g *generator, r *record) { g.item(r, "DRUG", "32") }},
	{"fund_hepatitis_c", "category 41, hepatitis C antivirals", whatGroup, .001, contract, func(g *generator, r *record) { g.item(r, "DRUG", "41") }},
	{"drug", "point of delivery DRUG", whatGroup, .006, contract, func(g *generator, r *record) { g.item(r, "DRUG", "") }},
	{"device", "point of delivery DEVICE", whatGroup, .003, contract, func(g *generator, r *record) { g.item(r, "DEVICE", "") }},
	{"no_activity", "BLOCK, ADJUSTMENT, CQUIN or NAOTHER: money without activity or patient", whatGroup, .003, contract, func(g *generator, r *record) {
		g.item(r, of(&g.chance, []string{"BLOCK", "ADJUSTMENT", "CQUIN", "NAOTHER"}), "")
		r.site, r.gp, r.residence, r.tfc, r.practice = "", "", "", "", ""
	}},
	{"infertility_codes", "infertility diagnosis and procedure codes", whatGroup, .004, clinical, func(g *generator, r *record) { g.treatInfertility(r) }},
	{"infertility_armed_forces", "infertility that NHS England has agreed to pay", whatGroup, .001, clinical, func(g *generator, r *record) {
		g.treatInfertility(r)
		r.infertility, r.forcesPay = "Y", "Y"
	}},
	{"local_authority_public_health", "public health agreed with the local authority", whatGroup, .002, clinical, func(g *generator, r *record) { r.authority = "Y" }},
	{"referral_assessment_service", "referred through the Referral Assessment Service", whatGroup, .001, clinical, func(g *generator, r *record) { r.ras = "Y" }},
	{"unbundled_alone", "an unbundled HRG that is specialised within a spell that is not", whatGroup, .004, bedded, func(g *generator, r *record) {
		u := of(&g.chance, unbundled)
		r.bundled, r.unit = u.hrg, u.unit
	}},
	{"unfinished", "an unfinished record (CDS type 190), not discharged", whatGroup, .003, bedded, func(g *generator, r *record) { r.unfinished = true }},
	{"across_1_april", "admitted before the year and discharged in April", whatGroup, .004, spanning, func(g *generator, r *record) { g.stayAcross(r) }},

	// The provider.
	{"provider_unknown", "a provider code that is in no file", whereGroup, .003, everywhere, func(g *generator, r *record) {
		r.trust = of(&g.chance, unknownProviders)
		r.site = ""
	}},
	{"provider_not_nhs", "89997 or 89999: a provider without a code", whereGroup, .001, everywhere, func(g *generator, r *record) { r.trust, r.site = of(&g.chance, []string{"89997", "89999"}), "" }},

	// What is submitted.
	{"wrong_commissioner", "another commissioner than the method gives", claimGroup, .02, everywhere, func(g *generator, r *record) { g.mistakePayer(r) }},
	{"commissioner_blank", "no commissioner", claimGroup, .005, everywhere, func(g *generator, r *record) { r.commissioner = "" }},
	{"commissioner_icb", "ICB code as commissioner", claimGroup, .004, everywhere, func(g *generator, r *record) { g.billICB(r) }},
	{"commissioner_reporting_entity", "reporting-entity code as commissioner", claimGroup, .003, everywhere, func(g *generator, r *record) { r.commissioner = of(&g.chance, g.entities) }},
	{"commissioner_abolished", "an organisation that is no more or not yet, or a retired default", claimGroup, .003, everywhere, func(g *generator, r *record) { r.commissioner = of(&g.chance, g.deadOrgs) }},
	{"commissioner_cut", "five-character commissioner cut to three", claimGroup, .002, everywhere, func(g *generator, r *record) { r.commissioner = of(&g.chance, g.cut).code[:3] }},
	{"category_wrong", "another category than goes with the commissioner", claimGroup, .015, contract, func(g *generator, r *record) { g.mistakeCategory(r) }},
	{"category_conflict", "category at odds with the service code: specialised on 99999999, ICB on a line", claimGroup, .008, contract, func(g *generator, r *record) { g.conflict(r) }},
	{"category_not_known", "category 98 or 99", claimGroup, .002, contract, func(g *generator, r *record) { r.category = of(&g.chance, []string{"98", "99"}) }},
	{"category_undelegated", "category 51, 75 or 85, which the method rewrites", claimGroup, .002, contract, func(g *generator, r *record) { r.category = of(&g.chance, []string{"51", "75", "85"}) }},

	// How it is written.
	{"month_padded", "financial month written 01", styleGroup, .02, contract, func(g *generator, r *record) { r.style |= paddedMonth }},
	{"year_slashed", "financial year written 2025/26", styleGroup, .015, contract, func(g *generator, r *record) { r.style |= slashedYear }},
	{"trailing_00", "three-character codes written with a trailing 00", styleGroup, .006, everywhere, func(g *generator, r *record) { r.style |= trailing00 }},
	{"lower_case", "codes in lower case", styleGroup, .005, everywhere, func(g *generator, r *record) { r.style |= lowerCase }},
	{"stray_blanks", "blanks around codes", styleGroup, .005, everywhere, func(g *generator, r *record) { r.style |= strayBlanks }},
}

// Codes that look right and are nobody's.
var (
	unknownPractices = []string{"Z99001", "Z99002", "Z99003", "X99104", "A00000"}
	welshPractices   = []string{"W99901", "W99902", "W99903", "W99904"}
	welshBoards      = []string{"7A1", "7A2", "7A4", "7A6", "7A7"}
	islandPractices  = []string{"GUE901", "JER902", "YIO903"}
	unknownProviders = []string{"RZZ", "ZT1", "ZT201", "NZT01", "XZT"}
	unknownLines     = []string{"NCBPS99Q", "NCBPS1C", "NCBPS00A", "01C", "NCBPSTBC", "SPECIALISED"}
)

// unbundled are HRGs whose episode alone may be specialised.
var unbundled = []struct{ hrg, unit string }{
	{"SB12Z", ""}, {"SB13Z", ""}, {"SB97Z", ""}, {"SC22Z", ""}, {"SC97Z", ""}, {"XA01Z", "13"}, {"XA03Z", "14"},
	{"XB05Z", "PICU"}, {"XB07Z", "PHDU"}, {"XB06Z", ""}, {"XC06Z", "01"},
}

// awkward lets at most one case of a group meet the record.
func (g *generator) awkward(r *record, group int) {
	c := g.cases[group]
	if i := c.choice.at(g.next()); i > 0 {
		met := c.of[i-1]
		g.tally[met]++
		awkwardCases[met].apply(g, r)
	}
}

// caseChoice draws the cases of a group; 0 is none.
type caseChoice struct {
	choice weighted
	of     []int // in awkwardCases
}

func casesFor(w *world, l *layout) [groups]caseChoice {
	var choices [groups]caseChoice
	for group := range choices {
		weights := []float64{1}
		for i, c := range awkwardCases {
			if c.group != group || !c.occursIn(w, l) {
				continue
			}
			weights[0] -= c.rate
			weights = append(weights, c.rate)
			choices[group].of = append(choices[group].of, i)
		}
		choices[group].choice = newWeighted(weights)
	}
	return choices
}

// occursIn tells whether a case can be made for a layout from the world's data.
func (c *awkwardCase) occursIn(w *world, l *layout) bool {
	if c.name == "line_not_yet_valid" && len(w.future) == 0 {
		return false // the newest list of lines has none to come
	}
	return c.in&l.set != 0
}
