"""Registers the addon's event types."""

from ..core import events  # noqa: F401
