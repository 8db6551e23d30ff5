from odoo import _, fields, models
from odoo.exceptions import AccessError, UserError

from ..core.pdf import MAX_BYTES

MOST_FILES = 100
RESULTS = [
    ("new", "Taken In"),
    ("duplicate", "Here Already"),
    ("refused", "Not Taken In"),
]


class BillUpload(models.TransientModel):
    """Bring files: each of them is taken in, or it is said why not."""

    _name = "finance.sync.bill.upload"
    _description = "Upload Bill Files"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    attachment_ids = fields.Many2many("ir.attachment", string="Files")
    line_ids = fields.One2many("finance.sync.bill.upload.line", "upload_id")

    def action_upload(self):
        self.ensure_one()
        self.env["finance.sync.bill.file"]._check_clerk()
        if self.company_id not in self.env.companies:
            raise AccessError(_("Choose a company that you work in."))
        if not self.attachment_ids:
            raise UserError(_("Choose the files first."))
        if len(self.attachment_ids) > MOST_FILES:
            raise UserError(_("Bring at most %s files at a time.", MOST_FILES))
        self.line_ids = [(5,)] + [
            (0, 0, self._take(attachment)) for attachment in self.attachment_ids
        ]
        self._tidy()
        return {
            "type": "ir.actions.act_window",
            "name": _("Upload Bills"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _take(self, attachment):
        """What became of one file, as a line."""
        vals = {"name": attachment.name}
        if attachment.type != "binary" or attachment.file_size > MAX_BYTES:
            note = _("Larger than %s MB, or no file.", MAX_BYTES // 1_000_000)
            return {**vals, "result": "refused", "note": note}
        file = self.env["finance.sync.bill.file"]._take_in(
            self.company_id, attachment.name, attachment.raw or b"", "upload"
        )
        note = ""
        if file.state == "duplicate":
            first = file.sudo().original_id  # of the same company
            note = _("Came as %(name)s on %(date)s.", name=first.name,
                     date=fields.Date.to_string(first.received_at))  # fmt: skip
        return {**vals, "result": file.state, "note": note, "file_id": file.id}

    def _tidy(self):
        """The copies that the screen made; what was taken in is kept elsewhere."""
        attachments = self.attachment_ids
        self.attachment_ids = [(5,)]
        attachments.filtered(
            lambda one: one.res_model == self._name and one.create_uid == self.env.user
        ).unlink()

    def action_open_files(self):
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "finance_sync_ap.finance_sync_bill_file_action"
            ),
            "domain": [("id", "in", self.line_ids.file_id.ids)],
            "context": {},
        }


class BillUploadLine(models.TransientModel):
    _name = "finance.sync.bill.upload.line"
    _description = "Uploaded Bill File"

    upload_id = fields.Many2one(
        "finance.sync.bill.upload", required=True, ondelete="cascade"
    )
    name = fields.Char(string="File", readonly=True)
    result = fields.Selection(RESULTS, readonly=True)
    note = fields.Char(readonly=True)
    file_id = fields.Many2one("finance.sync.bill.file", readonly=True)
