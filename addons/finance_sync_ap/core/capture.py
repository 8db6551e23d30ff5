"""The text of a PDF → terms of a bill, by patterns of its vendor, with how sure.

A pattern finds a text, its first group if it has one. Patterns are written by people:
each search ends in time. What is found is a proposal that a person confirms.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import regex
from odoo.addons.finance_sync.core.canonical import plain_number
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync.core.money import to_decimal

from .bill import GROUPS, HEAD

SECONDS = 0.5
LONGEST_PATTERN = 500
LONGEST_TEXT = 300_000
# The rate, which the standard has with each subtotal, for bills with one rate alone.
RATE = "BT-119"
TERMS = {term.key: term for term in HEAD}
_RATE = next(term for term in GROUPS["BG-23"][1] if term.key == RATE)
# In the order in which they are shown.
CAPTURED = (
    *(
        TERMS[key]
        for key in (
            "BT-1", "BT-2", "BT-3", "BT-5", "BT-9", "BT-13", "BT-27", "BT-31",
            "BT-84", "BT-109", "BT-110", "BT-112",
        )
    ),
    _RATE,
)  # fmt: skip
NEEDED = frozenset({"BT-1", "BT-2", "BT-3", "BT-5", "BT-109", "BT-110", "BT-112"})
SURE, AMBIGUOUS, PROVEN, DOUBTED = 0.8, 0.4, 0.95, 0.2
# Text that was recognised in a picture proves that much less.
SCANNED = 0.6
# Of a row of the VAT table: named groups that its pattern has to have.
CELLS = ("rate", "base", "tax")
MOST_RATES = 20
_AMOUNTS = ("BT-109", "BT-110", "BT-112")


@dataclass(frozen=True)
class Template:
    """``keywords``: all have to be in the text. ``patterns``: (term, pattern), the
    first that finds something counts. ``date_formats``: as ``strptime`` has them.
    ``rates``: finds a row of the VAT table, by the named groups of ``CELLS``; or empty.
    ``lines``: finds a line, likewise, see ``capture_lines``; ``unit``: what it counts.
    """

    name: str
    keywords: tuple[str, ...]
    patterns: tuple[tuple[str, str], ...]
    date_formats: tuple[str, ...] = ("%Y-%m-%d",)
    decimal: str = "."
    fixed: Mapping[str, str] = field(default_factory=dict)
    rates: str = ""
    lines: str = ""
    unit: str = "C62"


@dataclass(frozen=True)
class Rate:
    """A row of the VAT table: percent, what is taxed, and the tax on it."""

    rate: Decimal
    base: Decimal
    tax: Decimal
    confidence: float = 0.0


@dataclass(frozen=True)
class Found:
    """``value``: as the contract has it. ``confidence``: from 0 to 1, see below."""

    value: str
    confidence: float


def check_pattern(pattern: str) -> None:
    """:raises ValueError: too long, or no regular expression"""
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"longer than {LONGEST_PATTERN} characters")
    try:
        regex.compile(pattern, regex.MULTILINE)
    except regex.error as error:
        raise ValueError(str(error)) from None


def named_groups(pattern: str) -> Mapping[str, int]:
    """:raises ValueError: it is no pattern"""
    check_pattern(pattern)
    return regex.compile(pattern, regex.MULTILINE).groupindex


def check_rates(pattern: str) -> None:
    """:raises ValueError: it is no pattern, or does not name every cell of a row"""
    named = named_groups(pattern)
    for cell in CELLS:
        if cell not in named:
            raise ValueError(f"(?P<{cell}>…) is missing")


def fitting(templates: Iterable[Template], text: str) -> Template | None:
    """The first of these whose keywords are all in the text."""
    for template in templates:
        if template.keywords and all(
            _matches(keyword, text) for keyword in template.keywords
        ):
            return template
    return None


def capture(
    template: Template, text: str, *, scanned: bool = False
) -> dict[str, Found]:
    """{term: what was found}; what was not, or is no such value, is left out.

    Sure: one value in the whole text. Ambiguous: the pattern fits several. Proven:
    the three totals add up. Doubted: they do not.

    :param scanned: the text was recognised in a picture
    """
    found: dict[str, Found] = {
        key: Found(value, SURE) for key, value in template.fixed.items()
    }
    for key, pattern in template.patterns:
        if key in found and key not in template.fixed:
            continue
        values = [_value(key, text, template) for text in _matches(pattern, text)]
        good = list(dict.fromkeys(value for value in values if value))
        if good:
            found[key] = Found(good[0], SURE if len(good) == 1 else AMBIGUOUS)
    weighed = _weighed(found)
    if not scanned:
        return weighed
    return {
        key: one
        if key in template.fixed
        else Found(one.value, less_sure(one.confidence))
        for key, one in weighed.items()
    }


def capture_rates(
    template: Template, text: str, totals: Mapping[str, str], *, scanned: bool = False
) -> tuple[Rate, ...]:
    """The rows of the VAT table, each rate and base once, in the order of the text.

    Proven: the table adds up to the totals, and each row is right. Sure: the row is
    right. Doubted: its tax is not its rate of its base.

    :param totals: BT-109 and BT-110 as they were found, if they were
    """
    rows: dict[tuple, Rate] = {}
    for cells in _rows(template.rates, text):
        numbers = [number_of(cell, template.decimal) for cell in cells]
        if None not in numbers:
            rows.setdefault(tuple(numbers), Rate(*numbers))
    found = list(rows.values())[:MOST_RATES]
    complete = _adds_up(found, totals)
    weighed = []
    for row in found:
        sure = (PROVEN if complete else SURE) if _is_right(row) else DOUBTED
        sure = less_sure(sure) if scanned else sure
        weighed.append(Rate(row.rate, row.base, row.tax, sure))
    return tuple(weighed)


def less_sure(confidence: float) -> float:
    return round(confidence * SCANNED, 2)


def _is_right(row: Rate) -> bool:
    """Within a cent and a half: some round by line, some over all."""
    return abs(row.base * row.rate / 100 - row.tax) <= Decimal("0.015")


def _adds_up(rows: Sequence[Rate], totals: Mapping[str, str]) -> bool:
    if not rows or "BT-109" not in totals or "BT-110" not in totals:
        return False
    net = sum(row.base for row in rows)
    tax = sum(row.tax for row in rows)
    return net == Decimal(totals["BT-109"]) and tax == Decimal(totals["BT-110"])


def _weighed(found: dict[str, Found]) -> dict[str, Found]:
    if not all(key in found for key in _AMOUNTS):
        return found
    net, tax, total = (Decimal(found[key].value) for key in _AMOUNTS)
    sure = PROVEN if net + tax == total else DOUBTED
    return {**found, **{key: Found(found[key].value, sure) for key in _AMOUNTS}}


def _matches(pattern: str, text: str) -> list[str]:
    return [
        (one.group(1 if one.re.groups else 0) or "").strip()
        for one in find_all(pattern, text)
    ]


def _rows(pattern: str, text: str) -> list[tuple[str, ...]]:
    if not pattern:
        return []
    found = find_all(pattern, text)
    return [tuple(one.groupdict().get(cell) or "" for cell in CELLS) for one in found]


def find_all(pattern: str, text: str, most: int = 20) -> list:
    """The first matches of a pattern; none if it takes too long, or is none."""
    try:
        compiled = regex.compile(pattern, regex.MULTILINE)
        matches = compiled.finditer(text[:LONGEST_TEXT], timeout=SECONDS)
        return [one for one, _number in zip(matches, range(most), strict=False)]
    except (regex.error, TimeoutError):
        return []


def _value(key: str, text: str, template: Template) -> str | None:
    kind = (TERMS.get(key) or _RATE).kind
    if kind == "date":
        return _date(text, template.date_formats)
    if kind == "decimal":
        return _decimal(text, template.decimal)
    return " ".join(text.split()) or None


def _date(text: str, formats: tuple[str, ...]) -> str | None:
    for one in formats:
        try:
            day = datetime.datetime.strptime(text, one)  # noqa: DTZ007 - a day
        except ValueError:
            continue
        return day.date().isoformat()
    return None


def _decimal(text: str, separator: str) -> str | None:
    number = number_of(text, separator)
    return None if number is None else plain_number(number)


def number_of(text: str, separator: str) -> Decimal | None:
    """Digits and the one separator count; what groups thousands does not."""
    kept = "".join(char for char in text if char.isdigit() or char in f"-{separator}")
    try:
        return to_decimal(kept.replace(separator, "."))
    except ContractError:
        return None
