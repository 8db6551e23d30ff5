"""Bank details and tax ids: what is left of them for whoever may not see them whole.

They are shortened even where an allow-list lets a field through, since they also turn
up where nobody expects them: in a reference, a remark, an error message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from stdnum.eu import vat as eu_vat

from .masking import MASK

_NOT_ALNUM = re.compile(r"[^0-9a-z]")
# Names of fields, without case and punctuation.
_NAMES = frozenset(
    {
        "accnumber",
        "accountnumber",
        "bankaccount",
        "bankaccountnumber",
        "bban",
        "iban",
        "cardnumber",
        "pan",
        "vat",
        "vatid",
        "vatnumber",
        "taxid",
        "taxnumber",
        "tin",
        "ssn",
        "customervat",
        "businessidentificationno",
    }
)
# Groups of letters and digits as people write them; the check digits decide.
_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}\b")
_VAT = re.compile(r"\b[A-Z]{2}(?:[ .-]?[0-9A-Z]){8,13}\b")
_SHORTEST, _SHOWN = 8, 4


def is_sensitive_name(name: str) -> bool:
    """True for ``iban``, ``accountNumber``, ``Tax-ID``, ``buyer_vat``…"""
    bare = _NOT_ALNUM.sub("", name.lower())
    words = [word for word in re.split(r"[^0-9a-z]+", name.lower()) if word]
    return bare in _NAMES or any(word in ("iban", "vat", "ssn") for word in words)


def is_iban(text: str) -> bool:
    """True if the check digits are right (ISO 13616), however it is spaced."""
    bare = _NOT_ALNUM.sub("", text.lower())
    if not 15 <= len(bare) <= 34 or not bare.isascii():
        return False
    turned = bare[4:] + bare[:4]
    return int("".join(str(int(each, 36)) for each in turned)) % 97 == 1


def shorten(text: str) -> str:
    """Country and last four: ``DE•••2051``. What is short shows nothing."""
    bare = re.sub(r"\s", "", text)
    if len(bare) < _SHORTEST:
        return MASK
    country = bare[:2] if bare[:2].isalpha() else ""
    return f"{country}{MASK}{bare[-_SHOWN:]}"


def shorten_in(text: str) -> str:
    """A text in which every account number and European tax id is shortened."""
    return _replaced(_replaced(text, _IBAN, is_iban), _VAT, eu_vat.is_valid)


def _replaced(text: str, pattern: re.Pattern, is_one) -> str:
    parts, done, at = [], 0, 0
    while match := pattern.search(text, at):
        end = _longest(match.group(), is_one)
        if end:
            parts += [text[done : match.start()], shorten(match.group()[:end])]
            done = at = match.start() + end
        else:
            at = match.start() + 1  # what follows may begin within
    return "".join([*parts, text[done:]])


def _longest(found: str, is_one) -> int:
    """Length of the longest beginning that is one; a following word may look like
    a part of it. 0: none is."""
    ends = range(len(found), _SHORTEST - 1, -1)
    return next(
        (end for end in ends if found[end - 1].isalnum() and is_one(found[:end])), 0
    )


def shorten_all(value, name: str = ""):
    """A JSON value with bank details and tax ids shortened, by field name and look."""
    if isinstance(value, Mapping):
        return {key: shorten_all(item, str(key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [shorten_all(item, name) for item in value]
    if isinstance(value, str) and value != MASK:
        return shorten(value) if is_sensitive_name(name) else shorten_in(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return shorten(str(value)) if is_sensitive_name(name) else value
    return value
