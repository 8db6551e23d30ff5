import ast

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

# Where a mail goes is decided by the mailbox alone.
KEPT = {"company_id", "alias_id", "alias_defaults", "alias_model_id"}


class BillMailbox(models.Model):
    """The address that a company's vendors send their bills to."""

    _name = "finance.sync.bill.mailbox"
    _description = "Bill Mailbox"
    _inherit = ["mail.alias.mixin"]
    _order = "company_id, id"
    _rec_name = "alias_name"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    file_count = fields.Integer(compute="_compute_file_count")

    def _compute_file_count(self):
        counts = dict(
            self.env["finance.sync.bill.file"]._read_group(
                [("source", "=", "mail"), ("company_id", "in", self.company_id.ids)],
                ["company_id"],
                ["__count"],
            )
        )
        for mailbox in self:
            mailbox.file_count = counts.get(mailbox.company_id, 0)

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id(
            "finance.sync.bill.file"
        )
        if self.id:
            defaults = ast.literal_eval(self.alias_defaults or "{}")
            values["alias_defaults"] = {**defaults, "company_id": self.company_id.id}
        return values

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_kept(vals.keys() - {"company_id"})
        return super().create(vals_list)

    def write(self, vals):
        self._check_kept(vals.keys())
        return super().write(vals)

    def _check_kept(self, names):
        if KEPT & set(names) and not self.env.su:
            raise AccessError(_("A mailbox stays its company's. Make another one."))
