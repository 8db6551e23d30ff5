from odoo import fields, models

POINT = [("sale_confirm", "Sales Order: Confirm")]


class GateRule(models.Model):
    _inherit = "finance.sync.gate.rule"

    point = fields.Selection(selection_add=POINT, ondelete={"sale_confirm": "cascade"})


class GateResult(models.Model):
    _inherit = "finance.sync.gate.result"

    point = fields.Selection(selection_add=POINT, ondelete={"sale_confirm": "set null"})


class Hold(models.Model):
    _inherit = "finance.sync.hold"

    gate_point = fields.Selection(
        selection_add=POINT, ondelete={"sale_confirm": "set null"}
    )
