"""The daily mail: what is yours to do, and for managers, what does not work."""

import logging
from datetime import timedelta

import pytz
from odoo import _, api, fields, models
from odoo.tools.misc import format_amount, format_datetime
from odoo.tools.misc import hmac as odoo_hmac

from .. import compat

_logger = logging.getLogger(__name__)

# Local time at which it is sent, or as soon after as the cron runs.
HOUR = 7
LONGEST = 10
SCOPE = "finance_sync-digest-stop"
OPEN = ("state", "=", "open")


class Users(models.Model):
    _inherit = "res.users"

    finance_sync_digest = fields.Selection(
        [("daily", "Daily, when there is something to do"), ("none", "Never")],
        default="daily",
        required=True,
    )
    finance_sync_digest_sent = fields.Date(readonly=True, copy=False)

    @property
    def SELF_READABLE_FIELDS(self):  # noqa: N802 - Odoo's name
        return [*super().SELF_READABLE_FIELDS, "finance_sync_digest"]

    @property
    def SELF_WRITEABLE_FIELDS(self):  # noqa: N802 - Odoo's name
        return [*super().SELF_WRITEABLE_FIELDS, "finance_sync_digest"]

    def _finance_sync_digest(self):
        """What the mail says, as texts in the user's language and time zone.

        :return: ``{"holds", "hold_count", "overdue_count", "amounts", "approvals",
            "connections", "objectives", "unassigned", "url", "stop_url", "todo"}``
        """
        self.ensure_one()
        me = self.with_user(self).with_context(
            allowed_company_ids=self.company_ids.ids,
            lang=self.lang,
            tz=self.tz or "UTC",
        )
        digest = {
            **me._finance_sync_digest_holds(),
            "approvals": me._finance_sync_digest_approvals(),
            "connections": [],
            "objectives": [],
            "unassigned": 0,
            "url": self.get_base_url(),
            "stop_url": self._finance_sync_digest_stop_url(),
        }
        if me.has_group("finance_sync.group_manager"):
            digest.update(me._finance_sync_digest_support())
        digest["todo"] = bool(
            digest["hold_count"]
            or digest["approvals"]
            or digest["connections"]
            or digest["objectives"]
            or digest["unassigned"]
        )
        return digest

    def _finance_sync_digest_holds(self):
        holds = self.env["finance.sync.hold"]
        if not self.env["ir.model.access"].check(holds._name, "read", False):
            return {"holds": [], "hold_count": 0, "overdue_count": 0, "amounts": ""}
        # Mine or my team's, and not put off until later.
        mine = [
            OPEN,
            ("mine", "=", True),
            "|",
            ("snoozed_until", "=", False),
            ("snoozed_until", "<=", fields.Datetime.now()),
        ]
        amounts = [
            format_amount(self.env, amount, currency)
            for currency, amount in holds._read_group(
                mine, ["currency_id"], ["materiality:sum"]
            )
            if currency and amount
        ]
        return {
            "holds": [
                hold._finance_sync_digest_line()
                for hold in holds.search(
                    mine, order="due, materiality desc", limit=LONGEST
                )
            ],
            "hold_count": holds.search_count(mine),
            "overdue_count": holds.search_count([*mine, ("overdue", "=", True)]),
            "amounts": " + ".join(amounts),
        }

    def _finance_sync_digest_approvals(self):
        """How many changes and overrides wait for this user's approval."""
        if not self.has_group("finance_sync.group_approver"):
            return 0
        changes = self.env["finance.sync.connection.change"].search_count(
            [("state", "=", "pending"), ("requested_by", "!=", self.id)]
        )
        overrides = self.env["finance.sync.hold"].search_count(
            [
                OPEN,
                ("override_requested_by", "!=", False),
                ("override_requested_by", "!=", self.id),
            ]
        )
        return changes + overrides

    def _finance_sync_digest_support(self):
        connections = self.env["finance.sync.connection"].search(
            [("state", "!=", "draft")]
        )
        health = dict(connections._fields["health"]._description_selection(self.env))
        unwell = connections.filtered(
            lambda one: one.health == "bad" or one.failure_count
        )
        objectives = self.env["finance.sync.slo"].search([])
        return {
            "connections": [
                {
                    "name": one.name,
                    "health": health[one.health],
                    "bad": one.health == "bad",
                    "backlog": one.backlog_count,
                    "failures": one.failure_count,
                    "last_success": format_datetime(self.env, one.last_success)
                    if one.last_success
                    else _("never"),
                }
                for one in unwell
            ],
            "objectives": [
                {
                    "name": one.name,
                    "attainment": f"{one.attainment:.2f} %",
                    "objective": f"{one.objective:g} %",
                    "left": f"{one.budget_left:.0f} %",
                }
                for one in objectives
                if one.state in ("risk", "missed")
            ],
            "unassigned": self.env["finance.sync.hold"].search_count(
                [OPEN, ("user_id", "=", False), ("team_id", "=", False)]
            ),
        }

    # -- Sending

    @api.model
    def _cron_finance_sync_digest(self):
        """Hourly: to those for whom it is morning and who have something to do."""
        template = self.env.ref(
            "finance_sync.mail_template_digest", raise_if_not_found=False
        )
        if not template:
            return
        now = fields.Datetime.now()
        for user in self._finance_sync_digest_readers():
            today = user._finance_sync_morning(now)
            if today and user.finance_sync_digest_sent != today:
                user._finance_sync_send_digest(template, today)

    @api.model
    def _finance_sync_digest_readers(self):
        readers = compat.users_of(self.env, "finance_sync.group_user")
        return readers.filtered(
            lambda user: (
                user.finance_sync_digest == "daily" and user.email and not user.share
            )
        )

    def _finance_sync_morning(self, now):
        """The user's date if its digest is due there by now, else None."""
        zone = pytz.timezone(self.tz or "UTC")
        local = pytz.utc.localize(now).astimezone(zone)
        return local.date() if local.hour >= HOUR else None

    def _finance_sync_send_digest(self, template, today):
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self.finance_sync_digest_sent = today
                if self._finance_sync_digest()["todo"]:
                    template.send_mail(self.id, email_values=self._stop_headers())
        except Exception as error:  # noqa: BLE001 - the others get theirs
            _logger.warning("No digest for user %s: %s", self.id, type(error).__name__)

    def _stop_headers(self):
        headers = {
            "List-Unsubscribe": f"<{self._finance_sync_digest_stop_url()}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        return {"headers": repr(headers)}

    # -- Stopping it by the link in the mail

    def _finance_sync_digest_stop_url(self):
        token = self._finance_sync_digest_token()
        return (
            f"{self.get_base_url()}/finance_sync/digest/stop"
            f"?user={self.id}&token={token}"
        )

    def _finance_sync_digest_token(self):
        # The database's secret is readable by administrators only.
        return odoo_hmac(self.env(su=True), SCOPE, self.id)


class Hold(models.Model):
    _inherit = "finance.sync.hold"

    def _finance_sync_digest_line(self):
        self.ensure_one()
        now = fields.Datetime.now()
        return {
            "name": self.document_ref or self.name,
            "type": self.type_id.name,
            "amount": format_amount(self.env, self.materiality, self.currency_id)
            if self.materiality and self.currency_id
            else "",
            "due": format_datetime(self.env, self.due) if self.due else "",
            "overdue": self.overdue,
            "soon": bool(self.due and not self.overdue)
            and self.due < now + timedelta(hours=24),
            "url": f"/mail/view?model={self._name}&res_id={self.id}",
        }
