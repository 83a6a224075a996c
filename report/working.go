package report

import (
	"fmt"
	"strings"
)

// working fills in how the report was worked out.
func (p *page) working() {
	m := p.method
	p.MethodFacts = []fact{
		{Name: "Method", Text: m.Title},
		{Name: "Name", Code: m.Spec()},
		{Name: "Authority", Text: m.Authority},
		{Name: "Published for", Text: p.publishedFor()},
		{Name: "SHA-256", Code: m.Hash},
	}
	if c := p.result.Manifest.Compare; c != nil {
		p.MethodFacts = append(p.MethodFacts, fact{Name: "Set beside", Text: p.Other}, fact{Name: "SHA-256 of that", Code: c.Hash})
	}
	if v := p.result.Manifest.Program; v != "" {
		p.MethodFacts = append(p.MethodFacts, fact{Name: "Program", Text: v})
	}
	ref := &p.result.Manifest.Reference
	p.ReferenceFacts = []fact{{Name: "Origin", Text: shown(ref.Origin)}, {Name: "SHA-256", Code: ref.Hash}}
	p.Sources = m.Sources
	for _, n := range ref.Notes {
		p.Notes = append(p.Notes, visibleText(n))
	}
	for _, s := range append([]string{m.Carried, m.Established}, p.result.Manifest.Notes...) {
		if s = visibleText(strings.TrimSpace(s)); s != "" && !contains(p.Provisos, s) {
			p.Provisos = append(p.Provisos, s)
		}
	}
	p.Readings, p.Inputs = p.readings(), p.inputs()
	p.Spells, p.Mapping, p.Overrides = p.spells(), p.mapping(), p.overrides()
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if strings.TrimSpace(l) == s {
			return true
		}
	}
	return false
}

func (p *page) publishedFor() string {
	from, to := date(p.method.From), date(p.method.To)
	if from == "" || to == "" {
		return noData
	}
	text := "activity from " + from + " to " + to
	if carried := date(p.method.CarriedTo); carried != "" && carried != to {
		text += ", carried forward to " + carried
	}
	return text
}

// readings lists the choices made where the guidance can be read in two ways.
func (p *page) readings() *table {
	t := &table{
		ID: "readings", Caption: "Readings chosen where the guidance is ambiguous",
		Columns: []column{{Head: "Reading"}, {Head: "Question", Wide: true}, {Head: "Chosen", Wide: true}, {Head: "Default"}},
		Empty:   "The method has no readings to choose.",
	}
	for _, r := range p.method.Readings {
		chosen := cell{Code: r.Chosen}
		for _, o := range r.Options {
			if o.Name == r.Chosen {
				chosen.Text = o.Means
			}
		}
		standard := textCell("Yes")
		if r.Chosen != r.Default {
			standard = cell{Text: "No; it is", Codes: []string{r.Default}}
		}
		t.Rows = append(t.Rows, row{Cells: []cell{{Code: r.ID}, textCell(r.Question), chosen, standard}})
	}
	return t
}

func (p *page) inputs() *table {
	t := &table{
		ID: "inputs", Caption: "Input files",
		Columns: []column{{Head: "File"}, {Head: "Data set"}, {Head: "Records", Right: true}, {Head: "SHA-256", Wide: true}, {Head: "Notes", Wide: true}},
		Empty:   "No files.",
	}
	for _, in := range p.result.Manifest.Inputs {
		notes := absentCell("None")
		if len(in.Notes) > 0 {
			notes = cell{}
			for _, n := range in.Notes {
				notes.Under = append(notes.Under, visibleText(n))
			}
		}
		t.Rows = append(t.Rows, row{Cells: []cell{textCell(shownName(in.File)), textCell(in.Dataset), countCell(in.Rows), {Code: in.SHA256}, notes}})
	}
	if len(t.Rows) > 0 {
		t.Total = &row{Cells: []cell{textCell("All files"), {}, countCell(p.whole.rows), {}, {}}}
		p.Faults = append(p.Faults, t.faults()...)
	}
	return t
}

func (p *page) spells() string {
	n := p.result.Manifest.Spells
	if n == nil {
		return "Not applicable: no file of admitted episodes was read."
	}
	text := fmt.Sprintf("%s read; in %s one specialised episode makes the whole spell specialised", plural(n.Spells, "spell was", "spells were"), count(n.Specialised))
	if n.Conflicting > 0 {
		text += fmt.Sprintf(", %s of them with episodes of several specialised lines", count(n.Conflicting))
	}
	return text + "."
}

func (p *page) mapping() string {
	n := p.result.Manifest.Mapping
	if n == nil {
		return "Not applicable: the columns were recognised from their names."
	}
	text := "The mapping file " + shownName(n.Name) + " (SHA-256 " + short(n.Hash) + ") was used."
	if n.Says != "" {
		text += " It says of itself: " + visibleText(n.Says)
	}
	return text
}

func (p *page) overrides() string {
	n := p.result.Manifest.Overrides
	if n == nil {
		return "None."
	}
	return plural(int64(n.Rows), "override was", "overrides were") + " loaded from " + shownName(n.File) + " (SHA-256 " + short(n.SHA256) + "): decisions of people that stand in place of the method's."
}
