"""The events of invoices between our companies: what was handed over, and agreed on."""

from odoo.addons.finance_sync.core.catalogue import EventType, Field, register

_SIDES = (
    Field("number", "string", "Invoice number"),
    Field("version", "integer", "Version that the buyer was given", required=True),
    Field("buyer", "integer", "Company that buys", required=True),
    Field("currency", "string", "ISO code of the invoice's currency", required=True),
    Field("amount", "decimal", "Seller's total", required=True),
    Field("buyer_amount", "decimal", "Buyer's total"),
)

EVENTS = [
    EventType(
        "finance_sync.ap.pair.handed_over",
        "Invoice between our companies handed over to the buyer",
        fields=(
            *_SIDES,
            Field("kind", "string", "invoice, credit_note or void", required=True),
        ),
    ),
    *(
        EventType(
            f"finance_sync.ap.pair.{state}",
            f"Invoice between our companies {title}",
            fields=_SIDES,
        )
        for state, title in (
            ("agreed", "posted by both, with the same amounts"),
            ("taken_back", "reset to draft by the seller"),
            ("voided", "cancelled by both, or never handed over"),
        )
    ),
    EventType(
        "finance_sync.ap.pair.differs",
        "Invoice between our companies differs from the buyer's bill",
        fields=(
            *_SIDES,
            Field(
                "differences",
                "array:string",
                "What differs: the seller's, the buyer's",
                required=True,
            ),
        ),
    ),
]

for _type in EVENTS:
    register(_type)
