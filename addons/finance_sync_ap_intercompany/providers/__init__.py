"""The way between our own companies. Importing the package registers it."""

from . import intercompany

__all__ = ["intercompany"]
