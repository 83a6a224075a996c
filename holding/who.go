package holding

import (
	"fmt"
	"slices"
	"strings"

	"remit/register"
)

// Question asks who holds which role for a service and the people of a place
// on a day.
type Question struct {
	Service  string       // code, name or part of the name of a service, service line or function
	For      string       // ICB, sub-ICB location, practice, postcode, provider, region or England, by code or name; blank: England
	Provider string       // where care is given, if that matters; blank: not said, or For if that is a provider
	On       register.Day // the day
	Role     Role         // blank: every role
}

// Holding is one body in one role.
type Holding struct {
	Role       Role         `json:"role"`
	HolderCode string       `json:"holder_code"` // blank: not established
	HolderName string       `json:"holder_name"`
	ValidFrom  register.Day `json:"valid_from"` // since when this body has held the role in this way
	ValidTo    register.Day `json:"valid_to"`
	Basis      string       `json:"basis"`       // statute_direct, delegation_65Z5, joint_65Z5, ...
	LegalBasis string       `json:"legal_basis"` // code in legal_basis.csv
	Instrument string       `json:"instrument"`  // code in instrument.csv; blank for statute
	Title      string       `json:"instrument_title,omitempty"`
	Line       string       `json:"line,omitempty"`
	Team       string       `json:"team,omitempty"`
	TeamName   string       `json:"team_name,omitempty"`
	People     string       `json:"people,omitempty"` // for whom, where the question has several answers
	Note       string       `json:"note,omitempty"`
	Source     string       `json:"source"`
	Confidence string       `json:"confidence"`
}

// Change is a day on which a role passed from some bodies to others.
type Change struct {
	On     register.Day `json:"on"`
	Role   Role         `json:"role"`
	Before string       `json:"before"`
	After  string       `json:"after"`
	Why    string       `json:"why"`
}

// Plan is an instrument that has not come into force, or never will.
type Plan struct {
	Instrument string       `json:"instrument"`
	Title      string       `json:"title"`
	State      string       `json:"state"` // planned, approved, deferred, overtaken
	From       register.Day `json:"from"`
	To         string       `json:"to"` // who would hold it
	Text       string       `json:"text"`
	Source     string       `json:"source"`
	Confidence string       `json:"confidence"`
}

// BillTo is whom a provider bills.
type BillTo struct {
	Commissioner string `json:"commissioner"`
	Name         string `json:"name"`
	Category     string `json:"category"` // commissioned service category
	Note         string `json:"note,omitempty"`
}

// Answer is the answer to a Question.
type Answer struct {
	Answer    string       `json:"answer"` // one sentence
	On        register.Day `json:"on"`
	Service   Subject      `json:"service"`
	For       Place        `json:"for"`
	ValidFrom register.Day `json:"valid_from"` // the longest period round the day in which the answer is the same
	ValidTo   register.Day `json:"valid_to"`
	Holdings  []Holding    `json:"holdings"`
	BillTo    *BillTo      `json:"bill_to"` // nil where no one payer follows: see Notes
	Before    []Change     `json:"before"`  // the latest first
	After     []Change     `json:"after"`   // the next first
	Planned   []Plan       `json:"planned"`
	Terms     []Term       `json:"terms"` // on which it was passed on
	Notes     []string     `json:"notes"`
}

// segment is a stretch of days in which nothing changes.
type segment struct {
	from, to register.Day
	parts    []part
	states   []*state
	keys     map[key]bool // the postings of all the states
}

// Who answers a question. The error is an *AskError when the service or the
// place is not known, or may be one of several.
func (b *Book) Who(q Question) (*Answer, error) {
	if q.Role != "" && !slices.Contains(Roles(), q.Role) {
		return nil, fmt.Errorf("%q is no role; ask for one of %v", q.Role, Roles())
	}
	subject, err := b.Find(q.Service, q.On)
	if err != nil {
		return nil, err
	}
	place, err := b.FindPlace(q.For, q.On)
	if err != nil {
		return nil, err
	}
	provider, err := b.provider(q, place)
	if err != nil {
		return nil, err
	}
	a := &Answer{On: q.On, Service: *subject, For: *place, Holdings: []Holding{}, Before: []Change{}, After: []Change{}, Planned: []Plan{}, Notes: []string{}}
	segments := b.history(subject.subject(), place, provider)
	i := slices.IndexFunc(segments, func(s segment) bool { return s.from <= q.On && q.On <= s.to })
	a.Holdings = b.holdings(segments, i, q.Role)
	a.ValidFrom, a.ValidTo = b.same(segments, i, q.Role)
	a.Before, a.After = b.changes(segments, q.On, q.Role)
	a.Planned = b.plans(subject.subject(), q.On)
	a.Terms = b.termsOf(segments[i].states, q.On)
	b.bill(a, &segments[i], provider)
	a.note(b, &segments[i])
	a.Answer = b.sentence(a, &segments[i], q.Role, provider != "")
	return a, nil
}

