package intake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"remit/access"
	"remit/activity"
	"remit/register"
	"remit/warehouse"
)

// PeopleOptions say whose use of what is looked at.
type PeopleOptions struct {
	Pack      *register.Pack
	Year      string             // 202627; blank: every year that there is
	Feeds     []activity.Dataset // none: those of Patient
	Postcodes string             // the file access.PostcodeFile, blank for none
}

// People are the persons who used each service: one row for a person and a
// service. Where they live, their age, sex and ethnic category and the provider are
// those of their first record of the period; of several in its first month those
// that come first by provider, practice and so on, so that the answer is the same
// each time. A person is known by the patient key, and failing that by the
// provider's own number. Records without either are left out and counted.
//
// It is worked out once and kept in memory. It may be shared.
type People struct {
	db       *sql.DB
	owns     bool // Close closes db
	table    string
	Year     string
	Months   []int    // that records are of
	Services []string // in order
	homes    []string // practices and sub-ICB locations, by number from 1
	lsoas    []string
	trusts   []string
	trusted  map[string]int // by each way of writing its code
	Records  int64          // of the services
	Nameless int64          // records of them by which no person can be told
	Unlisted int64          // records of lines that are of no service
}

// The parts of the number that holds a person's first record, the last first: each
// is so many bits wide.
const (
	ethnicBits, sexBits, bandBits, lsoaBits, homeBits, trustBits, monthBits = 3, 2, 5, 18, 15, 12, 4

	noBand = 1<<bandBits - 1
)

// People gives who used which service by the rows that count. It is kept with the view.
func (v *View) People(ctx context.Context, o PeopleOptions) (*People, error) {
	if len(o.Feeds) == 0 {
		o.Feeds = basisFeeds[Patient]
	}
	key := fmt.Sprint(o.Year, o.Feeds, o.Pack.Hash, stamp(o.Postcodes))
	v.peopleLock.Lock()
	defer v.peopleLock.Unlock()
	if p := v.people[key]; p != nil {
		return p, nil
	}
	var parts []string
	for _, s := range v.list {
		if part := v.peoplePart(s, o); part != "" {
			parts = append(parts, part)
		}
	}
	p := &People{db: v.db, table: fmt.Sprintf("people_%d", len(v.people)), Year: o.Year}
	if err := p.fill(ctx, parts, o); err != nil {
		return nil, err
	}
	if v.people == nil {
		v.people = map[string]*People{}
	}
	v.people[key] = p
	return p, nil
}

// stamp changes when a file does.
func stamp(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	return fmt.Sprint(path, info.Size(), info.ModTime().UnixNano())
}

// peoplePart reads the rows of a submission that count.
func (v *View) peoplePart(s *Submission, o PeopleOptions) string {
	path := v.ledger.Path(s, rowsFile)
	if _, err := os.Stat(path); err != nil || s.State != Accepted || s.Assigned == nil || !slices.Contains(o.Feeds, s.Heading().Feed) {
		return ""
	}
	whole, some := true, false
	for _, t := range s.Result.Slices {
		if o.Year != "" && t.Slice.Year != o.Year {
			continue
		}
		if v.current[t.Slice] == s.ID {
			some = true
		} else {
			whole = false
		}
	}
	if !some {
		return ""
	}
	where := "row_state <> 'rejected'"
	if o.Year != "" {
		where += " AND row_year = " + literal(o.Year)
	}
	if !whole {
		where += fmt.Sprintf(" AND EXISTS (FROM current k WHERE k.submission = %s AND k.provider = %s AND k.year = row_year AND k.month IS NOT DISTINCT FROM row_month)", literal(s.ID), s.text("provider"))
	}
	return personColumns(s.Fields, "row_month") + " FROM " + table(path) + " WHERE " + where
}

