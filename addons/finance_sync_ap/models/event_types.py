"""Registers the addon's event types."""

from ..core import (
    events_approval,  # noqa: F401
    events_bank,  # noqa: F401
    events_file,  # noqa: F401
    events_vendor,  # noqa: F401
)
