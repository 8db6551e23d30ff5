from odoo import api, models

from ..core import replay
from ..core.errors import ConfigurationError
from ..core.registry import adapter_class
from .own_cursor import own_cursor

_FACTS = """
    SELECT x.id, x.uuid, x.state, x.direction, x.operation, x.connection_id,
        x.company_id, x.currency_id, x.amount, x.document_ref,
        x.payload_enc IS NOT NULL AS has_payload,
        EXISTS (
            SELECT FROM finance_sync_hold h
            WHERE h.exchange_id = x.id AND h.state = 'open'
                AND h.override_requested_by IS NOT NULL
        ) AS override_asked,
        x.direction = 'out' AND EXISTS (
            SELECT FROM finance_sync_exchange e
            WHERE e.document_uuid = x.document_uuid AND e.direction = 'out'
                AND e.revision < x.revision AND e.state IN ('pending', 'held')
                AND NOT EXISTS (SELECT FROM chosen c WHERE c.id = e.id)
        ) AS earlier
    FROM chosen
    JOIN finance_sync_exchange x ON x.id = chosen.id
    ORDER BY x.id
"""
_ATTEMPTS = """
    SELECT exchange_uuid, max(number) AS last,
        bool_or(state = 'succeeded' AND answer_enc IS NOT NULL) AS answered,
        bool_or(state IN ('open', 'unknown')) AS unknown
    FROM finance_sync_attempt WHERE exchange_uuid = ANY(%s) GROUP BY exchange_uuid
"""


class Exchange(models.Model):
    """What replaying many exchanges would do, found out by one statement."""

    _inherit = "finance.sync.exchange"

    def _replay_plans(self):
        """[(row, Plan)] of these, by id; ``row`` is a dict of what a line shows."""
        self.env["finance.sync.exchange"].flush_model()
        self.env["finance.sync.hold"].flush_model()
        self.env.cr.execute(
            f"WITH chosen AS (SELECT unnest(%s::int[]) AS id) {_FACTS}",
            [self.ids],
        )
        rows = self.env.cr.dictfetchall()
        calls = self._calls([row["uuid"] for row in rows])
        for row in rows:
            made = calls.get(row["uuid"])
            row["attempted"] = bool(made)
            row["answered"] = bool(made and made["answered"])
            row["unknown"] = bool(made and made["unknown"])
        connections = self._connection_facts({row["connection_id"] for row in rows})
        return [(row, self._replay_plan(row, connections)) for row in rows]

    @api.model
    def _calls(self, uuids):
        """UUID → what came of an exchange's calls, read afresh; no line: none made."""
        with own_cursor(self.env) as cr:
            cr.execute(_ATTEMPTS, [uuids])
            return {row["exchange_uuid"]: row for row in cr.dictfetchall()}

    def _connection_facts(self, ids):
        """Connection id → (state, {operation: Resolution})"""
        facts = {}
        # Of which whoever replays may see little.
        for connection in self.env["finance.sync.connection"].sudo().browse(ids):
            state = connection.state
            if state == "active" and not connection._is_this_database()[0]:
                state = "elsewhere"
            try:
                cls = adapter_class(connection.kind, connection.provider)
                operations = cls.operations
            except ConfigurationError:
                operations = {}
            facts[connection.id] = (state, operations)
        return facts

    def _replay_plan(self, row, connections):
        state, operations = connections[row["connection_id"]]
        return replay.plan(
            replay.Facts(
                state=row["state"],
                inbound=row["direction"] == "in",
                handled=f"finance.sync.handler.{row['operation']}" in self.env,
                resolution=operations.get(row["operation"]),
                connection=state,
                routed=bool(row["company_id"]),
                has_payload=row["has_payload"],
                answered=row["answered"],
                unknown=row["unknown"],
                attempted=row["attempted"],
                override_asked=row["override_asked"],
                earlier=row["earlier"],
            )
        )

    def _restart(self):
        """Start these again, as many as there are, by few statements.

        :return: those that no job is at work on and that have been started
        """
        self.flush_recordset()
        idle = self._lock_idle()
        calls = self._calls(idle.mapped("uuid"))
        last = [calls[x.uuid]["last"] if x.uuid in calls else 0 for x in idle]
        self.env.cr.execute(
            """
            UPDATE finance_sync_exchange x
            SET state = 'pending', attempt_base = made.last, write_uid = %s,
                write_date = now() AT TIME ZONE 'UTC'
            FROM unnest(%s::int[], %s::int[]) AS made (id, last)
            WHERE x.id = made.id
            """,
            [self.env.uid, idle.ids, last],
        )
        idle.invalidate_recordset(flush=False)
        idle._delay()
        return idle
