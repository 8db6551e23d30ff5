"""The events of bill files: what came in, and what a person said is on it."""

from odoo.addons.finance_sync.core.catalogue import EventType, Field, register

_DIGEST = Field("sha256", "string", "SHA-256 of the file", required=True)

EVENTS = [
    EventType(
        "finance_sync.bill_file.received",
        "Bill file received",
        fields=(
            _DIGEST,
            Field("source", "string", "How it came", required=True),
            Field("size", "integer", "Bytes"),
        ),
    ),
    EventType(
        "finance_sync.bill_file.confirmed",
        "Fields of a bill file confirmed by a person",
        fields=(
            _DIGEST,
            Field("content", "string", "SHA-256 of what was confirmed", required=True),
            Field("corrected", "array:string", "Terms that the person had to correct"),
        ),
    ),
    EventType(
        "finance_sync.bill_file.given_up",
        "Bill file given up; it may be taken in again",
        fields=(_DIGEST,),
    ),
]

for _event_type in EVENTS:
    register(_event_type)
