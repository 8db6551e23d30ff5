import logging

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html
from psycopg2.errors import UniqueViolation

from .hold_owner import ANNOUNCED

_logger = logging.getLogger(__name__)


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
        subject=None,
    ):
        """Open a hold, or refresh the one that is open for the same reason.

        :param amount: in company currency; what the worklist is sorted by
        :param subject: text that names what it is about, where that is neither a
            message, a document nor a connection: one hold is open for it at a time
        :return: the hold; empty if another transaction opens the same one right now
        """
        holds = self.sudo()  # holds are made by what happens, not by users
        vals = self._prepare_vals(
            code, document, exchange, connection, company, subject
        )
        amount = amount or (exchange and exchange.amount) or 0.0
        vals.update(
            summary=summary, amount=amount, materiality=abs(amount), period=period
        )
        known = holds.search(
            [("dedupe_key", "=", vals["dedupe_key"]), ("state", "=", "open")], limit=1
        )
        if known:
            known._refresh(vals)
            return known.with_env(self.env)
        hold = holds._create_once(vals)
        if hold:
            hold._tell("opened", owner=hold.user_id.id or None, due=hold.due)
            hold._announce()
            hold._document()._finance_sync_forget()
        return hold.with_env(self.env)

    def _refresh(self, vals):
        """The same again: with its newest words, and awake if more is at stake."""
        changed = {
            name: vals[name]
            for name in ("summary", "amount", "materiality")
            if self[name] != vals[name]
        }
        grown = vals["materiality"] > self.materiality
        if changed:
            self.write(changed)
        if grown:
            self._wake()
            self._plan_escalation()

    def _prepare_vals(
        self, code, document, exchange, connection, company, subject=None
    ):
        hold_type = self.env["finance.sync.hold.type"].sudo()._of(code)
        connection = connection or (exchange and exchange.connection_id)
        connection = connection.sudo() if connection else None  # see _raise
        vals = self._about(document, exchange)
        company = company or self._company(document, exchange, connection)
        if subject is None:
            subject = self._subject(document, exchange, connection, company)
        hours = hold_type.sla_hours or (connection and connection.sla_hours) or 24.0
        # Its create_date, from which it is counted again when a calendar changes.
        start = self.env.cr.now().replace(microsecond=0)
        vals.update(
            type_id=hold_type.id,
            severity=hold_type.severity,
            blocking=hold_type.blocking,
            connection_id=connection.id if connection else False,
            company_id=company.id,
            currency_id=company.currency_id.id,
            sla_hours=hours,
            due=self._due(company, hours, start),
            dedupe_key=f"{code}:{subject}",
            **self._owner_vals(hold_type, company, connection),
        )
        return vals

    def _subject(self, document, exchange, connection, company):
        if exchange:
            return exchange.uuid
        if document:
            return document.finance_sync_uuid
        return connection.key if connection else company.id

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
        # What the caller has written may be refused as well, and is no open hold.
        self.env.flush_all()
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
        """Tell the owner; large amounts go higher as the rules say, maybe at once."""
        for hold in self:
            if hold.blocking and hold.user_id:
                hold._remind(hold.user_id)
        self._escalate()

    def _remind(self, user):
        """An activity, unless the user could not even open the hold."""
        if not self._may_read(user):
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
                "snoozed_until": False,
                "escalate_at": False,
            }
        )
        self.sudo().activity_ids.unlink()
        self._tell("resolved", state=state, reason=why)
        for hold in self:
            hold._document()._finance_sync_forget()
        self._release_waiting()

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
        self._assign(self.env.user)
        if len(self) <= ANNOUNCED:
            for hold in self.sudo():  # see _close
                hold._remind(self.env.user)
        return True

    def action_retry(self):
        self._check_resolver()
        self._exchanges().action_retry()
        return True

    def action_retry_many(self):
        """Retry one at once; of several, show first what will happen."""
        self._check_resolver()
        exchanges = self._exchanges()
        if len(exchanges) == 1:
            return self.action_retry()
        return self.env["finance.sync.replay"]._preview(exchanges)

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
