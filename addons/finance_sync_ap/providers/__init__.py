"""Ways in that need a connection of their own. Importing registers them."""

from . import bill_file, bill_folder

__all__ = ["bill_file", "bill_folder"]
