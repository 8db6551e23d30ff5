from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..core import package as core


class PackageExport(models.TransientModel):
    """Choose what goes into a configuration package."""

    _name = "finance.sync.package.export"
    _description = "Export a Configuration Package"

    name = fields.Char(
        required=True,
        default=lambda self: _("Set-up of %s", self.env.company.name),
    )
    note = fields.Text(string="Why")
    company_ids = fields.Many2many(
        "res.company",
        string="Companies",
        required=True,
        default=lambda self: self.env.companies,
    )
    connection_ids = fields.Many2many(
        "finance.sync.connection",
        string="Connections",
        domain="[('company_ids', 'in', company_ids)]",
        default=lambda self: self._default_connections(),
    )
    part_ids = fields.Many2many(
        "ir.model",
        string="Parts",
        domain=lambda self: [("model", "in", self._part_models())],
        default=lambda self: self._default_parts(),
        help="Kinds of records that go with these connections and companies.",
    )

    @api.model
    def _default_connections(self):
        return self.env["finance.sync.connection"].search(
            [("company_ids", "in", self.env.companies.ids)]
        )

    @api.model
    def _part_models(self):
        """Models that travel by themselves; what belongs to a record goes with it."""
        return sorted(
            name
            for name in self.env
            if hasattr(self.env[name], "_finance_sync_package_names")
            and not self.env[name]._abstract
            and self.env[name]._finance_sync_package_names()
            and not self.env[name]._finance_sync_package_parent
        )

    @api.model
    def _default_parts(self):
        # Names of models; a manager need not read them elsewhere.
        return (
            self.env["ir.model"].sudo().search([("model", "in", self._part_models())])
        )

    def action_export(self):
        self.ensure_one()
        packages = self.env["finance.sync.package"]
        packages._check_manager()
        records = self._records()
        if not records:
            raise UserError(_("There is nothing to export in these parts."))
        source = {
            "database": self.env.cr.dbname,
            "companies": self.company_ids.mapped("name"),
        }
        content = core.package(self.name, records, source=source)
        package = packages._make("export", content, note=self.note, state="done")
        package._sign()
        self.env["finance.sync.event"]._record(
            "finance_sync.package.exported",
            package,
            data={"name": self.name, "digest": package.content_digest},
        )
        return package._open()

    def _records(self):
        """The snapshot: what was chosen, with what belongs to it."""
        # What the user may not see of their companies' rules still travels with
        # them; models are limited to the companies and connections chosen.
        env = self.env(su=True)
        chosen = {}
        for model in self.part_ids.sudo().mapped("model"):
            found = env[model].search(
                env[model]._finance_sync_package_domain(
                    self.connection_ids, self.company_ids
                )
            )
            if found:
                chosen[model] = found
        for model in self._children(env):
            parent = env[model]._finance_sync_package_parent
            parents = chosen.get(env[model]._fields[parent].comodel_name)
            if parents:
                found = env[model].search([(parent, "in", parents.ids)])
                if found:
                    chosen[model] = found
        return {
            model: records._finance_sync_package_values()
            for model, records in chosen.items()
        }

    def _children(self, env):
        """Models of what belongs to others, parents before their children."""
        found = [
            name
            for name in env
            if hasattr(env[name], "_finance_sync_package_names")
            and not env[name]._abstract
            and env[name]._finance_sync_package_parent
        ]
        return sorted(found, key=lambda m: (env[m]._finance_sync_package_rank, m))
