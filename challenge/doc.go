// Package challenge knows what is disputed about the rows that providers bill: the
// rules by which rows are challenged, as dated data (Rules), what they find (Judge,
// Finding), and the life of a challenge from draft to settlement (Challenge, Event),
// with its limits of time. It is pure: days and names come from the caller, and the
// store keeps what is decided.
//
// # Life
//
//	draft     found by a rule or written by a person; the provider has not seen it
//	raised    sent to the provider
//	answered  the provider has answered
//	accepted  agreed in full           partly_accepted  agreed for less
//	rejected  the provider owes nothing, unless it comes to be accepted after dispute
//	withdrawn the commissioner no longer asks
//	settled   what was agreed has been credited
//
// Beside its state a challenge has a standing: whether the row still is as it was
// challenged. A restatement that takes the row away marks it vanished, one that puts
// it right corrected; the challenge itself is left for a person to withdraw or settle.
//
// A challenge is known by owner, provider, feed, rule and row key. The key survives
// restatements, so that nothing is raised twice.
package challenge
