CREATE TRIGGER challenge_event_no_update BEFORE UPDATE ON challenge_event BEGIN SELECT RAISE(ABORT, 'challenge_event is only ever added to'); END;
CREATE TRIGGER challenge_event_no_delete BEFORE DELETE ON challenge_event BEGIN SELECT RAISE(ABORT, 'challenge_event is only ever added to'); END;
CREATE TRIGGER challenge_no_delete BEFORE DELETE ON challenge BEGIN SELECT RAISE(ABORT, 'challenges are not deleted: they are withdrawn'); END;
