// Package prices embeds the price sets and pricing rules that ship: README.md
// describes the files. Every shipped price is made up.
package prices

import "embed"

// FS holds sets/NAME/*.csv, policies/*.yaml, pods.csv, derive.csv and holders.csv.
//
//go:embed *.csv sets policies
var FS embed.FS
