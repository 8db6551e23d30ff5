"""How mappings travel in configuration packages.

A package brings the lines of the version in force. Here they become a version of their
own, in force with the package: whoever approved that has seen every line. Versions that
were in force stay as they were.
"""

from odoo import api, fields, models

from .internal import internal_value
from .mapping_content import met_by
from .packable import PACKAGE


class Mapping(models.Model):
    _name = "finance.sync.mapping"
    _inherit = ["finance.sync.mapping", "finance.sync.packable"]

    _finance_sync_package_rank = 30
    _finance_sync_package_key = ("kind", "company_id", "connection_id")
    _finance_sync_package_fields = (
        "kind",
        "company_id",
        "connection_id",
        "date_from",
    )
    # The period of a version is that of the one it replaces here.
    _finance_sync_package_once = ("date_from",)

    package_id = fields.Many2one(
        "finance.sync.package",
        string="Came by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The configuration package whose approval was this version's.",
    )

    @api.model
    def _finance_sync_package_living(self):
        """The versions in force; while a package is applied, those that it makes."""
        in_force = [("state", "=", "active")]
        package_id = internal_value(self.env, PACKAGE)
        if not package_id:
            return in_force
        own = [("state", "=", "draft"), ("package_id", "=", package_id)]
        return ["|", *in_force, "&", *own]

    @api.model
    def _finance_sync_package_domain(self, connections, companies):
        domain = super()._finance_sync_package_domain(connections, companies)
        return [("state", "=", "active"), *domain]

    @api.model
    def _finance_sync_package_create(self, vals_list):
        package = self._applied_package()
        drafts = super(Mapping, self._as_submitter())._finance_sync_package_create(
            vals_list
        )
        drafts._step().package_id = package
        return drafts.with_env(self.env)

    def _finance_sync_package_update(self, vals):
        self._package_draft().write(vals)

    def _finance_sync_package_remove(self):
        for mapping in self:
            mapping._retire_now(self._applied_package().name)

    @api.model
    def _finance_sync_package_done(self):
        """Put what the package made into force, as approved by who approves it."""
        package = self._applied_package()
        for draft in self.search(
            [("package_id", "=", package.id), ("state", "=", "draft")]
        ):
            if not draft.line_ids:
                draft.unlink()  # its mapping has been retired
                continue
            draft._step().write(
                {
                    "state": "approved",
                    "submitted_by": package.submitted_by.id,
                    "submitted_at": package.submitted_at,
                    "approved_by": package.approved_by.id,
                    "approved_at": package.approved_at,
                    "predecessor_id": draft._predecessor().id,
                }
            )
            draft._record_step("approved", package.name)
            if draft._is_due():
                draft._activate()

    def _applied_package(self):
        package_id = internal_value(self.env, PACKAGE)
        return self.env["finance.sync.package"].browse(package_id)

    def _as_submitter(self):
        """In the name of who submitted the package, so that they never approve it."""
        # The package was approved; its submitter may have no rights here any more.
        return self.with_user(self._applied_package().submitted_by).sudo()

    def _package_draft(self):
        """The version that the package makes of this one."""
        self.ensure_one()
        package = self._applied_package()
        if self.package_id == package and self.state == "draft":
            return self
        draft = self.search(
            [("package_id", "=", package.id), ("origin_id", "=", self.id)], limit=1
        )
        if not draft:
            draft = self._as_submitter()._new_version(note=package.name)
            draft._step().package_id = package
        return draft.with_env(self.env)


class MappingLine(models.Model):
    _name = "finance.sync.mapping.line"
    _inherit = ["finance.sync.mapping.line", "finance.sync.packable"]

    _finance_sync_package_rank = 31
    _finance_sync_package_parent = "mapping_id"
    _finance_sync_package_key = ("mapping_id", "package_code")

    package_code = fields.Char(
        compute="_compute_package_code",
        help="What names this line among those of its mapping.",
    )

    @api.depends("direction", "external_code", "canonical_code")
    def _compute_package_code(self):
        for line in self:
            line.package_code = " ".join(filter(None, met_by(line)))

    @api.model
    def _finance_sync_package_names(self):
        return (
            "mapping_id",
            "external_code",
            "external_name",
            "canonical_code",
            "direction",
            "note",
            *self._target_fields(),
        )

    @api.model
    def _finance_sync_package_living(self):
        mappings = self.env["finance.sync.mapping"]
        living = mappings.search(mappings._finance_sync_package_living())
        return [("mapping_id", "in", living.ids)]

    @api.model
    def _finance_sync_package_create(self, vals_list):
        mappings = self.env["finance.sync.mapping"]
        drafts = {
            mapping_id: mappings.browse(mapping_id)._package_draft().id
            for mapping_id in {vals["mapping_id"] for vals in vals_list}
        }
        return self.create(
            [{**vals, "mapping_id": drafts[vals["mapping_id"]]} for vals in vals_list]
        )

    def _finance_sync_package_update(self, vals):
        for line in self:
            line._in_package_draft().write(vals)

    def _finance_sync_package_remove(self):
        self._in_package_draft().unlink()

    @api.model
    def _finance_sync_package_done(self):
        return self.env["finance.sync.mapping"]._finance_sync_package_done()

    def _in_package_draft(self):
        """These lines in the versions that the package makes."""
        found = self.browse()
        for mapping in self.mapping_id:
            lines = self.filtered(lambda line, m=mapping: line.mapping_id == m)
            draft = mapping._package_draft()
            if draft == mapping:
                found |= lines
                continue
            codes = [
                "|",
                ("external_code", "in", lines.mapped("external_code")),
                ("canonical_code", "in", lines.mapped("canonical_code")),
            ]
            wanted = {met_by(line) for line in lines}
            found |= self.search([("mapping_id", "=", draft.id), *codes]).filtered(
                lambda line, w=wanted: met_by(line) in w
            )
        return found
