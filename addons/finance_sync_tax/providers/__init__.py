"""Tax engines. Importing the package registers them."""

from . import avatax, rate_table

__all__ = ["avatax", "rate_table"]
