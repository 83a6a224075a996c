package assign

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"remit/activity"
	"remit/method"
)

// Mapping says how the columns of a local layout become the fields of a data set.
type Mapping struct {
	Name    string
	Says    string // shown with every result
	Dataset activity.Dataset
	Hash    string
	fields  map[string]mapped
	file    string
}

// mapped is where one field comes from: one of a column, columns by pattern, a
// constant, or an expression over columns.
type mapped struct {
	Column   string            `yaml:"column"`
	Columns  string            `yaml:"columns"`
	Constant string            `yaml:"constant"`
	Derive   method.Expression `yaml:"derive"`
	constant bool
}

// UnmarshalYAML takes a column's name alone, or one of the four forms.
func (m *mapped) UnmarshalYAML(ctx context.Context, n ast.Node) error {
	if s, ok := n.(*ast.StringNode); ok {
		m.Column = s.Value
		return nil
	}
	type plain mapped
	if err := yaml.NewDecoder(strings.NewReader(""), yaml.Strict()).DecodeFromNodeContext(ctx, n, (*plain)(m)); err != nil {
		return err
	}
	if mapping, ok := n.(*ast.MappingNode); ok {
		for _, v := range mapping.Values {
			m.constant = m.constant || v.Key.String() == "constant"
		}
	}
	return nil
}

type mappingFile struct {
	Mapping string            `yaml:"mapping"`
	Says    string            `yaml:"says"`
	Dataset string            `yaml:"dataset"`
	Fields  map[string]mapped `yaml:"fields"`
}

// ReadMapping reads a mapping file and checks what can be checked without the
// file it is for.
func ReadMapping(src []byte, name string) (*Mapping, error) {
	var f mappingFile
	if err := method.ReadYAML(src, name, "Compare with the manual page on assign, which has a mapping file", &f); err != nil {
		return nil, err
	}
	dataset, err := activity.ParseDataset(f.Dataset)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var faults []string
	for field := range f.Fields {
		if _, ok := activity.FieldByID(field); !ok {
			faults = append(faults, fmt.Sprintf("%s: there is no field %q; the manual page on fields lists them", name, field))
		}
	}
	if len(faults) > 0 {
		sort.Strings(faults)
		return nil, &InputError{faults}
	}
	sum := sha256.Sum256(src)
	return &Mapping{Name: f.Mapping, Says: strings.TrimSpace(f.Says), Dataset: dataset, Hash: hex.EncodeToString(sum[:]), fields: f.Fields, file: name}, nil
}

// layout is the layout of a file under the mapping. A column that the mapping
// does not use counts under its own name, unless its field is mapped.
func (m *Mapping) layout(header []string) (activity.Layout, error) {
	l := activity.Layout{Dataset: m.Dataset, Columns: header, Field: map[string]int{}, Lists: map[string][]int{}}
	used := map[string]bool{}
	for _, f := range m.fields {
		used[f.Column] = true
	}
	for i, c := range header {
		id, ok := activity.FieldOf(c)
		if _, isMapped := m.fields[id]; !ok || isMapped || used[c] {
			continue
		}
		if _, taken := l.Field[id]; !taken {
			l.Field[id] = i
		}
	}
	return l, nil
}

// bind lays the mapping over the binding of a file with these columns.
func (m *Mapping) bind(b method.Binding, columns []string) error {
	var faults []string
	for _, field := range sortedKeys(m.fields) {
		origin, err := m.fields[field].origin(columns)
		var inFile method.Faults // which say where they stand
		switch {
		case errors.As(err, &inFile):
			faults = append(faults, fmt.Sprintf("%v (field %s)", err, field))
		case err != nil:
			faults = append(faults, fmt.Sprintf("%s: field %s: %v", m.file, field, err))
		default:
			b[field] = origin
		}
	}
	if len(faults) > 0 {
		return &InputError{faults}
	}
	return nil
}

func (f mapped) origin(columns []string) (method.Origin, error) {
	switch {
	case f.constant:
		return method.Origin{Constant: f.Constant}, nil
	case !f.Derive.Blank():
		return method.Derive(f.Derive, columns)
	case f.Columns != "":
		return matching(f.Columns, columns)
	}
	if i := slices.Index(columns, f.Column); i >= 0 {
		return method.Origin{Columns: []int{i}}, nil
	}
	return method.Origin{}, fmt.Errorf("the file has no column %q", f.Column)
}

func matching(pattern string, columns []string) (method.Origin, error) {
	var o method.Origin
	for i, c := range columns {
		if ok, err := path.Match(pattern, c); err != nil {
			return o, fmt.Errorf("%q is not a pattern: %w", pattern, err)
		} else if ok {
			o.Columns = append(o.Columns, i)
		}
	}
	if o.Columns == nil {
		return o, fmt.Errorf("the file has no column like %q", pattern)
	}
	return o, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
