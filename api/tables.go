package api

import (
	"context"
	"encoding/csv"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"remit/register"
	"remit/store"
)

// Table is a table of the register.
type Table struct {
	Name     string   `json:"name"`
	Identity []string `json:"identity" doc:"The columns that tell its rows apart on a day"`
	Columns  []string `json:"columns"`
	Rows     int      `json:"rows" doc:"How many it has, of all times"`
}

// TablePage is a table with what its columns may hold.
type TablePage struct {
	Table
	Fields []Column `json:"fields"`
}

// Column says what a column may hold.
type Column struct {
	Name   string   `json:"name"`
	Kind   string   `json:"kind" doc:"text, choice, flag (0 or 1), date, postcode, or code of another table"`
	Of     []string `json:"of" doc:"The choices, or the tables that the code is in"`
	Needed bool     `json:"needed" doc:"It may not be blank"`
}

// Row is a row of a table as the register has it.
type Row struct {
	Values  map[string]string `json:"values" doc:"By column; blank ones are left out"`
	Version int64             `json:"version,omitempty" doc:"The version that stands, to base a proposal on; absent for rows laid over the register by the operator"`
}

// rowPage is a page of rows, whose CSV has the columns of the table.
type rowPage struct {
	Page[Row]
	columns []string
}

func (p rowPage) csv(w *csv.Writer) error {
	if err := w.Write(p.columns); err != nil {
		return err
	}
	line := make([]string, len(p.columns))
	for _, row := range p.Items {
		for i, c := range p.columns {
			line[i] = row.Values[c]
		}
		if err := w.Write(line); err != nil {
			return err
		}
	}
	return nil
}

type tablesIn struct{ Listed }

type tableIn struct {
	Asked
	Table string `path:"table" maxLength:"50" example:"icb"`
}

type rowsIn struct {
	Listed
	Table  string `path:"table" maxLength:"50" example:"icb"`
	All    bool   `query:"all" doc:"Rows of all times, and not only of the day"`
	Column string `query:"column" maxLength:"50" doc:"Only rows that have the value in this column"`
	Value  string `query:"value" maxLength:"200"`
}

func (s *server) tableRoutes() {
	many(s, huma.Operation{OperationID: "list-tables", Method: http.MethodGet, Path: prefix + "/tables", Tags: []string{tagFacts}, Summary: "The tables that the register is made of"},
		func(_ context.Context, _ *tablesIn, v *view) ([]Table, error) {
			list := []Table{}
			for _, name := range store.Tables() {
				list = append(list, tableOf(v, name))
			}
			return list, nil
		})
	one(s, huma.Operation{OperationID: "get-table", Method: http.MethodGet, Path: prefix + "/tables/{table}", Tags: []string{tagFacts}, Summary: "A table and what its columns may hold"},
		func(_ context.Context, in *tableIn, v *view) (*TablePage, error) {
			if store.Columns(in.Table) == nil {
				return nil, unknown("table", in.Table)
			}
			p := TablePage{Table: tableOf(v, in.Table), Fields: []Column{}}
			for _, f := range register.Fields(in.Table) {
				p.Fields = append(p.Fields, Column{f.Name, f.Kind, some(f.Of), f.Needed})
			}
			return &p, nil
		})
	s.rowRoute()
}

// rowRoute is apart because the columns of its CSV are those of the table.
func (s *server) rowRoute() {
	op := huma.Operation{OperationID: "list-rows", Method: http.MethodGet, Path: prefix + "/tables/{table}/rows", Tags: []string{tagFacts}, Summary: "The rows of a table on the day, or of all times", Responses: notModified(), Metadata: inCSV}
	add(s, op, func(ctx context.Context, in *rowsIn) (*reply[rowPage], error) {
		v, err := s.view(ctx, in.On, in.Known)
		if err != nil {
			return nil, err
		}
		out := &reply[rowPage]{Status: http.StatusOK}
		if v.stamp(&in.Asked, &out.Status, &out.ETag, &out.CacheControl, &out.Vary); out.Status == http.StatusNotModified {
			return out, nil
		}
		all, err := rowsAsked(in, v)
		if err != nil {
			return nil, err
		}
		out.Body.columns = store.Columns(in.Table)
		out.Body.Page, out.Link = pageOf(all, &in.Listed, v)
		return out, nil
	})
}

func rowsAsked(in *rowsIn, v *view) ([]Row, error) {
	columns := store.Columns(in.Table)
	if columns == nil {
		return nil, unknown("table", in.Table)
	}
	at := slices.Index(columns, in.Column)
	if in.Column != "" && at < 0 {
		return nil, badParameter("column", in.Column, "the table has no such column; it has "+strings.Join(columns, ", "))
	}
	list := []Row{}
	keep := func(fields []string) {
		if in.Column != "" && fields[at] != in.Value {
			return
		}
		values := store.Values{}
		for i, text := range fields {
			if text != "" {
				values[columns[i]] = text
			}
		}
		row := Row{Values: values}
		if f := v.Row(in.Table, values); f != nil {
			row.Version = f.Version
		}
		list = append(list, row)
	}
	if register.Columns(in.Table) == nil {
		for _, source := range v.Pack.Sources() {
			keep([]string{source.ID, source.Citation, source.Licence})
		}
		return list, nil
	}
	for row := range v.Pack.Rows(in.Table) {
		if in.All || row.From <= v.on && v.on <= row.To {
			keep(row.Fields)
		}
	}
	return list, nil
}

func tableOf(v *view, name string) Table {
	t := Table{Name: name, Identity: store.Identity(name), Columns: store.Columns(name)}
	if register.Columns(name) == nil {
		t.Rows = len(v.Pack.Sources())
	}
	for range v.Pack.Rows(name) {
		t.Rows++
	}
	return t
}

// some makes an empty list of none: JSON has a word for the difference.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
