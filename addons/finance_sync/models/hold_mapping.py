from odoo import _, api, fields, models
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.exceptions import UserError

from ..core.mapping import normalise
from .internal import Internal, internal_value
from .mapping import KINDS
from .mapping_translate import DRY

UNMAPPED = "unmapped"
ABOUT = "finance_sync_unmapped"
# Seconds until a job looks again that met another one opening the same hold.
BUSY = 5
AT_ONCE = 20_000


class Hold(models.Model):
    """Values that no mapping knows: one hold each, for all messages that need it."""

    _inherit = "finance.sync.hold"

    mapping_kind = fields.Selection(KINDS, string="Kind", readonly=True)
    mapping_code = fields.Char(string="Code to Map", readonly=True)
    mapping_direction = fields.Selection(
        [("in", "Comes In"), ("out", "Goes Out")], readonly=True
    )

    def _compute_waiting_count(self):
        # How many there are concerns whoever may see the hold.
        groups = (
            self.env["finance.sync.exchange"]
            .sudo()
            ._read_group(
                [("unmapped_hold_ids", "in", self.ids), ("state", "=", "held")],
                ["unmapped_hold_ids"],
                ["__count"],
            )
        )
        counts = {hold.id: count for hold, count in groups}
        for hold in self:
            hold.waiting_count = counts.get(hold.id, 0)

    @api.model
    def _raise_unmapped(self, exchange, error):
        """A hold for each missing value, with the exchange among those that wait."""
        holds = self.browse()
        for missing in error.values:
            hold = self._open_unmapped(exchange, missing) or self._raise(
                UNMAPPED,
                **self._about_missing(exchange, missing),
            )
            if not hold:
                # Opened elsewhere just now, and not to be seen by this transaction.
                raise RetryableJobError(
                    f"{exchange.name}: a hold is being opened.",
                    seconds=BUSY,
                    ignore_retry=True,
                )
            holds |= hold
        exchange.sudo().write(  # the engine's own bookkeeping
            {"unmapped_hold_ids": [fields.Command.link(hold.id) for hold in holds]}
        )
        return holds

    def _open_unmapped(self, exchange, missing):
        """The open hold for a value. It is not written: that would make all jobs
        that need the value wait for each other."""
        key = f"{UNMAPPED}:{self._unmapped_subject(exchange, missing)}"
        # Of the exchange's own company, whoever looks.
        return self.sudo().search(
            [("dedupe_key", "=", key), ("state", "=", "open")], limit=1
        )

    def _unmapped_subject(self, exchange, missing):
        scope = f"{exchange.connection_id.id}:{exchange.company_id.id}"
        return f"{scope}:{missing.direction}:{missing.kind}:{normalise(missing.code)}"

    def _about_missing(self, exchange, missing):
        labels = dict(self._fields["mapping_kind"]._description_selection(self.env))
        summary = missing.reason or _(
            "“%(code)s” (%(kind)s) of “%(connection)s” is not mapped for %(company)s.",
            code=missing.code,
            kind=labels.get(missing.kind, missing.kind),
            connection=exchange.connection_id.sudo().name,
            company=exchange.company_id.sudo().name,
        )
        vals = {
            "mapping_kind": missing.kind,
            "mapping_code": normalise(missing.code),
            "mapping_direction": missing.direction,
            "document_ref": missing.code,
        }
        return {
            "connection": exchange.connection_id,
            "company": exchange.company_id,
            "amount": exchange.amount,
            "summary": summary,
            "subject": self._unmapped_subject(exchange, missing),
            "about": vals,
        }

    @api.model
    def _raise(self, code, *, about=None, **about_what):
        """:param about: further values of the hold, for what is about no document"""
        if about is None:
            return super()._raise(code, **about_what)
        context = {ABOUT: Internal(tuple(about.items()))}
        hold = super(Hold, self.with_context(**context))._raise(code, **about_what)
        return hold.with_env(self.env)

    def _prepare_vals(self, *args, **kwargs):
        vals = super()._prepare_vals(*args, **kwargs)
        vals.update(internal_value(self.env, ABOUT, ()))
        return vals

    # -- When the value is mapped

    @api.model
    def _settle_unmapped(self, kinds=None):
        """Close what has been mapped by now, and replay all that waited for it.

        Also takes up what slipped through: a job that raised its hold while the
        mapping came into force.
        """
        domain = [("code", "=", UNMAPPED), ("state", "=", "open")]
        if kinds:
            domain.append(("mapping_kind", "in", list(kinds)))
        holds = self.sudo()  # mappings serve all companies
        scopes = holds._read_group(
            domain,
            ["connection_id", "company_id", "mapping_kind", "mapping_direction"],
            ["id:recordset"],
        )
        for connection, company, kind, direction, found in scopes:
            found._settle_scope(connection, company, kind, direction)
        self._close_unneeded()
        self._refresh_amounts()
        self._release_ready()

    def _settle_scope(self, connection, company, kind, direction):
        mappings = self.env["finance.sync.mapping"].with_context(
            **{DRY: Internal(True)}
        )
        result = mappings._translate(
            connection,
            kind,
            self.mapped("mapping_code"),
            company=company,
            direction=direction,
        )
        mapped = self.filtered(lambda hold: hold.mapping_code in result.values)
        mapped._close("resolved", _("It is mapped now."))

    def _close_unneeded(self):
        """What nothing waits for any more."""
        self.flush_model()
        self.env["finance.sync.exchange"].flush_model(["state"])
        self.env.cr.execute(
            """
            SELECT h.id FROM finance_sync_hold h
            WHERE h.code = %s AND h.state = 'open' AND NOT EXISTS (
                SELECT FROM finance_sync_hold_waiting_rel r
                JOIN finance_sync_exchange x ON x.id = r.exchange_id
                WHERE r.hold_id = h.id AND x.state IN ('held', 'pending')
            )
            """,
            [UNMAPPED],
        )
        gone = self.browse([row[0] for row in self.env.cr.fetchall()])
        gone._close("cancelled", _("No message needs it any more."))

    def _refresh_amounts(self):
        """What waits altogether decides what is looked at first."""
        self.flush_model()
        self.env["finance.sync.exchange"].flush_model(["amount", "state"])
        self.env.cr.execute(
            """
            SELECT h.id, sum(abs(coalesce(x.amount, 0)))
            FROM finance_sync_hold h
            JOIN finance_sync_hold_waiting_rel r ON r.hold_id = h.id
            JOIN finance_sync_exchange x ON x.id = r.exchange_id
            WHERE h.code = %s AND h.state = 'open' AND x.state = 'held'
            GROUP BY h.id
            """,
            [UNMAPPED],
        )
        for hold_id, total in self.env.cr.fetchall():
            hold, amount = self.browse(hold_id), float(total)
            hold._refresh(
                {"summary": hold.summary, "amount": amount, "materiality": amount}
            )

    def _release_waiting(self):
        # Those of values go on together, once all that is mapped has been closed.
        others = self.filtered(lambda hold: hold.code != UNMAPPED)
        return super(Hold, others)._release_waiting()

    @api.model
    def _release_ready(self):
        """Replay all that is held for nothing but values that are mapped now."""
        self.flush_model()
        exchanges = self.env["finance.sync.exchange"].sudo()  # see _settle_unmapped
        for model in ("exchange", "replay.line", "connection"):
            self.env[f"finance.sync.{model}"].flush_model()
        self.env.cr.execute(
            """
            SELECT x.id FROM finance_sync_exchange x
            WHERE x.state = 'held' AND EXISTS (
                SELECT FROM finance_sync_hold_waiting_rel r WHERE r.exchange_id = x.id
            ) AND NOT EXISTS (
                SELECT FROM finance_sync_hold_waiting_rel r
                JOIN finance_sync_hold h ON h.id = r.hold_id
                WHERE r.exchange_id = x.id AND h.state = 'open'
            ) AND NOT EXISTS (
                SELECT FROM finance_sync_hold h
                WHERE h.exchange_id = x.id AND h.state = 'open'
            ) AND NOT EXISTS (
                SELECT FROM finance_sync_replay_line l
                WHERE l.exchange_id = x.id AND l.state IN ('todo', 'running')
            ) AND EXISTS (
                SELECT FROM finance_sync_connection c
                WHERE c.id = x.connection_id AND c.state = 'active'
            )
            ORDER BY x.id LIMIT %s
            """,
            [AT_ONCE],
        )
        ready = exchanges.browse([row[0] for row in self.env.cr.fetchall()])
        if ready:
            self.env["finance.sync.replay"]._release(ready)

    @api.model
    def _delay_release(self):
        """Settle and release in a job: there may be thousands that wait."""
        self.with_delay(
            channel="root.finance_sync.bulk",
            identity_key="finance_sync:settle_unmapped",
            description=_("Replay what waited for mappings"),
        )._job_settle()

    def _job_settle(self):
        self._settle_unmapped()

    # -- What people do

    def _exchanges(self):
        """Retrying a missing value means retrying all that wait for it."""
        waiting = self.waiting_ids.filtered(lambda x: x.state == "held")
        return waiting or super()._exchanges()

    def action_resolve(self):
        self._check_resolver()
        if any(hold.code == UNMAPPED and hold.waiting_count for hold in self):
            raise UserError(_("Messages wait for this value. Map it."))
        return super().action_resolve()


