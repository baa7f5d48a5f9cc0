-- What the triggers of an append-only table call: the statement is refused.
CREATE OR REPLACE FUNCTION medical_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'insufficient_privilege',
        MESSAGE = TG_TABLE_NAME || ' is append-only: ' || TG_OP || ' is refused',
        HINT = 'Whoever has to, as owner of the table, switches its triggers off; the check of the audit trail tells.';
END
$$;
