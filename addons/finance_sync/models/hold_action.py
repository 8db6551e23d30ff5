import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html
from psycopg2.errors import UniqueViolation

from ..compat import check_access

_logger = logging.getLogger(__name__)

SHORTEST_REASON = 10


class Hold(models.Model):
    _inherit = "finance.sync.hold"

    # -- Raised and resolved by the engine and by addons

    @api.model
    def _raise(
        self,
        code,
        *,
        summary,
        document=None,
        exchange=None,
        connection=None,
        company=None,
        amount=0.0,
        period=None,
    ):
        """Open a hold, or refresh the one that is open for the same reason.

        :param amount: in company currency; what the worklist is sorted by
        :return: the hold; empty if another transaction opens the same one right now
        """
        holds = self.sudo()  # holds are made by what happens, not by users
        vals = self._prepare_vals(code, document, exchange, connection, company)
        amount = amount or (exchange and exchange.amount) or 0.0
        vals.update(
            summary=summary, amount=amount, materiality=abs(amount), period=period
        )
        known = holds.search(
            [("dedupe_key", "=", vals["dedupe_key"]), ("state", "=", "open")], limit=1
        )
        if known:
            known.write(
                {
                    name: vals[name]
                    for name in ("summary", "amount", "materiality")
                    if known[name] != vals[name]
                }
            )
            return known.with_env(self.env)
        hold = holds._create_once(vals)
        if hold:
            hold._announce()
            hold._document()._finance_sync_forget()
        return hold.with_env(self.env)

    def _prepare_vals(self, code, document, exchange, connection, company):
        hold_type = self.env["finance.sync.hold.type"].sudo()._of(code)
        connection = connection or (exchange and exchange.connection_id)
        connection = connection.sudo() if connection else None  # see _raise
        vals = self._about(document, exchange)
        company = company or self._company(document, exchange, connection)
        if exchange:
            subject = exchange.uuid
        elif document:
            subject = document.finance_sync_uuid
        else:
            subject = connection.key if connection else company.id
        hours = hold_type.sla_hours or (connection and connection.sla_hours) or 24.0
        vals.update(
            type_id=hold_type.id,
            severity=hold_type.severity,
            blocking=hold_type.blocking,
            connection_id=connection.id if connection else False,
            company_id=company.id,
            currency_id=company.currency_id.id,
            user_id=connection.owner_id.id if connection else False,
            due=fields.Datetime.now() + timedelta(hours=hours),
            dedupe_key=f"{code}:{subject}",
        )
        return vals

    def _company(self, document, exchange, connection):
        if exchange:
            return exchange.company_id
        if document and "company_id" in document._fields and document.company_id:
            return document.company_id
        if connection and len(connection.company_ids) > 1:
            return self.env["res.company"]
        return connection.company_ids if connection else self.env.company

    def _about(self, document, exchange):
        """What the hold is about: the document, else the exchange's document."""
        vals = {"exchange_id": exchange.id if exchange else False}
        if exchange:
            vals.update(
                res_model=exchange.res_model,
                res_id=exchange.res_id,
                document_uuid=exchange.document_uuid,
                document_ref=exchange.document_ref,
            )
        if document:
            document._finance_sync_ensure_uuid()
            vals.update(
                res_model=document._name,
                res_id=document.id,
                document_uuid=document.finance_sync_uuid,
                document_ref=document.display_name,
            )
        record = document
        if not record and vals.get("res_model") in self.env and vals.get("res_id"):
            record = self.env[vals["res_model"]].browse(vals["res_id"]).exists()
        if record and "partner_id" in record._fields:
            vals["partner_id"] = record.sudo().partner_id.id  # a name for the worklist
        return vals

    def _create_once(self, vals):
        vals["name"] = self.env["ir.sequence"].next_by_code("finance.sync.hold") or "/"
        try:
            with self.env.cr.savepoint():
                # The worklist's owner is told by an activity, not as a follower.
                return self.with_context(
                    mail_create_nosubscribe=True, mail_create_nolog=True
                ).create(vals)
        except UniqueViolation:
            _logger.info("A hold %s is being opened elsewhere", vals["dedupe_key"])
            return self.browse()

    def _announce(self):
        """Tell the owner; the material ones go higher at once."""
        for hold in self:
            if hold.blocking and hold.user_id:
                hold._remind(hold.user_id)
            material = hold.connection_id.materiality
            if material and hold.materiality >= material:
                hold._escalate()

    def _remind(self, user):
        """An activity, unless the user could not even open the hold."""
        seen = self.with_user(user).with_context(
            allowed_company_ids=user.company_ids.ids
        )
        try:
            check_access(seen, "read")
        except AccessError:
            _logger.warning(
                "%s looks after %s but may not read it", user.login, self.name
            )
            return
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=fields.Date.to_date(self.due),
            summary=self.type_id.name,
            note=plaintext2html(self.summary),
            user_id=user.id,
        )

    def _escalate(self):
        """Once: to whom the connection says."""
        for hold in self.filtered(lambda h: not h.escalated_at):
            hold.escalated_at = fields.Datetime.now()
            user = hold.connection_id.escalation_user_id
            if user and user != hold.user_id:
                hold._remind(user)

    @api.model
    def _cron_escalate(self):
        """Overdue holds, the largest first."""
        # The cron serves all companies.
        overdue = self.sudo().search(
            [
                ("state", "=", "open"),
                ("due", "<", fields.Datetime.now()),
                ("escalated_at", "=", False),
            ],
            order="materiality desc, due",
            limit=500,
        )
        overdue._escalate()

    @api.model
    def _resolve_for(
        self,
        *,
        why,
        document=None,
        exchange=None,
        connection=None,
        codes=None,
        state="resolved",
    ):
        """Close what is open about one of these, as its reason has gone."""
        if not (document or exchange or connection):
            return self.browse()
        domain = [("state", "=", "open")]
        if document:
            domain.append(("document_uuid", "in", document.mapped("finance_sync_uuid")))
        if exchange:
            domain.append(("exchange_id", "in", exchange.ids))
        if connection:
            domain.append(("connection_id", "in", connection.ids))
        if codes:
            domain.append(("code", "in", list(codes)))
        holds = self.sudo().search(domain)  # see _raise
        holds._close(state, why)
        return holds.with_env(self.env)

    def _close(self, state, why):
        if not self:
            return
        # Rows change here only, after actions have checked the user.
        self.sudo().write(
            {
                "state": state,
                "resolution": why,
                "resolved_by": self.env.uid,
                "resolved_at": fields.Datetime.now(),
            }
        )
        self.sudo().activity_ids.unlink()
        for hold in self:
            hold._document()._finance_sync_forget()

    def _document(self):
        """The document, if it is still there; else an empty record of the mixin."""
        if self.res_model in self.env and self.res_id:
            return self.env[self.res_model].browse(self.res_id)
        return self.env["finance.sync.document.mixin"]

    # -- What people do

    def _check_resolver(self):
        user = self.env.user
        if not (self.env.su or user.has_group("finance_sync.group_resolver")):
            raise AccessError(_("Only a Finance Sync resolver may do this."))
        closed = self.filtered(lambda hold: hold.state != "open")
        if closed:
            raise UserError(_("This hold is closed already."))

    def action_take(self):
        """Make it mine."""
        self._check_resolver()
        for hold in self:
            hold.sudo().user_id = self.env.user  # see _close
            hold.sudo().activity_ids.unlink()
            hold.sudo()._remind(self.env.user)
        return True

    def action_retry(self):
        self._check_resolver()
        self._exchanges().action_retry()
        return True

    def action_replay(self):
        self._check_resolver()
        self._exchanges().action_replay()
        return True

    def action_mark_done(self):
        self._check_resolver()
        self._exchanges().action_mark_done()
        return True

    def _exchanges(self):
        if not self.exchange_id:
            raise UserError(_("This hold is about no single message. Read its advice."))
        return self.exchange_id

    def action_resolve(self):
        """Close by hand. What blocks goes away by a retry or an override only."""
        self._check_resolver()
        stuck = self.filtered(
            lambda hold: hold.blocking and hold.exchange_id.state == "held"
        )
        if stuck:
            raise UserError(
                _("Its message still waits. Retry it, or override the hold.")
            )
        self._close("resolved", _("Resolved by %s.", self.env.user.name))
        return True

    # -- Override: a reason, and by rule a second person

    def action_override(self):
        self.ensure_one()
        self._check_resolver()
        self._check_overridable()
        return {
            "type": "ir.actions.act_window",
            "name": _("Override"),
            "res_model": "finance.sync.hold.override",
            "view_mode": "form",
            "target": "new",
            "context": {"default_hold_id": self.id},
        }

    def _check_overridable(self):
        for hold in self:
            if not hold.type_id.overridable:
                raise UserError(_("“%s” can never be overridden.", hold.type_id.name))

    def _override(self, reason):
        """Go on in spite of this hold; at once where its type needs no second one."""
        self._check_resolver()
        self._check_overridable()
        reason = (reason or "").strip()
        if len(reason) < SHORTEST_REASON:
            raise UserError(_("Give a reason that somebody else will understand."))
        for hold in self:
            # See _close.
            hold.sudo().write(
                {"override_reason": reason, "override_requested_by": self.env.uid}
            )
            if not hold.type_id.second_person:
                hold._go_on()

    def _approve_override(self):
        """The second person, who is neither the first one nor the superuser."""
        self._check_may_decide()
        self._go_on()

    def _refuse_override(self, reason):
        self._check_may_decide()
        for hold in self.sudo():  # see _close
            hold._message_log(body=_("Override refused: %s", reason))
        self.sudo().write({"override_requested_by": False, "override_reason": False})

    def _check_may_decide(self):
        user = self.env.user
        if user.id == SUPERUSER_ID or not user.has_group("finance_sync.group_approver"):
            raise AccessError(_("Only an approver may decide on this."))
        for hold in self:
            if hold.state != "open" or not hold.override_requested_by:
                raise UserError(_("Nobody asks for an override of this hold."))
            if hold.override_requested_by == user:
                raise UserError(_("A second person has to decide on your override."))

    def _go_on(self):
        for hold in self:
            exchange = hold.exchange_id
            hold.sudo().override_by = self.env.user  # see _close
            hold._close("overridden", hold.override_reason)
            if exchange.state == "held":
                exchange._cancel(_("Its hold was overridden."))

    def action_open_document(self):
        self.ensure_one()
        if not self._document().exists():
            raise UserError(_("The document is no more."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    def action_open_exchange(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "finance.sync.exchange",
            "res_id": self.exchange_id.id,
            "view_mode": "form",
        }
