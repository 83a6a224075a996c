package register

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"remit/reference"
)

// The layout of a set of assignment cases: a few small tables that are all the
// world the cases assume. It is recognised by hub_region.csv.

func isCaseLayout(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "hub_region.csv"))
	return err == nil
}

// caseSchemas are checked as those of the pack are, but rows need no source.
// A provider that occurs twice in provider_host.csv is meant to.
var caseSchemas = []*schema{
	{table: "hub_region", identity: []string{"region"}, columns: []column{must("region"), must("spec_hub"), must("hj_hub")}},
	{table: "sub_icb", identity: []string{"sub_icb"}, columns: []column{
		must("sub_icb"), must("icb"), must("spec_hub"), refMust("region", "hub_region"), must("hj_hub"), one("icb_delegated", "Yes|No"), dated("valid_from"), dated("valid_to")}},
	{table: "provider_host", identity: []string{"provider", "host_sub_icb"}, many: true, columns: []column{
		must("provider"), must("host_sub_icb"), opt("note")}},
	{table: "provider_flow", identity: []string{"provider"}, columns: []column{
		must("provider"), col("host_sub_icb"), col("spec_hub_contract"), site("main_site_postcode"), opt("note")}},
	{table: "gp_practice", identity: []string{"practice"}, columns: []column{
		must("practice"), col("commissioner"), one("status", "A|P|C"), col("national_grouping"), col("high_level_geography"), site("postcode"), one("country", countries), opt("note"), dated("valid_from"), dated("valid_to")}},
	{table: "hj_practice", identity: []string{"practice"}, columns: []column{
		must("practice"), must("hj_hub_in_cam_table"), site("facility_postcode"), col("hj_hub_in_ods")}},
	{table: "armed_forces_practice", identity: []string{"practice"}, columns: []column{
		must("practice"), site("practice_postcode"), col("country"), dated("opened"), dated("closed"), opt("is_current")}},
	{table: "postcode", identity: []string{"postcode"}, columns: []column{
		{name: "postcode", kind: postcodeMust}, one("country", countries), col("sub_icb"), col("icb"), col("region"), col("lhb_or_board"), col("welsh_unitary"), col("hj_hub"), opt("note")}},
	{table: "pseudo_postcode", identity: []string{"postcode"}, columns: []column{
		{name: "postcode", kind: postcodeMust}, one("kind", "use_provider_site|eea_or_similar|non_eea_reciprocal"), opt("note")}},
	{table: "service_line", identity: []string{"service_code"}, columns: slices.Concat([]column{
		must("service_code"), col("label_year"), one("delegation_status", "GREEN|AMBER|RED|BLUE|NOT APPLICABLE")},
		flags("specialised specialised_mh secondary_dental armed_forces public_health health_justice"),
		[]column{dated("valid_from"), dated("valid_to")})},
	{table: "service_line_flow", identity: []string{"service_code"}, columns: slices.Concat([]column{
		must("service_code"), one("status_2025_26", "GREEN|AMBER|RED|BLUE|NA")},
		flags("highly_specialised appendix_c_pre1991 section_7a mental_health"), []column{opt("note")})},
}

// cases is the directory as it was read.
type cases struct {
	dir    string
	sheets map[string]*sheet
}

func loadCases(dir string) (*Pack, error) {
	c := cases{dir: dir, sheets: map[string]*sheet{}}
	var files []*file
	var faults []Fault
	for _, s := range caseSchemas {
		path := filepath.Join(dir, s.file())
		content, err := os.ReadFile(path)
		if err != nil {
			faults = append(faults, Fault{File: path, Problem: "the file cannot be read", Remedy: "add it; a set of case tables needs every one of its files"})
			continue
		}
		sheet, bad := readSheet(s, path, string(content))
		faults = append(faults, bad...)
		faults = append(faults, sheet.checkOverlaps()...)
		c.sheets[s.table] = sheet
		files = append(files, &file{name: s.file(), bytes: content, sheet: sheet})
	}
	if err := FaultsError(append(faults, c.check()...)); err != nil {
		return nil, err
	}
	lists, err := codeLists()
	if err != nil {
		return nil, err
	}
	p := &Pack{Origin: dir, Hash: hash(append(files, lists...)), tables: map[string]*Table{}}
	c.derive(p)
	d := draft{sheets: map[string]*sheet{}, sources: map[string]Source{}}
	for _, f := range lists {
		d.sheets[f.sheet.schema.table] = f.sheet
	}
	p.put(d.plain("category", "commissioned_service_category"))
	p.put(d.plain("pod", "point_of_delivery"))
	p.put(d.plain("treatment_function", "treatment_function"))
	p.Notes = []string{
		"The reference data is a set of case tables: codes absent from them are taken to be unknown.",
		"Categories, points of delivery and treatment functions are those shipped with the program.",
	}
	return p, nil
}

