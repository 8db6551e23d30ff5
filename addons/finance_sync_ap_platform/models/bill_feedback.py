import functools

from odoo import _, api, fields, models
from odoo.addons.finance_sync.core.errors import ConfigurationError
from odoo.addons.finance_sync.core.money import to_decimal

from ..core.feedback import PEPPOL, Facts, due_state, goes_forward, payment_state
from .connection import KIND

PENDING = "finance_sync_ap_platform.feedback"
LONGEST_REASON = 250


class Bill(models.Model):
    """What the platform is told, in the transaction that gave the reason for it.

    Once, at its end: what is undone again within a transaction is not told.
    """

    _inherit = "finance.sync.bill"

    def _feedback_soon(self):
        """Tell the platforms at the end of this transaction what is new by then."""
        # Whoever causes it may see little of the connection.
        bills = self.sudo().filtered(lambda bill: bill.connection_id.kind == KIND)
        if not bills:
            return
        hooks = self.env.cr.precommit
        if PENDING not in hooks.data:
            hooks.data[PENDING] = set()
            hooks.add(functools.partial(_tell, bills.env))
        hooks.data[PENDING].update(bills.ids)

    def _feedback(self):
        """Enqueue what each platform does not know yet. Running again adds nothing."""
        items, taken_back = [], self.filtered(lambda bill: bill._is_taken_back())
        taken_back._hold_taken_back()
        self.env["finance.sync.hold"]._resolve_for(
            document=self - taken_back,
            codes=["ap_taken_back"],
            why=_("The vendor bill is posted."),
        )
        for bill in self - taken_back:
            if bill._may_tell():
                items += bill._status_reports()
                items += bill._payment_reports()
        return self.env["finance.sync.exchange"]._enqueue_many(items)

    def _may_tell(self):
        connection = self.connection_id
        if connection.state == "draft":
            return False
        try:
            connection._execution_user(self.company_id)
        except ConfigurationError as error:
            # Nobody's posting fails for that.
            self.env["finance.sync.hold"]._raise(
                "configuration", connection=connection, summary=error.message
            )
            return False
        return True

    def _is_taken_back(self):
        """Reported as booked, and not booked any more."""
        return self.reported_state == "transferred" and self.move_id.state != "posted"

    def _hold_taken_back(self):
        """A person decides; the platform is told nothing."""
        for bill in self:
            bill.env["finance.sync.hold"]._raise(
                "ap_taken_back",
                document=bill,
                connection=bill.connection_id,
                amount=bill._in_company_currency(bill.amount_total),
                period=bill.date,
                summary=_(
                    "%s was reported to the platform as booked, and is not posted any "
                    "more. The platform was not told.",
                    bill.number,
                ),
            )

    # -- Status

    def _status_reports(self):
        adapter = self._adapter_of()
        move = self.move_id
        facts = Facts(
            state=self.state,
            drafted=move.state == "draft",
            posted=move.state == "posted",
            refused=bool(self.refusal),
            stage=self.offered_stage or "",
        )
        state = due_state(facts, adapter.states, adapter.staged)
        if not goes_forward(self.reported_state or "", state):
            return []
        self.write({"reported_state": state, "reported_version": self.version})
        date = move.date if move.state == "posted" else fields.Date.context_today(self)
        request = {
            "external_id": self.external_id,
            "version": self.version,
            "state": state,
            "peppol": PEPPOL.get(state, ""),
            "voucher": move.name if move.state == "posted" else "",
            "reason": self._reason(state),
            "date": fields.Date.to_string(date),
            "blocked": state == "prebooked",
        }
        return [self._item("ap.status", request)]

    def _reason(self, state):
        """Peppol wants a clarification with a refusal and with a query."""
        if state == "refused":
            return (self.refusal or "")[:LONGEST_REASON]
        if state != "queried":
            return ""
        # What kinds of trouble; details are ours.
        kinds = self.finance_sync_hold_ids.type_id.mapped("name")
        return ", ".join(sorted(kinds))[:LONGEST_REASON]

    # -- Payment

    def _payment_reports(self):
        adapter = self._adapter_of()
        if self.move_id.state != "posted":
            return []
        paid = self._paid()
        last_paid = self._exact(self.reported_paid)
        state = payment_state(paid, self.reported_payment or "", last_paid)
        if state not in adapter.payments:
            return []
        self.write({"reported_payment": state, "reported_paid": float(paid.bank)})
        request = {
            "external_id": self.external_id,
            "version": self.version,
            "state": state,
            "peppol": PEPPOL.get(state, ""),
            "paid": str(paid.bank),
            "total": str(self._exact(abs(self.move_id.amount_total))),
            "currency": self.move_id.currency_id.name,
            **self._payment_evidence(),
        }
        return [self._item("ap.payment", request)]

    def _exact(self, amount):
        places = (self.currency_id or self.company_id.currency_id).decimal_places
        return to_decimal(f"{amount:.{places}f}")

    def _item(self, operation, request):
        return {
            "document": self,
            "operation": operation,
            "connection": self.connection_id,
            "request": request,
            "amount": self._in_company_currency(self.amount_total),
        }

    @api.model
    def _cron_feedback(self):
        """Whatever a hook has missed: bills in the ledger that are not settled."""
        self.search(
            [
                ("connection_id.kind", "=", KIND),
                ("connection_id.state", "=", "active"),
                ("move_id.state", "=", "posted"),
                ("reported_payment", "!=", "settled"),
            ],
            limit=5000,
            order="id desc",
        )._feedback()


def _tell(env):
    """At the end of a transaction, see ``_feedback_soon``."""
    ids = env.cr.precommit.data.pop(PENDING, set())
    env["finance.sync.bill"].browse(sorted(ids)).exists()._feedback()
