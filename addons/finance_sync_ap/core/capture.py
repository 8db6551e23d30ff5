"""The text of a PDF → terms of a bill, by patterns of its vendor, with how sure.

A pattern finds a text, its first group if it has one. Patterns are written by people:
each search ends in time. What is found is a proposal that a person confirms.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import regex
from odoo.addons.finance_sync.core.canonical import plain_number
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync.core.money import quantize, to_decimal

from .bill import GROUPS, HEAD, INVOICE, Term

SECONDS = 0.5
LONGEST_PATTERN = 500
LONGEST_TEXT = 300_000
# The rate, which the standard has with each subtotal, for bills with one rate alone.
RATE = "BT-119"
_TERMS = {term.key: term for term in HEAD}
_RATE = next(term for term in GROUPS["BG-23"][1] if term.key == RATE)
# In the order in which they are shown.
CAPTURED = (
    *(
        _TERMS[key]
        for key in (
            "BT-1", "BT-2", "BT-3", "BT-5", "BT-9", "BT-13", "BT-27", "BT-31",
            "BT-84", "BT-109", "BT-110", "BT-112",
        )
    ),
    _RATE,
)  # fmt: skip
NEEDED = frozenset({"BT-1", "BT-2", "BT-3", "BT-5", "BT-109", "BT-110", "BT-112"})
SURE, AMBIGUOUS, PROVEN, DOUBTED = 0.8, 0.4, 0.95, 0.2
_AMOUNTS = ("BT-109", "BT-110", "BT-112")


@dataclass(frozen=True)
class Template:
    """``keywords``: all have to be in the text. ``patterns``: (term, pattern), the
    first that finds something counts. ``date_formats``: as ``strptime`` has them.
    """

    name: str
    keywords: tuple[str, ...]
    patterns: tuple[tuple[str, str], ...]
    date_formats: tuple[str, ...] = ("%Y-%m-%d",)
    decimal: str = "."
    fixed: Mapping[str, str] = field(default_factory=dict)


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


def fitting(templates: Iterable[Template], text: str) -> Template | None:
    """The first of these whose keywords are all in the text."""
    for template in templates:
        if template.keywords and all(
            _matches(keyword, text) for keyword in template.keywords
        ):
            return template
    return None


def capture(template: Template, text: str) -> dict[str, Found]:
    """{term: what was found}; what was not, or is no such value, is left out.

    Sure: one value in the whole text. Ambiguous: the pattern fits several. Proven:
    the three totals add up. Doubted: they do not.
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
    return _weighed(found)


def _weighed(found: dict[str, Found]) -> dict[str, Found]:
    if not all(key in found for key in _AMOUNTS):
        return found
    net, tax, total = (Decimal(found[key].value) for key in _AMOUNTS)
    sure = PROVEN if net + tax == total else DOUBTED
    return {**found, **{key: Found(found[key].value, sure) for key in _AMOUNTS}}


def _matches(pattern: str, text: str) -> list[str]:
    """What a pattern finds; nothing if it takes too long, or is none."""
    try:
        compiled = regex.compile(pattern, regex.MULTILINE)
        matches = compiled.finditer(text[:LONGEST_TEXT], timeout=SECONDS)
        return [
            (one.group(1 if compiled.groups else 0) or "").strip()
            for one, _number in zip(matches, range(20), strict=False)
        ]
    except (regex.error, TimeoutError):
        return []


def _value(key: str, text: str, template: Template) -> str | None:
    kind = (_TERMS.get(key) or _RATE).kind
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
    """Digits and the one separator count; what groups thousands does not."""
    kept = "".join(char for char in text if char.isdigit() or char in f"-{separator}")
    try:
        return plain_number(to_decimal(kept.replace(separator, ".")))
    except ContractError:
        return None


def bill_from_terms(values: Mapping[str, str], name: str, places: int = 2) -> dict:
    """The contract's JSON of a bill of which only the totals are known: one line.

    :param values: by term, those of ``CAPTURED``
    :param name: what the line is called
    :raises ContractError: a total or rate is no number; the rest is for the contract
    """
    head = {key: text.strip() for key, text in values.items() if text.strip()}
    for term in CAPTURED:
        if term.key in NEEDED and term.key not in head:
            raise ContractError(
                f"{term.title} ({term.key}) is missing.", code="bad_bill"
            )
    net, tax = (_number(head, key) for key in ("BT-109", "BT-110"))
    rate = head.pop(RATE, None)
    if rate is None:
        rate = plain_number(quantize(tax * 100 / net, places)) if net else "0"
    category = "S" if to_decimal(rate, "rate") else "Z"
    vat = {"BT-118": category, "BT-119": rate}
    return {
        **head,
        "BT-3": head.get("BT-3", INVOICE),
        "BT-106": head["BT-109"],
        "BT-115": head["BT-112"],
        "BG-23": [{"BT-116": head["BT-109"], "BT-117": head["BT-110"], **vat}],
        "BG-25": [
            {
                "BT-126": "1",
                "BT-129": "1",
                "BT-130": "C62",
                "BT-131": head["BT-109"],
                "BT-146": head["BT-109"],
                "BT-151": category,
                "BT-152": rate,
                "BT-153": name,
            }
        ],
    }


def _number(head: Mapping[str, str], key: str) -> Decimal:
    term: Term = _TERMS[key]
    return to_decimal(head[key], f"{term.title} ({key})")
