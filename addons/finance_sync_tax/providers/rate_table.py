"""The embedded engine: taxes from a table of rates, without any network."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from odoo.addons.finance_sync.core.errors import RejectedError
from odoo.addons.finance_sync.core.money import quantize
from odoo.addons.finance_sync.core.registry import Resolution, register

from ..core.check import check_result, net_amount
from ..core.document import (
    COMMITTED,
    EXEMPT,
    ZERO_RATE,
    Commitment,
    DocumentLine,
    LineResult,
    Ping,
    TaxDetail,
    TaxDocument,
    TaxResult,
)
from ..core.rates import Rate, RateBook
from ..core.rounding import spread
from ..core.sourcing import ORIGIN_SOURCED, Sourcing, source

PER_LINE = "line"
GLOBALLY = "global"


@register("tax", "rate_table")
class RateTableEngine:
    """Taxes from effective-dated rates; see :mod:`..core.sourcing` for whose.

    ``config``:

    ``rates``
        The :class:`RateBook`.
    ``rounding``
        ``line``: every jurisdiction's tax is rounded on every line. ``global``: it is
        summed over the document's lines unrounded, rounded once and spread. Halves
        go away from zero. These are Odoo's two methods; with the company's own one,
        each detail of a line with tax not included is what a native percent tax of
        that rate gives: pass amounts rounded to the currency under the first, and
        unrounded price times quantity under the second.
    ``fallback``
        The table stands in for another engine. Results are marked estimated, and
        places whose rates are known to be incomplete are refused.
    ``origin_sourced``
        US states that tax inside the state at the seller's place.
    """

    records = False
    local = True
    operations = {"tax.quote": Resolution.READ}
    config_fields = ("rates", "rounding", "fallback", "origin_sourced")

    def __init__(self, transport=None, config: Mapping | None = None):
        config = config or {}
        self._book: RateBook = config.get("rates") or RateBook()
        self._rounding = config.get("rounding") or PER_LINE
        self._fallback = bool(config.get("fallback"))
        self._origin_sourced = frozenset(config.get("origin_sourced", ORIGIN_SOURCED))

    def ping(self) -> Ping:
        return Ping(True, True, "The rate table needs no connection")

    def quote(self, document: TaxDocument) -> TaxResult:
        """:raises RejectedError: ``missing_address``, ``unknown_country``,
        ``no_rates``, or ``incomplete_rates`` (only as a fallback)
        """
        sourcing = source(document, self._book, self._origin_sourced)
        messages = list(sourcing.messages)
        stacks = {
            line.ref: self._stack(document, line, sourcing, messages)
            for line in document.lines
        }
        taxes = self._taxes(document, stacks)
        lines = tuple(
            _line_result(document, line, stacks[line.ref], taxes[line.ref], sourcing)
            for line in document.lines
        )
        total = sum((line.tax for line in lines), Decimal(0))
        net = (
            net_amount(question, answer.tax, document.places)
            for question, answer in zip(document.lines, lines, strict=True)
        )
        result = TaxResult(
            engine=self.code,
            currency=document.currency,
            lines=lines,
            total_tax=total,
            total_amount=sum(net, Decimal(0)),
            estimated=self._fallback,
            messages=tuple(dict.fromkeys(messages)),
        )
        return check_result(document, result)

    def commit(
        self, document: TaxDocument, expected: TaxResult, *, key: str | None = None
    ) -> Commitment:
        """Nothing to record: the ledger itself is the record."""
        return Commitment("", COMMITTED, expected.total_tax, expected.total_amount)

    def lookup(self, document_code: str, kind: str) -> Commitment | None:
        return None

    def void(
        self, document_code: str, kind: str, reason: str = "", *, key: str | None = None
    ) -> None:
        """Nothing was recorded, so there is nothing to void."""

    def _stack(self, document, line, sourcing, messages) -> tuple[Rate, ...]:
        """The rates on a line, none where it is not taxed."""
        if sourcing.reason or _exemption(document, line):
            return ()
        place, day = sourcing.place, document.tax_date
        stack = self._book.find(
            place.country, place.state, place.postal, line.category, day
        )
        if not stack:
            raise RejectedError(
                f"The rate table has no rate for {place.code} on {day.isoformat()}",
                code="no_rates",
            )
        if not any(rate.complete for rate in stack):
            message = f"Local taxes of {place.code} are missing from the rate table"
            if self._fallback:
                raise RejectedError(message, code="incomplete_rates")
            messages.append(message)
        return stack

    def _taxes(self, document, stacks) -> dict[str, list[Decimal]]:
        """Tax by line, in the order of the line's stack."""
        exact = {
            line.ref: _exact_taxes(line, stacks[line.ref], self._amount(document, line))
            for line in document.lines
        }
        if self._rounding == PER_LINE:
            return {
                line.ref: _round_line(line, exact[line.ref], document.places)
                for line in document.lines
            }
        return _round_globally(stacks, exact, document.places)

    def _amount(self, document, line) -> Decimal:
        if self._rounding == PER_LINE:
            return quantize(line.amount, document.places)
        return line.amount


