"""What tax determination needs: categories, registrations, certificates, templates."""

from __future__ import annotations

from typing import Any

from .data import CATEGORIES, PRODUCTS, REGISTRATIONS
from .records import Records

JURISDICTIONS = ("country", "state", "county", "city", "special")


def load_tax(
    records: Records,
    companies: dict[str, Any],
    users: dict[str, Any],
    partners: dict[str, Any],
) -> None:
    """Everything about tax but the connections."""
    _load_categories(records)
    for company, country, state in REGISTRATIONS:
        records.put(
            "finance.sync.tax.registration",
            f"registration_{company}_{country}_{state}".lower().rstrip("_"),
            company_id=companies[company].id,
            country_id=records.country(country).id,
            state_id=records.state(country, state).id,
            valid_from="2020-01-01",
        )
    _load_exemptions(records, companies["us"], partners)
    for key, company in companies.items():
        _load_templates(records, key, company, users)


def _load_categories(records: Records) -> None:
    """Give products their tax categories; those that exist keep what they say."""
    model = records.env["finance.sync.tax.category"]
    for code, (name, avatax_code) in CATEGORIES.items():
        key = f"category_{code}"
        known = records.find(key) or model.search([("code", "=", code)])
        if not known:
            known = model.create({"code": code, "name": name})
        known.avatax_code = avatax_code
        records.name(key, known)
    for code, product in PRODUCTS.items():
        template = records.find(f"product_{code.lower()}").product_tmpl_id
        category = records.find(f"category_{product.category}")
        template.finance_sync_tax_category_id = category


def _load_exemptions(records: Records, company: Any, partners: dict[str, Any]) -> None:
    """A certificate for one state and one kind of goods, and one that has expired."""
    common = {
        "company_id": company.id,
        "country_id": records.country("US").id,
        "state_ids": [(6, 0, records.state("US", "VA").ids)],
        "valid_from": "2020-01-01",
    }
    goods = records.find("category_goods")
    records.put(
        "finance.sync.tax.exemption",
        "exemption_reseller",
        **common,
        partner_id=partners["reseller"].id,
        number="VA-RESALE-1",
        category_ids=[(6, 0, goods.ids)],
    )
    records.put(
        "finance.sync.tax.exemption",
        "exemption_lapsed",
        **common,
        partner_id=partners["lapsed"].id,
        number="VA-RESALE-2",
        valid_to="2021-12-31",
    )


def _load_templates(
    records: Records, key: str, company: Any, users: dict[str, Any]
) -> None:
    """What engine taxes look like: an ordinary sales tax of the chart."""
    tax = _template_tax(records, key, company)
    for jurisdiction in JURISDICTIONS:
        template = records.once(
            "finance.sync.tax.template",
            f"template_{key}_{jurisdiction}",
            company_id=company.id,
            jurisdiction_type=jurisdiction,
            tax_id=tax.id,
        )
        if template.state == "draft":
            template.with_user(users["manager"]).action_submit()
        if template.state == "submitted":
            template.with_user(users["approver"]).action_approve()


def _template_tax(records: Records, key: str, company: Any) -> Any:
    """Its tax group names no rate: invoices print it beside the sum of all rates."""
    known = records.find(f"template_tax_{key}")
    if known:
        return known
    ordinary = _ordinary_tax(records.env, company)
    group = records.once(
        "account.tax.group",
        f"tax_group_{key}",
        name="VAT" if key == "de" else "Sales Tax",
        company_id=company.id,
        country_id=ordinary.country_id.id,
    )
    tax = ordinary.copy({"name": "Engine tax template", "tax_group_id": group.id})
    return records.name(f"template_tax_{key}", tax)


def _ordinary_tax(env: Any, company: Any) -> Any:
    return env["account.tax"].search(
        [
            ("company_id", "=", company.id),
            ("type_tax_use", "=", "sale"),
            ("amount_type", "=", "percent"),
            ("price_include", "=", False),
            ("country_id", "=", company.account_fiscal_country_id.id),
            ("amount", ">", 0),
        ],
        order="sequence, id",
        limit=1,
    )
