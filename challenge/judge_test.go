package challenge_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"remit/challenge"
	"remit/rules"
)

// withRules are the shipped tables with other rules.
func withRules(t *testing.T, yaml string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{"challenge.yaml": {Data: []byte(yaml)}}
	for _, name := range []string{"challenge-ages-and-sex.csv", "challenge-top-up-providers.csv"} {
		b, err := fs.ReadFile(rules.Challenges, name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: b}
	}
	return files
}

const ruleText = `rules:
  - id: x
    title: X
    condition: price != ''
    money: price
    message: m
    remedy: r
    basis: b
    confidence: low
`

func TestRuleFaults(t *testing.T) {
	for _, x := range []struct{ name, from, to, want string }{
		{"no such field", "price != ''", "colour != ''", "undeclared reference to 'colour'"},
		{"no yes or no", "price != ''", "money(price)", "it gives no yes or no"},
		{"syntax", "price != ''", "price !", "Syntax error"},
		{"a number as text", "price != ''", "price > 3", "no matching overload"},
		{"money of no field", "money: price", "money: pounds", "there is no such field"},
		{"a message of no field", "message: m", "message: it is {colour}", `value "colour"`},
		{"no remedy", "remedy: r", "remedy: ''", "column remedy: rule x: it is blank"},
		{"no confidence", "confidence: low", "confidence: sure", "none of high, medium and low"},
		{"a date", "confidence: low", "confidence: low\n    valid_from: 1 April", "column valid_from"},
		{"an unknown key", "confidence: low", "confidence: low\n    colour: red", "unknown field"},
		{"an id twice", "rules:", "rules:\n  - {id: x, title: X, condition: 'true', money: price, message: m, remedy: r, basis: b, confidence: low}", "there twice"},
	} {
		_, err := challenge.Load(withRules(t, strings.Replace(ruleText, x.from, x.to, 1)))
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: got %v, want %q", x.name, err, x.want)
		}
	}
	files := withRules(t, ruleText)
	files["challenge-ages-and-sex.csv"] = &fstest.MapFile{Data: []byte("kind,code,age_from,age_to,only_sex,valid_from,valid_to,confidence,source,note\ncolour,1,,,,,,low,x,\ntreatment_function,1,,,,soon,,low,x,\n")}
	_, err := challenge.Load(files)
	if err == nil || !strings.Contains(err.Error(), "row 2") || !strings.Contains(err.Error(), "row 3") {
		t.Errorf("both faults of a table: %v", err)
	}
}

func TestJudge(t *testing.T) {
	rs := shippedRules(t)
	fields := []string{"row_key", "source_row", "provider", "commissioner", "assigned_commissioner", "feed", "year", "month", "price", "set_price", "category", "service_code"}
	j := rs.Judge(shipped, fields)
	var found []challenge.Finding
	for i := range 100 {
		to := "15E"
		if i%10 == 0 {
			to = "D2P2L"
		}
		set := "100"
		if i == 50 {
			set = "TBC"
		}
		found = append(found, j.Row([]string{fmt.Sprint("k", i), fmt.Sprint(i + 2), "RX1", "15E", to, "PLCM", "202627", "3", "100.00", set, "25", "NCBPS01C"})...)
	}
	found = append(found, j.End()...)
	if len(found) != 10 || found[1].RowKey != "k10" || found[1].SourceRow != 12 || found[1].Month.Month != 3 || found[1].Commissioner != "15E" ||
		found[1].Reason != "Billed to 15E; the commissioner assignment method gives D2P2L." {
		t.Errorf("%d found: %+v", len(found), found)
	}
	if u := j.Unable(); len(u) != 1 || u[0].Rule != "price_above_set" || u[0].Rows != 1 || u[0].Row != 52 || !strings.Contains(u[0].Why, `"TBC" is not an amount of money`) {
		t.Errorf("%+v", u)
	}
	skipped := map[string]string{}
	for _, s := range j.Skipped() {
		skipped[s.Rule] = s.Why
	}
	if skipped["drug_without_approval"] != "the rows have no approval, approval_needed, drug" || skipped["duplicate_activity"] == "" || skipped["wrong_commissioner"] != "" || !j.Asked("wrong_commissioner") || j.Asked("drug_without_approval") {
		t.Errorf("%v", skipped)
	}
}

// TestTopUpProviders: the rule says nothing until a list is there.
func TestTopUpProviders(t *testing.T) {
	shippedText, err := fs.ReadFile(rules.Challenges, "challenge.yaml")
	if err != nil {
		t.Fatal(err)
	}
	files := withRules(t, string(shippedText))
	files["challenge-top-up-providers.csv"] = &fstest.MapFile{Data: []byte("provider,service_line,valid_from,valid_to,confidence,source,note\nRX1,NCBPS01C,2026-04-01,,low,a test,\nRJ7,,,,low,a test,\n")}
	rs, err := challenge.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		provider, line, date string
		found                int
	}{
		{"RX1", "NCBPS01C", "2026-06-01", 0},
		{"RX1", "NCBPS04A", "2026-06-01", 1},
		{"RX1", "NCBPS01C", "2026-03-31", 1},
		{"RJ7", "NCBPS04A", "2026-06-01", 0},
		{"R0A", "NCBPS01C", "2026-06-01", 1},
	} {
		j := rs.Judge(shipped, []string{"top_up", "provider", "service_code", "activity_date"})
		if got := j.Row([]string{"10.50", x.provider, x.line, x.date}); len(got) != x.found || x.found == 1 && got[0].Money != *pounds("10.50") {
			t.Errorf("%+v: %+v", x, got)
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	rs, err := challenge.Load(rules.Challenges)
	if err != nil {
		b.Fatal(err)
	}
	j := rs.Judge(shipped, []string{"row_key", "source_row", "provider", "commissioner", "assigned_commissioner", "feed", "year", "month", "activity_date", "price", "set_price",
		"category", "service_code", "treatment_function", "age", "sex", "stay_days", "excess_days", "critical_care_days", "contract_end"})
	row := []string{"k", "2", "RX1", "15E", "15E", "PLCM", "202627", "3", "2026-06-02", "100", "100", "25", "NCBPS01C", "221", "7", "1", "10", "0", "0", "2027-03-31"}
	n := 0
	for b.Loop() {
		n++
		row[9] = fmt.Sprint(n % 1_000_000)
		row[10] = row[9]
		j.Row(row)
	}
}
