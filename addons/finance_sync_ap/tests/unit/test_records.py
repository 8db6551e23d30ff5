"""Vendors, orders and receipts in the contract's terms."""

import json
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync_ap.core.records import (
    order_from_dict,
    receipt_from_dict,
    schema,
    vendor_from_dict,
)

import tests.simulator

CHECKOUT = Path(tests.simulator.__file__).resolve().parents[2]
VENDOR = {"code": "V-OTT", "name": "Papier Ott", "vat": "DE136695976", "country": "DE"}
ORDER = {
    "number": "PO-7",
    "date": "2026-03-02",
    "currency": "EUR",
    "vendor_code": "V-OTT",
    "lines": [
        {
            "ref": "1",
            "name": "Paper",
            "quantity": "10",
            "unit": "C62",
            "price": "10.50",
            "item": "PAPER",
        }
    ],
}
RECEIPT = {"order": "77", "lines": [{"ref": "1", "quantity": "-2"}]}
READ = {
    "vendor": (vendor_from_dict, VENDOR),
    "order": (order_from_dict, ORDER),
    "receipt": (receipt_from_dict, RECEIPT),
}


def test_what_they_say():
    assert vendor_from_dict(VENDOR).city is None
    (line,) = order_from_dict(ORDER).lines
    assert (line.price, line.quantity, line.barcode) == (
        Decimal("10.50"),
        Decimal(10),
        None,
    )
    assert receipt_from_dict(RECEIPT).lines[0].quantity == Decimal(-2)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("vendor", {"name": ""}),
        ("vendor", {"iban": "DE02120300000000202051"}),
        ("order", {"lines": []}),
        ("order", {"lines": ORDER["lines"] * 2}),
        ("order", {"lines": [{**ORDER["lines"][0], "quantity": "-1"}]}),
        ("order", {"lines": [{**ORDER["lines"][0], "price": 10.5}]}),
        ("order", {"vendor_code": None}),
        ("order", {"date": "2.3.2026"}),
        ("receipt", {"order": None}),
        ("receipt", {"lines": None}),
    ],
)
def test_what_breaks_the_contract_is_named(kind, changes):
    read, good = READ[kind]
    with pytest.raises(ContractError) as caught:
        read({**good, **changes})
    assert caught.value.code == f"bad_{kind}"
    assert caught.value.message


@pytest.mark.parametrize("kind", sorted(READ))
def test_schema_and_parser_agree(kind):
    _read, good = READ[kind]
    found = schema(kind)
    jsonschema.Draft202012Validator.check_schema(found)
    validator = jsonschema.Draft202012Validator(found)
    validator.validate(good)
    assert not validator.is_valid({**good, "unheard": "of"})
    for term in found["required"]:
        assert not validator.is_valid({k: v for k, v in good.items() if k != term})


@pytest.mark.parametrize("kind", sorted(READ))
def test_the_published_schemas_are_current(kind):
    published = CHECKOUT / "docs" / "schemas" / f"{kind}.json"
    assert json.loads(published.read_text()) == schema(kind)


@given(
    st.sampled_from(sorted(READ)),
    st.recursive(st.none() | st.text() | st.integers(), st.lists, max_leaves=4),
)
def test_whatever_comes_is_read_or_refused(kind, value):
    read, good = READ[kind]
    for key in [*good, "unheard"]:
        try:
            read({**good, key: value})
        except ContractError as error:
            assert error.code == f"bad_{kind}"
