// Package methods holds the methods that ship with Remit.
package methods

import "embed"

// Files are the method files, by name.
//
//go:embed *.yaml
var Files embed.FS
