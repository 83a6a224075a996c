// Package pool works out how boards share the money of a pooled fund: who bears an
// overspend or keeps an underspend under each of eight rules, who pays whom to put a
// rule into effect, what an underspend is used for, and what associates owe the board that
// holds a contract.
//
// With C the contribution of a member, X what is spent on its people, v = C - X and V the
// sum of v (below zero is an overspend), the final position of a member is
//
//	own            v
//	contribution   V C / sum C
//	population     V s, s the member's part of the weighted population
//	activity       V a, a its part of activity
//	collar         clamp(v, -c C, c C), and of what is beyond the part C / sum C
//	contingency    as another rule on V + the part of the fund K that an overspend takes
//	capped         an overspend by a key; nobody pays more than c C, and what that leaves is
//	               shared by the key again among the others; if all are capped, the rest is
//	               unfunded and reported
//	blend          a mixture of contribution, population and activity
//
// The transfer that puts a rule into effect is the final position less v. Transfers,
// with what the contingency gives and what is unfunded, add up to nothing. Keys are parts
// of the sum over the members at hand, so that a pool can be tried without one of them.
// No rule here is that of an agreement unless whoever loads the pool says so: the finance
// clauses of joint committees for specialised services are not established.
//
// The package is pure: values in, values and their working out.
package pool