// provider is the code of the provider of the question, or "".
func (b *Book) provider(q Question, place *Place) (string, error) {
	if q.Provider == "" {
		if place.Kind == "provider" {
			return place.Code, nil
		}
		return "", nil
	}
	p, err := b.FindPlace(q.Provider, q.On)
	if err != nil {
		return "", err
	}
	if p.Kind != "provider" {
		return "", &AskError{"provider", q.Provider, "that is not a provider but " + p.Name, nil}
	}
	return p.Code, nil
}

// history cuts time at every day on which the answer may change and follows
// the chain in each stretch.
func (b *Book) history(s subject, place *Place, provider string) []segment {
	days := b.placeDays(place)
	slices.Sort(days)
	days = slices.Compact(days)
	areas := b.areas(s)
	parts := make([][]part, 0, len(days)+1) // between the days of the place
	all := slices.Clone(days)
	for _, day := range append([]register.Day{register.Earliest}, days...) {
		of := b.someParts(place, day)
		parts = append(parts, of)
		for _, p := range of {
			if areas.known[p.icb] == nil {
				all = append(all, areas.of(p.icb).days...)
			}
		}
	}
	slices.Sort(all)
	all = append(slices.Compact(all), register.Latest+1)
	segments := make([]segment, 0, len(all))
	from, at := register.Earliest, 0
	for _, day := range all {
		if day <= from {
			continue
		}
		for at < len(days) && days[at] <= from {
			at++
		}
		g := areas.segment(parts[at], provider, from, day-1)
		if n := len(segments); n > 0 && slices.Equal(segments[n-1].states, g.states) {
			g.keys = segments[n-1].keys
		} else {
			g.keys = keysOf(g.states)
		}
		segments = append(segments, g)
		from = day
	}
	return segments
}

// someParts are the parts of a place, or one part without an ICB.
func (b *Book) someParts(place *Place, day register.Day) []part {
	if parts := b.partsOn(place, day); len(parts) > 0 {
		return parts
	}
	return []part{{}}
}

func keysOf(states []*state) map[key]bool {
	keys := make(map[key]bool, 4*len(states))
	for _, st := range states {
		for at, posts := range st.posts {
			for i := range posts {
				keys[posts[i].key(order[at])] = true
			}
		}
	}
	return keys
}

// areas follows the chain for each ICB as the days pass, and only once for as
// long as nothing changes there.
type areas struct {
	book    *Book
	subject subject
	known   map[string]*area
}

type area struct {
	days   []register.Day // on which the state may change
	region string
	until  register.Day // the first day on which state may be another
	state  *state
}

func (b *Book) areas(s subject) *areas { return &areas{book: b, subject: s, known: map[string]*area{}} }

// segment is a stretch of days in which nothing changes, without its keys.
func (a *areas) segment(parts []part, provider string, from, to register.Day) segment {
	g := segment{from: from, to: to, parts: parts, states: make([]*state, len(parts))}
	for i, p := range parts {
		region := p.region
		if provider != "" {
			region = a.book.providerRegion(provider, from)
		}
		g.states[i] = a.state(p.icb, region, from)
	}
	return g
}

func (a *areas) of(icb string) *area {
	if a.known[icb] == nil {
		days := a.book.days(a.subject, icb)
		slices.Sort(days)
		a.known[icb] = &area{days: days}
	}
	return a.known[icb]
}

func (a *areas) state(icb, region string, day register.Day) *state {
	at := a.of(icb)
	if at.state == nil || at.region != region || day >= at.until {
		at.region, at.until = region, register.Latest+1
		if i, _ := slices.BinarySearch(at.days, day+1); i < len(at.days) {
			at.until = at.days[i]
		}
		st := a.book.stateOn(a.subject, icb, region, day)
		at.state = &st
	}
	return at.state
}

func (b *Book) providerRegion(code string, day register.Day) string {
	t := b.pack.Table("provider")
	return b.regionOf(t.At(t.Find(code, day, 0).Row, "icb"), day)
}

// key tells postings apart: the same body in the same role by the same line.
type key struct {
	role                                  Role
	holder, basis, instrument, line, team string
}

func (p *post) key(r Role) key { return key{r, p.holder, p.basis, p.instrument, p.line, p.team} }

