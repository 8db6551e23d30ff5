from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..models.hold_mapping import UNMAPPED
from ..models.internal import Internal
from ..models.mapping import KINDS
from ..models.mapping_translate import DRY


class MappingAdd(models.TransientModel):
    """“Map it”: say what held values are, and ask for the mapping's approval."""

    _name = "finance.sync.mapping.add"
    _description = "Map Values"

    kind = fields.Selection(KINDS, readonly=True, required=True)
    direction = fields.Selection(
        [("in", "Comes In"), ("out", "Goes Out")], readonly=True, required=True
    )
    connection_id = fields.Many2one(
        "finance.sync.connection", readonly=True, required=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    for_group = fields.Boolean(
        string="For All Companies",
        help="Goes into the group's default. A company's own mapping comes first.",
    )
    any_connection = fields.Boolean(
        string="For Any Connection",
        help="Not only for the one that the value came from.",
    )
    submit = fields.Boolean(
        string="Submit for Approval",
        help="Off: the draft stays open, for further changes.",
    )
    note = fields.Text(string="Why")
    draft_hint = fields.Char(compute="_compute_draft_hint")
    line_ids = fields.One2many("finance.sync.mapping.add.line", "wizard_id")

    @api.depends("kind", "for_group", "any_connection")
    def _compute_draft_hint(self):
        for wizard in self:
            found = wizard.env["finance.sync.mapping"]._open_version(*wizard._scope())
            wizard.draft_hint = False
            if found:
                wizard.draft_hint = _(
                    "%(mapping)s is being worked on by %(who)s. Your values go into it,"
                    " and what you submit is all of it.",
                    mapping=found.name,
                    who=", ".join(found.contributor_ids.mapped("name")),
                )

    @api.onchange("for_group", "any_connection")
    def _onchange_scope(self):
        self.submit = self._default_submit()

    def _default_submit(self):
        """Not what somebody else has not finished."""
        found = self.env["finance.sync.mapping"]._open_version(*self._scope())
        return found.state != "draft" or found.contributor_ids <= self.env.user

    def _scope(self):
        company, connection = self.company_id, self.connection_id
        return (
            self.kind,
            company.browse() if self.for_group else company,
            connection.browse() if self.any_connection else connection,
        )

    @api.model
    def _for_holds(self, holds):
        """A wizard for open holds of one kind, company and connection."""
        holds = holds.filtered(lambda h: h.code == UNMAPPED and h.state == "open")
        if not holds:
            raise UserError(_("Choose open holds of values that are not mapped."))
        scopes = {
            (h.mapping_kind, h.mapping_direction, h.connection_id, h.company_id)
            for h in holds
        }
        if len(scopes) > 1:
            raise UserError(
                _("Choose values of one kind, company and connection at a time.")
            )
        ((kind, direction, connection, company),) = scopes
        wizard = self.create(
            {
                "kind": kind,
                "direction": direction,
                "connection_id": connection.id,
                "company_id": company.id,
            }
        )
        wizard.submit = wizard._default_submit()
        wizard.line_ids = [
            fields.Command.create(wizard._prepare_line(hold)) for hold in holds
        ]
        return wizard

    def _prepare_line(self, hold):
        vals = {"hold_id": hold.id, "code": hold.mapping_code}
        if self.direction == "in":
            return {**vals, "external_code": hold.mapping_code}
        lines = self.env["finance.sync.mapping.line"]
        field = lines._targets()[self.kind][0]
        code = hold.mapping_code
        if code.startswith("#"):
            return {**vals, field: int(code[1:])}
        found = lines._find_targets(self.kind, [code], self.company_id).get(code)
        if found and len(found) == 1:
            vals[field] = found.id
        return {**vals, "canonical_code": code}

    def action_map(self):
        """Add the lines to a version of the chosen scope, and submit it."""
        self.ensure_one()
        draft = self.env["finance.sync.mapping"]._draft_for(
            *self._scope(), **({"note": self.note} if self.note else {})
        )
        draft._put_lines([line._prepare_vals() for line in self.line_ids])
        if self.submit:
            draft.action_submit()
        for hold in self.line_ids.hold_id:
            # Whoever works holds tells what they did with them.
            hold.sudo()._message_log(
                body=_(
                    "%(who)s mapped it in %(mapping)s.",
                    who=self.env.user.name,
                    mapping=draft.name,
                )
            )
        return draft._show()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": _("Map It"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class MappingAddLine(models.TransientModel):
    _name = "finance.sync.mapping.add.line"
    _description = "Value to Map"
    _inherit = ["finance.sync.mapping.target"]

    wizard_id = fields.Many2one(
        "finance.sync.mapping.add", required=True, ondelete="cascade", index=True
    )
    hold_id = fields.Many2one("finance.sync.hold", readonly=True, ondelete="cascade")
    code = fields.Char(readonly=True)
    summary = fields.Text(related="hold_id.summary")
    waiting_count = fields.Integer(related="hold_id.waiting_count")
    external_code = fields.Char()
    external_name = fields.Char(help="What the other system calls it.")
    canonical_code = fields.Char(string="Our Code")

    def _prepare_vals(self):
        wizard = self.wizard_id
        field = self._targets()[wizard.kind][0]
        target = self[field]
        if not self.external_code or not (target or self.canonical_code):
            raise UserError(_("Say for each value what it is, here and there."))
        vals = {
            "external_code": self.external_code,
            "external_name": self.external_name,
            "canonical_code": self.canonical_code or self._code_of(target),
            "direction": "both",
            field: target.id,
        }
        if wizard.for_group and target and self._belongs_to_a_company(target):
            # Each company has its own; the group names it by its code.
            vals.update({field: False, "canonical_code": self._code_of(target)})
        return self._one_way_if_needed(vals, target)

    def _belongs_to_a_company(self, target):
        if not {"company_id", "company_ids"} & target._fields.keys():
            return False
        none = self.env["res.company"]
        return not target.sudo().filtered_domain(target._check_company_domain(none))

    def _one_way_if_needed(self, vals, target):
        """A second external code for the same thing only comes in."""
        mappings = self.env["finance.sync.mapping"].with_context(
            **{DRY: Internal(True)}
        )
        result = mappings._translate(
            self.wizard_id.connection_id,
            self.wizard_id.kind,
            target or [vals["canonical_code"]],
            company=self.wizard_id.company_id,
            direction="out",
        )
        sent = next(iter(result.values.values()), None)
        if self.wizard_id.direction == "in" and sent not in (None, self.external_code):
            vals["direction"] = "in"
        return vals


class Hold(models.Model):
    _inherit = "finance.sync.hold"

    def action_map(self):
        """Say what these values are."""
        self._check_resolver()
        return self.env["finance.sync.mapping.add"]._for_holds(self)._reopen()
