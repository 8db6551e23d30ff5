import base64
import json

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..core import package as core
from ..core import signing
from ..core.canonical import canonical_json, digest, loads
from ..core.errors import ContractError, ProviderError
from .signing import signing_key

ORIGINS = [
    ("import", "Imported File"),
    ("clone", "Another Entity's Set-up"),
    ("rollback", "Rollback"),
    ("export", "Export"),
]
STATES = [
    ("draft", "Draft"),
    ("submitted", "To Approve"),
    ("applied", "Applied"),
    ("refused", "Refused"),
    ("cancelled", "Withdrawn"),
    ("rolled_back", "Rolled Back"),
    ("done", "Exported"),
]
TRUST = [
    ("here", "Made Here"),
    ("trusted", "Signed by a Trusted Key"),
    ("unknown", "Signed by an Unknown Key"),
    ("broken", "Signature Does Not Match"),
]
LARGEST_FILE = 20_000_000
# What people decide on a draft; everything else moves by buttons.
OPEN_FIELDS = ("name", "note")


class Package(models.Model):
    """Configuration on its way: read, compared, approved, applied, undone."""

    _name = "finance.sync.package"
    _description = "Configuration Package"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"

    name = fields.Char(required=True, tracking=True)
    origin = fields.Selection(ORIGINS, required=True, readonly=True)
    state = fields.Selection(
        STATES, required=True, readonly=True, default="draft", tracking=True, index=True
    )
    note = fields.Text(string="Why", help="What it is for; approvers read it.")
    content = fields.Text(readonly=True, required=True)
    file = fields.Binary(compute="_compute_file")
    file_name = fields.Char(compute="_compute_file")
    content_digest = fields.Char(string="SHA-256", readonly=True, index=True)
    source = fields.Char(readonly=True, help="Where it was made, as the file says.")
    trust = fields.Selection(TRUST, required=True, readonly=True)
    public_key = fields.Char(readonly=True)
    key_id = fields.Char(
        string="Signed by", compute="_compute_key_id", help="To compare by eye."
    )
    signature = fields.Char(readonly=True)
    line_ids = fields.One2many(
        "finance.sync.package.line", "package_id", string="Differences", readonly=True
    )
    company_line_ids = fields.One2many(
        "finance.sync.package.company", "package_id", string="Companies"
    )
    company_ids = fields.Many2many(
        "res.company",
        "finance_sync_package_company_rel",
        "package_id",
        "company_id",
        string="Companies Concerned",
        readonly=True,
    )
    added_count = fields.Integer(readonly=True)
    changed_count = fields.Integer(readonly=True)
    removed_count = fields.Integer(readonly=True)
    unchanged_count = fields.Integer(readonly=True)
    problem_count = fields.Integer(compute="_compute_problem_count")
    fingerprint = fields.Char(readonly=True)
    submitted_fingerprint = fields.Char(readonly=True)
    requested_by = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )
    submitted_by = fields.Many2one("res.users", readonly=True)
    submitted_at = fields.Datetime(readonly=True)
    approved_by = fields.Many2one("res.users", string="Decided by", readonly=True)
    approved_at = fields.Datetime(string="Decided on", readonly=True)
    previous = fields.Text(readonly=True, help="What undoes it.")
    rollback_of_id = fields.Many2one(
        "finance.sync.package", readonly=True, ondelete="restrict"
    )
    rollback_ids = fields.One2many("finance.sync.package", "rollback_of_id")

    @api.depends("content", "signature")
    def _compute_file(self):
        for package in self:
            package.file = base64.b64encode(package._file_text().encode())
            slug = "-".join((package.name or "package").lower().split())
            package.file_name = f"{slug}.finance-sync.json"

    def _file_text(self):
        signature = {
            "algorithm": signing.ALGORITHM,
            "public_key": self.public_key or "",
            "value": self.signature or "",
        }
        body = json.loads(self.content or "{}")
        return canonical_json({"body": body, "signature": signature})

    @api.depends("public_key")
    def _compute_key_id(self):
        for package in self:
            key = package.public_key
            package.key_id = key and signing.fingerprint(key)

    @api.depends("line_ids.problem", "line_ids.skip")
    def _compute_problem_count(self):
        for package in self:
            package.problem_count = len(package.line_ids.filtered("is_obstacle"))

    # -- Made

    @api.model
    def _make(self, origin, content, *, name=None, note=None, **values):
        """A package made in this database: an export, a clone or a rollback."""
        text = canonical_json(core.check(content))
        return (
            self.sudo()
            .create(  # packages are made by what checked the user
                {
                    "name": name or content["name"],
                    "origin": origin,
                    "content": text,
                    "content_digest": digest(content),
                    "source": content["source"].get("database", ""),
                    "trust": "here",
                    "note": note,
                    "requested_by": self.env.uid,
                    **values,
                }
            )
            .with_env(self.env)
        )

    @api.model
    def _read_file(self, text, name=None, note=None):
        """A package from a file of another database.

        :param text: bytes
        :raises UserError: it is no package
        """
        if len(text) > LARGEST_FILE:
            raise UserError(_("The file is larger than %s bytes.", LARGEST_FILE))
        try:
            envelope = loads(text)
            content = core.check(_member(envelope, "body"))
            signature = _member(envelope, "signature")
        except ProviderError as error:
            raise UserError(
                _("This file is no configuration package: %s", error.message)
            ) from error
        package = self.sudo().create(  # see _make
            {
                "name": name or content["name"],
                "origin": "import",
                "content": canonical_json(content),
                "content_digest": digest(content),
                "source": str(_member(content, "source").get("database") or "")[:200],
                "public_key": str(signature.get("public_key") or "")[:64],
                "signature": str(signature.get("value") or "")[:200],
                "trust": "unknown",
                "note": note,
                "requested_by": self.env.uid,
            }
        )
        package._check_trust()
        package = package.with_env(self.env)
        package._match_companies()
        package._review()
        return package

    def _check_trust(self):
        """Look at the signature again: a key may have been revoked meanwhile."""
        for package in self.sudo().filtered(lambda p: p.origin == "import"):
            key = package.public_key or ""
            if not signing.verify(
                key, package.signature or "", package.content.encode()
            ):
                package.trust = "broken"
            elif self.env["finance.sync.package.key"]._is_trusted(key):
                package.trust = "trusted"
            else:
                package.trust = "unknown"

    def _sign(self):
        """Sign with this database's key.

        :raises UserError: there is none; the message says how to make one
        """
        try:
            key = signing_key()
        except ProviderError as error:
            raise UserError(error.message) from error
        self.sudo().write(  # see _make
            {"public_key": key.public, "signature": key.sign(self.content.encode())}
        )

    # -- Guards

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(_("Packages are made by export, import or cloning."))
        return super().create(vals_list)

    def write(self, vals):
        kept = [
            name
            for name in vals
            if name not in (*OPEN_FIELDS, "company_line_ids", "line_ids")
            and not name.startswith(("message_", "activity_"))
        ]
        if kept and not self.env.su:
            raise AccessError(_("Packages move by their buttons only."))
        if not self.env.su and self.filtered(lambda p: p.state != "draft"):
            raise UserError(_("Only a draft can be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts_only(self):
        if self.filtered(lambda p: p.state not in ("draft", "cancelled")):
            raise UserError(_("Packages that were submitted are history."))

    def _check_state(self, *states):
        if any(package.state not in states for package in self):
            raise UserError(_("This package is not in the right state for that."))


def _member(value, name):
    found = value.get(name) if isinstance(value, dict) else None
    if not isinstance(found, dict):
        raise ContractError(f"It has no “{name}”.", code="bad_package")
    return found
