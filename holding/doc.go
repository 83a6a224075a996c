// Package holding works out who holds which commissioning function, for whom,
// since when and on what authority.
//
// Nobody holds a function as such. A function has an owner by statute; lines of
// instruments pass parts of it on, and the answer is where the chain ends:
//
//	Secretary of State prescribes -> NHS England is accountable -> an agreement
//	lets an ICB exercise -> the ICBs let a committee decide -> a host employs the team
//
// These are different roles and are regularly held by different bodies. What a
// line moves is said by its mode:
//
//	by         the delegate exercises the function: it is responsible, decides,
//	           contracts, pays. The owner stays accountable, and what is reserved
//	           (standards, assurance) stays where reserved_function.csv says.
//	jointly    delegator and delegates are responsible together and a committee
//	           decides. The delegator goes on contracting and paying.
//	committee  the members of a committee decide there what each of them holds.
//	transfer   the function itself passes, by statute.
//
// A line counts while its instrument is in force, for the people whom it names,
// and for the services of its set. Where a service line has a status of its own,
// the status decides: a red line inside a delegated service is not delegated.
//
// The rules restate NHS Act 2006 ss.3B, 7A and 65Z5 to 65Z7, SI 2022/642 and the
// papers of NHS England's Board of 7 December 2023 and December 2024. The facts
// are rows of the reference pack, each with its source.
//
// Dates are arguments. The package reads no clock, file or network.
package holding
