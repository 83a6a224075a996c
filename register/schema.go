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
	case needed, knownMust, postcodeMust, flag:
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
		must("code"), must("title"), col("programme"), one("category", "delegated|retained_specialised|retained_highly_specialised"), dated("delegated_first_wave"), dated("delegated_elsewhere"), opt("note")}},
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
	{table: "joint_committee", identity: []string{"committee", "icb"}, many: true, columns: []column{
		must("committee"), must("name"), ref("region", "region"), refMust("icb", "icb"), dated("delegated_from"), ref("host_icb", "icb"), opt("host_confidence"), opt("note")}},
	{table: "retained_team", identity: []string{"team", "region"}, many: true, columns: []column{
		must("team"), must("name"), refMust("region", "region")}},
}

func init() {
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