// personColumns are what is read of a row, by the columns of its fields.
func personColumns(fields map[string]string, month string) string {
	text := func(id string) string {
		if c, ok := fields[id]; ok {
			return fmt.Sprintf("upper(trim(%s))", name(c)) // nothing around it: DuckDB does each distinct text of a page once
		}
		return "NULL::VARCHAR"
	}
	patient := text("patient_key")
	if fields["patient_key"] == fields["local_patient_identifier"] {
		patient = "NULL::VARCHAR" // a provider's own number, which another may give to somebody else
	}
	return fmt.Sprintf(`SELECT %s AS line, %s AS patient, %s AS local, %s AS trust, %s AS practice, %s AS residence, %s AS postcode, %s AS age, %s AS sex, %s AS ethnic, %s AS month`,
		text("service_code"), patient, text("local_patient_identifier"), text("provider"), text("gp_practice"), text("residence_responsibility"), text("postcode"),
		text("age"), text("gender"), text("ethnic_category"), month)
}

// PeopleOf gives who used which service by the rows of an assigned file, CSV or
// Parquet. Close frees it.
func PeopleOf(ctx context.Context, path string, o PeopleOptions) (_ *People, err error) {
	dir, err := os.MkdirTemp("", "remit-people-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	db, err := warehouse.Open(0, "")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	rows, header, err := rowsOf(ctx, db, path, filepath.Join(dir, rowsFile))
	if err != nil {
		return nil, err
	}
	layout, err := activity.Recognise(header)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if !layout.Has("patient_key") && !layout.Has("local_patient_identifier") || !layout.Has("service_code") {
		return nil, fmt.Errorf("%s: the file has no column of persons or none of service lines; give a patient-level file", path)
	}
	fields := map[string]string{}
	for id, c := range layout.Field {
		fields[id] = layout.Columns[c]
	}
	p := &People{db: db, owns: true, table: "people", Year: o.Year}
	month := "TRY_CAST(" + name(fields["financial_month"]) + " AS TINYINT)"
	if fields["financial_month"] == "" {
		month = "0"
	}
	part := personColumns(fields, month) + " FROM " + rows
	if o.Year != "" && fields["financial_year"] != "" {
		part += fmt.Sprintf(" WHERE regexp_replace(%s, '[^0-9]', '', 'g') = %s", name(fields["financial_year"]), literal(o.Year))
	}
	return p, p.fill(ctx, []string{part}, o)
}

// rowsOf names the rows of a file as an SQL table, through a Parquet file when it is CSV.
func rowsOf(ctx context.Context, db *sql.DB, path, through string) (rows string, header []string, err error) {
	if strings.EqualFold(filepath.Ext(path), ".parquet") {
		if _, err := os.Stat(path); err != nil {
			return "", nil, err
		}
		got, err := db.QueryContext(ctx, "SELECT * FROM "+table(path)+" LIMIT 0")
		if err != nil {
			return "", nil, fmt.Errorf("%s: %w", path, err)
		}
		defer got.Close()
		header, err = got.Columns()
		return table(path), header, err
	}
	source, err := activity.OpenCSV(path, activity.Options{})
	if err != nil {
		return "", nil, err
	}
	defer source.Close()
	if _, err := warehouse.CSVToParquet(ctx, commaText(source), nil, through); err != nil {
		return "", nil, err
	}
	return "(SELECT * FROM " + table(through) + ")", source.Header, nil
}

// Close frees people that belong to no view.
func (p *People) Close() error {
	if !p.owns {
		return nil
	}
	return p.db.Close()
}

// fill works the persons out and keeps them as a table.
func (p *People) fill(ctx context.Context, parts []string, o PeopleOptions) error {
	lines := p.dictionaries(o.Pack)
	if err := p.readPostcodes(ctx, o.Postcodes); err != nil {
		return err
	}
	defer p.db.ExecContext(context.WithoutCancel(ctx), "DROP TABLE IF EXISTS "+p.table+"_postcode")
	if len(parts) == 0 {
		parts = []string{personColumns(nil, "0") + " WHERE false"}
	}
	if _, err := p.db.ExecContext(ctx, p.query(parts, lines)); err != nil {
		return fmt.Errorf("the persons of each service: %w", err)
	}
	return p.measure(ctx)
}

// dictionaries number the services and the codes that rows may have.
func (p *People) dictionaries(pack *register.Pack) (lines map[string]int) {
	lines = map[string]int{}
	at := map[string]int{}
	t := pack.Table("service")
	p.Services = t.Keys()
	slices.SortFunc(p.Services, byNumber)
	for i, code := range p.Services {
		at[code] = i
	}
	t = pack.Table("service_line")
	for _, code := range t.Keys() {
		for _, row := range t.Rows(code) {
			if n, ok := at[t.At(row, "service")]; ok {
				lines[code] = n
			}
		}
	}
	p.homes = append(slices.Clone(pack.Table("practice").Keys()), pack.Table("sub_icb").Keys()...)
	p.trusts = pack.Table("provider").Keys()
	p.trusted = map[string]int{}
	for i, code := range p.trusts {
		p.trusted[code] = i + 1
		if len(code) == 3 {
			p.trusted[code+"00"] = i + 1 // the trust as a site
		}
	}
	return lines
}

// byNumber orders codes that are numbers by size.
func byNumber(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// readPostcodes makes the table of postcodes, empty without a file.
func (p *People) readPostcodes(ctx context.Context, path string) error {
	target := p.table + "_postcode"
	if path == "" {
		_, err := p.db.ExecContext(ctx, "CREATE OR REPLACE TABLE "+target+" (postcode VARCHAR, lsoa VARCHAR, id INTEGER)")
		return err
	}
	query := fmt.Sprintf(`CREATE OR REPLACE TABLE %s AS SELECT replace(upper(postcode), ' ', '') AS postcode, any_value(upper(trim(lsoa))) AS lsoa, 0 AS id
		FROM read_csv(%s, header = true, all_varchar = true, columns = {'postcode': 'VARCHAR', 'lsoa': 'VARCHAR'}) WHERE postcode <> '' AND lsoa <> '' GROUP BY 1`, target, literal(path))
	if _, err := p.db.ExecContext(ctx, query); err != nil {
		return fmt.Errorf("%s cannot be read: give it the columns postcode and lsoa: %w", path, err)
	}
	rows, err := p.db.QueryContext(ctx, "SELECT DISTINCT lsoa FROM "+target+" ORDER BY lsoa")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var code string
		if err := rows.Scan(&code); err != nil {
			return err
		}
		p.lsoas = append(p.lsoas, code)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if len(p.lsoas) >= 1<<lsoaBits {
		return fmt.Errorf("%s has %d areas; there may be %d", path, len(p.lsoas), 1<<lsoaBits-1)
	}
	_, err = p.db.ExecContext(ctx, fmt.Sprintf("UPDATE %s p SET id = l.id FROM (%s) l WHERE l.code = p.lsoa", target, numbered(p.lsoas)))
	return err
}

// numbered is a list of codes as an SQL table of code and id, counted from 1.
func numbered(codes []string) string {
	return fmt.Sprintf("SELECT unnest(%s) AS code, unnest(range(1, %d)) AS id", textList(codes), len(codes)+1)
}

func textList(list []string) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, c := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(literal(c))
	}
	b.WriteString("]::VARCHAR[]")
	return b.String()
}

