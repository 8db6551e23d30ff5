"""The events of ownership rules."""

from .catalogue import EventType, Field, register

_FIELDS = Field("fields", "array:string", "Fields", required=True)

OWNERSHIP = [
    EventType(
        "finance_sync.ownership.refused",
        "Write of another system refused",
        fields=(_FIELDS, Field("object", "string", "Object")),
    ),
    EventType(
        "finance_sync.ownership.overridden",
        "Field of another system changed by hand",
        fields=(_FIELDS, Field("object", "string", "Object")),
    ),
    EventType(
        "finance_sync.ownership.changed",
        "Ownership rules changed",
        fields=(Field("rules", "integer", "Number of rules", required=True),),
    ),
]

for _event_type in OWNERSHIP:
    register(_event_type)
