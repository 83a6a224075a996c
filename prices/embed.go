// Package prices embeds the price sets, policies and rules of pricing that ship
// with the program. The price sets are made up: docs/027-prices.md says how to
// load published ones.
package prices

import "embed"

// FS holds sets/NAME/*.csv, policies/*.yaml, pods.csv, exclusions.csv, derive.csv,
// holders.csv and tolerance.csv, and made-up files to try under samples/.
//
//go:embed sets policies samples *.csv
var FS embed.FS
