package whatif

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"remit/register"
)

// changed is the reference data as it would be: every row as it is but those that
// are supposed to be otherwise, read by the same checks as every other pack.
func changed(pack *register.Pack, s *Spec) (*register.Pack, error) {
	dir, err := os.MkdirTemp("", "remit-whatif-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	edits := newEdits(pack, s)
	for _, table := range register.Tables() {
		columns := register.Columns(table)
		rows := [][]string{columns}
		for r := range pack.Rows(table) {
			rows = append(rows, edits.row(table, columns, r.Fields))
		}
		rows = append(rows, edits.added[table]...)
		if len(rows) == 1 {
			continue
		}
		if err := writeRows(filepath.Join(dir, table+".csv"), rows); err != nil {
			return nil, err
		}
	}
	sources := [][]string{{"id", "citation", "licence"}}
	for _, x := range pack.Sources() {
		sources = append(sources, []string{x.ID, x.Citation, x.Licence})
	}
	if err := writeRows(filepath.Join(dir, "source.csv"), sources); err != nil {
		return nil, err
	}
	other, err := register.LoadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("what is supposed does not make valid reference data: %w", err)
	}
	return other, nil
}

func writeRows(path string, rows [][]string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	if err := w.WriteAll(rows); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// edits are what is supposed, as changes of rows.
type edits struct {
	status, host map[string]string
	areas        map[string]string // sub-ICB location or ICB to ICB
	added        map[string][][]string
}

func newEdits(pack *register.Pack, s *Spec) *edits {
	e := &edits{status: map[string]string{}, host: map[string]string{}, areas: map[string]string{}, added: map[string][][]string{}}
	for _, x := range s.Status {
		e.status[x.Line] = x.To
	}
	for _, x := range s.Areas {
		e.areas[x.From] = x.To
	}
	for _, x := range s.Hosts {
		e.host[x.Provider] = x.To
	}
	hosted := map[string]bool{}
	columns := register.Columns("provider_host")
	for r := range pack.Rows("provider_host") {
		hosted[r.Fields[slices.Index(columns, "provider")]] = true
	}
	for _, x := range s.Hosts {
		if !hosted[x.Provider] {
			e.add("provider_host", columns, map[string]string{"provider": x.Provider, "host_sub_icb": x.To})
		}
	}
	e.addBoards(pack, s)
	return e
}

// addBoards adds the ICBs that are supposed and that there are not, each like the one
// that it takes from.
func (e *edits) addBoards(pack *register.Pack, s *Spec) {
	columns := register.Columns("icb")
	for _, x := range s.Areas {
		if len(pack.Table("icb").Rows(x.To)) > 0 || slices.ContainsFunc(e.added["icb"], func(r []string) bool { return r[slices.Index(columns, "code")] == x.To }) {
			continue
		}
		from := x.From
		if t := pack.Table("sub_icb"); len(t.Rows(from)) > 0 {
			from = t.At(t.FindEver(from, 0).Row, "icb")
		}
		t := pack.Table("icb")
		row := t.FindEver(from, 0).Row
		e.add("icb", columns, map[string]string{"code": x.To, "name": "Supposed ICB " + x.To, "short_name": x.To, "region": t.At(row, "region"), "delegated_from": t.At(row, "delegated_from")})
	}
}

// add adds a row that cites what is supposed.
func (e *edits) add(table string, columns []string, values map[string]string) {
	row := make([]string, len(columns))
	for i, c := range columns {
		row[i] = values[c]
		switch c {
		case "confidence":
			row[i] = "low"
		case "source":
			row[i] = "supposed"
		}
	}
	e.added[table] = append(e.added[table], row)
}

// row is a row as it would be.
func (e *edits) row(table string, columns, fields []string) []string {
	at := func(column string) int { return slices.Index(columns, column) }
	column, to := "", ""
	switch table {
	case "service_line":
		column, to = "status", e.status[fields[at("code")]]
	case "provider_host":
		column, to = "host_sub_icb", e.host[fields[at("provider")]]
	case "sub_icb":
		column, to = "icb", e.areas[fields[at("code")]]
		if to == "" {
			to = e.areas[fields[at("icb")]]
		}
	}
	if to == "" {
		return fields
	}
	other := slices.Clone(fields)
	other[at(column)] = to
	return other
}
