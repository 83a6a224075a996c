// Package rules embeds the rules that ship as dated data: README.md describes the columns.
package rules

import "embed"

// FS holds validation.csv, the validation rules; validation-cases.csv, by which
// they test themselves; and suppression.csv, the rules for small numbers.
//
//go:embed *.csv
var FS embed.FS
