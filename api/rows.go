package api

import (
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"remit/register"
)

// Date is a day as facts have it: YYYY-MM-DD, or blank where a period is open.
type Date string

// Schema describes a date to huma.
func (Date) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Pattern: `^(\d{4}-\d{2}-\d{2})?$`, Description: "YYYY-MM-DD; blank where it is open", Examples: []any{"2025-04-01"}}
}

// Dated is what every fact has.
type Dated struct {
	ValidFrom  Date   `json:"valid_from" doc:"The first day on which it is so; blank: always was"`
	ValidTo    Date   `json:"valid_to" doc:"The last day on which it is so; blank: until further notice"`
	Confidence string `json:"confidence" enum:"high,medium,low"`
	Source     string `json:"source" doc:"The document that it rests on"`
}

func (d *Dated) dated() *Dated { return d }

// fact is a pointer to a struct whose JSON names are the columns of a table.
type fact[T any] interface {
	*T
	dated() *Dated
}

// rows reads the rows of a table that hold on the day, or all for NoDay. The
// citation stands in the place of the ids of sources.
func rows[T any, F fact[T]](v *view, table string, on register.Day) []T {
	fill := filler(reflect.TypeFor[T](), register.Columns(table))
	list := []T{}
	for row := range v.Pack.Rows(table) {
		if on != register.NoDay && (on < row.From || on > row.To) {
			continue
		}
		var one T
		fill(reflect.ValueOf(&one).Elem(), row.Fields)
		d := F(&one).dated()
		d.Source = v.Pack.Cite(d.Source)
		list = append(list, one)
	}
	return list
}

// filler makes the function that puts a row's fields into a struct: texts into
// strings and flags into bools, where the JSON name of a field is a column.
func filler(t reflect.Type, columns []string) func(reflect.Value, []string) {
	type way struct {
		column int
		path   []int
	}
	var ways []way
	for _, c := range columnsOf(t, "", nil) {
		if i := slices.Index(columns, c.name); i >= 0 {
			ways = append(ways, way{i, c.path})
		}
	}
	return func(into reflect.Value, fields []string) {
		for _, w := range ways {
			field, text := into.FieldByIndex(w.path), fields[w.column]
			switch field.Kind() {
			case reflect.String:
				field.SetString(text)
			case reflect.Bool:
				field.SetBool(text == "1")
			case reflect.Slice:
				field.Set(reflect.ValueOf(strings.Fields(text)))
			}
		}
	}
}

// where keeps what a test passes.
func where[T any](list []T, test func(*T) bool) []T {
	return slices.DeleteFunc(list, func(one T) bool { return !test(&one) })
}

// mentions says whether one of some texts has the words asked for; no words are
// in every text.
func mentions(words string, texts ...string) bool {
	words = strings.ToLower(strings.TrimSpace(words))
	return words == "" || slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(strings.ToLower(t), words) })
}

// is says whether a value is the one asked for, if one is.
func is(asked, value string) bool { return asked == "" || strings.EqualFold(asked, value) }

// version is the row that holds on a day, or else the nearest: the last before it,
// or the first after. Active says which. ok is false where there is none at all.
func version[T any, F fact[T]](list []T, on register.Day) (one T, active, ok bool) {
	day := Date(on.String())
	for i := range list {
		d := F(&list[i]).dated()
		if (d.ValidFrom == "" || d.ValidFrom <= day) && (d.ValidTo == "" || d.ValidTo >= day) {
			return list[i], true, true
		}
	}
	for i := range list {
		d := F(&list[i]).dated()
		if !ok || d.ValidFrom <= day {
			one, ok = list[i], true
		}
	}
	return one, false, ok
}
