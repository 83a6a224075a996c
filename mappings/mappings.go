// Package mappings holds the mapping files that ship with Remit.
package mappings

import "embed"

// Files are the mapping files, by name.
//
//go:embed *.yaml
var Files embed.FS
