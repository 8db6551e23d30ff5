"""What a package changes, as people say it: no keys, no names of fields."""

from odoo import _, models

from ..core import package as core
from ..core.canonical import canonical_json
from .package_reference import SEPARATOR

LONGEST_SHOWN = 4000
REFERENCES = ("many2one", "many2many")


class Package(models.Model):
    _inherit = "finance.sync.package"

    def _company_words(self):
        """{key of a company: its name, with its VAT number if that is the key}"""
        # The package may be about companies that its reader does not see as a user.
        companies = self.env["res.company"].sudo().search([], order="id desc")
        keys = self.env["finance.sync.package.reference"]._keys(companies)
        return {
            keys[company.id]: f"{company.name} ({company.vat})"
            if company.vat
            else company.name
            for company in companies
        }

    def _row(self, found, model, key, name, kind):
        known = model in self.env
        label = ""
        if name and known and name in self.env[model]._fields:
            label = self._label(model, name)
        return {
            "package_id": self.id,
            "model": model,
            "model_name": self.env[model]._description if known else model,
            "record_key": key,
            "record_name": self._record_words(found, model, key),
            "kind": kind,
            "field_name": name or False,
            "field_label": label,
        }

    def _label(self, model, name):
        return self.env[model]._fields[name]._description_string(self.env)

    def _record_words(self, found, model, key):
        """What a record is called here; one that is not here by what names it."""
        record = found.records.get(model, {}).get(key)
        if record and model != "res.company":
            name = record.display_name
            # What Odoo says of a record without a name.
            if name and name != f"{record._name},{record.id}":
                return name
        return key_words(key, found.companies)

    def _change_vals(self, change, found):
        """A row for each changed field; one for a record that comes or goes whole."""
        model = change.model
        if change.kind == core.CHANGED:
            return [
                {
                    **self._row(found, model, change.key, f.name, change.kind),
                    "before": self._words(
                        found, model, f.name, _less(f.before, f.after)
                    ),
                    "after": self._words(
                        found, model, f.name, _less(f.after, f.before)
                    ),
                }
                for f in change.fields
            ]
        row = self._row(found, model, change.key, None, change.kind)
        if change.kind == core.ADDED:
            row["after"] = self._listed(
                found, model, ((f.name, f.after) for f in change.fields)
            )
            rows = [
                self._row(found, model, change.key, f.name, change.kind)
                | {"after": self._words(found, model, f.name, f.after)}
                for f in change.fields
                if (model, change.key, f.name) in found.problems
            ]
            return [row, *rows]
        if change.kind == core.REMOVED:
            row["before"] = self._listed(
                found, model, ((f.name, f.before) for f in change.fields)
            )
        return [row]

    def _listed(self, found, model, pairs):
        """A line for each field that has a value."""
        lines = [
            f"{self._label(model, name)}: {self._words(found, model, name, value)}"
            for name, value in pairs
            if value not in (None, "", [], False)
        ]
        return "\n".join(lines)[:LONGEST_SHOWN]

    def _words(self, found, model, name, value):
        """A value of a field, as a package has it."""
        fld = self.env[model]._fields[name]
        if fld.type in REFERENCES:
            names = (key_words(text, found.companies) for text in texts(value))
            return ", ".join(names)[:LONGEST_SHOWN]
        if fld.type == "selection" and isinstance(value, str):
            return dict(fld._description_selection(self.env)).get(value, value)
        return self._plain_words(value)

    def _plain_words(self, value):
        if isinstance(value, list):
            if value and isinstance(value[0], dict):
                rows = (", ".join(str(v) for v in row.values() if v) for row in value)
                return "\n".join(rows)[:LONGEST_SHOWN]
            return ", ".join(map(str, value))[:LONGEST_SHOWN]
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if value in (None, ""):
            return ""
        text = value if isinstance(value, str) else canonical_json(value)
        return text[:LONGEST_SHOWN]


def key_words(key, companies):
    """A record's key as people read it: companies by name, parts apart."""
    parts = (companies.get(part, part) for part in key.split(SEPARATOR))
    return " · ".join(part for part in parts if part)


def texts(value):
    if not value:
        return []
    return [value] if isinstance(value, str) else [str(item) for item in value]


def _less(value, other):
    """Of a list of rows, those that the other one has not: what differs."""
    rows = isinstance(value, list) and value and isinstance(value[0], dict)
    if not rows:
        return value
    known = {canonical_json(row) for row in other or ()}
    return [row for row in value if canonical_json(row) not in known]