// numberedBy is the number of each code as an SQL table.
func numberedBy(numbers map[string]int, column string) string {
	codes := slices.Sorted(maps.Keys(numbers))
	list := make([]int, len(codes))
	for i, c := range codes {
		list[i] = numbers[c]
	}
	return fmt.Sprintf("SELECT unnest(%s) AS code, unnest(%s) AS %s", textList(codes), intList(list), column)
}

// query groups the rows by service and person. What is kept of the first record
// is one number, so that its parts are all of the same record: the month, then the
// provider, the home and so on. The person is a hash of 64 bits, by which two of ten
// million are taken for one with a chance of about three in a million. Records
// without a person, and those of no service, come out as one row each.
func (p *People) query(parts []string, lines map[string]int) string {
	fields := []struct {
		bits  int
		value string
	}{
		{ethnicBits, "CASE WHEN r.ethnic IN ('A', 'B', 'C') THEN 1 WHEN r.ethnic IN ('D', 'E', 'F', 'G') THEN 2 WHEN r.ethnic IN ('H', 'J', 'K', 'L') THEN 3 WHEN r.ethnic IN ('M', 'N', 'P') THEN 4 WHEN r.ethnic IN ('R', 'S') THEN 5 ELSE 0 END"},
		{sexBits, "CASE r.sex WHEN '1' THEN 1 WHEN '2' THEN 2 ELSE 0 END"},
		{bandBits, fmt.Sprintf("coalesce(least(TRY_CAST(r.age AS UTINYINT) // 5, %d), %d)", access.Bands-1, noBand)},
		{lsoaBits, "coalesce(c.id, 0)"},
		{homeBits, "coalesce(h.id, d.id, 0)"},
		{trustBits, "coalesce(t.id, 0)"},
		{monthBits, "coalesce(r.month, 0)"},
	}
	var first, decoded []string
	at := 0
	for i, name := range []string{"ethnic", "sex", "band", "lsoa", "home", "trust", "month"} {
		f := fields[i]
		first = append(first, fmt.Sprintf("((%s)::BIGINT << %d)", f.value, at))
		decoded = append(decoded, fmt.Sprintf("((first >> %d) & %d)::UINTEGER AS %s", at, 1<<f.bits-1, name))
		at += f.bits
	}
	postcodes := ""
	if len(p.lsoas) > 0 {
		postcodes = "LEFT JOIN " + p.table + "_postcode c ON c.postcode = replace(r.postcode, ' ', '')"
	} else {
		first[3] = "0::BIGINT"
	}
	return fmt.Sprintf(`CREATE OR REPLACE TABLE %[1]s AS
WITH line AS MATERIALIZED (%[2]s), home AS MATERIALIZED (%[3]s), trust AS MATERIALIZED (%[4]s),
record AS (SELECT l.service::USMALLINT AS service,
	CASE WHEN l.service IS NULL THEN NULL WHEN r.patient <> '' THEN hash(r.patient) WHEN r.local <> '' THEN hash(concat(r.trust, ' ', r.local)) END AS person,
	%[5]s AS first
	FROM (%[6]s) r LEFT JOIN line l ON l.code = r.line LEFT JOIN trust t ON t.code = r.trust
	LEFT JOIN home h ON h.code = r.practice LEFT JOIN home d ON d.code = CASE WHEN h.id IS NULL THEN r.residence END %[7]s)
SELECT service, person IS NOT NULL AS named, events, months, %[8]s
	FROM (SELECT service, person, min(first) AS first, count(*)::UINTEGER AS events, bit_or(1::USMALLINT << (first >> %[9]d)::USMALLINT) AS months FROM record GROUP BY service, person)`,
		p.table, numberedBy(lines, "service"), numbered(p.homes), numberedBy(p.trusted, "id"), strings.Join(first, " | "), strings.Join(parts, " UNION ALL "), postcodes,
		strings.Join(decoded, ", "), at-monthBits)
}

