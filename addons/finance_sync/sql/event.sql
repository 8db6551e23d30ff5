-- The event log: what is in it stays. Run by the addon when it is installed or updated
-- (if the tables are its own role's), or by the database administrator: see
-- docs/audit-chain.md.

CREATE TABLE IF NOT EXISTS finance_sync_event (
    id bigint PRIMARY KEY,
    uuid varchar NOT NULL UNIQUE,
    type varchar NOT NULL,
    version integer NOT NULL DEFAULT 1,
    occurred_at timestamp NOT NULL,
    company_ref integer,
    actor_ref integer,
    connection_ref integer,
    correlation_id varchar,
    subject varchar,
    subject_model varchar,
    subject_ref varchar,
    data text NOT NULL DEFAULT '{}'
);
CREATE SEQUENCE IF NOT EXISTS finance_sync_event_id_seq
    AS bigint OWNED BY finance_sync_event.id;
CREATE INDEX IF NOT EXISTS finance_sync_event_correlation
    ON finance_sync_event (correlation_id) WHERE correlation_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS finance_sync_event_subject
    ON finance_sync_event (subject) WHERE subject IS NOT NULL;
CREATE INDEX IF NOT EXISTS finance_sync_event_occurred
    ON finance_sync_event (occurred_at);
CREATE INDEX IF NOT EXISTS finance_sync_event_company
    ON finance_sync_event (company_ref, id);
CREATE INDEX IF NOT EXISTS finance_sync_event_type
    ON finance_sync_event (type, id);

-- What no seal covers yet. Sealing reads this and never the whole log.
CREATE TABLE IF NOT EXISTS finance_sync_event_unsealed (
    chain integer NOT NULL,
    event_id bigint NOT NULL,
    PRIMARY KEY (chain, event_id)
);

CREATE OR REPLACE FUNCTION finance_sync_refuse() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;

-- Number and time of an event are the database's, whoever inserts it.
CREATE OR REPLACE FUNCTION finance_sync_event_stamp() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = "{schema}", pg_temp AS $$
BEGIN
    NEW.id := nextval('finance_sync_event_id_seq');
    NEW.occurred_at := clock_timestamp() AT TIME ZONE 'UTC';
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION finance_sync_event_queue() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = "{schema}", pg_temp AS $$
BEGIN
    INSERT INTO finance_sync_event_unsealed (chain, event_id)
    SELECT COALESCE(company_ref, 0), id FROM new_events;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS finance_sync_event_stamp ON finance_sync_event;
CREATE TRIGGER finance_sync_event_stamp BEFORE INSERT ON finance_sync_event
    FOR EACH ROW EXECUTE FUNCTION finance_sync_event_stamp();
DROP TRIGGER IF EXISTS finance_sync_event_queue ON finance_sync_event;
CREATE TRIGGER finance_sync_event_queue AFTER INSERT ON finance_sync_event
    REFERENCING NEW TABLE AS new_events
    FOR EACH STATEMENT EXECUTE FUNCTION finance_sync_event_queue();
DROP TRIGGER IF EXISTS finance_sync_event_refuse ON finance_sync_event;
CREATE TRIGGER finance_sync_event_refuse
    BEFORE UPDATE OR DELETE OR TRUNCATE ON finance_sync_event
    FOR EACH STATEMENT EXECUTE FUNCTION finance_sync_refuse();
