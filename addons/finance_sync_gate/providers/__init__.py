"""Credit providers. Importing the package registers them."""

from . import credit_http

__all__ = ["credit_http"]
