package holding

import (
	"slices"

	"remit/register"
)

// subject is what a question is about: a function and, where the function is
// the commissioning of services, a service or one of its lines.
type subject struct {
	function, service, line string
}

// post is one body in one role, and what put it there.
type post struct {
	holder, basis, instrument, line, legalBasis, team, note string
	fact
}

// state is who holds each role for one area on one day.
type state struct {
	posts [roles][]post // by the index of the role
	chain []*line       // the lines followed, from the owner on
	joint bool          // responsible together with the delegator
}

// in are the bodies in a role.
func (s *state) in(role Role) []post { return s.posts[role.index()] }

// put places the same bodies in each of some roles.
func (s *state) put(p []post, in ...Role) {
	for _, role := range in {
		s.posts[role.index()] = p
	}
}

// holder is the only body in a role, or "".
func (s *state) holder(role Role) string {
	if posts := s.in(role); len(posts) == 1 {
		return posts[0].holder
	}
	return ""
}

// delegated says that an ICB exercises the function.
func (s *state) delegated(b *Book) bool {
	return len(s.in(Responsible)) == 1 && b.isICB(s.holder(Responsible))
}

// moved are the roles that pass to the delegate under a line of the mode.
var moved = map[string][]Role{
	"by":       {Responsible, Decides, Contracts, Pays, Employs, SetsStandard},
	"transfer": {Accountable, Responsible, Decides, Contracts, Pays, Employs},
}

// stateOn follows the chain from the owner of the function on. The ICB is blank
// where no ICB is concerned: before there were any, or outside England. The
// region is that of the team that would do the work.
func (b *Book) stateOn(s subject, icb, region string, day register.Day) state {
	var st state
	f, ok := on(b.functions[s.function], day)
	if !ok {
		return st
	}
	owner := post{holder: f.owner, basis: b.bases[f.legalBasis], legalBasis: f.legalBasis, fact: f.fact}
	st.put([]post{owner}, Accountable, Responsible, Decides, Contracts, Pays, Employs, SetsStandard)
	lines := b.linesOf[icb]
	for range len(lines) + 1 {
		l := b.next(&st, lines, s, icb, day)
		if l == nil {
			break
		}
		b.follow(&st, l, s, icb, day)
	}
	b.collective(&st, lines, s, icb, day)
	b.reserve(&st, s, day)
	b.staff(&st, s, icb, region, day)
	return st
}

// next is the line by which the body that is responsible so far passes the
// function on, or nil.
func (b *Book) next(st *state, lines []*line, s subject, icb string, day register.Day) *line {
	holder := st.holder(Responsible)
	for _, l := range lines {
		if l.mode == "committee" || l.delegator != holder || slices.Contains(st.chain, l) {
			continue
		}
		if b.counts(l, day) && b.concerns(l, icb, day) && b.covers(l, s, day) {
			return l
		}
	}
	return nil
}

// counts says that a line holds and its instrument is in force.
func (b *Book) counts(l *line, day register.Day) bool {
	if !l.holds(day) {
		return false
	}
	i, ok := on(b.instruments[l.instrument], day)
	return ok && i.inForce()
}

// concerns says that a line is for the people of an ICB.
func (b *Book) concerns(l *line, icb string, day register.Day) bool {
	switch l.population {
	case "england":
		return true
	case "members":
		return b.seated(icb, l.delegate, day) != nil
	}
	return icb != "" && (l.delegate == icb || b.anyICB(l.delegate))
}

func (b *Book) seated(organisation, committee string, day register.Day) *member {
	for _, m := range b.seats[organisation] {
		if m.committee == committee && m.holds(day) {
			return m
		}
	}
	return nil
}

// covers says that a line is about what is asked of.
func (b *Book) covers(l *line, s subject, day register.Day) bool {
	if !b.within(s.function, l.function, day) {
		return false
	}
	if l.services == "" {
		return true
	}
	if s.line != "" {
		return b.lineCovered(l, s, day)
	}
	return b.inSet(l.services, s.service, day)
}

func (b *Book) inSet(set, service string, day register.Day) bool {
	return slices.ContainsFunc(b.sets[set][service], func(f fact) bool { return f.holds(day) })
}

// lineCovered judges a service line by its own status where it has one on the
// day: amber and red ones stay with NHS England though their service is
// delegated. A green line that no service is known for counts as delegated.
func (b *Book) lineCovered(l *line, s subject, day register.Day) bool {
	status := b.lineStatus(s.line, day)
	if status == "RED" || status == "AMBER" {
		return false
	}
	if s.service == "" {
		return status == "GREEN"
	}
	return b.inSet(l.services, s.service, day)
}

// lineStatus is the status of a service line. The published tables begin on 1
// April 2024; the list of services was the same the year before, so the first
// status of a line counts for the time before it as well.
func (b *Book) lineStatus(code string, day register.Day) string {
	t := b.pack.Table("service_line")
	row := t.Find(code, day, 0).Row
	if rows := t.Rows(code); row == register.NoRow && len(rows) > 0 {
		if from, _ := t.Valid(rows[0]); day < from {
			row = rows[0]
		}
	}
	return t.At(row, "status")
}