// measure tells how many records there were, and of which months, and forgets those
// of nobody.
func (p *People) measure(ctx context.Context) error {
	months := 0
	query := fmt.Sprintf("SELECT coalesce(sum(events) FILTER (service IS NOT NULL), 0)::BIGINT, coalesce(sum(events) FILTER (service IS NOT NULL AND NOT named), 0)::BIGINT, coalesce(sum(events) FILTER (service IS NULL), 0)::BIGINT, coalesce(bit_or(months), 0)::INTEGER FROM %s", p.table)
	if err := p.db.QueryRowContext(ctx, query).Scan(&p.Records, &p.Nameless, &p.Unlisted, &months); err != nil {
		return err
	}
	for m := range 16 {
		if months>>m&1 == 1 {
			p.Months = append(p.Months, m)
		}
	}
	_, err := p.db.ExecContext(ctx, "DELETE FROM "+p.table+" WHERE service IS NULL OR NOT named")
	return err
}

// Counts sets the persons out by the areas of a population. Home gives the area of
// a practice or sub-ICB location, decile that of an LSOA.
func (p *People) Counts(ctx context.Context, population *access.Population, m *access.Map, t *access.Tables) (*access.Counts, error) {
	cut := population.Cut
	if cut == access.ByAge || cut == access.BySex {
		cut = access.ByICB
	}
	at := map[string]int{}
	for i, a := range population.Areas {
		at[a] = i + 1
	}
	column, codes, areaOf := "home", p.homes, func(code string) string { return m.Home(cut, code) }
	switch cut {
	case access.ByDecile:
		column, codes, areaOf = "lsoa", p.lsoas, t.Decile
	case access.ByPractice:
		areaOf = t.PracticeDecile
	case access.ByEthnicity:
		column, codes, areaOf = "ethnic", access.EthnicGroups(), func(code string) string { return code }
	}
	list := make([]int, len(codes)+1)
	for i, code := range codes {
		list[i+1] = at[areaOf(code)]
	}
	c := access.NewCounts(population.Cut, p.Services, population.Areas)
	query := fmt.Sprintf(`SELECT p.service, a.area, CASE WHEN p.sex = 0 OR p.band >= %[1]d THEN -1 ELSE (p.sex - 1) * %[1]d + p.band END AS grp, count(*), sum(p.events)::DOUBLE, sum(p.events::DOUBLE * p.events)
		FROM %[2]s p JOIN (SELECT unnest(range(0, %[3]d)) AS code, unnest(%[4]s) AS area) a ON a.code = p.%[5]s GROUP BY 1, 2, 3`, access.Bands, p.table, len(list), intList(list), column)
	rows, err := p.db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var service, area, group int
		var persons, events, squares float64
		if err := rows.Scan(&service, &area, &group, &persons, &events, &squares); err != nil {
			return nil, err
		}
		u := &c.Unplaced[service]
		u.All += persons
		switch {
		case area == 0:
			u.Area += persons
		case group < 0:
			u.Group += persons
		default:
			i := c.At(service, area-1, group)
			c.Persons[i], c.Events[i], c.Squares[i] = persons, events, squares
		}
	}
	return c, rows.Err()
}

