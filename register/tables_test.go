package register

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"remit/reference"
)

// TestRowsRoundTrip writes every file anew from Rows and Sources and loads
// that: the pack must be the same, row for row.
func TestRowsRoundTrip(t *testing.T) {
	p := shipped(t)
	again, err := LoadFS("the copy", rewritten(t, p))
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range Tables() {
		a, b := slices.Collect(p.Rows(table)), slices.Collect(again.Rows(table))
		if len(a) != len(b) {
			t.Errorf("%s: %d rows became %d", table, len(a), len(b))
			continue
		}
		for i := range a {
			if !slices.Equal(a[i].Fields, b[i].Fields) || a[i].From != b[i].From || a[i].To != b[i].To {
				t.Errorf("%s: %q became %q", table, a[i].Fields, b[i].Fields)
			}
		}
	}
	if !slices.Equal(p.Sources(), again.Sources()) {
		t.Error("the sources differ")
	}
	for _, name := range p.Names() {
		a, b := p.Table(name), again.Table(name)
		for row := range int32(a.Len()) {
			if a.Source(row) != b.Source(row) || !slices.Equal(a.rows[row], b.rows[row]) {
				t.Fatalf("table %s differs in row %d", name, row)
			}
		}
	}
}

// rewritten are the files of a pack made of what it exports.
func rewritten(t *testing.T, p *Pack) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	write := func(name string, rows [][]string) {
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		if err := w.WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: b.Bytes()}
	}
	for _, table := range Tables() {
		rows := [][]string{Columns(table)}
		for r := range p.Rows(table) {
			rows = append(rows, r.Fields)
		}
		write(table+".csv", rows)
	}
	rows := [][]string{{"id", "citation", "licence"}}
	for _, s := range p.Sources() {
		rows = append(rows, []string{s.ID, s.Citation, s.Licence})
	}
	write("source.csv", rows)
	return files
}

func TestCite(t *testing.T) {
	p := shipped(t)
	for source, want := range map[string]string{
		"ods-etr-2026-07":                 "ODS etr July 2026",
		"ods-etr-2026-07 ods-etr-2025-07": "ODS etr July 2026; ODS etr July 2025",
		"a letter of 1 May":               "a letter of 1 May",
		"":                                "",
	} {
		if got := p.Cite(source); got != want {
			t.Errorf("%q is cited as %q, want %q", source, got, want)
		}
	}
}

// TestSchema checks that a table and what it says of itself agree, so that
// forms and stores may rely on it.
func TestSchema(t *testing.T) {
	for _, table := range Tables() {
		columns := Columns(table)
		if !strings.HasSuffix(strings.Join(columns, " "), "valid_from valid_to confidence source") {
			t.Errorf("%s ends with %q", table, columns)
		}
		for _, c := range Identity(table) {
			if !slices.Contains(columns, c) {
				t.Errorf("%s has no column %s", table, c)
			}
		}
		for _, f := range Fields(table) {
			if f.Kind == "code" && schemaOf(f.Of[0]) == nil {
				t.Errorf("%s.%s refers to %q, which is no table", table, f.Name, f.Of)
			}
		}
		if _, err := reference.FS.ReadFile(table + ".csv"); err != nil && table != "postcode" {
			t.Errorf("%s does not ship", table)
		}
	}
	if Identity("nothing") != nil || Fields("nothing") != nil {
		t.Error("what is no table has columns")
	}
}

func TestLoadFSTellsFaults(t *testing.T) {
	files := rewritten(t, shipped(t))
	files["icb_cluster.csv"] = &fstest.MapFile{Data: []byte("cluster,name,kind,icb,valid_from,valid_to,confidence,source\nCL,A cluster,multi,QQQ,,,low,made up\n")}
	_, err := LoadFS("the store", files)
	if err == nil || !strings.Contains(err.Error(), `icb_cluster.csv row 2 column icb value "QQQ"`) || !strings.Contains(err.Error(), "the store") {
		t.Errorf("%v", err)
	}
	files["postcode.index"] = &fstest.MapFile{Data: []byte("x")}
	if _, err := LoadFS("the store", files); err == nil || !strings.Contains(err.Error(), "laid over") {
		t.Errorf("a postcode directory: %v", err)
	}
}
