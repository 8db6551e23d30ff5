"""Registers the addon's event types."""

from ..core import events_pair  # noqa: F401
