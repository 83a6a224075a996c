package register

import (
	"slices"
	"strings"
)

// kind says what a column may hold.
type kind int

const (
	text         kind = iota // anything, also nothing
	needed                   // anything but nothing
	choice                   // one of a list
	flag                     // 0 or 1
	day                      // YYYY-MM-DD or blank
	dayMust                  // YYYY-MM-DD
	postcoded                // a postcode, or blank
	postcodeMust             // a postcode
	known                    // blank or a code of one of the tables listed
	knownMust                // a code of one of the tables listed
)

type column struct {
	name     string
	kind     kind
	of       []string // choices, or tables that the code must be in
	optional bool     // the file may lack the column
}

// schema describes one file of the pack.
type schema struct {
	table    string
	identity []string // columns under which no two rows may hold on one day
	many     bool     // rows are found by the first identity column alone, which may give several
	required bool     // a pack without the file is not a pack
	columns  []column
}

// needed says that the column may not be blank.
func (c *column) needed() bool {
	switch c.kind {
	case needed, knownMust, postcodeMust, dayMust, flag:
		return true
	case choice:
		return !slices.Contains(c.of, "")
	}
	return false
}

func (s *schema) file() string { return s.table + ".csv" }

func (s *schema) column(name string) *column {
	for i := range s.columns {
		if s.columns[i].name == name {
			return &s.columns[i]
		}
	}
	return nil
}

func col(name string) column              { return column{name: name} }
func must(name string) column             { return column{name: name, kind: needed} }
func opt(name string) column              { return column{name: name, optional: true} }
func one(name, of string) column          { return column{name: name, kind: choice, of: strings.Split(of, "|")} }
func dated(name string) column            { return column{name: name, kind: day} }
func site(name string) column             { return column{name: name, kind: postcoded} }
func ref(name string, t ...string) column { return column{name: name, kind: known, of: t} }
func refMust(name string, t ...string) column {
	return column{name: name, kind: knownMust, of: t}
}

func flags(names string) []column {
	var cs []column
	for _, n := range strings.Fields(names) {
		cs = append(cs, column{name: n, kind: flag})
	}
	return cs
}

// footing is what every row of every file has.
var footing = []column{
	dated("valid_from"), dated("valid_to"),
	one("confidence", "high|medium|low"), must("source"),
}

const countries = "|E|W|S|N|G|J|M|B"

