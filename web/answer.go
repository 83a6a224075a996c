package web

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"remit/holding"
)

// roleWords are the roles in plain English, the official term beside them.
var roleWords = map[holding.Role]string{
	holding.Accountable:  "Accountable for it in law",
	holding.Responsible:  "Commissions it (responsible)",
	holding.Decides:      "Decides",
	holding.Contracts:    "Holds the contracts",
	holding.Pays:         "Pays",
	holding.Employs:      "Employs the team",
	holding.SetsStandard: "Sets the standards",
	holding.Assures:      "Assures",
}

func roleWord(r holding.Role) string {
	return cmp.Or(roleWords[r], strings.ReplaceAll(string(r), "_", " "))
}

func answerView(a *Asked, x *holding.Answer, q question) view {
	title, lead := finding(x.Answer)
	v := view{Page: "answer", Place: "/", Title: title, Lead: lead, Trail: []link{{"Ask", a.To("/")}}, Dated: true, Notes: x.Notes}
	v.Body = struct {
		Question question
		Answer   *holding.Answer
		Period   string
		Whole    string // address of the whole answer as JSON
	}{q, x, period(x.ValidFrom, x.ValidTo), a.with("format", "json")}
	v.Facts = answerFacts(a, x)
	chain := &Table{Name: "chain", Caption: "Who holds which part", Empty: "The register does not say who holds any part of it on this date.",
		Columns: []Column{{Key: "role", Title: "Part"}, {Key: "holder", Title: "Who"}, {Key: "code", Title: "Code"}, {Key: "since", Title: "Since"},
			{Key: "basis", Title: "On what authority"}, {Key: "source", Title: "Source"}}}
	for _, h := range x.Holdings {
		chain.Rows = append(chain.Rows, holdingRow(a, h))
	}
	v.Parts = append(v.Parts, section{ID: "chain", Title: "The chain", Table: chain})
	v.add("terms", "On what terms", termsText, termsTable(a, x.Terms))
	if t := changesTable(a, "before", "Changes before", x.Before); t != nil {
		v.Parts = append(v.Parts, section{ID: "before", Title: "What changed before", Table: t})
	}
	if t := changesTable(a, "after", "Changes since", x.After); t != nil {
		v.Parts = append(v.Parts, section{ID: "after", Title: "What changed next", Table: t})
	}
	if len(x.Planned) > 0 {
		v.Parts = append(v.Parts, section{ID: "planned", Title: "What is planned", Text: "Plans are not facts: each can still change, and some need Parliament.", Table: plansTable(a, x.Planned)})
	}
	return v
}

func answerFacts(a *Asked, x *holding.Answer) []named {
	facts := []named{{"Service", subjectCell(a, x.Service)}, {"For the people of", placeCell(a, x.For)}}
	if x.Service.Status != "" {
		facts = append(facts, named{"Status of the line", say(x.Service.Status)})
	}
	switch {
	case x.BillTo != nil:
		facts = append(facts, named{"Whom to bill", Cell{Text: strings.TrimSpace(x.BillTo.Name + ", commissioner code " + x.BillTo.Commissioner + ", category " + x.BillTo.Category)}})
		if x.BillTo.Note != "" {
			facts = append(facts, named{"About the bill", say(x.BillTo.Note)})
		}
	default:
		facts = append(facts, named{"Whom to bill", say(billNote(x.Notes)).or("No one payer follows from the service, place and date alone")})
	}
	return append(facts, named{"The answer has been the same", say(period(x.ValidFrom, x.ValidTo))})
}

// finding parts an answer into the finding, which is the heading, and the rest.
func finding(answer string) (title, rest string) {
	title, rest, found := strings.Cut(answer, "; ")
	if !found {
		return answer, ""
	}
	return title + ".", sentence(rest)
}

// billNote is what the answer says about the bill where there is no one payer.
func billNote(notes []string) string {
	for _, n := range notes {
		if strings.HasPrefix(n, "Bill ") || strings.HasPrefix(n, "Whom to bill ") {
			return n
		}
	}
	return ""
}

