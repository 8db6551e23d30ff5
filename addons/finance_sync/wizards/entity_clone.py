from odoo import Command, _, api, fields, models
from odoo.exceptions import UserError

from ..core import package as core

REFERENCES = ("many2one", "many2many")


class EntityClone(models.TransientModel):
    """Set a new entity up like another: a draft package, to be approved."""

    _name = "finance.sync.entity.clone"
    _description = "Set an Entity up like Another"

    source_company_id = fields.Many2one(
        "res.company",
        string="Like",
        required=True,
        domain=lambda self: [("id", "in", self.env.companies.ids)],
    )
    company_id = fields.Many2one(
        "res.company",
        string="New Entity",
        required=True,
        domain=lambda self: [("id", "in", self.env.companies.ids)],
    )
    connection_policy = fields.Selection(
        [
            ("share", "Use the same connections"),
            ("copy", "Copy the connections (drafts, without credentials)"),
            ("none", "No connections"),
        ],
        required=True,
        default="share",
    )
    part_ids = fields.Many2many(
        "ir.model",
        string="Parts",
        domain=lambda self: [
            ("model", "in", self.env["finance.sync.package.export"]._part_models())
        ],
        default=lambda self: self.env["finance.sync.package.export"]._default_parts(),
    )
    note = fields.Text(string="Why")
    line_ids = fields.One2many("finance.sync.entity.clone.line", "wizard_id")
    unresolved_count = fields.Integer(compute="_compute_unresolved_count")

    @api.depends("line_ids.found")
    def _compute_unresolved_count(self):
        for wizard in self:
            lost = wizard.line_ids.filtered(lambda line: not line.found)
            wizard.unresolved_count = len(lost)

    def action_preview(self):
        """Match what the other entity's set-up refers to by code, and show it."""
        self.ensure_one()
        self._check()
        lines = [Command.clear()]
        lines += [
            Command.create({"model_name": what, "name": old, "found": new})
            for what, old, new in self._matches(self._records())
        ]
        self.line_ids = lines
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_clone(self):
        self.ensure_one()
        self._check()
        records = self._records()
        if not records:
            raise UserError(
                _("%s has nothing in these parts.", self.source_company_id.name)
            )
        name = _(
            "%(new)s like %(old)s",
            new=self.company_id.name,
            old=self.source_company_id.name,
        )
        source = {"database": self.env.cr.dbname}
        package = self.env["finance.sync.package"]._make(
            "clone", core.package(name, records, source=source), note=self.note
        )
        package._match_companies()
        package._review()
        return package._open()

    def _check(self):
        self.env["finance.sync.package"]._check_manager()
        if self.source_company_id == self.company_id:
            raise UserError(_("Choose two different companies."))

    def _records(self):
        """The other entity's records, as they would be the new one's."""
        old, new = self._company_names()
        connections = self.env["finance.sync.connection"].search(
            [("company_ids", "in", self.source_company_id.ids)]
        )
        export = self.env["finance.sync.package.export"].create(
            {
                "company_ids": [Command.set(self.source_company_id.ids)],
                "connection_ids": [Command.set(connections.ids)],
                "part_ids": [Command.set(self.part_ids.ids)],
            }
        )
        names = {old: new}
        if self.connection_policy == "copy":
            suffix = f"-{self.company_id.id}"
            names.update({c.key: f"{c.key[:50]}{suffix}" for c in connections})
        records = {}
        for model, found in export._records().items():
            mine = {
                core.rename(key, names): self._renamed(model, values, names)
                for key, values in found.items()
                if self._is_of_company(model, key, values, old)
            }
            if model == "finance.sync.connection":
                mine = self._connections(found, old, new, names)
            if mine:
                records[model] = mine
        return records

    def _company_names(self):
        keys = self.env["finance.sync.package.reference"]._keys(
            self.source_company_id | self.company_id
        )
        old, new = keys[self.source_company_id.id], keys[self.company_id.id]
        if old == new:
            raise UserError(
                _("Both companies go by “%s”. Give them different VAT numbers.", old)
            )
        return old, new

    def _is_of_company(self, model, key, values, old):
        """Whether a record is the old entity's own; what all share stays shared."""
        if model == "res.company":
            return key == old
        if "company_id" in self.env[model]._fields:
            return values.get("company_id", old) == old and (
                "company_id" in values or old in key.split("|")
            )
        return old in key.split("|")

    def _renamed(self, model, values, names):
        fields_ = self.env[model]._fields
        renamed = {
            name: core.rename(value, names)
            if fields_[name].type in REFERENCES or name == "key"
            else value
            for name, value in values.items()
        }
        if model == "finance.sync.connection.user":
            # What the other system calls the new entity nobody knows yet.
            renamed["external_code"] = ""
        return renamed

    def _connections(self, found, old, new, names):
        if self.connection_policy == "none":
            return {}
        if self.connection_policy == "share":
            return {
                key: {"company_ids": sorted({*values["company_ids"], new})}
                for key, values in found.items()
            }
        return {
            names[key]: {
                **self._renamed("finance.sync.connection", values, names),
                "name": f"{values['name']} ({self.company_id.name})"[:200],
                "company_ids": [new],
                "fallback_connection_id": None,
                "outage_policy": "block"
                if values["outage_policy"] == "fallback"
                else values["outage_policy"],
            }
            for key, values in found.items()
        }

    def _matches(self, records):
        """[(what, name, name found here or empty)] of what the set-up refers to."""
        needed = {}
        for model, found in records.items():
            for values in found.values():
                for name, value in values.items():
                    fld = self.env[model]._fields[name]
                    if fld.type in REFERENCES and value:
                        texts = [value] if isinstance(value, str) else value
                        needed.setdefault(fld.comodel_name, set()).update(texts)
        references = self.env["finance.sync.package.reference"].sudo()  # names only
        rows = []
        for model in sorted(needed):
            here = references._find(model, needed[model])
            for text in sorted(needed[model]):
                known = here.get(text)
                if known is None and text in records.get(model, {}):
                    continue
                name = known[:1].display_name if known else ""
                rows.append((self.env[model]._description, text, name))
        return rows


class EntityCloneLine(models.TransientModel):
    _name = "finance.sync.entity.clone.line"
    _description = "Matched Record"
    _order = "found, model_name, name"

    wizard_id = fields.Many2one(
        "finance.sync.entity.clone", required=True, ondelete="cascade"
    )
    model_name = fields.Char(string="What", readonly=True)
    name = fields.Char(string="Looked for", readonly=True)
    found = fields.Char(readonly=True)
