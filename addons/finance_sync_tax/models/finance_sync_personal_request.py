from odoo import models


class PersonalRequest(models.Model):
    """Exemption certificates name a customer; as vouchers they are not erased."""

    _inherit = "finance.sync.personal.request"

    def _more_rows(self):
        # Of the company that was asked, archived ones too; whoever's job this is.
        exemptions = self.env["finance.sync.tax.exemption"].sudo()
        found = exemptions.with_context(active_test=False).search(
            [
                ("partner_id", "in", self._partners().ids),
                ("company_id", "in", (self.company_id.id, False)),
            ]
        )
        rows = [
            {
                "number": exemption.number,
                "reason": exemption.reason or None,
                "country": exemption.country_id.code or None,
                "valid_from": exemption.valid_from or None,
                "valid_to": exemption.valid_to or None,
            }
            for exemption in found
        ]
        return {**super()._more_rows(), "exemptions.json": rows}
