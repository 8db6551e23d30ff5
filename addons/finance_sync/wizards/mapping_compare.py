import base64

from odoo import _, api, fields, models
from odoo.exceptions import UserError

# A screen of more is not read; the counts tell how many there are.
SHOWN = 1000


class MappingCompare(models.TransientModel):
    """Two versions side by side: what was added, removed and changed."""

    _name = "finance.sync.mapping.compare"
    _description = "Compare Mapping Versions"

    mapping_id = fields.Many2one(
        "finance.sync.mapping", string="Version", readonly=True, ondelete="cascade"
    )
    kind = fields.Selection(related="mapping_id.kind")
    company_id = fields.Many2one(related="mapping_id.company_id")
    connection_id = fields.Many2one(related="mapping_id.connection_id")
    other_id = fields.Many2one(
        "finance.sync.mapping",
        string="Compared with",
        ondelete="cascade",
        domain="[('kind', '=', kind), ('company_id', '=', company_id),"
        " ('connection_id', '=', connection_id), ('id', '!=', mapping_id)]",
    )
    added_count = fields.Integer(string="Added", readonly=True)
    removed_count = fields.Integer(string="Removed", readonly=True)
    changed_count = fields.Integer(string="Changed", readonly=True)
    unchanged_count = fields.Integer(string="Unchanged", readonly=True)
    line_ids = fields.One2many(
        "finance.sync.mapping.compare.line", "compare_id", readonly=True
    )

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        for wizard in wizards:
            wizard._compare()
        return wizards

    def action_compare(self):
        self.ensure_one()
        self._compare()
        return self._reopen()

    def _compare(self):
        found = self.mapping_id._difference(self.other_id)
        rows = [
            *(("added", None, entry) for entry in found.added),
            *(("removed", entry, None) for entry in found.removed),
            *(("changed", before, after) for before, after in found.changed),
        ]
        rows.sort(key=lambda row: (row[1] or row[2]).external)
        shown = rows[:SHOWN]
        keys = {entry.canonical for row in shown for entry in row[1:] if entry}
        names = self.mapping_id._names_of(keys)
        self.line_ids.unlink()
        self.write(
            {
                "added_count": len(found.added),
                "removed_count": len(found.removed),
                "changed_count": len(found.changed),
                "unchanged_count": found.unchanged,
                "line_ids": [
                    fields.Command.create(
                        {
                            "change": change,
                            "external_code": (after or before).external,
                            "before": self._text(before, names),
                            "after": self._text(after, names),
                        }
                    )
                    for change, before, after in shown
                ],
            }
        )

    def _text(self, entry, names):
        if entry is None:
            return False
        lines = self.env["finance.sync.mapping.line"]
        ways = dict(lines._fields["direction"]._description_selection(self.env))
        parts = [names[entry.canonical], entry.name, entry.note]
        if entry.direction != "both":
            parts.insert(1, ways[entry.direction])
        return " · ".join(filter(None, parts))

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": _("What It Changes"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class MappingCompareLine(models.TransientModel):
    _name = "finance.sync.mapping.compare.line"
    _description = "Difference between Mapping Versions"
    _order = "id"

    compare_id = fields.Many2one(
        "finance.sync.mapping.compare", required=True, ondelete="cascade", index=True
    )
    change = fields.Selection(
        [("added", "Added"), ("removed", "Removed"), ("changed", "Changed")]
    )
    external_code = fields.Char()
    before = fields.Char()
    after = fields.Char()


class MappingExport(models.TransientModel):
    """A file of a version's lines, for whoever asked for it."""

    _name = "finance.sync.mapping.export"
    _description = "Export Mapping Lines"

    file = fields.Binary(attachment=False, readonly=True)
    filename = fields.Char(readonly=True)

    @api.model
    def _make(self, mapping, file_format):
        name = "".join(char if char.isalnum() else "-" for char in mapping.name.lower())
        return self.create(
            {
                "file": base64.b64encode(mapping._export(file_format)),
                "filename": f"{name}.{file_format}",
            }
        )

    def _download(self):
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/file/{self.filename}"
            "?download=true",
            "target": "self",
        }


class MappingDecide(models.TransientModel):
    """A decision on a version that needs a reason."""

    _name = "finance.sync.mapping.decide"
    _description = "Decide on a Mapping Version"

    mapping_id = fields.Many2one(
        "finance.sync.mapping", required=True, readonly=True, ondelete="cascade"
    )
    decision = fields.Selection(
        [
            ("refuse", "Refuse"),
            ("retire", "Retire"),
            ("roll_back", "Roll back to it"),
        ],
        required=True,
        readonly=True,
    )
    reason = fields.Text(help="It stays with the version for good.")
    date_from = fields.Date(
        string="Valid from",
        help="From this day on its content counts again. Empty: has always been so.",
    )

    def action_decide(self):
        self.ensure_one()
        if not (self.reason or "").strip():
            raise UserError(_("Give a reason. Whoever reads it later must follow it."))
        mapping = self.mapping_id
        if self.decision == "roll_back":
            return mapping._roll_back(self.reason, self.date_from)._show()
        if self.decision == "retire":
            mapping._retire_by_hand(self.reason)
        else:
            mapping._refuse(self.reason)
        return {"type": "ir.actions.act_window_close"}