// schemas lists the files of the pack in reading order; reference/README.md
// says in prose what this says in code.
var schemas = []*schema{
	{table: "region", identity: []string{"code"}, required: true, columns: []column{
		must("code"), must("name"), opt("ons_code"), refMust("specialised_hub", "hub"), refMust("health_justice_hub", "hub")}},
	{table: "icb", identity: []string{"code"}, required: true, columns: []column{
		must("code"), must("name"), opt("short_name"), refMust("region", "region"), opt("ons_code"), dated("delegated_from"), opt("note")}},
	{table: "sub_icb", identity: []string{"code"}, required: true, columns: []column{
		must("code"), must("name"), refMust("icb", "icb"), opt("ons_code"), opt("note")}},
	{table: "reporting_entity", identity: []string{"code"}, required: true, columns: []column{
		must("code"), must("name"), refMust("sub_icb", "sub_icb"), refMust("icb", "icb")}},
	{table: "hub", identity: []string{"code"}, required: true, columns: []column{
		must("code"), must("name"), one("kind", "specialised|health_and_justice|national|legacy"), ref("region", "region"), opt("note")}},
	{table: "health_board", identity: []string{"code"}, columns: []column{
		must("code"), must("name"), one("country", "W|S|N"), opt("ons_code")}},
	{table: "provider", identity: []string{"code"}, required: true, columns: []column{
		must("code"), col("name"), col("kind"), site("postcode"), ref("icb", "icb"), opt("note")}},
	{table: "provider_host", identity: []string{"provider", "host_sub_icb"}, many: true, columns: []column{
		must("provider"), refMust("host_sub_icb", "sub_icb"), opt("note")}},
	{table: "provider_hub", identity: []string{"provider"}, columns: []column{
		must("provider"), ref("specialised_hub", "hub"), opt("note")}},
	{table: "practice", identity: []string{"code"}, required: true, columns: []column{
		must("code"), col("name"), site("postcode"), col("commissioner"), one("status", "A|P|C"), col("national_grouping"), col("high_level_geography"), one("country", countries)}},
	{table: "armed_forces_practice", identity: []string{"code"}, required: true, columns: []column{
		must("code"), col("name"), site("postcode"), one("country", countries), refMust("commissioner", "hub")}},
	{table: "justice_facility", identity: []string{"facility"}, required: true, columns: []column{
		must("facility"), must("name"), site("postcode"), col("practice"), refMust("health_justice_hub", "hub"), refMust("health_justice_hub_ods", "hub"), opt("note")}},
	{table: "pseudo_postcode", identity: []string{"postcode"}, required: true, columns: []column{
		column{name: "postcode", kind: postcodeMust}, one("kind", "use_provider_site|eea_or_similar|non_eea_reciprocal"), opt("note")}},
	{table: "postcode", identity: []string{"postcode"}, columns: []column{
		column{name: "postcode", kind: postcodeMust}, one("country", countries), ref("sub_icb", "sub_icb"), col("health_board"), col("local_authority"), opt("note")}},
	{table: "service_line", identity: []string{"code"}, required: true, columns: slices.Concat([]column{
		must("code"), must("title"), col("programme"), one("status", "GREEN|AMBER|RED|BLUE|NOT APPLICABLE")},
		flags("specialised highly_specialised mental_health secondary_dental armed_forces public_health health_justice section_7a pre_1991"),
		[]column{opt("cancer_drugs_fund"), opt("innovative_medicines_fund"), opt("hepatitis_c"), ref("top_up_of", "service_line"), opt("service")})},
	{table: "service", identity: []string{"code"}, columns: []column{
		must("code"), must("title"), col("programme"), one("category", "delegated|retained_specialised|retained_highly_specialised"), opt("note")}},
	{table: "commissioned_service_category", identity: []string{"code"}, required: true, columns: []column{
		must("code"), must("title"), col("funder"), opt("note")}},
	{table: "point_of_delivery", identity: []string{"code"}, required: true, columns: slices.Concat([]column{
		must("code"), must("title"), must("kind")}, flags("has_activity"))},
	{table: "treatment_function", identity: []string{"code"}, required: true, columns: slices.Concat([]column{
		must("code"), must("title")}, flags("secondary_dental"))},
	{table: "succession", identity: []string{"predecessor", "successor"}, many: true, columns: []column{
		must("predecessor"), col("successor"), must("kind"), dated("effective_on"), must("type"), opt("note")}},
	{table: "area_move", identity: []string{"lsoa"}, columns: []column{
		must("lsoa"), refMust("sub_icb", "sub_icb")}},
	{table: "population", identity: []string{"code", "geography", "measure"}, many: true, columns: []column{
		must("code"), must("geography"), must("measure"), must("registered")}},
	{table: "icb_cluster", identity: []string{"cluster", "icb"}, many: true, columns: []column{
		must("cluster"), must("name"), must("kind"), refMust("icb", "icb"), opt("note")}},
}

