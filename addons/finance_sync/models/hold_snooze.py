from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError


class Hold(models.Model):
    """Putting holds off: they leave the worklist and come back by themselves."""

    _inherit = "finance.sync.hold"

    @api.model
    def action_worklist(self):
        """Resolvers begin with their own holds; managers and readers with all."""
        user = self.env.user
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "finance_sync.finance_sync_hold_action"
        )
        works = user.has_group("finance_sync.group_resolver")
        if works and not user.has_group("finance_sync.group_manager"):
            action["context"] = {"search_default_open": 1, "search_default_mine": 1}
        return action

    def action_snooze(self):
        self._check_resolver()
        return self._wizard("finance.sync.hold.snooze", _("Snooze"))

    def action_assign(self):
        self._check_resolver()
        return self._wizard("finance.sync.hold.assign", _("Assign"))

    def _wizard(self, model, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_hold_ids": [(6, 0, self.ids)]},
        }

    def _latest_snooze(self):
        """Until when this hold may be put off, naive UTC.

        As its type says; else so many working hours where it is critical and blocks,
        and so many days where it is not.
        """
        hours = self.type_id.snooze_hours
        company = (self.company_id or self.env.company).sudo()  # settings of any
        if not hours and self.blocking and self.severity == "critical":
            hours = company.finance_sync_snooze_critical_hours
        if hours:
            return self._due(self.company_id, hours)
        return fields.Datetime.now() + timedelta(days=company.finance_sync_snooze_days)

    def _snooze(self, until, reason):
        """Put these off. Their clock and their escalation run on.

        :raises UserError: too long for one of them, in the past, or without a reason
        """
        self._check_resolver()
        reason = (reason or "").strip()
        if not reason:
            raise UserError(_("Say what you wait for."))
        if not until or until <= fields.Datetime.now():
            raise UserError(_("Choose a time that is still to come."))
        latest = self._latest_snoozes()
        for hold in self:
            if until > latest[hold]:
                raise UserError(
                    _(
                        "“%(hold)s” (%(name)s) may be put off until %(latest)s at"
                        " most.",
                        hold=hold.type_id.name,
                        name=hold.name,
                        latest=_local(hold, latest[hold]),
                    )
                )
        # Rows change by actions only, which have checked the user.
        holds = self.sudo().with_context(tracking_disable=len(self) > 20)
        holds.write({"snoozed_until": until, "snooze_reason": reason})
        self.sudo().activity_ids.write({"date_deadline": until.date()})
        self._tell("snoozed", until=until, reason=reason)

    def _latest_snoozes(self):
        """Hold → until when it may be put off; each kind and company asked once."""
        known, latest = {}, {}
        for hold in self:
            key = (hold.type_id, hold.company_id, hold.blocking, hold.severity)
            if key not in known:
                known[key] = hold._latest_snooze()
            latest[hold] = known[key]
        return latest

    def action_wake(self):
        self._check_resolver()
        self._wake()
        return True

    def _wake(self):
        asleep = self.filtered("snoozed")
        # See _snooze.
        asleep.sudo().write({"snoozed_until": False, "snooze_reason": False})
        asleep._tell("woken")


def _local(record, moment):
    shown = fields.Datetime.context_timestamp(record, moment)
    return shown.strftime("%Y-%m-%d %H:%M")
