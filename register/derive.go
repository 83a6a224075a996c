package register

import (
	"slices"
	"strings"
)

// derive makes the tables that methods read out of the files.
func (d *draft) derive(p *Pack) {
	for _, s := range schemas {
		switch s.table {
		case "region", "icb", "sub_icb", "provider", "provider_host", "practice", "postcode":
		default:
			p.put(d.plain(s.table, s.table))
		}
	}
	overrides := d.plain("provider_host", "provider_host").index()
	p.put(d.plain("tool_service_line", "service_line"))
	p.put(d.plain("category", "commissioned_service_category"))
	p.put(d.plain("pod", "point_of_delivery"))
	d.regions(p)
	d.icbs(p)
	d.subICBs(p)
	d.postcodes(p)
	d.providers(p, overrides)
	d.practices(p)
	d.detention(p)
	d.parts(p)
	organisations(p)
	cutCodes(p)
	d.onsCodes(p)
	d.noteCommissioners(p)
	p.Notes = d.notes
}

func (d *draft) regions(p *Pack) {
	s := d.sheets["region"]
	t := newTable("region", "code", "code", "name", "specialised_hub", "health_justice_hub")
	name, specialised, justice := s.at("name"), s.at("specialised_hub"), s.at("health_justice_hub")
	for _, l := range s.inOrder() {
		t.add(l.from, l.to, d.provenance(s, l), l.key(), l.fields[name], l.fields[specialised], l.fields[justice])
	}
	p.put(t)
}

// icbs gives each board the hubs of its region, whether it had taken on
// delegated commissioning, and its sub-ICB location where it has only one.
func (d *draft) icbs(p *Pack) {
	s := d.sheets["icb"]
	regions := p.tables["region"]
	children := d.subICBsOf()
	name, region, delegated := s.at("name"), s.at("region"), s.at("delegated_from")
	t := newTable("icb", "code", "code", "name", "region", "specialised_hub", "health_justice_hub", "delegated", "sole_sub_icb")
	for _, l := range s.inOrder() {
		since := dayOr(l.fields[delegated], Latest)
		c := cuts{since}
		c.of(regions, l.fields[region])
		for _, child := range children[l.key()] {
			c = append(c, child.from, child.to+1)
		}
		c.each(l.from, l.to, func(from, to Day) {
			t.add(from, to, d.provenance(s, l), l.key(), l.fields[name], l.fields[region],
				regions.value(l.fields[region], from, "specialised_hub"), regions.value(l.fields[region], from, "health_justice_hub"),
				yesNo(from >= since), sole(children[l.key()], from))
		})
	}
	p.put(t)
}

func yesNo(b bool) string {
	if b {
		return "Yes"
	}
	return "No"
}

// child is a sub-ICB location while it belongs to one board.
type child struct {
	code     string
	from, to Day
}

func (d *draft) subICBsOf() map[string][]child {
	s := d.sheets["sub_icb"]
	icb := s.at("icb")
	of := map[string][]child{}
	for i := range s.lines {
		l := &s.lines[i]
		of[l.fields[icb]] = append(of[l.fields[icb]], child{l.key(), l.from, l.to})
	}
	return of
}

// sole is the only one of the sub-ICB locations that holds on the day.
func sole(children []child, on Day) string {
	code := ""
	for _, c := range children {
		if on < c.from || on > c.to {
			continue
		}
		if code != "" && code != c.code {
			return ""
		}
		code = c.code
	}
	return code
}

func (d *draft) subICBs(p *Pack) {
	s := d.sheets["sub_icb"]
	icbs := p.tables["icb"]
	name, icb := s.at("name"), s.at("icb")
	t := newTable("sub_icb", "code", "code", "name", "icb", "region", "specialised_hub", "health_justice_hub", "delegated")
	for _, l := range s.inOrder() {
		var c cuts
		board := l.fields[icb]
		c.of(icbs, board)
		c.each(l.from, l.to, func(from, to Day) {
			t.add(from, to, d.provenance(s, l), l.key(), l.fields[name], board,
				icbs.value(board, from, "region"), icbs.value(board, from, "specialised_hub"),
				icbs.value(board, from, "health_justice_hub"), icbs.value(board, from, "delegated"))
		})
	}
	p.put(t)
}

