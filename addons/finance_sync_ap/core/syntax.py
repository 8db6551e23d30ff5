"""How a syntax writes the standard's terms: one table each, and what reads by it.

A table says for each business term where it is. Terms are read as text; what they may
hold is checked by the contract (``bill.py``), whose words then name term and value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lxml import etree
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync.core.money import to_decimal

from .bill import GROUPS, HEAD, MOST_LINES, Term


@dataclass(frozen=True)
class At:
    """Where a term is.

    :param path: XPath from the group's own element. ``$currency`` is the document's.
    :param instead: where it is found in files of senders who put it elsewhere, each
        with a test of whether the value may be meant
    :param many: ``one``: several different values are an error; ``first``: the
        standard has room for several and the contract for one; ``sum`` of all
    :param read: turns the syntax's own way of writing it into the contract's
    """

    path: str
    instead: tuple[tuple[str, Callable[[str], bool]], ...] = ()
    many: str = "one"
    read: Callable[[str], str] | None = None


@dataclass(frozen=True)
class Syntax:
    """``roots``: names of the document's element. ``groups``: {BG: (path, table)}."""

    name: str
    roots: Mapping[str, str | None]
    namespaces: Mapping[str, str]
    currency: str
    head: Mapping[str, At]
    groups: Mapping[str, tuple[str, Mapping[str, At]]]
    defaults: Mapping[str, str] = field(default_factory=dict)


class Reader:
    """Reads one document by its syntax's table."""

    def __init__(self, syntax: Syntax, root: etree._Element):
        self._syntax = syntax
        self._root = root
        self._currency = ""
        self._compiled: dict[str, etree.XPath] = {}

    def bill(self) -> dict[str, Any]:
        """The contract's JSON: {"BT-1": text, …, "BG-25": [{…}]}.

        :raises ContractError: naming the term and the path that is missing or wrong
        """
        found = self._find(self._root, self._syntax.currency)
        self._currency = _text(found[0]) if found else ""
        bill: dict[str, Any] = self._terms(self._root, HEAD, self._syntax.head, "")
        for key, (path, table) in self._syntax.groups.items():
            items = self._find(self._root, path)
            if len(items) > MOST_LINES:
                raise ContractError(
                    f"{key} has more than {MOST_LINES} items.", code="too_long"
                )
            terms = GROUPS[key][1]
            if items:
                bill[key] = [
                    self._terms(item, terms, table, f" of {key}, item {number}")
                    for number, item in enumerate(items, 1)
                ]
        return bill

    def _terms(self, node, terms: tuple[Term, ...], table, where: str) -> dict:
        found = {}
        for term in terms:
            at = table.get(term.key)
            value = self._value(node, term, at, where) if at else None
            if value is None:
                value = self._syntax.defaults.get(term.key)
            if value is not None:
                found[term.key] = value
            elif term.required:
                path = f" at {at.path}" if at else ""
                raise ContractError(
                    f"{term.title} ({term.key}){where} is missing{path}.",
                    code="bad_bill",
                )
        return found

    def _value(self, node, term: Term, at: At, where: str) -> str | None:
        what = f"{term.title} ({term.key}){where}"
        texts = [
            self._read(item, at, what)
            for item in self._find(node, at.path)
            if _text(item)
        ]
        if not texts:
            return self._elsewhere(node, at)
        if at.many == "sum":
            return _sum(texts, what, at.path)
        if at.many == "one" and len(set(texts)) > 1:
            raise ContractError(
                f"{what} is there more than once, with different values, at {at.path}.",
                code="several_values",
            )
        return texts[0]

    def _read(self, item, at: At, what: str) -> str:
        currency = item.get("currencyID") if isinstance(item, etree._Element) else None
        if currency and self._currency and currency != self._currency:
            raise ContractError(
                f"{what} is in {currency[:8]}, the document in {self._currency[:8]}, "
                f"at {at.path}.",
                code="currency_differs",
            )
        text = _text(item)
        if at.read is None:
            return text
        try:
            return at.read(text)
        except ValueError as error:
            raise ContractError(
                f"{what} is “{text[:40]}”, {error}, at {at.path}.", code="bad_bill"
            ) from None

    def _elsewhere(self, node, at: At) -> str | None:
        for path, meant in at.instead:
            texts = {_text(item) for item in self._find(node, path)}
            fitting = sorted(text for text in texts if text and meant(text))
            if len(fitting) == 1:
                return fitting[0]
        return None

    def _find(self, node, path: str) -> list:
        compiled = self._compiled.get(path)
        if compiled is None:
            compiled = etree.XPath(path, namespaces=dict(self._syntax.namespaces))
            self._compiled[path] = compiled
        return compiled(node, currency=self._currency)


def _text(item) -> str:
    """Of an element or an attribute, blanks around it gone."""
    return (item.text or "" if isinstance(item, etree._Element) else str(item)).strip()


def _sum(texts: list[str], what: str, path: str) -> str:
    try:
        return str(sum((to_decimal(text) for text in texts), Decimal(0)))
    except ContractError as error:
        raise ContractError(
            f"{what} is not a number, at {path}.", code="bad_bill"
        ) from error
