"""Avalara AvaTax REST v2 as a simulator.

Source: https://developer.avalara.com/api-reference/avatax/rest/v2/
"""

from .app import Avatax

__all__ = ["Avatax"]