// providers gives each provider its host sub-ICB location and the hub that
// holds its specialised contract, and says on what basis.
func (d *draft) providers(p *Pack, overrides *Table) {
	t := newTable("provider", "code", "code", "name", "postcode", "icb", "host_sub_icb", "host_basis", "specialised_hub", "hub_basis", "kind")
	hosts := newTable("provider_host", "provider", "provider", "host_sub_icb")
	for row, r := range overrides.rows {
		n := overrides.notes[row]
		hosts.add(n.from, n.to, n, r[0], r[1])
	}
	for _, l := range d.providerLines(overrides) {
		d.provider(p, t, hosts, overrides, l)
	}
	p.put(t)
	p.put(hosts)
	d.noteProviders(p)
}

// providerLine is what is stated about a provider, before anything is derived.
type providerLine struct {
	code, name, postcode, icb, kind string
	from, to                        Day
	provenance
}

// providerLines are those of provider.csv, and providers known only because an
// operator named their host or their hub.
func (d *draft) providerLines(overrides *Table) []providerLine {
	s := d.sheets["provider"]
	name, code, icb, kind := s.at("name"), s.at("postcode"), s.at("icb"), s.at("kind")
	var lines []providerLine
	known := map[string]bool{}
	for _, l := range s.inOrder() {
		known[l.key()] = true
		lines = append(lines, providerLine{l.key(), l.fields[name], l.fields[code], l.fields[icb], l.fields[kind], l.from, l.to, d.provenance(s, l)})
	}
	for _, table := range []string{"provider_host", "provider_hub"} {
		s := d.sheets[table]
		for _, l := range s.inOrder() {
			if !known[l.key()] {
				known[l.key()] = true
				lines = append(lines, providerLine{code: l.key(), from: Earliest, to: Latest, provenance: d.provenance(s, l)})
			}
		}
	}
	return lines
}

func (d *draft) provider(p *Pack, t, hosts, overrides *Table, l providerLine) {
	contracts, icbs, subs, places := p.tables["provider_hub"], p.tables["icb"], p.tables["sub_icb"], p.tables["postcode"]
	var c cuts
	c.of(overrides, l.code)
	c.of(contracts, l.code)
	c.of(icbs, l.icb)
	c.of(places, l.postcode)
	if l.icb == "" {
		for _, row := range overrides.Rows(l.code) {
			c.of(subs, overrides.at(row, "host_sub_icb"))
		}
	}
	c.each(l.from, l.to, func(from, to Day) {
		host, basis := hostOn(from, l, overrides, places, icbs)
		icb := l.icb
		if icb == "" {
			icb = subs.value(host, from, "icb")
		}
		hub, hubBasis := icbs.value(icb, from, "specialised_hub"), "stand_in"
		if contracts.Len() > 0 {
			hub, hubBasis = contracts.value(l.code, from, "specialised_hub"), "contract"
		}
		if hub == "" {
			hubBasis = "none"
		}
		t.add(from, to, l.provenance, l.code, l.name, l.postcode, icb, host, basis, hub, hubBasis, l.kind)
		if host != "" && basis != "override" {
			hosts.add(from, to, l.provenance, l.code, host)
		}
	})
}

// hostOn finds the sub-ICB location that hosts a provider on a day: what an
// operator says, else where the main site stands, else the only location of
// the board in whose area it stands.
func hostOn(on Day, l providerLine, overrides, places, icbs *Table) (host, basis string) {
	if host := overrides.value(l.code, on, "host_sub_icb"); host != "" {
		return host, "override"
	}
	if host := places.value(l.postcode, on, "sub_icb"); host != "" {
		return host, "derived"
	}
	if host := icbs.value(l.icb, on, "sole_sub_icb"); host != "" {
		return host, "derived"
	}
	if l.icb != "" && icbs.Find(l.icb, on, 0).Row != NoRow {
		return "", "ambiguous"
	}
	return "", "missing"
}