func subjectCell(a *Asked, x holding.Subject) Cell {
	c := Cell{Text: x.Code + " " + x.Title}
	switch x.Kind {
	case "service":
		c.Href = a.To("/services/" + x.Code)
	case "line":
		c.Href = a.To("/lines/" + x.Code)
	}
	return c
}

func placeCell(a *Asked, p holding.Place) Cell {
	if p.Kind == "england" || p.Kind == "postcode" || p.Kind == "lsoa" {
		return say(p.Name)
	}
	return organisationCell(a, p.Code, cmp.Or(p.Name, p.Code))
}

// organisationCell links to an organisation or committee, when the register has it.
func organisationCell(a *Asked, code, name string) Cell {
	c := Cell{Text: cmp.Or(name, code)}
	switch {
	case code == "":
	case len(a.Register.all("committee", code)) > 0:
		c.Href = a.To("/committees/" + code)
	default:
		if _, _, ok := a.Register.organisation(code, a.On); ok {
			c.Href = a.To("/organisations/" + code)
		}
	}
	return c
}

// said is the name of a holder as people say it.
func said(a *Asked, h holding.Holding) string {
	if h.HolderCode == "" {
		return h.HolderName
	}
	return a.Register.Name(h.HolderCode, max(h.ValidFrom, min(a.On, h.ValidTo)))
}

func holdingRow(a *Asked, h holding.Holding) Row {
	who := organisationCell(a, h.HolderCode, said(a, h)).or("Not established")
	if h.Confidence != "high" && h.Confidence != "" {
		who.Tag = h.Confidence + " confidence"
	}
	var more []string
	for _, m := range []string{h.People, h.TeamName, h.Note} {
		if m != "" {
			more = append(more, m)
		}
	}
	who.More = strings.Join(more, ". ")
	return Row{say(roleWord(h.Role)), who, code(h.HolderCode).or("None"), dayCell(h.ValidFrom).or("No date established"),
		authorityCell(a, h), cited(a.Register.Pack.Cite(h.Source))}
}

// authorityCell names the instrument and its line, or the law.
func authorityCell(a *Asked, h holding.Holding) Cell {
	if h.Instrument != "" {
		c := Cell{Text: cmp.Or(h.Title, h.Instrument), Href: a.To("/instruments/" + h.Instrument)}
		c.More = basisWord(h.Basis)
		if h.Line != "" {
			c.Text += ", line " + h.Line
		}
		return c
	}
	c := Cell{Text: basisWord(h.Basis), Lacks: "Not established"}
	if r, ok := a.Register.nearest("legal_basis", h.LegalBasis, a.On); ok {
		c.Text, c.More = r.Get("title"), r.Get("provision")
	}
	return c
}

var basisWords = map[string]string{
	"statute_direct": "By statute", "delegation_65Z5": "Delegation under section 65Z5", "joint_65Z5": "Joint working under section 65Z5",
	"joint_committee_65Z6": "Joint committee under section 65Z6", "section_7A": "Arrangement under section 7A", "delegation_13Z": "Delegation under the former section 13Z",
	"direction": "Direction", "section_75": "Agreement under section 75", "statutory_transfer": "Transfer by statute", "duty": "Duty in law", "regulations": "Regulations",
}

func basisWord(b string) string { return cmp.Or(basisWords[b], strings.ReplaceAll(b, "_", " ")) }

func changesTable(_ *Asked, name, caption string, list []holding.Change) *Table {
	if len(list) == 0 {
		return nil
	}
	t := &Table{Name: name, Caption: caption, Columns: []Column{{Key: "on", Title: "Date"}, {Key: "role", Title: "Part"}, {Key: "before", Title: "Before"}, {Key: "after", Title: "After"}, {Key: "why", Title: "Why"}}}
	for _, c := range list {
		t.Rows = append(t.Rows, Row{dayCell(c.On), say(roleWord(c.Role)), say(c.Before).or("Not established"), say(c.After).or("Not established"), say(c.Why).or("Not established")})
	}
	return t
}

