package synth

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"remit/register"
	"remit/whole"
)

// postcodesEach is the number of made-up postcodes of an area or board.
const postcodesEach = 40

const unitLetters = "ABDEFGHJLNPQRSTUWXYZ"

// firstDistrict keeps the postcodes of different kinds of place apart. Each
// district has ten places, one in each sector.
var firstDistrict = map[string]int{"sub_icb": 20, "health_board": 60, "ireland": 80}

// postcodesOf makes up the postcodes of a place. They depend on its code and
// the reference data alone, so that one directory serves every synthetic file.
func (w *world) postcodesOf(table, code string) []string {
	place := 0
	if t := w.pack.Table(table); t != nil {
		place = slices.Index(t.Keys(), code)
	}
	out := make([]string, 0, postcodesEach)
	for n := range postcodesEach {
		out = append(out, fmt.Sprintf("ZT%d %d%c%c", firstDistrict[table]+place/10, place%10, unitLetters[n/20], unitLetters[n%20]))
	}
	return out
}

// WritePostcodes writes the directory of the made-up postcodes in the columns
// of the ONS postcode directory, as remit reference import reads it. Places of
// detention are in it with their country alone.
func WritePostcodes(pack *register.Pack, out io.Writer, year string) error {
	if year == "" {
		year = DefaultYear
	}
	w, err := newWorld(pack, year)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("pcd7,pcd8,pcds,dointr,doterm,lad25cd,hlth19cd,nhser24cd,ctry25cd,icb26cd,sicbl26cd,lsoa11cd,lsoa21cd\n")
	ons := onsCodes(pack)
	for i, code := range pack.Table("sub_icb").Keys() {
		lsoa := w.movedArea(code)
		for _, p := range w.postcodesOf("sub_icb", code) {
			directoryRow(&b, p, fmt.Sprintf("E06999%03d", i), "", "E92000001", orCode(ons["sub_icb "+code], code), lsoa)
		}
	}
	for _, place := range w.boards {
		country := map[string]string{"W": "W92000004", "S": "S92000003", "N": "N92000002"}[place.country]
		for n, p := range place.postcodes {
			directoryRow(&b, p, orCode(borderAuthority(place.code, n), country[:1]+"99999999"), orCode(ons["health_board "+place.code], place.code), country, country[:1]+"99999999", country[:1]+"01999901")
		}
	}
	for _, p := range pack.Table("detention_postcode").Keys() {
		directoryRow(&b, p, "E99999999", "", "E92000001", "E99999999", "E01999901")
	}
	_, err = io.WriteString(out, b.String())
	return err
}

// WritePostcodesFile writes the directory to a file that appears whole or not
// at all.
func WritePostcodesFile(pack *register.Pack, path, year string) error {
	return whole.Write(path, func(out io.Writer) error { return WritePostcodes(pack, out, year) })
}

// borderAuthorities are the Welsh authorities along the border that the
// assignment method names, by health board; the areas of 7A1 and 7A6 reach
// further.
var borderAuthorities = map[string][]string{
	"7A1": {"W06000004", "W06000005", "W06000006", ""},
	"7A6": {"W06000021", "", ""},
	"7A7": {"W06000023"},
}

func borderAuthority(board string, n int) string {
	if a := borderAuthorities[board]; a != nil {
		return a[n%len(a)]
	}
	return ""
}

func directoryRow(b *strings.Builder, postcode, authority, board, country, subICB, lsoa string) {
	outward, inward, _ := strings.Cut(postcode, " ")
	fmt.Fprintf(b, "%-4s%s,%-4s %s,%s,202204,,%s,%s,,%s,,%s,%s,%s\n", outward, inward, outward, inward, postcode, authority, board, country, subICB, lsoa, lsoa)
}

// onsCodes are the codes of the Office for National Statistics by kind and code
// of the Organisation Data Service.
func onsCodes(pack *register.Pack) map[string]string {
	t := pack.Table("ons_code")
	codes := map[string]string{}
	for _, ons := range t.Keys() {
		row := t.FindEver(ons, 0).Row
		codes[t.At(row, "kind")+" "+t.At(row, "ods")] = ons
	}
	return codes
}

func orCode(ons, code string) string {
	if ons != "" {
		return ons
	}
	return code
}

// movedArea is, for a sub-ICB location that has ended, an LSOA that was in it
// and moved on, so that its postcodes do as real ones did.
func (w *world) movedArea(code string) string {
	const nowhere = "E01999901"
	if w.holds("sub_icb", code, register.Latest-1) {
		return nowhere
	}
	t := w.pack.Table("area_move")
	for _, lsoa := range t.Keys() {
		for _, row := range t.Rows(lsoa) {
			if t.At(row, "sub_icb") == code {
				return lsoa
			}
		}
	}
	return nowhere
}
