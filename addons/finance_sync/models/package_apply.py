from collections import defaultdict

from odoo import SUPERUSER_ID, Command, _, models
from odoo.exceptions import UserError, ValidationError

from ..core import package as core
from ..core.canonical import canonical_json
from ..core.errors import ContractError
from ..core.money import to_decimal
from .connection_change import APPROVED
from .internal import Internal
from .packable import PACKAGE
from .package_words import REFERENCES, texts


class Package(models.Model):
    """Make what was approved happen."""

    _inherit = "finance.sync.package"

    def _apply(self):
        """Make the changes, all or none, and keep what undoes them."""
        self.ensure_one()
        # An approver may write none of it; what was approved is written for them.
        worker = self.with_user(SUPERUSER_ID).with_context(
            **{PACKAGE: Internal(self.id), APPROVED: Internal(True)},
            tracking_disable=False,
        )
        found = worker._compare()
        skipped = {
            (line.model, line.record_key, line.field_name or None)
            for line in worker.line_ids
            if line.skip
        }
        found = worker._without(found, skipped)
        try:
            with self.env.cr.savepoint():
                worker._write_changes(found)
        except (UserError, ValidationError, ContractError) as error:
            raise UserError(
                _("It could not be applied, so nothing was changed: %s", error)
            ) from error
        undo = core.content_of(core.invert(found.changes))
        source = {"database": self.env.cr.dbname}
        worker.previous = canonical_json(
            core.package(self.name, undo["records"], undo["absent"], source)
        )

    def _write_changes(self, found):
        by_model = defaultdict(list)
        for change in found.changes:
            if change.kind != core.UNCHANGED:
                by_model[change.model].append(change)
        models_ = self._models(by_model)
        for model in reversed(models_):
            gone = [c.key for c in by_model[model] if c.kind == core.REMOVED]
            records = self.env[model].browse(
                [found.records[model][key].id for key in gone]
            )
            if records:
                records._finance_sync_package_remove()
        later = []
        for model in models_:
            later += self._write_model(model, by_model[model], found)
        for record, name, value in later:
            record._finance_sync_package_update(
                self._to_vals(record, [(name, value)], strict=True)[0]
            )
        for model in models_:
            self.env[model]._finance_sync_package_done()

    def _write_model(self, model, changes, found):
        """Create and update; :return: references to what did not exist yet."""
        records, later = self.env[model], []
        added = [c for c in changes if c.kind == core.ADDED]
        back = self._archived(model, added)
        vals_list = []
        for change in added:
            values = [(f.name, f.after) for f in change.fields]
            vals, missing = self._to_vals(records, values)
            if change.key in back:
                back[change.key]._finance_sync_package_update({**vals, "active": True})
                continue
            vals_list.append((change, vals, missing))
        made = records._finance_sync_package_create([v for _c, v, _m in vals_list])
        for record, (_change, _vals, missing) in zip(made, vals_list, strict=True):
            later += [(record, name, value) for name, value in missing]
        for change in changes:
            if change.kind == core.CHANGED:
                record = found.records[model][change.key]
                values = [(f.name, f.after) for f in change.fields]
                vals, missing = self._to_vals(record, values)
                record._finance_sync_package_update(vals)
                later += [(record, name, value) for name, value in missing]
        return later

    def _archived(self, model, added):
        """``{key: record}`` of what was archived here before and comes back."""
        records = self.env[model]
        if "active" not in records._fields or not added:
            return {}
        found = self.env["finance.sync.package.reference"]._find(
            model, [change.key for change in added]
        )
        return {key: many[:1] for key, many in found.items() if not many[:1].active}

    def _to_vals(self, records, values, strict=False):
        """(vals for ``write``, [(name, value)] whose records do not exist yet)."""
        vals, missing = {}, []
        for name, value in values:
            fld = records._fields[name]
            if fld.type not in REFERENCES:
                vals[name] = _plain(fld, value)
                continue
            keys = texts(value)
            found = self.env["finance.sync.package.reference"]._find(
                fld.comodel_name, keys
            )
            if any(key not in found for key in keys):
                if strict:
                    raise UserError(_("“%s” is not here.", ", ".join(keys)))
                missing.append((name, value))
                continue
            ids = [found[key][:1].id for key in keys]
            if fld.type == "many2one":
                vals[name] = ids[0] if ids else False
            else:
                vals[name] = [Command.set(ids)]
        return vals, missing


def _plain(fld, value):
    """A JSON value as ``write`` wants it.

    :raises ContractError: no number where one is wanted
    """
    if fld.type in ("float", "monetary"):
        return float(to_decimal(value or 0, fld.name))
    if fld.type == "boolean":
        return bool(value)
    if fld.type == "integer":
        return int(value or 0)
    return value if value not in (None, "") else False
