import threading
from collections import OrderedDict

from odoo import api, fields, models

from ..core.screening import Matcher

# Versions in memory per process: those of two lists, the old one and the new.
KEPT = 4
_matchers = OrderedDict()
_lock = threading.Lock()


class GateEntry(models.Model):
    """A person or entity on one version of a list. Written by loading only."""

    _name = "finance.sync.gate.entry"
    _description = "Screening List Entry"
    _log_access = False
    _order = "name, id"

    version_id = fields.Many2one(
        "finance.sync.gate.list.version",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    list_id = fields.Many2one(
        "finance.sync.gate.list", readonly=True, ondelete="cascade", index=True
    )
    reference = fields.Char(required=True, readonly=True, index=True)
    name = fields.Char(required=True, readonly=True)
    kind = fields.Char(readonly=True)
    countries = fields.Char(readonly=True)
    birth_date = fields.Char(string="Born", readonly=True)
    program = fields.Char(readonly=True)
    fingerprint = fields.Char(readonly=True)
    name_ids = fields.One2many("finance.sync.gate.name", "entry_id", string="Names")


class GateName(models.Model):
    _name = "finance.sync.gate.name"
    _description = "Name of a Screening List Entry"
    _log_access = False
    _order = "id"

    entry_id = fields.Many2one(
        "finance.sync.gate.entry",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    version_id = fields.Many2one(
        "finance.sync.gate.list.version",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    name = fields.Char(required=True, readonly=True)
    key = fields.Char(readonly=True, help="As compared.")

    @api.model
    def _matcher(self, version):
        """The names of ``version``, kept in memory: a version never changes."""
        # Another database, or a copy of this one, may have the same ids.
        key = (self.env.cr.dbname, version.id, version.sha256, version.loaded_at)
        with _lock:
            if key in _matchers:
                _matchers.move_to_end(key)
                return _matchers[key]
        self.env.cr.execute(
            "SELECT entry_id, name FROM finance_sync_gate_name WHERE version_id = %s"
            " ORDER BY id",
            [version.id],
        )
        made = Matcher(self.env.cr.fetchall())
        with _lock:
            _matchers[key] = made
            while len(_matchers) > KEPT:
                _matchers.popitem(last=False)
        return made
