// Package whatif supposes that something were otherwise (the status of a service
// line, which ICB a sub-ICB location belongs to, who hosts a provider, a reading of
// the method, a price) and works out whose money would move, from whom to whom,
// against the rows that count now. What was worked out is kept under a name, with
// what was supposed, and is never worked out again behind the reader's back.
package whatif
