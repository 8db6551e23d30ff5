"""Registers the addon's event types."""

from ..core import events_file  # noqa: F401
