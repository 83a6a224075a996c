package rules

import "embed"

// Challenges are the rules by which billed rows are challenged, and their tables.
//
//go:embed challenge.yaml challenge-*.csv
var Challenges embed.FS
