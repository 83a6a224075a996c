// Package warehouse is activity at rest: Parquet files, and DuckDB over them.
//
// Records pass between Parquet and the rest of the program as CSV through a
// pipe, so that there is one reader and one writer of records whatever the
// format of a file. An absent value travels as an empty field and an empty
// text as "", and both come back as what they were.
//
// The database is in memory and opens no connection: extensions are neither
// fetched nor loaded, and Parquet support is part of the program.
package warehouse
