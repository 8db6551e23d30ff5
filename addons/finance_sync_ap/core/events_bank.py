"""The events of vendors' bank accounts and of what may be paid."""

from odoo.addons.finance_sync.core.catalogue import EventType, Field, register

_CHANGE = (
    Field("kind", "string", "What happened", required=True),
    Field("account", "string", "Account, shortened", required=True),
    Field("partner", "integer", "Account holder", required=True),
    Field("changed_by", "user", "User who changed it"),
)

EVENTS = [
    EventType(
        "finance_sync.ap.bank.changed",
        "Vendor's bank account new or changed: payments to it are blocked",
        fields=_CHANGE,
    ),
    *(
        EventType(
            f"finance_sync.ap.bank.{state}",
            f"Vendor's bank account {title}",
            fields=(*_CHANGE, Field("proof", "string", "SHA-256 of the call's record")),
        )
        for state, title in (
            ("confirmed", "confirmed by a call-back"),
            ("refused", "refused: the vendor did not confirm it"),
            ("superseded", "changed again, or given up, before it was confirmed"),
        )
    ),
    *(
        EventType(
            f"finance_sync.ap.payment.{state}",
            f"Payment of a bill {title}",
            fields=(Field("reason", "string", "Reason"),),
        )
        for state, title in (("stopped", "stopped by hand"), ("released", "released"))
    ),
]

for _type in EVENTS:
    register(_type)