// follow moves the roles that a line moves.
func (b *Book) follow(st *state, l *line, s subject, icb string, day register.Day) {
	st.chain = append(st.chain, l)
	p := post{holder: l.delegate, basis: l.basis, instrument: l.instrument, line: l.line, note: l.note, fact: b.weakest(l, s, day)}
	if b.anyICB(l.delegate) {
		p.holder = icb
	}
	if l.mode == "jointly" {
		own, other := p, p
		own.holder, other.holder = l.delegator, icb
		st.joint = true
		st.put([]post{own, other}, Responsible)
		p.basis = "joint_committee_65Z6"
		st.put([]post{p}, Decides)
		return
	}
	st.put([]post{p}, moved[l.mode]...)
}

// weakest is the fact of a line with the confidence of the weakest row that it
// rests on: that of the service in its set, too.
func (b *Book) weakest(l *line, s subject, day register.Day) fact {
	f := l.fact
	for _, in := range b.sets[l.services][s.service] {
		if in.holds(day) {
			f.confidence = lower(f.confidence, in.confidence)
		}
	}
	return f
}

// lower is the lower of two confidences.
func lower(a, b string) string {
	order := []string{"low", "medium", "high"}
	return order[max(0, min(slices.Index(order, a), slices.Index(order, b)))]
}

// collective lets a committee decide where the ICB, being responsible, has
// agreed so with the other members.
func (b *Book) collective(st *state, lines []*line, s subject, icb string, day register.Day) {
	if icb == "" || st.holder(Responsible) != icb {
		return
	}
	for _, l := range lines {
		if l.mode == "committee" && b.counts(l, day) && b.concerns(l, icb, day) && b.covers(l, s, day) {
			st.chain = append(st.chain, l)
			st.put([]post{{holder: l.delegate, basis: l.basis, instrument: l.instrument, line: l.line, note: l.note, fact: l.fact}}, Decides)
			return
		}
	}
}

// reserve gives back the roles that are reserved whoever exercises the function.
func (b *Book) reserve(st *state, s subject, day register.Day) {
	for _, r := range b.reserved {
		role := Role(r.role)
		if role == "" || !r.holds(day) || !b.within(s.function, r.function, day) {
			continue
		}
		if role == Assures && (len(st.chain) == 0 || !st.joint && !st.delegated(b)) {
			continue // nothing has been passed on that could be assured
		}
		p := post{holder: r.to, basis: "reserved_function", note: r.title, fact: r.fact}
		if f, ok := on(b.functions[s.function], day); ok && role != Assures && f.owner == r.to {
			p.basis, p.legalBasis = b.bases[f.legalBasis], f.legalBasis // it never left the owner
		}
		st.put([]post{p}, role)
	}
}

// staff finds the team that does the work and who employs it: one that works
// for the region, or for the footprint of a committee on which the ICB has a seat.
func (b *Book) staff(st *state, s subject, icb, region string, day register.Day) {
	passedOn := st.joint || st.delegated(b)
	areas := b.teamAreas[region]
	for _, m := range b.seats[icb] {
		if m.holds(day) {
			areas = append(areas[:len(areas):len(areas)], b.teamAreas[m.committee]...)
		}
	}
	for _, a := range areas {
		t := b.teams[a.team]
		if !a.holds(day) || !t.holds(day) || (t.kind == "retained_services") == passedOn || !b.within(s.function, t.function, day) {
			continue
		}
		e, ok := on(b.employers[t.code], day)
		if !ok {
			continue
		}
		f := e.fact
		f.confidence = lower(f.confidence, t.confidence)
		st.put([]post{{holder: e.employer, basis: e.basis, instrument: e.instrument, team: t.code, note: e.note, fact: f}}, Employs)
		return
	}
}

// days are those on which the state for an ICB may change.
func (b *Book) days(s subject, icb string) []register.Day {
	var days []register.Day
	for code := s.function; code != ""; {
		versions := b.functions[code]
		code = ""
		for _, f := range versions {
			days = appendDays(days, f.fact)
			code = f.parent
		}
	}
	for _, l := range b.linesOf[icb] {
		days = appendDays(days, l.fact)
		for _, i := range b.instruments[l.instrument] {
			days = appendDays(days, i.fact)
		}
	}
	for _, m := range b.seats[icb] {
		days = appendDays(days, m.fact)
	}
	for _, set := range b.setsOf[s.service] {
		for _, f := range b.sets[set][s.service] {
			days = appendDays(days, f)
		}
	}
	for _, r := range b.reserved {
		days = appendDays(days, r.fact)
	}
	if s.line != "" {
		t := b.pack.Table("service_line")
		for _, row := range t.Rows(s.line) {
			from, to := t.Valid(row)
			days = appendDays(days, fact{from: from, to: to})
		}
	}
	return append(days, b.teamDays...)
}
