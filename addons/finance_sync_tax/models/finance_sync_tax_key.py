from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .. import compat
from ..core.document import EXEMPT, EXPORT, REVERSE_CHARGE

# Reasons that have templates of their own; for the others there is “No Tax Due”.
_ZERO_NAMES = {
    REVERSE_CHARGE: "Reverse charge",
    EXPORT: "Export",
    EXEMPT: "Exempt",
    "zero": "No tax due",
}
_MAX_NAME = 120


class TaxKey(models.Model):
    """Which tax books which jurisdiction and rate.

    A race between two transactions that need the same new tax is decided by the
    unique key: the later one is retried by Odoo and then finds the tax.
    """

    _name = "finance.sync.tax.key"
    _description = "Engine Tax"
    _order = "company_id, engine, jurisdiction_key"
    _rec_name = "jurisdiction_key"
    _sql_constraints = [
        (
            "key_unique",
            (
                "UNIQUE(company_id, country_id, engine, jurisdiction_key, rate_key,"
                " price_included)"
            ),
            "There is one tax for each jurisdiction and rate.",
        ),
    ]

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    country_id = fields.Many2one("res.country", required=True, readonly=True)
    engine = fields.Char(required=True, readonly=True)
    jurisdiction_key = fields.Char(required=True, readonly=True)
    rate_key = fields.Char(required=True, readonly=True)
    rate = fields.Float(digits=(16, 8), readonly=True, **compat.aggregate(None))
    price_included = fields.Boolean(required=True, readonly=True)
    tax_id = fields.Many2one(
        "account.tax", readonly=True, index=True, ondelete="restrict"
    )

    @api.model
    def _spec(self, detail, included, taxed):
        """What tax books a detail, as a hashable description.

        :param taxed: False for a tax of 0 % that says that nothing is due
        :return: (kinds of templates in order, key, rate as text, name, included)
        """
        kind = detail.jurisdiction_type
        if not taxed:
            known = detail.reason_code in _ZERO_NAMES
            zero = detail.reason_code if known else "zero"
            kinds = tuple(dict.fromkeys((zero, "zero", kind)))
            return (kinds, f"zero:{zero}", "0", f"{_ZERO_NAMES[zero]} 0 %", included)
        name = detail.tax_name or detail.jurisdiction_name
        key = f"{kind}:{detail.jurisdiction_code}:{name}"
        rate = f"{detail.rate.normalize():f}"
        return ((kind,), key, rate, self._tax_name(detail, name), included)

    def _tax_name(self, detail, name):
        percent = f"{(detail.rate * 100).normalize():f} %"
        return name if percent in name else f"{name} {percent}"

    @api.model
    def _taxes(self, company, country, engine, specs):
        """The taxes of several specs, made where there are none yet.

        :return: {spec: account.tax, or a UserError where no template is approved}
        """
        # Whoever invoices may use an engine's taxes without the right to make taxes.
        keys = self.sudo()
        found = {
            (key.jurisdiction_key, key.rate_key, key.price_included): key.tax_id
            for key in keys.search(
                [
                    ("company_id", "=", company.id),
                    ("country_id", "=", country.id),
                    ("engine", "=", engine),
                    ("jurisdiction_key", "in", [spec[1] for spec in specs]),
                    ("tax_id", "!=", False),
                ]
            )
        }
        taxes = {}
        for spec in specs:
            tax = found.get((spec[1], spec[2], spec[4]))
            try:
                tax = tax or keys._make(company, country, engine, spec)
            except UserError as error:
                taxes[spec] = error
            else:
                taxes[spec] = tax.with_env(self.env)
        return taxes

    def _make(self, company, country, engine, spec):
        kinds, _key, rate_key, name, included = spec
        template = self.env["finance.sync.tax.template"]._find(company, country, kinds)
        if not template:
            raise UserError(self._missing_template(company, country, kinds[0]))
        key_id = self._claim(company, country, engine, spec)
        rate = float(rate_key)
        tax = template.tax_id.with_company(company).copy(
            {
                "name": self._free_name(company, country, name),
                "amount": rate * 100,
                "company_id": company.id,
                "description": False,
                "invoice_label": name[:_MAX_NAME],
                "include_base_amount": False,
                "is_base_affected": False,
                "active": True,
                **compat.price_include_vals(included),
            }
        )
        self.browse(key_id).write({"tax_id": tax.id})
        return tax

    def _claim(self, company, country, engine, spec):
        """Insert the key; whoever comes second is retried, or waits and is retried."""
        _kinds, jurisdiction_key, rate_key, _name, included = spec
        self.env.cr.execute(
            "INSERT INTO finance_sync_tax_key (company_id, country_id, engine,"
            " jurisdiction_key, rate_key, rate, price_included, create_uid, write_uid,"
            " create_date, write_date)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s,"
            " now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')"
            " ON CONFLICT DO NOTHING RETURNING id",
            [
                company.id,
                country.id,
                engine,
                jurisdiction_key,
                rate_key,
                float(rate_key),
                included,
                self.env.uid,
                self.env.uid,
            ],
        )
        row = self.env.cr.fetchone()
        if row:
            return row[0]
        # A key of this very snapshot whose tax was deleted.
        return self.search(
            [
                ("company_id", "=", company.id),
                ("country_id", "=", country.id),
                ("engine", "=", engine),
                ("jurisdiction_key", "=", jurisdiction_key),
                ("rate_key", "=", rate_key),
                ("price_included", "=", included),
            ]
        ).id

    def _free_name(self, company, country, name):
        """Names of taxes are unique by company and country."""
        name = name[:_MAX_NAME]
        domain = [
            ("company_id", "=", company.id),
            ("country_id", "=", country.id),
            ("type_tax_use", "=", "sale"),
            ("name", "=like", name.replace("%", r"\%").replace("_", r"\_") + "%"),
        ]
        taxes = self.env["account.tax"].with_context(active_test=False)
        taken = set(taxes.search(domain).mapped("name"))
        free, number = name, 1
        while free in taken:
            number += 1
            free = f"{name} ({number})"
        return free

    def _missing_template(self, company, country, kind):
        selection = self.env["finance.sync.tax.template"]._fields["jurisdiction_type"]
        labels = dict(selection._description_selection(self.env))
        return _(
            "There is no approved tax template of %(company)s for “%(kind)s” in "
            "%(country)s. Have one approved under Finance Sync, Tax Templates, and "
            "confirm again."
        ) % {
            "company": company.name,
            "kind": labels.get(kind, kind),
            "country": country.name,
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unused(self):
        if self.tax_id:
            raise UserError(_("An engine's tax stays known as long as it exists."))
