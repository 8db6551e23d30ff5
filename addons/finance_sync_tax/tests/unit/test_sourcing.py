"""Who taxes a sale, and why nobody does."""

from dataclasses import replace

import pytest
from odoo.addons.finance_sync.core.errors import RejectedError
from odoo.addons.finance_sync_tax.core.document import Address
from odoo.addons.finance_sync_tax.core.rates import RateBook, Registration
from odoo.addons.finance_sync_tax.core.sourcing import source

from .samples import (
    ARIZONA,
    BERLIN,
    CALIFORNIA,
    DAY,
    LYON,
    US_BOOK,
    VIRGINIA,
    document,
    line,
    rate,
)

EU_BOOK = RateBook(
    [rate("DE", "19"), rate("FR", "20"), rate("XI", "20"), rate("GB", "20")],
    [Registration("DE")],
)
WITH_FRANCE = RateBook([], [Registration("DE"), Registration("FR")])
BELFAST = Address(city="Belfast", postal_code="BT1 5GS", country="GB")
LONDON = Address(city="London", postal_code="SW1A 1AA", country="GB")
ATHENS = Address(city="Athen", postal_code="10431", country="EL")
CANARIES = Address(city="Las Palmas", postal_code="35001", country="ES")
ZURICH = Address(city="Zürich", postal_code="8001", country="CH")
MONACO = Address(city="Monaco", postal_code="98000", country="MC")


def sale(ship_to, ship_from=BERLIN, **values):
    return document(line("100"), ship_from=ship_from, ship_to=ship_to, **values)


def taxed_at(asked, book) -> str:
    sourcing = source(asked, book)
    assert not sourcing.reason
    return sourcing.place.code


def test_at_home_the_country_taxes():
    assert taxed_at(sale(BERLIN), EU_BOOK) == "DE"


def test_a_consumer_abroad_pays_the_sellers_tax_below_the_threshold():
    assert taxed_at(sale(LYON), EU_BOOK) == "DE"


def test_a_consumer_abroad_pays_their_own_tax_where_the_seller_is_registered():
    assert taxed_at(sale(LYON), WITH_FRANCE) == "FR"
    told = sale(LYON, seller_registrations=("FR",))
    assert taxed_at(told, EU_BOOK) == "FR"


@pytest.mark.parametrize(
    ("ship_to", "number"),
    [(LYON, "FR78500000005"), (ATHENS, "EL094259216"), (BELFAST, "XI110305878")],
)
def test_a_business_with_a_valid_number_accounts_for_the_tax_itself(ship_to, number):
    asked = sale(ship_to, customer_vat=number, vat_valid=True)
    sourcing = source(asked, WITH_FRANCE)
    assert sourcing.reason == f"Reverse charge to VAT number {number}"
    assert not sourcing.messages


def test_a_number_that_could_not_be_verified_is_not_invalid():
    unknown = source(sale(LYON, customer_vat="FR1", vat_valid=None), EU_BOOK)
    invalid = source(sale(LYON, customer_vat="FR1", vat_valid=False), EU_BOOK)
    assert unknown.place.code == invalid.place.code == "DE"
    assert "could not be verified" in unknown.messages[0]
    assert "is not valid" in invalid.messages[0]


def test_a_number_of_the_country_of_departure_does_not_shift_the_tax():
    asked = sale(LYON, customer_vat="DE500000007", vat_valid=True)
    assert taxed_at(asked, EU_BOOK) == "DE"


def test_a_valid_number_does_not_shift_the_tax_at_home():
    asked = sale(BERLIN, customer_vat="DE500000007", vat_valid=True)
    assert taxed_at(asked, EU_BOOK) == "DE"


@pytest.mark.parametrize("ship_to", [ZURICH, LONDON, CALIFORNIA, CANARIES])
def test_a_sale_out_of_the_union_is_an_export(ship_to):
    sourcing = source(sale(ship_to, customer_vat="XX1", vat_valid=True), EU_BOOK)
    assert sourcing.reason.startswith("Export from DE")


def test_northern_ireland_is_in_the_union_for_goods():
    assert taxed_at(sale(BELFAST), EU_BOOK) == "DE"
    assert source(sale(BELFAST, ship_from=LONDON), EU_BOOK).reason


def test_the_canaries_are_outside_of_spains_vat():
    mainland = Address(city="Madrid", postal_code="28001", country="ES")
    book = RateBook([], [Registration("ES")])
    sourcing = source(sale(CANARIES, ship_from=mainland), book)
    assert sourcing.reason == "Outside the VAT territory of ES"


def test_monaco_is_taxed_as_france():
    assert taxed_at(sale(MONACO, ship_from=LYON), WITH_FRANCE) == "FR"


def test_a_territory_outside_the_unions_vat_has_no_rates_of_its_country():
    with pytest.raises(RejectedError) as caught:
        source(sale(CANARIES, ship_from=CANARIES), RateBook([], [Registration("ES")]))
    assert caught.value.code == "no_rates"


def test_a_registration_abroad_taxes_imports():
    book = RateBook([], [Registration("DE"), Registration("CH")])
    assert taxed_at(sale(ZURICH), book) == "CH"


def test_without_a_registration_there_is_no_tax_and_a_reason():
    assert source(sale(LYON), RateBook()).reason == "Seller is not registered in DE"
    asked = document(line("1"), ship_to=CALIFORNIA)
    assert source(asked, US_BOOK).reason == "Seller is not registered in US-CA"


def test_us_sales_are_taxed_where_the_buyer_is():
    assert taxed_at(document(line("1"), ship_to=ARIZONA), US_BOOK) == "US-AZ"


def test_some_states_tax_at_the_sellers_place_within_the_state():
    near = replace(VIRGINIA, city="Blacksburg", postal_code="24060")
    asked = document(line("1"), ship_to=near)
    assert source(asked, US_BOOK).place.postal == "23219"
    by_destination = source(asked, US_BOOK, frozenset())
    assert by_destination.place.postal == "24060"


@pytest.mark.parametrize(
    ("ship_to", "code", "why"),
    [
        (Address(), "missing_address", "has no country"),
        (replace(VIRGINIA, country="ZZ"), "unknown_country", "'ZZ'"),
        (replace(VIRGINIA, region=""), "missing_address", "has no state"),
        (replace(VIRGINIA, postal_code=""), "missing_address", "has no postal code"),
    ],
)
def test_a_bad_address_is_refused_and_it_is_said_why(ship_to, code, why):
    with pytest.raises(RejectedError) as caught:
        source(document(line("1"), ship_to=ship_to), US_BOOK)
    assert caught.value.code == code
    assert why in caught.value.message


def test_a_state_may_carry_its_country():
    place = source(
        document(line("1"), ship_to=replace(VIRGINIA, region="us-va")), US_BOOK
    ).place
    assert (place.country, place.state) == ("US", "VA")


def test_the_tax_date_decides_about_registrations():
    ended = RateBook([], [Registration("DE", valid_to=DAY.replace(day=1))])
    assert source(sale(BERLIN), ended).reason
    earlier = DAY.replace(day=1)
    assert taxed_at(sale(BERLIN, tax_date=earlier), ended) == "DE"
