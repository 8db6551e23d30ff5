"""Where Odoo 17.0 and 19.0 differ for gates, chosen once."""

from odoo import release

SERIES_19 = release.version_info[0] >= 19


def default_credit_limit(company):
    """The limit of customers who have none of their own, if limits are in use."""
    if not company.account_use_credit_limit:
        return 0.0
    # The default of a property is no secret, but readable by administrators only.
    env = company.env(su=True)
    if SERIES_19:
        defaults = env["ir.default"]._get_model_defaults("res.partner")
        return defaults.get("credit_limit") or 0.0
    field = env["ir.model.fields"]._get("res.partner", "credit_limit")
    found = env["ir.property"].search(
        [
            ("fields_id", "=", field.id),
            ("res_id", "=", False),
            ("company_id", "in", (company.id, False)),
        ],
        order="company_id",
        limit=1,
    )
    return found.value_float or 0.0


def payments_of(moves):
    """The payments whose journal entries these are."""
    return moves.origin_payment_id if SERIES_19 else moves.payment_id
