"""An order, a receipt and a vendor as each platform writes them."""

from odoo.addons.finance_sync_ap_platform.core import platform

from .samples import CoupaCase, RestCase

ORDER = {
    "number": "PO-7",
    "date": "2026-03-02",
    "currency": "EUR",
    "vendor_code": "V-OTT",
    "lines": [
        {
            "ref": "1",
            "name": "Paper",
            "quantity": "10",
            "unit": "C62",
            "price": "10.5",
            "item": "PAPER",
        }
    ],
}
RECEIPT = {
    "order": "77",
    "date": "2026-03-05",
    "lines": [{"ref": "1", "quantity": "4"}],
}
VENDOR = {
    "code": "V-OTT",
    "name": "Papier Ott",
    "vat": "DE136695976",
    "city": "Köln",
    "country": "DE",
}
CONTENT = {
    platform.ORDER: ORDER,
    platform.RECEIPT: RECEIPT,
    platform.VENDOR: VENDOR,
}


def coupa_order(company="US", **changes):
    return {
        "status": "issued",
        "po_number": "PO-7",
        "created_at": "2026-03-02T09:00:00+01:00",
        "currency": {"code": "EUR"},
        "supplier": {"number": "V-OTT", "name": "Papier Ott"},
        "order_lines": [
            {
                "id": 4711,
                "line-num": 1,
                "description": "Paper",
                "quantity": "10.0",
                "price": "10.50",
                "uom": {"code": "PCS"},
                "source-part-num": "PAPER",
                "status": "created",
                "account": {"code": "6000", "account-type": {"name": company}},
            }
        ],
        **changes,
    }


def coupa_receipt(company="US", **changes):
    return {
        "status": "created",
        "type": "ReceivingQuantityConsumption",
        "quantity": "4.0",
        "transaction_date": "2026-03-05T08:00:00Z",
        "order_line": {"id": 4711, "line-num": 1, "order-header-id": 77},
        "account": {"code": "6000", "account-type": {"name": company}},
        **changes,
    }


def coupa_vendor(**changes):
    return {
        "status": "active",
        "number": "V-OTT",
        "name": "Papier Ott",
        "tax_id": "DE136695976",
        "primary_address": {"city": "Köln", "country": {"code": "DE"}},
        **changes,
    }


class Records:
    """Deeds that both do: a record put, and the list read to its end; bounded."""

    def read_records(self, kind, since=None, most=50):
        changes, page = [], ""
        for _ in range(most):
            found = self.adapter.list_records(kind, since, page)
            changes += found.items
            page = found.next
            if not page:
                return changes
        raise AssertionError("The list does not end.")

    def newest_record(self, kind):
        page, found = self.adapter.list_records(kind, None), []
        for _ in range(50):
            found.append(page.newest)
            if not page.next:
                return max(filter(None, found))
            page = self.adapter.list_records(kind, None, page.next)
        raise AssertionError("The list does not end.")

    def external_id(self, kind, number):
        return number


class RestRecords(Records, RestCase):
    def put_record(self, kind, number, company="US", void=False):
        content = None if void else CONTENT[kind]
        self.side.put_record(kind, number, content, company=company)


class CoupaRecords(Records, CoupaCase):
    def put_record(self, kind, number, company="US", void=False):
        if kind == platform.ORDER:
            values = coupa_order(company, **({"status": "cancelled"} if void else {}))
        elif kind == platform.RECEIPT:
            values = coupa_receipt(company, **({"status": "voided"} if void else {}))
        else:
            values = coupa_vendor(**({"status": "inactive"} if void else {}))
        self.side.put_record(kind, number, **values)

    def external_id(self, kind, number):
        return f"US:{number}" if kind == platform.VENDOR else number


RECORD_CASES = {"bill_rest": RestRecords, "coupa": CoupaRecords}