def _exact_taxes(line: DocumentLine, stack, amount: Decimal) -> list[Decimal]:
    if line.tax_included:
        amount /= 1 + sum((rate.rate for rate in stack), Decimal(0))
    return [amount * rate.rate for rate in stack]


def _round_line(line: DocumentLine, exact: list[Decimal], places: int) -> list[Decimal]:
    """With tax included the parts add to the rounded whole: gross stays gross."""
    if not line.tax_included:
        return [quantize(tax, places) for tax in exact]
    return spread(exact, places)


def _round_globally(stacks, exact, places: int) -> dict[str, list[Decimal]]:
    """Round each tax once over all lines, then spread it to them."""
    groups = defaultdict(list)
    for ref, stack in stacks.items():
        for index, rate in enumerate(stack):
            key = (rate.jurisdiction_type, rate.jurisdiction_code, rate.rate)
            groups[key].append((ref, index))
    rounded = {ref: list(taxes) for ref, taxes in exact.items()}
    for members in groups.values():
        parts = spread([exact[ref][index] for ref, index in members], places)
        for (ref, index), part in zip(members, parts, strict=True):
            rounded[ref][index] = part
    return rounded


def _line_result(document, line, stack, taxes, sourcing: Sourcing) -> LineResult:
    tax = sum(taxes, Decimal(0))
    net = net_amount(line, tax, document.places)
    if not stack:
        detail = _untaxed(sourcing, net, _exemption(document, line))
        return LineResult(line.ref, tax, Decimal(0), net, (detail,))
    details = tuple(
        _detail(rate, net, part) for rate, part in zip(stack, taxes, strict=True)
    )
    taxable = net if any(rate.rate for rate in stack) else Decimal(0)
    return LineResult(line.ref, tax, taxable, net - taxable, details)


def _detail(rate: Rate, net: Decimal, tax: Decimal) -> TaxDetail:
    zero = not rate.rate
    percent = f"{(rate.rate * 100).normalize():f} %"
    kind = f" {rate.category}" if rate.category else ""
    return TaxDetail(
        jurisdiction_type=rate.jurisdiction_type,
        jurisdiction_code=rate.jurisdiction_code,
        jurisdiction_name=rate.name,
        tax_name=f"{rate.name}{kind} {percent}",
        rate=rate.rate,
        taxable=Decimal(0) if zero else net,
        exempt=net if zero else Decimal(0),
        tax=tax,
        reason=f"Rate of {rate.name}{kind} is 0 %" if zero else "",
        reason_code=ZERO_RATE if zero else "",
    )


def _untaxed(sourcing: Sourcing, net: Decimal, exemption: str) -> TaxDetail:
    place = sourcing.place
    return TaxDetail(
        jurisdiction_type="state" if place.state else "country",
        jurisdiction_code=place.code,
        jurisdiction_name=place.code,
        tax_name="No tax",
        rate=Decimal(0),
        taxable=Decimal(0),
        exempt=net,
        tax=Decimal(0),
        reason=sourcing.reason or exemption,
        reason_code=sourcing.reason_code or EXEMPT,
    )


def _exemption(document: TaxDocument, line: DocumentLine) -> str:
    for code, what in (
        (line.exemption_code, "certificate"),
        (document.exemption_number, "certificate"),
        (document.entity_use_code, "entity use code"),
    ):
        if code:
            return f"Exempt by {what} {code}"
    return ""
