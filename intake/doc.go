// Package intake takes in the files of activity that providers send, and keeps
// the ledger of submissions: what came, what was found wrong with it, who should
// pay, and which submission counts for each month.
//
// A submission is a folder in the data directory, made under another name and
// renamed when it is whole, which is its commit:
//
//	submissions/<id>/original          the file as it came, byte for byte
//	                 submission.json   what it is and what was found (Submission)
//	                 rows.parquet      its rows as they came, with columns behind them (RowColumns)
//	                 cube.parquet      its totals (CubeColumns)
//	                 inputs.parquet    its distinct combinations of what decides the payer, with sums
//
// Nothing in it is written again, but for a re-assignment, which puts a new
// folder in the place of the old one. A file is known by its hash: loading the
// same file twice changes nothing.
package intake
