import logging
from contextlib import contextmanager

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.addons.finance_sync.core.errors import ProviderError
from odoo.addons.finance_sync.models.internal import Internal, internal_value
from odoo.exceptions import UserError, ValidationError

from .. import compat
from .tax_quote import LedgerError, is_address_error

_logger = logging.getLogger(__name__)


class AccountMove(models.Model):
    """Posting: every document is quoted first, then taxes are written, then posted."""

    _inherit = "account.move"

    def _post(self, soft=True):
        """Determine what is to be posted, or raise: callers expect all or nothing.

        With ``finance_sync_partial`` in the context, as our action, the mass wizard
        and the auto-post job set it, the good ones are posted and the others wait.
        """
        if self.env.context.get("finance_sync_partial"):
            moves = self.with_context(finance_sync_partial=False)
            return moves._finance_sync_post_partially(soft)
        taxed = self._finance_sync_to_tax(soft)
        ready = internal_value(self.env, "finance_sync_ready", ())
        unready = taxed.filtered(lambda move: move.id not in ready)
        unready._finance_sync_date()
        quotes = unready._finance_sync_determine()
        self._finance_sync_raise([quote for quote in quotes if quote.error])
        synced = taxed._finance_sync_synced()
        posting = self.with_context(
            finance_sync_ready=(), finance_sync_synced=Internal(synced._ids)
        )
        posted = super(AccountMove, posting)._post(soft).with_env(self.env)
        (taxed & posted)._finance_sync_posted()
        return posted

    def _finance_sync_to_tax(self, soft):
        """The drafts that this call really posts and an engine taxes."""
        today = fields.Date.context_today(self)
        return self.filtered(
            lambda move: (
                move.state == "draft"
                and move.finance_sync_tax_connection_id
                and move._finance_sync_tax_lines()
                and not (soft and move.date > today)
            )
        )

    def _finance_sync_date(self):
        """Posting would date them today; tax has to know before."""
        undated = self.filtered(lambda move: not move.invoice_date)
        if undated:
            undated.invoice_date = fields.Date.context_today(self)

    def _finance_sync_synced(self):
        """Those whose lines posting need not compute again: they have just been.

        A lock date moves the accounting date, and with it more than the state.
        """
        return self.filtered(
            lambda move: not move._get_violated_lock_dates(move.date, True)
        )

    @contextmanager
    def _sync_dynamic_lines(self, container):
        """Do not compute the lines of a determined draft again for its posting.

        Half the time of posting goes there on 17.0, and the result is known: taxes
        and payment terms were computed with the engine's amounts and checked.
        """
        synced = internal_value(self.env, "finance_sync_synced")
        records = container["records"]
        if synced and records and set(records.ids) <= set(synced):
            yield
            return
        with super()._sync_dynamic_lines(container):
            yield

    def action_post(self):
        """Confirm. Where the engine is away and its policy says so, wait."""
        waiting = self._finance_sync_wait_where_away()
        others = self - waiting
        if not others:
            return self._finance_sync_notify([], waiting)
        return super(AccountMove, others).action_post()

    def _finance_sync_wait_where_away(self):
        moves = self._finance_sync_to_tax(soft=False).filtered(
            lambda m: m.finance_sync_tax_connection_id.outage_policy == "queue"
        )
        moves._finance_sync_date()
        quotes = moves._finance_sync_determine()
        return self._finance_sync_wait([q for q in quotes if q.may_wait])

    def action_finance_sync_post(self):
        """Post what can be posted; the rest waits, or says why it is not posted."""
        drafts = self.filtered(lambda move: move.state == "draft")
        if not drafts:
            raise UserError(_("There are no drafts to confirm."))
        drafts.with_context(finance_sync_partial=True)._post(soft=False)
        left = drafts.filtered(lambda move: move.state == "draft")
        waiting = left.filtered(lambda m: m.finance_sync_tax_state == "waiting")
        return self._finance_sync_notify(left - waiting, waiting)

    def action_validate_moves_with_confirmation(self):
        """19.0 only: confirm a selection, the good ones of it."""
        moves = self.with_context(finance_sync_partial=True)
        return super(AccountMove, moves).action_validate_moves_with_confirmation()

    def _autopost_draft_entries(self, *args, **kwargs):
        """The auto-post job posts the good ones."""
        moves = self.with_context(finance_sync_partial=True)
        return super(AccountMove, moves)._autopost_draft_entries(*args, **kwargs)

    def _finance_sync_notify(self, refused, waiting, title=None):
        if not refused and not waiting:
            return True
        lines = [move._finance_sync_reason() for move in refused]
        lines += [
            _("%s waits for its tax and is posted by itself.") % m._finance_sync_name()
            for m in waiting
        ]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": title
                or (_("Not everything was posted") if refused else _("Waiting")),
                "message": "\n".join(lines[:10]),
                "type": "danger" if refused else "warning",
                "sticky": bool(refused),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _finance_sync_reason(self):
        holds = self.sudo().finance_sync_hold_ids  # told to whoever confirms
        summary = holds[:1].summary or _("see the message in its log.")
        return f"{self._finance_sync_name()}: {summary}"

    def _finance_sync_post_partially(self, soft):
        """Post the good ones in one go; nobody's failure is another's."""
        taxed = self._finance_sync_to_tax(soft)
        taxed._finance_sync_date()
        quotes = taxed._finance_sync_determine()
        waiting = self._finance_sync_wait([q for q in quotes if q.may_wait])
        refused = [q for q in quotes if q.error and q.move not in waiting]
        self._finance_sync_refuse(refused)
        bad = self.browse().union(*(quote.move for quote in refused))
        good = self - waiting - bad
        ready = good.with_context(finance_sync_ready=Internal((taxed & good)._ids))
        posted = ready._finance_sync_post_each(soft).with_env(self.env)
        if soft:
            compat.flag_to_check(
                (self - posted).filtered(lambda move: move.state == "draft")
                - self._finance_sync_future()
            )
        return posted

    def _finance_sync_future(self):
        today = fields.Date.context_today(self)
        return self.filtered(lambda move: move.date > today)

    def _finance_sync_post_each(self, soft):
        """Post all at once, or each by itself where one of them cannot be posted."""
        if not self:
            return self
        try:
            with self.env.cr.savepoint():
                return self._post(soft)
        except (UserError, ValidationError) as error:
            if len(self) == 1:
                self._finance_sync_log_failure(error)
                return self.browse()
        posted = self.browse()
        for move in self:
            posted |= move._finance_sync_post_each(soft)
        return posted

    def _finance_sync_log_failure(self, error):
        self._message_log(body=_("It could not be posted: %s") % error)
        if isinstance(error, LedgerError):
            self._finance_sync_hold("tax_ledger_difference", str(error))

    # -- Refusals

    def _finance_sync_raise(self, quotes):
        """Refuse with everything that is wrong; holds follow after the rollback."""
        if not quotes:
            return
        items = [
            (q.move.id, q.code, q.message, q.pauses and q.move._finance_sync_used().id)
            for q in quotes
        ]
        self._finance_sync_hold_afterwards(items)
        texts = [self._finance_sync_explain(quote) for quote in quotes]
        if len(self) > 1:
            names = [quote.move._finance_sync_name() for quote in quotes]
            texts = [f"{n}: {text}" for n, text in zip(names, texts, strict=True)]
        raise UserError("\n\n".join(texts))

    def _finance_sync_explain(self, quote):
        """What is wrong, and what to do about it."""
        if not isinstance(quote.error, ProviderError):
            return quote.message
        # Its advice is there for whoever confirms.
        hold_type = self.env["finance.sync.hold.type"].sudo()._of(quote.code)
        engine = quote.move.finance_sync_tax_connection_id.sudo().name
        return f"{engine}: {quote.message}\n{hold_type.advice or ''}"

    def _finance_sync_refuse(self, quotes):
        """The same within a transaction that goes on: others are posted in it."""
        for quote in quotes:
            move = quote.move
            move._finance_sync_hold(quote.code, quote.message)
            if move.finance_sync_tax_state == "waiting":
                move._finance_sync_tax_unwait(quote.message)
            move._finance_sync_set({"finance_sync_tax_state": "error"})
        self._finance_sync_hold_afterwards(
            [
                (quote.move.id, None, quote.message, quote.move._finance_sync_used().id)
                for quote in quotes
                if quote.pauses
            ]
        )

    def _finance_sync_used(self):
        return self.finance_sync_tax_connection_id

    def _finance_sync_hold(self, code, summary):
        return self.env["finance.sync.hold"]._raise(
            code,
            document=self,
            connection=self.finance_sync_tax_connection_id,
            summary=summary,
            amount=abs(self.amount_total_signed),
            period=self.invoice_date or self.date,
        )

    def _finance_sync_hold_afterwards(self, items):
        """Write holds once this transaction is over, however it ends.

        A refusal is rolled back, and a hold written now with it.

        :param items: tuples of move id, hold code or None, summary, id of a
            connection to pause or False
        """
        if not items:
            return
        registry, context = self.env.registry, dict(self.env.context)
        context = {"lang": context.get("lang")}
        cr, done = self.env.cr, []

        def write():
            if done:
                return
            done.append(True)
            try:
                with registry.cursor() as own_cr:
                    env = api.Environment(own_cr, SUPERUSER_ID, context)
                    env["account.move"]._finance_sync_write_holds(items)
            except Exception:
                # The refusal was shown; a hold that fails must not hide it.
                _logger.exception("No hold could be written for refused invoices")

        cr.postcommit.add(write)
        cr.postrollback.add(write)

    @api.model
    def _finance_sync_write_holds(self, items):
        connections = self.env["finance.sync.connection"]
        for move_id, code, summary, connection_id in items:
            move = self.browse(move_id).exists()
            if move and code and move.state == "draft":
                move._finance_sync_hold(code, summary)
            connection = connections.browse(connection_id or ())
            if connection.exists() and connection.state == "active":
                connection._pause(summary)
                self.env["finance.sync.hold"]._raise(
                    "configuration", connection=connection, summary=summary
                )

    def _finance_sync_hold_code(self, error):
        """Which hold an error of the engine or of our own set-up becomes."""
        if isinstance(error, LedgerError):
            return "tax_ledger_difference"
        if not isinstance(error, ProviderError):
            return "tax_setup"
        if is_address_error(error):
            return "tax_address"
        if error.code == "refund_exceeds":
            return "tax_refund_exceeds"
        return {
            "transient": "tax_engine_away",
            "contract": "tax_bad_answer",
            "configuration": "tax_setup",
        }.get(error.kind, "tax_rejected")
