// Package reference embeds the reference pack that ships with the program: one
// CSV file a table, described in README.md.
package reference

import "embed"

// FS holds the files of the pack at its root, and made-up files for trying the
// importers under samples/.
//
//go:embed *.csv samples
var FS embed.FS