// holdings lists the postings of one segment, with the time for which each has
// held without a break.
func (b *Book) holdings(segments []segment, at int, only Role) []Holding {
	list := []Holding{}
	g := &segments[at]
	for _, role := range Roles() {
		if only != "" && role != only {
			continue
		}
		seen := map[key]int{}
		for n, st := range g.states {
			for _, p := range st.in(role) {
				k := p.key(role)
				if i, twice := seen[k]; twice {
					if label := g.parts[n].label; label != "" && !strings.Contains(list[i].People, label) {
						list[i].People = joined(list[i].People, label)
					}
					continue
				}
				seen[k] = len(list)
				h := b.holding(role, &p, g.from)
				h.People = g.parts[n].label
				h.ValidFrom, h.ValidTo = stretch(segments, at, func(i int) bool { return segments[i].keys[k] })
				list = append(list, h)
			}
		}
	}
	return b.everybody(list, len(g.parts))
}

// everybody leaves out for whom a body holds a role when it does for all.
func (b *Book) everybody(list []Holding, parts int) []Holding {
	count := map[Role]int{}
	for _, h := range list {
		count[h.Role]++
	}
	for i := range list {
		if parts > 1 && count[list[i].Role] == 1 {
			list[i].People = ""
		}
	}
	return list
}

func stretch(segments []segment, at int, same func(i int) bool) (from, to register.Day) {
	first, last := at, at
	for first > 0 && same(first-1) {
		first--
	}
	for last < len(segments)-1 && same(last+1) {
		last++
	}
	return segments[first].from, segments[last].to
}

func (b *Book) holding(role Role, p *post, day register.Day) Holding {
	h := Holding{Role: role, HolderCode: p.holder, Basis: p.basis, LegalBasis: p.legalBasis, Instrument: p.instrument, Line: p.line, Team: p.team,
		Note: p.note, Source: p.source, Confidence: p.confidence}
	h.HolderName = "not established"
	if p.holder != "" {
		h.HolderName = b.Name(p.holder, day)
	}
	if i, ok := ever(b.instruments[p.instrument], day); ok {
		h.Title = i.title
		if h.LegalBasis == "" {
			h.LegalBasis = i.legalBasis
		}
	}
	if p.team != "" {
		h.TeamName = b.Name(p.team, day)
	}
	return h
}

// same is the longest period around a segment in which the answer is the same.
func (b *Book) same(segments []segment, at int, only Role) (from, to register.Day) {
	return stretch(segments, at, func(i int) bool {
		return subset(segments[at].keys, segments[i].keys, only) && subset(segments[i].keys, segments[at].keys, only)
	})
}

// subset says that the postings of one set, of a role if one is asked for, are
// in the other.
func subset(some, all map[key]bool, only Role) bool {
	for k := range some {
		if (only == "" || k.role == only) && !all[k] {
			return false
		}
	}
	return true
}

// changes lists the days on which a role passed on, before and after a day.
func (b *Book) changes(segments []segment, day register.Day, only Role) (before, after []Change) {
	before, after = []Change{}, []Change{}
	var last [roles]string
	for i := range segments {
		for at, role := range order {
			if only != "" && role != only {
				continue
			}
			was, is := last[at], b.names(&segments[i], role)
			last[at] = is
			if was == is || was == "" { // the register begins: nothing changed
				continue
			}
			c := Change{On: segments[i].from, Role: role, Before: was, After: is, Why: b.why(&segments[i-1], &segments[i], role)}
			if c.On <= day {
				before = append(before, c)
			} else {
				after = append(after, c)
			}
		}
	}
	// The latest day first, the roles of a day in their order.
	slices.SortStableFunc(before, func(x, y Change) int { return int(y.On) - int(x.On) })
	return before, after
}

// names are the names of those who hold a role in a segment.
func (b *Book) names(g *segment, role Role) string {
	var codes []string
	seen := map[string]bool{}
	for _, st := range g.states {
		posts := st.in(role)
		for i := range posts {
			if code := posts[i].holder; !seen[code] {
				seen[code] = true
				codes = append(codes, code)
			}
		}
	}
	names := make([]string, len(codes))
	for i, code := range codes {
		if names[i] = "not established"; code != "" {
			names[i] = shortName(b.Name(code, g.from))
		}
	}
	return and(names)
}

// why says what changed a role: another instrument, another organisation, or a
// plain fact of the register.
func (b *Book) why(was, is *segment, role Role) string {
	for i := range is.states {
		for _, p := range is.states[i].in(role) {
			if p.instrument == "" || was.keys[p.key(role)] {
				continue
			}
			title := p.instrument
			if v, ok := ever(b.instruments[p.instrument], is.from); ok {
				title = v.title
			}
			return joined(title, p.note)
		}
	}
	for i := range is.states {
		for _, p := range is.states[i].in(role) {
			if p.note != "" {
				return p.note
			}
		}
	}
	if len(is.states[0].in(role)) > 0 {
		return strings.ReplaceAll(is.states[0].in(role)[0].basis, "_", " ")
	}
	return ""
}

