from decimal import Decimal

from odoo import fields, models
from odoo.addons.finance_sync.core.canonical import digest
from odoo.addons.finance_sync.core.money import quantize

from .. import compat
from ..core.codec import document_to_dict
from ..core.document import INVOICE, REFUND, Address, DocumentLine, TaxDocument


class AccountMove(models.Model):
    """From a draft in the ORM to the document that an engine is asked about."""

    _inherit = "account.move"

    def _finance_sync_tax_sign(self):
        """Engines want credit notes negative; Odoo's prices are positive on both."""
        return -1 if self.move_type == "out_refund" else 1

    def _finance_sync_tax_asked(self):
        """The connection that is asked: the document's own, or one that compares."""
        return self.finance_sync_tax_connection_id

    def _finance_sync_tax_lines(self):
        return self.invoice_line_ids.filtered(lambda li: li.display_type == "product")

    def _finance_sync_tax_document(self, lines=None):
        """The document as an engine sees it.

        ``lines`` restricts it, for lines that are being created. Refs are line ids,
        or positions for lines that have none yet.
        """
        self.ensure_one()
        connection = self._finance_sync_tax_asked().sudo()  # its codes only
        lines = self._finance_sync_tax_lines() if lines is None else lines
        partner, company = self.commercial_partner_id, self.company_id
        ship_to = self.partner_shipping_id or self.partner_id
        date = self.invoice_date or fields.Date.context_today(self)
        tax_date = self._finance_sync_tax_day(date)
        exemptions = self._finance_sync_exemptions(ship_to, tax_date)
        whole = exemptions.filtered(lambda e: not e.category_ids)[:1]
        origin = self.reversed_entry_id
        return TaxDocument(
            code=self._finance_sync_tax_next_code(),
            kind=REFUND if self.move_type == "out_refund" else INVOICE,
            company_code=connection._finance_sync_company_code(company),
            customer_code=partner.ref or (f"customer-{partner.id}" if partner else ""),
            date=date,
            tax_date=tax_date,
            currency=self.currency_id.name,
            places=self.currency_id.decimal_places,
            ship_from=_address(company.partner_id),
            ship_to=_address(ship_to),
            lines=tuple(
                self._finance_sync_tax_line(number, line, exemptions - whole)
                for number, line in enumerate(lines, 1)
            ),
            customer_vat=(partner.vat or "").replace(" ", ""),
            customer_is_company=partner.is_company,
            vat_valid=partner._finance_sync_vat_valid(),
            exemption_number=whole.number or "",
            entity_use_code=whole.entity_use_code or "",
            origin_code=origin.finance_sync_tax_code or "",
            seller_registrations=self.env["finance.sync.tax.rate"]._registration_codes(
                company, tax_date
            ),
        )

    def _finance_sync_tax_line(self, number, line, exemptions):
        product = line.product_id
        category = product._finance_sync_tax_category()
        covering = exemptions.filtered(lambda e: category in e.category_ids)[:1]
        included = line._finance_sync_is_included()
        return DocumentLine(
            ref=str(line.id) if isinstance(line.id, int) else f"new-{number}",
            amount=self._finance_sync_line_amount(line),
            quantity=_decimal(line.quantity),
            tax_code=category.avatax_code or "",
            item_code=product.default_code or product.barcode or "",
            description=(line.name or "").replace("\n", " "),
            tax_included=included,
            exemption_code=covering.number or "",
            category=category.code or "",
        )

    def _finance_sync_line_amount(self, line):
        """The extended amount, signed, rounded where native taxes would round it."""
        price = _decimal(line.price_unit) * (1 - _decimal(line.discount) / 100)
        amount = price * _decimal(line.quantity)
        if self._finance_sync_rounds_lines():
            amount = quantize(amount, self.currency_id.decimal_places)
        return amount * self._finance_sync_tax_sign()

    def _finance_sync_rounds_lines(self):
        """Only a local engine imitates 19.0's global rounding; see its ``rounding``."""
        connection = self._finance_sync_tax_asked()
        return not connection._finance_sync_is_local() or compat.rounds_line_amounts(
            self.company_id
        )

    def _finance_sync_tax_day(self, date):
        """The day whose rates apply: a credit note's is its invoice's."""
        origin = self.reversed_entry_id
        if self.move_type != "out_refund" or not origin:
            return date
        return origin.finance_sync_tax_date or origin.invoice_date or date

    def _finance_sync_tax_next_code(self):
        """Immutable at the engine. After a void another is needed, hence the serial."""
        uuid = self.finance_sync_uuid or ""
        serial = self.finance_sync_tax_serial
        return f"{uuid}-{serial}" if serial else uuid

    def _finance_sync_exemptions(self, ship_to, on_date):
        partners = self.partner_id | self.commercial_partner_id | ship_to
        # A certificate counts for whoever invoices, seen or not.
        exemptions = partners.sudo().finance_sync_tax_exemption_ids
        return exemptions._holds(self.company_id, ship_to, on_date)

    def _finance_sync_tax_fingerprint_of(self, document):
        """What a result depends on. Texts are no part of it."""
        values = document_to_dict(document)
        for line in values["lines"]:
            line.pop("description")
        return digest([self._finance_sync_tax_asked().key, values])


def _decimal(value):
    return Decimal(str(value or 0))


def _address(partner):
    return Address(
        line1=partner.street or "",
        line2=partner.street2 or "",
        city=partner.city or "",
        region=partner.state_id.code or "",
        postal_code=partner.zip or "",
        country=partner.country_id.code or "",
    )
