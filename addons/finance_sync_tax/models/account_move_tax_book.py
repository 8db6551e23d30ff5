from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from odoo import _, models
from odoo.addons.finance_sync.core.errors import ProviderError
from odoo.addons.finance_sync.models.internal import Internal
from odoo.exceptions import UserError
from odoo.fields import Command

from .. import compat
from ..core.check import net_amount
from ..core.codec import document_to_dict, result_to_dict


class _Planned:
    """Which taxes many drafts need, found or made with one look-up for each company.

    Drafts of one company, country and engine share its taxes. Where one of them
    cannot be made, those that need it get the error and the others their taxes.
    """

    def __init__(self, env):
        self.plans = {}
        self._env = env
        self._groups = {}
        self._known = {}

    def add(self, move, engine, plan):
        self.plans[move] = plan
        group = (move.company_id, move.tax_country_id, engine)
        self._groups[move] = group
        specs = self._known.setdefault(group, {})
        for needed in plan.values():
            specs.update(dict.fromkeys(needed))

    def taxes(self, move):
        """``{spec: account.tax}``, ``None`` where one of the draft's is missing."""
        known = self._of(move)
        needed = {spec for specs in self.plans[move].values() for spec in specs}
        missing = [spec for spec in needed if isinstance(known[spec], UserError)]
        return None if missing else known

    def error(self, move):
        known = self._of(move)
        needed = (spec for specs in self.plans[move].values() for spec in specs)
        return next(known[s] for s in needed if isinstance(known[s], UserError))

    def _of(self, move):
        group = self._groups[move]
        known = self._known[group]
        if None in known.values():
            known.update(self._env["finance.sync.tax.key"]._taxes(*group, list(known)))
        return known


