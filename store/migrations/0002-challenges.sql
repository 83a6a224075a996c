-- Challenges of billed rows as they stand, and every step that led there.
CREATE TABLE challenge (
	id           TEXT PRIMARY KEY, -- follows from owner, provider, feed, rule and row_key
	owner        TEXT NOT NULL,    -- organisation that challenges
	provider     TEXT NOT NULL,
	commissioner TEXT NOT NULL,
	feed         TEXT NOT NULL,
	rule         TEXT NOT NULL,
	row_key      TEXT NOT NULL,
	submission   TEXT NOT NULL,
	source_row   BIGINT NOT NULL,
	year         BIGINT NOT NULL,  -- in which the financial year starts
	month        BIGINT NOT NULL,
	reason       TEXT NOT NULL,
	remedy       TEXT NOT NULL,
	state        TEXT NOT NULL,
	standing     TEXT NOT NULL,
	handler      TEXT NOT NULL,
	answer       TEXT NOT NULL,
	claimed      TEXT NOT NULL,    -- pounds, exact
	agreed       TEXT NOT NULL,
	settled      TEXT NOT NULL,
	received     TEXT NOT NULL,    -- days, YYYY-MM-DD, or blank
	since        TEXT NOT NULL,
	raised_on    TEXT NOT NULL,
	due          TEXT NOT NULL,
	due_for      TEXT NOT NULL,
	revision     BIGINT NOT NULL,
	UNIQUE (owner, provider, feed, rule, row_key)
);
CREATE INDEX challenge_contract ON challenge (owner, provider, year, month);
CREATE INDEX challenge_row ON challenge (provider, feed, row_key);

CREATE TABLE challenge_event (
	seq        BIGINT PRIMARY KEY,
	challenge  TEXT NOT NULL REFERENCES challenge (id),
	revision   BIGINT NOT NULL, -- of the challenge after the event, from 1
	at         TEXT NOT NULL,   -- when it was recorded
	on_day     TEXT NOT NULL,   -- when it took place
	actor      TEXT NOT NULL,
	action     TEXT NOT NULL,
	amount     TEXT NOT NULL,   -- blank for none
	text       TEXT NOT NULL,
	submission TEXT NOT NULL,
	state      TEXT NOT NULL,   -- after the event, as is the money
	claimed    TEXT NOT NULL,
	agreed     TEXT NOT NULL,
	settled    TEXT NOT NULL,
	UNIQUE (challenge, revision)
);