const termsText = "A condition limits what may be decided without approval. Guidance is what the agreement says must be followed; it may change without the agreement being varied."

func termsTable(a *Asked, list []holding.Term) *Table {
	if len(list) == 0 {
		return nil
	}
	t := &Table{Name: "terms", Caption: "Conditions and guidance", Columns: []Column{{Key: "kind", Title: "Kind"}, {Key: "what", Title: "What"}, {Key: "code", Title: "Code"}, {Key: "version", Title: "Version"},
		{Key: "since", Title: "Since"}, {Key: "source", Title: "Source"}}}
	tables := map[string]string{holding.TermCondition: "/data/condition", holding.TermGuidance: "/data/mandated_guidance"}
	for _, x := range list {
		what := Cell{Text: sentence(x.Text), More: x.Note}
		if x.Confidence != "high" {
			what.Tag = x.Confidence + " confidence"
		}
		t.Rows = append(t.Rows, Row{say(sentence(x.Kind)), what, Cell{Text: x.Code, Code: true, Href: a.To(tables[x.Kind], "q", x.Code)}, say(x.Version).or("None"), dayCell(x.ValidFrom).or("No date established"),
			cited(a.Register.Pack.Cite(x.Source))})
	}
	return t
}

func plansTable(a *Asked, list []holding.Plan) *Table {
	t := &Table{Name: "planned", Caption: "Planned, deferred and overtaken", Columns: []Column{{Key: "from", Title: "From"}, {Key: "what", Title: "What"}, {Key: "state", Title: "State"}, {Key: "to", Title: "To whom"}, {Key: "source", Title: "Source"}}}
	for _, p := range list {
		what := Cell{Text: cmp.Or(p.Title, p.Instrument), Href: a.To("/instruments/" + p.Instrument), More: p.Text}
		t.Rows = append(t.Rows, Row{dayCell(p.From).or("No date established"), what, say(sentence(p.State)), say(p.To).or("Not established"), cited(a.Register.Pack.Cite(p.Source))})
	}
	return t
}

// sentence writes a word of the register as the beginning of a sentence.
func sentence(word string) string {
	word = strings.ReplaceAll(word, "_", " ")
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

// unclear shows what the words of a question may have meant.
func (s *Site) unclear(w http.ResponseWriter, r *http.Request, q question, e *holding.AskError) error {
	a := asked(r)
	if format := r.URL.Query().Get("format"); format != "" {
		return &problem{http.StatusNotFound, "The question cannot be answered as it is put", e.Error(), "Name the " + e.Part + " by its code."}
	}
	title := fmt.Sprintf("Which %s do you mean by “%s”?", e.Part, e.Value)
	parameterName := "service"
	if e.Part != "service" {
		parameterName, title = "for", fmt.Sprintf("Whom do you mean by “%s”?", e.Value)
	}
	if len(e.Candidates) == 0 {
		title = "That question has no one answer"
	}
	type choice struct{ Text, Code, Kind, Href string }
	var choices []choice
	for _, c := range e.Candidates {
		choices = append(choices, choice{c.Name, c.Code, sentence(c.Kind), a.with(parameterName, c.Code)})
	}
	if len(choices) == 0 {
		for _, h := range a.Register.index().find(e.Value, 8) {
			if isService := h.Kind == "Service" || h.Kind == "Service line"; isService == (parameterName == "service") {
				choices = append(choices, choice{h.Name, h.Code, h.Kind, a.with(parameterName, h.Code)})
			}
		}
	}
	return s.render(w, r, http.StatusNotFound, view{Page: "unclear", Place: "/", Title: title, Lead: sentence(e.Problem) + ".", Body: struct {
		Question question
		Choices  []choice
	}{q, choices}})
}
