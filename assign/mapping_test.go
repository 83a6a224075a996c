package assign

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"remit/activity"
	"remit/mappings"
	"remit/method"
)

// localMapping uses each of the four forms.
const localMapping = `mapping: local
says: A local layout.
dataset: APC
fields:
  record_key: ROWID
  gp_practice: {column: PRAC}
  ov_charging_category: {constant: A}
  service_code: {constant: ""}
  discharge_date: {derive: "shift_years(as_date(column('DIS')), '24')"}
  cds_type: {derive: "column('DIS') == '' ? '190' : '130'"}
  diagnosis: {columns: "DX_[0-9]"}
`

func TestMapping(t *testing.T) {
	pack, m := shipped(t)
	mapping, err := ReadMapping([]byte(localMapping), "local.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	in := filepath.Join(dir, "in.csv")
	// gp responsibility goes by its own name; SERVICE CODE is mapped to a constant.
	if err := os.WriteFile(in, []byte("ROWID,PRAC,DIS,DX_1,DX_2,DX,PROVIDER,SERVICE CODE,COST\n"+
		"1,H83001,2001-06-01,I10,,N97,RJ7,NCBPS29X,10\n"+
		"2,H83001,2001-06-01,I10,N97.1,,RJ7,,10\n"+
		"3,M85001,2000-02-29,,,,RJ7,,10\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out.csv")
	result, err := Run(context.Background(), &Job{Inputs: []string{in}, Out: out, Map: mapping, Method: m, Pack: pack})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	const all = "A>B>WB-1>WB-2>WB-3>C-0>D>E>F>H>I"
	for i, want := range []string{
		",36L,12,Responsible sub-ICB," + all + ">J>C-5,practice,", // the constant hides SERVICE CODE, and DX is no DX_ column
		",36L,12,Responsible sub-ICB," + all + ">I-1,practice,",   // DX_2 holds infertility
		",15E,12,Responsible sub-ICB," + all + ">J>C-5,practice,", // 29 February 2000 and 24 years
	} {
		if line := strings.Split(string(text), "\n")[i+1]; !strings.Contains(line, want) {
			t.Errorf("row %d is %s, want %s", i+1, line, want)
		}
	}
	if result.Summary.Cost.String() != "30" && !strings.HasPrefix(result.Summary.Cost.String(), "30.") {
		t.Errorf("the cost is %s, want 30: COST counts under its own name", result.Summary.Cost.String())
	}
	if n := result.Manifest.Mapping; n == nil || n.Name != "local" || n.Says != "A local layout." || len(n.Hash) != 64 {
		t.Errorf("the manifest says of the mapping %+v", n)
	}
}

func TestMappingFaults(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		says []string
	}{
		"not YAML":           {"mapping: [", []string{"m.yaml"}},
		"unknown key":        {"mapping: m\ndataset: OP\nfeilds: {}\n", []string{"feilds"}},
		"unknown data set":   {"mapping: m\ndataset: XX\nfields: {}\n", []string{`"XX" is not a data set`}},
		"unknown fields":     {"mapping: m\ndataset: OP\nfields: {nosuch: A, other: B, provider: C}\n", []string{`"nosuch"`, `"other"`}},
		"unknown form":       {"mapping: m\ndataset: OP\nfields: {provider: {colunm: A}}\n", []string{"colunm"}},
		"a list for a field": {"mapping: m\ndataset: OP\nfields: {provider: [A]}\n", []string{"m.yaml"}},
	} {
		_, err := ReadMapping([]byte(c.text), "m.yaml")
		for _, s := range c.says {
			if err == nil || !strings.Contains(err.Error(), s) {
				t.Errorf("%s: %v, want an error that says %q", name, err, s)
			}
		}
	}
	m, err := ReadMapping([]byte(`mapping: m
dataset: OP
fields:
  provider: NOSUCH
  gp_practice: {derive: "column('OTHER')"}
  tfc: {derive: "column("}
  diagnosis: {columns: "DX*"}
  procedure: {columns: "[["}
  postcode: {derive: "1 + 1"}
  hrg: {column: A}
`), "m.yaml")
	if err != nil {
		t.Fatal(err)
	}
	err = m.bind(method.Binding{}, []string{"A", "B"})
	for _, s := range []string{`no column "NOSUCH"`, `no column "OTHER"`, "field tfc", `no column like "DX*"`, "field procedure", "m.yaml:9:25: + cannot be translated", "m.yaml:6:25: the expression ends too early"} {
		if err == nil || !strings.Contains(err.Error(), s) {
			t.Errorf("%v, want one that says %q", err, s)
		}
	}
	if err != nil && strings.Contains(err.Error(), "field hrg") {
		t.Errorf("%v: hrg is well mapped", err)
	}
}

func TestShippedMappings(t *testing.T) {
	entries, err := mappings.Files.ReadDir(".")
	if err != nil || len(entries) < 5 {
		t.Fatalf("%d mappings, %v", len(entries), err)
	}
	for _, e := range entries {
		src, err := mappings.Files.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		m, err := ReadMapping(src, e.Name())
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if m.Name+".yaml" != e.Name() || m.Says == "" {
			t.Errorf("%s calls itself %q and says %q", e.Name(), m.Name, m.Says)
		}
		var columns []string
		for field, f := range m.fields {
			if known, ok := activity.FieldByID(field); !ok || !known.In(m.Dataset) && field != "cds_type" {
				t.Errorf("%s: %s is no field of %s", e.Name(), field, m.Dataset)
			}
			if f.Column != "" {
				columns = append(columns, f.Column)
			}
		}
		if len(columns) == 0 {
			t.Errorf("%s reads no column by name", e.Name())
		}
	}
}

func FuzzReadMapping(f *testing.F) {
	f.Add(localMapping)
	f.Add("mapping: m\ndataset: OP\nfields: {provider: {derive: \"left(column('A'), '3')\"}, diagnosis: {columns: '*'}}\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ReadMapping([]byte(text), "m.yaml")
		if (m == nil) != (err != nil) {
			t.Fatalf("%v and %v", m, err)
		}
		if err == nil && len(text) < 2000 {
			m.bind(method.Binding{}, []string{"A", "B"}) // whatever it says, it says it without a fault of the program
		}
	})
}
