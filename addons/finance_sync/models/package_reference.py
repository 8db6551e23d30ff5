from collections import defaultdict

from odoo import api, models

from .. import compat

# What names a record of a model that is not ours, where xml ids do not.
NATURAL = {
    "res.users": ("login",),
    "res.currency": ("name",),
    "res.country": ("code",),
    "res.country.state": ("country_id", "code"),
    "res.lang": ("code",),
    "ir.model": ("model",),
    "ir.model.fields": ("model", "name"),
    "account.journal": ("company_id", "code"),
    "account.tax": ("company_id", "type_tax_use", "name"),
    "account.fiscal.position": ("company_id", "name"),
    "account.payment.term": ("company_id", "name"),
    "account.analytic.plan": ("complete_name",),
    "account.analytic.account": ("company_id", "name"),
    "product.category": ("complete_name",),
    "res.partner": ("ref",),
    "resource.calendar": ("company_id", "name"),
    "uom.uom": ("name",),
}
SEPARATOR = "|"
_IN_PART = "¦"


class PackageReference(models.AbstractModel):
    """Records by names that mean the same in another database.

    A key is made of parts joined by ``|``: a journal is “its company|its code”. A
    company goes by its VAT number, else its name.
    """

    _name = "finance.sync.package.reference"
    _description = "Names of Records for Configuration Packages"

    @api.model
    def _key_fields(self, model):
        """The fields that make the key of a model's records; empty: xml ids do."""
        keys = getattr(self.env[model], "_finance_sync_package_key", ())
        return keys or NATURAL.get(model, ())

    @api.model
    def _keys(self, records):
        """``{id: key}``; the key of what has no name is empty."""
        if records._name == "res.company":
            return {company.id: _part(company.vat or company.name)
                    for company in records}  # fmt: skip
        if records._name == "account.account":
            return {account.id: self._account_key(account) for account in records}
        names = self._key_fields(records._name)
        if not names:
            external = records.get_external_id()
            return {record.id: external.get(record.id, "") for record in records}
        return {record.id: self._key(record, names) for record in records}

    def _key(self, record, names):
        parts = []
        for name in names:
            value = record[name]
            if isinstance(value, models.BaseModel):
                parts.append(self._keys(value).get(value.id, ""))
            else:
                parts.append(_part(value))
        return SEPARATOR.join(parts)

    def _account_key(self, account):
        company, code = compat.account_company_code(account)
        return SEPARATOR.join([self._keys(company).get(company.id, ""), _part(code)])

    @api.model
    def _find(self, model, keys):
        """``{key: records}`` of what has one of ``keys`` here; mostly one each."""
        keys = {key for key in keys if key}
        if not keys or model not in self.env:
            return {}
        if model == "account.account":
            return self._find_accounts(keys)
        records = self.env[model].with_context(active_test=False)
        names = self._key_fields(model)
        if model == "res.company" or not names:
            if names or model == "res.company":
                candidates = records.search([])
            else:
                return self._find_external(model, keys)
        else:
            candidates = records.search(
                [*self._domain(model, names, keys), *self._living(model)]
            )
        found = defaultdict(lambda: self.env[model])
        by_id = self._keys(candidates)
        for record in candidates:
            if by_id[record.id] in keys:
                found[by_id[record.id]] |= record
        return dict(found)

    def _living(self, model):
        living = getattr(self.env[model], "_finance_sync_package_living", None)
        return living() if living else []

    def _domain(self, model, names, keys):
        """Narrow the candidates by the key's last part, where it is a stored text."""
        last = self.env[model]._fields[names[-1]]
        parts = [key.rpartition(SEPARATOR)[2] for key in keys]
        if last.type not in ("char", "selection") or not last.store or last.translate:
            return []
        if any(_IN_PART in part or not part for part in parts):
            return []
        return [(last.name, "in", parts)]

    def _find_external(self, model, keys):
        found = {}
        for key in keys:
            record = self.env.ref(key, raise_if_not_found=False)
            if record and record._name == model:
                found[key] = record
        return found

    def _find_accounts(self, keys):
        names = {key.rpartition(SEPARATOR)[0] for key in keys}
        found = {}
        for name, company in self._find("res.company", names).items():
            codes = {
                key.rpartition(SEPARATOR)[2]
                for key in keys
                if key.rpartition(SEPARATOR)[0] == name
            }
            accounts = compat.accounts_by_code(company[:1], codes)
            for code, account in accounts.items():
                found[SEPARATOR.join([name, code])] = account
        return found


def _part(value):
    return str(value or "").strip().replace(SEPARATOR, _IN_PART)
