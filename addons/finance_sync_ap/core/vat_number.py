"""Is a text a VAT number of the European Union, by its check digits?"""

from __future__ import annotations

from stdnum.eu import vat


def is_vat_number(text: str) -> bool:
    """With its country's prefix. Nothing else is taken for one where none is named."""
    return text[:2].isalpha() and vat.is_valid(text)
