// Package store is the system of record: every version of every fact of the
// register with who recorded it, when, why and on what document, the proposals
// by which facts change, the audit log, documents, accounts, sessions, API keys,
// succession tasks and runs. It keeps them in SQLite in a data directory or in
// PostgreSQL 15 or later.
//
// Facts have two times. When a row is so in the world is in the row: valid_from
// and valid_to. When it was known is a matter of changes, which are numbered from
// 1: a version of a row is known from the change that recorded it until the
// change that withdrew it. Versions and withdrawals are rows of their own, added
// and never altered, and triggers in the database refuse anything else. Order is
// the order of the numbers; the clock only labels it, and never runs backwards.
//
// Known gives the register as known at a moment, as a *register.Pack and with
// its facts. Facts change by proposals alone, which take two people; a change is
// checked as a whole pack first, and takes effect whole or not at all.
//
// The audit log is a chain: each entry carries the SHA-256 of the one before. An
// entry that records a change carries a digest of its facts, so that Verify finds
// facts altered behind the store's back as well as altered entries.
package store
