from datetime import date

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .internal import Internal, internal_value
from .shown_value import shown_value

# On a connection that has been active, a second person approves changes of these.
GOVERNED = (
    "provider",
    "environment",
    "base_url",
    "rate_per_second",
    "rate_burst",
    "retry_max_attempts",
    "retry_base",
    "retry_cap",
    "breaker_threshold",
    "breaker_cool_down",
    "outage_policy",
    "fallback_connection_id",
    "baseline_date",
    "allowed_networks",
    "ca_cert_ref",
    "sftp_host_key",
)
APPROVED = "finance_sync_approved"


class ConnectionChange(models.Model):
    """A change of settings that waits for a second person."""

    _name = "finance.sync.connection.change"
    _description = "Finance Sync Connection Change"
    _order = "id desc"
    _rec_name = "connection_id"

    connection_id = fields.Many2one(
        "finance.sync.connection",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    values = fields.Json(required=True, readonly=True, copy=False)
    summary = fields.Text(compute="_compute_summary")
    state = fields.Selection(
        [
            ("pending", "To Approve"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("cancelled", "Withdrawn"),
        ],
        required=True,
        readonly=True,
        default="pending",
    )
    requested_by = fields.Many2one("res.users", required=True, readonly=True)
    requested_at = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now
    )
    approved_by = fields.Many2one("res.users", string="Decided by", readonly=True)
    approved_at = fields.Datetime(string="Decided on", readonly=True)

    @api.depends("values", "connection_id", "state")
    def _compute_summary(self):
        for change in self:
            change.summary = "\n".join(
                change._line(name, value)
                for name, value in sorted((change.values or {}).items())
            )

    def _line(self, name, value):
        connection = self.connection_id
        label = connection._fields[name]._description_string(self.env)
        after = shown_value(connection, name, value)
        if self.state != "pending":
            return f"{label}: {after}"
        return f"{label}: {shown_value(connection, name, connection[name])} → {after}"

    def _check_may_decide(self):
        """Neither contributor nor requester nor superuser approves."""
        user = self.env.user
        user._finance_sync_check_approver()
        for change in self:
            if change.state != "pending":
                raise UserError(_("This change has been decided on already."))
            if change.requested_by == user:
                raise UserError(_("A second person has to decide on your change."))

    def action_approve(self):
        self._check_may_decide()
        for change in self:
            # The connection's own guard would ask for an approval again.
            connection = change.connection_id.sudo()
            connection._as_approved().write(change.values)
            change._decide("approved")
            connection._message_log(
                body=_(
                    "Change asked for by %(asker)s, approved by %(approver)s: %(what)s",
                    asker=change.requested_by.name,
                    approver=self.env.user.name,
                    what=", ".join(change.summary.splitlines()),
                )
            )
        return True

    def action_refuse(self):
        self._check_may_decide()
        for change in self:
            change._decide("refused")
        return True

    def action_cancel(self):
        """The requester, or a manager, withdraws it."""
        for change in self:
            if change.requested_by != self.env.user:
                change.connection_id._check_manager()
            if change.state == "pending":
                change._decide("cancelled")
        return True

    def _decide(self, state):
        # Rows change through these actions only, which have checked the user.
        self.sudo().write(
            {
                "state": state,
                "approved_by": self.env.uid,
                "approved_at": fields.Datetime.now(),
            }
        )
        self.connection_id.invalidate_recordset(["pending_change_id"])


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    def write(self, vals):
        """Turn changes of governed settings into a request, once a connection is live.

        Pausing it first does not help: whatever was active once is governed.
        """
        self._check_action_fields(vals)
        if internal_value(self.env, APPROVED) or not set(GOVERNED).intersection(vals):
            return super().write(vals)
        governed = self.filtered(lambda connection: connection.state != "draft")
        for connection in governed:
            connection._request_change(vals)
        rest = {k: v for k, v in vals.items() if k not in GOVERNED}
        if rest and governed:
            super(Connection, governed).write(rest)
        free = self - governed
        return super(Connection, free).write(vals) if free else True

    def _as_approved(self):
        """For writing settings that a second person agreed to, or nobody has to."""
        return self.sudo().with_context(**{APPROVED: Internal(True)})

    def _request_change(self, vals):
        """Keep what is changed for approval, together with what waits already."""
        self._check_manager()
        current = self._convert_to_write({name: self[name] for name in GOVERNED})
        pending = self.change_ids.filtered(
            lambda c: c.state == "pending" and c.kind == "settings"
        )[:1]
        wanted = {**current, **(pending.values or {})}
        wanted.update({name: vals[name] for name in GOVERNED if name in vals})
        # Dates are kept as JSON does.
        current, wanted = _with_texts(current), _with_texts(wanted)
        changed = {
            name: value
            for name, value in wanted.items()
            if (value or False) != (current[name] or False)
        }
        if changed == (pending.values or {}):
            return
        changes = self.env["finance.sync.connection.change"].sudo()
        # Requests are made here only, after _check_manager.
        pending.sudo().write({"state": "cancelled"})
        if changed:
            changes.create(
                {
                    "connection_id": self.id,
                    "values": changed,
                    "requested_by": self.env.uid,
                }
            )
            self._message_log(
                body=_(
                    "%s asks to change settings; a second person has to approve.",
                    self.env.user.name,
                )
            )


def _with_texts(values):
    return {
        name: fields.Date.to_string(value) if isinstance(value, date) else value
        for name, value in values.items()
    }
