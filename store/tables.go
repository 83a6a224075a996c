package store

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"remit/register"
)

// Values are the columns of a row by name; blank ones may be left out.
// valid_from, valid_to, confidence and source are among them.
type Values map[string]string

// sources is the table of citations, which has no dates: source.csv.
const sources = "source"

var sourceColumns = []string{"id", "citation", "licence"}

// Tables are the tables of the register, the sources first.
func Tables() []string { return append([]string{sources}, register.Tables()...) }

// Columns are the columns of a table in order, or nil when there is no such table.
func Columns(table string) []string {
	if table == sources {
		return sourceColumns
	}
	return register.Columns(table)
}

// Identity are the columns that tell the rows of a table apart on a day.
func Identity(table string) []string {
	if table == sources {
		return sourceColumns[:1]
	}
	return register.Identity(table)
}

// Place names a row in words: icb QMJ from 2022-07-01.
func Place(table string, v Values) string {
	var b strings.Builder
	b.WriteString(table)
	for _, column := range Identity(table) {
		if text := v[column]; text != "" {
			b.WriteString(" " + text)
		}
	}
	if from := v["valid_from"]; from != "" {
		b.WriteString(" from " + from)
	}
	return b.String()
}

// Difference is one column that two versions of a row have differently.
type Difference struct{ Column, Before, After string }

// Differences compares two versions of a row, in the order of the columns.
func Differences(table string, before, after Values) []Difference {
	var all []Difference
	for _, column := range Columns(table) {
		if before[column] != after[column] {
			all = append(all, Difference{column, before[column], after[column]})
		}
	}
	return all
}

// same says whether two rows say the same, blank or absent being one.
func same(a, b Values) bool {
	return maps.Equal(a.trimmed(), b.trimmed())
}

// trimmed leaves out what is blank, and blanks around values.
func (v Values) trimmed() Values {
	out := make(Values, len(v))
	for column, text := range v {
		if text = strings.TrimSpace(text); text != "" {
			out[column] = text
		}
	}
	return out
}

// identity is the JSON list of the identity columns of a row.
func identity(table string, v Values) string {
	var codes []string
	for _, column := range Identity(table) {
		codes = append(codes, v[column])
	}
	return jsonText(codes)
}

// key tells rows apart at one moment of knowing: no two rows of a valid register
// share table, identity and first day.
type key struct{ table, identity, from string }

func keyOf(table string, v Values) key {
	return key{table, identity(table, v), v["valid_from"]}
}

// apart are the columns that the store keeps in columns of their own.
var apart = []string{"valid_from", "valid_to", "confidence", "source"}

// content is the JSON map of the columns that are not kept apart. Maps are
// written in order of their keys, so that equal rows are equal text.
func content(table string, v Values) string {
	rest := Values{}
	for column, text := range v {
		if !slices.Contains(apart, column) || table == sources {
			rest[column] = text
		}
	}
	return jsonText(rest)
}

// jsonText is the JSON of text, numbers and maps and lists of them.
func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic("store: a value that JSON cannot write: " + err.Error()) // none of ours is a channel or a function
	}
	return string(text)
}

func jsonList[T any](text string) (all []T, err error) {
	return all, json.Unmarshal([]byte(text), &all)
}
