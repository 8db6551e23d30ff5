"""The events of holds, replays and who works on them."""

from .catalogue import EventType, Field, register

ABOUT = (
    Field("code", "string", "Hold type", required=True),
    Field("severity", "string", "Severity"),
    Field("blocking", "boolean", "Keeps its document from going on"),
    Field("amount", "decimal", "Amount in company currency"),
    Field("currency", "string", "ISO code of the company's currency"),
    Field("document", "string", "UUID of the document"),
)
_OWNER = Field("owner", "user", "User who looks after it")
_REASON = Field("reason", "string", "Reason")
_COUNT = Field("count", "integer", "Messages concerned", required=True)

HOLD = [
    EventType(
        "finance_sync.hold.opened",
        "Hold opened",
        fields=(*ABOUT, _OWNER, Field("due", "datetime", "Due")),
        business=True,
    ),
    EventType(
        "finance_sync.hold.resolved",
        "Hold closed",
        fields=(
            *ABOUT,
            Field("state", "string", "resolved, overridden or cancelled"),
            _REASON,
        ),
        business=True,
    ),
    EventType(
        "finance_sync.hold.assigned",
        "Hold assigned",
        fields=(*ABOUT, _OWNER, Field("team", "string", "Team")),
    ),
    EventType(
        "finance_sync.hold.snoozed",
        "Hold put off",
        fields=(*ABOUT, Field("until", "datetime", "Until"), _REASON),
    ),
    EventType("finance_sync.hold.woken", "Hold taken up again", fields=ABOUT),
    EventType(
        "finance_sync.hold.escalated",
        "Hold escalated",
        fields=(
            *ABOUT,
            Field("level", "integer", "Which step", required=True),
            Field("to", "user", "User who was told"),
            Field("rule", "string", "Why now"),
        ),
    ),
    EventType(
        "finance_sync.hold.override.requested",
        "Override asked for",
        fields=(*ABOUT, _REASON),
    ),
    *(
        EventType(
            f"finance_sync.hold.override.{state}",
            f"Override {state}",
            fields=(
                *ABOUT,
                Field("requested_by", "user", "User who asked for it"),
                _REASON,
            ),
        )
        for state in ("approved", "refused")
    ),
    *(
        EventType(
            f"finance_sync.replay.{state}",
            f"Replay {state}",
            fields=(_COUNT, Field("skipped", "integer", "Left out")),
        )
        for state in ("started", "stopped", "finished")
    ),
]

for _type in HOLD:
    register(_type)
