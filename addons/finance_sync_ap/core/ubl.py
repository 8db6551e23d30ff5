"""Where UBL 2.1 has the terms of EN 16931.

Source: CEN/TS 16931-3-2:2017, syntax binding for UBL 2.1; Peppol BIS Billing 3.0.
"""

from __future__ import annotations

from .syntax import At, Syntax
from .vat_number import is_vat_number

_SELLER = "cac:AccountingSupplierParty/cac:Party"
_BUYER = "cac:AccountingCustomerParty/cac:Party"
_TOTAL = "cac:LegalMonetaryTotal"
# The second total, if there is one, is in the currency of accounting (BT-111).
_TAX = "cac:TaxTotal[cbc:TaxAmount/@currencyID = $currency]"


def _vat(party: str) -> At:
    """The VAT identifier, also where senders have put it under another name."""
    return At(
        f"{party}/cac:PartyTaxScheme[cac:TaxScheme/cbc:ID = 'VAT']/cbc:CompanyID",
        instead=(
            (f"{party}/cac:PartyTaxScheme/cbc:CompanyID", is_vat_number),
            (f"{party}/cac:PartyLegalEntity/cbc:CompanyID", is_vat_number),
            (f"{party}/cbc:EndpointID", is_vat_number),
            (f"{party}/cac:PartyIdentification/cbc:ID", is_vat_number),
        ),
    )


def _adjustment(amount: str, category: str, rate: str, reason: str) -> dict[str, At]:
    return {
        amount: At("cbc:Amount"),
        category: At("cac:TaxCategory/cbc:ID"),
        rate: At("cac:TaxCategory/cbc:Percent"),
        reason: At("cbc:AllowanceChargeReason", many="first"),
    }


_HEAD = {
    "BT-1": At("cbc:ID"),
    "BT-2": At("cbc:IssueDate"),
    "BT-3": At("cbc:InvoiceTypeCode | cbc:CreditNoteTypeCode"),
    "BT-5": At("cbc:DocumentCurrencyCode"),
    "BT-9": At("cbc:DueDate | cac:PaymentMeans/cbc:PaymentDueDate", many="first"),
    "BT-10": At("cbc:BuyerReference"),
    "BT-13": At("cac:OrderReference/cbc:ID"),
    "BT-15": At("cac:ReceiptDocumentReference/cbc:ID", many="first"),
    "BT-16": At("cac:DespatchDocumentReference/cbc:ID", many="first"),
    "BT-19": At("cbc:AccountingCost"),
    "BT-25": At(
        "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID", many="first"
    ),
    "BT-27": At(f"{_SELLER}/cac:PartyLegalEntity/cbc:RegistrationName", many="first"),
    "BT-31": _vat(_SELLER),
    "BT-44": At(f"{_BUYER}/cac:PartyLegalEntity/cbc:RegistrationName", many="first"),
    "BT-48": _vat(_BUYER),
    "BT-59": At("cac:PayeeParty/cac:PartyName/cbc:Name"),
    "BT-83": At("cac:PaymentMeans/cbc:PaymentID", many="first"),
    "BT-84": At("cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID", many="first"),
    "BT-106": At(f"{_TOTAL}/cbc:LineExtensionAmount"),
    "BT-107": At(f"{_TOTAL}/cbc:AllowanceTotalAmount"),
    "BT-108": At(f"{_TOTAL}/cbc:ChargeTotalAmount"),
    "BT-109": At(f"{_TOTAL}/cbc:TaxExclusiveAmount"),
    "BT-110": At(f"{_TAX}/cbc:TaxAmount"),
    "BT-112": At(f"{_TOTAL}/cbc:TaxInclusiveAmount"),
    "BT-113": At(f"{_TOTAL}/cbc:PrepaidAmount"),
    "BT-114": At(f"{_TOTAL}/cbc:PayableRoundingAmount"),
    "BT-115": At(f"{_TOTAL}/cbc:PayableAmount"),
}
_QUANTITY = "*[self::cbc:InvoicedQuantity or self::cbc:CreditedQuantity]"
_CATEGORY = "cac:Item/cac:ClassifiedTaxCategory"
_LINE = {
    "BT-126": At("cbc:ID"),
    "BT-129": At(_QUANTITY),
    "BT-130": At(f"{_QUANTITY}/@unitCode"),
    "BT-131": At("cbc:LineExtensionAmount"),
    "BT-132": At("cac:OrderLineReference/cbc:LineID"),
    "BT-133": At("cbc:AccountingCost"),
    "BT-136": At(
        "cac:AllowanceCharge[cbc:ChargeIndicator = 'false']/cbc:Amount", many="sum"
    ),
    "BT-141": At(
        "cac:AllowanceCharge[cbc:ChargeIndicator = 'true']/cbc:Amount", many="sum"
    ),
    "BT-146": At("cac:Price/cbc:PriceAmount"),
    "BT-149": At("cac:Price/cbc:BaseQuantity"),
    "BT-151": At(f"{_CATEGORY}/cbc:ID"),
    "BT-152": At(f"{_CATEGORY}/cbc:Percent"),
    "BT-153": At("cac:Item/cbc:Name", instead=(("cac:Item/cbc:Description", bool),)),
    "BT-155": At("cac:Item/cac:SellersItemIdentification/cbc:ID"),
    "BT-157": At("cac:Item/cac:StandardItemIdentification/cbc:ID"),
    "po_ref": At("cac:OrderLineReference/cac:OrderReference/cbc:ID"),
}
_TAX_LINE = {
    "BT-116": At("cbc:TaxableAmount"),
    "BT-117": At("cbc:TaxAmount"),
    "BT-118": At("cac:TaxCategory/cbc:ID"),
    "BT-119": At("cac:TaxCategory/cbc:Percent"),
}
_INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
_CREDIT_NOTE = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"

UBL = Syntax(
    name="UBL 2.1",
    roots={f"{{{_INVOICE}}}Invoice": None, f"{{{_CREDIT_NOTE}}}CreditNote": "381"},
    namespaces={
        "cac": "urn:oasis:names:specification:ubl:schema:xsd:"
        "CommonAggregateComponents-2",
        "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    },
    currency="cbc:DocumentCurrencyCode",
    head=_HEAD,
    groups={
        "BG-20": (
            "cac:AllowanceCharge[cbc:ChargeIndicator = 'false']",
            _adjustment("BT-92", "BT-95", "BT-96", "BT-97"),
        ),
        "BG-21": (
            "cac:AllowanceCharge[cbc:ChargeIndicator = 'true']",
            _adjustment("BT-99", "BT-102", "BT-103", "BT-104"),
        ),
        "BG-23": (f"{_TAX}/cac:TaxSubtotal", _TAX_LINE),
        "BG-25": ("cac:InvoiceLine | cac:CreditNoteLine", _LINE),
    },
    # Without VAT there is no such element; that sums still hold is checked later.
    defaults={"BT-110": "0"},
)
