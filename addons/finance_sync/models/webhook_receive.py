"""Taking a webhook in: few statements, nothing done yet, nothing told to strangers.

The request's own transaction holds nothing else, so it is made READ COMMITTED and its
commit, before the answer leaves, is what “accepted” means.
"""

import logging
import math
import secrets
from dataclasses import dataclass, field

from odoo import SUPERUSER_ID, _, api, fields, models
from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED

from .. import compat
from ..core import webhook_signing
from ..core.canonical import digest
from ..core.errors import ContractError, ProviderError
from ..core.inbound import IGNORE, Rule, message_key, parse, route
from .inbound_insert import insert_inbound
from .own_cursor import LOCK_TIMEOUT, own_cursor
from .vault import secret_box

_logger = logging.getLogger(__name__)

UNMATCHED = "webhook.unmatched"
# Whoever has no secret is compared with one that nobody knows.
NOBODY = webhook_signing.generate_secret()
# A message that cannot be taken in now is sent again by whoever sends.
LATER = 30


@dataclass(frozen=True)
class Reply:
    status: int
    body: dict
    headers: dict = field(default_factory=dict)


UNAUTHORIZED = Reply(401, {"error": "unauthorized"})
NOT_HERE = Reply(503, {"error": "not available"}, {"Retry-After": str(LATER * 10)})


