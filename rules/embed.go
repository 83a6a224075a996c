// Package rules embeds the rules that ship as dated data: README.md describes the columns.
package rules

import "embed"

// FS holds validation.csv, the validation rules; lists.csv, the short lists that
// they name; and validation_cases.csv, by which the rules test themselves.
//
//go:embed *.csv
var FS embed.FS
