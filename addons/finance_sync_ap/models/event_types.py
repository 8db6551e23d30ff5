"""Registers the addon's event types."""

from ..core import events_bank  # noqa: F401
