package holding

import (
	"errors"
	"slices"
	"strings"

	"remit/register"
)

// Role is a part that a body plays in the commissioning of a service.
type Role string

// The roles, in the order in which answers have them.
const (
	Accountable  Role = "accountable"
	Responsible  Role = "responsible" // exercises the function
	Decides      Role = "decides"
	Contracts    Role = "contracts"
	Pays         Role = "pays"
	Employs      Role = "employs" // the team that does the work
	SetsStandard Role = "sets_standard"
	Assures      Role = "assures"
)

// Roles are all the roles, in the order in which answers have them.
func Roles() []Role { return slices.Clone(order[:]) }

const roles = 8

var order = [roles]Role{Accountable, Responsible, Decides, Contracts, Pays, Employs, SetsStandard, Assures}

// index is the place of a role among all.
func (r Role) index() int { return slices.Index(order[:], r) }

// Book is a pack read for the question of who holds what. It does not change
// and may be used by several at once.
type Book struct {
	pack *register.Pack

	functions      map[string][]*function
	order          []string // function codes as the file has them
	instruments    map[string][]*instrument
	parties        map[string][]*party
	lines          []*line
	linesTo        map[string][]*line // by delegate
	wide           []*line            // lines to bodies of England, and to whichever ICB is responsible
	linesIn        map[string][]*line // by instrument
	linesOf        map[string][]*line // by the ICB that they may concern; "" for no ICB
	sets           map[string]map[string][]fact
	setsOf         map[string][]string       // the sets that a service is ever in
	inSets         map[string][]string       // the services that are ever in a set, in order
	setDays        map[string][]register.Day // the days on which services join a set
	reserved       []*reserved
	terms          []*term
	committees     map[string][]*committee
	members        map[string][]*member // by committee
	seats          map[string][]*member // by organisation
	teams          map[string]*team
	teamAreas      map[string][]*teamArea // by area
	employers      map[string][]*employer
	bodies         map[string][]*body
	bases          map[string]string // legal basis to the word that holdings use
	events         []Event
	services       []*service
	byService      map[string]*service
	linesOfService map[string][]string // the codes of the service lines that are ever in a service, in order
	functionOf     map[string]string   // of a service, by its lines
	icbs           map[string][]*icb
	successors     map[string][]succession
	forebears      map[string][]succession
	teamDays       []register.Day
}

// fact is what every row has.
type fact struct {
	from, to           register.Day
	source, confidence string
	row                register.Row
}

func (f fact) holds(on register.Day) bool { return f.from <= on && on <= f.to }

func (f fact) during() fact { return f }

type dated interface{ during() fact }

// on is the first version that holds on a day, or nothing.
func on[T dated](versions []T, day register.Day) (v T, ok bool) {
	for _, v := range versions {
		if v.during().holds(day) {
			return v, true
		}
	}
	return v, false
}

// ever is the version that holds on a day, or else the last one.
func ever[T dated](versions []T, day register.Day) (v T, ok bool) {
	if v, ok = on(versions, day); ok || len(versions) == 0 {
		return v, ok
	}
	return versions[len(versions)-1], true
}

type function struct {
	fact
	code, title, also, parent, owner, legalBasis, delegable, category string
	lineFlag, billedDirect, billedDelegated, directPayer, note        string
}

type instrument struct {
	fact
	code, title, kind, state, legalBasis, parent, supersededBy, note string
}

// inForce says that the lines of the instrument count.
func (i *instrument) inForce() bool {
	return i.state == "in_force" || i.state == "varied" || i.state == "notice_given"
}

// planned says that the instrument may yet come into force.
func (i *instrument) planned() bool {
	switch i.state {
	case "draft", "agreed_in_principle", "approved", "signed", "planned", "deferred":
		return true
	}
	return false
}

type party struct {
	fact
	instrument, party, role, signed string
}

type line struct {
	fact
	instrument, line, function, services, delegator, delegate, population, mode, basis, note string
}

type reserved struct {
	fact
	code, function, title, role, to string
}

type committee struct {
	fact
	code, name, kind, parent, instrument string
}

type member struct {
	fact
	committee, organisation, voting string
}

