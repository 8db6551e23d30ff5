import base64
import json
import logging
import os
from pathlib import Path

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import compat
from ..core import canonical, signing
from ..core.errors import ConfigurationError
from ..core.signing import SignatureError
from . import signing as keys

_logger = logging.getLogger(__name__)

FORMAT = 1
KIND = "finance_sync.anchor"
LARGEST = 5_000_000


class Anchor(models.Model):
    """What was told to the outside about the chains: their heads, signed."""

    _name = "finance.sync.anchor"
    _description = "Finance Sync Anchor"
    _auto = False
    _log_access = False
    _order = "id desc"

    name = fields.Char(readonly=True)
    made_at = fields.Datetime(readonly=True)
    public_key = fields.Char(readonly=True)
    fingerprint = fields.Char(compute="_compute_fingerprint", string="Key")
    head_count = fields.Integer(string="Chains", readonly=True)
    path = fields.Char(
        string="Written to", readonly=True, help="Where the server put a copy."
    )
    content = fields.Text(readonly=True)

    @api.depends("public_key")
    def _compute_fingerprint(self):
        for anchor in self:
            anchor.fingerprint = signing.fingerprint(anchor.public_key or "")

    # -- Exporting

    @api.model
    def _cron_export(self):
        try:
            self._export()
        except ConfigurationError as error:
            self.env["finance.sync.hold"]._raise(
                "anchor_failed", company=self.env.company, summary=error.message
            )
        else:
            self.env["finance.sync.hold"].sudo().search(
                [("code", "=", "anchor_failed"), ("state", "=", "open")]
            )._close("resolved", _("An anchor was exported."))

    def action_export(self):
        """Make an anchor now and offer it for download."""
        self.env["finance.sync.chain"]._check_may_verify()
        try:
            anchor = self._export()
        except ConfigurationError as error:
            raise UserError(error.message) from error
        return anchor.action_download()

    @api.model
    def _export(self):
        """Seal, sign the heads of all chains, and keep the file.

        :raises ConfigurationError: no key, or the directory cannot be written to
        """
        key = keys.signing_key()
        self.env["finance.sync.seal"]._seal()
        now = fields.Datetime.now()
        body = self._prepare_body(now)
        content = json.dumps(key.sign_document(body), indent=2, sort_keys=True)
        name = f"anchor-{self.env.cr.dbname}-{now:%Y%m%dT%H%M%SZ}-{body['digest'][:8]}"
        path = _write(f"{name}.json", content)
        self.env.cr.execute(
            "INSERT INTO finance_sync_anchor"
            " (name, public_key, head_count, path, content)"
            " VALUES (%s, %s, %s, %s, %s) RETURNING id",
            [name, key.public, len(body["chains"]), path, content],
        )
        anchor = self.browse(self.env.cr.fetchone()[0])
        self.invalidate_model()
        anchor._attach()
        self.env["finance.sync.event"]._record(
            "finance_sync.anchor.exported",
            anchor,
            data={"digest": body["digest"], "chains": len(body["chains"])},
        )
        return anchor

    def _prepare_body(self, now):
        last = self.sudo().search([], limit=1)  # of all companies, as the chains are
        heads = self.env["finance.sync.chain"]._heads()
        body = {
            "kind": KIND,
            "format": FORMAT,
            # As every database of Odoo has it.
            "database": self.env["ir.config_parameter"]
            .sudo()
            .get_param("database.uuid"),
            "made_at": f"{now.isoformat()}Z",
            "chains": [
                {"chain": chain, "number": number, "hash": hash_, "events": total}
                for chain, (number, hash_, total, _at) in sorted(heads.items())
            ],
            "previous": last._digest() if last else None,
        }
        return {**body, "digest": canonical.digest(body)}

    def _digest(self):
        try:
            return json.loads(self.content)["body"]["digest"]
        except (ValueError, KeyError, TypeError):
            return None

    def _attach(self):
        # Whoever may read the anchor may read its file.
        self.env["ir.attachment"].sudo().create(
            {
                "name": f"{self.name}.json",
                "res_model": self._name,
                "res_id": self.id,
                "mimetype": "application/json",
                "raw": self.content.encode(),
            }
        )

    def action_download(self):
        self.ensure_one()
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_id", "=", self.id)], limit=1
        )
        if not attachment:
            raise UserError(_("The file was deleted. Its content is on this screen."))
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "self",
        }

    # -- Verifying

    @api.model
    def _bodies(self):
        """(bodies of all anchors whose signature is good, names of the others)."""
        trusted = keys.trusted_keys()
        good, bad = [], []
        for anchor in self.search([]):
            try:
                good.append(self._read_body(anchor.content, trusted))
            except SignatureError:
                bad.append(anchor.name)
        return good, bad

    @api.model
    def _read_body(self, content, trusted):
        """:raises SignatureError: not an anchor, or not signed by a trusted key"""
        try:
            document = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise SignatureError("This is no anchor.") from error
        body = signing.verify_document(document, trusted)
        if body.get("kind") != KIND or body.get("format") != FORMAT:
            raise SignatureError("This is no anchor.")
        return body

    def _heads(self):
        """Chain → (number, hash) that this anchor names; no check of its signature."""
        if not self:
            return {}
        chains = json.loads(self.content)["body"]["chains"]
        return {head["chain"]: (head["number"], head["hash"]) for head in chains}

    # -- Not by the ORM
    # pylint: disable=method-required-super

    @api.model_create_multi
    def create(self, vals_list):
        raise AccessError(_("Anchors are exported, not entered."))

    def write(self, vals):
        raise AccessError(_("Anchors are history and cannot be changed."))

    def unlink(self):
        raise AccessError(_("Anchors are history and cannot be deleted."))


def _write(name, content):
    """Put a copy where odoo.conf says; its path, or None.

    :raises ConfigurationError: the directory is missing or not writable
    """
    directory = compat.conf_section().get("anchor_directory", "").strip()
    if not directory:
        return None
    path = Path(directory) / name
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
        with os.fdopen(handle, "w") as stream:
            stream.write(content)
    except OSError as error:
        raise ConfigurationError(
            f"The anchor could not be written to {directory}: {error.strerror}. See "
            "anchor_directory in the section [finance_sync] of odoo.conf.",
            code="anchor_directory",
        ) from error
    return str(path)


def decode(upload):
    """The text of an uploaded file.

    :raises SignatureError: too large, or no text
    """
    raw = base64.b64decode(upload or b"")
    if len(raw) > LARGEST:
        raise SignatureError("This is no anchor.")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise SignatureError("This is no anchor.") from error
