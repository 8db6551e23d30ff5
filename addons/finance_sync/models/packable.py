from odoo import api, fields, models

from ..core.canonical import plain_number
from ..core.money import to_decimal
from .internal import internal_value

# Never part of a package, whatever a model declares.
NEVER = frozenset({"secret", "secret_enc", "secret_ref", "auth_user", "password"})
# In the context while an approved package is applied: its id, see ``Internal``.
PACKAGE = "finance_sync_package"
_NOTHING = {"char": "", "text": "", "html": "", "boolean": False}


class Packable(models.AbstractModel):
    """Configuration that configuration packages carry to another database.

    A model opts in by inheriting this and naming its fields. Records are known by
    ``_finance_sync_package_key`` in both databases alike, never by their ids.
    """

    _name = "finance.sync.packable"
    _description = "Part of Configuration Packages"

    # Fields that travel; empty: the model does not.
    _finance_sync_package_fields = ()
    # Fields that name a record, of those: texts or references to what has a name.
    _finance_sync_package_key = ()
    # The field with the record that these belong to and travel with.
    _finance_sync_package_parent = None
    # With a parent: what a package does not list of it is removed by the import.
    _finance_sync_package_whole = True
    # Fields given to new records only: what the target decides for itself.
    _finance_sync_package_once = ()
    # What is written first; what refers to others comes after them.
    _finance_sync_package_rank = 50

    @api.model
    def _finance_sync_package_names(self):
        """Names of the fields that travel. Addons that extend a model add theirs."""
        return self._finance_sync_package_fields

    @api.model
    def _finance_sync_package_living(self):
        """Which of several records with one name is meant: of versions, the one in
        force."""
        return []

    @api.model
    def _finance_sync_package_domain(self, connections, companies):
        """Which records go with these connections and companies; parents only."""
        if "connection_id" in self._fields:
            return [
                "|",
                ("connection_id", "in", connections.ids),
                ("connection_id", "=", False),
                *self._finance_sync_package_of(companies),
            ]
        return self._finance_sync_package_of(companies)

    @api.model
    def _finance_sync_package_of(self, companies):
        if "company_id" not in self._fields:
            return []
        return ["|", ("company_id", "in", companies.ids), ("company_id", "=", False)]

    def _finance_sync_package_values(self):
        """``{key: {field: JSON value}}`` of these records."""
        references = self.env["finance.sync.package.reference"]
        keys = references._keys(self)
        names = [n for n in self._finance_sync_package_names() if n not in NEVER]
        found = {}
        for record in self:
            found[keys[record.id]] = {
                name: record._finance_sync_package_value(self._fields[name])
                for name in names
            }
        return found

    def _finance_sync_package_value(self, field):
        value = self[field.name]
        if field.type in ("many2one", "many2many"):
            keys = self.env["finance.sync.package.reference"]._keys(value)
            found = sorted(keys[record.id] for record in value)
            return found if field.type == "many2many" else (found or [None])[0]
        if field.type in ("float", "monetary"):
            return plain_number(to_decimal(value or 0))
        if field.type == "integer":
            return int(value or 0)
        if field.type == "date":
            return fields.Date.to_string(value) if value else None
        if field.type == "datetime":
            return fields.Datetime.to_string(value) if value else None
        return value or _NOTHING.get(field.type)

    # -- Hooks of the import; all run as superuser, after an approval

    @api.model
    def _finance_sync_package_create(self, vals_list):
        """New records. Models with states of their own decide how they arrive."""
        return self.create(vals_list)

    def _finance_sync_package_update(self, vals):
        self.write(vals)

    def _finance_sync_package_remove(self):
        """Archive what can be archived: history may refer to it."""
        if "active" in self._fields:
            self.write({"active": False})
        else:
            self.unlink()

    @api.model
    def _finance_sync_package_done(self):
        """Once all of a package's changes are made."""

    @api.model
    def _finance_sync_is_packing(self):
        """Whether an approved package is being applied right now."""
        return self.env.su and bool(internal_value(self.env, PACKAGE))
