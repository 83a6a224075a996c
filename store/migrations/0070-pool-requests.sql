-- Requests about the money of pooled funds: to carry an underspend into the next
-- year, or to use it for something. One person asks, a second one decides.
CREATE TABLE pool_request (
	id         BIGINT PRIMARY KEY,
	revision   BIGINT NOT NULL, -- counts what was done to it, from 1
	pool       TEXT NOT NULL,   -- the name of its directory
	year       TEXT NOT NULL,   -- 2026/27
	icb        TEXT NOT NULL,   -- for whose money; blank: the pool's
	kind       TEXT NOT NULL,   -- carry_forward or reinvestment
	what       TEXT NOT NULL,
	amount     TEXT NOT NULL,   -- pounds, exact
	full_year  TEXT NOT NULL,   -- of a reinvestment: what a whole year costs
	recurrent  BIGINT NOT NULL, -- of a reinvestment: whether it goes on for good
	month      BIGINT NOT NULL, -- of a reinvestment: in which it starts
	override   TEXT NOT NULL,   -- who accepts a recurrent use of money of one year, and why
	reason     TEXT NOT NULL,
	state      TEXT NOT NULL,   -- requested, approved, refused or withdrawn
	author     TEXT NOT NULL,
	created_at TEXT NOT NULL,
	decided_at TEXT NOT NULL,
	decided_by TEXT NOT NULL,
	note       TEXT NOT NULL
);
CREATE INDEX pool_request_pool ON pool_request (pool, year);
