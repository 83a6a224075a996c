// Package rules embeds the rules that ship as dated data: README.md describes the columns.
package rules

import _ "embed"

// Validation is validation.csv, the rules that a submission is held against.
//
//go:embed validation.csv
var Validation []byte

// ValidationCases is validation-cases.csv: rows and the findings they must get.
//
//go:embed validation-cases.csv
var ValidationCases []byte
