import base64

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..core import mapping_file
from ..core.table_file import FileError
from ..models.mapping import KINDS
from ..models.mapping_content import met_by

# More would only hide the first ones; the count tells how many there are.
SHOWN = 200


class MappingImport(models.TransientModel):
    """Lines from a file: check all of it, show what it changes, write all or nothing.

    What was checked is checked again on *Apply*, in the transaction that writes.
    """

    _name = "finance.sync.mapping.import"
    _description = "Import Mapping Lines"

    kind = fields.Selection(KINDS, string="What", required=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    connection_id = fields.Many2one("finance.sync.connection")
    mode = fields.Selection(
        [
            ("merge", "Add to what is there"),
            ("replace", "Replace all of it"),
        ],
        required=True,
        default="merge",
        help="Replacing also removes the lines that the file does not name.",
    )
    file = fields.Binary(string="CSV or XLSX File", attachment=False)
    filename = fields.Char()
    note = fields.Text(string="Why", help="Goes into a version that is made for it.")
    state = fields.Selection(
        [("upload", "Upload"), ("checked", "Checked")],
        default="upload",
        readonly=True,
    )
    target_name = fields.Char(compute="_compute_target_name")
    row_count = fields.Integer(string="Rows Read", readonly=True)
    create_count = fields.Integer(string="New", readonly=True)
    update_count = fields.Integer(string="Changed", readonly=True)
    remove_count = fields.Integer(string="Removed", readonly=True)
    unchanged_count = fields.Integer(string="Unchanged", readonly=True)
    error_count = fields.Integer(string="Errors", readonly=True)
    line_ids = fields.One2many(
        "finance.sync.mapping.import.line", "import_id", readonly=True
    )
    error_ids = fields.One2many(
        "finance.sync.mapping.import.line",
        "import_id",
        readonly=True,
        domain=[("effect", "=", "error")],
    )
    effect_ids = fields.One2many(
        "finance.sync.mapping.import.line",
        "import_id",
        readonly=True,
        domain=[("effect", "!=", "error")],
    )

    @api.depends("kind", "company_id", "connection_id")
    def _compute_target_name(self):
        for wizard in self:
            base = wizard._base() if wizard.kind else None
            if not base:
                wizard.target_name = _("A new mapping")
            elif base.state in ("draft", "submitted"):
                wizard.target_name = base.name
            else:
                wizard.target_name = _("A new version after %s", base.name)

    @api.onchange("kind", "file", "company_id", "connection_id", "mode")
    def _onchange_file(self):
        self.state = "upload"

    def _base(self):
        """The version that the file is compared with: the open one, or in force."""
        mappings = self.env["finance.sync.mapping"]
        scope = (self.kind, self.company_id, self.connection_id)
        found = mappings._open_version(*scope)
        if not found:
            blank = mappings.new(
                {
                    "kind": self.kind,
                    "company_id": self.company_id.id,
                    "connection_id": self.connection_id.id,
                }
            )
            found = blank._in_force()
        return found.with_env(self.env)

    def action_check(self):
        """Dry run: count what would change, list what is wrong, write nothing."""
        self.ensure_one()
        self._show(*self._plan())
        return self._reopen()

    def action_apply(self):
        """Write it into a draft, and open that."""
        self.ensure_one()
        rows, errors, plan = self._plan()
        if errors:
            self._show(rows, errors, plan)
            return self._reopen()
        # Before: what is removed is told from the version that was compared.
        draft = self.env["finance.sync.mapping"]._draft_for(
            self.kind,
            self.company_id,
            self.connection_id,
            **({"note": self.note} if self.note else {}),
        )
        gone = {entry["key"] for entry in plan if entry["effect"] == "remove"}
        remove = draft.line_ids.filtered(lambda line: met_by(line) in gone)
        draft._put_lines([entry["vals"] for entry in plan if "vals" in entry], remove)
        return draft._show()

    def _plan(self):
        """``(rows, errors, plan)``; a plan's entry tells a row's effect."""
        if not self.file:
            raise UserError(_("Choose a file first."))
        parsed = mapping_file.parse(base64.b64decode(self.file))
        targets, problems = self._resolve(parsed.rows)
        errors = sorted([*parsed.errors, *problems], key=lambda error: error.row)
        if errors:
            return parsed.rows, errors, []
        return parsed.rows, errors, self._compare(parsed.rows, targets)

    def _resolve(self, rows):
        """``({our code: record id or False}, errors)`` for all rows by few queries."""
        lines = self.env["finance.sync.mapping.line"]
        codes = {row.canonical for row in rows}
        found = lines._find_targets(self.kind, codes, self.company_id)
        missing = codes - found.keys()
        known = self._known_anywhere(missing) if not self.company_id else set()
        targets = {
            code: records.id for code, records in found.items() if len(records) == 1
        }
        targets.update(dict.fromkeys(known, False))
        errors = []
        for row in rows:
            if row.canonical in targets:
                continue
            several = row.canonical in found
            code = "ambiguous_target" if several else "unknown_target"
            errors.append(FileError(row.number, "canonical_code", row.canonical, code))
        return targets, errors

    def _known_anywhere(self, codes):
        """Of these codes, those that some company has: the group names them so."""
        lines = self.env["finance.sync.mapping.line"]
        known = set()
        # Which codes there are in the group is what a group default is made of.
        for company in self.env["res.company"].sudo().search([]):
            missing = codes - known
            if missing:
                known |= lines._find_targets(self.kind, missing, company).keys()
        return known

    def _compare(self, rows, targets):
        base = self._base()
        field = self.env["finance.sync.mapping.line"]._targets()[self.kind][0]
        known = {met_by(line): line for line in base.line_ids}
        plan = []
        for row in rows:
            vals = {
                "external_code": row.external,
                "external_name": row.name,
                "canonical_code": row.canonical,
                "direction": row.direction,
                "note": row.note,
                field: targets[row.canonical],
            }
            line = known.pop(met_by(vals), None)
            effect = "create"
            if line:
                effect = "update" if line._differs(vals) else "unchanged"
            plan.append({"effect": effect, "row": row, "vals": vals, "line": line})
        if self.mode == "replace":
            plan += [
                {"effect": "remove", "key": key, "line": line}
                for key, line in known.items()
            ]
        return plan

    def _show(self, rows, errors, plan):
        counts = {effect: 0 for effect in ("create", "update", "remove", "unchanged")}
        for entry in plan:
            counts[entry["effect"]] += 1
        told = [entry for entry in plan if entry["effect"] != "unchanged"]
        self.line_ids.unlink()
        self.write(
            {
                "state": "checked",
                "row_count": len(
                    {row.number for row in rows} | {error.row for error in errors}
                ),
                "error_count": len(errors),
                **{f"{effect}_count": count for effect, count in counts.items()},
                "line_ids": [
                    *(
                        fields.Command.create(self._prepare_error(error))
                        for error in errors[:SHOWN]
                    ),
                    *(
                        fields.Command.create(self._prepare_effect(entry))
                        for entry in told[:SHOWN]
                    ),
                ],
            }
        )

    def _prepare_error(self, error: FileError):
        return {
            "effect": "error",
            "row": error.row,
            "column": error.column,
            "value": error.value,
            "message": self._message(error.code),
        }

    def _prepare_effect(self, entry):
        row, line = entry.get("row"), entry["line"]
        return {
            "effect": entry["effect"],
            "row": row.number if row else 0,
            "value": row.external if row else line.external_code,
            "before": line.canonical_name if line else False,
            "after": row.canonical if row else False,
        }

    def _message(self, code):
        messages = {
            "empty": _("The file is empty."),
            "too_large": _("The file is larger than 20 MB, or unpacks to too much."),
            "too_many": _("The file has more than 100,000 rows."),
            "unreadable": _("This is no table, or the row does not fit the header."),
            "missing_column": _("This column is missing."),
            "unknown_column": _("This column is not known. Remove or rename it."),
            "missing": _("A value is needed."),
            "bad_code": _("A code has 1 to 128 printable characters."),
            "bad_direction": _("Write both, in or out."),
            "duplicate": _("An earlier row maps this code already."),
            "two_ways_out": _(
                "An earlier row is sent for this already. Write “in” in one of them."
            ),
            "unknown_target": _("There is no such record here."),
            "ambiguous_target": _("Several records have this name here."),
        }
        return messages[code]

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": _("Import Lines"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class MappingImportLine(models.TransientModel):
    _name = "finance.sync.mapping.import.line"
    _description = "Effect or Problem of a Row"
    _order = "row, id"

    import_id = fields.Many2one(
        "finance.sync.mapping.import", required=True, ondelete="cascade", index=True
    )
    effect = fields.Selection(
        [
            ("error", "Error"),
            ("create", "New"),
            ("update", "Changed"),
            ("remove", "Removed"),
        ],
        required=True,
    )
    row = fields.Integer()
    column = fields.Char()
    value = fields.Char()
    message = fields.Char()
    before = fields.Char()
    after = fields.Char()
