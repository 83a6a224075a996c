package synth

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// layoutSet says in which layouts a case can occur.
type layoutSet uint8

const (
	plcmSet layoutSet = 1 << iota
	acmSet
	apcSet
	opSet
	ecdsSet
	spellSet

	everywhere = plcmSet | acmSet | apcSet | opSet | ecdsSet | spellSet
	contract   = plcmSet | acmSet                    // contract monitoring
	personal   = apcSet | opSet | ecdsSet | spellSet // with a postcode
	charged    = everywhere &^ acmSet                // with a charging category
	billed     = charged &^ ecdsSet                  // with an administrative category
	lined      = everywhere &^ ecdsSet               // with a service code
	clinical   = apcSet | opSet | spellSet           // with diagnoses and local knowledge
	bedded     = apcSet | spellSet                   // admitted patients alone
	spanning   = plcmSet | apcSet | spellSet         // with a start and an end
)

// layout is one kind of file: its columns, and what its records are.
type layout struct {
	name        string
	says        string
	set         layoutSet
	settings    []setting
	generalOnly bool // no service lines
	episodes    bool // several rows for a spell
	aggregate   bool // a row stands for several patients
	columns     []column
}

// column has a title and appends its value.
type column struct {
	title string
	write func(b []byte, g *generator, r *record) []byte
}

func (l *layout) has(s setting) bool { return slices.Contains(l.settings, s) }

// Layouts are the names of the layouts, the default first.
func Layouts() []string {
	var names []string
	for _, l := range layouts {
		names = append(names, l.name)
	}
	return names
}

// Describe says what a layout holds.
func Describe(name string) string {
	l, err := layoutNamed(name)
	if err != nil {
		return ""
	}
	return l.says
}

// Header are the columns of a layout.
func Header(name string) ([]string, error) {
	l, err := layoutNamed(name)
	if err != nil {
		return nil, err
	}
	var titles []string
	for _, c := range l.columns {
		titles = append(titles, c.title)
	}
	return titles, nil
}

func layoutNamed(name string) (*layout, error) {
	for _, l := range layouts {
		if l.name == strings.ToLower(name) {
			return l, nil
		}
	}
	return nil, fmt.Errorf("there is no layout %q: choose one of %s", name, strings.Join(Layouts(), ", "))
}

var layouts = []*layout{
	{name: "plcm", says: "patient level contract monitoring, 28 columns", set: plcmSet,
		settings: []setting{admitted, outpatient, emergency, other}, columns: plcmColumns},
	{name: "acm", says: "aggregate contract monitoring", set: acmSet,
		settings: []setting{admitted, outpatient, emergency, other}, aggregate: true, columns: acmColumns},
	{name: "apc", says: "admitted patient care, a row for each episode", set: apcSet,
		settings: []setting{admitted}, episodes: true, columns: apcColumns},
	{name: "op", says: "outpatient attendances", set: opSet,
		settings: []setting{outpatient}, columns: opColumns},
	{name: "ecds", says: "emergency care attendances", set: ecdsSet,
		settings: []setting{emergency}, generalOnly: true, columns: ecdsColumns},
	{name: "spells", says: "admitted patient care, a row for each spell", set: spellSet,
		settings: []setting{admitted}, columns: spellColumns},
}

