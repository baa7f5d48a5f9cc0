-- Chaining the audit trail. A transaction that wrote entries chains them when it commits, if the end of the chain
-- (the row of medical_audit_head) is free and is the one that its snapshot shows; otherwise the job does, or the next
-- transaction that commits.
--
-- It happens here and not in a precommit hook of Odoo, because those run at every savepoint: the end of the chain would
-- be taken in the middle of the transaction. A deferred trigger runs when nothing but the commit is left.

-- Number and chain up to so many entries in id order, and say how many. 0 when somebody else has the end of the chain,
-- or moved it after the snapshot of this transaction (REPEATABLE READ): nobody waits and no transaction fails for it.
CREATE OR REPLACE FUNCTION medical_audit_seal(most integer) RETURNS integer LANGUAGE plpgsql
    SET lock_timeout = '50ms' AS $$
DECLARE
    head record;
    entry record;
    ids integer[] := '{}';
    hashes text[] := '{}';
    hash text;
BEGIN
    SELECT id, entry_count, last_hash INTO head
      FROM medical_audit_head ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    hash := head.last_hash;
    FOR entry IN
        SELECT id, content_hash FROM medical_audit_entry WHERE seal_seq IS NULL ORDER BY id LIMIT most
    LOOP
        hash := encode(sha256(convert_to(hash || entry.content_hash, 'UTF8')), 'hex');
        ids := ids || entry.id;
        hashes := hashes || hash;
    END LOOP;
    IF cardinality(ids) = 0 THEN
        RETURN 0;
    END IF;
    UPDATE medical_audit_entry
       SET seal_seq = head.entry_count + sealed.number, chain_hash = sealed.hash
      FROM unnest(ids, hashes) WITH ORDINALITY AS sealed (id, hash, number)
     WHERE medical_audit_entry.id = sealed.id;
    UPDATE medical_audit_head
       SET entry_count = head.entry_count + cardinality(ids), last_hash = hash,
           date = clock_timestamp() AT TIME ZONE 'UTC'
     WHERE id = head.id;
    RETURN cardinality(ids);
EXCEPTION
    WHEN serialization_failure OR deadlock_detected OR lock_not_available THEN
        RETURN 0;
END
$$;

-- One row per transaction that wrote entries, for its deferred trigger; gone when the transaction commits. It is a table
-- of its own because PostgreSQL alters no table with events that wait for the commit, and so that ten thousand entries
-- are one event.
CREATE UNLOGGED TABLE IF NOT EXISTS medical_audit_due (id serial PRIMARY KEY);

CREATE OR REPLACE FUNCTION medical_audit_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('medical_base.audit_due', true), '') = '' THEN
        INSERT INTO medical_audit_due DEFAULT VALUES;
        PERFORM set_config('medical_base.audit_due', 'yes', true);
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION medical_audit_seal_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM medical_audit_due WHERE id = NEW.id;
    PERFORM set_config('medical_base.audit_due', '', true);
    BEGIN
        -- So many that the commit of a large transaction is not noticeably longer.
        PERFORM medical_audit_seal(500);
    EXCEPTION WHEN OTHERS THEN
        -- Whatever is wrong with the chain, people's work is saved. The job fails by the same error and says so.
        RAISE WARNING 'The audit trail was not chained at commit: %', SQLERRM;
    END;
    RETURN NULL;
END
$$;

DROP TRIGGER IF EXISTS medical_audit_note ON medical_audit_entry;
CREATE TRIGGER medical_audit_note AFTER INSERT ON medical_audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION medical_audit_note();
DROP TRIGGER IF EXISTS medical_audit_seal_due ON medical_audit_due;
CREATE CONSTRAINT TRIGGER medical_audit_seal_due AFTER INSERT ON medical_audit_due
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION medical_audit_seal_due();
