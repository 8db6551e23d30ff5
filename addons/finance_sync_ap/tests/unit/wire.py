"""Bills as XML, written the other way round: from the contract's terms, by hand."""

from xml.sax.saxutils import escape, quoteattr

UBL_ROOT = "urn:oasis:names:specification:ubl:schema:xsd:"
CII_ROOT = "urn:un:unece:uncefact:data:standard:"


def tag(name, value, **attributes):
    """An element, or nothing where there is no value."""
    if value in (None, ""):
        return ""
    given = "".join(f" {key}={quoteattr(text)}" for key, text in attributes.items())
    body = value if isinstance(value, Xml) else escape(value)
    return Xml(f"<{name}{given}>{body}</{name}>")


class Xml(str):
    """Markup, which is not escaped again."""


def join(*parts):
    return Xml("".join(parts))


def _adjustment_keys(first):
    keys = (92, 95, 96, 97) if first == 92 else (99, 102, 103, 104)
    return [f"BT-{key}" for key in keys]


# -- UBL


def ubl(bill, extra=""):
    """``extra``: markup put in front of the lines."""
    credit = bill["BT-3"] == "381"
    root = "CreditNote" if credit else "Invoice"
    cur = {"currencyID": bill["BT-5"]}
    due = bill.get("BT-9")
    pay = join(
        tag("cbc:PaymentMeansCode", "58"),
        tag("cbc:PaymentDueDate", due if credit else None),
        tag("cbc:PaymentID", bill.get("BT-83")),
        tag("cac:PayeeFinancialAccount", tag("cbc:ID", bill.get("BT-84"))),
    )
    body = join(
        tag("cbc:ID", bill["BT-1"]),
        tag("cbc:IssueDate", bill["BT-2"]),
        tag("cbc:DueDate", None if credit else due),
        tag(f"cbc:{root}TypeCode", bill["BT-3"]),
        tag("cbc:DocumentCurrencyCode", bill["BT-5"]),
        tag("cbc:AccountingCost", bill.get("BT-19")),
        tag("cbc:BuyerReference", bill.get("BT-10")),
        tag("cac:OrderReference", tag("cbc:ID", bill.get("BT-13"))),
        tag(
            "cac:BillingReference",
            tag("cac:InvoiceDocumentReference", tag("cbc:ID", bill.get("BT-25"))),
        ),
        tag("cac:DespatchDocumentReference", tag("cbc:ID", bill.get("BT-16"))),
        tag("cac:ReceiptDocumentReference", tag("cbc:ID", bill.get("BT-15"))),
        _ubl_party("AccountingSupplierParty", bill.get("BT-27"), bill.get("BT-31")),
        _ubl_party("AccountingCustomerParty", bill.get("BT-44"), bill.get("BT-48")),
        tag("cac:PayeeParty", tag("cac:PartyName", tag("cbc:Name", bill.get("BT-59")))),
        tag("cac:PaymentMeans", pay),
        *(_ubl_adjustment(one, "false", 92, cur) for one in bill.get("BG-20", ())),
        *(_ubl_adjustment(one, "true", 99, cur) for one in bill.get("BG-21", ())),
        tag(
            "cac:TaxTotal",
            join(
                tag("cbc:TaxAmount", bill["BT-110"], **cur),
                *(_ubl_tax(one, cur) for one in bill.get("BG-23", ())),
            ),
        ),
        tag(
            "cac:LegalMonetaryTotal",
            join(
                *(
                    tag(f"cbc:{name}", bill.get(key), **cur)
                    for name, key in (
                        ("LineExtensionAmount", "BT-106"),
                        ("TaxExclusiveAmount", "BT-109"),
                        ("TaxInclusiveAmount", "BT-112"),
                        ("AllowanceTotalAmount", "BT-107"),
                        ("ChargeTotalAmount", "BT-108"),
                        ("PrepaidAmount", "BT-113"),
                        ("PayableRoundingAmount", "BT-114"),
                        ("PayableAmount", "BT-115"),
                    )
                )
            ),
        ),
        extra,
        *(_ubl_line(line, root, cur) for line in bill["BG-25"]),
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<{root} xmlns="{UBL_ROOT}{root}-2"'
        f' xmlns:cac="{UBL_ROOT}CommonAggregateComponents-2"'
        f' xmlns:cbc="{UBL_ROOT}CommonBasicComponents-2">{body}</{root}>'
    ).encode()


def _ubl_party(name, called, vat):
    scheme = tag("cac:TaxScheme", tag("cbc:ID", "VAT"))
    return tag(
        f"cac:{name}",
        tag(
            "cac:Party",
            join(
                tag(
                    "cac:PartyTaxScheme",
                    join(tag("cbc:CompanyID", vat), scheme) if vat else "",
                ),
                tag("cac:PartyLegalEntity", tag("cbc:RegistrationName", called)),
            ),
        ),
    )


def _ubl_category(name, category, rate):
    return tag(
        f"cac:{name}",
        join(
            tag("cbc:ID", category),
            tag("cbc:Percent", rate),
            tag("cac:TaxScheme", tag("cbc:ID", "VAT")),
        ),
    )


