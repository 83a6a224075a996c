-- What has been recorded stays as it is, whoever asks. The content of a document
-- can be erased, for it may hold what should never have been attached.
CREATE TRIGGER change_no_update BEFORE UPDATE ON change BEGIN SELECT RAISE(ABORT, 'change is only ever added to'); END;
CREATE TRIGGER change_no_delete BEFORE DELETE ON change BEGIN SELECT RAISE(ABORT, 'change is only ever added to'); END;
CREATE TRIGGER fact_version_no_update BEFORE UPDATE ON fact_version BEGIN SELECT RAISE(ABORT, 'fact_version is only ever added to'); END;
CREATE TRIGGER fact_version_no_delete BEFORE DELETE ON fact_version BEGIN SELECT RAISE(ABORT, 'fact_version is only ever added to'); END;
CREATE TRIGGER fact_withdrawn_no_update BEFORE UPDATE ON fact_withdrawn BEGIN SELECT RAISE(ABORT, 'fact_withdrawn is only ever added to'); END;
CREATE TRIGGER fact_withdrawn_no_delete BEFORE DELETE ON fact_withdrawn BEGIN SELECT RAISE(ABORT, 'fact_withdrawn is only ever added to'); END;
CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, 'audit_entry is only ever added to'); END;
CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'audit_entry is only ever added to'); END;
CREATE TRIGGER document_no_update BEFORE UPDATE ON document BEGIN SELECT RAISE(ABORT, 'document is only ever added to'); END;
CREATE TRIGGER document_no_delete BEFORE DELETE ON document BEGIN SELECT RAISE(ABORT, 'document is only ever added to'); END;
CREATE TRIGGER document_part_no_update BEFORE UPDATE ON document_part BEGIN SELECT RAISE(ABORT, 'document_part is only ever added to'); END;
CREATE TRIGGER pack_release_no_update BEFORE UPDATE ON pack_release BEGIN SELECT RAISE(ABORT, 'pack_release is only ever added to'); END;
CREATE TRIGGER pack_release_no_delete BEFORE DELETE ON pack_release BEGIN SELECT RAISE(ABORT, 'pack_release is only ever added to'); END;
