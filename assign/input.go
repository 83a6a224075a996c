package assign

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"remit/activity"
	"remit/method"
)

// Parquet reads and writes Parquet files for a run. The rows travel as CSV.
type Parquet interface {
	Read(ctx context.Context, path string) (ParquetRows, error)
	// Write stores the CSV with a header that r gives at path, whole or not at
	// all, turning the columns in types back into their type.
	Write(ctx context.Context, r io.Reader, types map[string]string, path string) error
}

// ParquetRows are a file's rows as CSV with a header.
type ParquetRows interface {
	io.ReadCloser
	Types() map[string]string // by column
	SHA256() (string, error)  // of the file
}

// input is one file to read.
type input struct {
	path   string
	plan   *layoutPlan
	layout activity.Layout
	types  map[string]string // Parquet column types
	rows   int64
	starts []int64 // rows before each block
	size   int64
	sum    string
	opened *stream // standard input, which cannot be opened twice
}

// stream is an open input, standing after its header.
type stream struct {
	io.Reader
	source *activity.Source
	closer io.Closer
	sum    func() (string, error)
}

// Consumed is how many bytes of the file have been read.
func (s *stream) Consumed() int64 {
	if s.source == nil {
		return 0
	}
	return s.source.Offset()
}

// Close lets go of the file.
func (s *stream) Close() error { return s.closer.Close() }

// Sum is the SHA-256 of the file, once it has been read to its end.
func (s *stream) Sum() (string, error) { return s.sum() }

// plan opens every input, recognises its columns and binds the methods to them.
// Everything wrong with any of the files is reported at once.
func (r *run) plan() error {
	var faults []string
	for _, path := range r.job.Inputs {
		in, err := r.inspect(path)
		if err != nil {
			faults = append(faults, err.Error())
			continue
		}
		r.inputs = append(r.inputs, in)
		r.size += in.size
	}
	if len(faults) > 0 {
		return &InputError{faults}
	}
	r.joinColumns()
	return nil
}

// checkFresh refuses the results of earlier runs. In a folder that holds both
// they would count every record twice, and two answers of one name could not be
// told apart. A column of one of the names alone may be the user's own.
func (r *run) checkFresh() error {
	var faults []string
	for _, in := range r.inputs {
		answers := 0
		for _, name := range appended {
			if slices.Contains(in.layout.Columns, name) {
				answers++
			}
		}
		if answers == len(appended) {
			faults = append(faults, fmt.Sprintf("%s: is the result of an earlier run: it has the columns %s; assign the file that it was made from, or take these columns out or rename them", in.path, strings.Join(appended, ", ")))
		}
	}
	if len(faults) > 0 {
		return &InputError{faults}
	}
	return nil
}

func (r *run) inspect(path string) (*input, error) {
	in := &input{path: path}
	s, source, err := r.openSource(context.Background(), in)
	if err != nil {
		return nil, err
	}
	if path == "-" {
		in.opened = s
	} else {
		defer s.Close()
	}
	in.size = max(0, source.Size())
	in.layout, err = r.recognise(source.Header)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	in.plan = &layoutPlan{file: path, columns: len(source.Header), delim: source.Delimiter, quotes: !r.job.NoQuotes, cost: -1}
	return in, r.bind(in)
}

func (r *run) recognise(header []string) (activity.Layout, error) {
	switch {
	case r.job.Map != nil:
		return r.job.Map.layout(header)
	case r.job.Dataset != "":
		return activity.LayoutFor(r.job.Dataset, header)
	}
	return activity.Recognise(header)
}

// bind fits the methods to the columns of the file.
func (r *run) bind(in *input) error {
	binding, err := bindingOf(in.layout, r.job.Map)
	if err != nil {
		return fmt.Errorf("%s: %w", in.path, err)
	}
	in.plan.methods, in.plan.binding = r.methods(), binding
	for range in.plan.methods {
		in.plan.sharing = append(in.plan.sharing, newSharing())
	}
	column := func(field string) int {
		if o := binding[field]; len(o.Columns) > 0 {
			return o.Columns[0]
		}
		return -1
	}
	in.plan.cost = column("cost")
	for i, k := range overrideKinds {
		in.plan.keys[i] = column(k.field)
	}
	if r.job.Method.Spell != nil && in.layout.Dataset == activity.APC && column("spell") >= 0 {
		in.plan.spell = &spellColumns{
			provider: column("provider"), spell: column("spell"), episode: column("episode"),
			line: column("service_code"), practice: column("gp_practice"), postcode: column("postcode"),
		}
	}
	return nil
}

