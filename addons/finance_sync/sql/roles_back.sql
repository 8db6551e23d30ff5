-- Give the event log back to Odoo's role for an update of the addon that changes its
-- tables (the release notes say so), then run roles.sql again. By a superuser:
--
--     psql -d DATABASE -v odoo=ROLE_OF_ODOO -f roles_back.sql

\set ON_ERROR_STOP on

BEGIN;
ALTER TABLE finance_sync_event OWNER TO :"odoo";
ALTER TABLE finance_sync_unsealed OWNER TO :"odoo";
ALTER TABLE finance_sync_seal OWNER TO :"odoo";
ALTER TABLE finance_sync_anchor OWNER TO :"odoo";
ALTER FUNCTION finance_sync_refuse() OWNER TO :"odoo";
ALTER FUNCTION finance_sync_event_stamp() OWNER TO :"odoo";
ALTER FUNCTION finance_sync_event_queue() OWNER TO :"odoo";
ALTER FUNCTION finance_sync_seal_chain(integer, integer) OWNER TO :"odoo";
COMMIT;
