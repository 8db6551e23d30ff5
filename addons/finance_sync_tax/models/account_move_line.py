from odoo import _, api, fields, models
from odoo.addons.finance_sync.models.internal import internal_value
from odoo.exceptions import AccessError
from odoo.tools import float_compare, frozendict

# The fields of a line that its tax follows from.
TAX_FIELDS = frozenset(
    {
        "product_id",
        "price_unit",
        "quantity",
        "discount",
        "tax_ids",
        "display_type",
        "currency_id",
        "finance_sync_origin_line_id",
    }
)
_GUARDS = ("price_unit", "quantity", "discount")


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    finance_sync_origin_line_id = fields.Many2one(
        "account.move.line",
        string="Credited Line",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The invoice line that this line of a credit note takes back.",
    )
    finance_sync_tax_amounts = fields.Json(
        copy=False,
        readonly=True,
        help="An engine's tax on this line by tax, where it is to be booked instead "
        "of the computed one, and what of the line it was determined for.",
    )

    def _finance_sync_amounts(self, taxes, net):
        """What :attr:`finance_sync_tax_amounts` holds for ``{tax: amount}``.

        Amounts in document currency, with the sign of ``price_subtotal``, which
        becomes ``net``.
        """
        self.ensure_one()
        return {
            "taxes": {str(tax.id): float(amount) for tax, amount in taxes.items()},
            "net": float(net),
            "currency_id": self.currency_id.id,
            **{name: self[name] for name in _GUARDS},
        }

    def _finance_sync_forced(self):
        """``{tax id: amount}`` to book on this line, ``None`` to compute as usual.

        Whatever the tax follows from has changed: then the amounts hold no more.
        """
        data = self.finance_sync_tax_amounts
        if not data or self.display_type != "product":
            return None
        amounts = {int(key): amount for key, amount in data["taxes"].items()}
        if (
            set(self.tax_ids._origin.ids) != set(amounts)
            or self.currency_id.id != data["currency_id"]
            or any(
                float_compare(self[name], data[name], precision_digits=8)
                for name in _GUARDS
            )
        ):
            return None
        return amounts

    def _finance_sync_is_included(self):
        """Whether the line's price holds its tax already."""
        taxes = self.tax_ids or self._finance_sync_product_taxes()
        return any(taxes.flatten_taxes_hierarchy().mapped("price_include"))

    def _finance_sync_product_taxes(self):
        product, company = self.product_id, self.move_id.company_id
        domain = self.env["account.tax"]._check_company_domain(company)
        return product.taxes_id.filtered_domain(domain)

    @api.depends("finance_sync_tax_amounts")
    def _compute_totals(self):
        # 19.0 gets its totals through the base line of the move.
        result = super()._compute_totals()
        for line in self:
            amounts = line._finance_sync_forced()
            if amounts is None:
                continue
            net = line.finance_sync_tax_amounts["net"]
            line.price_subtotal = net
            line.price_total = line.currency_id.round(net + sum(amounts.values()))
        return result

    @api.depends("finance_sync_tax_amounts")
    def _compute_all_tax(self):
        """17.0 only: what a line needs in tax lines, with the engine's amounts."""
        result = super()._compute_all_tax()
        for line in self:
            amounts = line._finance_sync_forced()
            if amounts is not None:
                line.compute_all_tax = line._finance_sync_needed(amounts)
        return result

    def _finance_sync_needed(self, amounts):
        """``compute_all_tax`` of a line whose tax amounts are given.

        A tax that computes to zero has no entry there: its amount goes to another tax
        of the line, or to an entry of its own where there is none.
        """
        sign = self.move_id.direction_sign
        rate = self.amount_currency / self.balance if self.balance else None
        rate = rate or self.currency_rate or 1
        repartitions = self.env["account.tax.repartition.line"]
        needed, missing = {}, dict(amounts)
        for key, values in self.compute_all_tax.items():
            line_id = key.get("tax_repartition_line_id")
            tax = repartitions.browse(line_id).tax_id
            if line_id and tax.id in missing:
                amount = sign * missing.pop(tax.id)
                if not amount:
                    continue
                values = {
                    **values,
                    "amount_currency": amount,
                    "balance": amount / rate,
                }
            needed[key] = values
        for tax_id, amount in missing.items():
            if amount:
                tax = self.env["account.tax"].browse(tax_id)
                needed.update(self._finance_sync_entry(tax, sign * amount, rate))
        return needed

    def _finance_sync_entry(self, tax, amount, rate):
        """An entry for a tax that core computes to nothing, a fee without a base."""
        lines = (
            tax.refund_repartition_line_ids
            if self.is_refund
            else tax.invoice_repartition_line_ids
        )
        line = lines.filtered(lambda li: li.repartition_type == "tax")[:1]
        exigible = tax.tax_exigibility == "on_invoice" or (
            self.move_id.always_tax_exigible
        )
        tags = line.tag_ids if exigible else line.tag_ids.browse()
        tags |= self.product_id.sudo().account_tag_ids  # as core does for any tax
        account = line._get_aml_target_tax_account(
            force_caba_exigibility=self.move_id.always_tax_exigible
        )
        analytic = tax.analytic or not line.use_in_tax_closing
        key = {
            "tax_repartition_line_id": line.id,
            "group_tax_id": False,
            "account_id": account.id or self.account_id.id,
            "currency_id": self.currency_id.id,
            "analytic_distribution": analytic and self.analytic_distribution,
            "tax_ids": [(6, 0, [])],
            "tax_tag_ids": [(6, 0, tags.ids)],
            "partner_id": self.move_id.partner_id.id or self.partner_id.id,
            "move_id": self.move_id.id,
            "display_type": self.display_type,
        }
        return {
            frozendict(key): {
                "name": tax.name,
                "balance": amount / rate,
                "amount_currency": amount,
                "tax_base_amount": 0.0,
            }
        }

    def _compute_tax_ids(self):
        """Draft lines of documents that an engine taxes get their taxes from it.

        A local engine is asked at once. Another is asked before posting only: until
        then the line has no tax rather than one that will turn out wrong.
        """
        managed = self.filtered(lambda line: line._finance_sync_is_managed())
        result = super(AccountMoveLine, self - managed)._compute_tax_ids()
        if managed:
            managed._finance_sync_default_taxes()
        return result

    def _finance_sync_is_managed(self):
        move = self.move_id
        return (
            self.display_type in ("product", False)
            and move.move_type in ("out_invoice", "out_refund")
            and bool(move.finance_sync_tax_connection_id)
        )

    def _finance_sync_default_taxes(self):
        taxes = self.env["account.move"]._finance_sync_local_taxes(
            self.grouped("move_id")
        )
        for line in self:
            line.tax_ids = taxes.get(line, self.env["account.tax"])

    def _copy_data_extend_business_fields(self, values):
        result = super()._copy_data_extend_business_fields(values)
        if internal_value(self.env, "finance_sync_reversal"):
            values["finance_sync_origin_line_id"] = self.id
        return result

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._finance_sync_check_amounts(vals)
        lines = super().create(vals_list)
        moves = lines._finance_sync_product_lines().move_id
        moves._finance_sync_tax_watch()._finance_sync_tax_changed()
        return lines

    def _finance_sync_check_amounts(self, vals):
        """An engine's amounts are written by the determination, by nobody else."""
        ours = self.env.su or internal_value(self.env, "finance_sync_determining")
        if "finance_sync_tax_amounts" in vals and not ours:
            raise AccessError(_("The tax engine's amounts cannot be edited."))

    def write(self, vals):
        self._finance_sync_check_amounts(vals)
        taxed = bool(TAX_FIELDS & vals.keys())
        lines = self._finance_sync_product_lines()
        moves = lines.move_id._finance_sync_tax_watch(taxed)
        result = super().write(vals)
        moves._finance_sync_tax_changed()
        return result

    def unlink(self):
        lines = self._finance_sync_product_lines()
        moves = lines.move_id._finance_sync_tax_watch()
        result = super().unlink()
        moves._finance_sync_tax_changed()
        return result

    def _finance_sync_product_lines(self):
        return self.filtered(lambda line: line.display_type == "product")
