from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from ..core.ownership import OwnershipError
from .connection_change import APPROVED
from .internal import Internal, internal_value
from .ownership_rule import RULE_FIELDS

OWNERSHIP = "ownership_rules"
INBOUND = "finance_sync_inbound"


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    ownership_rule_ids = fields.One2many(
        "finance.sync.ownership.rule", "connection_id", copy=False
    )
    ownership_rule_count = fields.Integer(compute="_compute_ownership_rule_count")

    def _compute_ownership_rule_count(self):
        counts = dict(
            self.env["finance.sync.ownership.rule"]._read_group(
                [("connection_id", "in", self.ids)], ["connection_id"], ["__count"]
            )
        )
        for connection in self:
            connection.ownership_rule_count = counts.get(connection, 0)

    def write(self, vals):
        """Rules come in by an approved change only."""
        vals = dict(vals)
        rules = vals.pop(OWNERSHIP, None)
        if rules is not None:
            if not internal_value(self.env, APPROVED):
                raise AccessError(_("A second person has to approve this."))
            self._replace_ownership(rules)
        result = super().write(vals) if vals or rules is None else True
        if {"state", "name"}.intersection(vals):
            self.env["finance.sync.ownership.rule"]._forget()
        return result

    def _replace_ownership(self, rules):
        for connection in self:
            model = self.env["finance.sync.ownership.rule"]._applying()
            model.search([("connection_id", "=", connection.id)]).unlink()
            model.create([{**rule, "connection_id": connection.id} for rule in rules])
            self.env["finance.sync.event"]._record(
                "finance_sync.ownership.changed",
                connection,
                data={"rules": len(rules)},
            )

    def _ownership_values(self):
        """The rules in force, as a change stores them."""
        return [
            {
                name: rule[name].id if name == "company_id" else rule[name]
                for name in RULE_FIELDS
            }
            for rule in self.ownership_rule_ids
        ]

    def _request_ownership(self, rules):
        """Set the rules of a draft; ask for a second person on any other."""
        self.ensure_one()
        self._check_manager()
        if self.state == "draft":
            self._replace_ownership(rules)
            return
        changes = self.env["finance.sync.connection.change"].sudo()
        pending = self.change_ids.filtered(
            lambda c: c.state == "pending" and c.kind == "ownership"
        )
        # Requests are made here only, after _check_manager.
        pending.sudo()._decide("cancelled")
        changes.create(
            {
                "connection_id": self.id,
                "kind": "ownership",
                "values": {OWNERSHIP: rules},
                "requested_by": self.env.uid,
            }
        )
        self._message_log(
            body=_(
                "%s asks to change ownership rules; a second person has to approve.",
                self.env.user.name,
            )
        )

    def action_default_ownership(self):
        """Add the rules that a connection begins with, where it has none."""
        self.ensure_one()
        rules = self._ownership_values()
        known = {(r["company_id"], r["what"], r["state"]) for r in rules}
        missing = [
            rule
            for rule in self.env["finance.sync.ownership.rule"]._default_rules()
            if (rule["company_id"], rule["what"], rule["state"]) not in known
        ]
        if missing:
            self._request_ownership(rules + missing)
        waiting = self.pending_change_id
        if not waiting:
            return self.action_open_ownership()
        return {
            "type": "ir.actions.act_window",
            "name": _("Waits for Approval"),
            "res_model": waiting._name,
            "res_id": waiting.id,
            "view_mode": "form",
        }

    def action_open_ownership(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Ownership Rules"),
            "res_model": "finance.sync.ownership.rule",
            "view_mode": "tree",
            "domain": [("connection_id", "=", self.id)],
            "context": {"default_connection_id": self.id},
        }

    def action_change_ownership(self):
        self.ensure_one()
        wizard = self.env["finance.sync.ownership.edit"].create(
            {
                "connection_id": self.id,
                "line_ids": [
                    fields.Command.create(rule) for rule in self._ownership_values()
                ],
            }
        )
        return wizard._reopen()


class ConnectionChange(models.Model):
    _inherit = "finance.sync.connection.change"

    kind = fields.Selection(
        [("settings", "Settings"), ("ownership", "Ownership Rules")],
        string="What",
        required=True,
        readonly=True,
        default="settings",
    )

    def _line(self, name, value):
        if name != OWNERSHIP:
            return super()._line(name, value)
        rules = self.env["finance.sync.ownership.rule"]
        now = {self._told(rules, rule) for rule in self._rules_now()}
        new = {self._told(rules, rule) for rule in value}
        lines = [f"+ {text}" for text in sorted(new - now)]
        lines += [f"− {text}" for text in sorted(now - new)]
        return "\n".join(lines) or _("%s ownership rules", len(new))

    def _rules_now(self):
        """What the change is told against: nothing once it has been decided on."""
        if self.state != "pending":
            return []
        return self.connection_id.sudo()._ownership_values()  # rules are no secret

    def _told(self, rules, rule):
        parts = [
            dict(rules._fields[name]._description_selection(self.env)).get(rule[name])
            for name in ("what", "state", "owner", "manual")
        ]
        company = self.env["res.company"].sudo().browse(rule["company_id"] or [])
        return " · ".join(filter(None, [*parts, company.name]))


class Exchange(models.Model):
    """What handlers write is the other side's doing, and is no edit by hand."""

    _inherit = "finance.sync.exchange"

    def _inbound(self):
        return self.with_context(**{INBOUND: Internal(True)})

    def _job_run(self):
        return super(Exchange, self._inbound())._job_run()

    @api.model
    def _job_drain(self, *args, **kwargs):
        return super(Exchange, self._inbound())._job_drain(*args, **kwargs)

    def action_replay(self):
        return super(Exchange, self._inbound()).action_replay()

    def _hold(self, handler, code, error):
        if isinstance(error, OwnershipError):
            code = error.code
            self.env["finance.sync.event"]._record(
                "finance_sync.ownership.refused",
                self,
                data={
                    "fields": [each.field for each in error.refused],
                    "object": error.record,
                },
            )
        return super()._hold(handler, code, error)
