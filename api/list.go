package api

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

const (
	usualLimit = 100
	mostLimit  = 10_000
)

// Listed is what every list can be asked with besides.
type Listed struct {
	Asked
	Limit int `query:"limit" minimum:"1" maximum:"10000" doc:"How many to give at once. Default: 100, and as CSV 10,000."`
	Page  int `query:"page" minimum:"1" maximum:"1000000" doc:"Which page of them, from 1. The Link header has the addresses of the neighbouring pages."`
}

func (l *Listed) paging() *Listed { return l }

// list is an input that holds what every list can be asked with.
type list[I any] interface {
	*I
	common() *Asked
	paging() *Listed
}

// Page is a part of a list.
type Page[T any] struct {
	Items  []T    `json:"items"`
	Total  int    `json:"total" doc:"How many there are on all pages"`
	Page   int    `json:"page" doc:"Which page this is, from 1"`
	On     Date   `json:"on" doc:"As at"`
	Known  string `json:"known" format:"date-time" doc:"As known at: when the last change that this contains was recorded"`
	Change int64  `json:"change" doc:"The number of that change"`
}

func (p Page[T]) csv(w *csv.Writer) error { return writeRows(w, p.Items) }

// many registers a question with a list for an answer, and gives the page asked for.
func many[I, T any, Q list[I]](s *server, op huma.Operation, answer func(context.Context, *I, *view) ([]T, error)) {
	op.Responses = notModified()
	op.Metadata = inCSV
	add(s, op, func(ctx context.Context, in *I) (*reply[Page[T]], error) {
		q := Q(in).paging()
		v, err := s.view(ctx, q.On, q.Known)
		if err != nil {
			return nil, err
		}
		out := &reply[Page[T]]{Status: http.StatusOK}
		if v.stamp(&q.Asked, &out.Status, &out.ETag, &out.CacheControl, &out.Vary); out.Status == http.StatusNotModified {
			return out, nil
		}
		all, err := answer(ctx, in, v)
		if err != nil {
			return nil, err
		}
		out.Body, out.Link = pageOf(all, q, v)
		return out, nil
	})
}

// pageOf is the page asked for, and links to its neighbours. They say on which day
// and as known when: the pages of a list belong together.
func pageOf[T any](all []T, q *Listed, v *view) (Page[T], string) {
	limit := q.Limit
	if limit == 0 {
		if limit = usualLimit; wantsCSV(q.accept) {
			limit = mostLimit
		}
	}
	number := max(q.Page, 1)
	last := max(1, (len(all)+limit-1)/limit)
	from := min((number-1)*limit, len(all))
	part := Page[T]{Items: some(all[from:min(from+limit, len(all))]), Total: len(all), Page: number, On: Date(v.on.String()),
		Known: v.Change.RecordedAt.Format(time.RFC3339Nano), Change: v.Change.Number}
	if last == 1 && number == 1 {
		return part, ""
	}
	var links []string
	to := func(rel string, page int) {
		values := q.url.Query()
		values.Set("on", v.on.String())
		values.Set("known", v.Change.RecordedAt.Format(time.RFC3339Nano))
		values.Set("limit", strconv.Itoa(limit))
		values.Set("page", strconv.Itoa(page))
		links = append(links, fmt.Sprintf("<%s?%s>; rel=%q", (&url.URL{Path: q.url.Path}).EscapedPath(), values.Encode(), rel))
	}
	to("first", 1)
	if number > 1 && number <= last {
		to("prev", number-1)
	}
	if number < last {
		to("next", number+1)
	}
	to("last", last)
	return part, strings.Join(links, ", ")
}

// table is a body that can be written as CSV.
type table interface {
	csv(*csv.Writer) error
}

const typeCSV = "text/csv"

func wantsCSV(accept string) bool { return strings.Contains(accept, typeCSV) }

// inCSV marks the operations that give CSV too, for the description.
var inCSV = map[string]any{typeCSV: &huma.MediaType{Schema: &huma.Schema{Type: "string", Description: "The same rows under a header; the columns are the fields of an item"}}}

// note keeps an operation as it was described, and says that there is CSV too.
func (s *server) note(_ *huma.OpenAPI, op *huma.Operation) {
	if text, ok := op.Metadata[typeCSV].(*huma.MediaType); ok {
		op.Responses["200"].Content[typeCSV] = text
	}
	s.order = append(s.order, op)
}

// csvFormat writes lists for those who ask for text/csv. It reads nothing.
var csvFormat = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		t, ok := v.(table)
		if !ok {
			return json.NewEncoder(w).Encode(v)
		}
		out := csv.NewWriter(w)
		if err := t.csv(out); err != nil {
			return err
		}
		out.Flush()
		return out.Error()
	},
	Unmarshal: func([]byte, any) error { return fmt.Errorf("%w: %s", huma.ErrUnknownContentType, typeCSV) },
}

// writeRows writes things as rows: a column for each field by its JSON name,
// fields of parts as part.field, lists joined by |.
func writeRows[T any](w *csv.Writer, items []T) error {
	columns := columnsOf(reflect.TypeFor[T](), "", nil)
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	if err := w.Write(names); err != nil {
		return err
	}
	row := make([]string, len(columns))
	for i := range items {
		v := reflect.ValueOf(&items[i]).Elem()
		for j, c := range columns {
			row[j] = plain(v.FieldByIndex(c.path))
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	return nil
}

type csvColumn struct {
	name string
	path []int
}

func columnsOf(t reflect.Type, before string, path []int) (list []csvColumn) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		at := append(slices.Clone(path), i)
		switch {
		case f.Anonymous:
			list = append(list, columnsOf(f.Type, before, at)...)
		case name == "" || name == "-":
		case f.Type.Kind() == reflect.Struct && !isText(f.Type):
			list = append(list, columnsOf(f.Type, before+name+".", at)...)
		default:
			list = append(list, csvColumn{before + name, at})
		}
	}
	return list
}

func isText(t reflect.Type) bool {
	_, ok := reflect.New(t).Interface().(interface{ MarshalText() ([]byte, error) })
	return ok
}

// plain writes one value for a cell.
func plain(v reflect.Value) string {
	if v.Kind() == reflect.Slice {
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = plain(v.Index(i))
		}
		return strings.Join(parts, "|")
	}
	if v.CanAddr() && isText(v.Type()) {
		if v.IsZero() && v.Type() == reflect.TypeFor[time.Time]() {
			return ""
		}
		text, err := v.Addr().Interface().(interface{ MarshalText() ([]byte, error) }).MarshalText()
		if err == nil {
			return string(text)
		}
	}
	switch v.Kind() {
	case reflect.Struct, reflect.Map, reflect.Pointer, reflect.Interface:
		text, err := json.Marshal(v.Interface())
		if err != nil {
			return ""
		}
		return string(text)
	}
	return fmt.Sprint(v.Interface())
}
