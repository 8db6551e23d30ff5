"""Which event types this addon registers. A part adds the file with its own."""

from ..core import (
    events_audit,  # noqa: F401
    events_business,  # noqa: F401
    events_foundation,  # noqa: F401
    events_guard,  # noqa: F401
    events_hold,  # noqa: F401
    events_hook,  # noqa: F401
    events_mapping,  # noqa: F401
    events_metric,  # noqa: F401
    events_ownership,  # noqa: F401
    events_package,  # noqa: F401
)
