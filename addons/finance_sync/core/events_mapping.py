"""The events of mappings and of ownership rules."""

from .catalogue import EventType, Field, register

_VERSION = (
    Field("kind", "string", "Kind of object", required=True),
    Field("version", "integer", "Version", required=True),
    Field("lines", "integer", "Lines"),
    Field("reason", "string", "Reason"),
)

MAPPING = [
    EventType(f"finance_sync.mapping.{step}", f"Mapping {title}", fields=_VERSION)
    for step, title in (
        ("submitted", "submitted for approval"),
        ("withdrawn", "taken back to draft"),
        ("approved", "approved"),
        ("refused", "refused"),
        ("activated", "in force"),
        ("retired", "no longer in force"),
        ("rolled_back", "rolled back to an earlier one"),
        ("reopened", "to be approved again"),
    )
]

for _event_type in MAPPING:
    register(_event_type)
