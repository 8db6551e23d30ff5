"""The events of webhooks and subscriptions themselves."""

from .catalogue import EventType, Field, register

_REASON = Field("reason", "string", "Reason")
_COUNT = Field("count", "integer", "Events concerned", required=True)
_CHANGED = Field("fields", "array:string", "What changed", required=True)

HOOK = [
    EventType(
        "finance_sync.webhook.changed",
        "Settings or rules of a webhook changed",
        fields=(_CHANGED,),
    ),
    EventType(
        "finance_sync.subscription.changed",
        "Settings of a subscription changed",
        fields=(_CHANGED,),
    ),
    *(
        EventType(
            f"finance_sync.webhook.secret.{how}",
            f"Secret of a webhook or subscription {how}",
            fields=(
                Field("mark", "string", "Beginning of the secret's digest"),
                Field("until", "datetime", "When older ones stop counting"),
            ),
        )
        for how in ("added", "rotated", "revoked")
    ),
    *(
        EventType(
            f"finance_sync.subscription.{what}",
            f"Subscription {what}",
            fields=(_REASON,),
        )
        for what in ("activated", "paused", "disabled")
    ),
    *(
        EventType(
            f"finance_sync.subscription.change.{what}",
            f"Change of a subscription {what}",
            fields=(
                _CHANGED,
                Field("requested_by", "user", "User who asked for it"),
            ),
        )
        for what in ("requested", "approved", "refused", "cancelled")
    ),
    EventType(
        "finance_sync.subscription.resent", "Events sent again", fields=(_COUNT,)
    ),
    EventType(
        "finance_sync.subscription.replayed",
        "Events of a time told again",
        fields=(
            _COUNT,
            Field("since", "datetime", "From", required=True),
            Field("until", "datetime", "To", required=True),
        ),
    ),
]

for _event_type in HOOK:
    register(_event_type)
