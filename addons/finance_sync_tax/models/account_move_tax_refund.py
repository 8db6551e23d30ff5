from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from odoo import _, models
from odoo.addons.finance_sync.core.errors import RejectedError
from odoo.addons.finance_sync.core.money import quantize

from ..core.check import net_amount
from ..core.codec import document_from_dict, result_from_dict
from ..core.document import REFUND, LineResult, TaxResult


class AccountMove(models.Model):
    """Credit notes: never more than was invoiced, at the tax that was invoiced."""

    _inherit = "account.move"

    def _finance_sync_result(self):
        # Kept by the determination for whoever posts.
        return result_from_dict(self.sudo().finance_sync_tax_answer)

    def _finance_sync_asked(self):
        return document_from_dict(self.sudo().finance_sync_tax_question)

    def _finance_sync_takes_back_estimate(self):
        """A credit note of an invoice whose estimate the engine does not share.

        The engine has recorded no invoice, so it gets no credit note either.
        """
        origin = self.reversed_entry_id
        return (
            self.move_type == "out_refund"
            and origin.finance_sync_tax_estimated
            and origin.finance_sync_tax_state in ("error", "voided")
            and bool(origin.sudo().finance_sync_tax_answer)
        )

    def _finance_sync_limit(self, document, result):
        """Cap a credit note's tax at what is left of its invoice's.

        Two halves of a tax may each be rounded up; the second one is then a cent less,
        and the engine is told so by an override on the line.

        :return: (document, result)
        :raises RejectedError: ``refund_exceeds``, more is credited than was invoiced
        """
        origin = self.reversed_entry_id
        if document.kind != REFUND or not origin.sudo().finance_sync_tax_answer:
            return document, result
        left = origin._finance_sync_left(besides=self)
        origins = {
            str(line.id): str(line.finance_sync_origin_line_id.id)
            for line in self._finance_sync_tax_lines()
            if line.finance_sync_origin_line_id.move_id == origin
        }
        self._finance_sync_check_net(document, result, origins, left)
        answers = {answer.ref: answer for answer in result.lines}
        asked, capped = [], []
        for line in document.lines:
            answer = answers[line.ref]
            tax = left.cap(origins.get(line.ref), answer.tax)
            capped.append(_with_tax(line, answer, tax, document.places))
            if tax != answer.tax:
                line = replace(line, tax_override=tax)
            asked.append(line)
        total = sum((answer.tax for answer in capped), Decimal(0))
        net = sum(
            (
                net_amount(line, answer.tax, document.places)
                for line, answer in zip(asked, capped, strict=True)
            ),
            Decimal(0),
        )
        return (
            replace(document, lines=tuple(asked)),
            replace(result, lines=tuple(capped), total_tax=total, total_amount=net),
        )

    def _finance_sync_check_net(self, document, result, origins, left):
        answers = {answer.ref: answer for answer in result.lines}
        credited = defaultdict(Decimal)
        for line in document.lines:
            net = net_amount(line, answers[line.ref].tax, document.places)
            credited[origins.get(line.ref)] += net
        for ref, net in credited.items():
            if ref is not None and abs(net) > abs(left.nets.get(ref, Decimal(0))):
                raise self._finance_sync_exceeds(left.nets.get(ref, Decimal(0)), net)
        total = sum(credited.values(), Decimal(0))
        if -total > left.net:
            raise self._finance_sync_exceeds(left.net, total)

    def _finance_sync_exceeds(self, left, credited):
        return RejectedError(
            _(
                "This credit note takes back %(credited)s, but only %(left)s of "
                "%(origin)s is left to be credited. Correct its lines."
            )
            % {
                "credited": self._finance_sync_money(abs(credited)),
                "left": self._finance_sync_money(abs(left)),
                "origin": self.reversed_entry_id.name,
            },
            code="refund_exceeds",
        )

    def _finance_sync_left(self, besides):
        """What of this invoice its posted credit notes have left."""
        left = _Left()
        left.add(self._finance_sync_asked(), self._finance_sync_result(), {})
        # Of every company's user alike: what was credited is credited.
        refunds = self.sudo()._finance_sync_refunds() - besides.sudo()
        for refund in refunds:
            origins = {
                str(line.id): str(line.finance_sync_origin_line_id.id)
                for line in refund._finance_sync_tax_lines()
                if line.finance_sync_origin_line_id
            }
            left.add(
                refund._finance_sync_asked(), refund._finance_sync_result(), origins
            )
        return left

    def _finance_sync_refunds(self):
        return self.search(
            [
                ("reversed_entry_id", "=", self.id),
                ("move_type", "=", "out_refund"),
                ("state", "=", "posted"),
            ]
        ).filtered("finance_sync_tax_answer")

    def _finance_sync_taken_back(self, document):
        """The estimate itself, or as much of it as the credit note takes back."""
        origin = self.reversed_entry_id
        estimate = origin._finance_sync_result()
        asked = {line.ref: line for line in origin._finance_sync_asked().lines}
        booked = {answer.ref: answer for answer in estimate.lines}
        lines = []
        for line in self._finance_sync_tax_lines():
            ref = str(line.finance_sync_origin_line_id.id)
            if ref not in booked:
                raise RejectedError(
                    _("Credit an estimated invoice by its own lines only."),
                    code="refund_exceeds",
                )
            mine = next(li for li in document.lines if li.ref == str(line.id))
            share = mine.amount / asked[ref].amount if asked[ref].amount else Decimal(0)
            lines.append(_scaled(mine.ref, booked[ref], share, document.places))
        total = sum((line.tax for line in lines), Decimal(0))
        net = sum(
            (
                net_amount(line, answer.tax, document.places)
                for line, answer in zip(document.lines, lines, strict=True)
            ),
            Decimal(0),
        )
        return TaxResult(
            engine=estimate.engine,
            currency=document.currency,
            lines=tuple(lines),
            total_tax=total,
            total_amount=net,
            estimated=True,
        )


