from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    finance_sync_tax_exemption_ids = fields.One2many(
        "finance.sync.tax.exemption", "partner_id", string="Exemption Certificates"
    )
    finance_sync_vat_state = fields.Selection(
        [
            ("unverified", "Unverified"),
            ("valid", "Valid"),
            ("invalid", "Invalid"),
        ],
        string="VAT Number Check",
        default="unverified",
        copy=False,
        tracking=True,
        help="What a register of VAT numbers said. “Unverified” is neither valid nor "
        "invalid: tax is charged, and nobody is called a fraud.",
    )
    finance_sync_vat_checked_on = fields.Date(
        string="VAT Number Checked On", copy=False
    )
    finance_sync_vat_proof = fields.Char(
        string="VAT Check Proof", copy=False, help="The register's consultation number."
    )

    @api.model
    def _commercial_fields(self):
        return [
            *super()._commercial_fields(),
            "finance_sync_vat_state",
            "finance_sync_vat_checked_on",
            "finance_sync_vat_proof",
        ]

    def write(self, vals):
        if "vat" in vals and "finance_sync_vat_state" not in vals:
            changed = self.filtered(lambda p: (p.vat or "") != (vals["vat"] or ""))
            super(ResPartner, changed).write(
                {
                    "finance_sync_vat_state": "unverified",
                    "finance_sync_vat_checked_on": False,
                    "finance_sync_vat_proof": False,
                }
            )
        return super().write(vals)

    def _finance_sync_vat_valid(self):
        """True or False as a register said, ``None`` where nobody could verify it."""
        state = self.finance_sync_vat_state
        if state in ("valid", "invalid"):
            return state == "valid"
        # base_vat, where it is installed, calls a number invalid on any fault of the
        # register, so only its "valid" says something.
        if "vies_valid" in self._fields and self.vies_valid:
            return True
        return None
