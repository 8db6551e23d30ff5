import json
from collections.abc import Iterable

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..compat import check_access
from ..core import canonical
from ..core.errors import ProviderError
from ..core.masking import mask
from ..core.registry import adapter_class
from .vault import unseal


def _matches(operator, label, value):
    """Does ``label`` satisfy a domain's condition on it?"""
    many = isinstance(value, Iterable) and not isinstance(value, str)
    values = list(value) if many else [value]
    if operator in ("=", "in"):
        return label in values
    if operator in ("!=", "not in"):
        return label not in values
    inside = str(value or "").strip("%").lower() in label.lower()
    return not inside if operator.startswith("not") else inside


class Exchange(models.Model):
    """What people may do with an exchange, and see of it."""

    _inherit = "finance.sync.exchange"

    operation_label = fields.Char(
        string="What",
        compute="_compute_operation_label",
        search="_search_operation_label",
    )

    @api.depends("operation")
    @api.depends_context("lang")
    def _compute_operation_label(self):
        labels = self._operation_labels(self.mapped("operation"))
        for exchange in self:
            exchange.operation_label = labels.get(exchange.operation)

    @api.model
    def _search_operation_label(self, operator, value):
        """By the words that the reader sees, which no column holds."""
        labels = self._operation_labels(self._operations())
        found = [
            name
            for name, label in labels.items()
            if _matches(operator, label or "", value)
        ]
        return [("operation", "in", found)]

    @api.model
    def _operations(self):
        """All operations that exchanges know."""
        groups = self.sudo()._read_group([], ["operation"])  # names only
        return [operation for (operation,) in groups]

    @api.model
    def _operation_labels(self, operations):
        """Operation → what it does, in the reader's words."""
        return {name: self._label_of(name) for name in set(operations) if name}

    @api.model
    def _label_of(self, operation):
        model = f"finance.sync.handler.{operation}"
        # The addon that handled it may be gone.
        return self.env[model]._operation_label() if model in self.env else operation

    def _check_resolver(self):
        user = self.env.user
        if not (self.env.su or user.has_group("finance_sync.group_resolver")):
            raise AccessError(_("Only a Finance Sync resolver may do this."))
        # Whoever may read it, in their companies, may work on it.
        check_access(self, "read")

    def _take(self):
        """Lock these for a change by a person.

        :raises UserError: a job is at work on one of them
        """
        self._check_resolver()
        if self - self._lock_idle():
            raise UserError(_("It is being processed right now. Look again shortly."))

    def action_retry(self):
        """Try again: a person has removed the cause, or looked at the other side."""
        self._take()
        for exchange in self:
            exchange._route_again()
        holds = self.hold_ids.filtered(
            lambda hold: hold.state == "open" and hold.code == "outcome_unknown"
        )
        for exchange in holds.exchange_id:
            # The person has looked: it is not there.
            self.env["finance.sync.attempt"]._settle_unknown(exchange.uuid)
        self._restart()
        return True

    def action_replay_many(self):
        """Show what replaying these would do, before anything is started."""
        self._check_resolver()
        return self.env["finance.sync.replay"]._preview(self)

    def _route_again(self):
        if self.company_id:
            return
        company = self.connection_id.sudo()._route(self._payload())  # as receive does
        if not company:
            raise UserError(
                _("Enter the sender's company code on the connection first.")
            )
        self.sudo().write(  # see action_retry
            {"company_id": company.id, "currency_id": company.currency_id.id}
        )

    def action_replay(self):
        """Apply the stored answer (inbound: the message) again. Nothing is sent."""
        self._check_resolver()
        for exchange in self:
            if exchange.state not in ("done", "held"):
                raise UserError(_("Only what is done or held can be replayed."))
            answer = exchange._stored_answer()
            if answer is None:
                raise UserError(_("There is no stored answer to apply."))
            user = exchange.connection_id.sudo()._execution_user(exchange.company_id)
            worker = exchange.with_user(user).with_company(exchange.company_id)
            try:
                with self.env.cr.savepoint():
                    worker._handler()._apply(worker, answer)
            except ProviderError as error:
                raise UserError(error.message) from error
            if exchange.state == "held":
                worker._finish(worker._handler(), answer)
        return True

    def _stored_answer(self):
        if self.direction == "in":
            return self._payload()
        history = self.env["finance.sync.attempt"]._of(self.uuid)
        stored = [a["answer_enc"] for a in history if self._is_answer(a)]
        return unseal(stored[-1]) if stored else None

    def action_mark_done(self):
        """A person found the document at the other side: it happened."""
        self._take()
        for exchange in self:
            if exchange.state != "held":
                raise UserError(_("Only what is held can be marked as done."))
            self.env["finance.sync.attempt"]._settle_unknown(exchange.uuid)
            exchange.sudo().write(  # see action_retry
                {"state": "done", "done_at": fields.Datetime.now()}
            )
            self.env["finance.sync.hold"]._resolve_for(
                exchange=exchange,
                why=_("%s found it done at the other side.", self.env.user.name),
            )
            exchange._wake_next()
        return True

    def action_cancel(self):
        """Give it up. Impossible while it may have reached the other side."""
        self._give_up(_("Cancelled by %s.", self.env.user.name))
        return True

    def action_ask_cancel(self):
        """Ask for the reason first."""
        self._check_resolver()
        return {
            "type": "ir.actions.act_window",
            "name": _("Cancel Messages"),
            "res_model": "finance.sync.exchange.cancel",
            "view_mode": "form",
            "target": "new",
            "context": {"default_exchange_ids": [(6, 0, self.ids)]},
        }

    def _give_up(self, why):
        self._take()
        maybe_there = self._maybe_there()
        if maybe_there:
            raise UserError(
                _(
                    "It may have reached the other side. Retry it, or mark it as"
                    " done: %s.",
                    ", ".join(maybe_there[:5].mapped("display_name")),
                )
            )
        for exchange in self:
            exchange._cancel(why)

    def _maybe_there(self):
        """Those of these that the other side may have, or has, acted upon."""
        rows = [row for row, _plan in self._replay_plans()]
        return self.browse(
            [
                row["id"]
                for row in rows
                if row["direction"] == "out" and (row["unknown"] or row["answered"])
            ]
        )

    def _cancel(self, why):
        # After a check of the user, or by a document that is no more.
        self.sudo().write({"state": "cancelled", "done_at": fields.Datetime.now()})
        for exchange in self:
            self.env["finance.sync.hold"]._resolve_for(
                exchange=exchange, why=why, state="cancelled"
            )
            # Whoever decides need not be able to read the document that moves on.
            exchange.sudo()._handler()._on_cancelled(exchange.sudo())
            exchange._wake_next()

    # -- What screens show

    def _compute_payload_masked(self):
        unmasked = self.env.context.get("finance_sync_unmask") == self.ids
        if unmasked:
            self._record_unmasking()
        for exchange in self:
            exchange.payload_masked = False
            if not exchange.sudo().payload_enc:  # only whether there is one
                continue
            try:
                payload = exchange._payload()
                if not unmasked:
                    payload = mask(payload, exchange._allowed())
            except ProviderError as error:
                exchange.payload_masked = error.message
                continue
            exchange.payload_masked = json.dumps(
                json.loads(canonical.dumps(payload)), indent=2, ensure_ascii=False
            )

    def _allowed(self):
        """What everybody who sees the exchange may see of its payload, or None."""
        if self.direction == "in":
            return self._handler()._allowed
        connection = self.connection_id.sudo()  # of which the reader may see little
        adapter = adapter_class(connection.kind, connection.provider)
        return adapter.allowed.get(self.operation)

    def _record_unmasking(self):
        """Reading a whole payload is for managers, and leaves a trace."""
        if not self.env.user.has_group("finance_sync.group_manager"):
            raise AccessError(_("Only a Finance Sync manager may unmask a payload."))
        for exchange in self:
            # Managers may not post on every company's connection.
            exchange.connection_id.sudo()._message_log(
                body=_(
                    "%(user)s looked at the whole payload of %(exchange)s.",
                    user=self.env.user.name,
                    exchange=exchange.display_name,
                )
            )

    def action_unmask(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "context": {"finance_sync_unmask": self.ids},
        }

    def action_open_document(self):
        self.ensure_one()
        if (
            not self.res_model
            or not self.env[self.res_model].browse(self.res_id).exists()
        ):
            raise UserError(_("The document is no more."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    def action_open_holds(self):
        return {
            "type": "ir.actions.act_window",
            "name": _("Holds"),
            "res_model": "finance.sync.hold",
            "view_mode": "tree,form",
            "domain": [("exchange_id", "in", self.ids)],
        }