// practices joins general practices with the practices of the armed forces and
// of prisons, where the file of practices lacks them.
func (d *draft) practices(p *Pack) {
	t := d.plain("practice", "practice").index()
	columns := []string{"code", "name", "commissioner", "status", "national_grouping", "high_level_geography", "postcode", "country"}
	out := newTable("practice", "code", columns...)
	at := make([]int, len(columns))
	for i, c := range columns {
		at[i] = t.Column(c)
	}
	slab := make([]string, 0, len(columns)*(len(t.rows)+600))
	out.rows = make([][]string, 0, len(t.rows)+600)
	out.notes = make([]provenance, 0, len(t.rows)+600)
	for i, r := range t.rows {
		start := len(slab)
		for _, a := range at {
			slab = append(slab, r[a])
		}
		out.add(t.notes[i].from, t.notes[i].to, t.notes[i], slab[start:len(slab):len(slab)]...)
	}
	d.armedForces(p, t, out)
	d.prisons(p, t, out)
	p.put(out)
}

func (d *draft) armedForces(p *Pack, general, out *Table) {
	forces := p.tables["armed_forces_practice"]
	name, code, country, payer := forces.Column("name"), forces.Column("postcode"), forces.Column("country"), forces.Column("commissioner")
	for i, r := range forces.rows {
		if general.byKey[r[0]] != nil {
			continue
		}
		n := forces.notes[i]
		out.add(n.from, n.to, n, r[0], r[name], r[payer], "A", "", "", r[code], r[country])
		if n.to < Latest && forces.Find(r[0], n.to+1, 0).Row == NoRow {
			f := forces.Find(r[0], n.to+1, 0)
			out.add(n.to+1, f.To, n, r[0], r[name], r[payer], "C", "", "", r[code], r[country])
		}
	}
}

// prisons also makes prison_practice: the hub that the assignment method's
// table names for a practice, and the one that the practice file does.
func (d *draft) prisons(p *Pack, general, out *Table) {
	places := p.tables["justice_facility"]
	name, code, practice := places.Column("name"), places.Column("postcode"), places.Column("practice")
	hub, ods := places.Column("health_justice_hub"), places.Column("health_justice_hub_ods")
	t := newTable("prison_practice", "code", "code", "health_justice_hub", "health_justice_hub_ods", "postcode")
	for i, r := range places.rows {
		n := places.notes[i]
		if r[practice] == "" || !free(t, r[practice], n.from, n.to) {
			continue
		}
		t.add(n.from, n.to, n, r[practice], r[hub], r[ods], r[code])
		if general.byKey[r[practice]] == nil {
			region := p.tables["hub"].value(r[ods], min(n.to, Latest-1), "region")
			out.add(n.from, n.to, n, r[practice], r[name], r[ods], "A", region, "", r[code], "E")
		}
	}
	p.put(t)
}

// free says that no row of a table still being filled holds for the key in the
// period. The tables it is asked of have a few hundred rows.
func free(t *Table, key string, from, to Day) bool {
	at := t.Column(t.Key)
	for i, r := range t.rows {
		if r[at] == key && from <= t.notes[i].to && t.notes[i].from <= to {
			return false
		}
	}
	return true
}

func (d *draft) detention(p *Pack) {
	places := p.tables["justice_facility"]
	code, hub, ods := places.Column("postcode"), places.Column("health_justice_hub"), places.Column("health_justice_hub_ods")
	t := newTable("detention_postcode", "postcode", "postcode", "health_justice_hub", "health_justice_hub_ods")
	for i, r := range places.rows {
		n := places.notes[i]
		if r[code] != "" && free(t, r[code], n.from, n.to) {
			t.add(n.from, n.to, n, r[code], r[hub], r[ods])
		}
	}
	p.put(t)
}

// parts says which optional parts of a pack are there.
func (d *draft) parts(p *Pack) {
	putParts(p, d.index != nil || len(d.sheets["postcode"].lines) > 0, len(d.sheets["provider_hub"].lines) > 0)
}

func putParts(p *Pack, directory, contracts bool) {
	t := newTable("part", "name", "name", "loaded")
	for _, part := range []struct {
		name   string
		loaded bool
	}{{"postcode_directory", directory}, {"provider_hub", contracts}} {
		if part.loaded {
			t.add(Earliest, Latest, provenance{source: "the files that were loaded", confidence: "high"}, part.name, "Y")
		}
	}
	p.put(t)
}

