"""A bill as each platform writes it: ten units at 10.00, 19 % VAT, 119.00 in all."""

from datetime import date
from decimal import Decimal

from odoo.addons.finance_sync.core.transport import HttpTransport
from odoo.addons.finance_sync_ap_platform.core.platform import (
    PaymentReport,
    StatusReport,
)
from odoo.addons.finance_sync_ap_platform.providers.basware import BaswarePlatform
from odoo.addons.finance_sync_ap_platform.providers.coupa import CoupaPlatform
from odoo.addons.finance_sync_ap_platform.providers.rest import RestPlatform

TERMS = {
    "BT-1": "R-7",
    "BT-2": "2026-03-02",
    "BT-3": "380",
    "BT-5": "EUR",
    "BT-13": "P00007",
    "BT-27": "Papier Ott",
    "BT-106": "100",
    "BT-109": "100",
    "BT-110": "19",
    "BT-112": "119",
    "BT-115": "119",
    "BG-23": [{"BT-116": "100", "BT-117": "19", "BT-118": "S", "BT-119": "19"}],
    "BG-25": [
        {
            "BT-126": "1",
            "BT-129": "10",
            "BT-130": "C62",
            "BT-131": "100",
            "BT-132": "10",
            "BT-146": "10",
            "BT-151": "S",
            "BT-152": "19",
            "BT-153": "Paper",
            "BT-155": "PAPER",
            "po_ref": "P00007",
        }
    ],
}


def basware(sign=1):
    return {
        "invoiceNumber": "R-7",
        "invoiceDate": "2026-03-02T00:00:00Z",
        "currencyCode": "EUR",
        "supplierCode": "V-OTT",
        "supplierName": "Papier Ott",
        "orderNumbers": ["P00007"],
        "netSum": 100.0 * sign,
        "taxSum1": 19.0 * sign,
        "grossSum": 119.0 * sign,
        "invoiceLines": [
            {
                "rowIndex": 1,
                "productCode": "PAPER",
                "productName": "Paper",
                "quantity": 10 * sign,
                "quantityUnit": "pcs",
                "netPrice": 10.0,
                "netSum": 100.0 * sign,
                "taxPercent": 19.0,
                "taxSum": 19.0 * sign,
                "orderNumber": "P00007",
                "orderRowNumber": "10",
            }
        ],
    }


def coupa(sign=1):
    return {
        "invoice_number": "R-7",
        "invoice_date": "2026-03-02",
        "document_type": "Invoice" if sign > 0 else "Credit Note",
        "currency": {"code": "EUR"},
        "supplier": {"number": "V-OTT", "name": "Papier Ott"},
        "gross_total": "119.00" if sign > 0 else "-119.00",
        "tax_amount": 19.0 * sign,
        "tax_rate": 19.0,
        "line_level_taxation": False,
        "invoice_lines": [
            {
                "line-num": 1,
                "description": "Paper",
                "quantity": 10,
                "price": 10.0 * sign,
                "total": 100.0 * sign,
                "uom": {"code": "PCS"},
                "po-number": "P00007",
                "order-line-num": "10",
                "source-part-num": "PAPER",
            }
        ],
    }


class Case:
    """One platform: its adapter, and the same deeds done at its simulator."""

    provider = ""
    adapter_class = None
    # Where its answers to reports are kept, and the bill's list.
    listing = ""

    def __init__(self, simulator, **options):
        self.simulator = simulator
        self.side = getattr(simulator, self.provider)
        self.transport = HttpTransport(
            f"{simulator.url}/{self.provider}",
            connect_timeout=5.0,
            read_timeout=options.pop("read_timeout", 5.0),
            max_bytes=10 * 1024 * 1024,
        )
        self.adapter = self.adapter_class(
            self.transport, {"company_code": "US", **options}
        )

    def fault(self, **options):
        return self.simulator.fault(self.provider, **options)

    def ids(self, count):
        return [str(1001 + number) for number in range(count)]

    def newest(self):
        """The latest change that the list shows."""
        page, found = self.adapter.list_changed(None), []
        while page.next:
            found.append(page.newest)
            page = self.adapter.list_changed(None, page.next)
        return max(filter(None, [*found, page.newest]))

    def read_all(self, since=None, most=50):
        """Every change, by paging to the end; bounded."""
        changes, page = [], ""
        for _ in range(most):
            found = self.adapter.list_changed(since, page)
            changes += found.items
            page = found.next
            if not page:
                return changes
        raise AssertionError("The list does not end.")


class RestCase(Case):
    provider = "bill_rest"
    adapter_class = RestPlatform
    listing = "/bills"

    def put(self, number, company="US", void=False):
        self.side.put(number, TERMS, company=company, void="Twice" if void else "")

    def taken(self, number):
        return self.side.documents[number]["state"] != "new"

    def statuses(self, number):
        found = self.side.documents[number]["status"]
        return [(one["state"], one.get("voucher")) for one in found]

    def payments(self, number):
        found = self.side.documents[number]["payments"]
        return [Decimal(one["paid"]) for one in found]


class BaswareCase(Case):
    provider = "basware"
    adapter_class = BaswarePlatform
    listing = "/v1/accountingDocuments"

    def put(self, number, company="US", void=False):
        status = "WaitingToBeRemoved" if void else "WaitingForTransfer"
        self.side.put(
            number,
            status,
            companyCode=company,
            removalReasonComment="Twice" if void else None,
            **basware(),
        )

    def taken(self, number):
        return "InProgress" in self.side.documents[number]["processingStatus"]

    def statuses(self, number):
        found = self.side.documents[number]
        names = {"transferResponses": "transferred", "prebookResponses": "prebooked"}
        return [
            (state if one["success"] else "refused", one.get("voucherNumber1"))
            for what, state in names.items()
            for one in found[what]
        ]

    def payments(self, number):
        found = self.side.documents[number]["paymentResponses"]
        return [Decimal(str(one["paidTotal"])) for one in found]


class CoupaCase(Case):
    provider = "coupa"
    adapter_class = CoupaPlatform
    listing = "/api/invoices"

    def put(self, number, company="US", void=False):
        self.side.put(
            number,
            "voided" if void else "approved",
            account_type={"name": company},
            **coupa(),
        )

    def taken(self, number):
        return self.side.documents[number]["exported"]

    def statuses(self, number):
        found = self.side.documents[number]
        if found["status"] == "disputed":
            return [("refused", None)]
        voucher = found.get("custom-fields", {}).get("erp-invoice-number")
        return [("transferred", voucher)] if voucher else []

    def payments(self, number):
        """In all so far, after each of them."""
        total, found = Decimal(0), []
        for one in self.side.documents[number]["payments"]:
            total += Decimal(one["amount-paid"])
            found.append(total)
        return found


CASES = {"bill_rest": RestCase, "basware": BaswareCase, "coupa": CoupaCase}


def status(number, state="transferred", **values):
    values.setdefault("voucher", "BILL/2026/03/0001")
    return StatusReport(number, state, date=date(2026, 3, 5), **values)


def payment(number, paid, state="settled", **values):
    values.setdefault("reference", "BNK1/2026/0001")
    return PaymentReport(
        number,
        state,
        paid=Decimal(paid),
        total=Decimal("119.00"),
        currency="EUR",
        date=date(2026, 3, 20),
        **values,
    )