type team struct {
	fact
	code, name, kind, function string
}

type teamArea struct {
	fact
	team, area string
}

type employer struct {
	fact
	team, employer, basis, instrument, note string
}

type body struct {
	fact
	code, name, kind string
}

type service struct {
	fact
	code, title, programme, category string
}

type icb struct {
	fact
	code, name, short, region string
}

// succession is one organisation taking over from another, whole or in part.
type succession struct {
	fact
	predecessor, successor, kind, how, note string
	on                                      register.Day
}

func (s *succession) partial() bool { return strings.HasPrefix(s.how, "split") }

// fields reads a row by the names of its columns.
type fields struct {
	fact
	at map[string]int
}

func (f *fields) get(column string) string { return f.row.Fields[f.at[column]] }

func (f *fields) day(column string) register.Day {
	d, err := register.ParseDay(f.get(column))
	if err != nil {
		return register.NoDay
	}
	return d
}

// each reads the rows of a table.
func each(pack *register.Pack, table string, do func(f *fields)) {
	at := map[string]int{}
	for i, c := range register.Columns(table) {
		at[c] = i
	}
	for r := range pack.Rows(table) {
		n := len(r.Fields)
		do(&fields{fact{r.From, r.To, pack.Cite(r.Fields[n-1]), r.Fields[n-2], r}, at})
	}
}

// ErrNoGovernance says that a pack has organisations and services, but not who
// holds what: a set of assignment cases, for example.
var ErrNoGovernance = errors.New("the reference data does not say who holds which function: it has no function.csv")

// New reads a pack. A *register.DataError lists everything by which its rows
// contradict one another or the law; see faults for the rules.
func New(pack *register.Pack) (*Book, error) {
	b := &Book{
		pack: pack, functions: map[string][]*function{}, instruments: map[string][]*instrument{}, parties: map[string][]*party{},
		linesTo: map[string][]*line{}, linesIn: map[string][]*line{},
		sets: map[string]map[string][]fact{}, setsOf: map[string][]string{}, inSets: map[string][]string{}, setDays: map[string][]register.Day{},
		committees: map[string][]*committee{}, members: map[string][]*member{}, seats: map[string][]*member{},
		teams: map[string]*team{}, teamAreas: map[string][]*teamArea{}, employers: map[string][]*employer{},
		bodies: map[string][]*body{}, bases: map[string]string{},
		byService: map[string]*service{}, linesOfService: map[string][]string{}, functionOf: map[string]string{}, icbs: map[string][]*icb{},
		successors: map[string][]succession{}, forebears: map[string][]succession{},
	}
	b.readFunctions()
	if len(b.order) == 0 {
		return nil, ErrNoGovernance
	}
	b.readInstruments()
	b.readTerms()
	b.readCommittees()
	b.readServices()
	b.readOrganisations()
	b.readEvents()
	b.indexLines()
	if err := register.FaultsError(b.faults()); err != nil {
		return nil, err
	}
	return b, nil
}

// Pack is the pack that the book was made of.
func (b *Book) Pack() *register.Pack { return b.pack }

func (b *Book) readFunctions() {
	each(b.pack, "function", func(f *fields) {
		code := f.get("code")
		if b.functions[code] == nil {
			b.order = append(b.order, code)
		}
		b.functions[code] = append(b.functions[code], &function{f.fact, code, f.get("title"), f.get("also"), f.get("parent"), f.get("owner"),
			f.get("legal_basis"), f.get("delegable"), f.get("category"), f.get("line_flag"), f.get("billed_direct"), f.get("billed_delegated"),
			f.get("direct_payer"), f.get("note")})
	})
	each(b.pack, "legal_basis", func(f *fields) { b.bases[f.get("code")] = f.get("basis") })
	each(b.pack, "reserved_function", func(f *fields) {
		b.reserved = append(b.reserved, &reserved{f.fact, f.get("code"), f.get("function"), f.get("title"), f.get("role"), f.get("reserved_to")})
	})
	each(b.pack, "body", func(f *fields) {
		code := f.get("code")
		b.bodies[code] = append(b.bodies[code], &body{f.fact, code, f.get("name"), f.get("kind")})
	})
}

