from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import UserError

from ..compat import NOT_SUMMED
from ..core.retention import STATUTORY_YEARS, finished_before, statutory_before
from .own_cursor import own_cursor

CHUNK = 1000
FINISHED = ("done", "cancelled", "superseded")


class Company(models.Model):
    _inherit = "res.company"

    finance_sync_statutory_years = fields.Integer(
        string="Keep Vouchers",
        default=STATUTORY_YEARS,
        help="Years, from the end of a document's calendar year, for which the law"
        " wants documents and what leads to them kept.",
    )


class Handler(models.AbstractModel):
    _inherit = "finance.sync.handler"

    # The message itself is a voucher that the law wants kept, as a supplier's invoice
    # is: its payload stays as long as the company's vouchers do.
    _keeps_payload = False


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    retention_enabled = fields.Boolean(
        string="Erase Automatically",
        default=True,
        copy=False,
        readonly=True,
        help="Erasing is for good: after a change of the days it is enabled again, on"
        " sight of what would go.",
    )
    retention_run_ids = fields.One2many("finance.sync.retention.run", "connection_id")

    def write(self, vals):
        """Stop erasing when the days change, until somebody has seen what would go."""
        if "retention_enabled" in vals and not self.env.su:
            raise UserError(_("Look at what would be erased first, by Retention."))
        result = super().write(vals)
        if "retention_days" in vals and "retention_enabled" not in vals:
            used = self.filtered(lambda c: c.retention_enabled and c._has_finished())
            # Whoever writes the days may thereby stop erasing.
            used.sudo().write({"retention_enabled": False})
        return result

    def _has_finished(self):
        exchanges = self.env["finance.sync.exchange"].sudo()  # of any company
        domain = [("connection_id", "=", self.id), ("state", "in", FINISHED)]
        return bool(exchanges.search_count(domain, limit=1))

    def action_retention(self):
        self.ensure_one()
        self._check_manager()
        return {
            "type": "ir.actions.act_window",
            "name": _("Retention"),
            "res_model": "finance.sync.retention.preview",
            "view_mode": "form",
            "target": "new",
            "context": {"default_connection_id": self.id},
        }

    def _retention_scope(self, days=None):
        """SQL parameters of what may be erased now; None while nothing may."""
        days = self.retention_days if days is None else days
        if days <= 0:
            return None
        now = fields.Datetime.now()
        # The law of each company that the connection serves, whoever looks.
        years = self.env["res.company"].sudo().search([])
        return {
            "connection": self.id,
            "before": finished_before(now, days),
            "kept_operations": self._kept_operations(),
            "companies": years.ids,
            "statutory": [
                min(
                    statutory_before(now, company.finance_sync_statutory_years),
                    finished_before(now, days),
                )
                for company in years
            ],
            "chunk": CHUNK,
        }

    @api.model
    def _kept_operations(self):
        prefix = "finance.sync.handler."
        return [
            name.removeprefix(prefix)
            for name in self.env
            if name.startswith(prefix) and self.env[name]._keeps_payload
        ]


