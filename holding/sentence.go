package holding

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"remit/register"
)

// longDay writes a day as one reads it out: 1 April 2025.
func longDay(d register.Day) string {
	if d <= register.Earliest || d >= register.Latest {
		return ""
	}
	return time.Unix(int64(d)*86400, 0).UTC().Format("2 January 2006")
}

// and joins names: a, b and c.
func and(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// what names the subject with its code.
func (a *Answer) what() string {
	if a.Service.Kind == "function" {
		return a.Service.Title
	}
	return fmt.Sprintf("%s (%s)", a.Service.Title, a.Service.Code)
}

// whom names the people.
func (a *Answer) whom() string {
	switch a.For.Kind {
	case "england":
		return "people in England"
	case "practice":
		return fmt.Sprintf("people registered with %s (%s)", a.For.Name, a.For.Code)
	case "postcode", "lsoa":
		return "people living in " + a.For.Name
	case "provider":
		return fmt.Sprintf("people of the ICB where %s stands", a.For.Name)
	}
	return "people of " + shortName(a.For.Name)
}

// sentence is the answer as one would read it out. placed says that the question
// tells where care is given.
func (b *Book) sentence(a *Answer, g *segment, role Role, placed bool) string {
	if len(a.Holdings) == 0 {
		return fmt.Sprintf("On %s the register does not tell who holds %s for %s.", longDay(a.On), a.what(), a.whom())
	}
	text := ""
	switch {
	case role != "":
		text = b.roleSentence(a, role)
	case len(g.states) > 1:
		text = b.severalSentence(a, g)
	default:
		text = b.oneSentence(a, g, placed)
	}
	if role == "" || role == Accountable || role == Responsible {
		text += a.planClause()
	}
	return fmt.Sprintf("On %s, %s.", longDay(a.On), text)
}

// oneSentence is for a place that is in one ICB.
func (b *Book) oneSentence(a *Answer, g *segment, placed bool) string {
	st := g.states[0]
	accountable, standard := a.named(Accountable), a.named(SetsStandard)
	switch {
	case st.joint:
		board := shortName(b.Name(g.parts[0].icb, a.On))
		return fmt.Sprintf("%s and %s commission %s jointly for %s: the %s decides, and %s stays accountable, holds the contracts and pays",
			a.named(Contracts), board+b.heir(a), a.what(), a.its(board), a.named(Decides), accountable)
	case st.delegated(b):
		board := a.named(Responsible)
		text := fmt.Sprintf("%s commissions %s for %s under delegation from %s", board+b.heir(a), a.what(), a.its(board), accountable)
		if by := a.named(Decides); by != board {
			understood := ""
			if st.in(Decides)[0].confidence == "low" {
				understood = ", it is inferred,"
			}
			text += fmt.Sprintf(", with decisions%s taken in the %s", understood, by)
		}
		if accountable == standard {
			return text + fmt.Sprintf("; %s stays accountable and sets the national standards", accountable)
		}
		return text + fmt.Sprintf("; %s stays accountable and %s sets the national standards", accountable, standard)
	case accountable != a.named(Responsible):
		return fmt.Sprintf("%s commissions %s for %s on behalf of the %s, who stays accountable", a.named(Responsible), a.what(), a.whom(), accountable)
	}
	text := fmt.Sprintf("%s itself commissions %s for %s: %s", a.named(Responsible), a.what(), a.whom(), a.kept())
	if i := slices.IndexFunc(a.Holdings, func(h Holding) bool { return h.Role == Employs && h.Team != "" }); i >= 0 {
		where := ""
		if !placed {
			where = ", for providers in the region," // the team is that of the provider
		}
		text += fmt.Sprintf(", and%s the work is done by its team: %s", where, a.Holdings[i].TeamName)
		if a.Holdings[i].Confidence == "low" {
			text += " (which team is not confirmed)"
		}
	}
	return text
}

// its says for whom an ICB commissions: its own people, or part of them.
func (a *Answer) its(board string) string {
	if a.For.Kind == "icb" && shortName(a.For.Name) == board {
		return "its people"
	}
	return a.whom()
}

// heir says that the ICB is another than the one asked for.
func (b *Book) heir(a *Answer) string {
	if a.For.Kind != "icb" {
		return ""
	}
	if _, ok := on(b.icbs[a.For.Code], a.On); ok || a.On < b.icbs[a.For.Code][0].from {
		return ""
	}
	return ", the successor of " + shortName(a.For.Name) + ","
}

// kept says why the owner of a function exercises it itself.
func (a *Answer) kept() string {
	switch a.Service.Category {
	case "retained_highly_specialised":
		return "it is a highly specialised service and is retained"
	case "retained_specialised":
		return "it is a retained service"
	}
	if a.Service.Kind == "line" && a.Service.Status == "RED" {
		return "it is a retained service line"
	}
	return "it is not delegated"
}

// severalSentence is for people who are in several ICBs. They may hold the
// function in different ways: one clause for each way.
func (b *Book) severalSentence(a *Answer, g *segment) string {
	var delegated, joint, alone []string
	for i := range g.states {
		name := shortName(b.Name(g.parts[i].icb, a.On))
		switch {
		case g.states[i].joint:
			joint = append(joint, name)
		case g.states[i].delegated(b):
			delegated = append(delegated, name)
		default:
			alone = append(alone, name)
		}
	}
	owner := a.named(Accountable)
	if len(delegated)+len(joint) == 0 {
		return fmt.Sprintf("%s itself commissions %s for %s: %s", a.named(Responsible), a.what(), a.whom(), a.kept())
	}
	var clauses []string
	if len(delegated) > 0 {
		clauses = append(clauses, fmt.Sprintf("%s commission %s for %s, each for its own part, under delegation from %s", few(delegated), a.what(), a.whom(), owner))
	}
	if len(joint) > 0 {
		what := a.what()
		if len(delegated) > 0 {
			what = "it"
		}
		through := "a joint committee"
		if n := committees(g); n > 1 {
			through = fmt.Sprintf("%d joint committees", n)
		}
		clauses = append(clauses, fmt.Sprintf("%s commissions %s jointly with %s, through %s", owner, what, few(joint), through))
	}
	if len(alone) > 0 {
		clauses = append(clauses, fmt.Sprintf("%s alone commissions it for the people of %s", owner, few(alone)))
	}
	return strings.Join(clauses, "; ") + fmt.Sprintf("; %s stays accountable and sets the national standards", owner)
}

// committees counts those that decide jointly with the owner.
func committees(g *segment) int {
	seen := map[string]bool{}
	for _, st := range g.states {
		if st.joint {
			seen[st.holder(Decides)] = true
		}
	}
	return len(seen)
}

// few names up to five, and counts more.
func few(names []string) string {
	if len(names) > 5 {
		return fmt.Sprintf("%d ICBs", len(names))
	}
	return and(names)
}

var roleVerbs = map[Role][2]string{
	Accountable:  {"is", "accountable for"},
	Responsible:  {"is", "responsible for commissioning"},
	Decides:      {"decides on", ""},
	Contracts:    {"holds", "the contracts for"},
	Pays:         {"pays for", ""},
	Employs:      {"employs", "the team that does the work for"},
	SetsStandard: {"sets", "the national standards of"},
	Assures:      {"assures", "the commissioning of"},
}

func (b *Book) roleSentence(a *Answer, role Role) string {
	holders := a.list(role)
	verb := strings.TrimSpace(roleVerbs[role][0] + " " + roleVerbs[role][1])
	if len(holders) > 1 {
		verb = strings.TrimSpace(plural(roleVerbs[role][0]) + " " + roleVerbs[role][1])
	}
	h := a.Holdings[0]
	name := and(holders)
	if len(holders) > 5 {
		name = fmt.Sprintf("each of %d bodies", len(holders))
	}
	if h.Role == Decides && h.Basis == "joint_committee_65Z6" {
		name = "the " + name
	}
	if h.HolderCode == "" && len(holders) == 1 {
		name = "a body that is not established"
	}
	text := fmt.Sprintf("%s %s %s for %s", name, verb, a.what(), a.whom())
	if since := longDay(h.ValidFrom); since != "" && len(holders) == 1 {
		text += ", since " + since
	}
	if h.Confidence == "low" {
		text += " (to be confirmed)"
	}
	return text
}

func plural(verb string) string {
	switch verb {
	case "is":
		return "are"
	case "decides on":
		return "decide on"
	case "pays for":
		return "pay for"
	}
	return strings.TrimSuffix(verb, "s")
}

// named are the names of those in a role.
func (a *Answer) named(role Role) string { return and(a.list(role)) }

func (a *Answer) list(role Role) []string {
	var names []string
	for _, h := range a.Holdings {
		if name := shortName(h.HolderName); h.Role == role && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// planClause says what is planned, and what plan came to nothing, for the end
// of the sentence.
func (a *Answer) planClause() string {
	text := ""
	for _, p := range a.Planned {
		switch {
		case p.State == "overtaken" && p.From <= a.On:
			text += fmt.Sprintf("; the plan to pass it to ICBs on %s was overtaken", longDay(p.From))
		case p.State == "overtaken":
		case strings.Contains(p.Text, "subject to Parliament"):
			text += fmt.Sprintf("; from %s a transfer to ICBs by statute is planned, subject to Parliament", longDay(p.From))
			if p.From <= a.On {
				text += ", and is not counted here until it is law"
			}
		default:
			text += fmt.Sprintf("; from %s it is planned to pass to ICBs", longDay(p.From))
		}
	}
	return text
}