func (b *Book) readInstruments() {
	each(b.pack, "instrument", func(f *fields) {
		code := f.get("code")
		b.instruments[code] = append(b.instruments[code], &instrument{f.fact, code, f.get("title"), f.get("kind"), f.get("state"),
			f.get("legal_basis"), f.get("parent"), f.get("superseded_by"), f.get("note")})
	})
	for _, versions := range b.instruments {
		slices.SortFunc(versions, func(a, b *instrument) int { return int(a.from) - int(b.from) })
	}
	each(b.pack, "instrument_party", func(f *fields) {
		code := f.get("instrument")
		b.parties[code] = append(b.parties[code], &party{f.fact, code, f.get("party"), f.get("role"), f.get("signed")})
	})
	each(b.pack, "instrument_line", func(f *fields) {
		l := &line{f.fact, f.get("instrument"), f.get("line"), f.get("function"), f.get("services"), f.get("delegator"), f.get("delegate"),
			f.get("population"), f.get("mode"), f.get("basis"), f.get("note")}
		b.lines = append(b.lines, l)
		b.linesTo[l.delegate] = append(b.linesTo[l.delegate], l)
		b.linesIn[l.instrument] = append(b.linesIn[l.instrument], l)
		if l.population == "england" || b.anyICB(l.delegate) {
			b.wide = append(b.wide, l)
		}
	})
}

// indexLines finds the lines that may concern each ICB: to it, to a committee on
// which it ever had a seat, and those for all of England.
func (b *Book) indexLines() {
	b.linesOf = map[string][]*line{"": b.wide}
	for code := range b.icbs {
		lines := slices.Clone(b.linesTo[code])
		for _, m := range b.seats[code] {
			for _, l := range b.linesTo[m.committee] {
				if !slices.Contains(lines, l) {
					lines = append(lines, l)
				}
			}
		}
		b.linesOf[code] = append(lines, b.wide...)
	}
}

// anyICB says that a code stands for whichever ICB is responsible.
func (b *Book) anyICB(code string) bool {
	v, ok := ever(b.bodies[code], register.Latest)
	return ok && v.kind == "any_icb"
}

func (b *Book) readCommittees() {
	each(b.pack, "committee", func(f *fields) {
		code := f.get("code")
		b.committees[code] = append(b.committees[code], &committee{f.fact, code, f.get("name"), f.get("kind"), f.get("parent"), f.get("established_by")})
	})
	each(b.pack, "committee_member", func(f *fields) {
		m := &member{f.fact, f.get("committee"), f.get("organisation"), f.get("voting")}
		b.members[m.committee] = append(b.members[m.committee], m)
		b.seats[m.organisation] = append(b.seats[m.organisation], m)
	})
	each(b.pack, "team", func(f *fields) {
		t := &team{f.fact, f.get("code"), f.get("name"), f.get("kind"), f.get("function")}
		b.teams[t.code] = t
		b.addTeamDays(f.fact)
	})
	each(b.pack, "team_area", func(f *fields) {
		a := &teamArea{f.fact, f.get("team"), f.get("area")}
		b.teamAreas[a.area] = append(b.teamAreas[a.area], a)
		b.addTeamDays(f.fact)
	})
	each(b.pack, "team_employer", func(f *fields) {
		e := &employer{f.fact, f.get("team"), f.get("employer"), f.get("basis"), f.get("instrument"), f.get("note")}
		b.employers[e.team] = append(b.employers[e.team], e)
		b.addTeamDays(f.fact)
	})
	slices.Sort(b.teamDays)
	b.teamDays = slices.Compact(b.teamDays)
}

func (b *Book) addTeamDays(f fact) { b.teamDays = appendDays(b.teamDays, f) }

// appendDays adds the days on which a fact begins to hold and ceases to.
func appendDays(days []register.Day, f fact) []register.Day {
	if f.from > register.Earliest {
		days = append(days, f.from)
	}
	if f.to < register.Latest {
		days = append(days, f.to+1)
	}
	return days
}

