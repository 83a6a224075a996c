-- Quality metrics: what providers return, who signed it, what was published, and the
-- alerts that each release raised. All of it is only ever added to.

-- Definitions by which figures were counted, so that the record needs no other file.
CREATE TABLE metric_definition (
	seq     BIGINT PRIMARY KEY,
	metric  TEXT NOT NULL,
	version BIGINT NOT NULL,
	meaning TEXT NOT NULL, -- digest of what the definition counts
	content TEXT NOT NULL, -- the file
	UNIQUE (metric, version, meaning)
);

-- A version of what an organisation returns for a service and a quarter.
CREATE TABLE metric_return (
	id           BIGINT PRIMARY KEY,
	organisation TEXT NOT NULL,
	service      TEXT NOT NULL,
	quarter      TEXT NOT NULL,   -- 2026/27 Q1
	version      BIGINT NOT NULL, -- from 1 for the organisation, service and quarter
	reason       TEXT NOT NULL,   -- of a correction; blank for the first
	file         TEXT NOT NULL,   -- as it was called
	figures      TEXT NOT NULL,   -- CSV
	at           TEXT NOT NULL,
	by_account   TEXT NOT NULL,
	UNIQUE (organisation, service, quarter, version)
);
CREATE INDEX metric_return_quarter ON metric_return (quarter);

-- The steps of a return after it came: signed, sent back, published.
CREATE TABLE metric_step (
	seq        BIGINT PRIMARY KEY,
	of_return  BIGINT NOT NULL REFERENCES metric_return (id),
	action     TEXT NOT NULL,
	release    BIGINT NOT NULL, -- of a publication; 0 otherwise
	at         TEXT NOT NULL,
	by_account TEXT NOT NULL,
	note       TEXT NOT NULL
);
CREATE INDEX metric_step_return ON metric_step (of_return);

CREATE TABLE metric_release (
	number     BIGINT PRIMARY KEY,
	title      TEXT NOT NULL,
	profile    TEXT NOT NULL, -- of the control charts that its alerts rest on
	at         TEXT NOT NULL,
	by_account TEXT NOT NULL
);

CREATE TABLE metric_alert_event (
	seq        BIGINT PRIMARY KEY,
	alert      TEXT NOT NULL,
	action     TEXT NOT NULL,
	release    BIGINT NOT NULL,
	finding    TEXT NOT NULL, -- JSON: what stood out, by which rule, with value and limits
	at         TEXT NOT NULL,
	by_account TEXT NOT NULL,
	note       TEXT NOT NULL
);
CREATE INDEX metric_alert_event_alert ON metric_alert_event (alert);
