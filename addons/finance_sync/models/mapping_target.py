from odoo import api, fields, models

from ..core.mapping import LONGEST_CODE, normalise

# Kind → (field of the line, fields of its model that name a record, best first).
TARGETS = {
    "tax_code": ("tax_id", ("name",)),
    "account": ("account_id", ("code",)),
    "partner": ("partner_id", ("ref", "name")),
    "product_category": ("category_id", ("complete_name",)),
    "analytic_dimension": ("analytic_account_id", ("code", "name")),
    "currency": ("currency_id", ("name",)),
    "payment_term": ("payment_term_id", ("name",)),
    "unit": ("uom_id", ("name",)),
    "journal": ("journal_id", ("code",)),
    "legal_entity": ("entity_id", ("name",)),
}


def _target(model, label):
    return fields.Many2one(model, string=label, ondelete="restrict")


class MappingTarget(models.AbstractModel):
    """What a code can mean here: a record of the model that its kind is mapped to."""

    _name = "finance.sync.mapping.target"
    _description = "Finance Sync Mapping Target"

    tax_id = _target("account.tax", "Tax")
    account_id = _target("account.account", "Account")
    partner_id = _target("res.partner", "Partner")
    category_id = _target("product.category", "Product Category")
    analytic_account_id = _target("account.analytic.account", "Analytic Account")
    currency_id = _target("res.currency", "Currency")
    payment_term_id = _target("account.payment.term", "Payment Term")
    uom_id = _target("uom.uom", "Unit of Measure")
    journal_id = _target("account.journal", "Journal")
    entity_id = _target("res.company", "Legal Entity")

    @api.model
    def _targets(self):
        """Addons that add a kind add its field here too."""
        return TARGETS

    @api.model
    def _target_fields(self):
        return [name for name, _codes in self._targets().values()]

    @api.model
    def _target_model(self, kind):
        """An empty recordset of what a kind is mapped to."""
        name = self._targets()[kind][0]
        return self.env[self._fields[name].comodel_name]

    @api.model
    def _code_of(self, record):
        """How our side calls a record, whatever language its reader speaks."""
        kinds = {
            self._fields[field].comodel_name: codes
            for field, codes in self._targets().values()
        }
        for name in kinds[record._name]:
            code = record.sudo().with_context(lang=None)[name]  # of any language
            if code:
                return normalise(code)[:LONGEST_CODE]
        return False

    @api.model
    def _find_targets(self, kind, codes, company):
        """Records that codes of ours name in a company: {code: records}.

        By the best field that knows the code; several records if it is ambiguous.
        Without a company: records that all companies share.
        """
        found = {}
        if not codes:
            return found
        # Which record a code names is nobody's secret; what it holds stays one.
        model = self._target_model(kind).sudo().with_context(lang=None)
        if company:
            model = model.with_company(company)
        model = model.with_context(active_test=False)
        domain = []
        if {"company_id", "company_ids"} & model._fields.keys():
            domain = list(model._check_company_domain(company))
        for name in self._targets()[kind][1]:
            missing = [code for code in codes if code and code not in found]
            for record in model.search([*domain, (name, "in", missing)]):
                known = found.get(normalise(record[name]), model.browse())
                found[normalise(record[name])] = known | record
        return {code: self._prefer_usable(records) for code, records in found.items()}

    @api.model
    def _prefer_usable(self, records):
        """Archived namesakes do not make a code ambiguous."""
        if "active" not in records._fields:
            return records
        return records.filtered("active") or records
