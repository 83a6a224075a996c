package holding

import (
	"slices"
	"strings"

	"remit/register"
)

// Place is the people whom a question is about.
type Place struct {
	Kind string `json:"kind"` // icb, sub_icb, practice, postcode, lsoa, reporting_entity, provider, region or england
	Code string `json:"code"`
	Name string `json:"name"`
}

// part is an ICB, or the part of one, that a place belongs to on a day.
type part struct {
	icb, sub, region string
	label            string // how the part differs from the others, when there are several
}

// FindPlace finds the people meant by a code or a name: an ICB, a sub-ICB
// location, a London borough or other reporting entity, a practice, a postcode, a
// provider (the people of the ICB where it stands), a region, or England. An
// *AskError has the candidates where a name fits several.
func (b *Book) FindPlace(text string, day register.Day) (*Place, error) {
	text = strings.TrimSpace(text)
	code := strings.ToUpper(text)
	if code == "" || code == "ENGLAND" || code == "E92000001" {
		return &Place{"england", "England", "England"}, nil
	}
	for _, kind := range []string{"icb", "sub_icb", "region", "reporting_entity", "provider", "practice"} {
		if t := b.pack.Table(kind); t.FindEver(code, 0).Row != register.NoRow {
			return &Place{kind, code, b.placeName(kind, code, day)}, nil
		}
	}
	if t := b.pack.Table("ons_code"); t.FindEver(code, 0).Row != register.NoRow {
		return b.FindPlace(t.At(t.FindEver(code, 0).Row, "ods"), day)
	}
	if t := b.pack.Table("area_move"); t.FindEver(code, 0).Row != register.NoRow {
		return &Place{"lsoa", code, "the neighbourhood " + code}, nil
	}
	postcode := register.NormalPostcode(code)
	if b.pack.Table("postcode").FindEver(postcode, 0).Row != register.NoRow {
		return &Place{"postcode", postcode, "the postcode " + postcode}, nil
	}
	return b.placeByName(text, day)
}

// placeName is the name that a code has on a day, or had last.
func (b *Book) placeName(kind, code string, day register.Day) string {
	t := b.pack.Table(kind)
	row := t.Find(code, day, 0).Row
	if row == register.NoRow {
		rows := t.Rows(code)
		row = rows[len(rows)-1]
	}
	return t.At(row, "name")
}

var placeNoise = []string{"nhs", "integrated", "care", "board", "icb", "region", "trust", "foundation", "hospital", "hospitals", "university"}

func placeWords(s string) []string {
	return slices.DeleteFunc(wordsOf(s), func(w string) bool { return slices.Contains(placeNoise, w) })
}

// placeByName looks for a name among the larger places first. One that is the
// whole name comes before others of which it is a part.
func (b *Book) placeByName(text string, day register.Day) (*Place, error) {
	words := placeWords(text)
	if len(words) == 0 {
		words = wordsOf(text)
	}
	var found []Candidate
	for _, kind := range []string{"region", "icb", "reporting_entity", "sub_icb", "provider"} {
		t := b.pack.Table(kind)
		for _, code := range t.Keys() {
			name := b.placeName(kind, code, day)
			at := placeWords(name)
			switch {
			case slices.Equal(at, words) || kind == "icb" && slices.Equal(placeWords(b.icbs[code][0].short), words):
				return &Place{kind, code, name}, nil
			case len(words) > 0 && has(at, words):
				found = append(found, Candidate{kind, code, name})
			}
		}
		if len(found) > 0 && kind != "region" {
			break
		}
	}
	switch len(found) {
	case 0:
		problem := "no ICB, sub-ICB location, practice, provider or region has that code or name"
		if loaded := b.pack.Table("part"); loaded.FindEver("postcode_directory", 0).Row == register.NoRow {
			problem += "; for postcodes load a postcode directory first (remit reference import)"
		}
		return nil, &AskError{"population", text, problem, nil}
	case 1:
		return &Place{found[0].Kind, found[0].Code, found[0].Name}, nil
	}
	return nil, ambiguous("population", text, found)
}

// partsOn are the ICBs that the people of a place belong to on a day: one, or
// several after a split, or none before there were ICBs.
func (b *Book) partsOn(p *Place, day register.Day) []part {
	switch p.Kind {
	case "icb":
		return b.boardParts(p.Code, day, "", nil)
	case "sub_icb":
		return b.locationParts(p.Code, day, "")
	case "reporting_entity", "lsoa", "postcode":
		table := p.Kind
		if table == "lsoa" {
			table = "area_move"
		}
		t := b.pack.Table(table)
		if sub := t.At(t.Find(p.Code, day, 0).Row, "sub_icb"); sub != "" {
			return b.locationParts(sub, day, "")
		}
		rows := t.Rows(p.Code)
		if len(rows) == 0 {
			return nil
		}
		return b.locationParts(t.At(rows[len(rows)-1], "sub_icb"), day, "")
	case "practice":
		t := b.pack.Table("practice")
		f := t.Find(p.Code, day, 0)
		if f.Row == register.NoRow {
			rows := t.Rows(p.Code)
			f.Row = rows[len(rows)-1]
		}
		return b.locationParts(t.At(f.Row, "commissioner"), day, "")
	case "provider":
		t := b.pack.Table("provider")
		if icb := t.At(t.Find(p.Code, day, 0).Row, "icb"); icb != "" {
			return b.boardParts(icb, day, "", nil)
		}
		rows := t.Rows(p.Code)
		return b.boardParts(t.At(rows[len(rows)-1], "icb"), day, "", nil)
	}
	var parts []part
	for _, code := range b.boards(day) {
		v, _ := on(b.icbs[code], day)
		if p.Kind == "england" || v.region == p.Code {
			parts = append(parts, b.part(code, "", day, "the people of "+shortName(v.name)))
		}
	}
	return parts
}

