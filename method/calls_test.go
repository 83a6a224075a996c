package method

import (
	"strings"
	"testing"
)

// Each function of the language on cases worked out by hand. The arguments are
// separated by commas; a list follows a semicolon. 1 is true, blank is false.
func TestCalls(t *testing.T) {
	for _, c := range []struct{ call, args, want string }{
		// The national tool's calendar: six digits and no padding, nothing else.
		{"first_of_month", "202526,1", "2025-04-01"},
		{"first_of_month", "202526,9", "2025-12-01"},
		{"first_of_month", "202526,10", "2026-01-01"},
		{"first_of_month", "202526,12", "2026-03-01"},
		{"first_of_month", "199900,1", "1999-04-01"},
		{"first_of_month", "202526,01", ""},
		{"first_of_month", "202526,0", ""},
		{"first_of_month", "202526,13", ""},
		{"first_of_month", "202526,", ""},
		{"first_of_month", "202526,1 ", ""},
		{"first_of_month", "202526,+1", ""},
		{"first_of_month", "202526,1.0", ""},
		{"first_of_month", "202527,1", ""},
		{"first_of_month", "202524,1", ""},
		{"first_of_month", "2025/26,1", ""},
		{"first_of_month", "2526,1", ""},
		{"first_of_month", ",1", ""},
		{"first_of_month", "20252 ,1", ""},

		{"any_starts", "N46X;N46|N97", "1"},
		{"any_starts", "n97.1;N46|N97", "1"},
		{"any_starts", "I10 N97.1;N46|N97", "1"},
		{"any_starts", "I10;N46|N97", ""},
		{"any_starts", "XN46;N46|N97", ""},
		{"any_starts", "N4;N46|N97", ""},
		{"any_starts", ";N46|N97", ""},
		{"any_starts", "Z35.0;Z350", "1"},
		{"any_starts", "Z35.1;Z350", ""},
		{"any_starts", "Z35;Z350", ""},

		{"shift_years", "2025-04-01,1", "2026-04-01"},
		{"shift_years", "2025-04-01,-24", "2001-04-01"},
		{"shift_years", "2025-04-01,0", "2025-04-01"},
		{"shift_years", "2024-02-29,1", "2025-02-28"},
		{"shift_years", "2024-02-29,4", "2028-02-29"},
		{"shift_years", "2024-02-29,-24", "2000-02-29"},
		{"shift_years", "2000-02-29,100", "2100-02-28"},
		{"shift_years", "2023-02-28,1", "2024-02-28"},
		{"shift_years", ",1", ""},
		{"shift_years", "2025-04-01,x", ""},
		{"shift_years", "2025-04-01,", ""},
		{"shift_years", "1/4/2025,1", ""},

		{"left", "A3A8R,3", "A3A"},
		{"left", "A3,3", "A3"},
		{"left", "A3A8R,0", ""},
		{"left", "A3A8R,5", "A3A8R"},
		{"upper", "a3a8r", "A3A8R"},

		{"as_code", " 36l ", "36L"},
		{"as_code", "36L\u00a0", "36L"},
		{"as_code", "\ufeff36L\u200b", "36L"},
		{"as_code", "3\u200d6L", "36L"},
		{"as_code", "\t36L\r\n", "36L"},
		{"as_code", "A B", "A B"},
		{"as_code", "  ", ""},
		{"as_code", "36L00", "36L00"},

		{"as_loose_text", "36l  ", "36L"},
		{"as_loose_text", " 36l", " 36L"},
		{"as_loose_text", "36L\t", "36L\t"},
		{"as_loose_text", "  ", ""},

		{"as_postcode", "zt11aa", "ZT1 1AA"},
		{"as_postcode", "ZT1 1AA", "ZT1 1AA"},
		{"as_postcode", "  ZT1   1AA ", "ZT1 1AA"},
		{"as_postcode", "ZT1 1A A", "ZT1 1AA"},
		{"as_postcode", "SW1A1AA", "SW1A 1AA"},
		{"as_postcode", "SW1A 1AA", "SW1A 1AA"},
		{"as_postcode", "sw1a 1aa", "SW1A 1AA"},
		{"as_postcode", "M11AA", "M1 1AA"},
		{"as_postcode", "ZZ993WZ", "ZZ99 3WZ"},
		{"as_postcode", "M1", "M1"},
		{"as_postcode", "M1 1A", "M11A"},
		{"as_postcode", "", ""},

		{"as_date", "2025-04-01", "2025-04-01"},
		{"as_date", "01/04/2025", "2025-04-01"},
		{"as_date", "20250401", "2025-04-01"},
		{"as_date", "45748", "2025-04-01"},
		{"as_date", "01-Apr-25", "2025-04-01"},
		{"as_date", "2025-04-01T23:59:59", "2025-04-01"},
		{"as_date", "2025-02-29", ""},
		{"as_date", "1800-01-01", ""},
		{"as_date", "tomorrow", ""},

		{"as_financial_year", "202526", "202526"},
		{"as_financial_year", "2025/26", "202526"},
		{"as_financial_year", "2025/2026", "202526"},
		{"as_financial_year", "25/26", "202526"},
		{"as_financial_year", " 2025-26 ", "202526"},
		{"as_financial_year", "202527", ""},
		{"as_financial_year", "2025", ""},
		{"as_financial_year", "200910", ""},
		{"as_financial_year", "205051", "205051"},

		{"as_month", "1", "1"},
		{"as_month", "01", "1"},
		{"as_month", " 12", "12"},
		{"as_month", "13", "13"},
		{"as_month", "14", ""},
		{"as_month", "0", ""},
		{"as_month", "April", ""},

		{"is_long_org", "36L00", "1"},
		{"is_long_org", "36L01", ""},
		{"is_long_org", "36L", ""},
		{"is_long_org", "A36L00", ""},
	} {
		args, list, _ := strings.Cut(c.args, ";")
		split := strings.SplitN(args, ",", calls[c.call].args)
		if calls[c.call].eval == nil || len(split) != calls[c.call].args {
			t.Fatalf("%s(%s): no such call", c.call, c.args)
		}
		if got := calls[c.call].eval(split, strings.Split(list, "|")); got != c.want {
			t.Errorf("%s(%q) is %q, want %q", c.call, c.args, got, c.want)
		}
	}
}

