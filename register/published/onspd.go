package published

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"remit/register"
	"remit/register/postcode"
)

// directoryColumns says where in a postcode directory each thing stands; -1
// where the edition lacks it.
type directoryColumns struct {
	postcode, country, subICB, icb, board, authority, lsoa11, lsoa21 int
}

// Editions name a column after the geography's year: ctry25cd was ctry before.
// The stems are what is left without the year and the "cd".
var (
	postcodeStems  = []string{"pcds", "pcd8", "pcd7", "pcd2", "pcd"}
	countryStems   = []string{"ctry"}
	subICBStems    = []string{"sicbl", "sub_icb", "ccg"}
	icbStems       = []string{"icb", "stp"}
	boardStems     = []string{"lhb", "hlthau", "oshlthau", "hlth", "hb"}
	authorityStems = []string{"lad", "oslaua", "laua", "utla"}
)

// columnsOf finds the columns of a postcode directory by their stems.
func columnsOf(head []string) (directoryColumns, error) {
	names := make([]string, len(head))
	stems := make([]string, len(head))
	for i, h := range head {
		names[i] = strings.ToLower(strings.TrimSpace(h))
		stems[i] = stem(names[i])
	}
	find := func(in []string, wanted []string) int {
		for _, w := range wanted {
			if i := slices.Index(in, w); i >= 0 {
				return i
			}
		}
		return -1
	}
	c := directoryColumns{
		postcode: find(names, postcodeStems), country: find(stems, countryStems), subICB: find(stems, subICBStems),
		icb: find(stems, icbStems), board: find(stems, boardStems), authority: find(stems, authorityStems),
		lsoa11: find(names, []string{"lsoa11", "lsoa11cd"}), lsoa21: find(names, []string{"lsoa21", "lsoa21cd"}),
	}
	if c.postcode < 0 || c.country < 0 || c.subICB < 0 {
		return c, errors.New("the header has no columns for the postcode (pcds), the country (ctry) and the sub-ICB location (sicbl)")
	}
	return c, nil
}

// stem takes the year and the "cd" off the name of a column.
func stem(name string) string {
	name = strings.TrimSuffix(name, "cd")
	trimmed := strings.TrimRight(name, "0123456789")
	if trimmed == "" {
		return name
	}
	return trimmed
}

// area is everything that the index keeps of a postcode. Postcodes in one area
// have the same answers on every day.
type area struct {
	country, subICB, board, authority string
	moved                             string // the LSOA, where its sub-ICB location changed
}

// directoryReader turns rows of the directory into areas.
type directoryReader struct {
	pack    *register.Pack
	at      directoryColumns
	build   postcode.Builder
	numbers map[area]int
	areas   []area
	seen    map[[5]string]int // the number of an area by its columns as published
	strange map[string]int    // codes that the pack cannot translate, and how often
	f       *faults
}

func importDirectory(pack *register.Pack, in io.Reader, f *faults, r Report, o Options) (Report, error) {
	c := csvReader(in)
	head, err := c.Read()
	if err != nil {
		return r, fmt.Errorf("read the header of the postcode directory: %w", err)
	}
	at, err := columnsOf(head)
	if err != nil {
		return r, fmt.Errorf("%s: %w; give the directory as it is published", f.file, err)
	}
	d := directoryReader{pack: pack, at: at, numbers: map[area]int{}, seen: map[[5]string]int{}, strange: map[string]int{}, f: f}
	for n := 2; ; n++ {
		fields, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			f.add(n, "", "", "the row cannot be read: "+err.Error(), "give the directory as it is published")
			break
		}
		d.row(n, fields, len(head))
		if r.Rows++; o.Progress != nil && r.Rows%100_000 == 0 {
			o.Progress(int64(r.Rows))
		}
	}
	if r.Rows == 0 {
		f.add(0, "", "", "the directory has no rows", "give the directory as it is published")
	}
	if err := f.err(); err != nil {
		return r, err
	}
	r.Layout = "postcode directory with " + head[at.postcode] + ", " + head[at.country] + " and " + head[at.subICB]
	r.Notes = d.notes()
	r.File = filepath.Join(o.Into, register.IndexFile)
	text := d.text("ONS postcode directory, " + filepath.Base(f.file))
	err = writeWhole(r.File, func(file *os.File) error { return d.build.Write(file, text) })
	var doubled *postcode.DoubledError
	if errors.As(err, &doubled) {
		r.File = ""
		f.add(0, head[at.postcode], doubled.Postcode, "the postcode is there twice with different areas", "leave one of the rows out")
		return r, f.err()
	}
	if err != nil {
		return r, fmt.Errorf("write the postcode directory: %w", err)
	}
	return r, nil
}

func (d *directoryReader) row(n int, fields []string, width int) {
	if len(fields) != width {
		d.f.add(n, "", "", fmt.Sprintf("the row has %d fields where the header has %d", len(fields), width), "give the directory as it is published")
		return
	}
	code := register.NormalPostcode(fields[d.at.postcode])
	if !postcode.WellFormed(code) {
		d.f.add(n, "postcode", fields[d.at.postcode], "the value is not a postcode", "put it right or leave the row out")
		return
	}
	get := func(i int) string {
		if i < 0 {
			return ""
		}
		return strings.TrimSpace(fields[i])
	}
	raw := [5]string{get(d.at.country), get(d.at.subICB), get(d.at.board), get(d.at.authority), d.movedArea(get(d.at.lsoa11), get(d.at.lsoa21))}
	if raw[0] == "L93000001" {
		raw[0] = code[:2] // the Channel Islands are told apart by their postcodes
	}
	number, known := d.seen[raw]
	if !known {
		number = d.number(n, raw)
		d.seen[[5]string{strings.Clone(raw[0]), strings.Clone(raw[1]), strings.Clone(raw[2]), strings.Clone(raw[3]), strings.Clone(raw[4])}] = number
	}
	if d.strangeSub(raw) {
		d.strange[raw[1]]++
	}
	if number < 0 {
		return
	}
	if err := d.build.Add(code, number); err != nil {
		d.f.add(n, "postcode", code, err.Error(), "put it right or leave the row out")
	}
}