// codeLists are the shipped lists that the case tables do without.
func codeLists() ([]*file, error) {
	var files []*file
	for _, table := range []string{"commissioned_service_category", "point_of_delivery", "treatment_function"} {
		content, err := reference.FS.ReadFile(table + ".csv")
		if err != nil {
			return nil, err
		}
		sheet, faults := readSheet(schemaOf(table), table+".csv", string(content))
		if err := FaultsError(faults); err != nil {
			return nil, err
		}
		files = append(files, &file{name: table + ".csv", bytes: content, sheet: sheet})
	}
	return files, nil
}

func (c *cases) check() (faults []Fault) {
	regions, subs := c.sheets["hub_region"], c.sheets["sub_icb"]
	if regions == nil || subs == nil {
		return nil
	}
	return subs.checkReferences(subs.at("region"), subs.schema.column("region"), map[string]map[string][]period{"hub_region": regions.periods()})
}

// each calls do for the rows of a file, with the fields by name.
func (c *cases) each(table string, do func(l *line, get func(string) string, p provenance)) {
	s := c.sheets[table]
	for _, l := range s.inOrder() {
		get := func(name string) string { return l.fields[s.at(name)] }
		do(l, get, provenance{source: "case tables, " + s.schema.file(), confidence: "medium"})
	}
}

func (c *cases) derive(p *Pack) {
	c.hubs(p)
	c.commissioners(p)
	c.places(p)
	c.providers(p)
	c.practices(p)
	c.lines(p)
	p.put(newTable("reporting_entity", "code", "code", "name", "sub_icb", "icb"))
	putParts(p, true, true)
	organisations(p)
	cutCodes(p)
}

func (c *cases) hubs(p *Pack) {
	regions := newTable("region", "code", "code", "name", "specialised_hub", "health_justice_hub")
	hubs := newTable("hub", "code", "code", "name", "kind", "region")
	c.each("hub_region", func(l *line, get func(string) string, n provenance) {
		regions.add(l.from, l.to, n, l.key(), "", get("spec_hub"), get("hj_hub"))
		hubs.add(l.from, l.to, n, get("spec_hub"), "", "specialised", l.key())
		hubs.add(l.from, l.to, n, get("hj_hub"), "", "health_and_justice", l.key())
	})
	for _, code := range []string{"13Q", "15L"} {
		hubs.add(Earliest, Latest, provenance{source: "case tables", confidence: "medium"}, code, "", "national", "")
	}
	p.put(regions)
	p.put(hubs)
}

// commissioners makes sub-ICB locations as they stand and boards out of them.
func (c *cases) commissioners(p *Pack) {
	subs := newTable("sub_icb", "code", "code", "name", "icb", "region", "specialised_hub", "health_justice_hub", "delegated")
	of := map[string][]child{}
	rows := map[string][]*line{}
	s := c.sheets["sub_icb"]
	c.each("sub_icb", func(l *line, get func(string) string, n provenance) {
		subs.add(l.from, l.to, n, l.key(), "", get("icb"), get("region"), get("spec_hub"), get("hj_hub"), get("icb_delegated"))
		of[get("icb")] = append(of[get("icb")], child{l.key(), l.from, l.to})
		rows[get("icb")] = append(rows[get("icb")], l)
	})
	icbs := newTable("icb", "code", "code", "name", "region", "specialised_hub", "health_justice_hub", "delegated", "sole_sub_icb")
	for _, code := range slices.Sorted(maps.Keys(of)) {
		children := of[code]
		var cut cuts
		for _, ch := range children {
			cut = append(cut, ch.from, ch.to+1)
		}
		cut.each(Earliest, Latest, func(from, to Day) {
			for _, l := range rows[code] {
				if from < l.from || from > l.to {
					continue
				}
				icbs.add(from, to, provenance{source: "case tables, sub_icb.csv", confidence: "medium"}, code, "",
					l.fields[s.at("region")], l.fields[s.at("spec_hub")], l.fields[s.at("hj_hub")], l.fields[s.at("icb_delegated")], sole(children, from))
				return
			}
		})
	}
	p.put(subs)
	p.put(icbs)
}

