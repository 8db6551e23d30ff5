"""The events of connections, exchanges, payloads, groups and lock dates."""

from .catalogue import EventType, Field, register

_WHO_ASKED = Field("requested_by", "user", "User who asked for it")
_REASON = Field("reason", "string", "Reason")
_CHANGED = Field("fields", "array:string", "What changed", required=True)

FOUNDATION = [
    EventType("finance_sync.connection.created", "Connection created"),
    EventType("finance_sync.connection.activated", "Connection activated"),
    EventType("finance_sync.connection.paused", "Connection paused", fields=(_REASON,)),
    EventType(
        "finance_sync.connection.changed",
        "Settings of a connection changed",
        fields=(_CHANGED, Field("values", "array:string", "New values")),
    ),
    EventType("finance_sync.connection.deleted", "Connection deleted"),
    EventType(
        "finance_sync.connection.change.requested",
        "Change of a connection asked for",
        fields=(_CHANGED,),
    ),
    *(
        EventType(
            f"finance_sync.connection.change.{state}",
            f"Change of a connection {state}",
            fields=(_CHANGED, _WHO_ASKED),
        )
        for state in ("approved", "refused", "cancelled")
    ),
    EventType(
        "finance_sync.credential.set",
        "Credential entered or referenced",
        fields=(_CHANGED,),
    ),
    EventType(
        "finance_sync.credential.removed", "Credential removed", fields=(_CHANGED,)
    ),
    EventType(
        "finance_sync.credential.rotated",
        "Credential encrypted with the newest key",
    ),
    *(
        EventType(
            f"finance_sync.exchange.{state}",
            f"Exchange {title}",
            fields=(
                Field("operation", "string", "Operation", required=True),
                Field("direction", "string", "Direction"),
                Field("external_ref", "string", "Reference at the other side"),
                _REASON,
            ),
        )
        for state, title in (
            ("done", "done"),
            ("held", "held"),
            ("cancelled", "cancelled"),
            ("superseded", "superseded by a later one"),
            ("retried", "tried again by a person"),
            ("replayed", "applied again by a person"),
            ("marked_done", "marked as done by a person"),
        )
    ),
    EventType("finance_sync.payload.unmasked", "Whole payload looked at"),
    EventType(
        "finance_sync.decision.made",
        "Decision asked for",
        fields=(
            Field("operation", "string", "Operation", required=True),
            Field("state", "string", "Answered or failed", required=True),
            Field("fingerprint", "string", "Fingerprint of the request", required=True),
            Field("error", "string", "Kind of error"),
        ),
    ),
    EventType(
        "finance_sync.group.changed",
        "Duties of a user changed",
        fields=(
            Field("user", "user", "User", required=True),
            Field("added", "array:string", "Groups given"),
            Field("removed", "array:string", "Groups taken"),
        ),
    ),
    EventType(
        "finance_sync.lock_date.changed",
        "Lock date changed",
        fields=(
            Field("lock", "string", "Which lock date", required=True),
            Field("before", "date", "Before"),
            Field("after", "date", "After"),
        ),
    ),
]

for _event_type in FOUNDATION:
    register(_event_type)
