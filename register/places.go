package register

import (
	"strconv"
)

var placeColumns = []string{"postcode", "country", "sub_icb", "icb", "region", "health_board", "local_authority"}

// postcodes makes the table of postcodes from the directory, if one is loaded,
// and from the rows of postcode.csv, which come before it.
func (d *draft) postcodes(p *Pack) {
	s := d.sheets["postcode"]
	t := newTable("postcode", "postcode", placeColumns...)
	country, sub, board, authority := s.at("country"), s.at("sub_icb"), s.at("health_board"), s.at("local_authority")
	for _, l := range s.inOrder() {
		a := area{l.fields[country], l.fields[sub], l.fields[board], l.fields[authority]}
		a.add(t, p.tables["sub_icb"], l.key(), l.from, l.to, d.provenance(s, l))
	}
	t.index()
	if d.index != nil {
		d.openDirectory(p, t)
	}
	p.tables["postcode"] = t
	if d.index == nil && len(s.lines) == 0 {
		d.note("No postcode directory is loaded: nothing can be found by a patient's postcode. Import one with: remit reference import.")
	}
}

// area is what is known of a postcode besides its dates.
type area struct {
	country, subICB, healthBoard, localAuthority string
}

// add appends the area to the table of postcodes, with the board and the
// region that its sub-ICB location belonged to at each time. While the
// location does not exist the postcode has its country and no location.
func (a area) add(t, subs *Table, key string, from, to Day, p provenance) {
	var c cuts
	c.of(subs, a.subICB)
	c.each(from, to, func(from, to Day) {
		sub := a.subICB
		row := subs.Find(sub, from, 0).Row
		if row == NoRow {
			sub = ""
		}
		t.add(from, to, p, key, a.country, sub, subs.at(row, "icb"), subs.at(row, "region"), a.healthBoard, a.localAuthority)
	})
}

// places is a postcode directory whose areas have become rows of a table. The
// key column of those rows is blank: one row serves many postcodes.
type places struct {
	find_ func(code string) (int, bool)
	areas [][]version
}

func (p *places) find(key string) []version {
	area, ok := p.find_(key)
	if !ok || area >= len(p.areas) {
		return nil
	}
	return p.areas[area]
}

// openDirectory turns the areas of the directory into rows: number, country,
// sub_icb, health_board, local_authority, valid_from, valid_to and source.
func (d *draft) openDirectory(p *Pack, t *Table) {
	dir := &places{find_: d.index.Find}
	records, _ := splitCSV(IndexFile, d.index.Areas())
	for _, r := range records {
		n, err := strconv.Atoi(r.fields[0])
		if err != nil || len(r.fields) != 8 {
			continue
		}
		for len(dir.areas) <= n {
			dir.areas = append(dir.areas, nil)
		}
		first := len(t.rows)
		a := area{r.fields[1], r.fields[2], r.fields[3], r.fields[4]}
		a.add(t, p.tables["sub_icb"], "", dayOr(r.fields[5], Earliest), dayOr(r.fields[6], Latest), provenance{source: r.fields[7], confidence: "high"})
		for row := first; row < len(t.rows); row++ {
			dir.areas[n] = append(dir.areas[n], version{t.notes[row].from, t.notes[row].to, int32(row)})
		}
	}
	t.directory = dir
	p.postcodes = d.index
	p.closers = append(p.closers, d.index.Close)
	d.note("The postcode directory has %d postcodes. A postcode is found whether or not it is still in use.", d.index.Len())
}
