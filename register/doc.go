// Package register holds dated facts about organisations, services and codes,
// and answers what was so on a given day.
//
// Every fact is a row of a Table with valid_from and valid_to (inclusive, blank
// = open), a source and a confidence. A Pack is one consistent set of tables
// with a content hash, so that a result can name exactly what it was worked out
// from. The package knows nothing of activity, methods or the web.
package register