// boards are the codes of the ICBs that there are on a day.
func (b *Book) boards(day register.Day) []string {
	var codes []string
	for code, versions := range b.icbs {
		if _, ok := on(versions, day); ok {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return codes
}

func (b *Book) part(icb, sub string, day register.Day, label string) part {
	t := b.pack.Table("icb")
	row := t.Find(icb, day, 0).Row
	if sub == "" {
		sub = t.At(row, "sole_sub_icb")
	}
	return part{icb, sub, t.At(row, "region"), label}
}

// boardParts follows an ICB to its successors, or back to those it was made of.
func (b *Book) boardParts(code string, day register.Day, label string, seen []string) []part {
	versions := b.icbs[code]
	if len(versions) == 0 || slices.Contains(seen, code) {
		return nil
	}
	if _, ok := on(versions, day); ok {
		return []part{b.part(code, "", day, label)}
	}
	var parts []part
	seen = append(seen, code)
	if day > versions[len(versions)-1].to {
		for _, s := range b.successors[code] {
			if s.kind == "icb" {
				parts = append(parts, b.boardParts(s.successor, day, partLabel(&s, b, label), seen)...)
			}
		}
		return parts
	}
	if day < versions[0].from {
		for _, s := range b.forebears[code] {
			if s.kind == "icb" && s.on == versions[0].from {
				parts = append(parts, b.boardParts(s.predecessor, day, joined(label, "the area that was "+shortName(b.Name(s.predecessor, day))), seen)...)
			}
		}
	}
	return parts
}

func partLabel(s *succession, b *Book, label string) string {
	if !s.partial() {
		return label
	}
	return joined(label, "the part of "+shortName(b.Name(s.predecessor, s.on-1))+" that is now "+shortName(b.Name(s.successor, s.on))+" ("+s.note+")")
}

func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// locationParts finds the ICB of a sub-ICB location, or of those that took it over.
func (b *Book) locationParts(code string, day register.Day, label string) []part {
	t := b.pack.Table("sub_icb")
	if row := t.Find(code, day, 0).Row; row != register.NoRow {
		return []part{b.part(t.At(row, "icb"), code, day, label)}
	}
	var parts []part
	for _, s := range b.successors[code] {
		if s.kind == "sub_icb" && s.on <= day && s.how != "boundary_transfer" {
			parts = append(parts, b.locationParts(s.successor, day, joined(label, "the part that is now in "+s.successor+" ("+s.note+")"))...)
		}
	}
	if len(parts) > 0 {
		return parts
	}
	for _, s := range b.forebears[code] {
		if s.kind == "sub_icb" && s.on > day && s.how == "split" {
			parts = append(parts, b.locationParts(s.predecessor, day, label)...)
		}
	}
	return parts
}

// placeDays are those on which the ICBs of a place may change.
func (b *Book) placeDays(p *Place) []register.Day {
	var days []register.Day
	for _, versions := range b.icbs {
		for _, v := range versions {
			days = appendDays(days, v.fact)
		}
	}
	for _, table := range []string{p.Kind, "sub_icb"} {
		t := b.pack.Table(table)
		if p.Kind == "lsoa" && table == "lsoa" {
			t = b.pack.Table("area_move")
		}
		if t == nil || table == "icb" {
			continue
		}
		for _, code := range append(b.placeCodes(p), p.Code) {
			for _, row := range t.Rows(code) {
				from, to := t.Valid(row)
				days = appendDays(days, fact{from: from, to: to})
			}
		}
	}
	return days
}

// placeCodes are the sub-ICB locations that a place is ever in.
func (b *Book) placeCodes(p *Place) []string {
	var codes []string
	column := map[string]string{"practice": "commissioner", "postcode": "sub_icb", "reporting_entity": "sub_icb"}[p.Kind]
	if column == "" {
		return nil
	}
	t := b.pack.Table(p.Kind)
	for _, row := range t.Rows(p.Code) {
		codes = append(codes, t.At(row, column))
	}
	return codes
}

// shortName writes the name of an ICB as people say it.
func shortName(name string) string {
	return strings.Replace(name, "Integrated Care Board", "ICB", 1)
}
