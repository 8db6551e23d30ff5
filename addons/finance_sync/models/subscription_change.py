from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .internal import Internal, internal_value
from .shown_value import shown_value

# On a subscription that has been active, a second person approves changes of these.
GOVERNED = (
    "environment",
    "target_kind",
    "url",
    "host",
    "port",
    "virtual_host",
    "exchange",
    "use_tls",
    "authorities",
    "patterns",
    "company_ids",
)
APPROVED = "finance_sync_subscription_approved"


class Subscription(models.Model):
    """Where figures go, and which, is not for one person to change."""

    _inherit = "finance.sync.subscription"

    change_values = fields.Json(copy=False, readonly=True)
    change_by = fields.Many2one("res.users", copy=False, readonly=True)
    change_at = fields.Datetime(copy=False, readonly=True)
    change_summary = fields.Text(
        string="Change Asked for", compute="_compute_change_summary"
    )

    @api.depends("change_values")
    def _compute_change_summary(self):
        for subscription in self:
            subscription.change_summary = "\n".join(
                subscription._change_line(name, value)
                for name, value in sorted((subscription.change_values or {}).items())
            )

    def _change_line(self, name, value):
        label = self._fields[name]._description_string(self.env)
        return f"{label}: {shown_value(self, name, value)}"

    def write(self, vals):
        """Turn a change of what is governed into a request, once it has been live."""
        asked = {name: value for name, value in vals.items() if name in GOVERNED}
        if not asked or internal_value(self.env, APPROVED):
            return super().write(vals)
        governed = self.filtered(lambda each: each.state != "draft")
        for subscription in governed:
            subscription._ask_for_change(asked)
        rest = {name: value for name, value in vals.items() if name not in GOVERNED}
        if governed and rest:
            super(Subscription, governed).write(rest)
        free = self - governed
        return super(Subscription, free).write(vals) if free else True

    def _ask_for_change(self, asked):
        self._check_manager()
        before = self._convert_to_write({name: self[name] for name in GOVERNED})
        wanted = {**before, **(self.change_values or {}), **asked}
        if "company_ids" in asked:
            wanted["company_ids"] = self._company_command(asked["company_ids"])
        changed = {
            name: value
            for name, value in wanted.items()
            if _plain(value) != _plain(before[name])
        }
        # By whoever may write it, which has been checked; by nobody directly.
        self.sudo().write(
            {
                "change_values": changed or False,
                "change_by": self.env.uid if changed else False,
                "change_at": fields.Datetime.now() if changed else False,
            }
        )
        if changed:
            self._tell_change("requested", changed)

    def _company_command(self, commands):
        """The same as one command that sets all of them."""
        found = set(self.company_ids.ids)
        for command in commands:
            code, *rest = command
            if code == 6:
                found = set(rest[1])
            elif code == 5:
                found = set()
            elif code == 4:
                found.add(rest[0])
            elif code in (2, 3):
                found.discard(rest[0])
        return [[6, 0, sorted(found)]]

    def _tell_change(self, what, values):
        self.env["finance.sync.event"]._record(
            f"finance_sync.subscription.change.{what}",
            self,
            data={"fields": sorted(values), "requested_by": self.change_by.id},
        )

    def _check_may_decide(self):
        """Neither contributor nor requester nor superuser approves."""
        user = self.env.user
        user._finance_sync_check_approver()
        for subscription in self:
            if not subscription.change_values:
                raise UserError(_("Nobody asks for a change of this subscription."))
            if subscription.change_by == user:
                raise UserError(_("A second person has to decide on your change."))

    def action_approve_change(self):
        self._check_may_decide()
        for subscription in self:
            values = subscription.change_values
            subscription._tell_change("approved", values)
            # An approver may not write settings; this very change they may.
            writer = subscription.sudo().with_context(**{APPROVED: Internal(True)})
            writer.write(values)
            writer.write(_NO_CHANGE)
        return True

    def action_refuse_change(self):
        self._check_may_decide()
        return self._drop_change("refused")

    def action_withdraw_change(self):
        self._check_manager()
        return self._drop_change("cancelled")

    def _drop_change(self, what):
        for subscription in self.filtered("change_values"):
            subscription._tell_change(what, subscription.change_values)
            subscription.sudo().write(_NO_CHANGE)  # see _ask_for_change
        return True


_NO_CHANGE = {"change_values": False, "change_by": False, "change_at": False}


def _plain(value):
    """Comparable: the ORM's commands come as tuples or lists."""
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value or False
