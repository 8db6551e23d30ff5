"""Bill platforms. Importing the package registers them."""

from . import basware, coupa, rest

__all__ = ["basware", "coupa", "rest"]
