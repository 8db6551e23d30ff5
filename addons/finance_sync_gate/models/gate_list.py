import base64
import hashlib
import io
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import file_open

from ..core import lists
from ..core.names import normalise

SHAPES = [
    ("csv", "CSV with a Header"),
    ("ofac_sdn", "US Treasury, OFAC SDN (SDN.CSV)"),
    ("eu", "European Union, Consolidated List (CSV)"),
    ("un", "United Nations, Consolidated List (XML)"),
]
BATCH = 2000


class GateList(models.Model):
    """A published list of persons and entities that nobody may deal with."""

    _name = "finance.sync.gate.list"
    _description = "Screening List"
    _inherit = ["mail.thread", "finance.sync.packable"]
    _order = "name, id"
    _sql_constraints = [
        ("code_unique", "UNIQUE(code)", "Another list has this code already."),
        ("age_positive", "CHECK(max_age_days > 0)", "The age must be above zero."),
    ]

    _finance_sync_package_rank = 20
    _finance_sync_package_key = ("code",)
    _finance_sync_package_fields = (
        "code",
        "name",
        "shape",
        "source_url",
        "max_age_days",
        "active",
    )

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        required=True, help="Names the list in proofs; never changed later."
    )
    active = fields.Boolean(default=True, tracking=True)
    shape = fields.Selection(SHAPES, required=True, default="csv", tracking=True)
    source_url = fields.Char(
        string="Published at", help="Where people get the next version."
    )
    max_age_days = fields.Integer(
        string="Stale after",
        default=7,
        tracking=True,
        help="Days. A list that nobody has loaded for longer stops what it should "
        "have been asked about.",
    )
    version_ids = fields.One2many("finance.sync.gate.list.version", "list_id")
    current_version_id = fields.Many2one(
        "finance.sync.gate.list.version", readonly=True, copy=False
    )
    loaded_at = fields.Datetime(related="current_version_id.loaded_at")
    entry_count = fields.Integer(related="current_version_id.entry_count")
    stale = fields.Boolean(compute="_compute_stale")

    @api.depends("current_version_id", "max_age_days")
    def _compute_stale(self):
        now = fields.Datetime.now()
        for screen in self:
            loaded = screen.current_version_id.loaded_at
            limit = timedelta(days=screen.max_age_days)
            screen.stale = not loaded or now - loaded > limit

    def write(self, vals):
        if "code" in vals and self.filtered("current_version_id"):
            raise UserError(_("Proofs name the list by its code; it stays."))
        if "current_version_id" in vals and not self.env.su:
            raise AccessError(_("A version counts once it has been loaded."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_unused(self):
        if self.version_ids:
            raise UserError(_("Proofs refer to its versions. Archive the list."))

    def action_load(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Load a Version"),
            "res_model": "finance.sync.gate.list.import",
            "view_mode": "form",
            "target": "new",
            "context": {"default_list_id": self.id},
        }

    def action_open_entries(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "finance_sync_gate.finance_sync_gate_entry_action"
            ),
            "domain": [("version_id", "=", self.current_version_id.id)],
        }

    def _load_demo(self):
        """The sample data's list: invented names, loaded at once."""
        with file_open("finance_sync_gate/demo/sample_list.csv", "rb") as file:
            content = file.read()
        versions = self.env["finance.sync.gate.list.version"]
        versions._make(self, content, fields.Date.today())._job_load()

    @api.model
    def _cron_stale(self):
        """Tell who looks after the lists before documents are stopped."""
        for screen in self.search([]):
            if screen.stale and screen.current_version_id:
                screen._message_log(
                    body=_(
                        "This list is stale: %s days have passed since it was loaded. "
                        "Load the newest version.",
                        (fields.Datetime.now() - screen.loaded_at).days,
                    )
                )


class GateListVersion(models.Model):
    _name = "finance.sync.gate.list.version"
    _description = "Screening List Version"
    _order = "id desc"

    name = fields.Char(string="Version", required=True, readonly=True)
    list_id = fields.Many2one(
        "finance.sync.gate.list",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    state = fields.Selection(
        [("loading", "Loading"), ("loaded", "Loaded"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="loading",
    )
    error = fields.Char(readonly=True)
    source_date = fields.Date(
        readonly=True, help="The day of which the publisher's file is."
    )
    loaded_at = fields.Datetime(readonly=True)
    loaded_by = fields.Many2one("res.users", readonly=True)
    sha256 = fields.Char(string="SHA-256", readonly=True)
    entry_count = fields.Integer(readonly=True)
    name_count = fields.Integer(readonly=True)
    file_id = fields.Many2one("ir.attachment", readonly=True, ondelete="set null")
    is_current = fields.Boolean(compute="_compute_is_current")

    @api.depends("list_id.current_version_id")
    def _compute_is_current(self):
        for version in self:
            version.is_current = version.list_id.current_version_id == version

    @api.model
    def _make(self, screen, content, source_date):
        """A version of ``content`` (bytes), and the job that loads it."""
        digest = hashlib.sha256(content).hexdigest()
        day = fields.Date.to_string(source_date)
        version = self.sudo().create(  # made by the wizard, which checked the user
            {
                "name": f"{screen.code} {day} {digest[:8]}",
                "list_id": screen.id,
                "source_date": source_date,
                "loaded_by": self.env.uid,
                "sha256": digest,
            }
        )
        version.file_id = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": f"{version.name}.{_ending(screen.shape)}",
                    "datas": base64.b64encode(content),
                    "res_model": version._name,
                    "res_id": version.id,
                }
            )
        )
        version.with_delay(
            channel="root.finance_sync.bulk",
            description=f"Load {version.name}",
            identity_key=f"finance_sync_gate:load:{version.id}",
        )._job_load()
        return version

    def _job_load(self):
        """Read the file and make it the list's current version. Safe to run again."""
        self.ensure_one()
        if self.state == "loaded":
            return "Nothing to do: it is loaded."
        version = self.sudo()  # rows are made by loading only
        try:
            with self.env.cr.savepoint():
                entries, names = version._load()
        except lists.ListError as error:
            version.write({"state": "failed", "error": str(error)[:500]})
            return str(error)
        version.write(
            {
                "state": "loaded",
                "error": False,
                "loaded_at": fields.Datetime.now(),
                "entry_count": entries,
                "name_count": names,
            }
        )
        version.list_id.current_version_id = version
        self.env["finance.sync.event"]._record(
            "finance_sync.gate.list.loaded",
            version.list_id,
            data={"version": self.name, "entries": entries, "sha256": self.sha256},
        )
        version._drop_older()
        return f"{entries} entries."

    def _load(self):
        """:return: (entries, names) :raises ListError: not of the list's shape"""
        self.env["finance.sync.gate.entry"].search(
            [("version_id", "=", self.id)]
        ).unlink()
        file = io.BytesIO(self.file_id.raw or b"")
        batch, entries, names = [], 0, 0
        for entry in lists.read(self.list_id.shape, file):
            batch.append(entry)
            entries += 1
            names += len(entry.names)
            if len(batch) >= BATCH:
                self._insert(batch)
                batch = []
        self._insert(batch)
        if not entries:
            raise lists.ListError("The file has no entries.")
        return entries, names

    def _insert(self, batch):
        """Two statements for many entries: the ORM would take minutes for a list."""
        if not batch:
            return
        self.env.cr.execute(
            """
            INSERT INTO finance_sync_gate_entry (
                version_id, list_id, reference, name, kind, countries, birth_date,
                program, fingerprint
            )
            SELECT %s, %s, * FROM unnest(
                %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                %s::text[], %s::text[]
            ) RETURNING id
            """,
            [
                self.id,
                self.list_id.id,
                [entry.reference for entry in batch],
                [entry.names[0] for entry in batch],
                [entry.kind for entry in batch],
                [" ".join(entry.countries) for entry in batch],
                [entry.birth_date for entry in batch],
                [entry.program for entry in batch],
                [_fingerprint(entry) for entry in batch],
            ],
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        rows = [
            (entry_id, name, normalise(name))
            for entry_id, entry in zip(ids, batch, strict=True)
            for name in entry.names
        ]
        self.env.cr.execute(
            """
            INSERT INTO finance_sync_gate_name (entry_id, version_id, name, key)
            SELECT e, %s, n, k FROM unnest(%s::int[], %s::text[], %s::text[])
                AS t(e, n, k)
            """,
            [
                self.id,
                [row[0] for row in rows],
                [row[1] for row in rows],
                [row[2] for row in rows],
            ],
        )

    def _drop_older(self):
        """Keep two versions' entries; results keep what they compared."""
        older = self.list_id.version_ids.sorted("id", reverse=True).filtered(
            lambda version: version.state == "loaded"
        )[2:]
        self.env.cr.execute(
            "DELETE FROM finance_sync_gate_entry WHERE version_id = ANY(%s)",
            [older.ids],
        )

    def action_retry(self):
        self.ensure_one()
        if not self.env.user.has_group("finance_sync.group_manager"):
            raise AccessError(_("Only a Finance Sync manager may do this."))
        if self.state == "loaded":
            raise UserError(_("This version is loaded already."))
        self.sudo().state = "loading"  # see _make
        self._job_load()
        return True

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(_("Proofs refer to versions; they stay."))


def _ending(shape):
    return "xml" if shape == "un" else "csv"


def _fingerprint(entry):
    """What an entry says; a clearing ends when it changes."""
    text = "\0".join(
        [
            entry.reference,
            *sorted(normalise(name) for name in entry.names),
            *entry.countries,
            entry.birth_date,
        ]
    )
    return hashlib.sha256(text.encode()).hexdigest()
