"""The catalogue: what is checked, and the schema that is generated from it."""

import datetime
import json
from decimal import Decimal

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core import catalogue
from odoo.addons.finance_sync.core.catalogue import CatalogueError, EventType, Field

SAMPLE = EventType(
    "test.sample.happened",
    "A sample",
    fields=(
        Field("text", "string", "Text", required=True),
        Field("count", "integer", "Count"),
        Field("amount", "decimal", "Amount"),
        Field("day", "date", "Day"),
        Field("moment", "datetime", "Moment"),
        Field("flag", "boolean", "Flag"),
        Field("names", "array:string", "Names"),
    ),
)
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
samples = st.fixed_dictionaries(
    {"text": texts},
    optional={
        "count": st.integers(-(2**31), 2**31),
        "amount": st.decimals(allow_nan=False, allow_infinity=False, places=2),
        "day": st.dates(),
        "moment": st.datetimes(),
        "flag": st.booleans(),
        "names": st.lists(texts, max_size=5),
    },
)


@given(samples)
def test_what_is_accepted_fits_the_schema(data):
    cleaned = SAMPLE.clean(data)
    assert json.loads(json.dumps(cleaned)) == cleaned
    jsonschema.Draft202012Validator(SAMPLE.schema()).validate(cleaned)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"text": 5},
        {"text": "a", "more": 1},
        {"text": "a", "count": True},
        {"text": "a", "count": 1.0},
        {"text": "a", "amount": 1.5},
        {"text": "a", "amount": Decimal("NaN")},
        {"text": "a", "day": datetime.datetime.now(datetime.timezone.utc)},
        {"text": "a", "day": "2026-01-01"},
        {"text": "a", "moment": datetime.date(2026, 1, 1)},
        {"text": "a", "flag": 1},
        {"text": "a", "names": "abc"},
        {"text": "a", "names": [1]},
    ],
)
def test_what_is_refused(wrong):
    with pytest.raises(CatalogueError):
        SAMPLE.clean(wrong)


def test_empty_values_are_left_out():
    given_values = {"text": "a", "day": False, "count": None, "flag": False}
    assert SAMPLE.clean(given_values) == {"text": "a", "flag": False}


def test_times_are_utc():
    zone = datetime.timezone(datetime.timedelta(hours=2))
    moment = datetime.datetime(2026, 1, 1, 12, tzinfo=zone)
    assert SAMPLE.clean({"text": "", "moment": moment})["moment"] == (
        "2026-01-01T10:00:00Z"
    )


def test_names_are_checked():
    for name in ("single", "Upper.case", "a..b", "a.b c", ""):
        with pytest.raises(CatalogueError):
            EventType(name, "x")
    with pytest.raises(CatalogueError):
        Field("ok", "float", "x")
    with pytest.raises(CatalogueError):
        EventType("a.b", "x", fields=(Field("x", "date", ""), Field("x", "date", "")))


def test_a_name_is_registered_once(monkeypatch):
    monkeypatch.setattr(catalogue, "_types", {})
    assert catalogue.register(SAMPLE) is SAMPLE
    catalogue.register(SAMPLE)
    with pytest.raises(CatalogueError):
        catalogue.register(EventType(SAMPLE.name, "Another"))
    assert catalogue.get(SAMPLE.name) == SAMPLE
    assert list(catalogue.all_types()) == [SAMPLE]
    with pytest.raises(CatalogueError):
        catalogue.get("test.other.thing")


def test_shipped_types_have_valid_schemas():
    from odoo.addons.finance_sync.core import events_foundation

    for event_type in events_foundation.FOUNDATION:
        assert catalogue.get(event_type.name) == event_type
        jsonschema.Draft202012Validator.check_schema(event_type.schema())
