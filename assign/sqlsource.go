package assign

import (
	"context"
	"fmt"
	"strings"

	"remit/activity"
	"remit/method"
)

// SQLSource describes a CSV file to a translated method: DuckDB reads it with
// every column as text, and each input of a method comes from the column that
// Run would take it from.
func SQLSource(ctx context.Context, path string, dataset activity.Dataset) (method.SQLSource, error) {
	r := &run{job: &Job{Dataset: dataset}}
	_, source, err := r.openSource(ctx, &input{path: path})
	if err != nil {
		return method.SQLSource{}, err
	}
	defer source.Close()
	layout, err := r.recognise(source.Header)
	if err != nil {
		return method.SQLSource{}, &InputError{[]string{fmt.Sprintf("%s: %v", path, err)}}
	}
	name := func(column int) string { return `"` + strings.ReplaceAll(source.Header[column], `"`, `""`) + `"` }
	s := method.SQLSource{
		Relation: fmt.Sprintf("read_csv('%s', header = true, all_varchar = true, delim = '%c', quote = '\"', escape = '\"', null_padding = false, hive_partitioning = false)", strings.ReplaceAll(path, "'", "''"), source.Delimiter),
		Columns:  map[string]string{"dataset": "'" + string(layout.Dataset) + "'"},
		Several:  map[string][]string{},
	}
	for field, column := range layout.Field {
		s.Columns[field] = name(column)
	}
	for field, columns := range layout.Lists {
		for _, c := range columns {
			s.Several[field] = append(s.Several[field], name(c))
		}
	}
	if column, ok := layout.Field["dataset_type"]; ok { // it says of each row what it is, as in kindOfRow
		s.Columns["dataset"] = perRow(name(column), string(layout.Dataset), func(_ string, d activity.Dataset) string { return string(d) })
		if !layout.Has("cds_type") {
			s.Columns["cds_type"] = perRow(name(column), "", func(kind string, _ activity.Dataset) string { return activity.CDSType(kind) })
		}
	}
	return s, nil
}

// perRow is the expression that turns the name of a data set into something of it.
func perRow(column, otherwise string, of func(name string, d activity.Dataset) string) string {
	names := activity.DatasetNames()
	var b strings.Builder
	fmt.Fprintf(&b, "CASE remit_code(%s)", column)
	for _, kind := range sortedKeys(names) {
		fmt.Fprintf(&b, " WHEN '%s' THEN '%s'", kind, of(kind, names[kind]))
	}
	fmt.Fprintf(&b, " ELSE '%s' END", otherwise)
	return b.String()
}