// The columns that layouts share. SYNTHETIC is in all of them: a row that is
// copied out of its file still says what it is.
var (
	financialMonth = column{"FINANCIAL MONTH", func(b []byte, g *generator, r *record) []byte {
		if r.style&paddedMonth != 0 && r.month < 9 {
			b = append(b, '0')
		}
		return strconv.AppendInt(b, int64(r.month+1), 10)
	}}
	financialYear = column{"FINANCIAL YEAR", func(b []byte, g *generator, r *record) []byte {
		if r.style&slashedYear != 0 {
			return append(b, g.yearSlashed...)
		}
		return append(b, g.yearPlain...)
	}}
	cdsIdentifier = column{"CDS UNIQUE IDENTIFIER", func(b []byte, g *generator, r *record) []byte {
		b = append(b, "SYN"...)
		b = append(b, g.yearPlain...)
		b = padded(b, r.number+1, 10)
		return hexadecimal(b, mix(g.seed^uint64(r.number))) // as long as the field is in real files
	}}
	patientKey = column{"LOCAL PATIENT IDENTIFIER (EXTENDED)", func(b []byte, g *generator, r *record) []byte {
		return hexadecimal(append(b, "SYN"...), mix(uint64(r.patient)+1))
	}}
	trust       = coded("ORGANISATION IDENTIFIER (CODE OF PROVIDER)", func(r *record) string { return r.trust })
	site        = plain("ORGANISATION SITE IDENTIFIER (OF TREATMENT)", func(r *record) string { return r.site })
	gp          = coded("ORGANISATION IDENTIFIER (GP PRACTICE RESPONSIBILITY)", func(r *record) string { return r.gp })
	residence   = coded("ORGANISATION IDENTIFIER (RESIDENCE RESPONSIBILITY)", func(r *record) string { return r.residence })
	submitted   = coded("ORGANISATION IDENTIFIER (CODE OF COMMISSIONER)", func(r *record) string { return r.commissioner })
	practice    = coded("GENERAL MEDICAL PRACTICE (PATIENT REGISTRATION)", func(r *record) string { return r.practice })
	postcode    = coded("POSTCODE OF USUAL ADDRESS", func(r *record) string { return r.postcode })
	age         = column{"AGE AT ACTIVITY DATE (CONTRACT MONITORING)", func(b []byte, g *generator, r *record) []byte { return strconv.AppendInt(b, int64(r.age), 10) }}
	ageCDS      = column{"AGE AT CDS ACTIVITY DATE", age.write}
	sex         = plain("PERSON STATED GENDER CODE", func(r *record) string { return r.sex })
	ethnic      = plain("ETHNIC CATEGORY", func(r *record) string { return r.ethnic })
	admin       = plain("ADMINISTRATIVE CATEGORY CODE", func(r *record) string { return r.admin })
	charging    = plain("OVERSEAS VISITOR CHARGING CATEGORY", func(r *record) string { return r.charging })
	tfc         = plain("ACTIVITY TREATMENT FUNCTION CODE", func(r *record) string { return r.tfc })
	category    = plain("COMMISSIONED SERVICE CATEGORY CODE", func(r *record) string { return r.category })
	service     = coded("SERVICE CODE", func(r *record) string { return r.service })
	podCode     = coded("POINT OF DELIVERY CODE", func(r *record) string { return r.pod.code })
	tariff      = plain("TARIFF CODE", func(r *record) string { return r.hrg })
	hrg         = plain("HEALTHCARE RESOURCE GROUP CODE", func(r *record) string { return r.hrg })
	totalCost   = column{"TOTAL COST", func(b []byte, g *generator, r *record) []byte { return money(b, r.price*int64(r.count)) }}
	spellNumber = column{"HOSPITAL PROVIDER SPELL IDENTIFIER", func(b []byte, g *generator, r *record) []byte {
		if r.pod.setting != admitted {
			return b
		}
		return padded(append(b, 'S'), r.spell+1, 10)
	}}
	attendance = column{"OUTPATIENT ATTENDANCE IDENTIFIER", func(b []byte, g *generator, r *record) []byte {
		if r.pod.setting != outpatient {
			return b
		}
		return padded(append(b, 'A'), r.number+1, 10)
	}}
	synthetic = column{"SYNTHETIC", func(b []byte, g *generator, r *record) []byte { return append(b, 'Y') }}

	osv         = plain("OSV ARRANGEMENT", func(r *record) string { return r.osv })
	ras         = plain("RAS REFERRAL", func(r *record) string { return r.ras })
	authority   = plain("LA PUBLIC HEALTH", func(r *record) string { return r.authority })
	infertility = plain("INFERTILITY", func(r *record) string { return r.infertility })
	forcesPay   = plain("AF INFERTILITY ELIGIBLE", func(r *record) string { return r.forcesPay })
	diagnosis   = plain("PRIMARY DIAGNOSIS (ICD)", func(r *record) string { return r.icd })
	diagnosis2  = plain("SECONDARY DIAGNOSIS (ICD) 1", func(r *record) string { return r.icd2 })
	procedure   = plain("PRIMARY PROCEDURE (OPCS)", func(r *record) string { return r.opcs })
)

