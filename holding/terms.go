package holding

import (
	"slices"

	"remit/register"
)

// Term limits how a function that was passed on is exercised: a condition of the
// one who passed it on, or guidance that must be followed.
type Term struct {
	Kind       string       `json:"kind"` // condition or guidance
	Code       string       `json:"code"`
	Version    string       `json:"version,omitempty"` // of guidance
	Text       string       `json:"text"`              // when the condition counts and what it does; the title of the guidance
	ImposedBy  string       `json:"imposed_by,omitempty"`
	ValidFrom  register.Day `json:"valid_from"`
	ValidTo    register.Day `json:"valid_to"`
	Note       string       `json:"note,omitempty"`
	Source     string       `json:"source"`
	Confidence string       `json:"confidence"`
}

// The kinds of term.
const (
	TermCondition = "condition"
	TermGuidance  = "guidance"
)

// term is a row of condition.csv or mandated_guidance.csv. Each of the last three is
// blank where the term is not for one alone.
type term struct {
	fact
	Term
	function, instrument, organisation string
}

func (b *Book) readTerms() {
	each(b.pack, "condition", func(f *fields) {
		b.terms = append(b.terms, &term{f.fact, Term{Kind: TermCondition, Code: f.get("code"), Text: f.get("trigger") + ": " + f.get("effect"), ImposedBy: f.get("imposed_by"), Note: f.get("note")},
			f.get("function"), f.get("instrument"), f.get("organisation")})
	})
	each(b.pack, "mandated_guidance", func(f *fields) {
		b.terms = append(b.terms, &term{f.fact, Term{Kind: TermGuidance, Code: f.get("code"), Version: f.get("version"), Text: f.get("title"), Note: f.get("note")}, f.get("function"), "", ""})
	})
}

// termsOf are the terms on which a function was passed on, on a day. A function that
// passed by statute, or stayed, has none.
func (b *Book) termsOf(states []*state, day register.Day) []Term {
	return b.termsFor(day, func(t *term) bool {
		return slices.ContainsFunc(states, func(st *state) bool {
			exercises := func(p post) bool { return t.organisation == "" || t.organisation == p.holder }
			return slices.ContainsFunc(st.in(Responsible), exercises) && slices.ContainsFunc(st.chain, func(l *line) bool { return b.binds(t, l, day) })
		})
	})
}

// Terms are those on which an instrument that is in force on a day passes functions on.
func (b *Book) Terms(instrument string, day register.Day) []Term {
	return b.termsFor(day, func(t *term) bool {
		return slices.ContainsFunc(b.linesIn[instrument], func(l *line) bool {
			return b.counts(l, day) && (t.organisation == "" || t.organisation == l.delegate) && b.binds(t, l, day)
		})
	})
}

func (b *Book) termsFor(day register.Day, concerned func(*term) bool) []Term {
	list := []Term{}
	for _, t := range b.terms {
		if t.holds(day) && concerned(t) {
			said := t.Term
			said.ValidFrom, said.ValidTo, said.Source, said.Confidence = t.from, t.to, t.source, t.confidence
			list = append(list, said)
		}
	}
	return list
}

// binds says that a term is for whoever a line passes a function on to.
func (b *Book) binds(t *term, l *line, day register.Day) bool {
	return l.mode != "transfer" && (t.instrument == "" || t.instrument == l.instrument) && (t.function == "" || b.within(l.function, t.function, day))
}
