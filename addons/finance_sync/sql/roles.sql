-- Take the event log away from Odoo's role, so that Odoo, and whoever has its password,
-- can add to it and read it, and can neither change it nor switch its triggers off.
-- Run by a superuser, once after installing and again after every update of the addon:
--
--     psql -d DATABASE -v odoo=ROLE_OF_ODOO -v owner=finance_sync_audit -f roles.sql
--
-- The owner is a role that nobody logs in as. Neither role may be a superuser, nor
-- Odoo's role a member of the owner's. See docs/audit-chain.md.

\set ON_ERROR_STOP on

SELECT format('CREATE ROLE %I NOLOGIN', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner') \gexec

BEGIN;

SELECT 1 / (NOT (rolsuper OR pg_has_role(oid, :'owner', 'MEMBER')))::int
    AS "odoo_must_be_neither_superuser_nor_member"
FROM pg_roles WHERE rolname = :'odoo';

-- Whoever owns the schema may drop what is in it, and the database's owner may own it.
ALTER SCHEMA public OWNER TO :"owner";
GRANT USAGE, CREATE ON SCHEMA public TO :"odoo";

ALTER TABLE finance_sync_event OWNER TO :"owner";
ALTER TABLE finance_sync_unsealed OWNER TO :"owner";
ALTER TABLE finance_sync_seal OWNER TO :"owner";
ALTER TABLE finance_sync_anchor OWNER TO :"owner";
ALTER FUNCTION finance_sync_refuse() OWNER TO :"owner";
ALTER FUNCTION finance_sync_event_stamp() OWNER TO :"owner";
ALTER FUNCTION finance_sync_event_queue() OWNER TO :"owner";
ALTER FUNCTION finance_sync_seal_chain(integer, integer) OWNER TO :"owner";

REVOKE ALL ON finance_sync_event, finance_sync_unsealed, finance_sync_seal,
    finance_sync_anchor FROM PUBLIC, :"odoo";
REVOKE ALL ON SEQUENCE finance_sync_event_id_seq FROM PUBLIC, :"odoo";
REVOKE ALL ON FUNCTION finance_sync_seal_chain(integer, integer)
    FROM PUBLIC, :"odoo";

-- To record and to read; seals are made by the function, with the owner's rights.
GRANT SELECT, INSERT ON finance_sync_event, finance_sync_anchor TO :"odoo";
GRANT SELECT ON finance_sync_unsealed, finance_sync_seal TO :"odoo";
GRANT EXECUTE ON FUNCTION finance_sync_seal_chain(integer, integer) TO :"odoo";

COMMIT;