var plcmColumns = []column{
	financialMonth, financialYear, trust, site, gp, residence, submitted, practice, patientKey, age, sex, ethnic, admin, charging,
	cdsIdentifier, tfc, spellNumber, attendance,
	date("ACTIVITY START DATE (CONTRACT MONITORING)", func(r *record) int { return r.start }),
	date("ACTIVITY END DATE (CONTRACT MONITORING)", func(r *record) int { return r.end }),
	category, service, podCode, tariff,
	{"ACTIVITY COUNT (POINT OF DELIVERY)", func(b []byte, g *generator, r *record) []byte { return r.activity(b, r.count) }},
	{"ACTIVITY UNIT PRICE", func(b []byte, g *generator, r *record) []byte { return money(b, r.price) }},
	totalCost, synthetic,
}

var acmColumns = []column{
	financialMonth, financialYear, trust, site, gp, residence, submitted, practice, tfc, category, service, podCode, tariff,
	{"CONTRACT MONITORING PLANNED ACTIVITY", func(b []byte, g *generator, r *record) []byte { return r.activity(b, r.planned()) }},
	{"CONTRACT MONITORING PLANNED PRICE", func(b []byte, g *generator, r *record) []byte { return money(b, r.price*int64(r.planned())) }},
	{"CONTRACT MONITORING ACTUAL ACTIVITY", func(b []byte, g *generator, r *record) []byte { return r.activity(b, r.count) }},
	{"CONTRACT MONITORING ACTUAL PRICE", totalCost.write},
	synthetic,
}

// activity writes a count, which is nothing where there is money alone.
func (r *record) activity(b []byte, n int) []byte {
	if r.pod.setting == financial && r.pod.code != "DRUG" && r.pod.code != "DEVICE" {
		return append(b, '0')
	}
	return strconv.AppendInt(b, int64(n), 10)
}

// planned is within a fifth of what was done.
func (r *record) planned() int {
	return max(1, r.count*(80+int(mix(uint64(r.number))%41))/100)
}

var spellColumns = []column{
	cdsIdentifier,
	{"CDS TYPE CODE", func(b []byte, g *generator, r *record) []byte {
		if r.unfinished {
			return append(b, "190"...)
		}
		return append(b, "130"...)
	}},
	spellNumber, patientKey, trust, site, practice, gp, residence, postcode, submitted, ageCDS, sex, ethnic, admin, charging,
	plain("ADMISSION SOURCE (HOSPITAL PROVIDER SPELL)", func(r *record) string { return r.source }),
	plain("METHOD OF ADMISSION (HOSPITAL PROVIDER SPELL)", func(r *record) string { return admissionOf[r.pod.code].method }),
	plain("PATIENT CLASSIFICATION CODE", func(r *record) string { return admissionOf[r.pod.code].class }),
	date("START DATE (HOSPITAL PROVIDER SPELL)", func(r *record) int { return r.start }),
	{"DISCHARGE DATE (HOSPITAL PROVIDER SPELL)", func(b []byte, g *generator, r *record) []byte {
		if r.unfinished {
			return b
		}
		return append(b, g.calendar.text[r.end]...)
	}},
	tfc, service, hrg,
	plain("UNBUNDLED HRG", func(r *record) string { return r.bundled }),
	plain("CRITICAL CARE UNIT FUNCTION", func(r *record) string { return r.unit }),
	diagnosis, diagnosis2, procedure, osv, ras, authority, infertility, forcesPay, totalCost, synthetic,
}

