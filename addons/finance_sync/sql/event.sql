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

-- What no seal covers yet: a row for each statement that recorded events and each chain.
-- Leaves hold 8 bytes of the id and 32 of the hash of each event, by id. Sealing reads
-- this and never the log. The form of what is hashed is that of core/chain.py, which
-- verifies it without this code.
CREATE TABLE IF NOT EXISTS finance_sync_unsealed (
    chain integer NOT NULL,
    first_event bigint NOT NULL,
    last_event bigint NOT NULL,
    event_count integer NOT NULL,
    leaves bytea NOT NULL,
    PRIMARY KEY (chain, first_event)
);
ALTER TABLE finance_sync_unsealed ALTER COLUMN leaves SET STORAGE EXTERNAL;

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
    INSERT INTO finance_sync_unsealed
        (chain, first_event, last_event, event_count, leaves)
    SELECT COALESCE(company_ref, 0), min(id), max(id), count(*),
        string_agg(int8send(id) || sha256(convert_to(
            '{"actor_ref":' || COALESCE(actor_ref::text, 'null')
            || ',"company_ref":' || COALESCE(company_ref::text, 'null')
            || ',"connection_ref":' || COALESCE(connection_ref::text, 'null')
            || ',"correlation_id":' || COALESCE(to_json(correlation_id)::text, 'null')
            || ',"data":' || to_json(data)::text
            || ',"format":1,"id":' || id::text
            || ',"occurred_at":"' || to_char(occurred_at, 'YYYY-MM-DD"T"HH24:MI:SS.US')
            || 'Z","subject":' || COALESCE(to_json(subject)::text, 'null')
            || ',"subject_model":' || COALESCE(to_json(subject_model)::text, 'null')
            || ',"subject_ref":' || COALESCE(to_json(subject_ref)::text, 'null')
            || ',"type":' || to_json(type)::text
            || ',"uuid":' || to_json(uuid)::text
            || ',"version":' || version::text || '}', 'UTF8'
        )), ''::bytea ORDER BY id)
    FROM new_events GROUP BY COALESCE(company_ref, 0);
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