// governance lists the files that say who holds which function on what
// authority. A pack may lack them; package holding needs them.
var governance = []*schema{
	{table: "body", identity: []string{"code"}, columns: []column{
		must("code"), must("name"), one("kind", "national_body|department|secretary_of_state|any_icb|office|local_authority|other"), ref("region", "region"), opt("note")}},
	{table: "legal_basis", identity: []string{"code"}, columns: []column{
		must("code"), must("title"), must("provision"), one("basis", bases), opt("allows"), opt("liability"), opt("note")}},
	{table: "function", identity: []string{"code"}, columns: []column{
		must("code"), must("title"), opt("also"), ref("parent", "function"), refMust("owner", "body"), ref("legal_basis", "legal_basis"),
		one("delegable", "yes|no|restricted"), one("category", "specialised|primary_care|public_health|armed_forces|health_and_justice|nhs_england_only|other"), opt("line_flag"),
		ref("billed_direct", "commissioned_service_category"), ref("billed_delegated", "commissioned_service_category"), opt("direct_payer"), opt("note")}},
	{table: "service_set", identity: []string{"set", "service"}, many: true, columns: []column{
		must("set"), refMust("service", "service"), opt("note")}},
	{table: "delegation_list", identity: []string{"list", "class"}, many: true, columns: []column{
		must("list"), must("class"), must("title"), dated("published_on"), ref("set", "service_set"), must("published_count"), opt("note")}},
	{table: "instrument", identity: []string{"code"}, columns: []column{
		must("code"), must("title"), one("kind", instrumentKinds), one("state", instrumentStates), ref("legal_basis", "legal_basis"), ref("parent", "instrument"),
		dated("effective_from"), dated("effective_to"), ref("superseded_by", "instrument"), opt("publication"), opt("note")}},
	{table: "instrument_party", identity: []string{"instrument", "party"}, many: true, columns: []column{
		refMust("instrument", "instrument"), refMust("party", "icb", "body", "provider"), one("role", "delegator|delegate|member|host|other"),
		dated("approved_on"), one("signed", "yes|no|inferred|not_needed"), dated("signed_on"), opt("note")}},
	{table: "instrument_line", identity: []string{"instrument", "line"}, many: true, columns: []column{
		refMust("instrument", "instrument"), must("line"), refMust("function", "function"), ref("services", "service_set"),
		ref("delegator", "body", "icb", "committee"), refMust("delegate", "icb", "body", "committee"),
		one("population", "responsible|members|england"), one("mode", "by|jointly|committee|transfer"), one("basis", bases), opt("note")}},
	{table: "condition", identity: []string{"code"}, columns: []column{
		must("code"), {name: "function", kind: known, of: []string{"function"}, optional: true}, ref("instrument", "instrument"), ref("organisation", "icb"),
		must("kind"), must("trigger"), must("effect"), ref("imposed_by", "body"), opt("note")}},
	{table: "reserved_function", identity: []string{"code"}, columns: []column{
		must("code"), refMust("function", "function"), must("title"), one("role", "|sets_standard|assures"), refMust("reserved_to", "body"), opt("note")}},
	{table: "mandated_guidance", identity: []string{"code", "version"}, many: true, columns: []column{
		must("code"), must("title"), opt("version"), ref("function", "function"), opt("publication"), opt("note")}},
	{table: "committee", identity: []string{"code"}, columns: []column{
		must("code"), must("name"), one("kind", "joint_with_nhs_england|joint_of_icbs|sub_committee|committees_in_common|footprint|advisory"), ref("parent", "committee"),
		ref("legal_basis", "legal_basis"), ref("established_by", "instrument"), ref("region", "region"), opt("note")}},
	{table: "committee_member", identity: []string{"committee", "organisation"}, many: true, columns: []column{
		refMust("committee", "committee"), refMust("organisation", "icb", "body"), one("voting", "yes|no|not_established"), opt("note")}},
	{table: "team", identity: []string{"code"}, columns: []column{
		must("code"), must("name"), one("kind", "delegated_services|retained_services|primary_care"), refMust("function", "function"), opt("note")}},
	{table: "team_area", identity: []string{"team", "area"}, many: true, columns: []column{
		refMust("team", "team"), refMust("area", "committee", "region"), opt("note")}},
	{table: "team_employer", identity: []string{"team"}, columns: []column{
		refMust("team", "team"), ref("employer", "body", "icb"), one("basis", "employer|support|tupe|succession"), ref("instrument", "instrument"), opt("note")}},
	{table: "event", identity: []string{"code"}, columns: []column{
		must("code"), {name: "on", kind: dayMust}, one("precision", "day|month|quarter|year"), must("title"),
		one("kind", "law|policy|rules|plan|delegation|committee|organisation|cluster|staff"), opt("scope"), one("status", "done|planned|deferred|overtaken|bill"),
		ref("overtaken_by", "event"), opt("regions"), opt("programmes"), opt("about"), must("text")}},
}

const (
	bases = "statute_direct|delegation_65Z5|joint_65Z5|joint_committee_65Z6|section_7A|delegation_13Z|direction|section_75|statutory_transfer|duty|regulations"

	instrumentKinds = "delegation_specialised|delegation_primary|delegation_public_health|joint_working|collaboration|hosting|support|" +
		"staff_transfer|section_7a|direction|statutory_transfer|scheme_of_delegation"

	instrumentStates = "draft|agreed_in_principle|approved|signed|in_force|varied|notice_given|suspended|step_in|terminated|expired|" +
		"superseded|novated|ended_by_statute|abandoned|planned|deferred|overtaken"
)

func init() {
	schemas = append(schemas, governance...)
	for _, s := range schemas {
		s.columns = append(s.columns, footing...)
	}
}

func schemaOf(table string) *schema {
	for _, s := range schemas {
		if s.table == table {
			return s
		}
	}
	return nil
}

// Columns are the columns of the named file of a pack, in order, or nil when a
// pack has no such file.
func Columns(table string) []string {
	s := schemaOf(table)
	if s == nil {
		return nil
	}
	return s.names()
}

// FileNames are the files that a pack or an overlay directory may hold.
func FileNames() []string {
	names := []string{sourceFile, IndexFile}
	for _, s := range schemas {
		names = append(names, s.file())
	}
	slices.Sort(names)
	return names
}
