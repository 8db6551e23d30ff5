from odoo import Command, _, models
from odoo.exceptions import UserError

from .. import compat
from ..core.arithmetic import rounding_by_line, tax_by_rate


class Bill(models.Model):
    _inherit = "finance.sync.bill"

    def _stage(self):
        """Make the draft vendor bills, which have the bills' amounts to the cent.

        Those of a company at once, which costs a fraction of one after the other.

        :return: the drafts, in the order of the bills
        :raises UserError: the ledger would say other amounts; nothing is made then
        """
        bills = self.sudo()  # see _process; the drafts themselves are the user's
        for bill in bills.filtered("move_id"):
            raise UserError(_("%s has a draft already.", bill.number))
        drafts = {}
        with self.env.cr.savepoint():
            for company, mine in bills.grouped("company_id").items():
                moves = self.env["account.move"].with_company(company)
                vals_list = [bill._prepare_move() for bill in mine]
                made = moves.create(vals_list)
                drafts.update(zip(mine, made, strict=True))
                for bill, move, vals in zip(mine, made, vals_list, strict=True):
                    bill._add_rest_of_prices(move, vals["invoice_line_ids"])
            for bill, move in drafts.items():
                bill._round_as_billed(move)
                bill._check_amounts(move)
        for bill, move in drafts.items():
            move._finance_sync_set({"finance_sync_bill_id": bill.id})
            bill.write({"move_id": move.id, "state": "staged"})
        moves = self.env["account.move"].browse()
        return moves.union(*(drafts[bill] for bill in bills))

    def _prepare_move(self):
        refund = self.kind == "credit_note"
        return {
            "move_type": "in_refund" if refund else "in_invoice",
            "partner_id": self.partner_id.id,
            "ref": self.number,
            "invoice_date": self.date,
            "invoice_date_due": self.due,
            "currency_id": self.currency_id.id,
            "company_id": self.company_id.id,
            "invoice_origin": ", ".join(
                sorted(set(self.link_ids.order_id.mapped("name")))
            ),
            "invoice_line_ids": [
                (0, 0, vals) for line in self.line_ids for vals in self._prepare(line)
            ],
        }

    def _prepare(self, line):
        """A line of the draft for each order line that a bill's line is for."""
        links = self.link_ids.filtered(lambda link: link.line_id == line)
        if not links:
            return [self._prepare_plain(line)]
        left, vals_list = line.net, []
        for link in links:
            last = link == links[-1]
            value = left if last else self.currency_id.round(link.value)
            left -= value
            vals_list.append(self._prepare_linked(line, link, value))
        return vals_list

    def _prepare_linked(self, line, link, value):
        order_line = link.order_line_id
        return {
            "name": line.name,
            "product_id": order_line.product_id.id,
            "product_uom_id": order_line[compat.ORDER_UNIT].id,
            "quantity": link.quantity,
            "price_unit": value / link.quantity if link.quantity else value,
            "purchase_line_id": order_line.id,
            "analytic_distribution": order_line.analytic_distribution,
            "tax_ids": [(6, 0, self._taxes(line, order_line[compat.ORDER_TAXES]).ids)],
        }

    def _prepare_plain(self, line):
        return {
            "name": line.name,
            "quantity": 1.0,
            "price_unit": line.net,
            "tax_ids": [(6, 0, self._taxes(line).ids)],
        }

    def _taxes(self, line, known=None):
        """The tax of a line: the order's if its rate is right, else the only one.

        :raises UserError: none, or several, have the line's rate
        """
        if known and abs(sum(known.mapped("amount")) - line.tax_rate) < 0.0001:
            return known
        if not line.tax_rate:
            return self.env["account.tax"]
        taxes = self.env["account.tax"].search(
            [
                ("company_id", "parent_of", self.company_id.id),
                ("type_tax_use", "=", "purchase"),
                ("amount_type", "=", "percent"),
                ("amount", "=", line.tax_rate),
            ]
        )
        default = self.company_id.account_purchase_tax_id
        if default in taxes:
            return default
        if len(taxes) == 1:
            return taxes
        raise UserError(
            _(
                "%(count)s purchase taxes have the rate of %(rate)g %% on “%(line)s”. "
                "Put the right one on the order, or make it the company's default.",
                count=len(taxes),
                rate=line.tax_rate,
                line=line.name,
            )
        )

    def _add_rest_of_prices(self, move, commands):
        """What prices of few digits leave over becomes lines beside theirs.

        30 at 0.3333 are 10.00, and 9.90 at the two digits that prices have here. The
        quantity has to stay, as it says how much of the order is billed.
        """
        digits = self.env["decimal.precision"].precision_get("Product Price")
        rests = []
        lines = move.invoice_line_ids.sorted("id")
        for line, (_create, _none, vals) in zip(lines, commands, strict=True):
            value = self.currency_id.round(vals["price_unit"] * vals["quantity"])
            rest = self.currency_id.round(value - line.price_subtotal)
            at_most = abs(line.quantity) / 10**digits / 2 + self.currency_id.rounding
            if rest and abs(rest) <= at_most:
                rests.append(Command.create(self._prepare_rest(line, rest)))
        if rests:
            move.write({"invoice_line_ids": rests})

    def _prepare_rest(self, line, rest):
        return {
            "name": _("Rounding of the price: %s", line.name),
            "sequence": line.sequence,
            "quantity": 1.0,
            "price_unit": rest,
            "account_id": line.account_id.id,
            "analytic_distribution": line.analytic_distribution,
            "tax_ids": [Command.set(line.tax_ids.ids)],
        }

    def _round_as_billed(self, move):
        """Give a draft the vendor's VAT, where only rounding makes it another.

        Vendors round by line or once, as our company may do the other way. What is
        claimed back is the VAT that is written on the bill.
        """
        if not self.currency_id.compare_amounts(self.amount_tax, move.amount_tax):
            return
        changes = []
        for rate, (tax, amounts) in tax_by_rate(self._content()).items():
            lines = move.line_ids.filtered(
                lambda line, rate=rate: (
                    line.tax_line_id.amount_type == "percent"
                    and line.tax_line_id.amount == float(rate)
                )
            )
            if len(lines) != 1:
                continue  # split, as by what may not be deducted: it is not ours to say
            wanted = move.direction_sign * float(abs(tax))
            apart = self.currency_id.round(abs(wanted - lines.amount_currency))
            taxed = move.invoice_line_ids.filtered(
                lambda line, tax=lines.tax_line_id: tax in line.tax_ids
            )
            at_most = rounding_by_line(
                max(amounts, len(taxed)), self.currency_id.decimal_places
            )
            if 0 < apart <= float(at_most):
                changes.append(Command.update(lines.id, _tax_values(lines, wanted)))
        if changes:
            move.write({"line_ids": changes})

    def _check_amounts(self, move):
        pairs = (
            (_("untaxed"), self.amount_untaxed, move.amount_untaxed),
            (_("tax"), self.amount_tax, move.amount_tax),
            (_("total"), self.amount_total, move.amount_total),
        )
        differences = [
            _("%(what)s: bill %(bill)s, ledger %(ledger)s", what=w, bill=b, ledger=g)
            for w, b, g in pairs
            if self.currency_id.compare_amounts(b, g)
        ]
        if differences:
            raise UserError(
                "\n".join(
                    [
                        _(
                            "The draft of %s would not have the bill's amounts; it was "
                            "not made:",
                            self.number,
                        ),
                        *differences,
                    ]
                )
            )


def _tax_values(line, amount):
    """Of a tax line that comes to another amount in the bill's currency."""
    balance = line.company_currency_id.round(amount / line.currency_rate)
    return {"amount_currency": amount, "balance": balance}
