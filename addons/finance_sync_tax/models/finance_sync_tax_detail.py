from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .. import compat
from .finance_sync_tax_rate import JURISDICTIONS

REASONS = [
    ("reverse_charge", "Reverse Charge"),
    ("export", "Export"),
    ("exempt", "Exempt by Certificate"),
    ("not_registered", "Not Registered There"),
    ("outside", "Outside the Tax Territory"),
    ("zero_rate", "Zero Rate"),
    ("not_taxable", "Not Taxable"),
]


class TaxDetail(models.Model):
    """What one jurisdiction takes on one line, as the engine said it."""

    _name = "finance.sync.tax.detail"
    _description = "Tax by Line and Jurisdiction"
    _order = "move_id desc, sequence, id"
    _log_access = False

    move_id = fields.Many2one(
        "account.move", required=True, readonly=True, index=True, ondelete="cascade"
    )
    line_id = fields.Many2one(
        "account.move.line", readonly=True, index=True, ondelete="cascade"
    )
    line_name = fields.Char(string="Invoice Line", related="line_id.name")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    invoice_date = fields.Date(related="move_id.invoice_date", store=True)
    sequence = fields.Integer(readonly=True)
    jurisdiction_type = fields.Selection(JURISDICTIONS, required=True, readonly=True)
    jurisdiction_code = fields.Char(readonly=True)
    jurisdiction_name = fields.Char(string="Jurisdiction", readonly=True)
    tax_name = fields.Char(readonly=True)
    rate = fields.Float(
        digits=(16, 8),
        readonly=True,
        help="A fraction: 0.0775 is 7.75 %.",
        **compat.aggregate(None),
    )
    taxable = fields.Monetary(
        readonly=True, help="In the document's currency; negative on credit notes."
    )
    exempt = fields.Monetary(readonly=True)
    tax = fields.Monetary(readonly=True)
    tax_id = fields.Many2one(
        "account.tax", string="Booked as", readonly=True, ondelete="restrict"
    )
    reason_code = fields.Selection(
        REASONS, string="Why No Tax", readonly=True, help="Why no tax is due."
    )
    reason = fields.Char(
        string="Engine's Reason", readonly=True, help="In the engine's own words."
    )

    @api.depends("tax_name", "jurisdiction_name")
    def _compute_display_name(self):
        for detail in self:
            detail.display_name = detail.tax_name or detail.jurisdiction_name or ""

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if any(detail.move_id.state == "posted" for detail in self):
            raise UserError(_("The tax details of a posted invoice stay."))
