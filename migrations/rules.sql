-- What no table definition can say: sequences of document numbers, ledgers that refuse change, balanced entries,
-- the sealed audit log, the notice of an alert, and what the application role may do.

-- Ledgers, entries and the audit log are appended, never edited.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'audit_entries', 'audit_seals', 'stock_ledger', 'alert_changes', 'journal_entries', 'journal_lines', 'allocations'
    ] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()', name);
        EXECUTE format('CREATE TRIGGER never_truncated BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name);
    END LOOP;
END $$;

-- Each journal entry has at least two lines and balances in each currency when its transaction commits.
CREATE FUNCTION check_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM journal_lines WHERE entry_id = NEW.entry_id GROUP BY currency HAVING sum(debit) <> sum(credit))
       OR (SELECT count(*) FROM journal_lines WHERE entry_id = NEW.entry_id) < 2 THEN
        RAISE EXCEPTION 'journal entry % does not balance', NEW.entry_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER balances AFTER INSERT ON journal_lines
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_entry_balances();

-- A committed change of an alert wakes the listener of every API process; the rows themselves are read from the table.
CREATE FUNCTION announce_alert_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('alert_changes', '');
    RETURN NULL;
END $$;

CREATE TRIGGER announce AFTER INSERT ON alert_changes FOR EACH STATEMENT EXECUTE FUNCTION announce_alert_changes();

-- The text of an audit entry that its seal covers.
CREATE FUNCTION audit_entry_text(entry audit_entries) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws('|', entry.id, extract(epoch FROM entry.at), entry.actor_kind, entry.actor_id, entry.actor_name,
        entry.client_id, entry.action, entry.subject_type, entry.subject_id, entry.input, entry.changes, entry.request_id)
$$;

-- Chain the entries that no open transaction can still precede: each hash covers the entry and the hash before it.
CREATE FUNCTION seal_audit_entries(entries_max bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    entry audit_entries;
    last_position bigint;
    last_hash text;
    next_hash text;
    sealed bigint := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('seal_audit_entries'));
    SELECT position, hash INTO last_position, last_hash FROM audit_seals ORDER BY position DESC LIMIT 1;
    last_position := coalesce(last_position, 0);
    last_hash := coalesce(last_hash, '');
    FOR entry IN
        SELECT audit_entries.* FROM audit_entries
        WHERE transaction_number < pg_snapshot_xmin(pg_current_snapshot())
          AND NOT EXISTS (SELECT FROM audit_seals WHERE entry_id = audit_entries.id)
        ORDER BY at, id LIMIT entries_max
    LOOP
        last_position := last_position + 1;
        next_hash := encode(sha256(convert_to(last_hash || '|' || audit_entry_text(entry), 'UTF8')), 'hex');
        INSERT INTO audit_seals (position, entry_id, previous_hash, hash)
            VALUES (last_position, entry.id, last_hash, next_hash);
        last_hash := next_hash;
        sealed := sealed + 1;
    END LOOP;
    RETURN sealed;
END $$;

-- The application role reads and appends everywhere, changes and deletes only where the business may.
DO $$
DECLARE name text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'zhanggui_app') OR current_user = 'zhanggui_app' THEN
        RETURN;
    END IF;
    GRANT USAGE ON SCHEMA public TO zhanggui_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO zhanggui_app;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO zhanggui_app;
    FOREACH name IN ARRAY ARRAY[
        'audit_entries', 'audit_seals', 'stock_ledger', 'alert_changes', 'journal_entries', 'journal_lines', 'allocations'
    ] LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM zhanggui_app', name);
    END LOOP;
END $$;
