"""Stored documents and results come back as they were."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core.canonical import canonical_json, loads
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync_tax.core import codec
from odoo.addons.finance_sync_tax.core.document import (
    Address,
    Commitment,
    DocumentLine,
    LineResult,
    TaxDetail,
    TaxDocument,
    TaxResult,
)

from .samples import document, line

text = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8
)
decimals = st.decimals(allow_nan=False, allow_infinity=False, places=6).filter(
    lambda number: number.adjusted() < 20
)
days = st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 1, 1))


def tuples(strategy):
    return st.lists(strategy, max_size=3).map(tuple)


addresses = st.builds(Address, text, text, text, text, text, text)
lines = st.builds(
    DocumentLine, text, decimals, decimals, text, text, text, st.booleans(), text, text
)
documents = st.builds(
    TaxDocument,
    *[text] * 4,
    days,
    days,
    text,
    st.integers(0, 4),
    addresses,
    addresses,
    tuples(lines),
    text,
    st.booleans(),
    st.sampled_from([True, False, None]),
    *[text] * 3,
    tuples(text),
)
details = st.builds(TaxDetail, *[text] * 4, *[decimals] * 4, text)
line_results = st.builds(LineResult, text, *[decimals] * 3, tuples(details))
results = st.builds(
    TaxResult,
    text,
    text,
    tuples(line_results),
    decimals,
    decimals,
    text,
    st.booleans(),
    tuples(text),
)


@given(documents)
def test_a_document_survives_json(one):
    stored = json.loads(json.dumps(codec.document_to_dict(one)))
    assert codec.document_from_dict(stored) == one


@given(results)
def test_a_result_survives_json(one):
    stored = json.loads(json.dumps(codec.result_to_dict(one)))
    assert codec.result_from_dict(stored) == one


@given(st.builds(Commitment, text, text, decimals, decimals, text))
def test_a_commitment_survives_canonical_json(one):
    # Canonical JSON composes characters (NFC), so compare what it makes of both.
    written = canonical_json(codec.commitment_to_dict(one))
    again = codec.commitment_from_dict(loads(written))
    assert canonical_json(codec.commitment_to_dict(again)) == written


def test_equal_documents_are_spelled_alike():
    one = codec.document_to_dict(document(line("1.5")))
    other = codec.document_to_dict(document(line("1.50")))
    assert one == other


def test_what_was_stored_before_a_field_was_added_can_be_read():
    stored = codec.document_to_dict(document(line("1.50")))
    del stored["seller_registrations"]
    assert codec.document_from_dict(stored) == document(line("1.50"))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"colour": "red"}, "unknown field 'colour'"),
        ({"date": "yesterday"}, "document.date is not an ISO date"),
        ({"date": None}, "document.date is not an ISO date"),
        ({"places": "2"}, "document.places is not a int"),
        ({"places": True}, "document.places is not a int"),
        ({"lines": {}}, "document.lines is not a list"),
        ({"lines": [1]}, "document.lines[0] is not an object"),
        ({"lines": [{"ref": "a"}]}, "document.lines[0] has no amount"),
        ({"ship_to": None}, "document.ship_to is not an object"),
    ],
)
def test_a_broken_document_is_refused_and_it_is_said_why(change, why):
    stored = {**codec.document_to_dict(document(line("1.50"))), **change}
    with pytest.raises(ContractError) as caught:
        codec.document_from_dict(stored)
    assert why in caught.value.message


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "one", "", None, True, []])
def test_an_amount_is_a_finite_number(amount):
    stored = codec.document_to_dict(document(line("1.50")))
    stored["lines"][0]["amount"] = amount
    with pytest.raises(ContractError):
        codec.document_from_dict(stored)
