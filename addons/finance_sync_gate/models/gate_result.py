from odoo import _, api, fields, models
from odoo.addons.finance_sync.core.canonical import canonical_json, digest
from odoo.addons.finance_sync.models.own_cursor import own_cursor
from odoo.exceptions import UserError

from .gate_rule import CHECKS, POINTS

STATES = [
    ("pass", "Pass"),
    ("review", "Passed, to Review"),
    ("wait", "Waits"),
    ("hold", "Hold"),
    ("block", "Block"),
]
COLUMNS = {
    "rule_ref": "int",
    "rule_name": "text",
    "point": "text",
    "check": "text",
    "state": "text",
    "company_ref": "int",
    "partner_ref": "int",
    "partner_name": "text",
    "res_model": "text",
    "res_id": "int",
    "document_uuid": "text",
    "document_ref": "text",
    "amount": "float8",
    "score": "float8",
    "matched_name": "text",
    "list_version": "text",
    "summary": "text",
    "proof": "text",
    "inputs_hash": "text",
    "user_ref": "int",
}


class GateResult(models.Model):
    """What a check was asked and found. Written for good, whatever becomes of the
    document: a refusal rolls back, its evidence does not."""

    _name = "finance.sync.gate.result"
    _description = "Gate Result"
    _log_access = False
    _order = "id desc"
    _rec_name = "document_ref"

    decided_at = fields.Datetime(readonly=True, index=True)
    rule_ref = fields.Integer(string="Rule Id", readonly=True, index=True)
    rule_name = fields.Char(string="Rule", readonly=True)
    point = fields.Selection(POINTS, string="Before", readonly=True)
    check = fields.Selection(CHECKS, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, index=True)
    company_ref = fields.Many2one(
        "res.company", string="Company", readonly=True, index=True, ondelete="restrict"
    )
    partner_ref = fields.Integer(string="Partner Id", readonly=True, index=True)
    partner_name = fields.Char(string="Partner", readonly=True)
    res_model = fields.Char(string="Document Model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Document Id", model_field="res_model", readonly=True
    )
    document_uuid = fields.Char(readonly=True, index=True)
    document_ref = fields.Char(string="Document", readonly=True)
    amount = fields.Float(readonly=True, help="In company currency.")
    score = fields.Float(readonly=True, digits=(16, 2))
    matched_name = fields.Char(readonly=True)
    list_version = fields.Char(readonly=True)
    summary = fields.Text(readonly=True)
    proof = fields.Text(readonly=True, help="What was compared, canonical JSON.")
    inputs_hash = fields.Char(
        string="SHA-256 of Inputs", readonly=True, help="Of the proof as stored."
    )
    user_ref = fields.Many2one(
        "res.users", string="Asked by", readonly=True, ondelete="restrict"
    )
    proof_holds = fields.Boolean(
        string="Proof Unchanged", compute="_compute_proof_holds"
    )

    @api.depends("proof", "inputs_hash")
    def _compute_proof_holds(self):
        for result in self:
            result.proof_holds = digest(result.proof or "") == result.inputs_hash

    @api.model
    def _store(self, rows):
        """Keep ``rows`` (dicts by column) on a cursor of its own, by one statement."""
        if not rows:
            return
        for row in rows:
            row["proof"] = canonical_json(row["proof"])
            row["inputs_hash"] = digest(row["proof"])
            row["user_ref"] = self.env.uid
        columns = ", ".join(f'"{name}"' for name in COLUMNS)
        values = ", ".join(f"%s::{kind}[]" for kind in COLUMNS.values())
        with own_cursor(self.env) as cr:
            cr.execute(
                f"INSERT INTO finance_sync_gate_result ({columns}, decided_at)"  # noqa: S608
                " SELECT *, clock_timestamp() AT TIME ZONE 'UTC'"
                f" FROM unnest({values})",
                [[row[name] for row in rows] for name in COLUMNS],
            )
        self.invalidate_model()

    def action_open_document(self):
        self.ensure_one()
        if self.res_model not in self.env or not (
            self.env[self.res_model].browse(self.res_id).exists()
        ):
            raise UserError(_("The document is no more."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }
