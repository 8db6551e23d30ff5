"""A person in messages and texts."""

import pytest
from odoo.addons.finance_sync.core.personal import Needles

JANE = Needles(["Jane Doé", "jane@example.com", "DE02120300000000202051", None, False])


@pytest.mark.parametrize(
    "value",
    [
        "Invoice of JANE DOE",
        {"buyer": {"mail": "Jane@Example.com"}},
        [{"iban": "DE02 1203 0000 0000 2020 51"}],
        {"text": ["x", {"deep": "jane doe, Main Street"}]},
    ],
)
def test_is_found(value):
    assert JANE.found_in(value)


@pytest.mark.parametrize("value", ["Janet Do", {"n": 1}, None, [], {"jane@x": 1.5}])
def test_is_not_found(value):
    assert not JANE.found_in(value)


def test_is_taken_out():
    text = "Refused for Jane Doé (DE02 1203 0000 0000 2020 51)."
    assert JANE.taken_out_of(text) == "Refused for ••• (•••)."
    assert JANE.taken_out_of("") == ""
    assert JANE.taken_out_of(None) is None


def test_what_is_too_short_is_found_nowhere():
    short = Needles(["Li", "a-b"])
    assert not short
    assert not short.found_in("Li, a-b")
    assert short.taken_out_of("Li") == "Li"
