from odoo import _, api, fields, models
from odoo.addons.finance_sync.core.errors import ContractError, RejectedError

from ..core.bill import bill_from_dict, charged_price
from .only_once import only_once

# UN/ECE Recommendation 20 → Odoo's units.
UNITS = {
    "C62": "uom.product_uom_unit",
    "EA": "uom.product_uom_unit",
    "H87": "uom.product_uom_unit",
    "XPP": "uom.product_uom_unit",
    "DZN": "uom.product_uom_dozen",
    "KGM": "uom.product_uom_kgm",
    "GRM": "uom.product_uom_gram",
    "TNE": "uom.product_uom_ton",
    "LTR": "uom.product_uom_litre",
    "MTR": "uom.product_uom_meter",
    "CMT": "uom.product_uom_cm",
    "KMT": "uom.product_uom_km",
    "HUR": "uom.product_uom_hour",
    "DAY": "uom.product_uom_day",
}


class Bill(models.Model):
    _inherit = "finance.sync.bill"

    @api.model
    def _receive(self, exchange, message):
        """Keep a version of a bill, or void it. Running again changes nothing.

        :raises ContractError: the message does not keep the contract
        :raises RejectedError: ``ap_late``: the ledger has gone on already
        """
        version = version_of(exchange.external_version)
        # Bills are made by messages, whoever the execution user is.
        bills = self.sudo().with_company(exchange.company_id)
        bill = bills.search(
            [
                ("connection_id", "=", exchange.connection_id.id),
                ("company_id", "=", exchange.company_id.id),
                ("external_id", "=", exchange.external_id),
            ]
        )
        if bill and version <= bill.version:
            # Late or repeated: what is newer is here already.
            return bill
        if bill:
            bill._check_not_late()
        if message.get("void") is True:
            return bills._void_by_message(bill, exchange, version, message)
        content = bill_from_dict(message.get("bill"))
        vals = bills._prepare_received(exchange, version, content)
        if bill:
            bill._release()
            bill.line_ids.unlink()
            bill.write(vals)
        else:
            with only_once(self.env):
                bill = bills.create(vals)
        exchange.sudo().write(
            {
                "res_model": self._name,
                "res_id": bill.id,
                "document_uuid": bill.finance_sync_uuid,
                "document_ref": bill.number,
            }
        )
        bill._process()
        return bill

    def _check_not_late(self):
        """A draft may be replaced; what is posted or paid is somebody's decision."""
        if self.move_id.state == "posted":
            raise RejectedError(
                f"Bill {self.number} is posted already; its change came too late.",
                code="ap_late",
            )

    @api.model
    def _void_by_message(self, bill, exchange, version, message):
        if not bill:
            raise ContractError(
                "A bill is voided that was never received.", code="unknown_bill"
            )
        bill._void(str(message.get("reason") or "")[:200])
        bill.version = version
        return bill

    def _void(self, reason, note=None):
        """Give a bill up: its draft goes, its number may be used again.

        :param note: what the bill's history says, where its sender did not void it
        """
        self._release()
        if self.move_id:
            self.move_id.button_cancel()
        self.write({"state": "voided"})
        self.env["finance.sync.hold"]._resolve_for(
            document=self, why=_("The bill was voided."), state="cancelled"
        )
        self.message_post(body=note or _("Voided by the other system. %s", reason))

    def _release(self):
        self.key_ids.unlink()
        self.link_ids.unlink()
        self.deviation_ids.unlink()

    @api.model
    def _prepare_received(self, exchange, version, content):
        currency = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "=", content.currency)])
        )
        return {
            "connection_id": exchange.connection_id.id,
            "company_id": exchange.company_id.id,
            "external_id": exchange.external_id,
            "version": version,
            "exchange_uuid": exchange.uuid,
            "content_at": fields.Datetime.now(),
            "state": "captured",
            "number": content.number,
            "kind": "credit_note" if content.credit else "invoice",
            "date": content.date,
            "due": content.due,
            "vendor_name": content.seller_name,
            "vendor_vat": content.seller_vat,
            "partner_id": self._find_vendor(exchange.company_id, content).id,
            "currency_id": currency.id if currency.active else False,
            "amount_untaxed": float(content.net_total),
            "amount_tax": float(content.tax_total),
            "amount_total": float(content.total),
            "order_ref": content.order_ref,
            "line_ids": [
                (0, 0, vals) for vals in self._prepare_received_lines(content)
            ],
        }

    @api.model
    def _prepare_received_lines(self, content):
        lines = [
            {
                "sequence": number,
                "ref": line.ref,
                "name": line.name,
                "vendor_item": line.vendor_item,
                "barcode": line.barcode,
                "quantity": float(line.quantity),
                "unit": line.unit,
                "price": float(charged_price(line)),
                "price_base": float(line.price_base or 1),
                "net": float(line.net),
                "tax_rate": float(line.tax_rate or 0),
                "order_ref": line.order_ref,
                "order_line_ref": line.order_line_ref,
                "account_ref": line.account_ref,
            }
            for number, line in enumerate(content.lines)
        ]
        for sign, group, what in (
            (-1, content.allowances, _("Allowance")),
            (1, content.charges, _("Charge")),
        ):
            lines += [
                {
                    "sequence": len(lines) + number,
                    "ref": f"{what} {number + 1}",
                    "charge": True,
                    "name": one.reason or what,
                    "quantity": 1.0,
                    "unit": "C62",
                    "price": float(sign * one.amount),
                    "price_base": 1.0,
                    "net": float(sign * one.amount),
                    "tax_rate": float(one.tax_rate or 0),
                }
                for number, one in enumerate(group)
            ]
        return lines

    @api.model
    def _find_vendor(self, company, content):
        """The vendor with this VAT number, if there is exactly one."""
        partners = self.env["res.partner"]
        if not content.seller_vat:
            return partners
        number = "".join(c for c in content.seller_vat.upper() if c.isalnum())
        found = partners.search(
            [
                ("vat", "=ilike", number),
                ("company_id", "in", (False, company.id)),
            ]
        ).commercial_partner_id
        return found if len(found) == 1 else partners

    def _content(self):
        """The bill as received, from its message."""
        exchange = self.env["finance.sync.exchange"].sudo()  # payloads are nobody's
        message = exchange.search([("uuid", "=", self.exchange_uuid)])._payload()
        return bill_from_dict(message.get("bill"))


def version_of(text):
    """A version as messages give it.

    :raises ContractError: no whole number
    """
    if not text or not text.isdigit() or len(text) > 9:
        raise ContractError("A version is a whole number.", code="bad_version")
    return int(text)
