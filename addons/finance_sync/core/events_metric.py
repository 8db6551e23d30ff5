"""The events of monitoring: who may look from outside, and what was promised."""

from .catalogue import EventType, Field, register

_NAME = Field("name", "string", "Name", required=True)

METRIC = [
    EventType(
        "finance_sync.metrics_token.issued", "Monitoring token issued", fields=(_NAME,)
    ),
    EventType(
        "finance_sync.metrics_token.revoked",
        "Monitoring token revoked",
        fields=(_NAME,),
    ),
    EventType(
        "finance_sync.slo.changed",
        "Service level objective changed",
        fields=(_NAME, Field("values", "array:string", "New values")),
    ),
    EventType(
        "finance_sync.slo.burning",
        "Error budget is used up fast",
        fields=(
            _NAME,
            Field("burn_short", "decimal", "Burn rate of the last hour"),
            Field("burn_long", "decimal", "Burn rate of six hours"),
        ),
    ),
]

for event_type in METRIC:
    register(event_type)
