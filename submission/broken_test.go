package submission

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

var makeBroken = flag.Bool("make-broken", false, "write the files of testdata/broken anew")

// A corpus of files as they should not come. Each is one good file with one
// thing done to it, so that what is found is due to that. expected.csv, which
// is written by hand, says what must be found in each; the generators below say
// how each was made. Nothing in them is real.

// sheet is a file of rows to be spoilt.
type sheet struct {
	header []string
	rows   [][]string
}

func sheetOf(pairs ...string) *sheet {
	s := &sheet{rows: make([][]string, 1)}
	for i := 0; i < len(pairs); i += 2 {
		s.header = append(s.header, pairs[i])
		s.rows[0] = append(s.rows[0], pairs[i+1])
	}
	return s
}

func (s *sheet) column(name string) int {
	at := slices.Index(s.header, name)
	if at < 0 {
		panic("no column " + name)
	}
	return at
}

// with sets a column in a row, counted from 1; row 0 means every row.
func (s *sheet) with(row int, column, value string) *sheet {
	for i := range s.rows {
		if row == 0 || i == row-1 {
			s.rows[i][s.column(column)] = value
		}
	}
	return s
}

// again repeats the first row with other values.
func (s *sheet) again(pairs ...string) *sheet {
	s.rows = append(s.rows, slices.Clone(s.rows[0]))
	for i := 0; i < len(pairs); i += 2 {
		s.with(len(s.rows), pairs[i], pairs[i+1])
	}
	return s
}

func (s *sheet) without(column string) *sheet {
	at := s.column(column)
	s.header = slices.Delete(s.header, at, at+1)
	for i := range s.rows {
		s.rows[i] = slices.Delete(s.rows[i], at, at+1)
	}
	return s
}

func (s *sheet) renamed(column, to string) *sheet {
	s.header[s.column(column)] = to
	return s
}

func (s *sheet) text() string { return s.delimited(',') }

func (s *sheet) delimited(by rune) string {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = by
	w.WriteAll(append([][]string{s.header}, s.rows...))
	return b.String()
}

const (
	fm, fy, made  = "FINANCIAL MONTH", "FINANCIAL YEAR", "DATE AND TIME DATA SET CREATED"
	prov, site    = "ORGANISATION IDENTIFIER (CODE OF PROVIDER)", "ORGANISATION SITE IDENTIFIER (OF TREATMENT)"
	gpResp, resid = "ORGANISATION IDENTIFIER (GP PRACTICE RESPONSIBILITY)", "ORGANISATION IDENTIFIER (RESIDENCE RESPONSIBILITY)"
	comm, gp      = "ORGANISATION IDENTIFIER (CODE OF COMMISSIONER)", "GENERAL MEDICAL PRACTICE (PATIENT REGISTRATION)"
	tfcName       = "ACTIVITY TREATMENT FUNCTION CODE"
	cat, svc, pod = "COMMISSIONED SERVICE CATEGORY CODE", "SERVICE CODE", "POINT OF DELIVERY CODE"
	tariff, nti   = "TARIFF CODE", "NATIONAL TARIFF INDICATOR"
	planA, planP  = "CONTRACT MONITORING PLANNED ACTIVITY", "CONTRACT MONITORING PLANNED PRICE"
	actA, actP    = "CONTRACT MONITORING ACTUAL ACTIVITY", "CONTRACT MONITORING ACTUAL PRICE"
	mff           = "CONTRACT MONITORING ACTUAL MARKET FORCES FACTOR"
	localPOD      = "LOCAL POINT OF DELIVERY DESCRIPTION"
	nhs, lpi      = "NHS NUMBER", "LOCAL PATIENT IDENTIFIER (EXTENDED)"
	withheld      = "WITHHELD IDENTITY REASON"
	dob, ageName  = "PERSON BIRTH DATE", "AGE AT ACTIVITY DATE (CONTRACT MONITORING)"
	cds           = "CDS UNIQUE IDENTIFIER"
	start, end    = "ACTIVITY START DATE (CONTRACT MONITORING)", "ACTIVITY END DATE (CONTRACT MONITORING)"
	count, unit   = "ACTIVITY COUNT (POINT OF DELIVERY)", "ACTIVITY UNIT PRICE"
	total         = "TOTAL COST"
	given, name   = "CLINICAL INTERVENTION DATE (DRUG DISPENSED)", "DRUG NAME (HIGH COST TARIFF EXCLUDED DRUG)"
	drug, reason  = "HIGH COST TARIFF EXCLUDED DRUG CODE (DM+D)", "THERAPEUTIC INDICATION CODE (SNOMED CT)"
	quantity      = "DRUG QUANTITY OR WEIGHT PROPORTION (HIGH COST TARIFF EXCLUDED DRUG)"
	route         = "DISPENSING ROUTE (HIGH COST TARIFF EXCLUDED DRUG)"
	perUnit       = "UNIT PRICE (COMMISSIONER)"
	support       = "COMMISSIONER SUPPORT CHARGE"
	nonCDS        = "NON CDS UNIQUE IDENTIFIER"
	localPrice    = "LOCAL PRICE"
	submitter     = "NAME OF SUBMITTER"
)

