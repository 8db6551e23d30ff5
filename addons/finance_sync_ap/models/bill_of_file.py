from odoo import _, fields, models
from odoo.addons.finance_sync.compat import check_access
from odoo.exceptions import UserError


class Bill(models.Model):
    """A bill that came as a file keeps the file beside it."""

    _inherit = "finance.sync.bill"

    file_id = fields.Many2one(
        "finance.sync.bill.file", readonly=True, copy=False, index=True
    )
    file_data = fields.Binary(related="file_id.data", string="Original")
    file_kind = fields.Char(related="file_id.mimetype")
    file_text = fields.Text(related="file_id.xml_text")
    file_sha256 = fields.Char(related="file_id.sha256", string="SHA-256")

    from_paper = fields.Boolean(
        readonly=True, help="A person said what is on it, beside its picture."
    )

    def _receive(self, exchange, message):
        bill = super()._receive(exchange, message)
        about = message.get("file")
        if bill and isinstance(about, dict) and not bill.file_id:
            # See _route: only files of this connection count, wherever it says so.
            files = self.env["finance.sync.bill.file"].sudo()
            bill.file_id = files.search(
                [
                    ("finance_sync_uuid", "=", str(about.get("uuid") or "")),
                    ("connection_id", "=", exchange.connection_id.id),
                    ("company_id", "=", exchange.company_id.id),
                ],
                limit=1,
            )
            bill.from_paper = bool(about.get("captured"))
        return bill

    def _stage(self):
        for bill in self.filtered("from_paper"):
            if not bill.file_id.sudo().confirmed_by:
                raise UserError(_("Nobody has confirmed what is on %s.", bill.number))
        return super()._stage()

    def action_give_up(self):
        """A bill that came as a file has no system that would void it."""
        self._check_clerk()
        check_access(self, "write")
        bills = self.sudo()  # state changes by what happens, see Bill.write
        for bill in bills:
            if not bill.file_id:
                raise UserError(
                    _("%s is voided in the system that sent it.", bill.number)
                )
            if bill.state == "voided" or bill.move_id.state == "posted":
                raise UserError(_("%s is posted or was given up already.", bill.number))
            bill._void("", _("Given up by %s.", self.env.user.name))
        return True

    def _void(self, reason, note=None):
        """What is given up may be brought again."""
        result = super()._void(reason, note)
        self.file_id.sudo().filtered(lambda file: file.state == "read")._give_up()
        return result