class Webhook(models.Model):
    _inherit = "finance.sync.webhook"

    @api.model
    def _accept(self, key, incoming):
        """Take one message in; the reply says no more than its sender may know.

        :param key: of the connection, as the address has it
        :param incoming: the ``webhook_signing.Incoming``
        """
        _read_committed(self.env)
        row = self._settings(key)
        try:
            self._verify(row, incoming)
        except webhook_signing.SignatureError as error:
            self._note_refusal(row, error.reason)
            return UNAUTHORIZED
        if not self._is_here(row):
            return NOT_HERE
        if len(incoming.body) > row["max_bytes"]:
            return Reply(413, {"error": f"more than {row['max_bytes']} bytes"})
        try:
            message = parse(
                incoming,
                [Rule(*rule) for rule in row["rules"] or ()],
                **self._sources(row),
            )
            return self._take(row, message)
        except ContractError as error:
            return Reply(400, {"error": error.message})
        except ProviderError as error:
            # No key to encrypt with: nothing is kept that the sender would not repeat.
            _logger.error("A webhook cannot be taken in: %s", error.message)
            return NOT_HERE

    def _settings(self, key):
        """All that a message is judged by; of a stranger, nothing. One query."""
        parameters = [LOCK_TIMEOUT, str(key), self._sequence_id()]
        self.env.cr.execute(_SETTINGS, parameters)
        return self.env.cr.dictfetchone()

    def _sequence_id(self):
        names = self.env["ir.model.data"]
        return names._xmlid_to_res_id("finance_sync.sequence_exchange")

    def _verify(self, row, incoming):
        """The same work for a stranger as for a friend.

        :raises SignatureError: refused
        """
        scheme = webhook_signing.scheme(row["scheme"] or "standard")
        known = self._known_secrets(row["secrets"])
        scheme.verify(incoming, known or [NOBODY], row["now"])
        if not known:
            raise webhook_signing.SignatureError("mismatch")

    def _known_secrets(self, tokens):
        """In clear; for a stranger none, which takes as long to find out."""
        box = secret_box()
        try:
            found = [box.decrypt(token) for token in tokens or (_nobody(box),)]
        except ProviderError as error:
            _logger.error("A webhook's secret cannot be read: %s", error.message)
            return []
        return found if tokens else []

    def _is_here(self, row):
        """Law 10, see ``_is_this_database``; from one row instead of four queries."""
        if row["environment"] != "production":
            return True
        section = compat.conf_section()
        named = (section.get("environment"), section.get("database"))
        if named != ("production", self.env.cr.dbname) or row["neutralized"]:
            return False
        return row["database_fingerprint"] == digest([row["db_uuid"], row["db_oid"]])

    def _sources(self, row):
        scheme = webhook_signing.scheme(row["scheme"])
        return {
            "type_source": row["type_source"] or scheme.type_source,
            "id_source": row["id_source"] or scheme.id_source,
            "version_source": row["version_source"] or "",
        }

    def _take(self, row, message):
        operation, payload = self._operation(row, message)
        if operation == IGNORE:
            return Reply(202, {"state": "ignored"})
        company = route(message.payload, row["companies"] or (), row["codes"] or {})
        user = row["service_user_id"] or SUPERUSER_ID
        found = insert_inbound(
            self.env.cr,
            {
                "operation": operation,
                "connection_id": row["connection_id"],
                "company_id": company,
                "external_id": message.external_id,
                "external_version": message.version,
                "idempotency_key": message_key(
                    row["key"], operation, message.external_id, message.version
                ),
                "uid": user,
                **self._exchange_name(row),
                **_rate(row),
            },
            payload,
        )
        if found is None:
            wait = math.ceil(_rate(row)["rate_seconds"])
            return Reply(429, {"error": "too many"}, {"Retry-After": str(wait)})
        self._start(row, found, operation)
        state = "conflict" if found["conflict"] else "accepted"
        return Reply(202, {"uuid": found["uuid"], "state": state})

    def _operation(self, row, message):
        """(operation, payload): what no rule knows is kept with its kind."""
        operation = message.operation
        if operation == IGNORE or f"finance.sync.handler.{operation}" in self.env:
            return operation, message.payload
        if row["unmatched"] == "ignore":
            return IGNORE, message.payload
        return UNMATCHED, {"kind": message.kind, "payload": message.payload}

    def _exchange_name(self, row):
        """What the display number is made of, so that the INSERT can draw it."""
        prefix, suffix = row["prefix"] or "", row["suffix"] or ""
        if "%" in prefix or "%" in suffix:
            # With dates in it: made by the sequence itself.
            exchanges = self.env(user=SUPERUSER_ID)["finance.sync.exchange"]
            return {"name": exchanges._next_names(1)[0]}
        return {
            "name": None,
            "prefix": prefix,
            "suffix": suffix,
            "padding": row["padding"],
            "sequence": f"ir_sequence_{self._sequence_id():03d}",
        }

    def _start(self, row, found, operation):
        """Have a job do the rest; tell a person where none can."""
        if not (found["new"] or found["conflict"]):
            return
        env = self.env(user=SUPERUSER_ID)  # nobody is logged in
        if found["new"] and found["company_id"]:
            env["finance.sync.exchange"]._start_jobs(
                [
                    {
                        **found,
                        "operation": operation,
                        "document_ref": None,
                        "connection_id": row["connection_id"],
                    }
                ]
            )
        else:
            connection = env["finance.sync.connection"].browse(row["connection_id"])
            connection._follow_up(found)

    def _note_refusal(self, row, reason):
        """For those who look after the connection; at most once a minute."""
        _logger.info("Refused a webhook for “%s”: %s", row["key"] or "?", reason)
        with own_cursor(self.env) as cr:
            cr.execute(
                """
                UPDATE finance_sync_connection_state
                SET refused_at = clock_timestamp() AT TIME ZONE 'UTC',
                    refused_reason = %s
                WHERE connection_id = %s AND (refused_at IS NULL OR refused_at <
                    clock_timestamp() AT TIME ZONE 'UTC' - interval '1 minute')
                """,
                [reason, row["connection_id"] or 0],
            )


class Exchange(models.Model):
    _inherit = "finance.sync.exchange"

    def init(self):
        result = super().init()
        # How many came in just now, and which was the last.
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS finance_sync_exchange_inbound"
            " ON finance_sync_exchange (connection_id, create_date)"
            " WHERE direction = 'in'"
        )
        return result


class ConnectionState(models.Model):
    _inherit = "finance.sync.connection.state"

    refused_at = fields.Datetime(readonly=True)
    refused_reason = fields.Char(readonly=True)

    @api.model
    def _refusals(self, connection_ids):
        """Connection id → (when, why) the last webhook was refused."""
        # Technical rows of connections that the caller may already read.
        rows = self.sudo().search_fetch(
            [("connection_id", "in", connection_ids), ("refused_at", "!=", False)],
            ["connection_id", "refused_at", "refused_reason"],
        )
        return {row.connection_id: (row.refused_at, row.refused_reason) for row in rows}