class AccountMove(models.Model):
    """From an engine's answer to taxes, amounts and details in the books."""

    _inherit = "account.move"

    def _finance_sync_local_taxes(self, lines_by_move):
        """``{line: taxes}`` from local engines for lines that are being made.

        Whatever is missing or wrong is said when the draft is confirmed.
        """
        planned = _Planned(self.env)
        for move, lines in lines_by_move.items():
            connection = move.finance_sync_tax_connection_id
            if not connection._finance_sync_is_local() or not move.partner_id:
                continue
            try:
                document = move._finance_sync_tax_document(lines)
                result = connection._finance_sync_quote(document, move.company_id)
            except (ProviderError, UserError):
                continue
            result = in_order(document, result)
            plan = move._finance_sync_plan(lines, document, result)
            planned.add(move, result.engine, plan)
        taxes, found = self.env["account.tax"], {}
        for move, plan in planned.plans.items():
            known = planned.taxes(move)
            for line, specs in plan.items():
                if known is not None:
                    found[line] = taxes.union(*(known[spec] for spec in specs))
        return found

    def _finance_sync_plan(self, lines, document, result):
        """``{line: {spec: amount}}``: which taxes of which amount go on which line.

        Amounts have Odoo's sign, that of ``price_subtotal``. Details without tax have
        no tax of their own unless nothing is due at all: that is said by a tax of 0 %.
        """
        keys = self.env["finance.sync.tax.key"]
        sign = self._finance_sync_tax_sign()
        plan = {}
        for line, asked, answer in zip(
            lines, document.lines, result.lines, strict=True
        ):
            amounts = defaultdict(Decimal)
            for detail in answer.details:
                if _is_taxed(detail):
                    spec = keys._spec(detail, asked.tax_included, True)
                    amounts[spec] += sign * detail.tax
            if not amounts:
                spec = keys._spec(answer.details[0], asked.tax_included, False)
                amounts[spec] = Decimal(0)
            plan[line] = dict(amounts)
        return plan

    def _finance_sync_book_all(self, quotes):
        """Write taxes, amounts and details of many drafts, in as few writes as may be.

        A draft whose taxes cannot be made gets an error and stays as it is.
        """
        planned = _Planned(self.env)
        for quote in quotes:
            quote.result = in_order(quote.document, quote.result)
            lines = quote.move._finance_sync_tax_lines()
            plan = quote.move._finance_sync_plan(lines, quote.document, quote.result)
            planned.add(quote.move, quote.result.engine, plan)
        good, values = [], {}
        for quote in quotes:
            taxes = planned.taxes(quote.move)
            if taxes is None:
                quote.error = planned.error(quote.move)
                continue
            good.append(quote)
            plan = planned.plans[quote.move]
            values[quote.move] = quote.move._finance_sync_line_values(
                quote, plan, taxes
            )
        moves = self.env["account.move"]
        moves._finance_sync_write_taxes(values)
        moves._finance_sync_write_results(good, values)

    def _finance_sync_line_values(self, quote, plan, taxes):
        """``{line: (taxes, amounts, net, {spec: tax})}`` of one draft."""
        document, sign = quote.document, self._finance_sync_tax_sign()
        nothing = self.env["account.tax"]
        values = {}
        for (line, specs), asked, answer in zip(
            plan.items(), document.lines, quote.result.lines, strict=True
        ):
            amounts = {taxes[spec]: amount for spec, amount in specs.items()}
            net = sign * net_amount(asked, answer.tax, document.places)
            values[line] = (nothing.union(*amounts), amounts, net, taxes)
        return values

    def _finance_sync_write_taxes(self, plans):
        """Write the taxes and forced amounts of many drafts within one recomputation.

        What is computed natively to the same amounts is left to be computed so.
        """
        changes = {}
        for move, values in plans.items():
            if not move._finance_sync_is_native(values):
                changes.update(values)
        lines = self.env["account.move.line"].union(*changes)
        if not lines:
            return
        moves = lines.move_id.with_context(
            finance_sync_determining=Internal(True), **compat.quiet_context()
        )
        unchanged = _unchanged_taxes(moves, changes)
        if unchanged:
            # Neither series computes tax lines anew where nothing but their amounts,
            # or what somebody wrote over them, is to change.
            unchanged.write({"tax_ids": [Command.clear()]})
        # Whatever is entered here marks each line as looked at, by a write of its own;
        # those need not compute the amounts of all lines again.
        container = {"records": moves.with_context(skip_invoice_line_sync=True)}
        with moves._check_balanced(container), moves._sync_dynamic_lines(container):
            container["records"] = moves
            _write_lines(moves, changes)

    def _finance_sync_is_native(self, values):
        """Whether lines and ledger say already what ``values`` would make them say."""
        if any(line.tax_ids != taxes for line, (taxes, *_rest) in values.items()):
            return False
        wanted, net = defaultdict(float), Decimal(0)
        for _taxes, amounts, line_net, _by_spec in values.values():
            net += line_net
            for tax, amount in amounts.items():
                wanted[tax] += float(amount)
        compare = self.currency_id.compare_amounts
        local = self.finance_sync_tax_connection_id._finance_sync_is_local()
        # What an engine records is compared with the ledger's net as well.
        if not local and compare(self._finance_sync_untaxed(), float(net)):
            return False
        booked = self._finance_sync_booked()
        return all(
            not compare(booked.get(tax, 0.0), wanted.get(tax, 0.0))
            for tax in {*booked, *wanted}
        )

    def _finance_sync_write_results(self, quotes, plans):
        """Keep what the engine said: details, fingerprint, the whole answer."""
        moves = self.union(*(quote.move for quote in quotes))
        # Written by the determination alone; whoever invoices only reads them.
        moves.sudo().finance_sync_tax_detail_ids.unlink()
        moves._finance_sync_resolve(_("The tax was determined."))
        details = []
        for quote in quotes:
            details += quote.move._finance_sync_detail_vals(quote, plans[quote.move])
            quote.move._finance_sync_set(quote.move._finance_sync_result_vals(quote))
        self.env["finance.sync.tax.detail"].sudo().create(details)

    def _finance_sync_result_vals(self, quote):
        result, document = quote.result, quote.document
        return {
            "finance_sync_tax_state": "determined",
            "finance_sync_tax_used_id": self.finance_sync_tax_connection_id.id,
            "finance_sync_tax_engine": result.engine,
            "finance_sync_tax_fingerprint": quote.fingerprint,
            "finance_sync_tax_date": document.tax_date,
            "finance_sync_tax_estimated": result.estimated,
            "finance_sync_tax_total": float(
                result.total_tax * self._finance_sync_tax_sign()
            ),
            "finance_sync_tax_question": document_to_dict(document),
            "finance_sync_tax_answer": result_to_dict(result),
            "finance_sync_tax_code": document.code,
        }

    def _finance_sync_detail_vals(self, quote, values):
        keys = self.env["finance.sync.tax.key"]
        result = quote.result
        vals_list = []
        for (line, plan), asked, answer in zip(
            values.items(), quote.document.lines, result.lines, strict=True
        ):
            taxes, by_spec = plan[0], plan[3]
            for detail in answer.details:
                spec = keys._spec(detail, asked.tax_included, True)
                tax = by_spec.get(spec) if _is_taxed(detail) else None
                vals_list.append(
                    {
                        "move_id": self.id,
                        "line_id": line.id,
                        "company_id": self.company_id.id,
                        "currency_id": self.currency_id.id,
                        "sequence": len(vals_list),
                        "jurisdiction_type": detail.jurisdiction_type,
                        "jurisdiction_code": detail.jurisdiction_code,
                        "jurisdiction_name": detail.jurisdiction_name,
                        "tax_name": detail.tax_name,
                        "rate": float(detail.rate),
                        "taxable": float(detail.taxable),
                        "exempt": float(detail.exempt),
                        "tax": float(detail.tax),
                        "tax_id": (tax or taxes[:1]).id,
                        "reason_code": detail.reason_code or False,
                        "reason": detail.reason,
                    }
                )
        return vals_list


def _is_taxed(detail):
    """Whether a detail levies a tax, if only of zero on a base of zero."""
    return bool(detail.tax) or bool(
        detail.rate and not detail.exempt and not detail.reason
    )


def in_order(document, result):
    """The result with its lines in the document's order."""
    by_ref = {line.ref: line for line in result.lines}
    return replace(result, lines=tuple(by_ref[line.ref] for line in document.lines))


def _unchanged_taxes(moves, changes):
    """Lines whose taxes stay while their amounts change, with all of their move's."""
    lines = moves.env["account.move.line"]
    return lines.union(
        *(line for line, (taxes, *_rest) in changes.items() if line.tax_ids == taxes)
    ).with_env(moves.env)


def _write_lines(moves, changes):
    """One write for each set of taxes, and one for each line's own amounts."""
    env = moves.with_context(
        skip_invoice_sync=True, skip_invoice_line_sync=True, check_move_validity=False
    ).env
    by_taxes = defaultdict(list)
    forced = env["account.move.line"]._fields["finance_sync_tax_amounts"]
    # Stored as computed values are. The new taxes make everything compute again.
    with env.protecting([forced], env["account.move.line"].union(*changes)):
        for line, (taxes, amounts, net, _by_spec) in changes.items():
            by_taxes[taxes].append(line.id)
            line.finance_sync_tax_amounts = line._finance_sync_amounts(amounts, net)
    for taxes, line_ids in by_taxes.items():
        lines = env["account.move.line"].browse(line_ids)
        lines.write({"tax_ids": [Command.set(taxes.ids)]})
