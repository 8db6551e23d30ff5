"""The events of vendors that are perhaps one."""

from odoo.addons.finance_sync.core.catalogue import EventType, Field, register

_PAIR = (
    Field("one", "integer", "One vendor", required=True),
    Field("other", "integer", "The other vendor", required=True),
    Field("reasons", "string", "What they share", required=True),
    Field("score", "integer", "Likeness in percent", required=True),
)

EVENTS = [
    EventType(
        "finance_sync.ap.vendor.alike",
        "Two vendors are perhaps one",
        fields=_PAIR,
    ),
    EventType(
        "finance_sync.ap.vendor.different",
        "Two alike vendors decided to be two",
        fields=(*_PAIR, Field("reason", "string", "Reason", required=True)),
    ),
    EventType(
        "finance_sync.ap.vendor.merged",
        "Two alike vendors merged into one",
        fields=_PAIR,
    ),
    EventType(
        "finance_sync.ap.vendor.reopened",
        "Decision that two vendors are two taken back, or overtaken by something new",
        fields=_PAIR,
    ),
]

for _type in EVENTS:
    register(_type)
