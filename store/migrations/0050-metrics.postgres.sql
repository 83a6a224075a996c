CREATE TRIGGER metric_definition_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON metric_definition FOR EACH STATEMENT EXECUTE FUNCTION remit_only_added_to();
CREATE TRIGGER metric_return_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON metric_return FOR EACH STATEMENT EXECUTE FUNCTION remit_only_added_to();
CREATE TRIGGER metric_step_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON metric_step FOR EACH STATEMENT EXECUTE FUNCTION remit_only_added_to();
CREATE TRIGGER metric_release_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON metric_release FOR EACH STATEMENT EXECUTE FUNCTION remit_only_added_to();
CREATE TRIGGER metric_alert_event_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON metric_alert_event FOR EACH STATEMENT EXECUTE FUNCTION remit_only_added_to();