var apcColumns = insertAfter(spellColumns, spellNumber.title,
	column{"EPISODE NUMBER", func(b []byte, g *generator, r *record) []byte { return strconv.AppendInt(b, int64(r.episode), 10) }})

// admissionOf says how patients of a point of delivery came in: the method of
// admission, and the patient classification.
var admissionOf = map[string]struct{ method, class string }{
	"DC": {"11", "2"}, "EL": {"11", "1"}, "NEL": {"21", "1"}, "NELST": {"21", "1"}, "NELNE": {"31", "1"}, "RADAY": {"13", "3"},
}

var opColumns = []column{
	cdsIdentifier, constant("CDS TYPE CODE", "020"), attendance, patientKey, trust, site, practice, gp, residence, postcode, submitted,
	ageCDS, sex, ethnic, admin, charging,
	date("APPOINTMENT DATE", func(r *record) int { return r.end }),
	tfc, service, hrg, diagnosis, procedure, osv, ras, authority, infertility, forcesPay, totalCost, synthetic,
}

var ecdsColumns = []column{
	cdsIdentifier, constant("CDS TYPE CODE", "011"),
	{"URGENT AND EMERGENCY CARE ACTIVITY IDENTIFIER", func(b []byte, g *generator, r *record) []byte {
		return padded(append(b, 'E'), r.number+1, 10)
	}},
	patientKey, trust, site, practice, gp, residence, postcode, submitted, ageCDS, sex, ethnic, charging,
	date("EMERGENCY CARE ARRIVAL DATE", func(r *record) int { return r.end }),
	hrg, totalCost, synthetic,
}

func insertAfter(columns []column, title string, c column) []column {
	var out []column
	for _, x := range columns {
		out = append(out, x)
		if x.title == title {
			out = append(out, c)
		}
	}
	return out
}

func plain(title string, value func(*record) string) column {
	return column{title, func(b []byte, g *generator, r *record) []byte { return append(b, value(r)...) }}
}

func constant(title, value string) column {
	return column{title, func(b []byte, g *generator, r *record) []byte { return append(b, value...) }}
}

func date(title string, value func(*record) int) column {
	return column{title, func(b []byte, g *generator, r *record) []byte { return append(b, g.calendar.text[value(r)]...) }}
}

// coded is a column of codes, which are at times written in other ways.
func coded(title string, value func(*record) string) column {
	return column{title, func(b []byte, g *generator, r *record) []byte {
		code := value(r)
		if r.style == 0 || code == "" {
			return append(b, code...)
		}
		return styled(b, code, r.style)
	}}
}

func styled(b []byte, code string, s style) []byte {
	switch {
	case s&lowerCase != 0:
		for i := range len(code) {
			c := code[i]
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			b = append(b, c)
		}
		return b
	case s&strayBlanks != 0:
		b = append(b, ' ')
		b = append(b, code...)
		return append(b, ' ')
	case s&trailing00 != 0 && len(code) == 3:
		b = append(b, code...)
		return append(b, "00"...)
	}
	return append(b, code...)
}

// hexadecimal writes a number as pseudonyms are written.
func hexadecimal(b []byte, n uint64) []byte {
	for shift := 60; shift >= 0; shift -= 4 {
		b = append(b, "0123456789ABCDEF"[n>>shift&15])
	}
	return b
}

// money writes pence as pounds with two places.
func money(b []byte, pence int64) []byte {
	if pence < 0 {
		b = append(b, '-')
		pence = -pence
	}
	b = strconv.AppendInt(b, pence/100, 10)
	return append(b, '.', byte('0'+pence%100/10), byte('0'+pence%10))
}

// padded writes a number with leading zeros.
func padded(b []byte, n int64, width int) []byte {
	start := len(b)
	for range width {
		b = append(b, '0')
	}
	for i := start + width - 1; i >= start && n > 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return b
}
