-- Runs on SQLite and on PostgreSQL alike. Moments are text of one width
-- (2026-04-01T09:00:00.000000Z); lists and maps are JSON text.

-- A change to the facts: who, when, why, on what document. Numbers have no gaps.
CREATE TABLE change (
	number      BIGINT PRIMARY KEY,
	recorded_at TEXT NOT NULL,
	recorded_by TEXT NOT NULL,
	approved_by TEXT NOT NULL, -- blank where nobody had to: the pack at the first start
	reason      TEXT NOT NULL,
	source      TEXT NOT NULL,
	documents   TEXT NOT NULL, -- JSON list of hashes
	proposal    BIGINT NOT NULL -- 0 for none
);
CREATE INDEX change_recorded ON change (recorded_at);

-- Every version of every row of every table of the register.
CREATE TABLE fact_version (
	version    BIGINT PRIMARY KEY,
	fact       BIGINT NOT NULL, -- the first version of the row: all its versions share it
	in_table   TEXT NOT NULL,
	identity   TEXT NOT NULL, -- JSON list of the identity columns
	valid_from TEXT NOT NULL,
	valid_to   TEXT NOT NULL,
	content    TEXT NOT NULL, -- JSON map of the other columns; blank ones are left out
	source     TEXT NOT NULL,
	confidence TEXT NOT NULL,
	change     BIGINT NOT NULL REFERENCES change (number)
);
CREATE INDEX fact_version_identity ON fact_version (in_table, identity);
CREATE INDEX fact_version_fact ON fact_version (fact);
CREATE INDEX fact_version_change ON fact_version (change);

-- The end of what is known of a version: corrected, or withdrawn without another.
CREATE TABLE fact_withdrawn (
	version BIGINT PRIMARY KEY REFERENCES fact_version (version),
	change  BIGINT NOT NULL REFERENCES change (number)
);
CREATE INDEX fact_withdrawn_change ON fact_withdrawn (change);

CREATE TABLE audit_entry (
	seq      BIGINT PRIMARY KEY,
	at       TEXT NOT NULL,
	actor    TEXT NOT NULL,
	action   TEXT NOT NULL,
	subject  TEXT NOT NULL,
	detail   TEXT NOT NULL, -- JSON
	previous TEXT NOT NULL, -- hash of the entry before
	hash     TEXT NOT NULL
);
CREATE INDEX audit_entry_subject ON audit_entry (subject);

CREATE TABLE document (
	hash        TEXT PRIMARY KEY, -- SHA-256 of the content
	name        TEXT NOT NULL,
	media_type  TEXT NOT NULL,
	size        BIGINT NOT NULL,
	recorded_at TEXT NOT NULL,
	recorded_by TEXT NOT NULL
);
CREATE TABLE document_part (
	hash  TEXT NOT NULL REFERENCES document (hash),
	part  BIGINT NOT NULL,
	bytes BYTEA NOT NULL,
	PRIMARY KEY (hash, part)
);

CREATE TABLE proposal (
	id            BIGINT PRIMARY KEY,
	revision      BIGINT NOT NULL,
	state         TEXT NOT NULL,
	title         TEXT NOT NULL,
	reason        TEXT NOT NULL,
	source        TEXT NOT NULL,
	documents     TEXT NOT NULL,
	edits         TEXT NOT NULL,
	organisations TEXT NOT NULL,
	author        TEXT NOT NULL,
	created_at    TEXT NOT NULL,
	submitted_at  TEXT NOT NULL,
	decided_at    TEXT NOT NULL,
	decided_by    TEXT NOT NULL,
	note          TEXT NOT NULL,
	change        BIGINT NOT NULL,
	pack_hash     TEXT NOT NULL -- of the release of the pack that it takes in, or blank
);
CREATE INDEX proposal_state ON proposal (state);

-- Releases of the shipped pack: those taken in, and what was decided of others.
CREATE TABLE pack_release (
	seq        BIGINT PRIMARY KEY,
	hash       TEXT NOT NULL,
	decision   TEXT NOT NULL, -- taken, declined
	decided_at TEXT NOT NULL,
	decided_by TEXT NOT NULL,
	reason     TEXT NOT NULL,
	change     BIGINT NOT NULL,
	content    BYTEA NOT NULL -- its files, compressed; empty when declined
);

CREATE TABLE account (
	name          TEXT PRIMARY KEY,
	full_name     TEXT NOT NULL,
	email         TEXT NOT NULL,
	organisation  TEXT NOT NULL, -- blank: national
	roles         TEXT NOT NULL, -- JSON list
	password_hash TEXT NOT NULL, -- argon2id, or blank
	subject       TEXT NOT NULL, -- issuer and subject of OpenID Connect, or blank
	setup_hash    TEXT NOT NULL,
	setup_expires TEXT NOT NULL,
	failures      BIGINT NOT NULL,
	locked_until  TEXT NOT NULL,
	disabled      BIGINT NOT NULL,
	created_at    TEXT NOT NULL,
	signed_in_at  TEXT NOT NULL
);
CREATE INDEX account_subject ON account (subject);
CREATE INDEX account_setup ON account (setup_hash);

CREATE TABLE session (
	token_hash TEXT PRIMARY KEY,
	account    TEXT NOT NULL, -- blank before signing in
	data       BYTEA NOT NULL,
	created_at TEXT NOT NULL,
	expires_at TEXT NOT NULL
);
CREATE INDEX session_account ON session (account);
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE api_key (
	id         BIGINT PRIMARY KEY,
	key_hash   TEXT NOT NULL UNIQUE,
	name       TEXT NOT NULL,
	account    TEXT NOT NULL,
	scopes     TEXT NOT NULL, -- JSON list
	created_at TEXT NOT NULL,
	expires_at TEXT NOT NULL,
	used_at    TEXT NOT NULL,
	revoked_at TEXT NOT NULL
);

CREATE TABLE succession_task (
	task_key   TEXT PRIMARY KEY, -- as package holding names it
	revision   BIGINT NOT NULL,
	assigned   TEXT NOT NULL,
	due        TEXT NOT NULL, -- a day
	done       BIGINT NOT NULL,
	done_at    TEXT NOT NULL,
	done_by    TEXT NOT NULL,
	note       TEXT NOT NULL
);

CREATE TABLE run (
	id           TEXT PRIMARY KEY,
	organisation TEXT NOT NULL,
	account      TEXT NOT NULL,
	shared_with  TEXT NOT NULL, -- JSON list of organisations
	state        TEXT NOT NULL,
	title        TEXT NOT NULL,
	method       TEXT NOT NULL,
	files        TEXT NOT NULL, -- JSON list
	detail       TEXT NOT NULL, -- JSON: progress and counts, never records
	created_at   TEXT NOT NULL,
	started_at   TEXT NOT NULL,
	finished_at  TEXT NOT NULL,
	error        TEXT NOT NULL
);
CREATE INDEX run_created ON run (created_at);
