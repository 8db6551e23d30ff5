"""Who and what the sample group consists of. Nobody and nothing of it exists."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A postal address; ``state`` is the code within the country."""

    street: str
    city: str
    state: str
    zip: str
    country: str


class CompanyData(NamedTuple):
    name: str
    chart: str
    currency: str
    place: Place
    vat: str


class Customer(NamedTuple):
    """A customer, found again by its reference, which is also its key."""

    name: str
    place: Place
    company: str
    vat: str = ""
    # What a register of VAT numbers said.
    vat_state: str = "unverified"
    is_company: bool = True


class Product(NamedTuple):
    """Something to sell, found again by its internal reference."""

    name: str
    category: str
    price: float
    type: str = "consu"
    # Percentage of a tax that the price includes.
    included: float | None = None


COMPANIES = {
    "us": CompanyData(
        "Sample Group US Inc.",
        "generic_coa",
        "USD",
        Place("500 East Broad Street", "Richmond", "VA", "23219", "US"),
        "",
    ),
    "de": CompanyData(
        "Sample Group Deutschland GmbH",
        "de_skr03",
        "EUR",
        Place("Hauptstraße 1", "Berlin", "", "10115", "DE"),
        "DE500000007",
    ),
}

# Units of the foreign currency for one US dollar, as Odoo wants rates of a company
# in dollars. Round figures: what counts is that they are there.
RATES_PER_USD = {"EUR": 0.9, "JPY": 150.0, "KWD": 0.3}

CUSTOMERS = {
    "virginia": Customer(
        "Customer Virginia",
        Place("100 West Main Street", "Richmond", "VA", "23220", "US"),
        "us",
    ),
    "new-york": Customer(
        "Customer New York",
        Place("10 State Street", "Albany", "NY", "12207", "US"),
        "us",
    ),
    "california": Customer(
        "Customer California",
        Place("123 Main Street", "Irvine", "CA", "92615", "US"),
        "us",
    ),
    "tennessee": Customer(
        "Customer Tennessee",
        Place("200 Second Avenue", "Nashville", "TN", "37203", "US"),
        "us",
    ),
    "colorado": Customer(
        "Customer Colorado",
        Place("1600 Broadway", "Denver", "CO", "80202", "US"),
        "us",
    ),
    "connecticut": Customer(
        "Customer Connecticut",
        Place("20 Main Street", "Hartford", "CT", "06106", "US"),
        "us",
    ),
    "arizona": Customer(
        "Customer Arizona",
        Place("300 West Washington Street", "Phoenix", "AZ", "85003", "US"),
        "us",
    ),
    "reseller": Customer(
        "Customer Reseller",
        Place("101 West Main Street", "Richmond", "VA", "23220", "US"),
        "us",
    ),
    "lapsed": Customer(
        "Customer Lapsed Certificate",
        Place("102 West Main Street", "Richmond", "VA", "23220", "US"),
        "us",
    ),
    "nowhere": Customer("Customer without Address", Place("", "", "", "", "US"), "us"),
    "german-consumer": Customer(
        "Customer Germany",
        Place("Nebenstraße 2", "Hamburg", "", "20095", "DE"),
        "de",
        is_company=False,
    ),
    "french-business": Customer(
        "Customer France SARL",
        Place("1 rue Principale", "Lyon", "", "69001", "FR"),
        "de",
        vat="FR78500000005",
        vat_state="valid",
    ),
    "french-unverified": Customer(
        "Customer France Unverified SARL",
        Place("3 rue Principale", "Lyon", "", "69001", "FR"),
        "de",
        vat="FR78500000005",
    ),
    "greek-business": Customer(
        "Customer Greece AE",
        Place("Odos 4", "Athina", "", "10431", "GR"),
        "de",
        vat="EL094000000",
        vat_state="valid",
    ),
    "northern-irish-business": Customer(
        "Customer Northern Ireland Ltd",
        Place("5 High Street", "Belfast", "", "BT1 2AB", "GB"),
        "de",
        vat="XI500000002",
        vat_state="valid",
    ),
    "french-consumer": Customer(
        "Customer France",
        Place("2 rue Principale", "Lyon", "", "69001", "FR"),
        "de",
        is_company=False,
    ),
    "swiss-business": Customer(
        "Customer Switzerland AG",
        Place("Bahnhofstrasse 3", "Zürich", "", "8001", "CH"),
        "de",
    ),
}

PRODUCTS = {
    "GOODS": Product("Goods", "goods", 100.0),
    "SERVICE": Product("Service", "services", 100.0, "service"),
    "BOOK": Product("Book", "reduced", 20.0),
    "FOOD": Product("Food", "food", 10.0),
    "MACHINE": Product("Machinery", "machinery", 330.0),
    "GROSS": Product("Goods, price with tax", "goods", 119.0, included=19.0),
    "FEE": Product("Delivery fee", "delivery", 0.0, "service"),
}

# What jobs may do: accounting, and to keep customers up to date.
EXECUTION = ("account.group_account_user", "base.group_partner_manager")
# role → (groups, companies)
USERS = {
    "accountant": (("account.group_account_user",), "us de"),
    "clerk": (("account.group_account_invoice",), "us de"),
    "manager": (("finance_sync.group_manager",), "us de"),
    "approver": (("finance_sync.group_approver",), "us de"),
    "auditor": (("finance_sync.group_auditor",), "us de"),
    "service": (("finance_sync.group_service",), "us"),
    "execution-us": (EXECUTION, "us"),
    "execution-de": (EXECUTION, "de"),
}

# code → (name, AvaTax tax code)
CATEGORIES = {
    "goods": ("Goods", "P0000000"),
    "services": ("Services", "SW054000"),
    "reduced": ("Reduced rate", "PB100000"),
    "food": ("Food", "PF050001"),
    "machinery": ("Machinery", "PM020100"),
    "delivery": ("Delivery fee", "OF400000"),
}

# (company, country, state): where the companies collect tax.
REGISTRATIONS = (
    ("us", "US", "VA"),
    ("us", "US", "CA"),
    ("us", "US", "TN"),
    ("us", "US", "CO"),
    ("us", "US", "AZ"),
    ("us", "US", "CT"),
    ("de", "DE", ""),
    ("de", "FR", ""),
)