// movedArea is the LSOA when the pack knows that its sub-ICB location changed.
func (d *directoryReader) movedArea(lsoas ...string) string {
	moves := d.pack.Table("area_move")
	for _, l := range lsoas {
		if l != "" && moves.FindEver(l, 0).Row != register.NoRow {
			return l
		}
	}
	return ""
}

// number gives an area its number, and -1 when the row has a fault.
func (d *directoryReader) number(n int, raw [5]string) int {
	country, known := countryLetters[raw[0]]
	if !known {
		d.f.add(n, "country", raw[0], "the country is not known", "it is a code such as E92000001, W92000004, S92000003 or N92000002")
		return -1
	}
	for i, column := range []string{"country", "sub-ICB location", "health board", "local authority"} {
		if raw[i] != "" && !plainArea(raw[i]) {
			d.f.add(n, column, raw[i], "the value is not the code of an area", "give the directory as it is published")
			return -1
		}
	}
	a := area{country: country, authority: real(raw[3])}
	switch country {
	case "E":
		a.subICB, _ = d.ods(raw[1], "sub_icb")
		if raw[4] != "" {
			a.moved, a.subICB = d.series(raw[4]), ""
		}
	case "W", "S", "N":
		// Editions differ in which column has the Welsh board.
		for _, code := range []string{real(raw[2]), real(raw[1])} {
			if board, ok := d.ods(code, "health_board"); ok || a.board == "" {
				a.board = board
			}
		}
	}
	if at, known := d.numbers[a]; known {
		return at
	}
	a = area{strings.Clone(a.country), strings.Clone(a.subICB), strings.Clone(a.board), strings.Clone(a.authority), strings.Clone(a.moved)}
	d.numbers[a] = len(d.areas)
	d.areas = append(d.areas, a)
	return len(d.areas) - 1
}

var countryLetters = map[string]string{
	"E92000001": "E", "W92000004": "W", "S92000003": "S", "N92000002": "N", "M83000003": "M",
	"JE": "J", "GY": "G", "E": "E", "W": "W", "S": "S", "N": "N",
}

func plainArea(code string) bool {
	return len(code) <= 12 && !strings.ContainsFunc(code, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z')
	})
}

// real is blank for the codes that ONS writes where a geography does not apply.
func real(code string) string {
	if strings.HasSuffix(code, "99999999") {
		return ""
	}
	return code
}

// ods turns an ONS code into an ODS code of the kind wanted. A code that is
// one of ODS already stays; of one that is neither, boards keep the ONS code
// and sub-ICB locations come out blank.
func (d *directoryReader) ods(code, kind string) (string, bool) {
	if code == "" {
		return "", false
	}
	codes := d.pack.Table("ons_code")
	if row := codes.FindEver(code, 0).Row; row != register.NoRow && codes.At(row, "kind") == kind {
		return codes.At(row, "ods"), true
	}
	if d.pack.Table(kind).FindEver(code, 0).Row != register.NoRow {
		return code, true
	}
	if kind == "sub_icb" {
		return "", false
	}
	return code, false
}

func (d *directoryReader) strangeSub(raw [5]string) bool {
	if countryLetters[raw[0]] != "E" || raw[4] != "" || real(raw[1]) == "" {
		return false
	}
	_, ok := d.ods(raw[1], "sub_icb")
	return !ok
}

// series spells out the locations that an LSOA has belonged to, so that all
// LSOAs with the same history share an area.
func (d *directoryReader) series(lsoa string) string {
	moves := d.pack.Table("area_move")
	var parts []string
	for _, row := range moves.Rows(lsoa) {
		from, to := moves.Valid(row)
		parts = append(parts, moves.At(row, "sub_icb")+","+from.String()+","+to.String())
	}
	return strings.Join(parts, ";")
}

// text lists the areas as the index keeps them: number, country, sub_icb,
// health_board, local_authority, valid_from, valid_to, source.
func (d *directoryReader) text(source string) string {
	var b strings.Builder
	source = strings.NewReplacer(`"`, "'", ",", " ", "\n", " ", "\r", " ").Replace(source)
	for n, a := range d.areas {
		for part := range strings.SplitSeq(orElse(a.moved, a.subICB+",,"), ";") {
			v := strings.Split(part, ",")
			fmt.Fprintf(&b, "%d,%s,%s,%s,%s,%s,%s,%s\n", n, a.country, v[0], a.board, a.authority, v[1], v[2], source)
		}
	}
	return b.String()
}

func (d *directoryReader) notes() (notes []string) {
	for _, code := range slices.Sorted(maps.Keys(d.strange)) {
		notes = append(notes, fmt.Sprintf("%d postcodes are in %s, which is the ONS code of no sub-ICB location of the pack: they have a country only. Add the code to a row of sub_icb.csv and import again.", d.strange[code], code))
	}
	if d.at.lsoa11 < 0 && d.at.lsoa21 < 0 {
		notes = append(notes, "The directory has no LSOA column: postcodes in areas that changed their sub-ICB location have the location of the directory's own day on every day.")
	}
	return notes
}
