"""Bank accounts of vendors: what identifies one, and which number confirms it.

IBANs are told from other numbers by their look, and from mistyped ones by their check
digits (ISO 13616).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass

from odoo.addons.finance_sync.core.canonical import digest
from odoo.addons.finance_sync.core.sensitive import is_iban

# A telephone number that changed less than this before an account is as doubtful as it.
QUIET = datetime.timedelta(days=14)
_BARE = re.compile(r"[^0-9A-Z]")
_LIKE_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{8,30}")
_NOT_DIGITS = re.compile(r"[^0-9]")
_SHORTEST_PHONE = 6
# Without the country: +49 30 1234567 and 030 1234567 are one number.
_COMPARED_DIGITS = 8


@dataclass(frozen=True)
class Account:
    """``number`` has no spaces; ``iban``: it looks like one; ``valid``: and is one.

    Of a number that does not look like an IBAN nothing can be said: it is valid.
    """

    number: str
    iban: bool
    valid: bool


@dataclass(frozen=True)
class Contact:
    """A telephone number on file. ``since``: when it was entered (UTC), if known."""

    name: str
    number: str
    since: datetime.datetime | None = None


def read_account(text: str | None) -> Account:
    number = _BARE.sub("", (text or "").upper())
    if not _LIKE_IBAN.fullmatch(number):
        return Account(number, iban=False, valid=bool(number))
    return Account(number, iban=True, valid=is_iban(number))


def fingerprint(number: str | None, holder: int, route: str | None) -> str:
    """What a confirmation is for: SHA-256 of number, holder, and the bank where the
    number does not name it itself.

    :param holder: id of the partner whose account it is
    :param route: code of the bank (BIC, clearing number); of an IBAN a part already
    """
    account = read_account(number)
    by = "" if account.iban and account.valid else (route or "")
    return digest([account.number, holder, by])


def same_phone(one: str | None, other: str | None) -> bool:
    """However they are written; the end of a number decides."""
    first, second = (_NOT_DIGITS.sub("", text or "") for text in (one, other))
    if min(len(first), len(second)) < _SHORTEST_PHONE:
        return False
    count = min(_COMPARED_DIGITS, len(first), len(second))
    return first[-count:] == second[-count:]


def known_before(
    contacts: Iterable[Contact], changed_at: datetime.datetime
) -> tuple[Contact, ...]:
    """The numbers that whoever changed the account cannot have put there for it."""
    limit = changed_at - QUIET
    return tuple(
        contact
        for contact in contacts
        if contact.number and (contact.since is None or contact.since < limit)
    )
