// Package docs holds the manual, which the web application shows as its help.
package docs

import "embed"

// Files are the pages of the manual and their pictures.
//
//go:embed *.md images decisions
var Files embed.FS
