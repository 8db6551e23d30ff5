import base64

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..core import rate_file, rate_plan

# More would only hide the first ones; the count tells how many there are.
SHOWN_ERRORS = 200


class TaxImport(models.TransientModel):
    """Import rates or registrations: check the whole file, then write all or nothing.

    What was checked is checked again on *Apply*, in the same transaction in which it
    is written: somebody else may have changed a rate in between.
    """

    _name = "finance.sync.tax.import"
    _description = "Import Tax Rates or Registrations"

    kind = fields.Selection(
        [("rate", "Tax rates"), ("registration", "Tax registrations")],
        string="What",
        required=True,
        default="rate",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    file = fields.Binary(string="CSV File", attachment=False)
    filename = fields.Char()
    state = fields.Selection(
        [("upload", "Upload"), ("checked", "Checked"), ("done", "Done")],
        default="upload",
        readonly=True,
    )
    line_ids = fields.One2many(
        "finance.sync.tax.import.line", "import_id", readonly=True
    )
    row_count = fields.Integer(string="Rows read", readonly=True)
    create_count = fields.Integer(string="New", readonly=True)
    update_count = fields.Integer(string="Changed", readonly=True)
    close_count = fields.Integer(
        string="Ended",
        readonly=True,
        help="Rates in force that end the day before their successor begins.",
    )
    unchanged_count = fields.Integer(string="Unchanged", readonly=True)
    error_count = fields.Integer(string="Errors", readonly=True)

    @api.onchange("kind", "file", "company_id")
    def _onchange_file(self):
        self.state = "upload"

    def action_check(self):
        """Dry run: count what would change, list what is wrong, write nothing."""
        self.ensure_one()
        parsed, plan, errors = self._plan()
        self._show(parsed, plan, errors)
        self.state = "checked"
        return self._reopen()

    def action_apply(self):
        self.ensure_one()
        parsed, plan, errors = self._plan()
        self._show(parsed, plan, errors)
        if errors:
            self.state = "checked"
            return self._reopen()
        self._importer()._apply_plan(self, plan)
        self.state = "done"
        return self._reopen()

    def action_open_result(self):
        self.ensure_one()
        name = f"finance_sync_tax.finance_sync_tax_{self.kind}_action"
        return self.env["ir.actions.act_window"]._for_xml_id(name)

    def action_download(self):
        """Everything of this kind as a file that the import reads back."""
        self.ensure_one()
        importer = self._importer()
        self.write(
            {
                "file": base64.b64encode(importer._export(self).encode("utf-8-sig")),
                "filename": f"{self.kind}s.csv",
                "state": "upload",
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/file/{self.filename}"
            "?download=true",
            "target": "self",
        }

    def _importer(self):
        return self.env[f"finance.sync.tax.import.{self.kind}"]

    def _plan(self):
        if not self.file:
            raise UserError(_("Choose a file first."))
        importer = self._importer()
        parsed = importer._parse(base64.b64decode(self.file))
        plan = rate_plan.plan(importer._existing(self, parsed.rows), parsed.rows)
        errors = [
            *parsed.errors,
            *importer._reference_errors(parsed.rows),
            *plan.errors,
        ]
        return parsed, plan, sorted(errors, key=lambda error: error.row)

    def _show(self, parsed, plan, errors):
        self.line_ids.unlink()
        self.write(
            {
                "row_count": len(parsed.rows) + len({e.row for e in parsed.errors}),
                "create_count": len(plan.create),
                "update_count": len(plan.update),
                "close_count": len(plan.close),
                "unchanged_count": plan.unchanged,
                "error_count": len(errors),
                "line_ids": [
                    fields.Command.create(self._prepare_line_vals(error))
                    for error in errors[:SHOWN_ERRORS]
                ],
            }
        )

    def _prepare_line_vals(self, error: rate_file.FileError):
        return {
            "row": error.row,
            "column": error.column,
            "value": error.value,
            "message": self._message(error),
        }

    def _message(self, error: rate_file.FileError):
        messages = {
            "empty": _("The file is empty."),
            "too_large": _("The file is larger than 20 MB."),
            "unreadable": _("The row has more or fewer fields than the header."),
            "missing_column": _("This column is missing."),
            "unknown_column": _("This column is not known. Remove or rename it."),
            "missing": _("A value is needed."),
            "not_a_number": _("Not a number. Write 7.25 for 7.25 %."),
            "out_of_range": _("A rate is between 0 and 100 percent."),
            "not_a_date": _("Not a date. Write 2025-12-31."),
            "ambiguous_date": _("Day or month first? Write 2025-12-31."),
            "not_a_choice": _("Not one of the values allowed here."),
            "end_before_start": _("The end lies before the beginning."),
            "postal_range": _("The last postal code lies before the first."),
            "duplicate": _("Another row has the same place and the same beginning."),
            "overlap": _(
                "Another rate of this place is in force in the same period. "
                "Give the earlier one an end."
            ),
            "unknown_country": _("No country has this code."),
            "unknown_state": _("The country has no state with this code."),
            "unknown_category": _("No tax category has this code."),
        }
        return messages[error.code]

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": _("Import Tax Rates or Registrations"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class TaxImportLine(models.TransientModel):
    _name = "finance.sync.tax.import.line"
    _description = "Problem in an Import of Tax Rates"
    _order = "row, id"

    import_id = fields.Many2one(
        "finance.sync.tax.import", required=True, ondelete="cascade"
    )
    row = fields.Integer()
    column = fields.Char()
    value = fields.Char()
    message = fields.Char()
