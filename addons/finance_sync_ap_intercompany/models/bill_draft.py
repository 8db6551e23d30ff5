from odoo import _, models
from odoo.addons.finance_sync.models.exchange_run import TECHNICAL
from odoo.exceptions import UserError, ValidationError


class Bill(models.Model):
    """The buyer's draft: own accounts, taxes and analytics, the seller's amounts."""

    _inherit = "finance.sync.bill"

    def _process(self):
        result = super()._process()
        bill = self.sudo()  # see there
        if bill.pair_id:
            self._draft_pair()
        return result

    def _draft_pair(self):
        """Make the draft at once: a ledger of ours says what is on it."""
        bill, holds = self.sudo(), self.env["finance.sync.hold"]  # see _process
        problem = bill._try_to_draft() if bill.state == "matched" else ""
        if problem:
            holds._raise(
                "ap_pair_draft",
                document=bill,
                connection=bill.connection_id,
                summary=problem,
                amount=bill._in_company_currency(bill.amount_total),
                period=bill.date,
            )
            return
        holds._resolve_for(
            document=bill, codes=["ap_pair_draft"], why=_("Its draft can be made.")
        )

    def _try_to_draft(self):
        """Why there is no draft, in words; empty if there is one."""
        try:
            with self.env.cr.savepoint():
                self._stage()
                self.env.flush_all()
        except TECHNICAL:
            raise
        except (UserError, ValidationError) as error:
            return str(error.args[0])
        return ""

    def _stage(self):
        move = super()._stage()
        bill = self.sudo()  # see there
        if bill.pair_id:
            flow = bill.pair_id.move_id.finance_sync_correlation_id
            move.sudo()._finance_sync_set({"finance_sync_correlation_id": flow})
        return move

    def _prepare_move(self):
        vals = super()._prepare_move()
        if self.pair_id:
            vals["payment_reference"] = self.pair_id.move_id.payment_reference
        return vals

    # -- Lines

    def _sold_line(self, line):
        """The seller's line; empty once its invoice has been changed."""
        lines = self.pair_id._sold_lines()
        return lines.filtered(lambda sold: str(sold.id) == line.ref)[:1]

    def _prepare_plain(self, line):
        vals = super()._prepare_plain(line)
        if not self.pair_id:
            return vals
        sold = self._sold_line(line)
        vals.update(self._prepare_product(line, sold))
        # On 19.0 an account has a code in each company.
        code = sold.account_id.with_company(sold.company_id).code
        account = self._mapped("account", code)
        if account:
            vals["account_id"] = account.id
        return vals

    def _prepare_product(self, line, sold):
        """Products that both have say by the buyer's settings where they go."""
        product = sold.product_id
        if not product or product.company_id not in (
            self.env["res.company"],
            self.company_id,
        ):
            return {}
        vals = {"product_id": product.id}
        worth = sold.quantity * sold.price_unit * (1 - sold.discount / 100)
        if self.currency_id.compare_amounts(worth, line.net):
            # A price that includes tax at the seller's is no price of the buyer's.
            return vals
        return {
            **vals,
            "quantity": sold.quantity,
            "product_uom_id": sold.product_uom_id.id,
            "price_unit": sold.price_unit,
            "discount": sold.discount,
        }

    # -- Taxes

    def _taxes(self, line, known=None):
        """The buyer's: what its mapping says, else its defaults where they fit."""
        if not self.pair_id or known:
            return super()._taxes(line, known)
        sold = self._sold_line(line)
        if len(sold.tax_ids) == 1:
            mapped = self._mapped("tax_code", sold.tax_ids.name)
            if mapped:
                return mapped
        for taxes in self._own_taxes(sold.product_id):
            if self._comes_to(taxes, line):
                return taxes
        return super()._taxes(line, known)

    def _own_taxes(self, product):
        """What the buyer would put on a bill of this seller: product's, company's."""
        company = self.company_id
        position = (
            self.env["account.fiscal.position"]
            .with_company(company)
            ._get_fiscal_position(self.partner_id)
        )
        mine = product.supplier_taxes_id.filtered(
            lambda tax: tax.company_id in company.parent_ids
        )
        for taxes in (mine, company.account_purchase_tax_id):
            if taxes:
                yield position.map_tax(taxes)

    def _comes_to(self, taxes, line):
        """Whether taxes make of a line what the seller charged, nothing included."""
        found = taxes.compute_all(line.net, currency=self.currency_id)
        expected = self.currency_id.round(line.net * line.tax_rate / 100)
        charged = found["total_included"] - found["total_excluded"]
        same = not self.currency_id.compare_amounts(charged, expected)
        return same and not self.currency_id.compare_amounts(
            found["total_excluded"], line.net
        )

    def _mapped(self, kind, code):
        """What the buyer's mapping makes of a code of the seller's; None without."""
        if not code:
            return None
        found = self.env["finance.sync.mapping"]._translate(
            self.connection_id,
            kind,
            [code],
            company=self.company_id,
            on_date=self.date,
            direction="in",
        )
        if found.mappings:
            exchanges = self.env["finance.sync.exchange"]
            exchanges.search([("uuid", "=", self.exchange_uuid)])._note_mappings(
                found.mappings.ids
            )
        return found.values.get(code)