// organisations lists every code that is an organisation, at any time.
func organisations(p *Pack) {
	t := newTable("organisation", "code", "code", "kind", "name")
	for _, kind := range []string{"region", "icb", "sub_icb", "reporting_entity", "hub", "health_board", "provider"} {
		from := p.tables[kind]
		if from == nil {
			continue
		}
		name := from.Column("name")
		for _, code := range from.Keys() {
			rows := from.byKey[code]
			last := rows[len(rows)-1].row
			t.add(Earliest, Latest, from.notes[last], code, kind, from.Value(last, name))
		}
	}
	p.put(t)
}

// cutCodes gives the three characters to which some transports cut a code of
// five, unless they are the code of another organisation.
func cutCodes(p *Pack) {
	t := newTable("cut_code", "code", "code", "full")
	subs := p.tables["sub_icb"]
	for _, full := range subs.Keys() {
		if len(full) != 5 || p.tables["organisation"].byKey[full[:3]] != nil {
			continue
		}
		for _, v := range subs.byKey[full] {
			if free(t, full[:3], v.from, v.to) {
				t.add(v.from, v.to, subs.notes[v.row], full[:3], full)
			}
		}
	}
	p.put(t)
}

// onsCodes tells the code of the Organisation Data Service that belongs to one
// of the Office for National Statistics. ONS reissues codes when boundaries
// move, so that one organisation has several.
func (d *draft) onsCodes(p *Pack) {
	t := newTable("ons_code", "code", "code", "kind", "ods")
	for _, kind := range []string{"region", "icb", "sub_icb", "health_board"} {
		s := d.sheets[kind]
		at := s.at("ons_code")
		for _, l := range s.inOrder() {
			if code := l.fields[at]; code != "" && free(t, code, Earliest, Latest) {
				t.add(Earliest, Latest, d.provenance(s, l), code, kind, l.key())
			}
		}
	}
	p.put(t)
}

// at is the text of a column in a row, blank where the table lacks the column.
func (t *Table) at(row int32, column string) string {
	i := t.Column(column)
	if i < 0 {
		return ""
	}
	return t.Value(row, i)
}

func (d *draft) noteProviders(p *Pack) {
	t := p.tables["provider"]
	count := map[string]int{}
	for _, code := range t.Keys() {
		rows := t.byKey[code]
		last := rows[len(rows)-1]
		if last.to < Latest {
			continue
		}
		count[t.at(last.row, "host_basis")]++
		count[t.at(last.row, "hub_basis")]++
	}
	if n := count["derived"]; n > 0 {
		d.note("The host sub-ICB location of %d open providers is derived from where they stand, not published.", n)
	}
	if n := count["ambiguous"]; n > 0 {
		d.note("The host of %d open providers is not known: their ICB has several sub-ICB locations. A postcode directory, or rows in provider_host.csv, would tell.", n)
	}
	if n := count["missing"]; n > 0 {
		d.note("The host of %d open providers is not known: nor is their ICB.", n)
	}
	if n := count["stand_in"]; n > 0 {
		d.note("No provider to hub mapping is loaded: the specialised hub of %d open providers is that of their region, and every one of them is taken to hold a specialised contract. Rows in provider_hub.csv would tell which do.", n)
	}
	if n := count["none"]; n > 0 && len(d.sheets["provider_hub"].lines) > 0 {
		d.note("provider_hub.csv names the hub of %d open providers. The other %d count as holding no specialised contract: red and blue lines there have no payer (box C-2). Add those that hold one.", count["contract"], n)
	}
}

// noteCommissioners counts practices whose commissioner is nothing the pack
// knows. It is no fault: published files have such rows.
func (d *draft) noteCommissioners(p *Pack) {
	t := p.tables["practice"]
	commissioner := t.Column("commissioner")
	strange := map[string]int{}
	for i, r := range t.rows {
		if c := r[commissioner]; t.notes[i].to == Latest && c != "" && p.tables["organisation"].byKey[c] == nil {
			strange[c]++
		}
	}
	if len(strange) == 0 {
		return
	}
	codes := make([]string, 0, len(strange))
	practices := 0
	for c, n := range strange {
		codes = append(codes, c)
		practices += n
	}
	slices.Sort(codes)
	d.note("%d practices have a commissioner that is no organisation of the pack: %s.", practices, strings.Join(codes[:min(len(codes), 10)], ", "))
}