// bindingOf says where each input comes from.
func bindingOf(l activity.Layout, m *Mapping) (method.Binding, error) {
	b := method.Binding{"dataset": {Constant: string(l.Dataset)}}
	for field, column := range l.Field {
		b[field] = method.Origin{Columns: []int{column}}
	}
	for field, columns := range l.Lists {
		b[field] = method.Origin{Columns: columns}
	}
	kindOfRow(b, l)
	if m == nil {
		return b, nil
	}
	return b, m.bind(b, l.Columns)
}

// kindOfRow lets a column that says what each row is decide, row by row, which
// data set the row belongs to.
func kindOfRow(b method.Binding, l activity.Layout) {
	column, ok := l.Field["dataset_type"]
	if !ok {
		return
	}
	dataset, cds := map[string]string{}, map[string]string{}
	for name, kind := range activity.DatasetNames() {
		dataset[name], cds[name] = string(kind), activity.CDSType(name)
	}
	b["dataset"] = method.Translate(column, dataset, string(l.Dataset))
	if !l.Has("cds_type") {
		b["cds_type"] = method.Translate(column, cds, "")
	}
}

// joinColumns makes the output's columns: those of all inputs in the order in
// which they first appear; a name that a file has twice is there twice. A file
// with just these columns, in this order and with commas, passes through
// untouched.
func (r *run) joinColumns() {
	at := make([]map[occurrence]int, len(r.inputs))
	var all []occurrence
	for i, in := range r.inputs {
		at[i] = map[occurrence]int{}
		seen := map[string]int{}
		for column, name := range in.layout.Columns {
			o := occurrence{name, seen[name]}
			seen[name]++
			at[i][o] = column
			if !slices.Contains(all, o) {
				all = append(all, o)
				r.columns = append(r.columns, name)
			}
		}
	}
	for i, in := range r.inputs {
		if slices.Equal(in.layout.Columns, r.columns) && in.plan.delim == ',' && !r.job.NoQuotes {
			continue
		}
		for _, o := range all {
			column, ok := at[i][o]
			if !ok {
				column = -1
			}
			in.plan.order = append(in.plan.order, column)
		}
	}
	for _, name := range appended {
		if slices.Contains(r.columns, name) {
			r.notes = append(r.notes, fmt.Sprintf("The input already has a column %s; the answer is in the last column of that name.", name))
		}
	}
}

// occurrence is a column's name and how many columns of the name stand before it.
type occurrence struct {
	name   string
	before int
}

// open opens an input to be read from its first row.
func (in *input) open(ctx context.Context, r *run) (*stream, error) {
	if in.opened != nil {
		return in.opened, nil
	}
	s, _, err := r.openSource(ctx, in)
	return s, err
}

func (r *run) openSource(ctx context.Context, in *input) (*stream, *activity.Source, error) {
	options := activity.Options{Delimiter: r.job.Delimiter, Stdin: r.job.Stdin}
	source, err := activity.OpenCSV(in.path, options)
	var parquet *activity.ParquetError
	if errors.As(err, &parquet) {
		return r.openParquet(ctx, in)
	}
	if err != nil {
		return nil, nil, err
	}
	sum := func() (string, error) {
		if s, ok := source.SHA256(); ok {
			return s, nil
		}
		return "", fmt.Errorf("%s: the file was not read to its end", in.path)
	}
	return &stream{Reader: source, source: source, closer: source, sum: sum}, source, nil
}

func (r *run) openParquet(ctx context.Context, in *input) (*stream, *activity.Source, error) {
	if r.job.Parquet == nil {
		return nil, nil, &InputError{[]string{in.path + ": Parquet is not read here; give a CSV file"}}
	}
	rows, err := r.job.Parquet.Read(ctx, in.path)
	if err != nil {
		return nil, nil, err
	}
	in.types = rows.Types()
	source, err := activity.OpenReader(in.path, rows, activity.Options{Delimiter: ','})
	if err != nil {
		rows.Close()
		return nil, nil, err
	}
	return &stream{Reader: source, closer: rows, sum: rows.SHA256}, source, nil
}

// headerLine is the header of the output.
func (r *run) headerLine() []byte {
	fields := make([]string, 0, len(r.columns)+len(appended))
	for _, c := range r.columns {
		fields = append(fields, quote(c))
	}
	fields = append(fields, appended...)
	if r.job.Also != nil {
		for _, c := range r.job.Also.Columns() {
			fields = append(fields, quote(c))
		}
	}
	return []byte(strings.Join(fields, ",") + "\n")
}
