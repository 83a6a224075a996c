// Package metrics holds the metric definitions that ship with Remit. Those of
// national audits are examples, restated from what the audits publish; none is
// an identifier or a definition of a national dashboard.
package metrics

import "embed"

// Files are the definition files, by name.
//
//go:embed *.yaml
var Files embed.FS
