from decimal import Decimal

from odoo import _, api, fields, models
from odoo.addons.finance_sync.compat import check_access
from odoo.exceptions import AccessError, UserError


class BillFileRow(models.AbstractModel):
    """A row as it was found or as a person says it is, until the file is confirmed."""

    _name = "finance.sync.bill.file.row"
    _description = "Row of a Bill File"
    _order = "file_id, sequence, id"
    # What a person says, beside the file and the order; the rest is kept.
    _said = frozenset()

    file_id = fields.Many2one(
        "finance.sync.bill.file", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="file_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=1000)
    confidence = fields.Float(readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_said(vals)
        rows = super().create(vals_list)
        rows._check_open()
        return rows

    def write(self, vals):
        self._check_said(vals)
        self._check_open()
        result = super().write(vals)
        self._check_open()  # another file may have been named
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_while_open(self):
        self._check_open()

    def _check_said(self, vals):
        if not self.env.su and vals.keys() - {"file_id", "sequence", *self._said}:
            raise AccessError(_("How sure a row is, is not for people to say."))

    def _check_open(self):
        if self.env.su:
            return
        files = self.file_id
        check_access(files, "read")
        if files.filtered(lambda file: file.state != "captured"):
            raise UserError(_("What was confirmed is not changed any more."))
        for file in files:
            self._check_count(file)

    def _check_count(self, file):
        """:raises UserError: the file has more of these rows than a bill can have"""


def exact(number, places):
    """A float of the database as the number that it stands for."""
    return Decimal(f"{number:.{places}f}").normalize() + 0
