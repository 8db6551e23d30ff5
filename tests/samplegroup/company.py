"""The two companies, their charts, currencies and users."""

from __future__ import annotations

from typing import Any

from .data import COMPANIES, RATES_PER_USD, USERS, CompanyData, Place
from .records import Records


def load_currencies(records: Records) -> None:
    """Activate the currencies and give them a rate from 2020 on.

    Prices need as many decimals as the dinar has.
    """
    env = records.env
    env.ref("product.decimal_price").digits = 3
    for code, rate in RATES_PER_USD.items():
        currency = env.ref(f"base.{code}")
        currency.active = True
        for key in COMPANIES:
            _load_rate(records, currency, key, rate)


def _load_rate(records: Records, currency: Any, company: str, rate: float) -> None:
    """``rate``: units of the currency for one US dollar."""
    per_own = rate / RATES_PER_USD.get(COMPANIES[company].currency, 1.0)
    if COMPANIES[company].currency == currency.name:
        return
    records.once(
        "res.currency.rate",
        f"rate_{company}_{currency.name}",
        currency_id=currency.id,
        company_id=records.find(f"company_{company}").id,
        name="2020-01-01",
        rate=per_own,
    )


def place_vals(records: Records, place: Place) -> dict[str, Any]:
    """Field values of an address on a partner or company."""
    return {
        "street": place.street,
        "city": place.city,
        "zip": place.zip,
        "country_id": records.country(place.country).id,
        "state_id": records.state(place.country, place.state).id,
    }


def load_companies(records: Records) -> dict[str, Any]:
    """Both companies with their charts; the database's first company is the US one."""
    env = records.env
    if not records.find("company_us"):
        records.name("company_us", env.ref("base.main_company"))
    # Otherwise Odoo 19 installs whatever it knows about the country.
    records = Records(env(context=dict(env.context, chart_template_load=True)))
    companies = {
        key: _load_company(records, key, data) for key, data in COMPANIES.items()
    }
    env.user.write({"company_ids": [(4, company.id) for company in companies.values()]})
    for key, data in COMPANIES.items():
        if companies[key].chart_template != data.chart:
            env["account.chart.template"].try_loading(
                data.chart, companies[key], install_demo=False
            )
    return companies


def _load_company(records: Records, key: str, data: CompanyData) -> Any:
    currency = records.env.ref(f"base.{data.currency}")
    currency.active = True
    values = {"name": data.name, "vat": data.vat, **place_vals(records, data.place)}
    if not records.find(f"company_{key}"):
        values["currency_id"] = currency.id
    company = records.put("res.company", f"company_{key}", **values)
    if company.currency_id != currency and not company.chart_template:
        company.currency_id = currency
    return company


def load_users(records: Records, companies: dict[str, Any]) -> dict[str, Any]:
    """One user per role; the login is the role and also the password."""
    # Nobody is invited by mail.
    context = {**records.env.context, "no_reset_password": True}
    records = Records(records.env(context=context))
    return {
        role: _load_user(
            records, role, groups, [companies[key] for key in keys.split()]
        )
        for role, (groups, keys) in USERS.items()
    }


def _load_user(
    records: Records, role: str, groups: tuple[str, ...], companies: list[Any]
) -> Any:
    env = records.env
    # Odoo 19 renamed the field.
    field = "group_ids" if "group_ids" in env["res.users"]._fields else "groups_id"
    wanted = [env.ref(group).id for group in groups]
    if role != "service":
        wanted.append(env.ref("base.group_user").id)
    values = {
        "name": role.title().replace("-Us", " US").replace("-De", " DE"),
        "login": role,
        "email": f"{role}@sample-group.example",
        "company_id": companies[0].id,
        "company_ids": [(6, 0, [company.id for company in companies])],
        field: [(6, 0, wanted)],
        "lang": "en_US",
        "tz": "UTC",
    }
    if not records.find(f"user_{role}"):
        values["password"] = role
    return records.put("res.users", f"user_{role}", **values)
