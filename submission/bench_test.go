package submission

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// plcmHeader is the patient level data set in full, as version 2 names it.
const plcmHeader = "FINANCIAL MONTH,FINANCIAL YEAR,DATE AND TIME DATA SET CREATED,ORGANISATION IDENTIFIER (CODE OF PROVIDER)," +
	"ORGANISATION SITE IDENTIFIER (OF TREATMENT),ORGANISATION IDENTIFIER (GP PRACTICE RESPONSIBILITY),ORGANISATION IDENTIFIER (RESIDENCE RESPONSIBILITY)," +
	"ORGANISATION IDENTIFIER (CODE OF COMMISSIONER),GENERAL MEDICAL PRACTICE (PATIENT REGISTRATION),WITHHELD IDENTITY REASON,NHS NUMBER," +
	"LOCAL PATIENT IDENTIFIER (EXTENDED),POSTCODE OF USUAL ADDRESS,PERSON BIRTH DATE,AGE AT ACTIVITY DATE (CONTRACT MONITORING),PERSON STATED GENDER CODE," +
	"ETHNIC CATEGORY,CDS UNIQUE IDENTIFIER,NON CDS UNIQUE IDENTIFIER,ACTIVITY TREATMENT FUNCTION CODE,LOCAL SUB-SPECIALTY CODE," +
	"HOSPITAL PROVIDER SPELL IDENTIFIER,OUTPATIENT ATTENDANCE IDENTIFIER,URGENT AND EMERGENCY CARE ACTIVITY IDENTIFIER,ACTIVITY START DATE (CONTRACT MONITORING)," +
	"ACTIVITY END DATE (CONTRACT MONITORING),ADJUSTED LENGTH OF STAY,PACKAGE OF CARE OR YEAR OF CARE START DATE (CONTRACT MONITORING),LOCAL TREATMENT CATEGORY CODE," +
	"LOCAL TREATMENT CODE,LOCATION OF ACTIVITY START,LOCATION OF ACTIVITY END,PROVIDER REFERENCE IDENTIFIER,NHS SERVICE AGREEMENT LINE NUMBER," +
	"COMMISSIONED SERVICE CATEGORY CODE,SERVICE CODE,POINT OF DELIVERY CODE,POINT OF DELIVERY FURTHER DETAIL CODE,POINT OF DELIVERY FURTHER DETAIL DESCRIPTION," +
	"LOCAL POINT OF DELIVERY CODE,LOCAL POINT OF DELIVERY DESCRIPTION,LOCAL CONTRACT CODE,LOCAL CONTRACT CODE DESCRIPTION,LOCAL CONTRACT MONITORING CODE," +
	"LOCAL CONTRACT MONITORING DESCRIPTION,CONTRACT MONITORING ADDITIONAL DETAIL (FIRST),CONTRACT MONITORING ADDITIONAL DESCRIPTION (FIRST),TARIFF CODE," +
	"NATIONAL TARIFF INDICATOR,ACTIVITY COUNT (POINT OF DELIVERY),ACTIVITY UNIT PRICE,TOTAL COST,UNBUNDLED EPISODE INDICATOR"

// plcmRow is a made-up row; what differs from row to row in a real file differs in it.
func plcmRow(n int) string {
	practices := []string{"A81001", "A81002", "A81004", "A81005", "A81006", "A81007"}
	services := []string{"NCBPS01C", "99999999", "NCBPS13A"}
	pods := []string{"DC", "EL", "NEL", "OPFASPCL", "OPPROC"}
	price := fmt.Sprintf("%d.%02d", 100+n%7919, n%100)
	return fmt.Sprintf("%d,202627,2026-08-20T09:30:00,RJ1,RJ122,00L,00L,00L,%s,,,L%09d,,,%d,%d,A,BRJ1%031d,,320,,S%010d,,,,2026-%02d-%02d,%d,,,,,,R%d,,21,%s,%s,,,"+
		"LOC%d,Local point of delivery,C1,Contract one,M%d,Monitoring line,,,EA05A,Y,1,%s,%s,N",
		1+n%5, practices[n%len(practices)], n, n%100, 1+n%2, n, n, 4+n%5, 1+n%28, n%9, n, services[n%len(services)], pods[n%len(pods)], n%40, n%12, price, price)
}

// BenchmarkRow reads and validates a file of the patient level data set in full,
// as Inspect does, on one core: ns/row is what a row costs, the cutting into
// fields included.
func BenchmarkRow(b *testing.B) {
	const rows = 200_000
	var text bytes.Buffer
	text.WriteString(plcmHeader + "\n")
	for i := range rows {
		text.WriteString(plcmRow(i) + "\n")
	}
	rules, pack := shippedRules(b), shippedPack(b)
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		r, err := Inspect(bytes.NewReader(text.Bytes()), rules, pack, Given{FileName: "PLCM_2627.csv"})
		if err != nil {
			b.Fatal(err)
		}
		if r.Rows != rows || r.Rejected > 0 || len(r.Findings) > 4 {
			b.Fatalf("%d rows, %d rejected: %+v", r.Rows, r.Rejected, r.Findings)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
}

// BenchmarkRowAlone is the validation without reading.
func BenchmarkRowAlone(b *testing.B) {
	layout, err := Recognise(strings.Split(plcmHeader, ","))
	if err != nil {
		b.Fatal(err)
	}
	const kept = 2000 // as many as the cache of a core holds; identifiers are told apart below
	rows := make([][][]byte, kept)
	for i := range rows {
		rows[i] = bytesOf(strings.Split(plcmRow(i), ","))
	}
	v, err := shippedRules(b).Bind(layout, shippedPack(b), Given{FileName: "PLCM_2627.csv"})
	if err != nil {
		b.Fatal(err)
	}
	cdsAt := layout.Field["record_key"]
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		row := rows[n%kept]
		n++
		id := row[cdsAt]
		for i, d := len(id)-1, n; d > 0; i, d = i-1, d/10 {
			id[i] = '0' + byte(d%10)
		}
		v.Row(int64(n), row)
	}
}
