"""Documents, rates and engines that the tests share.

The rate table holds Virginia's and Arizona's rates as the simulator does, so that
both engines are held to the same figures.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from odoo.addons.finance_sync.core.trace import new_trace
from odoo.addons.finance_sync.core.transport import BasicAuth, HttpTransport
from odoo.addons.finance_sync_tax.core.document import (
    Address,
    DocumentLine,
    TaxDocument,
)
from odoo.addons.finance_sync_tax.core.rates import Rate, RateBook, Registration
from odoo.addons.finance_sync_tax.providers.avatax import AvataxEngine
from odoo.addons.finance_sync_tax.providers.rate_table import RateTableEngine

SELLER = Address("500 East Broad Street", "", "Richmond", "VA", "23219", "US")
VIRGINIA = Address("100 West Main Street", "", "Richmond", "VA", "23220", "US")
NEW_YORK = Address("10 State Street", "", "Albany", "NY", "12207", "US")
CALIFORNIA = Address("123 Main Street", "", "Irvine", "CA", "92615", "US")
TENNESSEE = Address("200 Second Avenue", "", "Nashville", "TN", "37203", "US")
COLORADO = Address("1600 Broadway", "", "Denver", "CO", "80202", "US")
ARIZONA = Address("300 West Washington Street", "", "Phoenix", "AZ", "85003", "US")
BERLIN = Address("Hauptstraße 1", "", "Berlin", "", "10115", "DE")
LYON = Address("1 rue Principale", "", "Lyon", "", "69001", "FR")

DAY = date(2026, 3, 2)
OPEN = (None, None)


def line(amount, ref="1", **values) -> DocumentLine:
    return DocumentLine(ref=ref, amount=Decimal(amount), **values)


def document(*lines, **values) -> TaxDocument:
    """An invoice of a seller in Virginia to a customer there, in dollars."""
    common = TaxDocument(
        code="INV-1",
        kind="invoice",
        company_code="DEFAULT",
        customer_code="C-1",
        date=DAY,
        tax_date=DAY,
        currency="USD",
        places=2,
        ship_from=SELLER,
        ship_to=VIRGINIA,
        lines=tuple(lines),
    )
    return replace(common, **values)


def rate(country, percent, state="", postal=("", ""), category="", **values) -> Rate:
    first, last = values.pop("valid", OPEN)
    place = f"{country}-{state}" if state else country
    kind = values.pop("kind", "state" if state else "country")
    return Rate(
        country=country,
        state=state,
        postal_from=postal[0],
        postal_to=postal[1],
        category=category,
        rate=Decimal(percent) / 100,
        valid_from=first,
        valid_to=last,
        name=values.pop("name", place),
        jurisdiction_type=kind,
        jurisdiction_code=values.pop("code", place),
        **values,
    )


CHANGE = date(2025, 7, 1)
BEFORE_CHANGE = (None, date(2025, 6, 30))

US_RATES = (
    rate("US", "4.3", "VA"),
    rate("US", "1", "VA", ("232", "232"), kind="city", code="US-VA-67000"),
    rate("US", "0.7", "VA", ("232", "232"), kind="special", code="US-VA-CVTA"),
    rate("US", "5.6", "AZ"),
    rate("US", "0.7", "AZ", ("850", "850"), kind="county", code="US-AZ-013"),
    rate(
        "US",
        "2.3",
        "AZ",
        ("850", "850"),
        kind="city",
        code="US-AZ-55000",
        valid=BEFORE_CHANGE,
    ),
    rate(
        "US",
        "2.8",
        "AZ",
        ("850", "850"),
        kind="city",
        code="US-AZ-55000",
        valid=(CHANGE, None),
    ),
)
US_BOOK = RateBook(
    US_RATES,
    [
        Registration("US", "VA"),
        Registration("US", "AZ"),
    ],
)


def rate_table(book=US_BOOK, **config) -> RateTableEngine:
    return RateTableEngine(None, {"rates": book, **config})


def avatax(url: str, password="sample-licence", **options) -> AvataxEngine:
    config = {"company_code": "DEFAULT", **options.pop("config", {})}
    transport = HttpTransport(
        f"{url}/avatax",
        auth=BasicAuth("sample-account", password),
        trace=new_trace("b0c7d2f4-5a51-4f0e-8a53-0d4f6a1f2c3e"),
        **{"connect_timeout": 2.0, "read_timeout": 5.0, **options},
    )
    return AvataxEngine(transport, config)
