from collections import namedtuple
from decimal import Decimal

from odoo import _, models
from odoo.addons.finance_sync_ap.compat import ORDER_UNIT
from odoo.addons.finance_sync_ap.models.bill_intake import UNITS

from .. import compat
from ..core import wire

# ``request`` is None where there is a ``problem``; ``amount`` in company currency.
Item = namedtuple("Item", "res_id company code request problem amount")
# Of accounts: those that bills are not booked on by whoever codes them.
UNCODED = ("asset_receivable", "liability_payable", "asset_cash", "off_balance")
CODED_GROUPS = ("expense", "asset", "liability")
VENDOR_FIELDS = ("name", "vat", "country_id", "active")


class Connection(models.Model):
    """Records as platforms are told of them."""

    _inherit = "finance.sync.connection"

    def _push_items(self, kind, records, known):
        """An item for each record that concerns the platform, and each company.

        :param known: ids of records that it was told of: it is told of their end, too
        """
        return getattr(self, f"_push_{kind}_items")(records, known)

    # -- Vendors

    def _push_vendor_items(self, partners, known):
        vendors = partners.filtered(
            lambda one: (
                one.commercial_partner_id == one
                and (one.id in known or (one.supplier_rank and one.active))
                and (not one.company_id or one.company_id in self.company_ids)
            )
        )
        taken = self._vendors_by_ref(vendors)
        return [self._vendor_item(vendor, taken) for vendor in vendors]

    def _vendors_by_ref(self, vendors):
        """{reference: ids of the vendors who have it}, among all of these companies."""
        refs = [ref for ref in vendors.mapped("ref") if ref]
        found = {}
        for one in vendors.search([("ref", "in", refs), ("parent_id", "=", False)]):
            if not one.company_id or one.company_id in self.company_ids:
                found.setdefault(one.ref, set()).add(one.id)
        return found

    def _vendor_item(self, vendor, taken):
        company = vendor.company_id or self.company_ids.sorted("id")[:1]
        code = (vendor.ref or "").strip()
        problem = ""
        if not code:
            problem = _("It has no reference, by which bills would name it.")
        elif len(taken.get(vendor.ref, ())) > 1:
            problem = _("Another vendor has the same reference.")
        if problem:
            return Item(vendor.id, company, code, None, problem, 0.0)
        owned = self._told_fields("partner", VENDOR_FIELDS, company)
        values = {
            "name": vendor.name or "",
            "vat": vendor.vat or "",
            "country_id": vendor.country_id.code or "",
            "active": vendor.active,
        }
        companies = vendor.company_id or self.company_ids
        request = {
            "code": code,
            "companies": self._codes_of(companies),
            **{
                name.removesuffix("_id"): value
                for name, value in values.items()
                if name in owned
            },
        }
        return Item(vendor.id, company, code, request, "", 0.0)

    def _codes_of(self, companies):
        """What the platform calls companies of this connection, in order."""
        found = (self._platform_code(one) for one in companies & self.company_ids)
        return sorted(filter(None, found))

    # -- Accounts

    def _push_account_items(self, accounts, known):
        items = []
        for account in accounts:
            coded = (
                account.internal_group in CODED_GROUPS
                and account.account_type not in UNCODED
                and compat.is_account_used(account)
            )
            if not coded and account.id not in known:
                continue
            for company in compat.companies_of_account(account, self.company_ids):
                items += self._account_items(account, company, coded)
        return items

    def _account_items(self, account, company, coded):
        code = account.with_company(company).code
        owned = self._told_fields("account", ("name", "code"), company)
        if not code or "code" not in owned:
            # The platform has its own list of accounts.
            return []
        request = {
            "code": code,
            "companies": self._codes_of(company),
            "active": coded,
        }
        if "name" in owned:
            request["name"] = account.name
        return [Item(account.id, company, code, request, "", 0.0)]

    # -- Orders

    def _push_order_items(self, orders, known):
        wanted = orders.filtered(
            lambda one: (
                one.company_id in self.company_ids
                and (one.state in ("purchase", "done") or one.id in known)
            )
        )
        items = []
        for order in wanted:
            fields_told = ("partner_id", "order_line")
            owned = self._told_fields("order", fields_told, order.company_id)
            if len(owned) == len(fields_told):
                items.append(self._order_item(order))
        return items

    def _order_item(self, order):
        vendor = (order.partner_id.commercial_partner_id.ref or "").strip()
        amount = order.currency_id._convert(
            order.amount_total,
            order.company_id.currency_id,
            order.company_id,
            order.date_approve or order.date_order,
        )
        if not vendor:
            problem = _("Its vendor has no reference.")
            return Item(order.id, order.company_id, order.name, None, problem, amount)
        request = {
            "number": order.name,
            "company": self._platform_code(order.company_id),
            "vendor": vendor,
            "currency": order.currency_id.name,
            "closed": order.state not in ("purchase", "done"),
            "lines": [
                self._order_line_request(ref, line)
                for ref, line in order._finance_sync_lines()
            ],
        }
        return Item(order.id, order.company_id, order.name, request, "", amount)

    def _order_line_request(self, ref, line):
        unit = line[ORDER_UNIT]
        return {
            "ref": ref,
            "name": (line.product_id.name or line.name or "")[:250],
            "quantity": _number(line.product_qty),
            "unit": self._unit_codes().get(unit.id) or unit.name,
            "price": _number(line._finance_sync_net_price()),
            "received": _number(line.qty_received),
            "item": line._finance_sync_vendor_item(),
        }

    def _unit_codes(self):
        """{unit's id: its first code in UN/ECE Recommendation 20}"""
        found = {}
        for code, name in UNITS.items():
            unit = self.env.ref(name, raise_if_not_found=False)
            if unit:
                found.setdefault(unit.id, code)
        return found


def _number(value):
    """As the contract writes the decimal that a float of six digits stands for."""
    return wire.number(Decimal(str(round(value, 6))))
