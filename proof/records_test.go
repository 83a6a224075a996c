package proof

import (
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"remit/register"
)

// fields are the columns of the random records: every input of the methods.
var fields = []string{
	"record_key", "financial_year", "financial_month", "cds_type", "gp_practice", "gp_responsibility", "residence_responsibility",
	"postcode", "provider", "submitted_commissioner", "submitted_category", "service_code", "pod", "tfc", "admin_category",
	"ov_charging_category", "source_of_admission", "admission_date", "discharge_date", "activity_date", "hrg", "unbundled_hrg",
	"diagnosis", "procedure", "osv_arrangement", "ras_referral", "la_public_health", "infertility", "af_infertility_eligible",
	"icb_agreement", "cost",
}

// chooser draws values of a field: codes of the reference data most of the
// time, and every kind of awkward value some of the time.
type chooser struct {
	r     *rand.Rand
	pools map[string][]string
}

func newChooser(seed uint64, pack *register.Pack) *chooser {
	c := &chooser{r: rand.New(rand.NewPCG(seed, 1)), pools: map[string][]string{}}
	keys := func(table string) []string { return pack.Table(table).Keys() }
	organisations := append(keys("sub_icb"), keys("icb")...)
	organisations = append(organisations, keys("reporting_entity")...)
	organisations = append(organisations, keys("hub")...)
	organisations = append(organisations, keys("cut_code")...)
	awkward := []string{"", "Q99", "X98", "7A1", "7A4", "36L00", "36l", " 36L ", "QWE00", "QHL", "VPP00", "XXX", "A91020", "36L\u00a0"}
	c.pools["organisation"] = append(organisations, awkward...)
	c.pools["gp_practice"] = append(keys("practice"), "", "V81999", "V81998", "V81997", "Z99999", "h85000", "GUE001", "W95000")
	c.pools["provider"] = append(keys("provider"), "", "RXX", "RJ700", "rj7", "ZZ9", "RZ9")
	c.pools["postcode"] = append(append(keys("postcode"), keys("pseudo_postcode")...), append(keys("detention_postcode"), "", "ZT11AA", "zt1 1aa", "SE280EB", "XX1 1XX", "A1", "ZZ99 3GZ")...)
	c.pools["service_code"] = append(append(keys("service_line"), keys("tool_service_line")...), "", "99999999", "99999999", "99999999", "NCBPSZZ9", "ncbps13x", "NCBPS13X ", "NCBPSXXX", "NCBCDXXX")
	c.pools["pod"] = append(keys("pod"), "", "AE", "DRUG", "DEVICE", "OPFASPCL", "opfaspcl", "NF2FFA", "WAFA", "EL")
	c.pools["tfc"] = append(keys("treatment_function"), "", "140", "143", "217", "450", "100")
	c.pools["submitted_category"] = append(keys("category"), "", "12", "21", "25", "51", "75", "85", "99", "21 ")
	c.pools["financial_year"] = []string{"202526", "202526", "202425", "202627", "2025/26", "2025/2026", "25/26", "2526", "202527", "", "202324", "x", "2049/50", "204950", "205051"}
	c.pools["financial_month"] = []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "01", "012", "", "0", "14", " 7"}
	c.pools["cds_type"] = []string{"", "", "130", "120", "190", "011", "020", "200"}
	c.pools["admin_category"] = []string{"01", "01", "01", "02", "", "03"}
	c.pools["ov_charging_category"] = []string{"A", "A", "A", "A", "", "9", "P", "B", "C", "D", "E", "F", "Z"}
	c.pools["source_of_admission"] = []string{"19", "19", "39", "40", "", "51"}
	c.pools["hrg"] = []string{"AA10Z", "SB97Z", "SC97Z", ""}
	c.pools["unbundled_hrg"] = []string{"", "", "SB12Z", "XA01Z", "XB05Z", "XC01Z", "RD20Z|SC45Z"}
	c.pools["diagnosis"] = []string{"", "A00", "N46X", "n97.1", "F321,Z370", "I10 Z350", "Z359"}
	c.pools["procedure"] = []string{"", "A011", "Q13.1", "N34.1", "Y967", "Q561;X99"}
	c.pools["date"] = []string{
		"", "2025-04-01", "2025-03-31", "2026-03-31", "2026-04-01", "2025-09-15", "2024-04-01", "2024-06-30", "2027-04-01", "2027-03-31",
		"15/06/2025", "15-06-2025", "15-Jun-25", "20250615", "2025/06/15", "2025-06-15T10:00:00", "06/15/2025 10:00 AM", "45823", "2025-02-29", "2024-02-29", "nonsense", "1800-01-01", "31/04/2025", "2023-12-31",
	}
	c.pools["yes"] = []string{"", "", "", "Y", "N", "y"}
	return c
}

func (c *chooser) pick(field string) string {
	switch field {
	case "gp_responsibility", "residence_responsibility", "submitted_commissioner":
		return c.one("organisation")
	case "admission_date", "discharge_date", "activity_date":
		if c.r.IntN(2) == 0 {
			return fmt.Sprintf("202%d-%02d-%02d", 4+c.r.IntN(3), 1+c.r.IntN(12), 1+c.r.IntN(28))
		}
		return c.one("date")
	case "osv_arrangement", "ras_referral", "la_public_health", "infertility", "af_infertility_eligible", "icb_agreement":
		return c.one("yes")
	case "cost":
		return fmt.Sprintf("%d.%02d", c.r.IntN(10000), c.r.IntN(100))
	}
	return c.one(field)
}

func (c *chooser) one(pool string) string {
	p := c.pools[pool]
	return p[c.r.IntN(len(p))]
}

// writeRecords writes n random records as CSV.
func writeRecords(t testing.TB, c *chooser, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "records.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := csv.NewWriter(f)
	w.Write(fields)
	for i := 0; i < n; i++ {
		row := make([]string, len(fields))
		for j, field := range fields {
			if field == "record_key" {
				row[j] = fmt.Sprint(i + 1)
				continue
			}
			row[j] = c.pick(field)
		}
		w.Write(row)
	}
	if w.Flush(); w.Error() != nil {
		t.Fatal(w.Error())
	}
	return path
}

// readAnswers reads a result by record key: the seven columns of the answer.
func readAnswers(t testing.TB, path string) map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := csv.NewReader(f)
	in.ReuseRecord = true
	in.FieldsPerRecord = -1
	if _, err := in.Read(); err != nil {
		t.Fatal(err)
	}
	answers := map[string]string{}
	for {
		row, err := in.Read()
		if row == nil {
			return answers
		}
		if err != nil {
			t.Fatal(err)
		}
		key := strings.Clone(row[0])
		if _, twice := answers[key]; twice {
			t.Fatalf("record %s came out twice", key)
		}
		answers[key] = strings.Join(row[len(fields):], ",")
	}
}