func (c *cases) places(p *Pack) {
	t := newTable("postcode", "postcode", placeColumns...)
	detained := newTable("detention_postcode", "postcode", "postcode", "health_justice_hub", "health_justice_hub_ods")
	prisons := newTable("prison_practice", "code", "code", "health_justice_hub", "health_justice_hub_ods", "postcode")
	c.each("hj_practice", func(l *line, get func(string) string, n provenance) {
		hub, ods, site := get("hj_hub_in_cam_table"), get("hj_hub_in_ods"), get("facility_postcode")
		prisons.add(l.from, l.to, n, l.key(), hub, ods, site)
		if site != "" && free(detained, site, l.from, l.to) {
			detained.add(l.from, l.to, n, site, hub, ods)
		}
	})
	c.each("postcode", func(l *line, get func(string) string, n provenance) {
		t.add(l.from, l.to, n, l.key(), get("country"), get("sub_icb"), get("icb"), get("region"), get("lhb_or_board"), get("welsh_unitary"))
		if hub := get("hj_hub"); hub != "" && free(detained, l.key(), l.from, l.to) {
			detained.add(l.from, l.to, n, l.key(), hub, hub)
		}
	})
	pseudo := newTable("pseudo_postcode", "postcode", "postcode", "kind", "note")
	c.each("pseudo_postcode", func(l *line, get func(string) string, n provenance) {
		pseudo.add(l.from, l.to, n, l.key(), get("kind"), get("note"))
	})
	p.put(t)
	p.put(detained)
	p.put(prisons)
	p.put(pseudo)
}

func (c *cases) providers(p *Pack) {
	t := newTable("provider", "code", "code", "name", "postcode", "icb", "host_sub_icb", "host_basis", "specialised_hub", "hub_basis", "kind")
	hosts := newTable("provider_host", "provider", "provider", "host_sub_icb")
	subs := p.tables["sub_icb"]
	add := func(l *line, n provenance, site, host, hub string) {
		basis, hubBasis, icb := "published", "contract", ""
		if host == "" {
			basis = "missing"
		}
		if hub == "" {
			hubBasis = "none"
		}
		if f := subs.FindEver(host, 0); f.Row != NoRow {
			icb = subs.at(f.Row, "icb")
		}
		t.add(l.from, l.to, n, l.key(), "", site, icb, host, basis, hub, hubBasis, "")
	}
	known := map[string]bool{}
	c.each("provider_flow", func(l *line, get func(string) string, n provenance) {
		known[l.key()] = true
		add(l, n, get("main_site_postcode"), get("host_sub_icb"), get("spec_hub_contract"))
	})
	hosted := map[string]bool{}
	c.each("provider_host", func(l *line, get func(string) string, n provenance) {
		hosted[l.key()] = true
		hosts.add(l.from, l.to, n, l.key(), get("host_sub_icb"))
		if !known[l.key()] {
			known[l.key()] = true
			add(l, n, "", get("host_sub_icb"), "")
		}
	})
	c.each("provider_flow", func(l *line, get func(string) string, n provenance) {
		if !hosted[l.key()] && get("host_sub_icb") != "" {
			hosts.add(l.from, l.to, n, l.key(), get("host_sub_icb"))
		}
	})
	p.put(t)
	p.put(hosts)
}

func (c *cases) practices(p *Pack) {
	t := newTable("practice", "code", "code", "name", "commissioner", "status", "national_grouping", "high_level_geography", "postcode", "country")
	c.each("gp_practice", func(l *line, get func(string) string, n provenance) {
		t.add(l.from, l.to, n, l.key(), "", get("commissioner"), get("status"), get("national_grouping"), get("high_level_geography"), get("postcode"), get("country"))
	})
	p.put(t)
	forces := newTable("armed_forces_practice", "code", "code", "postcode", "country")
	c.each("armed_forces_practice", func(l *line, get func(string) string, n provenance) {
		forces.add(dayOr(get("opened"), Earliest), dayOr(get("closed"), Latest), n, l.key(), get("practice_postcode"), onsCountry(get("country")))
	})
	p.put(forces)
}

// onsCountry is the letter of a country given as an ONS code.
func onsCountry(code string) string {
	if len(code) == 9 && strings.Contains("EWSN", code[:1]) {
		return code[:1]
	}
	return code
}

var lineColumns = strings.Fields("code title programme status specialised highly_specialised mental_health secondary_dental armed_forces public_health health_justice section_7a pre_1991 top_up_of")

func (c *cases) lines(p *Pack) {
	tool := newTable("tool_service_line", "code", lineColumns...)
	c.each("service_line", func(l *line, get func(string) string, n provenance) {
		tool.add(l.from, l.to, n, l.key(), "", "", get("delegation_status"), get("specialised"), "0", get("specialised_mh"),
			get("secondary_dental"), get("armed_forces"), get("public_health"), get("health_justice"), "0", "0", "")
	})
	p.put(tool)
	flow := newTable("service_line", "code", lineColumns...)
	c.each("service_line_flow", func(l *line, get func(string) string, n provenance) {
		status, specialised := get("status_2025_26"), "1"
		if status == "NA" {
			status, specialised = "NOT APPLICABLE", "0"
		}
		flow.add(civil(2025, 4, 1), Latest, n, l.key(), "", "", status, specialised, get("highly_specialised"), get("mental_health"),
			"0", "0", get("section_7a"), "0", get("section_7a"), get("appendix_c_pre1991"), "")
	})
	p.put(flow)
}
