package price

import (
	"errors"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"remit/activity"
	"remit/prices"
	"remit/register"
)

// TestShipped: what ships loads, is marked as made up, and prices every HRG
// that has one in it.
func TestShipped(t *testing.T) {
	l, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range l.Sets() {
		if !s.Synthetic || s.Confidence != "synthetic" {
			t.Errorf("price set %s is not marked as made up", s.Name)
		}
	}
	pack, err := register.LoadShipped()
	if err != nil {
		t.Fatal(err)
	}
	defer pack.Close()
	for _, pod := range pack.Table("point_of_delivery").Keys() {
		if l.pods[pod] == nil {
			t.Errorf("pods.csv says nothing of %s", pod)
		}
	}
	for _, category := range pack.Table("commissioned_service_category").Keys() {
		if l.holders[category] == nil {
			t.Errorf("holders.csv says nothing of category %s", category)
		}
	}
}

func TestFaultsOfSets(t *testing.T) {
	const admitted = "hrg,name,combined,day_case,elective,elective_trim,non_elective,non_elective_trim,per_day,short_stay,short_stay_percent,short_stay_price,confidence,source\n"
	for _, c := range []struct{ says, file, text string }{
		{`row 2 column non_elective value "TBC": is not a decimal number`, "admitted.csv", admitted + "AA35F,,,,,,TBC,,,no,,,high,x\n"},
		{"is below zero", "admitted.csv", admitted + "AA35F,,,,,,(5),,,no,,,high,x\n"},
		{"is there twice", "admitted.csv", admitted + "AA35F,,,,,,5,,,no,,,high,x\nAA35F,,,,,,6,,,no,,,high,x\n"},
		{"is not a whole number", "admitted.csv", admitted + "AA35F,,,,,,5,2.5,,no,,,high,x\n"},
		{"there is no short-stay price", "admitted.csv", admitted + "AA35F,,,,,,5,,,yes,,,high,x\n"},
		{"has 3 fields", "admitted.csv", admitted + "AA35F,,5\n"},
		{"is blank; write a code", "admitted.csv", admitted + ",,,,,,5,,,no,,,high,x\n"},
		{"is no column of this table", "procedure.csv", "hrg,prize,confidence,source\n"},
		{"column price: is missing", "procedure.csv", "hrg,prize,confidence,source\n"},
		{"the header cannot be read", "procedure.csv", ""},
		{"is not one of the words", "procedure.csv", "hrg,price,confidence,source\nBZ34A,5,certain,x\n"},
		{"say where the row is from", "procedure.csv", "hrg,price,confidence,source\nBZ34A,5,high,\n"},
		{"more than a thousand million", "procedure.csv", "hrg,price,confidence,source\nBZ34A,50000000000,high,x\n"},
		{"is not from 0 to 1", "topup.csv", "service_line,rate,confidence,source\nNCBPS08S,10,high,x\n"},
		{"is not from 0.5 to 2", "market_forces.csv", "provider,factor,confidence,source\nRJ7,108,high,x\n"},
		{"is no policy", "set.csv", "name,year,version,title,effective_from,effective_to,published_on,synthetic,policy,confidence,source\nyear-b,2026/27,1,,2026-04-01,,2026-03-27,yes,none,high,x\n"},
		{"is not the name of its directory", "set.csv", "name,year,version,title,effective_from,effective_to,published_on,synthetic,policy,confidence,source\nyear-c,2026/27,1,,2026-04-01,,2026-03-27,yes,usual,high,x\n"},
		{"is before effective_from", "set.csv", "name,year,version,title,effective_from,effective_to,published_on,synthetic,policy,confidence,source\nyear-b,2026/27,1,,2026-04-01,2025-04-01,2026-03-27,yes,usual,high,x\n"},
		{"is not a date", "set.csv", "name,year,version,title,effective_from,effective_to,published_on,synthetic,policy,confidence,source\nyear-b,2026/27,1,,1/4/2026,,2026-03-27,yes,usual,high,x\n"},
		{"has 0 rows", "set.csv", "name,year,version,title,effective_from,effective_to,published_on,synthetic,policy,confidence,source\n"},
	} {
		_, err := Load(rulesOnly{prices.FS}, changed(t, "sets/year-b/"+c.file, c.text))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: want %q, got: %v", c.file, c.says, err)
		}
	}
}

// TestAllFaultsAtOnce: a table of forty bad rows has forty faults.
func TestAllFaultsAtOnce(t *testing.T) {
	text := "hrg,price,confidence,source\n" + strings.Repeat("BZ34A,x,high,x\n", 40)
	_, err := Load(rulesOnly{prices.FS}, changed(t, "sets/year-b/procedure.csv", text))
	var bad *register.DataError
	if !errors.As(err, &bad) || len(bad.Faults) != 40 {
		t.Errorf("want 40 faults: %v", err)
	}
}

