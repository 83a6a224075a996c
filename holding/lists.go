package holding

import (
	"slices"
	"strings"

	"remit/register"
)

// Held is something that an organisation holds on a day, and in which roles.
type Held struct {
	Subject    Subject      `json:"subject"`
	Roles      []Role       `json:"roles"`
	Basis      string       `json:"basis"`
	Instrument string       `json:"instrument"`
	Line       string       `json:"line,omitempty"`
	Since      register.Day `json:"since"` // of the row that gives the first of the roles
	With       string       `json:"with,omitempty"`
	People     string       `json:"people,omitempty"` // which people, when not all of England or all its own
	Source     string       `json:"source"`
	Confidence string       `json:"confidence"`
}

// subjects are all services and all functions that have one answer, on a day.
func (b *Book) subjects(day register.Day) []*Subject {
	var list []*Subject
	for _, s := range b.services {
		if s.holds(day) {
			list = append(list, b.serviceSubject(s))
		}
	}
	for _, code := range b.order {
		if f, ok := on(b.functions[code], day); !ok || f.delegable == "no" {
			continue
		}
		if s, err := b.functionSubject(code, day); err == nil {
			list = append(list, s)
		}
	}
	return list
}

// alike tells subjects apart only as far as the answer does: services of the
// same function in the same sets have the same holders.
func (b *Book) alike(s *Subject, day register.Day) string {
	key := s.Function
	if s.Kind != "service" {
		return key + " itself"
	}
	for _, set := range b.setsOf[s.Code] {
		if b.inSet(set, s.Code, day) {
			key += " " + set
		}
	}
	return key
}

// Holds lists everything in which an organisation, committee or body has a role
// on a day, for the people whom it has it for. An *AskError says when the code is unknown.
func (b *Book) Holds(code string, day register.Day) ([]Held, error) {
	code = strings.ToUpper(strings.TrimSpace(code))
	if b.Name(code, day) == code {
		return nil, &AskError{"organisation", code, "the register has no ICB, body or committee with that code", nil}
	}
	boards := b.everyBoard(day)
	if b.isICB(code) {
		boards = []string{code}
		if _, ok := on(b.icbs[code], day); !ok {
			return []Held{}, nil
		}
	}
	known := map[string][]Held{}
	list := []Held{}
	for _, s := range b.subjects(day) {
		key := b.alike(s, day)
		if known[key] == nil {
			known[key] = b.heldBy(code, s, boards, day)
		}
		for _, h := range known[key] {
			h.Subject = *s
			if in := b.sets[setOf(b, h)][s.Code]; len(in) > 0 {
				h.Confidence = lower(h.Confidence, in[0].confidence)
			}
			list = append(list, h)
		}
	}
	return list, nil
}

// setOf is the set of services of the line that a holding rests on.
func setOf(b *Book, h Held) string {
	for _, l := range b.linesIn[h.Instrument] {
		if l.line == h.Line {
			return l.services
		}
	}
	return ""
}

// heldBy gives the roles of an organisation in a subject: one entry, or none.
func (b *Book) heldBy(code string, s *Subject, boards []string, day register.Day) []Held {
	found := []Held{}
	var people []string
	for _, board := range boards {
		st := b.stateOn(s.subject(), board, b.regionOf(board, day), day)
		h, has := held(&st, code)
		if !has {
			continue
		}
		if st.joint {
			h.With = shortName(b.Name(st.holder(Decides), day))
		}
		people = append(people, board)
		if i := slices.IndexFunc(found, func(x Held) bool { return slices.Equal(x.Roles, h.Roles) }); i < 0 {
			found = append(found, h)
		}
	}
	if len(found) == 0 || b.isICB(code) {
		return found
	}
	// Roles that differ from ICB to ICB are listed once each, for whom they hold.
	for i := range found {
		var of []string
		for _, board := range people {
			st := b.stateOn(s.subject(), board, b.regionOf(board, day), day)
			if h, _ := held(&st, code); slices.Equal(h.Roles, found[i].Roles) {
				of = append(of, board)
			}
		}
		if len(of) < len(boards) {
			found[i].People = strings.Join(of, " ")
		}
	}
	return found
}

// held are the roles that a state gives to an organisation.
func held(st *state, code string) (h Held, has bool) {
	for _, role := range Roles() {
		for _, p := range st.in(role) {
			if p.holder != code {
				continue
			}
			if h.Roles = append(h.Roles, role); len(h.Roles) == 1 || role == Responsible {
				h.Basis, h.Instrument, h.Line, h.Since, h.Source, h.Confidence = p.basis, p.instrument, p.line, p.from, p.source, p.confidence
			}
		}
	}
	return h, len(h.Roles) > 0
}

// Retained lists what NHS England, or whoever owns a function, commissions
// itself on a day: for all of England, or for the people of some ICBs (People).
func (b *Book) Retained(day register.Day) []Held {
	list := []Held{}
	known := map[string][]Held{}
	boards := b.everyBoard(day)
	for _, s := range b.subjects(day) {
		key := b.alike(s, day)
		if _, seen := known[key]; !seen {
			known[key] = b.retained(s, boards, day)
		}
		for _, h := range known[key] {
			h.Subject = *s
			list = append(list, h)
		}
	}
	return list
}

func (b *Book) retained(s *Subject, boards []string, day register.Day) []Held {
	var h Held
	var of []string
	for _, board := range boards {
		st := b.stateOn(s.subject(), board, b.regionOf(board, day), day)
		holder := st.holder(Responsible)
		if st.joint || holder == "" || b.isICB(holder) {
			continue
		}
		of = append(of, board)
		h, _ = held(&st, holder)
	}
	if len(of) == 0 {
		return nil
	}
	if len(of) < len(boards) {
		h.People = strings.Join(of, " ")
	}
	return []Held{h}
}

// everyBoard are the ICBs of a day or, before there were any, one blank code
// that stands for all of England.
func (b *Book) everyBoard(day register.Day) []string {
	if boards := b.boards(day); len(boards) > 0 {
		return boards
	}
	return []string{""}
}

func (b *Book) regionOf(board string, day register.Day) string {
	if v, ok := on(b.icbs[board], day); ok {
		return v.region
	}
	return ""
}
