package proof

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"remit/activity"
	"remit/assign"
	"remit/method"
	"remit/register"
)

// Every reading with every option that is not the method's own, in a few methods.
var otherReadings = []string{
	"cam-2025-26+A1=note+A2=dental+A3=literal+A4=40+A5=chart+A6=wales+A7=host_hub+A8=out_of_scope",
	"cam-2025-26+A4=39+A9=out_of_scope+A10=responsible+A11=region+A12=no_payer+A13=postcode+A14=appendix_c+A16=outside+A17=table_and_non_eea",
	"cam-2025-26+A15=spell+R1=unknown+A6=wales",
	"cam-2024-25+A2=dental+A3=literal+A5=chart+A13=postcode",
}

// TestFastAgainstPlain decides random records by the route that runs use, with
// its dictionaries and classes, and by evaluating every condition for every
// record. No answer may differ.
func TestFastAgainstPlain(t *testing.T) {
	shipped, small := shippedPack(t), packOf(t, "testdata/cases")
	n := records(t, 2_500)
	seed := uint64(0)
	for _, spec := range append([]string{"cam-2025-26", "cam-2024-25", "cam-tool-5.3"}, otherReadings...) {
		for _, pack := range []*register.Pack{shipped, small} {
			m := load(t, pack, spec)
			for _, dataset := range activity.Datasets() {
				seed++
				if seed%2 == 0 && strings.Contains(spec, "+") { // the readings take turns in the data sets
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%s", spec, filepath.Base(pack.Origin), dataset), func(t *testing.T) {
					compareRoutes(t, m, pack, dataset, writeRecords(t, newChooser(seed, pack), n), n)
				})
			}
		}
	}
}

func compareRoutes(t *testing.T, m *method.Method, pack *register.Pack, dataset activity.Dataset, path string, n int) {
	out := filepath.Join(t.TempDir(), "fast.csv")
	runJob(t, &assign.Job{Inputs: []string{path}, Out: out, Dataset: dataset, Method: m, Pack: pack, Workers: 2})
	rows := readCSV(t, out)
	if len(rows) != n+1 {
		t.Fatalf("%d records gave %d rows", n, len(rows)-1)
	}
	binding := method.Binding{"dataset": {Constant: string(dataset)}}
	for i, field := range fields {
		binding[field] = method.Origin{Columns: []int{i}}
	}
	record := method.Bind(m, binding).NewRecord()
	at := map[string]int{}
	for i, h := range rows[0] {
		at[h] = i
	}
	different := 0
	for i, row := range rows[1:] {
		record.Reset(row[:len(fields)])
		d := record.Decide()
		want := plainAnswer(m, &d)
		var got []string
		for _, column := range []string{"assigned_commissioner", "assigned_category", "outcome", "trace", "payer_source", "warnings"} {
			got = append(got, row[at[column]])
		}
		if g := strings.Join(got, ","); g != want {
			if different++; different <= 3 {
				t.Errorf("%s\nfast  %s\nplain %s", recordText(t, path, row[0]), g, want)
			}
		}
		if i%97 == 0 { // and once in a while as Remit explains it
			single := assign.NewSingle(m, pack, fieldsOf(row, dataset))
			if d := single.Decide(); plainAnswer(m, &d) != want {
				t.Errorf("%s\nalone  %s\nplain %s", recordText(t, path, row[0]), plainAnswer(m, &d), want)
			}
		}
	}
	if different > 0 {
		t.Errorf("%d of %d records differ", different, n)
	}
}

func plainAnswer(m *method.Method, d *method.Decision) string {
	var warnings []string
	for i, w := range m.Warnings {
		if d.Warnings>>i&1 == 1 {
			warnings = append(warnings, w.Code)
		}
	}
	return strings.Join([]string{d.Payer, d.Category, d.Outcome, d.Trace(), d.Source, strings.Join(warnings, "|")}, ",")
}

// fieldsOf is a record as a case has it.
func fieldsOf(row []string, d activity.Dataset) map[string]string {
	out := map[string]string{"dataset_type": string(d)}
	for i, field := range fields {
		out[field] = row[i]
	}
	return out
}
