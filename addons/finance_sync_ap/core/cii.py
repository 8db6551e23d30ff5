"""Where UN/CEFACT's Cross Industry Invoice D16B has the terms of EN 16931.

Source: CEN/TS 16931-3-3:2017, syntax binding for CII; Factur-X 1.0 / ZUGFeRD 2.
"""

from __future__ import annotations

import datetime

from .syntax import At, Syntax
from .vat_number import is_vat_number

_DEAL = "rsm:SupplyChainTradeTransaction"
_AGREED = f"{_DEAL}/ram:ApplicableHeaderTradeAgreement"
_DELIVERED = f"{_DEAL}/ram:ApplicableHeaderTradeDelivery"
_SETTLED = f"{_DEAL}/ram:ApplicableHeaderTradeSettlement"
_TOTAL = f"{_SETTLED}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"
_REF = "ram:IssuerAssignedID"
_FLAG = "ram:ChargeIndicator/udt:Indicator"


def _date(text: str) -> str:
    """Format 102 of UNTDID 2379, the only one that the binding allows.

    :raises ValueError: not a date of that format
    """
    if len(text) != 8 or not text.isdigit():
        raise ValueError("not a date as YYYYMMDD (format 102)")
    try:
        return datetime.date(int(text[:4]), int(text[4:6]), int(text[6:])).isoformat()
    except ValueError:
        raise ValueError("not a day of the calendar") from None


def _date_at(path: str, many: str = "one") -> At:
    return At(f"{path}/udt:DateTimeString", many=many, read=_date)


def _vat(party: str) -> At:
    numbers = f"{party}/ram:SpecifiedTaxRegistration/ram:ID"
    return At(
        f"{numbers}[@schemeID = 'VA']",
        instead=(
            (numbers, is_vat_number),
            (f"{party}/ram:SpecifiedLegalOrganization/ram:ID", is_vat_number),
            (f"{party}/ram:ID", is_vat_number),
        ),
    )


def _adjustments(indicator: str) -> str:
    return f"{_SETTLED}/ram:SpecifiedTradeAllowanceCharge[{_FLAG} = '{indicator}']"


def _adjustment(amount: str, category: str, rate: str, reason: str) -> dict[str, At]:
    return {
        amount: At("ram:ActualAmount"),
        category: At("ram:CategoryTradeTax/ram:CategoryCode"),
        rate: At("ram:CategoryTradeTax/ram:RateApplicablePercent"),
        reason: At("ram:Reason"),
    }


