import hashlib

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from psycopg2.errors import UniqueViolation

from ..core.bill_file import XML, kind_of

SOURCES = [
    ("upload", "Upload"),
    ("mail", "Mail"),
    ("folder", "Folder"),
    ("receive", "Other System"),
]
# Of these, the same file may be here again.
NOT_HELD = ("duplicate", "given_up")
LONGEST_NAME = 200
MOST_SHOWN = 200_000


class BillFile(models.Model):
    """A file that is said to be a bill, as it came, with what became of it."""

    _name = "finance.sync.bill.file"
    _description = "Bill File"
    _inherit = ["finance.sync.document.mixin", "mail.thread"]
    _order = "received_at desc, id desc"

    name = fields.Char(string="File", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    connection_id = fields.Many2one(
        "finance.sync.connection", required=True, readonly=True, ondelete="restrict"
    )
    source = fields.Selection(SOURCES, required=True, readonly=True)
    sender = fields.Char(
        readonly=True, help="As the mail says, which proves nothing about who sent it."
    )
    received_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    data = fields.Binary(string="Content", attachment=True, readonly=True)
    sha256 = fields.Char(string="SHA-256", readonly=True, index=True)
    size = fields.Integer(readonly=True, help="Bytes.")
    mimetype = fields.Char(
        string="Kind", readonly=True, help="By the first bytes, not by the name."
    )
    state = fields.Selection(
        [
            ("new", "New"),
            ("captured", "To Confirm"),
            ("read", "Read"),
            ("failed", "Failed"),
            ("duplicate", "Duplicate"),
            ("given_up", "Given Up"),
        ],
        required=True,
        readonly=True,
        default="new",
        index=True,
        tracking=True,
    )
    reason = fields.Text(readonly=True, help="Why it could not be read.")
    how = fields.Char(string="Read as", readonly=True)
    text = fields.Text(readonly=True)
    xml_text = fields.Text(string="XML", compute="_compute_xml_text")
    version = fields.Integer(readonly=True, default=1)
    folder_ref = fields.Char(
        string="Claimed as",
        readonly=True,
        help="What the file was called in its folder while it was taken in.",
    )
    exchange_uuid = fields.Char(readonly=True)
    bill_ids = fields.One2many("finance.sync.bill", "file_id", readonly=True)
    bill_id = fields.Many2one("finance.sync.bill", compute="_compute_bill_id")
    original_id = fields.Many2one(
        "finance.sync.bill.file",
        compute="_compute_original_id",
        string="Same as",
        help="The file with this content that came first.",
    )

    def init(self):
        # However it comes and however often: one file of a company is read once.
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS finance_sync_bill_file_once"
            " ON finance_sync_bill_file (company_id, sha256)"
            " WHERE state NOT IN ('duplicate', 'given_up')"
        )
        # What was claimed in a folder comes in once, whatever becomes of who took it.
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS finance_sync_bill_file_claim_once"
            " ON finance_sync_bill_file (connection_id, folder_ref)"
            " WHERE folder_ref IS NOT NULL"
        )

    @api.depends("bill_ids")
    def _compute_bill_id(self):
        for file in self:
            file.bill_id = file.bill_ids[:1]

    def _compute_original_id(self):
        twice = self.filtered(lambda file: file.state == "duplicate")
        first = {}
        if twice:
            found = self.search(
                [
                    ("sha256", "in", twice.mapped("sha256")),
                    ("company_id", "in", twice.company_id.ids),
                    ("state", "not in", NOT_HELD),
                ]
            )
            first = {(file.company_id, file.sha256): file for file in found}
        for file in self:
            mine = first.get((file.company_id, file.sha256)) if file in twice else None
            file.original_id = mine or False

    def _compute_xml_text(self):
        for file in self:
            shown = file.mimetype == XML and file.state != "duplicate"
            data = file._stored().raw if shown else b""
            file.xml_text = _text(data or b"")

    def _stored(self):
        """The attachment with the content, whoever asks; reading is checked before."""
        return (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_field", "=", "data"),
                    ("res_id", "=", self.id),
                ],
                limit=1,
            )
        )

    # -- Taken in, never made or changed by hand

    @api.model
    def _take_in(
        self, company, name, data, source, sender=None, connection=None, claim=None
    ):
        """Keep a file, and have a job read it. The same again is a duplicate.

        :param data: bytes
        :param connection: whose file it is; by default the one of the company
        :param claim: what it is called in its folder just now, see ``folder_ref``
        :return: the file's record, of state ``new`` or ``duplicate``
        :raises UserError: nobody has set up how files come in for this company
        """
        connection = connection or self.env["finance.sync.connection"]._bill_file_of(
            company
        )
        if not connection:
            raise UserError(
                _(
                    "No active connection takes in bill files of %s. Ask a Finance "
                    "Sync manager to set up one of the kind “Bill Files”.",
                    company.name,
                )
            )
        files = self.sudo()  # files come in by what happens; rights are the caller's
        vals = {
            "name": (name or _("Unnamed"))[:LONGEST_NAME],
            "company_id": company.id,
            "connection_id": connection.id,
            "source": source,
            "sender": (sender or "")[:LONGEST_NAME] or False,
            "folder_ref": claim,
            "sha256": hashlib.sha256(data).hexdigest(),
            "size": len(data),
            "mimetype": kind_of(data) or "application/octet-stream",
        }
        file = files._create_once(vals, data)
        if file.state == "new":
            file._tell("received", source=source, size=len(data))
            file._delay()
        return file.with_env(self.env)

    def _create_once(self, vals, data):
        """Two may bring the same at once: the database says who was first."""
        try:
            with self.env.cr.savepoint():
                file = self.create(vals)
                self.env.flush_all()
        except UniqueViolation:
            # Its content is kept with the first one.
            return self.create({**vals, "state": "duplicate"})
        self.env["ir.attachment"].create(
            {
                "raw": data,
                "name": vals["name"],
                "mimetype": vals["mimetype"],
                "res_model": self._name,
                "res_field": "data",
                "res_id": file.id,
                "company_id": file.company_id.id,
            }
        )
        file.invalidate_recordset(["data"])
        return file

    def _tell(self, what, **data):
        for file in self:
            file.env["finance.sync.event"]._record(
                f"finance_sync.bill_file.{what}",
                file,
                data={"sha256": file.sha256, **data},
            )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(_("Bill files come in by upload or mail."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and vals.keys() - {"term_ids", "rate_ids", "line_ids"}:
            raise AccessError(_("Bill files are kept as they came."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(_("Bill files are evidence. Give them up instead."))

    def action_open_bill(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "finance.sync.bill",
            "res_id": self.bill_id.id,
            "views": [(False, "form")],
        }


def _text(data):
    """For people to look at: without what no screen and no XML-RPC can show."""
    return data[:MOST_SHOWN].decode("utf-8", "replace").replace("\0", "")