func intList(list []int) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, n := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprint(&b, n)
	}
	b.WriteString("]::INTEGER[]")
	return b.String()
}

// Origin is what is known of where persons live: access.LSOA when most of them
// have one by their postcode, else access.Practice.
func (p *People) Origin(ctx context.Context) (string, error) {
	var placed, all int64
	if err := p.db.QueryRowContext(ctx, "SELECT count(*) FILTER (lsoa > 0), count(*) FROM "+p.table).Scan(&placed, &all); err != nil {
		return "", err
	}
	if placed*2 > all {
		return access.LSOA, nil
	}
	return access.Practice, nil
}

// Trips gives where the persons of each LSOA or practice went for a service (its
// place among Services), and how many lack an origin or a provider.
func (p *People) Trips(ctx context.Context, service int, origin string) (list []access.Trip, lost float64, err error) {
	column, codes := "home", p.homes
	if origin == access.LSOA {
		column, codes = "lsoa", p.lsoas
	}
	rows, err := p.db.QueryContext(ctx, fmt.Sprintf("SELECT %s, trust, count(*) FROM %s WHERE service = ? GROUP BY 1, 2 ORDER BY 1, 2", column, p.table), service)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var from, trust int
		var n float64
		if err := rows.Scan(&from, &trust, &n); err != nil {
			return nil, 0, err
		}
		if from == 0 || trust == 0 {
			lost += n
			continue
		}
		list = append(list, access.Trip{Origin: codes[from-1], Provider: p.trusts[trust-1], Persons: n})
	}
	return list, lost, rows.Err()
}

// Years are the financial years of which patient-level rows count, in order.
func (v *View) Years() []string {
	var years []string
	for slice := range v.current {
		if slices.Contains(basisFeeds[Patient], slice.Feed) && !slices.Contains(years, slice.Year) {
			years = append(years, slice.Year)
		}
	}
	slices.Sort(years)
	return years
}