// acm is a good aggregate file of two months.
func acm() *sheet {
	return sheetOf(fm, "1", fy, "202627", made, "2026-06-20T09:30:00", prov, "RJ1", site, "RJ122", gpResp, "72Q", resid, "72Q", comm, "72Q", gp, "A81001",
		tfcName, "320", cat, "12", svc, "99999999", pod, "DC", localPOD, "Day case", tariff, "EA05A", nti, "Y", planA, "10", planP, "1000.00", actA, "11", actP, "1100.00", mff, "88.00").
		again(fm, "2", actP, "1200.00", actA, "12").again(fm, "2", pod, "EL", actP, "900.00", actA, "3")
}

// plcm is a good patient level file.
func plcm() *sheet {
	return sheetOf(fm, "1", fy, "202627", made, "2026-05-20T09:30:00", prov, "RJ1", site, "RJ122", gpResp, "72Q", resid, "72Q", comm, "72Q", gp, "A81001",
		withheld, "", nhs, "9434765919", lpi, "L1", dob, "1990-05-01", ageName, "35", cds, "BRJ1000000000000000000000000000001", tfcName, "320", start, "2026-04-02", end, "2026-04-03",
		cat, "12", svc, "99999999", pod, "EL", localPOD, "Elective", tariff, "EA05A", nti, "Y", count, "1", unit, "500.00", total, "500.00").
		again(cds, "BRJ1000000000000000000000000000002", lpi, "L2", unit, "750.50", total, "750.50").
		again(cds, "BRJ1000000000000000000000000000003", lpi, "L3", count, "2", total, "1000.00")
}

// drplcm is a good file of drugs.
func drplcm() *sheet {
	return sheetOf(fm, "1", fy, "202627", made, "2026-05-20T09:30:00", prov, "RJ1", site, "RJ122", gpResp, "72Q", resid, "72Q", comm, "72Q", gp, "A81001",
		tfcName, "410", given, "2026-04-09", reason, "69896004", drug, "9999999999999", name, "INVENTEDMAB", quantity, "2", route, "4", nonCDS, "D1", cat, "12", svc, "99999999", pod, "DRUG",
		perUnit, "350.00", support, "25.00", total, "725.00").again(nonCDS, "D2", quantity, "1", total, "375.00")
}

