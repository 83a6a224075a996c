// Package method knows the language in which an assignment method is written:
// a readable, dated file of boxes with their official labels, conditions, ends,
// warnings and the readings of ambiguous guidance.
//
// One definition is loaded and checked (Load), then used in five ways:
// executed (Bind, Decide), explained (Because), drawn (Draw),
// compared (Diff) and translated to SQL (SQL). Conditions are written in the
// Common Expression Language and turned into a small expression tree (Node);
// whatever the tree cannot hold is refused when the file is loaded, so that no
// use of a method can fail later for want of a translation.
//
// Blank and absent are the same thing: the empty text. A blank or unlisted
// value therefore answers No to a box's question, as the guidance asks.
package method
