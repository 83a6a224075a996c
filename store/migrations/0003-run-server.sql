-- Which server does a run, and until when that server is taken to be alive: it
-- says so again and again while the run is queued or going on.
ALTER TABLE run ADD COLUMN server TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN alive_until TEXT NOT NULL DEFAULT '';
