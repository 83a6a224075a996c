// Package budget works out what the people of each board should get, what they
// get, and how the one moves to the other.
//
// A round is data: areas with their populations and indices, a formula, the money
// of each year, a ledger with a signed line for each cause, and policies of
// convergence. From these follow, in this order and each with its working:
//
//	target       the formula's steps, one after the other, give each area a weighted
//	             population WP; its share s = WP / sum WP; its target T = Q s
//	baseline B   the sum of the recurrent lines of the ledger; from the second year on what
//	             the year before came to, and the transfers since
//	opening distance from target   B / (s sum B) - 1, before this year's money
//	allocation A by a policy (P1 to P4, or as published), rounded to the unit with sum Q
//	closing distance from target   A / (s sum A) - 1, after it
//	gap          A - T in pounds; above zero is above target
//
// Amounts are computed as fractions and rounded once, by package share. The shapes
// are those that past rounds of NHS allocations had (House of Commons Health
// Committee 2010, NHS England 2016/17); how convergence works for specialised
// services since 2024/25 is not established, so no policy here is NHS England's
// unless whoever loads it says so and gives the source.
//
// Use of funds, monthly reports and the carrying of all of it across mergers and
// splits of boards are here too. The package is pure: it reads files that are
// handed to it, and has no clock, database, log or network.
package budget
