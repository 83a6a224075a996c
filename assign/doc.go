// Package assign works out which commissioner pays for each activity record.
//
// A Job reads files of activity, binds a method to their columns, decides every
// row and writes it out again with the answer appended. Rows pass through
// untouched and come out in the order they came in, each exactly once. The
// result does not depend on the number of workers.
//
// The work is shared out in blocks of whole rows (package activity finds the
// fields). Within a block each column read by the method is looked up in a
// dictionary of the values seen so far; what a value comes to is worked out
// when it is first seen (method.Partition). A row's decision is then found by
// the combination of what its values came to, and worked out in full only when
// that combination is new.
package assign
