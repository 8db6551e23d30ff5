"""Tax engines. Importing the package registers them."""

from . import rate_table

__all__ = ["rate_table"]