class _Left:
    """Net and tax by line of an invoice, less what was credited. Invoice's sign."""

    def __init__(self):
        self.nets = defaultdict(Decimal)
        self.taxes = defaultdict(Decimal)
        self.net = Decimal(0)
        self.tax = Decimal(0)

    def add(self, document, result, origins):
        """``origins``: line ref of a credit note → ref of the invoice's line."""
        asked = {line.ref: line for line in document.lines}
        for answer in result.lines:
            net = net_amount(asked[answer.ref], answer.tax, document.places)
            ref = origins.get(answer.ref, answer.ref)
            self.nets[ref] += net
            self.taxes[ref] += answer.tax
            self.net += net
            self.tax += answer.tax

    def cap(self, ref, tax):
        """As much of a credit note's (negative) tax as is left; uses it up."""
        left = self.tax
        if ref is not None and self.taxes[ref] * tax <= 0:
            left = min(left, abs(self.taxes[ref]))
        allowed = tax if -tax <= left else -max(left, Decimal(0))
        self.tax += allowed
        if ref is not None:
            self.taxes[ref] += allowed
        return allowed


def _with_tax(line, answer, tax, places):
    """The answer with another tax: the difference goes to its largest detail."""
    if tax == answer.tax:
        return answer
    details = list(answer.details)
    index = max(range(len(details)), key=lambda i: abs(details[i].tax))
    changed = details[index].tax + tax - answer.tax
    details[index] = replace(details[index], tax=changed)
    return replace(answer, tax=tax, details=tuple(details))


def _scaled(ref, answer, share, places):
    """``share``: of the invoice's line, negative; -1 takes it back exactly."""
    details = tuple(
        replace(
            detail,
            tax=quantize(detail.tax * share, places),
            taxable=quantize(detail.taxable * share, places),
            exempt=quantize(detail.exempt * share, places),
        )
        for detail in answer.details
    )
    return LineResult(
        ref=ref,
        tax=sum((detail.tax for detail in details), Decimal(0)),
        taxable=quantize(answer.taxable * share, places),
        exempt=quantize(answer.exempt * share, places),
        details=details,
    )
