// Package report writes what a run came to as one HTML file that stands alone:
// its style and its few lines of script are inside, it asks the network for
// nothing, prints on A4 and can be read without the script.
//
// Every table adds up to a total that was worked out apart from it. Where one
// does not, the report says so before anything else. Long tails are folded
// into one row that keeps their total.
//
// All codes, file names and notes are shown as text from outside: escaped,
// shortened when very long, and with characters that cannot be seen written out.
package report