func TestFaultsOfPolicies(t *testing.T) {
	whole, err := os.ReadFile("testdata/prices/policies/usual.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ says, from, to string }{
		{"is not stated", "topup_on_excess: true\n", ""},
		{"write exact or pence", "rounding: exact", "rounding: sometimes"},
		{"is not the name of the file", "policy: usual", "policy: unusual"},
		{"5:18: a text stands where true or false belongs", "topup_on_excess: true", "topup_on_excess: maybe"},
		{"unknown field", "title: for tests", "titel: for tests"},
		{"has a number that cannot be", "stay_under_days: 2", "stay_under_days: 200"},
		{"is not in effect when the set takes effect", "title: for tests", "title: for tests\neffective_from: \"2025-04-02\""},
		{"source or confidence is blank", "confidence: synthetic", `confidence: ""`},
		{"is not a date", "title: for tests", "title: for tests\neffective_from: April"},
	} {
		text := strings.Replace(string(whole), c.from, c.to, 1)
		if text == string(whole) {
			t.Fatalf("%q is not in the policy", c.from)
		}
		_, err := Load(rulesOnly{prices.FS}, changed(t, "policies/usual.yaml", text))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("want %q, got: %v", c.says, err)
		}
	}
}

// TestHash: whatever changes a price changes the hash, which the working names.
func TestHash(t *testing.T) {
	hash := func(l *Library, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		s, err := l.Set("year-b")
		if err != nil {
			t.Fatal(err)
		}
		return s.Hash
	}
	seen := map[string]string{hash(Load(rulesOnly{prices.FS}, os.DirFS("testdata/prices"))): "nothing"}
	for name, change := range map[string][2]string{
		"sets/year-b/procedure.csv": {"190", "191"}, "sets/year-b/market_forces.csv": {"1.08", "1.09"}, "policies/other.yaml": {"topup_on_excess: false", "topup_on_excess: true"},
	} {
		text, err := os.ReadFile(path.Join("testdata/prices", name))
		if err != nil {
			t.Fatal(err)
		}
		h := hash(Load(rulesOnly{prices.FS}, changed(t, name, strings.Replace(string(text), change[0], change[1], 1))))
		if before, ok := seen[h]; ok {
			t.Errorf("%s was changed and the hash is that of %s", name, before)
		}
		seen[h] = name
	}
}

func sampleSheets(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := globFS(prices.FS, "samples/workbook/*.csv")
	if err != nil {
		t.Fatal(err)
	}
	in := map[string][]byte{}
	for name, text := range files {
		in[strings.TrimSuffix(path.Base(name), ".csv")] = text
	}
	return in
}

var about = About{Name: "made", Year: "2026/27", Version: "1", From: "2026-04-01", PublishedOn: "2026-03-28", Policy: "usual", Confidence: "low", Source: "a sheet"}

