from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..core.package import KINDS

LONGEST_SHOWN = 4000


class PackageLine(models.Model):
    """One difference between a package and the configuration here."""

    _name = "finance.sync.package.line"
    _description = "Configuration Package Difference"
    _order = "package_id, sequence, id"
    _rec_name = "record_name"

    package_id = fields.Many2one(
        "finance.sync.package",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    sequence = fields.Integer(readonly=True)
    model = fields.Char(readonly=True)
    model_name = fields.Char(string="What", readonly=True)
    record_key = fields.Char(string="Key", readonly=True)
    record_name = fields.Char(string="Where", readonly=True)
    kind = fields.Selection(
        [(kind, kind.title()) for kind in KINDS], required=True, readonly=True
    )
    field_name = fields.Char(readonly=True)
    field_label = fields.Char(string="Field", readonly=True)
    before = fields.Text(readonly=True, help="What is here.")
    after = fields.Text(readonly=True, help="What the package makes of it.")
    problem = fields.Text(readonly=True)
    advice = fields.Text(string="What to Do", readonly=True)
    skip = fields.Boolean(
        string="Leave Out",
        help="The field stays as it is here; a field that the record cannot do "
        "without leaves the whole record out.",
    )
    is_obstacle = fields.Boolean(compute="_compute_is_obstacle")

    @api.depends("problem", "skip")
    def _compute_is_obstacle(self):
        for line in self:
            line.is_obstacle = bool(line.problem) and not line.skip

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(_("Differences are found by comparing."))
        return super().create(vals_list)

    def write(self, vals):
        if set(vals) - {"skip"} and not self.env.su:
            raise AccessError(_("Differences are found by comparing."))
        if not self.env.su:
            self.package_id._check_manager()
            self.package_id._check_state("draft")
        return super().write(vals)


class PackageCompany(models.Model):
    """Which company here a package's company is."""

    _name = "finance.sync.package.company"
    _description = "Configuration Package Company"
    _order = "package_id, name"
    _sql_constraints = [
        ("name_unique", "UNIQUE(package_id, name)", "A company is matched once."),
    ]

    package_id = fields.Many2one(
        "finance.sync.package",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    name = fields.Char(
        string="In the Package", required=True, readonly=True, help="VAT or name."
    )
    company_id = fields.Many2one("res.company", string="Here", ondelete="cascade")

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(_("Differences are found by comparing."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if set(vals) - {"company_id"}:
                raise AccessError(_("Only the company here can be chosen."))
            self.package_id._check_manager()
            if self.package_id.filtered(lambda p: p.state != "draft"):
                raise UserError(_("Only a draft can be changed."))
        return super().write(vals)