func deplcm() *sheet {
	return sheetOf(fm, "1", fy, "202627", made, "2026-05-20T09:30:00", prov, "RJ1", site, "RJ122", gpResp, "72Q", resid, "72Q", comm, "72Q", gp, "A81001",
		tfcName, "320", "CLINICAL INTERVENTION DATE (MEDICAL DEVICE IMPLEMENTATION)", "2026-04-09", "HIGH LEVEL CODE (HIGH COST TARIFF EXCLUDED DEVICE)", "X",
		"MEDICAL DEVICE NAME (HIGH COST TARIFF EXCLUDED DEVICE)", "Invented stent", "MEDICAL DEVICE SERIAL NUMBER (HIGH COST TARIFF EXCLUDED DEVICE)", "S1",
		"MEDICAL DEVICE QUANTITY (HIGH COST TARIFF EXCLUDED DEVICE)", "1", nonCDS, "V1", cat, "12", svc, "99999999", pod, "DEVICE", perUnit, "1200.00", total, "1200.00")
}

func iap() *sheet {
	return sheetOf(fm, "1", fy, "202627", made, "2026-03-20T09:30:00", prov, "RJ1", site, "RJ122", gpResp, "72Q", resid, "72Q", comm, "72Q", gp, "A81001",
		tfcName, "320", cat, "12", svc, "99999999", pod, "DC", tariff, "EA05A", nti, "Y", planA, "10", planP, "1000.00", submitter, "A. Analyst").again(fm, "2", planA, "11")
}

func lpr() *sheet {
	return sheetOf(fy, "202627", made, "2026-03-20T09:30:00", prov, "RJ1", site, "RJ122", comm, "72Q", tfcName, "320", cat, "12", svc, "99999999", pod, "DC", tariff, "LOCAL1", localPrice, "123.45")
}

