CREATE TRIGGER challenge_event_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON challenge_event FOR EACH STATEMENT EXECUTE FUNCTION remit_only_added_to();
CREATE TRIGGER challenge_not_deleted BEFORE DELETE OR TRUNCATE ON challenge FOR EACH STATEMENT EXECUTE FUNCTION remit_only_added_to();