def _ubl_adjustment(one, flag, first, cur):
    amount, category, rate, reason = _adjustment_keys(first)
    return tag(
        "cac:AllowanceCharge",
        join(
            tag("cbc:ChargeIndicator", flag),
            tag("cbc:AllowanceChargeReason", one.get(reason)),
            tag("cbc:Amount", one[amount], **cur),
            _ubl_category("TaxCategory", one[category], one.get(rate)),
        ),
    )


def _ubl_tax(one, cur):
    return tag(
        "cac:TaxSubtotal",
        join(
            tag("cbc:TaxableAmount", one["BT-116"], **cur),
            tag("cbc:TaxAmount", one["BT-117"], **cur),
            _ubl_category("TaxCategory", one["BT-118"], one.get("BT-119")),
        ),
    )


def _ubl_line(line, root, cur):
    quantity = {"Invoice": "InvoicedQuantity", "CreditNote": "CreditedQuantity"}[root]
    return tag(
        f"cac:{root}Line",
        join(
            tag("cbc:ID", line["BT-126"]),
            tag(f"cbc:{quantity}", line["BT-129"], unitCode=line["BT-130"]),
            tag("cbc:LineExtensionAmount", line["BT-131"], **cur),
            tag("cbc:AccountingCost", line.get("BT-133")),
            tag(
                "cac:OrderLineReference",
                join(
                    tag("cbc:LineID", line.get("BT-132")),
                    tag("cac:OrderReference", tag("cbc:ID", line.get("po_ref"))),
                ),
            ),
            *(
                tag(
                    "cac:AllowanceCharge",
                    join(
                        tag("cbc:ChargeIndicator", flag),
                        tag("cbc:Amount", line[key], **cur),
                    ),
                )
                for flag, key in (("false", "BT-136"), ("true", "BT-141"))
                if key in line
            ),
            tag(
                "cac:Item",
                join(
                    tag("cbc:Name", line["BT-153"]),
                    tag(
                        "cac:SellersItemIdentification",
                        tag("cbc:ID", line.get("BT-155")),
                    ),
                    tag(
                        "cac:StandardItemIdentification",
                        tag("cbc:ID", line.get("BT-157"), schemeID="0160"),
                    ),
                    _ubl_category(
                        "ClassifiedTaxCategory", line["BT-151"], line.get("BT-152")
                    ),
                ),
            ),
            tag(
                "cac:Price",
                join(
                    tag("cbc:PriceAmount", line["BT-146"], **cur),
                    tag("cbc:BaseQuantity", line.get("BT-149")),
                ),
            ),
        ),
    )


# -- CII


def cii(bill, extra=""):
    """``extra``: markup put in front of the lines."""
    agreed = join(
        tag("ram:BuyerReference", bill.get("BT-10")),
        _cii_party("SellerTradeParty", bill.get("BT-27"), bill.get("BT-31")),
        _cii_party("BuyerTradeParty", bill.get("BT-44"), bill.get("BT-48")),
        _cii_ref("BuyerOrderReferencedDocument", bill.get("BT-13")),
    )
    delivered = join(
        _cii_ref("DespatchAdviceReferencedDocument", bill.get("BT-16")),
        _cii_ref("ReceivingAdviceReferencedDocument", bill.get("BT-15")),
    )
    account = tag(
        "ram:PayeePartyCreditorFinancialAccount", tag("ram:IBANID", bill.get("BT-84"))
    )
    terms = tag("ram:DueDateDateTime", _cii_day(bill.get("BT-9")))
    settled = join(
        tag("ram:PaymentReference", bill.get("BT-83")),
        tag("ram:InvoiceCurrencyCode", bill["BT-5"]),
        tag("ram:PayeeTradeParty", tag("ram:Name", bill.get("BT-59"))),
        tag("ram:SpecifiedTradeSettlementPaymentMeans", account),
        *(_cii_tax(one) for one in bill.get("BG-23", ())),
        *(_cii_adjustment(one, "false", 92) for one in bill.get("BG-20", ())),
        *(_cii_adjustment(one, "true", 99) for one in bill.get("BG-21", ())),
        tag("ram:SpecifiedTradePaymentTerms", terms),
        tag(
            "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
            join(
                *(
                    tag(f"ram:{name}", bill.get(key), **attributes)
                    for name, key, attributes in (
                        ("LineTotalAmount", "BT-106", {}),
                        ("ChargeTotalAmount", "BT-108", {}),
                        ("AllowanceTotalAmount", "BT-107", {}),
                        ("TaxBasisTotalAmount", "BT-109", {}),
                        ("TaxTotalAmount", "BT-110", {"currencyID": bill["BT-5"]}),
                        ("RoundingAmount", "BT-114", {}),
                        ("GrandTotalAmount", "BT-112", {}),
                        ("TotalPrepaidAmount", "BT-113", {}),
                        ("DuePayableAmount", "BT-115", {}),
                    )
                )
            ),
        ),
        _cii_ref("InvoiceReferencedDocument", bill.get("BT-25")),
        tag(
            "ram:ReceivableSpecifiedTradeAccountingAccount",
            tag("ram:ID", bill.get("BT-19")),
        ),
    )
    document = join(
        tag("ram:ID", bill["BT-1"]),
        tag("ram:TypeCode", bill["BT-3"]),
        tag("ram:IssueDateTime", _cii_day(bill["BT-2"])),
    )
    deal = join(
        extra,
        *(_cii_line(line) for line in bill["BG-25"]),
        tag("ram:ApplicableHeaderTradeAgreement", agreed),
        tag("ram:ApplicableHeaderTradeDelivery", delivered),
        tag("ram:ApplicableHeaderTradeSettlement", settled),
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<rsm:CrossIndustryInvoice xmlns:rsm="{CII_ROOT}CrossIndustryInvoice:100"'
        f' xmlns:ram="{CII_ROOT}ReusableAggregateBusinessInformationEntity:100"'
        f' xmlns:udt="{CII_ROOT}UnqualifiedDataType:100">'
        f"<rsm:ExchangedDocument>{document}</rsm:ExchangedDocument>"
        f"<rsm:SupplyChainTradeTransaction>{deal}</rsm:SupplyChainTradeTransaction>"
        "</rsm:CrossIndustryInvoice>"
    ).encode()