func utf16Text(s string, big, mark bool) string {
	var b []byte
	units := utf16.Encode([]rune(s))
	if mark {
		units = append([]uint16{0xFEFF}, units...)
	}
	for _, u := range units {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

func zipOf(inside, text string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, _ := z.CreateHeader(&zip.FileHeader{Name: inside, Method: zip.Store})
	w.Write([]byte(text))
	z.Close()
	return b.String()
}

func gzipOf(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	return b.String()
}

// shifted puts a column of names in front of the values and not of the header's names.
func shifted(s *sheet) *sheet {
	for i, row := range s.rows {
		s.rows[i] = append([]string{"General Surgery"}, row[:len(row)-1]...)
	}
	return s
}

func replaced(text string, pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(text)
}

// broken makes the files. A name says what was done.
var broken = map[string]func() string{
	// as they should be
	"good_acm.csv":    func() string { return acm().text() },
	"good_plcm.csv":   func() string { return plcm().text() },
	"good_drplcm.csv": func() string { return drplcm().text() },
	"good_deplcm.csv": func() string { return deplcm().text() },
	"good_iap.csv":    func() string { return iap().text() },
	"good_lpr.csv":    func() string { return lpr().text() },
	"good_gzip.csv":   func() string { return gzipOf(acm().text()) },
	"good_v1_names.csv": func() string {
		return plcm().renamed(gp, "GENERAL MEDICAL PRACTICE CODE (PATIENT REGISTRATION)").renamed(cds, "cds_unique_identifier").text()
	},
	"good_bom_and_tabs.csv": func() string { return "\uFEFF" + acm().delimited('\t') },
	"good_windows_ends.csv": func() string { return strings.ReplaceAll(acm().text(), "\n", "\r\n") },

	// not delimited text
	"empty.csv":          func() string { return "" },
	"blank_lines.csv":    func() string { return "\n\n\n" },
	"bom_alone.csv":      func() string { return "\uFEFF" },
	"workbook_named.csv": func() string { return zipOf("xl/workbook.xml", "<workbook/>") },
	"old_workbook.csv":   func() string { return "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 64) },
	"zipped.csv":         func() string { return zipOf("acm.csv", acm().text()) },
	"seven_zip.csv":      func() string { return "7z\xBC\xAF\x27\x1C\x00\x04rest" },
	"web_page_named.csv": func() string { return "<html><body><table><tr><td>FINANCIAL MONTH</td></tr></table></body></html>\n" },
	"excel_xml.csv": func() string {
		return `<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>`
	},
	"plain_xml.csv":          func() string { return `<?xml version="1.0"?><acm/>` },
	"pdf_named.csv":          func() string { return "%PDF-1.7\n%rest" },
	"parquet_named.csv":      func() string { return "PAR1\x15\x04\x15rest" },
	"gzip_cut.csv":           func() string { s := gzipOf(strings.Repeat(acm().text(), 40)); return s[:len(s)/2] },
	"utf16_without_mark.csv": func() string { return utf16Text(acm().text(), false, false) },
	"mac_line_ends.csv":      func() string { return strings.ReplaceAll(acm().text(), "\n", "\r") },

	// encodings
	"utf16_little.csv":        func() string { return utf16Text(acm().text(), false, true) },
	"utf16_big.csv":           func() string { return utf16Text(acm().text(), true, true) },
	"windows_1252.csv":        func() string { return acm().with(1, localPOD, "Caf\xE9 clinic").with(2, actP, "\xA31200.00").text() },
	"encoded_twice.csv":       func() string { return acm().with(1, localPOD, "CafÃ© clinic").with(2, actP, "Â£1200.00").text() },
	"replacement_marks.csv":   func() string { return acm().with(0, localPOD, "Caf\uFFFD clinic").text() },
	"non_breaking_spaces.csv": func() string { return acm().with(1, localPOD, "Day\u00A0case").text() },
	"zero_width_header.csv":   func() string { return acm().renamed(fm, "\u200BFINANCIAL MONTH").text() },
	"zero_byte_in_row.csv":    func() string { return replaced(acm().text(), "Day case", "Day\x00case") },

	// the shape of the table
	"header_alone.csv":    func() string { s := acm(); s.rows = nil; return s.text() },
	"no_header.csv":       func() string { _, rows, _ := strings.Cut(acm().text(), "\n"); return rows },
	"title_above.csv":     func() string { return "Contract monitoring April 2026\n" + acm().text() },
	"truncated.csv":       func() string { s := acm().text(); return s[:len(s)-40] },
	"open_quote.csv":      func() string { s := acm().text(); return s + `2,202627,"2026-06-20T09:30:00` },
	"comma_in_a_name.csv": func() string { return replaced(acm().text(), "Day case", "Day case, adult") },
	"shifted_columns.csv": func() string { return shifted(acm()).text() },
	"header_repeated.csv": func() string { s := acm(); s.rows = append(s.rows, s.header); return s.text() },
	"total_row.csv":       func() string { s := acm().again(fm, "Total", prov, "", fy, "", actP, "3200.00"); return s.text() },
	"subtotal_rows.csv":   func() string { return acm().again(fm, "Subtotal RJ1", fy, "").again(fm, "Grand total", fy, "").text() },
	"rows_twice.csv":      func() string { s := acm(); s.rows = append(s.rows, s.rows...); return s.text() },
	"column_twice.csv": func() string {
		s := acm()
		s.header = append(s.header, "PROVIDER CODE")
		for i := range s.rows {
			s.rows[i] = append(s.rows[i], "RJ1")
		}
		return s.text()
	},
	"unknown_columns.csv":      func() string { return acm().renamed(localPOD, "Our own notes").text() },
	"unknown_layout.csv":       func() string { return "a,b,c\n1,2,3\n" },
	"doubled_space.csv":        func() string { return acm().renamed(fy, "FINANCIAL  YEAR").text() },
	"missing_provider.csv":     func() string { return acm().without(prov).text() },
	"missing_commissioner.csv": func() string { return acm().without(comm).text() },
	"missing_price.csv":        func() string { return acm().without(actP).text() },
	"missing_pod.csv":          func() string { return plcm().without(pod).text() },
	"semicolons.csv":           func() string { return acm().delimited(';') },

	// sender and period
	"wrong_provider.csv":                func() string { return acm().with(0, prov, "RX1").with(0, site, "RX1RA").text() },
	"mixed_providers.csv":               func() string { return acm().with(3, prov, "RX1").text() },
	"site_for_provider.csv":             func() string { return acm().with(0, prov, "RJ122").text() },
	"site_ending_00.csv":                func() string { return acm().with(0, prov, "RJ100").text() },
	"wrong_year.csv":                    func() string { return acm().with(0, fy, "202526").text() },
	"mixed_years.csv":                   func() string { return acm().with(1, fy, "202526").text() },
	"year_as_2026_27.csv":               func() string { return acm().with(0, fy, "2026/27").text() },
	"years_not_consecutive.csv":         func() string { return acm().with(0, fy, "202628").text() },
	"no_year_but_in_name_PLCM_2627.csv": func() string { return plcm().with(0, fy, "").text() },
	"no_year_but_dates.csv":             func() string { return plcm().with(0, fy, "").text() },
	"no_period_at_all.csv":              func() string { return acm().with(0, fy, "").with(0, fm, "").text() },
	"month_as_name.csv":                 func() string { return plcm().with(2, fm, "April").text() },
	"month_14.csv":                      func() string { return acm().with(3, fm, "14").text() },
	"month_missing.csv":                 func() string { return acm().with(2, fm, "3").with(3, fm, "3").text() },
	"late_month.csv":                    func() string { return acm().text() },
	"month_zero.csv":                    func() string { return acm().with(1, fm, "0").again(fm, "1").text() },

	// values
	"thousands_commas.csv":     func() string { return acm().with(2, actP, "1,200.00").text() },
	"pound_signs.csv":          func() string { return acm().with(0, actP, "£1200.00").with(3, actP, "£900").text() },
	"bracketed_negatives.csv":  func() string { return acm().with(3, actP, "(900.00)").text() },
	"trailing_minus.csv":       func() string { return acm().with(3, actP, "900.00-").text() },
	"tbc.csv":                  func() string { return acm().with(3, actP, "TBC").text() },
	"spreadsheet_errors.csv":   func() string { return acm().with(3, actP, "#REF!").text() },
	"decimal_comma.csv":        func() string { return acm().with(3, actP, "900,50").text() },
	"exponent.csv":             func() string { return drplcm().with(0, drug, "1.0E+13").text() },
	"too_many_digits.csv":      func() string { return acm().with(3, actP, "900.123456789").text() },
	"blank_price.csv":          func() string { return acm().with(3, actP, "").text() },
	"mff_as_index.csv":         func() string { return acm().with(0, mff, "1.08").text() },
	"excel_dates.csv":          func() string { return plcm().with(0, end, "46115").with(0, made, "46162.396").text() },
	"uk_dates.csv":             func() string { return plcm().with(0, end, "03/04/2026").text() },
	"us_dates.csv":             func() string { return plcm().with(0, end, "04/03/2026 12:00:00 AM").text() },
	"named_months.csv":         func() string { return plcm().with(0, end, "03-Apr-26").text() },
	"two_digit_years.csv":      func() string { return plcm().with(0, end, "03/04/26").text() },
	"impossible_date.csv":      func() string { return plcm().with(1, end, "2026-04-31").text() },
	"dates_in_other_month.csv": func() string { return plcm().with(2, end, "2026-05-03").with(2, ageName, "36").text() },
	"time_without_seconds.csv": func() string { return acm().with(0, made, "2026-06-20T09:30").text() },
	"bad_nhs_number.csv":       func() string { return plcm().with(2, nhs, "9434765918").text() },
	"withheld_with_number.csv": func() string { return plcm().with(2, withheld, "03").text() },
	"ends_before_start.csv":    func() string { return plcm().with(2, start, "2026-04-04").text() },
	"line_total_wrong.csv":     func() string { return plcm().with(3, total, "1100.00").text() },
	"drug_total_wrong.csv":     func() string { return drplcm().with(1, total, "700.00").text() },
	"drug_route_words.csv":     func() string { return drplcm().with(0, route, "Homecare").text() },
	"drug_unnamed.csv":         func() string { return drplcm().with(1, drug, "").with(1, name, "").text() },
	"drugs_in_plcm.csv":        func() string { return plcm().with(3, pod, "DRUG").text() },
	"block_with_activity.csv":  func() string { return acm().with(3, pod, "BLOCK").text() },
	"unlisted_codes.csv": func() string {
		return acm().with(1, tfcName, "999").with(1, cat, "77").with(2, svc, "NCBPS99Q").with(3, pod, "DAYCASE").text()
	},
	"retired_commissioner.csv":   func() string { return acm().with(1, comm, "05A").text() },
	"tariff_not_hrg.csv":         func() string { return acm().with(1, tariff, "LOCAL7").text() },
	"no_identifier.csv":          func() string { return plcm().with(2, cds, "").text() },
	"negative_plan.csv":          func() string { return iap().with(1, planA, "-3").text() },
	"plan_without_submitter.csv": func() string { return iap().with(0, submitter, "").text() },
	"negative_local_price.csv":   func() string { return lpr().with(1, localPrice, "-5").text() },
	"long_text.csv":              func() string { return acm().with(1, localPOD, strings.Repeat("x", 101)).text() },
	"rows_halved.csv":            func() string { s := acm(); s.rows = s.rows[:2]; return s.text() },
}

const brokenFolder = "testdata/broken"

func TestBrokenFiles(t *testing.T) {
	if *makeBroken {
		for name, make := range broken {
			if err := os.WriteFile(filepath.Join(brokenFolder, name), []byte(make()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	rows := readExpected(t)
	if len(rows) < 60 {
		t.Errorf("the corpus has %d files; it is to have 60", len(rows))
	}
	for _, row := range rows {
		t.Run(row[0], func(t *testing.T) { testBrokenFile(t, row[0], row[1], row[2]) })
	}
	for name := range broken {
		if !slices.ContainsFunc(rows, func(r []string) bool { return r[0] == name }) {
			t.Errorf("expected.csv does not say what is found in %s", name)
		}
	}
}

func readExpected(t *testing.T) [][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(brokenFolder, "expected.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// testBrokenFile reads a file of the corpus and compares its findings: rule ids
// with the number of rows, joined by blanks, in the order of their names. Three
// dots at the end stand for others that need not be named.
func testBrokenFile(t *testing.T, file, given, expected string) {
	text, err := os.ReadFile(filepath.Join(brokenFolder, file))
	if err != nil {
		t.Fatal(err)
	}
	if make := broken[file]; make == nil || !strings.HasSuffix(file, "gzip.csv") && make() != string(text) && !strings.HasPrefix(file, "gzip") {
		t.Errorf("the file is not what its generator makes; run with -make-broken")
	}
	g, err := ruleCase{given: given}.readGiven()
	if err != nil {
		t.Fatal(err)
	}
	if g.FileName == "" {
		g.FileName = file
	}
	r, err := Inspect(bytes.NewReader(text), shippedRules(t), shippedPack(t), g)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range r.Findings {
		id := f.Rule
		if f.Rows > 0 {
			id = fmt.Sprintf("%s=%d", id, f.Rows)
		}
		got = append(got, id)
	}
	slices.Sort(got)
	if listed, more := strings.CutSuffix(expected, " ..."); more {
		expected = listed
		got = slices.DeleteFunc(got, func(id string) bool { return !slices.Contains(strings.Fields(listed), id) })
	}
	if found := strings.Join(got, " "); found != expected {
		t.Errorf("found    %s\nexpected %s", found, expected)
	}
}
