package assign

import (
	"fmt"
	"sort"
	"strings"

	"remit/method"
)

// Manifest says what a run was worked out from and what it came to. The same
// inputs, method and reference data give the same manifest, byte for byte.
type Manifest struct {
	Program   string        `json:"program"`
	Method    MethodNote    `json:"method"`
	Compare   *MethodNote   `json:"compared_with,omitempty"`
	Reference ReferenceNote `json:"reference"`
	Inputs    []InputNote   `json:"inputs"`
	Mapping   *MappingNote  `json:"mapping,omitempty"`
	Overrides *OverrideNote `json:"overrides,omitempty"`
	Rows      int64         `json:"rows"`
	Cost      string        `json:"cost,omitempty"`
	Outcomes  []Count       `json:"outcomes"`
	Payers    []Count       `json:"payers"`
	Agreement []Count       `json:"agreement"`
	Warnings  []Count       `json:"warnings"`
	Spells    *SpellNote    `json:"spells,omitempty"`
	Notes     []string      `json:"notes,omitempty"`
}

// MethodNote pins a method and the readings it was used with.
type MethodNote struct {
	Name     string            `json:"name"`
	Hash     string            `json:"sha256"`
	Readings map[string]string `json:"readings,omitempty"`
}

// ReferenceNote pins the reference data.
type ReferenceNote struct {
	Origin string   `json:"origin"`
	Hash   string   `json:"sha256"`
	Notes  []string `json:"notes,omitempty"`
}

// InputNote pins an input file.
type InputNote struct {
	File    string   `json:"file"`
	SHA256  string   `json:"sha256"`
	Rows    int64    `json:"rows"`
	Dataset string   `json:"dataset"`
	Notes   []string `json:"notes,omitempty"`
	Told    []string `json:"-"` // those of the notes that a user should see at once
}

// MappingNote pins a mapping file and repeats what it says of itself.
type MappingNote struct {
	Name string `json:"name"`
	Hash string `json:"sha256"`
	Says string `json:"says,omitempty"`
}

// SpellNote says what the spell rule had to keep.
type SpellNote struct {
	Spells        int64 `json:"spells"`
	Specialised   int64 `json:"specialised"`
	Conflicting   int64 `json:"with_several_lines"`
	BytesPerSpell int64 `json:"bytes_per_spell_at_most"`
}

// OverrideNote names the table of overrides. Unused are its rows, counted from 1
// after the header, that no record was found for.
type OverrideNote struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	Rows   int    `json:"rows"`
	Unused []int  `json:"unused_rows,omitempty"`
}

// Count is a number of rows, and their money, under a name.
type Count struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
	Cost string `json:"cost,omitempty"`
}

func methodNote(m *method.Method) MethodNote {
	n := MethodNote{Name: m.Name, Hash: m.Hash, Readings: map[string]string{}}
	for _, r := range m.Readings {
		n.Readings[r.ID] = r.Chosen
	}
	return n
}

func (r *run) manifest(s *Summary) Manifest {
	m := Manifest{
		Program: r.job.Program, Method: methodNote(r.job.Method), Rows: s.Rows, Notes: r.notes,
		Reference: ReferenceNote{r.job.Pack.Origin, r.job.Pack.Hash, r.job.Pack.Notes},
	}
	if r.job.Compare != nil {
		n := methodNote(r.job.Compare)
		m.Compare = &n
	}
	if r.job.Map != nil {
		m.Mapping = &MappingNote{r.job.Map.Name, r.job.Map.Hash, r.job.Map.Says}
	}
	if o := r.job.Overrides; o != nil {
		m.Overrides = &OverrideNote{o.File, o.SHA256, len(o.all), o.unused()}
		if unused := m.Overrides.Unused; len(unused) > 0 {
			m.Notes = append(m.Notes, fmt.Sprintf("%d of %d overrides apply to no record: row %s of %s.", len(unused), len(o.all), strings.Join(someOf(unused), ", "), o.File))
		}
	}
	for _, in := range r.inputs {
		n := InputNote{File: in.path, SHA256: in.sum, Rows: in.rows, Dataset: string(in.layout.Dataset)}
		for _, note := range in.layout.Notes {
			n.Notes = append(n.Notes, note.String())
			if note.Says != "" {
				n.Told = append(n.Told, note.Says)
			}
		}
		m.Inputs = append(m.Inputs, n)
	}
	if s.Costed {
		m.Cost = s.Cost.String()
	}
	if r.spells != nil {
		n := r.spells.note()
		m.Spells = &n
	}
	m.Outcomes = s.count(func(c *Cell) string { return outcomeText(c.Outcome, c.Commissioner) })
	m.Payers = s.count(func(c *Cell) string { return c.Commissioner })
	m.Agreement = s.count(func(c *Cell) string { return c.Agreement })
	m.Warnings = []Count{}
	for _, w := range s.Warnings {
		m.Warnings = append(m.Warnings, Count{w.Code, w.Rows, s.money(w.Cost.String())})
	}
	if r.job.Map != nil && r.job.Map.Says != "" {
		m.Notes = append(m.Notes, r.job.Map.Says)
	}
	if r.carried && r.job.Method.Carried != "" {
		m.Notes = append(m.Notes, r.job.Method.Carried)
	}
	return m
}

func (s *Summary) money(amount string) string {
	if !s.Costed {
		return ""
	}
	return amount
}

// count adds the cells up under a name, in the order of the names.
func (s *Summary) count(name func(*Cell) string) []Count {
	sums := map[string]*cell{}
	for i := range s.Cells {
		c := &s.Cells[i]
		n := name(c)
		if sums[n] == nil {
			sums[n] = &cell{}
		}
		sums[n].add(c.Rows, c.Cost)
	}
	list := make([]Count, 0, len(sums))
	for n, c := range sums {
		list = append(list, Count{n, c.rows, s.money(c.cost.String())})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// someOf writes the first numbers of a list.
func someOf(list []int) []string {
	const shown = 10
	var out []string
	for _, n := range list[:min(len(list), shown)] {
		out = append(out, fmt.Sprint(n))
	}
	if rest := len(list) - shown; rest > 0 {
		out = append(out, fmt.Sprintf("and %d more", rest))
	}
	return out
}
