// Package metrics holds the metric definitions that ship with Remit. Those of
// national audits are examples, restated from what the audits publish; none is
// an identifier or a definition of a national dashboard.
package metrics

import "embed"

// Files are the definition files, by name, and the tables of returns: the timetable, who
// returns, where charts begin anew, and by which rules alerts are raised.
//
//go:embed *.yaml *.csv
var Files embed.FS
