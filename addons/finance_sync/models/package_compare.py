from collections import defaultdict
from dataclasses import dataclass, field

from odoo import Command, _, models

from ..core import package as core
from ..core.canonical import loads
from .package_words import REFERENCES, key_words, texts


@dataclass
class Found:
    """What comparing a package with the configuration here came to."""

    changes: tuple = ()
    # (model, key, field name or None) → (problem, advice)
    problems: dict = field(default_factory=dict)
    # model → {key: record here}
    records: dict = field(default_factory=dict)
    # key of a company here → what people call it
    companies: dict = field(default_factory=dict)


class Package(models.Model):
    _inherit = "finance.sync.package"

    # -- Companies

    def _match_companies(self):
        """Match the companies that the package names to those here."""
        for package in self.sudo():  # rows of a package that was just made
            names = sorted(package._company_names())
            found = self.env["finance.sync.package.reference"]._find(
                "res.company", names
            )
            package.company_line_ids.unlink()
            self.env["finance.sync.package.company"].sudo().create(
                [
                    {
                        "package_id": package.id,
                        "name": name,
                        "company_id": found[name].id
                        if len(found.get(name, ())) == 1
                        else False,
                    }
                    for name in names
                ]
            )

    def _company_names(self):
        """Names of companies in the content, by the fields that hold them."""
        names = set()
        for model, records in self._content()["records"].items():
            if model not in self.env:
                continue
            holders = [
                (f.name, f.comodel_name)
                for f in self.env[model]._fields.values()
                if f.type in REFERENCES
            ]
            for key, values in records.items():
                if model == "res.company":
                    names.add(key)
                for name, comodel in holders:
                    value = values.get(name) or ()
                    for text in [value] if isinstance(value, str) else value:
                        names.update(_companies_of(self.env, comodel, text))
        return names

    def _content(self):
        return loads(self.content)

    # -- Compare

    def _review(self):
        """Compare with the configuration here and keep the differences as rows."""
        for package in self.sudo():  # rows are made by comparing, not by users
            found = package._compare()
            skipped = {
                (line.model, line.record_key, line.field_name or None)
                for line in package.line_ids
                if line.skip
            }
            found = package._without(found, skipped)
            package.line_ids.unlink()
            self.env["finance.sync.package.line"].sudo().create(
                package._line_vals(found, skipped)
            )
            kinds = [change.kind for change in found.changes]
            package.write(
                {
                    "added_count": kinds.count(core.ADDED),
                    "changed_count": kinds.count(core.CHANGED),
                    "removed_count": kinds.count(core.REMOVED),
                    "unchanged_count": kinds.count(core.UNCHANGED),
                    "fingerprint": core.fingerprint(found.changes),
                    "company_ids": [
                        Command.set(package.company_line_ids.company_id.ids)
                    ],
                }
            )

    def _compare(self):
        content = self._content()
        names = {
            line.name: self.env["finance.sync.package.reference"]._keys(
                line.company_id
            )[line.company_id.id]
            for line in self.company_line_ids
            if line.company_id
        }
        found = Found(companies=self._company_words())
        for line in self.company_line_ids.filtered(lambda x: not x.company_id):
            found.problems[("res.company", line.name, None)] = (
                _("The company “%s” is not known here.", line.name),
                _("Choose the company under Companies, then press Compare Again."),
            )
        wanted = self._wanted(content, names, found)
        here = self._here(wanted, content, names, found)
        for model, records in wanted.items():
            self._keep_own(model, records, here.get(model, {}))
        found.changes = core.diff(here, wanted)
        self._check_references(found, wanted)
        return found

    def _wanted(self, content, names, found):
        """The package's records, with the companies' names that they have here."""
        wanted = {}
        for model, records in content["records"].items():
            if not self._is_packable(model):
                found.problems[(model, "", None)] = (
                    _("Records of “%s” are not known here.", model),
                    _("Install the addon that they belong to, or leave them out."),
                )
                continue
            known = set(self.env[model]._finance_sync_package_names())
            wanted[model] = {}
            for key, values in records.items():
                key = core.rename(key, names)
                wanted[model][key] = {
                    name: core.rename(value, names)
                    if self.env[model]._fields[name].type in REFERENCES
                    else value
                    for name, value in values.items()
                    if name in known
                }
        return wanted

    def _is_packable(self, model):
        return (
            model in self.env
            and bool(
                getattr(self.env[model], "_finance_sync_package_key", ())
                or model == "res.company"
            )
            and hasattr(self.env[model], "_finance_sync_package_names")
        )

    def _here(self, wanted, content, names, found):
        """What is here of what the package is about, as it would be exported."""
        here = {}
        references = self.env["finance.sync.package.reference"]
        absent = {
            model: {core.rename(key, names) for key in keys}
            for model, keys in content["absent"].items()
            if self._is_packable(model)
        }
        for model in self._models(set(wanted) | set(absent)):
            records = self.env[model].with_context(active_test=False)
            keys = {*wanted.get(model, ()), *absent.get(model, ())}
            by_key = references._find(model, keys)
            for key, many in by_key.items():
                if len(many) > 1:
                    found.problems[(model, key, None)] = (
                        _("Several records here go by “%s”.", key),
                        _("Give them different names, then press Compare Again."),
                    )
                records |= many[:1]
            siblings = self._siblings(model, wanted, found)
            records |= siblings
            here[model] = records._finance_sync_package_values()
            all_keys = references._keys(records)
            found.records[model] = {all_keys[r.id]: r for r in records}
            for key, values in here[model].items():
                given = wanted.get(model, {}).get(key)
                if given is not None:
                    here[model][key] = {n: values[n] for n in given if n in values}
        return here

    def _siblings(self, model, wanted, found):
        """Records of the package's parents: those it does not list go."""
        parent = self.env[model]._finance_sync_package_parent
        records = self.env[model]
        whole = self.env[model]._finance_sync_package_whole
        if not (parent and whole and wanted.get(model)):
            return records
        comodel = records._fields[parent].comodel_name
        parents = [
            record.id
            for key, record in found.records.get(comodel, {}).items()
            if key in wanted.get(comodel, {})
        ]
        return records.search([(parent, "in", parents)])

    def _models(self, models_):
        return sorted(
            models_, key=lambda m: (self.env[m]._finance_sync_package_rank, m)
        )

    def _keep_own(self, model, records, here):
        """What the target decides for itself is given to new records only."""
        if self.origin == "rollback":
            return
        for name in self.env[model]._finance_sync_package_once:
            for key, values in records.items():
                if key in here and name in values:
                    values[name] = here[key][name]

    def _check_references(self, found, wanted):
        """Every record referred to is here, or comes with the package."""
        needed = defaultdict(set)
        for change, each in _new_values(found.changes):
            fld = self.env[change.model]._fields[each.name]
            if fld.type in REFERENCES:
                needed[fld.comodel_name].update(texts(each.after))
        known = {
            model: {*self.env["finance.sync.package.reference"]._find(model, keys),
                    *wanted.get(model, ())}
            for model, keys in needed.items()
        }  # fmt: skip
        for change, each in _new_values(found.changes):
            fld = self.env[change.model]._fields[each.name]
            if fld.type not in REFERENCES:
                continue
            lost = [
                text
                for text in texts(each.after)
                if text not in known[fld.comodel_name]
                # Told once, of the company itself.
                and ("res.company", text.partition("|")[0], None) not in found.problems
            ]
            if lost:
                what = self.env[fld.comodel_name]._description
                found.problems[(change.model, change.key, each.name)] = (
                    _(
                        "%(what)s “%(key)s” is not here.",
                        what=what,
                        key=key_words(lost[0], found.companies),
                    ),
                    _("Create it and press Compare Again, or leave it out."),
                )

    def _without(self, found, skipped):
        """The changes less what is left out."""
        kept = []
        for change in found.changes:
            gone = {
                name for m, k, name in skipped if (m, k) == (change.model, change.key)
            }
            required = {
                name
                for name in gone
                if name and self.env[change.model]._fields[name].required
            }
            if None in gone or (required and change.kind == core.ADDED):
                continue
            fields_ = tuple(f for f in change.fields if f.name not in gone)
            kind = change.kind
            if kind == core.CHANGED and not fields_:
                kind = core.UNCHANGED
            kept.append(core.Change(change.model, change.key, kind, fields_))
        found.changes = tuple(kept)
        return found

    # -- Rows

    def _line_vals(self, found, skipped):
        vals_list = []
        for change in found.changes:
            vals_list += self._change_vals(change, found)
        for (model, key, name), (problem, advice) in found.problems.items():
            known = [
                v
                for v in vals_list
                if (v["model"], v["record_key"], v["field_name"] or None)
                == (model, key, name)
            ]
            target = (
                known[0]
                if known
                else self._row(found, model, key, name, core.UNCHANGED)
            )
            target.update(problem=problem, advice=advice)
            target["skip"] = (model, key, name) in skipped
            if not known:
                vals_list.append(target)
        shown = {
            (v["model"], v["record_key"], v["field_name"] or None) for v in vals_list
        }
        for model, key, name in sorted(skipped - shown, key=str):
            row = self._row(found, model, key, name, core.UNCHANGED)
            vals_list.append({**row, "skip": True, "advice": _("Left out.")})
        for number, vals in enumerate(vals_list):
            vals["sequence"] = number
        return vals_list


def _companies_of(env, comodel, text):
    """The companies that a reference names: itself, or the first part of a key."""
    if comodel == "res.company":
        return [text]
    names = env["finance.sync.package.reference"]._key_fields(comodel)
    owned = comodel == "account.account" or (
        names and names[0] == "company_id" and "company_id" in env[comodel]._fields
    )
    first = text.partition("|")[0]
    return [first] if owned and first else []


def _new_values(changes):
    for change in changes:
        if change.kind in (core.ADDED, core.CHANGED):
            for each in change.fields:
                yield change, each
