from odoo import _, fields, models
from odoo.exceptions import UserError

from ..models.ownership_rule import RULE_FIELDS


class OwnershipEdit(models.TransientModel):
    """Change ownership rules: at once on a draft, else a second person approves."""

    _name = "finance.sync.ownership.edit"
    _description = "Change Ownership Rules"

    connection_id = fields.Many2one(
        "finance.sync.connection", required=True, readonly=True, ondelete="cascade"
    )
    connection_state = fields.Selection(related="connection_id.state")
    line_ids = fields.One2many("finance.sync.ownership.edit.line", "edit_id")

    def action_defaults(self):
        """Add the rules that ship with the addon, where there is none yet."""
        self.ensure_one()
        known = {(l.company_id.id, l.what, l.state) for l in self.line_ids}
        self.line_ids = [
            fields.Command.create(rule)
            for rule in self.env["finance.sync.ownership.rule"]._default_rules()
            if (rule["company_id"], rule["what"], rule["state"]) not in known
        ]
        return self._reopen()

    def action_ask(self):
        self.ensure_one()
        rules = [line._values() for line in self.line_ids]
        keys = [(rule["company_id"], rule["what"], rule["state"]) for rule in rules]
        if len(set(keys)) != len(keys):
            raise UserError(_("Two rules are about the same. Remove one of them."))
        self.connection_id._request_ownership(rules)
        return {"type": "ir.actions.act_window_close"}

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": _("Change Ownership Rules"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class OwnershipEditLine(models.TransientModel):
    _name = "finance.sync.ownership.edit.line"
    _description = "Ownership Rule to Be"

    edit_id = fields.Many2one(
        "finance.sync.ownership.edit", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company")
    what = fields.Selection(
        selection=lambda self: self._selection("what"), required=True
    )
    state = fields.Selection(
        selection=lambda self: self._selection("state"), string="While"
    )
    owner = fields.Selection(
        selection=lambda self: self._selection("owner"), required=True, default="odoo"
    )
    manual = fields.Selection(
        selection=lambda self: self._selection("manual"),
        string="Edits by Hand",
        required=True,
        default="warn",
    )
    note = fields.Char()

    def _selection(self, name):
        rules = self.env["finance.sync.ownership.rule"]
        return rules._fields[name]._description_selection(self.env)

    def _values(self):
        return {
            name: self[name].id if name == "company_id" else self[name]
            for name in RULE_FIELDS
        }
