package price

import (
	"encoding/csv"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"remit/activity"
	"remit/prices"
	"remit/register"
)

// rulesOnly is what ships without its price sets.
type rulesOnly struct{ fs.FS }

func (r rulesOnly) Open(name string) (fs.File, error) {
	if strings.HasPrefix(name, "sets") || strings.HasPrefix(name, "policies") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return r.FS.Open(name)
}

// invented is the library of the tests: the shipped rules and invented prices.
func invented(t testing.TB) *Library {
	t.Helper()
	l, err := Load(rulesOnly{prices.FS}, os.DirFS("testdata/prices"))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// readCases reads a table of cases as maps from column to value.
func readCases(t testing.TB, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var cases []map[string]string
	for _, row := range rows[1:] {
		c := map[string]string{}
		for i, name := range rows[0] {
			c[name] = row[i]
		}
		cases = append(cases, c)
	}
	return cases
}

// caseFields are the fields that the columns of a table of cases stand for.
var caseFields = map[string]string{
	"on": "activity_date", "pod": "pod", "hrg": "hrg", "tfc": "tfc", "provider": "provider", "line": "service_code", "age": "age", "count": "activity_count",
	"cost": "cost", "stay": "length_of_stay", "critical": "critical_care_days", "rehabilitation": "rehabilitation_days", "palliative": "palliative_days",
	"delayed": "delayed_discharge_days", "practice": "best_practice", "unbundled": "unbundled_hrg", "flag": "national_tariff_indicator",
	"serial": "commissioning_serial_number", "episode": "episode", "exclusion": "exclusion_reason", "admin": "admin_category", "charging": "ov_charging_category",
	"attended": "attended", "first_attendance": "first_attendance", "main_specialty": "main_specialty",
	"patient_classification": "patient_classification", "admission_method": "admission_method",
}

func boundCase(c map[string]string) (ids []string, fields [][]byte) {
	for column, id := range caseFields {
		if value, ok := c[column]; ok {
			ids, fields = append(ids, id), append(fields, []byte(value))
		}
	}
	return ids, fields
}

func amount(t testing.TB, s string) activity.Amount {
	t.Helper()
	a, _, err := activity.ParseAmount([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestCases(t *testing.T) {
	l := invented(t)
	for _, c := range readCases(t, "testdata/cases.csv") {
		t.Run(c["step"]+" "+c["case"], func(t *testing.T) {
			ids, fields := boundCase(c)
			line := l.Bind(activity.Dataset(c["dataset"]), ids).Row(fields)
			for what, pair := range map[string][2]string{
				"price": {line.Price.String(), c["price"]}, "reason": {string(line.Reason), c["reason"]}, "priced_pod": {line.POD, c["priced_pod"]},
				"warnings": {line.Warnings, c["warnings"]}, "pieces": {pieceText(line.Pieces), c["pieces"]},
			} {
				if pair[0] != pair[1] {
					t.Errorf("%s is %q, want %q", what, pair[0], pair[1])
				}
			}
			explains(t, l, line, amount(t, c["cost"]))
		})
	}
}

func pieceText(list []Piece) string {
	var texts []string
	for _, p := range list {
		texts = append(texts, p.POD+" "+p.Price.String())
	}
	return strings.Join(texts, " + ")
}

// explains holds the working of a line against the line: the same pieces, and
// in each the parts that sum to it.
func explains(t testing.TB, l *Library, line Line, cost activity.Amount) {
	t.Helper()
	w, err := l.Explain(line.Working, line.Count, cost)
	if err != nil {
		t.Fatalf("explaining %s: %v", line.Working, err)
	}
	if line.Reason == DaysUnread || line.Reason == CountUnread || line.Reason == CostMissing {
		return // what cannot be read is not in the working
	}
	if w.Price != line.Price || w.Reason != line.Reason || w.POD != line.POD {
		t.Errorf("the working of %s comes to %s %s %s, the line to %s %s %s", line.Working, w.Price, w.POD, w.Reason, line.Price, line.POD, line.Reason)
	}
	if !slices.Equal(samePiece(w.Pieces), samePiece(line.Pieces)) {
		t.Errorf("the working of %s has pieces %v, the line %v", line.Working, w.Pieces, line.Pieces)
	}
	added, whole := map[string]activity.Amount{}, map[string]activity.Amount{}
	for _, s := range w.Steps {
		if s.Adds != nil {
			added[s.Piece] = added[s.Piece].Add(*s.Adds)
		}
	}
	for _, p := range w.Pieces {
		whole[p.POD] = whole[p.POD].Add(p.Price)
	}
	for pod, price := range whole {
		if added[pod] != price {
			t.Errorf("the parts of %s in %s sum to %s, not %s", pod, line.Working, added[pod], price)
		}
	}
}

func samePiece(list []Piece) []string {
	var texts []string
	for _, p := range list {
		texts = append(texts, p.POD+" "+p.HRG+" "+p.Count.String()+" "+p.Price.String()+" "+string(p.Reason))
	}
	slices.Sort(texts)
	return texts
}

func TestDerivation(t *testing.T) {
	l := invented(t)
	for _, c := range readCases(t, "testdata/derive.csv") {
		want := c["pod"]
		delete(c, "pod")
		ids, fields := boundCase(c)
		line := l.Bind(activity.Dataset(c["dataset"]), ids).Row(fields)
		if line.POD != want {
			t.Errorf("%s: the point of delivery is %q, want %q", c["case"], line.POD, want)
		}
		if want == "" && line.Reason != NotAttended && line.Reason != PODMissing {
			t.Errorf("%s: the reason is %q", c["case"], line.Reason)
		}
	}
}

func TestUnbundledPODs(t *testing.T) {
	l := invented(t)
	for hrg, want := range map[string]string{"XC05Z": "UNBACC", "XA01Z": "UNBNCC", "XB07Z": "UNBPCC", "SB97Z": "UNBCHEMO", "SC22Z": "UNBRTHPY",
		"RD01A": "UNBRAD", "RN01A": "UNBRAD", "VC04Z": "UNBREHAB", "SD01A": "UNBPALL", "LD01A": "ARD", "LE01A": "CRD", "XD01Z": "UNBOTHER"} {
		if got := l.unbundledPOD(hrg); got == nil || got.pod != want {
			t.Errorf("%s is %v, want %s", hrg, got, want)
		}
	}
}

func TestChoiceOfSet(t *testing.T) {
	l := invented(t)
	for day, want := range map[string]string{"2025-03-31": "", "2025-04-01": "year-a-pay", "2026-03-31": "year-a-pay", "2026-04-01": "year-b", "2027-04-01": ""} {
		got := ""
		if s := l.On(mustDay(t, day)); s != nil {
			got = s.Name
		}
		if got != want {
			t.Errorf("on %s the set is %q, want %q", day, got, want)
		}
	}
	pinned, err := l.Pin("year-a")
	if err != nil {
		t.Fatal(err)
	}
	if s := pinned.On(mustDay(t, "2025-11-30")); s.Name != "year-a" {
		t.Errorf("the set pinned is year-a, the one taken %s", s.Name)
	}
	if s := pinned.On(mustDay(t, "2026-11-30")); s.Name != "year-b" {
		t.Errorf("a set holds on a day on which it is not in effect: %s", s.Name)
	}
	line := pinned.Bind(activity.PLCM, []string{"pod", "hrg", "provider", "service_code", "activity_date"}).
		Row([][]byte{[]byte("NEL"), []byte("AA35F"), []byte("RJ7"), []byte("NCBPS08S"), []byte("2025-11-30")})
	if line.Price != amount(t, "7009.2") { // 5,900 x 1.1 x 1.08
		t.Errorf("at the pinned set the price is %s, want 7009.2", line.Price)
	}
	if _, err := l.Pin("year-c"); err == nil {
		t.Error("a set that is not there was pinned")
	}
}

func mustDay(t testing.TB, s string) register.Day {
	t.Helper()
	d, err := register.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestMonths prices lines that have a month and no date.
func TestMonths(t *testing.T) {
	l := invented(t)
	for _, c := range []struct{ year, month, set string }{
		{"202526", "1", "year-a-pay"}, {"2025/26", "12", "year-a-pay"}, {"2025/26", "13", "year-a-pay"}, {"202627", "01", "year-b"}, {"202425", "12", ""},
	} {
		line := l.Bind(activity.ACM, []string{"pod", "hrg", "provider", "financial_year", "financial_month"}).
			Row([][]byte{[]byte("EL"), []byte("HN12A"), []byte("RJ7"), []byte(c.year), []byte(c.month)})
		if set, _, _ := strings.Cut(strings.TrimPrefix(line.Working, "set="), "@"); c.set != "" && set != c.set || c.set == "" && line.Reason != NoPriceSet {
			t.Errorf("month %s of %s is priced by %s (%s), want %q", c.month, c.year, set, line.Reason, c.set)
		}
	}
}

func TestWorkingOfOtherPrices(t *testing.T) {
	l := invented(t)
	for _, text := range []string{"set=year-b@0000000000000000;in=PLCM;pod=NEL", "set=nothing@00;in=PLCM"} {
		if _, err := l.Explain(text, activity.Amount{}, activity.Amount{}); err == nil || !strings.Contains(err.Error(), "other prices") {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"", "nonsense", "days=1,2", "in=APC;colour=red", "count=x"} {
		if _, err := l.Explain(text, activity.Amount{}, activity.Amount{}); err == nil {
			t.Errorf("%q was taken for a working", text)
		}
	}
}

func TestElementsAndHolders(t *testing.T) {
	l := invented(t)
	for pod, want := range map[string]Element{"DC": Variable, "EL": Variable, "NEL": Fixed, "DRUG": PassThroughCost, "BLOCK": Block, "NOSUCH": Fixed} {
		if got := l.ElementOf(pod); got != want {
			t.Errorf("%s falls in %s, want %s", pod, got, want)
		}
	}
	for category, want := range map[string]Holder{"25": ICBContract, "26": ICBContract, "12": ICBContract, "21": NHSEContract, "22": NHSEContract,
		"31": NationalContract, "32": NationalContract, "41": NationalContract, "": OtherContract} {
		if got := l.Holder(category); got != want {
			t.Errorf("category %q falls on the contract of %s, want %s", category, got, want)
		}
	}
}

func TestCodesSayWhatTheyMean(t *testing.T) {
	for _, c := range append(Reasons(), Warnings()...) {
		if c.Says == "" {
			t.Errorf("%s says nothing", c.Code)
		}
	}
	if len(Reasons()) != len(reasonTexts) {
		t.Errorf("%d reasons have an order, %d a text", len(Reasons()), len(reasonTexts))
	}
}
