from decimal import Decimal

from odoo import fields, models

from .. import compat
from ..core.feedback import Paid

SETTLED_BY = ("liability_payable", "asset_receivable")
LONGEST_REFERENCE = 64


class Bill(models.Model):
    """What of a bill is paid, as bank statements say.

    ``payment_state`` would not do: Community's 17.0 calls a bill paid as soon as a
    payment is registered, 19.0 has payments without an entry.
    """

    _inherit = "finance.sync.bill"

    def _paid(self):
        """:class:`Paid` of a posted bill, in the bill's currency."""
        move = self.move_id
        bank = underway = offset = 0.0
        for line, amount in self._settlements():
            kind = _kind(line)
            if kind == "bank":
                bank += amount
            elif kind == "payment":
                underway += amount
            else:
                offset += amount
        for payment in compat.unbooked_payments(move):
            underway += payment.currency_id._convert(
                payment.amount, move.currency_id, move.company_id, payment.date
            )
        total = abs(move.amount_total)
        return Paid(
            due=self._exact(total - offset),
            bank=self._exact(bank),
            underway=self._exact(underway),
        )

    def _settlements(self):
        """[(the other side's line, what it settles in the bill's currency)]"""
        lines = self.move_id.line_ids.filtered(
            lambda line: line.account_id.account_type in SETTLED_BY
        )
        debits, credits = lines.matched_debit_ids, lines.matched_credit_ids
        return [
            *((one.debit_move_id, one.credit_amount_currency) for one in debits),
            *((one.credit_move_id, one.debit_amount_currency) for one in credits),
        ]

    def _payment_evidence(self):
        """When and by which statements: {"date", "reference"}."""
        entries = self.env["account.move"]
        for line, _amount in self._settlements():
            entries |= _statement_entries(line)
        dates = entries.mapped("date")
        return {
            "date": fields.Date.to_string(max(dates)) if dates else None,
            "reference": ", ".join(entries.mapped("name"))[:LONGEST_REFERENCE],
        }


def _kind(line):
    """bank: on a statement; payment: from here, not there yet; else an offset."""
    if _statement_entries(line):
        return "bank"
    return "payment" if compat.payments_of(line.move_id) else "offset"


def _statement_entries(line):
    """The entries of the statement lines that show what a line has settled.

    Either it is of a statement itself, or of a payment whose money is on one.
    """
    move = line.move_id
    if move.statement_line_id:
        return move
    if not compat.payments_of(move):
        return move.browse()
    money = move.line_ids.filtered(
        lambda other: other.account_id.account_type not in SETTLED_BY
    )
    return money._finance_sync_cleared_by() if money else move.browse()


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _finance_sync_cleared_by(self):
        """The statement entries that clear these lines; none unless they do wholly."""
        seen, entries = Decimal(0), self.move_id.browse()
        for partial in self.matched_debit_ids | self.matched_credit_ids:
            other = (partial.debit_move_id | partial.credit_move_id) - self
            if other.move_id.statement_line_id:
                seen += Decimal(str(partial.amount))
                entries |= other.move_id
        currency = self.company_id.currency_id
        whole = abs(sum(self.mapped("balance")))
        if currency.compare_amounts(float(seen), whole) < 0:
            return entries.browse()
        return entries

    def _finance_sync_settled_bills(self):
        """Received bills that a change at these lines' reconciliation concerns."""
        moves = self.move_id
        others = moves.filtered(
            lambda move: move.statement_line_id or compat.payments_of(move)
        )
        sides = others.line_ids
        # A statement clears a payment, which has settled a bill.
        debits = sides.matched_debit_ids.debit_move_id
        moves |= (debits | sides.matched_credit_ids.credit_move_id).move_id
        return moves.finance_sync_bill_id