def _cii_day(day):
    return tag("udt:DateTimeString", (day or "").replace("-", ""), format="102")


def _cii_ref(name, number):
    return tag(f"ram:{name}", tag("ram:IssuerAssignedID", number))


def _cii_party(name, called, vat):
    return tag(
        f"ram:{name}",
        join(
            tag("ram:Name", called),
            tag("ram:SpecifiedTaxRegistration", tag("ram:ID", vat, schemeID="VA")),
        ),
    )


def _cii_tax(one):
    return tag(
        "ram:ApplicableTradeTax",
        join(
            tag("ram:CalculatedAmount", one["BT-117"]),
            tag("ram:TypeCode", "VAT"),
            tag("ram:BasisAmount", one["BT-116"]),
            tag("ram:CategoryCode", one["BT-118"]),
            tag("ram:RateApplicablePercent", one.get("BT-119")),
        ),
    )


def _cii_adjustment(one, flag, first):
    amount, category, rate, reason = _adjustment_keys(first)
    return tag(
        "ram:SpecifiedTradeAllowanceCharge",
        join(
            tag("ram:ChargeIndicator", tag("udt:Indicator", flag)),
            tag("ram:ActualAmount", one[amount]),
            tag("ram:Reason", one.get(reason)),
            tag(
                "ram:CategoryTradeTax",
                join(
                    tag("ram:CategoryCode", one[category]),
                    tag("ram:RateApplicablePercent", one.get(rate)),
                ),
            ),
        ),
    )


def _cii_line(line):
    order = tag(
        "ram:BuyerOrderReferencedDocument",
        join(
            tag("ram:IssuerAssignedID", line.get("po_ref")),
            tag("ram:LineID", line.get("BT-132")),
        ),
    )
    price = tag(
        "ram:NetPriceProductTradePrice",
        join(
            tag("ram:ChargeAmount", line["BT-146"]),
            tag("ram:BasisQuantity", line.get("BT-149")),
        ),
    )
    tax = tag(
        "ram:ApplicableTradeTax",
        join(
            tag("ram:CategoryCode", line["BT-151"]),
            tag("ram:RateApplicablePercent", line.get("BT-152")),
        ),
    )
    extras = join(
        *(
            tag(
                "ram:SpecifiedTradeAllowanceCharge",
                join(
                    tag("ram:ChargeIndicator", tag("udt:Indicator", flag)),
                    tag("ram:ActualAmount", line[key]),
                ),
            )
            for flag, key in (("false", "BT-136"), ("true", "BT-141"))
            if key in line
        )
    )
    settled = join(
        tax,
        extras,
        tag(
            "ram:SpecifiedTradeSettlementLineMonetarySummation",
            tag("ram:LineTotalAmount", line["BT-131"]),
        ),
        tag(
            "ram:ReceivableSpecifiedTradeAccountingAccount",
            tag("ram:ID", line.get("BT-133")),
        ),
    )
    return tag(
        "ram:IncludedSupplyChainTradeLineItem",
        join(
            tag(
                "ram:AssociatedDocumentLineDocument", tag("ram:LineID", line["BT-126"])
            ),
            tag(
                "ram:SpecifiedTradeProduct",
                join(
                    tag("ram:GlobalID", line.get("BT-157"), schemeID="0160"),
                    tag("ram:SellerAssignedID", line.get("BT-155")),
                    tag("ram:Name", line["BT-153"]),
                ),
            ),
            tag("ram:SpecifiedLineTradeAgreement", join(order, price)),
            tag(
                "ram:SpecifiedLineTradeDelivery",
                tag("ram:BilledQuantity", line["BT-129"], unitCode=line["BT-130"]),
            ),
            tag("ram:SpecifiedLineTradeSettlement", settled),
        ),
    )
