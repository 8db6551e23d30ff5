from odoo import _, models
from odoo.addons.finance_sync.core.errors import RejectedError

from ..core.records import vendor_from_dict
from ..core.vendors import vat_key

GIVEN = (
    "name",
    "vat",
    "street",
    "street2",
    "zip",
    "city",
    "email",
    "phone",
)


class Received(models.Model):
    """Vendors: found by what they were before, by reference, by VAT number; or new."""

    _inherit = "finance.sync.ap.received"

    def _apply_vendor(self, message):
        content = vendor_from_dict(message)
        partner = self.partner_id or self._vendor_of(content.code, content.vat)
        vals = self._prepare_vendor(content)
        if partner:
            vals = {**vals, "active": True}
        self._check_owned("res.partner", vals, partner or None)
        if partner:
            changes = self.env["finance.sync.ownership.rule"]._changes
            partner.write(
                {
                    name: value
                    for name, value in vals.items()
                    if changes(partner, name, value)
                }
            )
        else:
            partner = self.env["res.partner"].create(
                {
                    **vals,
                    "company_id": self.company_id.id,
                    "is_company": True,
                    "supplier_rank": 1,
                }
            )
        self.partner_id = partner

    def _prepare_vendor(self, content):
        """Only what was given: a term that is not there is not emptied."""
        vals = {name: content.values[name] for name in GIVEN if content.values[name]}
        vals["ref"] = content.code
        if content.country:
            code = content.country.upper()
            country = self.env["res.country"].search([("code", "=", code)])
            if not country:
                raise RejectedError(f"Unknown country {code}.", code="ap_record")
            vals["country_id"] = country.id
        return vals

    def _void_vendor(self):
        """Archived, never deleted: bills are about it."""
        self._check_owned("res.partner", {"active": False}, self.partner_id)
        self.partner_id.active = False

    def _vendor_of(self, code, vat):
        """The one vendor with this reference, else with this VAT number; none if new.

        :raises RejectedError: there are several
        """
        partners = self.env["res.partner"].with_context(active_test=False)
        here = [
            ("parent_id", "=", False),
            ("company_id", "in", (False, self.company_id.id)),
        ]
        for name, operator, value in (
            ("ref", "=", code),
            ("vat", "=ilike", vat_key(vat or "")),
        ):
            found = partners.search([*here, (name, operator, value)]) if value else None
            if found and len(found) > 1:
                raise RejectedError(
                    _("Several vendors have %(what)s.", what=value), code="ap_record"
                )
            if found:
                return found.with_context(active_test=True)
        return partners.browse()