// TestImport holds imported tables against the sheets, cell by cell.
func TestImport(t *testing.T) {
	l := invented(t)
	files, err := Import(l, about, sampleSheets(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"admitted.csv": "AA35F,Stroke (made-up name),,,,,6000,20,250,no,,,low,a sheet\n" +
			"DZ11K,Pneumonia (made-up name),,,,,3100,18,245,yes,35,1085,low,a sheet\n" +
			"BZ34A,Cataract (made-up name),1020,,,5,,,,no,,,low,a sheet\n" +
			"HN12A,Hip (made-up name),,900,6450,9,8200,40,260,no,,,low,a sheet\n",
		"procedure.csv": "BZ34A,190,low,a sheet\n",
		"attendance.csv": "150,WF01B,240,low,a sheet\n150,WF02B,310,low,a sheet\n150,WF01A,130,low,a sheet\n150,WF02A,180,low,a sheet\n" +
			"320,WF01B,200,low,a sheet\n320,WF02B,260,low,a sheet\n320,WF01A,110,low,a sheet\n320,WF02A,140,low,a sheet\n320,WF01D,95,low,a sheet\n320,WF01C,70,low,a sheet\n",
		"unbundled.csv":      "UNBACC,XC05Z,1500,unit,low,a sheet\nUNBCHEMO,SB97Z,320,unit,low,a sheet\nUNBRAD,RD01A,110,unit,low,a sheet\n",
		"market_forces.csv":  "RJ7,1.08,low,a sheet\nR0A,1.04,low,a sheet\n",
		"topup.csv":          "NCBPS08S,0.1,low,a sheet\nNCBPS23B,0.125,low,a sheet\n",
		"topup_provider.csv": "NCBPS08S,RJ7,low,a sheet\nNCBPS23B,R0A,low,a sheet\n",
		"best_practice.csv":  "STROKE,Stroke care pathway (made up),AA35F,NEL,400,low,a sheet\n",
		"set.csv":            "made,2026/27,1,,2026-04-01,,2026-03-28,no,usual,low,a sheet\n",
	} {
		want = strings.Join(setTables[name], ",") + "\n" + want
		if string(files[name]) != want {
			t.Errorf("%s is\n%s\nwant\n%s", name, files[name], want)
		}
	}
	made := fstest.MapFS{}
	for name, text := range files {
		made["sets/made/"+name] = &fstest.MapFile{Data: text}
	}
	l, err = Load(rulesOnly{prices.FS}, os.DirFS("testdata/prices"), made)
	if err != nil {
		t.Fatal(err)
	}
	line := l.Bind(activity.APC, spellFields).Row(row("NEL", "AA35F", "RJ7", "NCBPS08S", "2026-11-30", "60", "30", "4", "", "", "", ""))
	if line.Price != amount(t, "8910") {
		t.Errorf("the worked example comes to %s at imported prices (%s)", line.Price, line.Working)
	}
}

func TestFaultsOfSheets(t *testing.T) {
	for _, c := range []struct{ says, sheet, text string }{
		{"there is no sheet", "prices", "x\n"},
		{"no rows below a header line", "procedure", "Notes\n"},
		{"no rows below a header line", "procedure", "HRG code,Price\n"},
		{`row 2 column price value "TBC": is not a price`, "procedure", "HRG code,Price\nBZ34A,TBC\n"},
		{"is not a code", "procedure", "HRG code,Price\nBZ 34/A,5\n"},
		{"no column names a WF code", "attendance", "Treatment function code,First attendance\n320,200\n"},
		{"is neither yes nor no", "admitted", "HRG code,Non-elective price,Short stay applicable\nAA35F,5,perhaps\n"},
		{"is blank; write a number", "market_forces", "Provider code,MFF\nRJ7,-\n"},
	} {
		_, err := Import(invented(t), about, map[string][]byte{c.sheet: []byte(c.text)})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: want %q, got: %v", c.sheet, c.says, err)
		}
	}
}

func TestShareAsASpreadsheetKeepsIt(t *testing.T) {
	files, err := Import(invented(t), about, map[string][]byte{"admitted": []byte("HRG code,Non-elective price,Short-stay applicable,Short-stay % applied\nAA35F,100,Yes,0.35\n")})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(files["admitted.csv"]), ",yes,35,,") {
		t.Errorf("0.35 became\n%s", files["admitted.csv"])
	}
}

// FuzzLoad: whatever a table holds, the answer is faults or a library that
// prices without a panic.
func FuzzLoad(f *testing.F) {
	for table, columns := range setTables {
		f.Add(table, strings.Join(columns, ",")+"\n"+strings.Repeat("1,", len(columns)-1)+"x\n")
	}
	f.Add("admitted.csv", "hrg,name\n\"")
	f.Add("../../derive.csv", "dataset,attended\nOP,!5|*\n")
	f.Fuzz(func(t *testing.T, table, text string) {
		name := path.Join("sets/year-b", path.Base(table))
		if path.Base(table) == "derive.csv" || path.Base(table) == "pods.csv" || path.Base(table) == "holders.csv" {
			name = path.Base(table)
		}
		l, err := Load(rulesOnly{prices.FS}, changed(t, name, text))
		if err != nil {
			return
		}
		line := l.Bind(activity.APC, spellFields).Row(row("NEL", "AA35F", "RJ7", "NCBPS08S", "2026-11-30", "60", "30", "4", "", "", "", "STROKE"))
		explains(t, l, line, activity.Amount{})
	})
}

func FuzzImport(f *testing.F) {
	for name, text := range sampleSheets(f) {
		f.Add(name, text)
	}
	l := invented(f)
	f.Fuzz(func(t *testing.T, name string, text []byte) {
		files, err := Import(l, about, map[string][]byte{name: text})
		if err != nil {
			return
		}
		made := fstest.MapFS{}
		for file, text := range files {
			made["sets/made/"+file] = &fstest.MapFile{Data: text}
		}
		_, _ = Load(rulesOnly{prices.FS}, os.DirFS("testdata/prices"), made) // may have faults that one table does not show
	})
}