def _rate(row):
    """So many new messages within so many seconds: a window as long as the burst."""
    if not row["rate_per_second"]:
        return {}
    return {
        "rate_most": row["rate_burst"],
        "rate_seconds": row["rate_burst"] / row["rate_per_second"],
    }


def _read_committed(env):
    """Begin anew, seeing what others commit: see the module's docstring.

    The cursor's end makes its connection REPEATABLE READ again.
    """
    if not compat.in_test_mode(env.registry):
        env.cr.rollback()
        env.cr.connection.set_session(isolation_level=ISOLATION_LEVEL_READ_COMMITTED)


_NOBODY = {}


def _nobody(box):
    """A secret of nobody, sealed by the present key."""
    if id(box) not in _NOBODY:
        _NOBODY.clear()
        _NOBODY[id(box)] = box.encrypt(secrets.token_hex(32))
    return _NOBODY[id(box)]


_SETTINGS = """
    SELECT
        c.id AS connection_id, c.key, c.environment, c.database_fingerprint,
        c.max_bytes, c.service_user_id, c.allowed_networks,
        w.scheme, w.type_source, w.id_source, w.version_source, w.unmatched,
        w.rate_per_second, w.rate_burst,
        (
            SELECT array_agg(s.secret_enc ORDER BY s.id DESC)
            FROM finance_sync_webhook_secret s
            WHERE s.webhook_id = w.id AND (s.expires_at IS NULL
                OR s.expires_at > clock_timestamp() AT TIME ZONE 'UTC')
        ) AS secrets,
        (
            SELECT json_agg(
                json_build_array(r.pattern, r.operation, coalesce(r.id_source, ''),
                    coalesce(r.version_source, '')) ORDER BY r.sequence, r.id)
            FROM finance_sync_webhook_rule r WHERE r.webhook_id = w.id
        ) AS rules,
        (
            SELECT array_agg(company_id)
            FROM finance_sync_connection_company_rel WHERE connection_id = c.id
        ) AS companies,
        (
            SELECT json_object_agg(u.external_code, u.company_id)
            FROM finance_sync_connection_user u
            WHERE u.connection_id = c.id AND u.external_code IS NOT NULL
        ) AS codes,
        q.prefix, q.suffix, q.padding,
        extract(epoch FROM clock_timestamp())::float8 AS now,
        set_config('lock_timeout', %s, true) AS lock_timeout,
        (SELECT oid::text FROM pg_database WHERE datname = current_database())
            AS db_oid,
        (SELECT value FROM ir_config_parameter WHERE key = 'database.uuid')
            AS db_uuid,
        (SELECT value FROM ir_config_parameter WHERE key = 'database.is_neutralized')
            AS neutralized
    FROM (SELECT %s AS key, %s AS sequence) asked
    LEFT JOIN (
        finance_sync_connection c
        JOIN finance_sync_webhook w
            ON w.connection_id = c.id AND w.active AND c.active AND c.state != 'draft'
    ) ON c.key = asked.key
    LEFT JOIN ir_sequence q ON q.id = asked.sequence
"""


class UnmatchedHandler(models.AbstractModel):
    """A webhook whose kind no rule knew when it came. By now one may."""

    _name = "finance.sync.handler.webhook.unmatched"
    _inherit = "finance.sync.handler"
    _description = "Finance Sync Unmatched Webhook"

    def _apply(self, exchange, answer):
        """Hand it on as what the rules now say it is.

        :raises ContractError: they still say nothing
        """
        kind, payload = answer["kind"], answer["payload"]
        connection = exchange.connection_id.sudo()  # of which the job may see little
        rule = connection.webhook_ids._rule_for(kind)
        if rule is None:
            raise ContractError(
                _("No rule of the webhook knows the kind “%s”.", kind),
                code="webhook_unmatched",
            )
        if rule.operation == IGNORE:
            return
        found = connection._insert_inbound(
            rule.operation, exchange.external_id, exchange.external_version, payload
        )
        with self.env.registry.cursor() as cr:
            connection.with_env(connection.env(cr=cr))._follow_up(found)

    def _hold_code(self, error):
        if error.code == "webhook_unmatched":
            return "webhook_unmatched"
        return super()._hold_code(error)
