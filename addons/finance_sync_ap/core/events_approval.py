"""The events of approving and posting bills."""

from odoo.addons.finance_sync.core.catalogue import EventType, Field, register

_DECISION = (
    Field("source", "string", "Where it was decided", required=True),
    Field("content", "string", "SHA-256 of what was decided on", required=True),
    Field("amount", "decimal", "Total, in company currency"),
    Field("giver", "user", "On whose behalf"),
)

EVENTS = [
    *(
        EventType(f"finance_sync.ap.bill.{kind}", f"Bill {title}", fields=_DECISION)
        for kind, title in (
            ("requested", "given to approval"),
            ("approved", "approved"),
            ("rejected", "refused by an approver"),
            ("withdrawn", "approval taken back by the platform"),
            ("revoked", "changed after its approval, which does not count any more"),
        )
    ),
    EventType(
        "finance_sync.ap.bill.refused",
        "Posting of a bill refused",
        fields=(Field("reasons", "array:string", "Why", required=True),),
    ),
    *(
        EventType(
            f"finance_sync.ap.{what}.changed",
            title,
            fields=(
                Field("fields", "array:string", "What changed", required=True),
                Field("user", "user", "Whose"),
            ),
        )
        for what, title in (
            ("approver", "Authority to approve bills given, changed or taken"),
            ("delegation", "Delegation of approvals made, changed or ended"),
            ("policy", "How a company approves and posts bills"),
        )
    ),
]

for _type in EVENTS:
    register(_type)
