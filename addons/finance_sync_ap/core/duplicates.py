"""Is a bill there already? Hard duplicates by key, soft ones by likeness.

Hard keys are one string for each alias of the vendor, so that a unique index stops the
second of two that arrive at once. Soft likeness is for a person, side by side.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from rapidfuzz import fuzz

INVOICE = "invoice"
CREDIT_NOTE = "credit_note"
_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
_WORDS = re.compile(r"\w+")
# Legal forms as they end names; they are written in many ways, and left out in more.
_FORMS = frozenset(
    [
        "ag",
        "as",
        "bv",
        "bvba",
        "co",
        "corp",
        "eurl",
        "gmbh",
        "inc",
        "kg",
        "kft",
        "llc",
        "llp",
        "ltd",
        "mbh",
        "nv",
        "oy",
        "plc",
        "sa",
        "sarl",
        "sas",
        "se",
        "sl",
        "spa",
        "srl",
        "ug",
        "und",
    ]
)


def simplified_number(number: str) -> str:
    """``INV-00123``, ``inv 123`` and ``INV/0123`` are one number: ``INV123``."""
    folded = unicodedata.normalize("NFKC", number).upper()
    parts = _ZEROS.sub("", folded)
    return "".join(character for character in parts if character.isalnum())


def simplified_name(name: str) -> str:
    """Words in order, without legal forms, accents and signs."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    words = _WORDS.findall(plain.replace(".", ""))
    return " ".join([word for word in words if word not in _FORMS] or words)


@dataclass(frozen=True)
class Identity:
    """What a bill is recognised by.

    ``aliases``: of the vendor, as ``partner:7``, ``vat:DE136695976``, ``iban:DE89…``.
    ``amount``: the total in ``currency``, positive. ``file_hash``: SHA-256 of the
    document, empty where there was none.
    """

    number: str
    kind: str
    date: datetime.date
    amount: Decimal
    currency: str
    aliases: frozenset[str]
    vendor_name: str = ""
    file_hash: str = ""


@dataclass(frozen=True)
class Thresholds:
    """``name``: likeness in percent. ``percent`` and ``days``: how far apart."""

    extra_characters: int = 3
    name: int = 90
    percent: Decimal = Decimal(1)
    days: int = 7


@dataclass(frozen=True)
class Likeness:
    """``reasons``: codes, the strongest first; ``score`` in percent."""

    score: int
    reasons: tuple[str, ...]


def hard_keys(identity: Identity) -> tuple[str, ...]:
    """Keys of which no two bills of a company may share one.

    The year belongs to them: vendors start their numbers anew.
    """
    number = simplified_number(identity.number)
    keys = [
        f"{alias}|{identity.kind}|{identity.date.year}|{number}"
        for alias in sorted(identity.aliases)
    ]
    if identity.file_hash:
        keys.append(f"file:{identity.file_hash}")
    return tuple(keys)


def likeness(
    one: Identity, other: Identity, thresholds: Thresholds = Thresholds()
) -> Likeness | None:
    """How ``other`` may be the same bill as ``one``; None where it is not alike.

    Same in both orders.
    """
    if one.kind != other.kind or one.currency != other.currency:
        return None
    found = sorted(
        filter(
            None,
            (
                _restarted(one, other),
                _misread(one, other, thresholds),
                _other_vendor(one, other, thresholds),
                _near(one, other, thresholds),
            ),
        ),
        reverse=True,
    )
    if not found:
        return None
    return Likeness(found[0][0], tuple(reason for _score, reason in found))


def _restarted(one: Identity, other: Identity):
    """The same number in another year, for the same money."""
    same = simplified_number(one.number) == simplified_number(other.number)
    again = one.date.year != other.date.year and one.amount == other.amount
    if same and again and one.aliases & other.aliases:
        return (70, "same_number_other_year")
    return None


def _misread(one: Identity, other: Identity, thresholds: Thresholds):
    """A number with some characters more, and everything else the same."""
    short, long = sorted(
        (simplified_number(one.number), simplified_number(other.number)), key=len
    )
    extra = len(long) - len(short)
    if not short or extra > thresholds.extra_characters or short not in long:
        return None
    exact = one.date == other.date and one.amount == other.amount
    if exact and one.aliases & other.aliases:
        return (95 - extra * 5, "number_nearly_same")
    return None


def _other_vendor(one: Identity, other: Identity, thresholds: Thresholds):
    """The same bill under a second record of the vendor."""
    if one.aliases & other.aliases or one.amount != other.amount:
        return None
    if simplified_number(one.number) != simplified_number(other.number):
        return None
    alike = _names(one, other)
    return (round(alike), "vendor_nearly_same") if alike >= thresholds.name else None


def _near(one: Identity, other: Identity, thresholds: Thresholds):
    """Nearly the same money at nearly the same time."""
    apart = abs((one.date - other.date).days)
    largest = max(one.amount, other.amount)
    if apart > thresholds.days or not largest:
        return None
    if abs(one.amount - other.amount) * 100 > largest * thresholds.percent:
        return None
    if one.aliases & other.aliases or _names(one, other) >= thresholds.name:
        return (60, "amount_and_date_near")
    return None


def _names(one: Identity, other: Identity) -> float:
    first, second = simplified_name(one.vendor_name), simplified_name(other.vendor_name)
    return fuzz.token_sort_ratio(first, second) if first and second else 0.0
