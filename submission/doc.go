// Package submission knows what a provider sends: the contract monitoring feeds
// (ACM, PLCM, DrPLCM, DePLCM), indicative activity plans (IAP) and local price
// reports (LPR). It tells a file's feed, sender, period and whether it is flex
// or freeze; holds it against validation rules that are dated data; says which
// rows are the current view of a provider's year; tests the reconciliation
// identities; and makes keys by which rows are known again.
//
// It is pure: it reads what it is given and has no clock, database or log. The
// ledger on disk is package intake's.
//
// The way through: Recognise the header, LoadRules, Bind the rules to the
// layout, give every row to a Validator (one per goroutine, by Fork), Finish.
// Inspect does all of it for one reader.
package submission
