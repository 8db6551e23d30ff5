"""What an invoice says, looked up plainly: nothing of the parser under test is used.

Elements are found by their local names, wherever their prefixes point. ``missing`` and
``flaws`` are the rules of EN 16931-1:2017 that decide whether it can be booked.
"""

from __future__ import annotations

import datetime
import io
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from lxml import etree
from pypdf import PdfReader

from .places import CII, UBL

CENT = Decimal("0.01")
INVOICES = ("Invoice", "CreditNote", "CrossIndustryInvoice")
BY_HAND = ("384", "386", "389")
CREDIT = ("381", "396")
# Mandatory terms: BR-02 to BR-05, BR-12 to BR-15; per line BR-21 to BR-26, BR-CO-04.
HEAD = ("BT-1", "BT-2", "BT-3", "BT-5", "BT-106", "BT-109", "BT-112", "BT-115")
OF_LINE = ("BT-126", "BT-129", "BT-131", "BT-146", "BT-151", "BT-153")


@dataclass(frozen=True)
class Totals:
    """As they are booked: never negative, ``credit`` says which way."""

    number: str
    currency: str
    credit: bool
    net: Decimal
    tax: Decimal
    total: Decimal
    lines: int


class Plain:
    """A document, parsed by lxml and asked by plain paths."""

    def __init__(self, data: bytes):
        if data.startswith(b"%PDF"):
            data = _embedded(data)
        self.root = _without_namespaces(etree.fromstring(data))
        self.paths = CII if self.root.tag == "CrossIndustryInvoice" else UBL

    @property
    def is_invoice(self) -> bool:
        return self.root.tag in INVOICES

    @property
    def by_hand(self) -> bool:
        return self._text(self.root, "BT-3") in BY_HAND

    @property
    def vat(self) -> str:
        return self._text(self.root, "vat")

    @property
    def currency(self) -> str:
        return self._text(self.root, "BT-5")

    @property
    def rates(self) -> set[Decimal]:
        """VAT rates in percent, other than none."""
        keys = [key for key, _amount in self._taxed()]
        return {rate for _category, rate in keys if rate}

    def totals(self) -> Totals:
        total = self._amount(self.root, "BT-112")
        return Totals(
            number=self._text(self.root, "BT-1"),
            currency=self.currency,
            credit=self._text(self.root, "BT-3") in CREDIT or total < 0,
            net=abs(self._amount(self.root, "BT-109")),
            tax=abs(self._tax_total()),
            total=abs(total),
            lines=len(self._lines()) + len(self._nodes(self.root, "allowances")),
        )

    def missing(self) -> set[str]:
        """Mandatory terms that are not there, or are there twice as BT-126."""
        found = {key for key in HEAD if not self._text(self.root, key)}
        if not _is_day(self._text(self.root, "BT-2")):
            found.add("BT-2")
        lines = self._lines()
        if not lines:
            found.add("BG-25")
        for line in lines:
            found |= {key for key in OF_LINE if not self._text(line, key)}
        refs = [self._text(line, "BT-126") for line in lines]
        if len(set(refs)) < len(refs):
            found.add("BT-126")
        return found

    def flaws(self) -> set[str]:
        """Rules on sums that do not hold."""
        given = {key: self._amount(self.root, key) for key in self.paths if key in SUMS}
        lines = sum(self._amount(line, "BT-131") for line in self._lines())
        less = sum(amount for minus, amount in self._adjustments() if minus)
        more = sum(amount for minus, amount in self._adjustments() if not minus)
        tax = self._tax_total()
        taxes = [self._amount(one, "BT-117") for one in self._subtotals()]
        rules = {
            "BR-CO-10": given["BT-106"] == lines,
            "BR-CO-11": given["BT-107"] == less,
            "BR-CO-12": given["BT-108"] == more,
            "BR-CO-13": given["BT-109"] == lines - less + more,
            "BR-CO-14": tax == sum(taxes),
            "BR-CO-15": given["BT-112"] == given["BT-109"] + tax,
            "BR-CO-16": given["BT-115"]
            == given["BT-112"] - given["BT-113"] + given["BT-114"],
        }
        return {rule for rule, holds in rules.items() if not holds} | self._vat_flaws()

    def _vat_flaws(self) -> set[str]:
        """VAT by category and rate: its base, its amount, and whether it is there."""
        bases, counts = defaultdict(Decimal), Counter()
        for key, amount in self._taxed():
            bases[key] += amount
            counts[key] += 1
        found = set()
        for one in self._subtotals():
            key = self._category(one, "BT-118", "BT-119")
            base, tax = self._amount(one, "BT-116"), self._amount(one, "BT-117")
            if base != bases.pop(key, 0):
                found.add("BR-S-08")
            once = (base * key[1] / 100).quantize(CENT, ROUND_HALF_UP)
            # Rounded by line, each may be half a cent off.
            if 2 * abs(tax - once) > counts[key] * CENT:
                found.add("BR-CO-17")
        if bases:
            found.add("BR-CO-18")
        return found

    def _taxed(self):
        """(category, rate) and amount of all that VAT is on."""
        for line in self._lines():
            key = self._category(line, "BT-151", "BT-152")
            yield key, self._amount(line, "BT-131")
        for node, (minus, amount) in zip(
            self._nodes(self.root, "allowances"), self._adjustments(), strict=True
        ):
            key = self._category(node, "category", "rate")
            yield key, -amount if minus else amount

    def _adjustments(self) -> list[tuple[bool, Decimal]]:
        """(it is an allowance, amount) of the whole document."""
        return [
            (self._text(one, "indicator") == "false", self._amount(one, "amount"))
            for one in self._nodes(self.root, "allowances")
        ]

    def _subtotals(self):
        """Of the total in the document's currency, if there are two."""
        return [
            one
            for one in self._nodes(self.root, "taxes")
            if self._is_own(one) and self._nodes(one, "BT-116")
        ]

    def _is_own(self, node) -> bool:
        return all(self._in_currency(one) for one in node.iter("TaxAmount"))

    def _in_currency(self, amount) -> bool:
        return amount.get("currencyID", self.currency) == self.currency

    def _tax_total(self) -> Decimal:
        for one in self._nodes(self.root, "BT-110"):
            if self._in_currency(one):
                return Decimal(one.text.strip())
        return Decimal(0)

    def _category(self, node, category: str, rate: str) -> tuple[str, Decimal]:
        return self._text(node, category), self._amount(node, rate).normalize() + 0

    def _lines(self):
        """Without headings, which CII marks as such."""
        return [
            line
            for line in self._nodes(self.root, "lines")
            if line.findtext(".//LineStatusReasonCode") not in ("GROUP", "INFORMATION")
        ]

    def _nodes(self, node, key: str) -> list:
        return node.xpath(self.paths[key])

    def _text(self, node, key: str) -> str:
        """Of the first that has one; comments within are no part of it."""
        texts = (one.xpath("string()").strip() for one in self._nodes(node, key))
        return next(filter(None, texts), "")

    def _amount(self, node, key: str) -> Decimal:
        return Decimal(self._text(node, key) or 0)


SUMS = {f"BT-{number}" for number in (106, 107, 108, 109, 112, 113, 114, 115)}


def _is_day(text: str) -> bool:
    try:
        datetime.date.fromisoformat(
            f"{text[:4]}-{text[4:6]}-{text[6:]}" if text.isdigit() else text
        )
    except ValueError:
        return False
    return True


def _without_namespaces(root):
    for element in root.iter(etree.Element):
        element.tag = etree.QName(element).localname
    return root


def _embedded(pdf: bytes) -> bytes:
    """The only XML that the PDF has embedded."""
    files = PdfReader(io.BytesIO(pdf)).attachments
    (found,) = [data for name, (data, *_) in files.items() if name.endswith(".xml")]
    return found
