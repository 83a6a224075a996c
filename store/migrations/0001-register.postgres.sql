-- What has been recorded stays as it is, whoever asks. The content of a document
-- can be erased, for it may hold what should never have been attached.
CREATE FUNCTION remit_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME;
END $$;
CREATE TRIGGER change_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON change FOR EACH STATEMENT EXECUTE FUNCTION remit_only_added_to();
CREATE TRIGGER fact_version_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON fact_version FOR EACH STATEMENT EXECUTE FUNCTION remit_only_added_to();
CREATE TRIGGER fact_withdrawn_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON fact_withdrawn FOR EACH STATEMENT EXECUTE FUNCTION remit_only_added_to();
CREATE TRIGGER audit_entry_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION remit_only_added_to();
CREATE TRIGGER document_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON document FOR EACH STATEMENT EXECUTE FUNCTION remit_only_added_to();
CREATE TRIGGER document_part_only_added_to BEFORE UPDATE ON document_part FOR EACH STATEMENT EXECUTE FUNCTION remit_only_added_to();
CREATE TRIGGER pack_release_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON pack_release FOR EACH STATEMENT EXECUTE FUNCTION remit_only_added_to();