class RetentionRun(models.Model):
    """Payloads and answers of one connection that were erased, counted."""

    _name = "finance.sync.retention.run"
    _description = "Finance Sync Retention Run"
    _order = "id desc"
    _rec_name = "connection_id"

    connection_id = fields.Many2one(
        "finance.sync.connection",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    state = fields.Selection(
        [("running", "Running"), ("done", "Done")],
        required=True,
        readonly=True,
        default="running",
    )
    days = fields.Integer(readonly=True, **NOT_SUMMED)
    before = fields.Datetime(string="Finished before", readonly=True)
    payloads = fields.Integer(readonly=True)
    answers = fields.Integer(readonly=True)
    decisions = fields.Integer(readonly=True)
    kept = fields.Integer(
        string="Kept by Statute",
        readonly=True,
        help="Vouchers that the law wants kept.",
    )
    started_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    ended_at = fields.Datetime(readonly=True)

    @api.model
    def _start(self, connection):
        """A run of its own for what there is to erase; none if there is nothing."""
        scope = connection._retention_scope()
        if not scope or not connection.retention_enabled:
            return self.browse()
        if self.search_count(
            [("connection_id", "=", connection.id), ("state", "=", "running")], limit=1
        ):
            return self.browse()
        counts = self._count(scope)
        if not (counts["payloads"] or counts["decisions"]):
            return self.browse()
        run = self.create(
            {
                "connection_id": connection.id,
                "days": connection.retention_days,
                "before": scope["before"],
                "kept": counts["kept"],
            }
        )
        run._later()
        return run

    def _later(self):
        self.with_delay(
            channel="root.finance_sync.bulk",
            description=_("Erase payloads of %s", self.connection_id.name),
            identity_key=f"finance_sync:retention:{self.id}:{self.payloads}"
            f":{self.decisions}",
        )._job_step()

    def _job_step(self):
        """Erase one chunk; then a new job for the next, or the end.

        Running it again is safe: what is erased is not found again.
        """
        self.ensure_one()
        if self.state != "running":
            return
        scope = self.connection_id._retention_scope()
        if not scope or not self.connection_id.retention_enabled:
            self._finish()
            return
        # As when it began: the days may have been changed meanwhile to a longer time.
        scope["before"] = min(scope["before"], self.before)
        payloads, answers = self._erase_payloads(scope)
        decisions = self._erase_decisions(scope)
        self.write(
            {
                "payloads": self.payloads + payloads,
                "answers": self.answers + answers,
                "decisions": self.decisions + decisions,
            }
        )
        if payloads or decisions:
            self._later()
        else:
            self._finish()

    def _erase_payloads(self, scope):
        """(payloads, answers) erased; the answers first, lest one be left behind."""
        self.env["finance.sync.exchange"].flush_model()
        self.env.cr.execute(_CANDIDATES, scope)
        rows = self.env.cr.fetchall()
        ids, uuids = [row[0] for row in rows], [row[1] for row in rows]
        with own_cursor(self.env) as cr:
            cr.execute(
                "UPDATE finance_sync_attempt SET answer_enc = NULL"
                " WHERE exchange_uuid = ANY(%s) AND answer_enc IS NOT NULL",
                [uuids],
            )
            answers = cr.rowcount
        self.env.cr.execute(
            "UPDATE finance_sync_exchange SET payload_enc = NULL WHERE id = ANY(%s)",
            [ids],
        )
        self.env["finance.sync.exchange"].invalidate_model(["payload_enc"])
        return len(ids), answers

    def _erase_decisions(self, scope):
        with own_cursor(self.env) as cr:
            cr.execute(
                """
                UPDATE finance_sync_decision SET answer_enc = NULL
                WHERE id IN (
                    SELECT id FROM finance_sync_decision
                    WHERE connection_ref = %(connection)s
                        AND created_at < %(before)s AND answer_enc IS NOT NULL
                    ORDER BY id LIMIT %(chunk)s
                )
                """,
                scope,
            )
            return cr.rowcount

    def _finish(self):
        self.write({"state": "done", "ended_at": fields.Datetime.now()})
        self.env["finance.sync.event"]._record(
            "finance_sync.retention.run",
            self.connection_id,
            data={
                "before": self.before,
                "payloads": self.payloads,
                "answers": self.answers,
                "decisions": self.decisions,
                "kept": self.kept,
            },
        )

    @api.model
    def _count(self, scope):
        """What would be erased: payloads, answers, decisions; and what is kept."""
        self.env["finance.sync.exchange"].flush_model()
        self.env.cr.execute(_COUNT, scope)
        return self.env.cr.dictfetchone()


class Exchange(models.Model):
    _inherit = "finance.sync.exchange"

    @api.model
    def _cron_retention(self):
        """Erase payloads and answers of what finished longer ago than agreed.

        The exchange itself, its hash and its attempts stay as evidence.
        """
        runs = self.env["finance.sync.retention.run"].with_user(SUPERUSER_ID)
        # The cron serves all companies, and connections that are archived too.
        connections = self.env["finance.sync.connection"].sudo()
        for connection in connections.with_context(active_test=False).search([]):
            runs._start(connection)


# A finished exchange, long enough ago, about which nothing is open any more.
_OLD = """
    x.connection_id = %(connection)s
    AND x.state IN ('done', 'cancelled', 'superseded')
    AND x.done_at < %(before)s
    AND x.payload_enc IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM finance_sync_hold h
        WHERE h.exchange_id = x.id AND h.state = 'open'
    )
"""
# The message is a voucher that the law of its company still wants.
_VOUCHER = """
    x.operation = ANY(%(kept_operations)s::varchar[])
    AND (x.company_id IS NULL OR x.done_at >= (
        SELECT s.before FROM unnest(%(companies)s::int[], %(statutory)s::timestamp[])
            AS s (company, before)
        WHERE s.company = x.company_id
    ))
"""
_CANDIDATES = f"""
    SELECT x.id, x.uuid FROM finance_sync_exchange x
    WHERE {_OLD} AND NOT ({_VOUCHER})
    ORDER BY x.id LIMIT %(chunk)s FOR NO KEY UPDATE SKIP LOCKED
"""  # noqa: S608 - constants
_COUNT = f"""
    SELECT
        count(*) FILTER (WHERE NOT kept) AS payloads,
        count(*) FILTER (WHERE kept) AS kept,
        min(done_at) FILTER (WHERE NOT kept) AS oldest,
        (
            SELECT count(*) FROM finance_sync_decision
            WHERE connection_ref = %(connection)s AND created_at < %(before)s
                AND answer_enc IS NOT NULL
        ) AS decisions,
        (
            SELECT count(*) FROM finance_sync_exchange
            WHERE connection_id = %(connection)s AND state IN ('pending', 'held')
        ) AS open
    FROM (SELECT ({_VOUCHER}) AS kept, x.done_at FROM finance_sync_exchange x
        WHERE {_OLD}) found
"""  # noqa: S608 - constants
