"""What subscribers outside are told of: invoices, bills, payments, periods.

Amounts are in the document's currency unless a title says otherwise. Partners are named
by their number: names are personal data, which no event carries.
"""

from .catalogue import EventType, Field, register

DOCUMENT = (
    Field("number", "string", "Number of the document"),
    Field("kind", "string", "invoice, refund or receipt", required=True),
    Field("partner", "integer", "Number of the partner"),
    Field("currency", "string", "ISO code of the currency", required=True),
    Field("total", "decimal", "Amount with taxes", required=True),
    Field("untaxed", "decimal", "Amount without taxes"),
    Field("tax", "decimal", "Taxes"),
    Field("residual", "decimal", "Still to be paid"),
    Field("date", "date", "Date of the document"),
    Field("due_date", "date", "Due"),
    Field("accounting_date", "date", "Date in the ledger"),
    Field("payment_state", "string", "State of payment"),
)
_REVERSAL = Field("reversal", "string", "UUID of the credit note", required=True)
_ORIGIN = Field("origin", "string", "UUID of the document that this one reverses")
_REFERENCE = Field("reference", "string", "Vendor's number of the bill")
_BILL = (*DOCUMENT, _REFERENCE)
PAYMENT = (
    Field("number", "string", "Number of the payment"),
    Field("direction", "string", "inbound or outbound", required=True),
    Field("partner", "integer", "Number of the partner"),
    Field("currency", "string", "ISO code of the currency", required=True),
    Field("amount", "decimal", "Amount", required=True),
    Field("date", "date", "Date of the payment"),
    Field("method", "string", "Code of the method"),
    Field("documents", "array:string", "UUIDs of the documents that it pays"),
)

BUSINESS = [
    EventType(
        "account.invoice.posted",
        "Invoice or credit note posted",
        fields=(*DOCUMENT, _ORIGIN),
        business=True,
    ),
    EventType(
        "account.invoice.cancelled",
        "Invoice or credit note cancelled",
        fields=DOCUMENT,
        business=True,
    ),
    EventType(
        "account.invoice.paid",
        "Invoice paid in full",
        fields=DOCUMENT,
        business=True,
    ),
    EventType(
        "account.invoice.reversed",
        "Invoice reversed by a credit note that is posted",
        fields=(*DOCUMENT, _REVERSAL),
        business=True,
    ),
    EventType(
        "account.bill.received",
        "Vendor bill or refund entered, not yet posted",
        fields=_BILL,
        business=True,
    ),
    EventType(
        "account.bill.approved",
        "Vendor bill or refund approved",
        fields=(*_BILL, Field("approver", "user", "User who approved")),
        business=True,
    ),
    EventType(
        "account.bill.posted",
        "Vendor bill or refund posted",
        fields=(*_BILL, _ORIGIN),
        business=True,
    ),
    EventType(
        "account.bill.cancelled",
        "Vendor bill or refund cancelled",
        fields=_BILL,
        business=True,
    ),
    EventType(
        "account.bill.paid", "Vendor bill paid in full", fields=_BILL, business=True
    ),
    EventType(
        "account.bill.reversed",
        "Vendor bill reversed by a refund that is posted",
        fields=(*_BILL, _REVERSAL),
        business=True,
    ),
    EventType(
        "account.payment.confirmed", "Payment confirmed", fields=PAYMENT, business=True
    ),
    EventType(
        "account.payment.failed",
        "Payment that was confirmed is cancelled, refused or returned",
        fields=(*PAYMENT, Field("reason", "string", "Reason", required=True)),
        business=True,
    ),
    EventType(
        "account.period.closed",
        "Entries up to a date can be changed no more",
        fields=(
            Field("lock", "string", "Which lock date", required=True),
            Field("until", "date", "Up to and including", required=True),
            Field("before", "date", "What it was before"),
        ),
        business=True,
    ),
]

for _event_type in BUSINESS:
    register(_event_type)