// FuzzRow: whatever a row holds, it is priced or has a reason, and its working
// comes to the same.
func FuzzRow(f *testing.F) {
	f.Add("NEL", "AA35F", "RJ7", "2026-11-30", "30", "4", "1", "XC05Z|SB97Z")
	f.Add("", "WF01B; = +", "r0a00", "", "-1", "x", "-2.5", " + ")
	l := invented(f)
	f.Fuzz(func(t *testing.T, pod, hrg, provider, on, stay, critical, count, unbundled string) {
		line := l.Bind(activity.APC, []string{"pod", "hrg", "provider", "activity_date", "length_of_stay", "critical_care_days", "activity_count", "unbundled_hrg"}).
			Row(row(pod, hrg, provider, on, stay, critical, count, unbundled))
		explains(t, l, line, activity.Amount{})
	})
}

func FuzzExplain(f *testing.F) {
	f.Add("set=year-b@00;in=APC;pod=NEL;days=30,4,0,0,0 + in=PLCM;count=4")
	l := invented(f)
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = l.Explain(text, whole(1), activity.Amount{}) // an error or a working, no panic
	})
}

// TestExclusions: what takes a row out of national prices is dated data, and a
// field that no rule asks about does not.
func TestExclusions(t *testing.T) {
	const header = "rule,field,codes,reason,valid_from,valid_to,note,confidence,source\n"
	own := fstest.MapFS{"exclusions.csv": {Data: []byte(header +
		"old,admin_category,02,private_patient,,2025-12-31,,high,x\n" +
		"new,admin_category,02|03,private_patient,2026-01-01,,,high,x\n" +
		"sign,commissioning_serial_number,*=,serial_equals,,,,high,x\n" +
		"any,exclusion_reason,*,exclusion_reason,2025-11-01,,,high,x\n")}}
	l, err := Load(rulesOnly{prices.FS}, os.DirFS("testdata/prices"), own)
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{"activity_date", "admin_category", "commissioning_serial_number", "exclusion_reason", "national_tariff_indicator", "pod", "hrg", "provider", "age", "activity_count"}
	for _, c := range []struct {
		on, admin, serial, given, flag string
		want                           Reason
	}{
		{"2025-12-31", "02", "", "", "", PrivatePatient},
		{"2025-12-31", "03", "", "", "", Priced},
		{"2026-01-01", "03", "", "", "", PrivatePatient},
		{"2026-01-01", " 02 ", "", "", "", PrivatePatient},
		{"2026-01-01", "01", "", "", "", Priced},
		{"", "03", "", "", "", PrivatePatient}, // without a date the latest rules hold
		{"2025-11-30", "", "12345=", "", "", ExcludedBySign},
		{"2025-11-30", "", "1=2345", "", "", Priced},
		{"2025-10-31", "", "", "09", "", Priced},
		{"2025-11-01", "", "", "09", "", ExcludedGiven},
		{"2025-11-30", "03", "123=", "09", "", ExcludedBySign}, // in the order of the file
		{"2025-11-30", "", "", "", "N", Priced},                // this table has no rule for it
	} {
		p := l.Bind(activity.PLCM, ids)
		var fields [][]byte
		for _, v := range []string{c.on, c.admin, c.serial, c.given, c.flag, "NEL", "AA35F", "RJ7", "60", "1"} {
			fields = append(fields, []byte(v))
		}
		line := p.Row(fields)
		if line.Reason != c.want {
			t.Errorf("on %q with %q %q %q %q: %q, want %q", c.on, c.admin, c.serial, c.given, c.flag, line.Reason, c.want)
		}
		if w, err := l.Explain(line.Working, line.Count, activity.Amount{}); err != nil || w.Reason != c.want {
			t.Errorf("the working %s: %v %v", line.Working, w, err)
		}
	}
	shipped, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shipped.Explain("in=PLCM;excluded=new", whole(1), activity.Amount{}); !errors.Is(err, ErrOtherPrices) {
		t.Errorf("a working by a rule that is there no more is explained: %v", err)
	}
	for text, want := range map[string]string{
		"r,colour,02,private_patient,,,,high,x\n":                                                        "is not one of the words",
		"r,admin_category,,private_patient,,,,high,x\n":                                                  "does not say which codes",
		"r,admin_category,!01,private_patient,,,,high,x\n":                                               "does not say which codes",
		"r,admin_category,02,private_patient,2026-02-01,2026-01-01,,high,x\n":                            "is before valid_from",
		"r,admin_category,02,rude,,,,high,x\n":                                                           "is not one of the words",
		"r,admin_category,02,private_patient,,,,high,x\nr,admin_category,03,private_patient,,,,high,x\n": "is there twice",
		",admin_category,02,private_patient,,,,high,x\n":                                                 "give the rule a name",
	} {
		_, err := Load(rulesOnly{prices.FS}, fstest.MapFS{"exclusions.csv": {Data: []byte(header + text)}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