// plans are the instruments about the subject that are not in force: those that
// may yet be, and those that were overtaken, as they stand on the day or, when
// they are later than it, as they first stood.
func (b *Book) plans(s subject, day register.Day) []Plan {
	list := []Plan{}
	for _, l := range b.lines {
		versions := b.instruments[l.instrument]
		if len(versions) == 0 {
			continue
		}
		v, ok := on(versions, day)
		if !ok && versions[0].from > day {
			v, ok = versions[len(versions)-1], true
		}
		if !ok || !(v.planned() || v.state == "overtaken") || v.state == "overtaken" && v.from > day || !b.about(l, s, max(day, l.from)) {
			continue
		}
		list = append(list, Plan{Instrument: l.instrument, Title: v.title, State: v.state, From: l.from, To: b.Name(l.delegate, l.from),
			Text: joined(v.note, l.note), Source: l.source, Confidence: lower(v.confidence, l.confidence)})
	}
	slices.SortStableFunc(list, func(a, b Plan) int { return int(a.From) - int(b.From) })
	return slices.CompactFunc(list, func(a, b Plan) bool { return a.Instrument == b.Instrument })
}

// about says that a line is about the subject or a part of it.
func (b *Book) about(l *line, s subject, day register.Day) bool {
	return b.covers(l, s, day) || s.service == "" && s.line == "" && b.within(l.function, s.function, day)
}

// note adds what a reader should know besides.
func (a *Answer) note(b *Book, g *segment) {
	if len(a.Holdings) == 0 {
		a.Notes = append(a.Notes, "The register does not tell who held this function on that day.")
	}
	if a.For.Kind == "icb" {
		if _, ok := on(b.icbs[a.For.Code], a.On); !ok {
			a.Notes = append(a.Notes, boardNote(b, a.For.Code, a.On, g))
		}
	}
	if a.Service.Kind == "line" && a.Service.Status == "" && b.lineStatus(a.Service.Code, a.On) != "" {
		a.Notes = append(a.Notes, "The status of the line is not known so early; it is taken to be the first one that is.")
	}
	if a.Service.Kind == "line" && a.Service.Status == "BLUE" {
		a.Notes = append(a.Notes,
			"The line is blue: it is paid through a host provider, under local contract, and is no activity that is delegated by itself.")
	}
	if a.Service.Kind == "line" && (a.Service.Status == "RED" || a.Service.Status == "AMBER") && a.Service.Category == "delegated" {
		a.Notes = append(a.Notes, fmt.Sprintf("The service %s is delegated, but this line is %s and stays with NHS England.", a.Service.Service, strings.ToLower(a.Service.Status)))
	}
	if f, ok := on(b.functions[a.Service.Function], a.On); ok && f.note != "" && a.Service.Kind == "function" {
		a.Notes = append(a.Notes, f.title+": "+f.note+".")
	}
	if a.Service.Kind == "service" && (g.states[0].joint || g.states[0].delegated(b)) {
		if n := b.otherwise(a.Service.Code, a.On); len(n) > 0 {
			a.Notes = append(a.Notes, "Lines of the service that stay with NHS England: "+strings.Join(n, ", ")+". Ask for a line by its code.")
		}
	}
}

func boardNote(b *Book, code string, day register.Day, g *segment) string {
	versions := b.icbs[code]
	name := shortName(versions[0].name)
	if first := versions[0].from; day < first {
		return fmt.Sprintf("%s began on %s.", name, longDay(first))
	}
	var heirs []string
	for _, p := range g.parts {
		heirs = append(heirs, shortName(b.Name(p.icb, day)))
	}
	return fmt.Sprintf("%s closed on %s; its people are now those of %s.", name, longDay(versions[len(versions)-1].to), and(heirs))
}

// otherwise are the lines of a delegated service that are red or amber on a day.
func (b *Book) otherwise(service string, day register.Day) []string {
	if s := b.byService[service]; s.category != "delegated" {
		return nil
	}
	t := b.pack.Table("service_line")
	var codes []string
	for _, code := range b.linesOfService[service] {
		row := t.Find(code, day, 0).Row
		if t.At(row, "service") == service && (t.At(row, "status") == "RED" || t.At(row, "status") == "AMBER") {
			codes = append(codes, code)
		}
	}
	return codes
}
