// Package priorities embeds the example of capacity that ships: it is made up.
package priorities

import "embed"

// FS holds capacity.csv.
//
//go:embed capacity.csv
var FS embed.FS
