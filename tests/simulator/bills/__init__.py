"""Bill platforms: our plain protocol, Basware's and Coupa's ways."""

from .basware import Basware
from .coupa import Coupa
from .rest import BillRest

__all__ = ["Basware", "BillRest", "Coupa"]