// No function of the language is left without a case.
func TestEveryCallHasCases(t *testing.T) {
	for name, c := range calls {
		if c.duckdb == "" {
			t.Errorf("%s has no translation to SQL", name)
		}
	}
	if len(calls) != 12 {
		t.Errorf("%d functions: give the new one cases above", len(calls))
	}
}

// An organisation code loses a trailing 00 only when the three characters before
// it are a known organisation and all five are not. 36L and RJ7 are known; the
// five-character A3A8R is; ZQ9 and ZQ900 are not.
func TestOrganisationCodes(t *testing.T) {
	m, err := loadText(t, strings.Replace(good, "{field: gp_practice, as: code}", "{field: gp_practice, as: organisation}", 1))
	if err != nil {
		t.Fatal(err)
	}
	r := Bind(m, Binding{"gp_practice": {Columns: []int{0}}}).NewRecord()
	for in, want := range map[string]string{
		"36L": "36L", "36L00": "36L", " 36l00 ": "36L", "RJ700": "RJ7", "RJ7": "RJ7",
		"A3A8R": "A3A8R", "a3a8r": "A3A8R", "A3A": "A3A", "ZQ900": "ZQ900", "ZQ9": "ZQ9",
		"VPP00": "VPP00", "XMD00": "XMD00", "00000": "00000", "36L0": "36L0", "36L000": "36L000", "": "",
	} {
		r.Reset([]string{in})
		if got := r.Input("gp_practice"); got != want {
			t.Errorf("%q is read as %q, want %q", in, got, want)
		}
	}
}