func (b *Book) readServices() {
	each(b.pack, "service", func(f *fields) {
		s := &service{f.fact, f.get("code"), f.get("title"), f.get("programme"), f.get("category")}
		b.services = append(b.services, s)
		b.byService[s.code] = s
	})
	each(b.pack, "service_set", func(f *fields) {
		set, code := f.get("set"), f.get("service")
		if b.sets[set] == nil {
			b.sets[set] = map[string][]fact{}
		}
		b.sets[set][code] = append(b.sets[set][code], f.fact)
		if !slices.Contains(b.setsOf[code], set) {
			b.setsOf[code] = append(b.setsOf[code], set)
		}
	})
	for set, in := range b.sets {
		b.inSets[set] = sortedKeys(in)
		for _, facts := range in {
			for _, f := range facts {
				b.setDays[set] = append(b.setDays[set], f.from)
			}
		}
		slices.Sort(b.setDays[set])
		b.setDays[set] = slices.Compact(b.setDays[set])
	}
	lines := b.pack.Table("service_line")
	for _, code := range lines.Keys() {
		for _, row := range lines.Rows(code) {
			if s := lines.At(row, "service"); s != "" && !slices.Contains(b.linesOfService[s], code) {
				b.linesOfService[s] = append(b.linesOfService[s], code)
			}
		}
		row := lines.FindEver(code, 0).Row
		if s := lines.At(row, "service"); s != "" && (b.functionOf[s] == "" || lines.At(row, "status") != "BLUE") {
			b.functionOf[s] = b.functionOfLine(row)
		}
	}
}

// notDirect marks activity that NHS England does not commission directly. Its
// source gives it nearly every flag, so it is known by its code.
const notDirect = "99999999"

// functionOfLine is the function whose flag a service line carries; where it
// carries several, the last in the order of function.csv.
func (b *Book) functionOfLine(row int32) string {
	t := b.pack.Table("service_line")
	if t.At(row, "code") == notDirect {
		return ""
	}
	found := ""
	for _, code := range b.order {
		if f := b.functions[code][0]; f.lineFlag != "" && t.At(row, f.lineFlag) == "1" {
			found = code
		}
	}
	return found
}

func (b *Book) readOrganisations() {
	each(b.pack, "icb", func(f *fields) {
		code := f.get("code")
		b.icbs[code] = append(b.icbs[code], &icb{f.fact, code, f.get("name"), f.get("short_name"), f.get("region")})
	})
	for _, versions := range b.icbs {
		slices.SortFunc(versions, func(a, b *icb) int { return int(a.from) - int(b.from) })
	}
	each(b.pack, "succession", func(f *fields) {
		s := succession{f.fact, f.get("predecessor"), f.get("successor"), f.get("kind"), f.get("type"), f.get("note"), f.day("effective_on")}
		if s.successor == "" || s.predecessor == s.successor {
			return // closed without a successor, or the same under another name
		}
		b.successors[s.predecessor] = append(b.successors[s.predecessor], s)
		b.forebears[s.successor] = append(b.forebears[s.successor], s)
	})
}

// within says that a function is another one or a part of it, on a day.
func (b *Book) within(code, of string, day register.Day) bool {
	for range len(b.order) { // a chain of parents is no longer than that
		if code == of {
			return true
		}
		f, ok := ever(b.functions[code], day)
		if !ok || f.parent == "" {
			return false
		}
		code = f.parent
	}
	return false
}

// isICB says that a code is an ICB, at whatever time.
func (b *Book) isICB(code string) bool { return b.icbs[code] != nil }

// Name is the name of an organisation, body, committee or team on a day, or
// the name that it had last; the code itself when it is not known.
func (b *Book) Name(code string, day register.Day) string {
	if v, ok := ever(b.icbs[code], day); ok {
		return v.name
	}
	if v, ok := ever(b.bodies[code], day); ok {
		return v.name
	}
	if v, ok := ever(b.committees[code], day); ok {
		return v.name
	}
	if t := b.teams[code]; t != nil {
		return t.name
	}
	if i, ok := ever(b.instruments[code], day); ok {
		return i.title
	}
	t := b.pack.Table("organisation")
	if name := t.At(t.FindEver(code, 0).Row, "name"); name != "" {
		return name
	}
	return code
}