_ACCOUNT = (
    f"{_SETTLED}/ram:SpecifiedTradeSettlementPaymentMeans"
    "/ram:PayeePartyCreditorFinancialAccount"
)
_HEAD = {
    "BT-1": At("rsm:ExchangedDocument/ram:ID"),
    "BT-2": _date_at("rsm:ExchangedDocument/ram:IssueDateTime"),
    "BT-3": At("rsm:ExchangedDocument/ram:TypeCode"),
    "BT-5": At(f"{_SETTLED}/ram:InvoiceCurrencyCode"),
    "BT-9": _date_at(
        f"{_SETTLED}/ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime", many="first"
    ),
    "BT-10": At(f"{_AGREED}/ram:BuyerReference"),
    "BT-13": At(f"{_AGREED}/ram:BuyerOrderReferencedDocument/{_REF}"),
    "BT-15": At(f"{_DELIVERED}/ram:ReceivingAdviceReferencedDocument/{_REF}"),
    "BT-16": At(f"{_DELIVERED}/ram:DespatchAdviceReferencedDocument/{_REF}"),
    "BT-19": At(
        f"{_SETTLED}/ram:ReceivableSpecifiedTradeAccountingAccount/ram:ID",
        many="first",
    ),
    "BT-25": At(f"{_SETTLED}/ram:InvoiceReferencedDocument/{_REF}", many="first"),
    "BT-27": At(f"{_AGREED}/ram:SellerTradeParty/ram:Name"),
    "BT-31": _vat(f"{_AGREED}/ram:SellerTradeParty"),
    "BT-44": At(f"{_AGREED}/ram:BuyerTradeParty/ram:Name"),
    "BT-48": _vat(f"{_AGREED}/ram:BuyerTradeParty"),
    "BT-59": At(f"{_SETTLED}/ram:PayeeTradeParty/ram:Name"),
    "BT-83": At(f"{_SETTLED}/ram:PaymentReference"),
    "BT-84": At(f"{_ACCOUNT}/ram:IBANID | {_ACCOUNT}/ram:ProprietaryID", many="first"),
    "BT-106": At(f"{_TOTAL}/ram:LineTotalAmount"),
    "BT-107": At(f"{_TOTAL}/ram:AllowanceTotalAmount"),
    "BT-108": At(f"{_TOTAL}/ram:ChargeTotalAmount"),
    "BT-109": At(f"{_TOTAL}/ram:TaxBasisTotalAmount"),
    # The second total, if there is one, is in the currency of accounting (BT-111).
    "BT-110": At(
        f"{_TOTAL}/ram:TaxTotalAmount[@currencyID = $currency or not(@currencyID)]"
    ),
    "BT-112": At(f"{_TOTAL}/ram:GrandTotalAmount"),
    "BT-113": At(f"{_TOTAL}/ram:TotalPrepaidAmount"),
    "BT-114": At(f"{_TOTAL}/ram:RoundingAmount"),
    "BT-115": At(f"{_TOTAL}/ram:DuePayableAmount"),
}
_LINE_AGREED = "ram:SpecifiedLineTradeAgreement"
_LINE_SETTLED = "ram:SpecifiedLineTradeSettlement"
_PRICE = f"{_LINE_AGREED}/ram:NetPriceProductTradePrice"
_QUANTITY = "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity"
_LINE_TAX = f"{_LINE_SETTLED}/ram:ApplicableTradeTax"
_LINE_EXTRA = f"{_LINE_SETTLED}/ram:SpecifiedTradeAllowanceCharge"
_LINE = {
    "BT-126": At("ram:AssociatedDocumentLineDocument/ram:LineID"),
    "BT-129": At(_QUANTITY),
    "BT-130": At(f"{_QUANTITY}/@unitCode"),
    "BT-131": At(
        f"{_LINE_SETTLED}/ram:SpecifiedTradeSettlementLineMonetarySummation"
        "/ram:LineTotalAmount"
    ),
    "BT-132": At(f"{_LINE_AGREED}/ram:BuyerOrderReferencedDocument/ram:LineID"),
    "BT-133": At(
        f"{_LINE_SETTLED}/ram:ReceivableSpecifiedTradeAccountingAccount/ram:ID",
        many="first",
    ),
    "BT-136": At(
        f"{_LINE_EXTRA}[{_FLAG} = 'false']/ram:ActualAmount",
        many="sum",
    ),
    "BT-141": At(
        f"{_LINE_EXTRA}[{_FLAG} = 'true']/ram:ActualAmount",
        many="sum",
    ),
    "BT-146": At(f"{_PRICE}/ram:ChargeAmount"),
    "BT-149": At(f"{_PRICE}/ram:BasisQuantity"),
    "BT-151": At(f"{_LINE_TAX}/ram:CategoryCode"),
    "BT-152": At(f"{_LINE_TAX}/ram:RateApplicablePercent"),
    "BT-153": At("ram:SpecifiedTradeProduct/ram:Name"),
    "BT-155": At("ram:SpecifiedTradeProduct/ram:SellerAssignedID"),
    "BT-157": At("ram:SpecifiedTradeProduct/ram:GlobalID"),
    "po_ref": At(f"{_LINE_AGREED}/ram:BuyerOrderReferencedDocument/{_REF}"),
}
_TAX_LINE = {
    "BT-116": At("ram:BasisAmount"),
    "BT-117": At("ram:CalculatedAmount"),
    "BT-118": At("ram:CategoryCode"),
    "BT-119": At("ram:RateApplicablePercent"),
}
_STANDARD = "urn:un:unece:uncefact:data:standard"

CII = Syntax(
    name="CII D16B",
    roots={f"{{{_STANDARD}:CrossIndustryInvoice:100}}CrossIndustryInvoice": None},
    namespaces={
        "rsm": f"{_STANDARD}:CrossIndustryInvoice:100",
        "ram": f"{_STANDARD}:ReusableAggregateBusinessInformationEntity:100",
        "udt": f"{_STANDARD}:UnqualifiedDataType:100",
    },
    currency=f"{_SETTLED}/ram:InvoiceCurrencyCode",
    head=_HEAD,
    groups={
        "BG-20": (
            _adjustments("false"),
            _adjustment("BT-92", "BT-95", "BT-96", "BT-97"),
        ),
        "BG-21": (
            _adjustments("true"),
            _adjustment("BT-99", "BT-102", "BT-103", "BT-104"),
        ),
        "BG-23": (f"{_SETTLED}/ram:ApplicableTradeTax", _TAX_LINE),
        # The extended profile has headings and subtotals among the lines.
        "BG-25": (
            (
                f"{_DEAL}/ram:IncludedSupplyChainTradeLineItem[not("
                "ram:AssociatedDocumentLineDocument/ram:LineStatusReasonCode"
                "[. = 'GROUP' or . = 'INFORMATION'])]"
            ),
            _LINE,
        ),
    },
    # Without VAT there is no such element; that sums still hold is checked later.
    defaults={"BT-110": "0"},
)