class Mapping(models.Model):
    _inherit = "finance.sync.mapping"

    def _release(self):
        """This version has come into force: whatever waited for it goes on."""
        self.env["finance.sync.hold"]._delay_release()


class Document(models.AbstractModel):
    _inherit = "finance.sync.document.mixin"

    def _compute_finance_sync_holds(self):
        """A document also waits for the values that its messages wait for."""
        result = super()._compute_finance_sync_holds()
        uuids = [d.finance_sync_uuid for d in self if d.finance_sync_uuid]
        if not uuids:
            return result
        # Whoever may read the document may know why it waits.
        exchanges = self.env["finance.sync.exchange"].sudo()
        found = {}
        for exchange in exchanges.search(
            [
                ("document_uuid", "in", uuids),
                ("state", "=", "held"),
                ("unmapped_hold_ids.state", "=", "open"),
            ]
        ):
            waits = exchange.unmapped_hold_ids.filtered(lambda h: h.state == "open")
            found.setdefault(exchange.document_uuid, []).extend(waits.ids)
        holds = self.env["finance.sync.hold"]
        for document in self:
            extra = holds.browse(found.get(document.finance_sync_uuid, []))
            if extra:
                document.finance_sync_hold_ids |= extra
                document.finance_sync_hold_count = len(document.finance_sync_hold_ids)
        return result
