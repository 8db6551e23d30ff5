"""The events of decision gates."""

from odoo.addons.finance_sync.core.catalogue import EventType, Field, register

_WHO_ASKED = Field("requested_by", "user", "User who asked for it")

EVENTS = [
    EventType(
        "finance_sync.gate.decided",
        "Document stopped at a gate",
        fields=(
            Field("point", "string", "Where", required=True),
            Field("check", "string", "Check", required=True),
            Field("state", "string", "Outcome", required=True),
            Field("rule", "string", "Rule"),
            Field("proof", "string", "SHA-256 of what was compared"),
        ),
    ),
    EventType(
        "finance_sync.gate.rule.changed",
        "Gate rule created, changed or removed",
        fields=(Field("fields", "array:string", "What changed", required=True),),
    ),
    EventType(
        "finance_sync.gate.list.loaded",
        "Version of a screening list loaded",
        fields=(
            Field("version", "string", "Version", required=True),
            Field("entries", "integer", "Entries"),
            Field("sha256", "string", "SHA-256 of the file"),
        ),
    ),
    *(
        EventType(
            f"finance_sync.gate.clearance.{state}",
            f"Match {title}",
            fields=(
                Field("entry", "string", "Entry of the list", required=True),
                _WHO_ASKED,
            ),
        )
        for state, title in (
            ("requested", "said to be somebody else"),
            ("approved", "cleared: it is somebody else"),
            ("refused", "not cleared"),
            ("reopened", "open again: its data has changed"),
        )
    ),
]

for _type in EVENTS:
    register(_type)
