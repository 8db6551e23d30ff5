from collections import defaultdict
from dataclasses import replace

from odoo import _, models
from odoo.addons.finance_sync.core.errors import ProviderError
from odoo.exceptions import UserError

from ..core.check import check_result
from ..core.codec import result_from_dict, result_to_dict
from ..core.places import place_of
from .tax_quote import LedgerError, Quote


class AccountMove(models.Model):
    """Ask the engine, and compare its answer with the ledger."""

    _inherit = "account.move"

    def action_finance_sync_determine_tax(self):
        """Determine the tax of drafts now, whether or not something has changed."""
        moves = self.filtered("finance_sync_tax_connection_id")
        moves = moves.filtered(lambda move: move.state == "draft")
        if not moves:
            raise UserError(_("No tax engine determines the tax of these documents."))
        quotes = moves._finance_sync_determine(again=True)
        failed = [quote for quote in quotes if quote.error]
        if len(moves) == 1:
            self._finance_sync_raise(failed)
        self._finance_sync_refuse(failed)
        good = moves - self.browse().union(*(quote.move for quote in failed))
        good._finance_sync_resolve(_("The tax was determined."))
        return self._finance_sync_notify(
            [quote.move for quote in failed], [], _("Not every tax was determined")
        )

    def _finance_sync_determine(self, again=False):
        """Quote each draft, then book all amounts in one go.

        No draft fails because of another. ``again`` books the engine's amounts even
        where they were changed by hand.

        :return: a :class:`Quote` for each move that an engine taxes
        """
        with self.env["finance.sync.connection"]._calling_often():
            quotes = [move._finance_sync_quote() for move in self]
        quotes = [quote for quote in quotes if quote]
        for quote in quotes:
            if quote.known and not again:
                quote.error = quote.move._finance_sync_ledger_error()
        fresh = [q for q in quotes if not q.error and (again or not q.known)]
        self._finance_sync_book_all(fresh)
        for quote in fresh:
            if not quote.error:
                quote.error = quote.move._finance_sync_ledger_error()
        return quotes

    def _finance_sync_quote(self):
        """Ask the engine about one draft, unless its answer is known."""
        self.ensure_one()
        connection = self.finance_sync_tax_connection_id
        if not connection or not self._finance_sync_tax_lines():
            return None
        quote = Quote(self)
        try:
            quote.document = self._finance_sync_tax_document()
            quote.fingerprint = self._finance_sync_tax_fingerprint_of(quote.document)
            if self._finance_sync_is_answered(quote.fingerprint):
                quote.known = True
                quote.result = result_from_dict(self.sudo().finance_sync_tax_answer)
                return quote
            place_of(quote.document.ship_from, "seller's")
            place_of(quote.document.ship_to, "customer's")
            result = self._finance_sync_ask(quote.document)
            quote.document, quote.result = self._finance_sync_limit(
                quote.document, result
            )
            quote.known = (
                quote.fingerprint == self.finance_sync_tax_fingerprint
                and result_to_dict(quote.result) == self.sudo().finance_sync_tax_answer
            )
        except (ProviderError, UserError) as error:
            quote.error = error
        return quote

    def _finance_sync_is_answered(self, fingerprint):
        """Whether asking again would get the same answer.

        A rate table costs nothing to ask and may have been changed; an estimate is
        asked about again, its engine may be back.
        """
        return (
            fingerprint == self.finance_sync_tax_fingerprint
            and not self.finance_sync_tax_estimated
            and not self.finance_sync_tax_connection_id._finance_sync_is_local()
        )

    def _finance_sync_ask(self, document):
        """The engine's answer, or the fallback's while the engine is away."""
        connection = self.finance_sync_tax_connection_id.sudo()  # as in its own method
        if self._finance_sync_takes_back_estimate():
            return check_result(document, self._finance_sync_taken_back(document))
        try:
            result = connection._finance_sync_quote(document, self.company_id)
        except ProviderError as error:
            if error.kind != "transient" or connection.outage_policy != "fallback":
                raise
            fallback = connection.fallback_connection_id
            result = fallback._finance_sync_quote(document, self.company_id, True)
            result = replace(result, estimated=True)
        return check_result(document, result)

    def _finance_sync_untaxed(self):
        """The ledger's net total of the product lines, with Odoo's document sign."""
        lines = self._finance_sync_tax_lines()
        return self.direction_sign * sum(lines.mapped("amount_currency"))

    def _finance_sync_booked(self):
        """``{tax: amount}`` of the tax lines, with Odoo's document sign."""
        booked = defaultdict(float)
        for line in self.line_ids:
            if line.tax_line_id:
                booked[line.tax_line_id] += self.direction_sign * line.amount_currency
        return booked

    def _finance_sync_ledger_error(self):
        """What is wrong where the draft's tax lines differ from the engine's answer."""
        sign = self._finance_sync_tax_sign()
        compare = self.currency_id.compare_amounts
        wanted = defaultdict(float)
        for detail in self.finance_sync_tax_detail_ids.sudo():  # readable to fewer
            wanted[detail.tax_id] += sign * detail.tax
        booked = self._finance_sync_booked()
        differences = [
            (tax, wanted.get(tax, 0.0), booked.get(tax, 0.0))
            for tax in {*wanted, *booked}
            if compare(wanted.get(tax, 0.0), booked.get(tax, 0.0))
        ]
        total = self.finance_sync_tax_total
        if not differences and not compare(self.amount_tax, total):
            return None
        return LedgerError(self._finance_sync_difference(differences, total))

    def _finance_sync_difference(self, differences, total):
        lines = [
            _("%(tax)s: engine %(engine)s, invoice %(ledger)s")
            % {
                "tax": tax.name or _("Other tax"),
                "engine": self._finance_sync_money(engine),
                "ledger": self._finance_sync_money(ledger),
            }
            for tax, engine, ledger in differences
        ] or [
            _("Total tax: engine %(engine)s, invoice %(ledger)s")
            % {
                "engine": self._finance_sync_money(total),
                "ledger": self._finance_sync_money(self.amount_tax),
            }
        ]
        return _(
            "The tax on %(name)s is not what the tax engine determined, so it was not "
            "posted.\n%(lines)s\nPress “Determine Tax” to put the engine's amounts "
            "back, or correct the lines."
        ) % {"name": self._finance_sync_name(), "lines": "\n".join(lines)}

    def _finance_sync_money(self, amount):
        places = self.currency_id.decimal_places
        return f"{amount:.{places}f} {self.currency_id.name}"

    def _finance_sync_name(self):
        name = self.name if self.name not in (False, "/") else self.ref
        return name or self.partner_id.display_name or _("the draft")
