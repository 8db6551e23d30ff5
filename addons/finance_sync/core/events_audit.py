"""The events of the audit chain itself."""

from .catalogue import EventType, Field, register

AUDIT = [
    *(
        EventType(
            f"finance_sync.chain.{state}",
            title,
            fields=(
                Field("chain", "integer", "Chain", required=True),
                Field("seals", "integer", "Seals", required=True),
                Field("events", "integer", "Events", required=True),
                Field("first_break", "string", "First broken link"),
            ),
        )
        for state, title in (
            ("verified", "Chain verified and found intact"),
            ("broken", "Chain verified and found broken"),
        )
    ),
    EventType(
        "finance_sync.anchor.exported",
        "Anchor signed and exported",
        fields=(
            Field("digest", "string", "SHA-256 of what was signed", required=True),
            Field("chains", "integer", "Chains", required=True),
        ),
    ),
]

for _event_type in AUDIT:
    register(_event_type)
