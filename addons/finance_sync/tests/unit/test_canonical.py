"""JSON that is exact, and the same for the same meaning."""

import dataclasses
import datetime
import enum
import json
import random
import uuid
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core.canonical import (
    MAX_DEPTH,
    canonical_json,
    digest,
    dumps,
    loads,
)
from odoo.addons.finance_sync.core.errors import ContractError

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))
numbers = st.decimals(
    allow_nan=False,
    allow_infinity=False,
    min_value=-(10**15),
    max_value=10**15,
    places=6,
)
scalars = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | numbers | texts
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5)
    ),
    max_leaves=20,
)
BERLIN = datetime.timezone(datetime.timedelta(hours=2))


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass(frozen=True)
class Line:
    ref: str
    amount: Decimal


def distinct_after_normalising(value) -> bool:
    try:
        canonical_json(value)
    except ContractError:
        return False
    return True


def test_canonical_form():
    value = {
        "b": (
            Decimal("1.500"),
            1.5,
            Decimal("15e-1"),
            Decimal("-0.0"),
            Decimal("1E+2"),
        ),
        "a": [1, True, None, Colour.RED, "e\u0301"],
        "d": datetime.date(2026, 2, 28),
        "c": Line("1", Decimal("0.10")),
        "u": uuid.UUID(int=1),
    }
    assert canonical_json(value) == (
        '{"a":[1,true,null,"red","é"],"b":["1.5","1.5","1.5","0","100"],'
        '"c":{"amount":"0.1","ref":"1"},"d":"2026-02-28",'
        '"u":"00000000-0000-0000-0000-000000000001"}'
    )


def test_digest_is_known():
    expected = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
    assert digest({"a": 1}) == expected


def test_times_of_one_moment_are_the_same():
    moment = datetime.datetime(2026, 1, 1, 12, tzinfo=BERLIN)
    utc = moment.astimezone(datetime.timezone.utc)
    assert (
        canonical_json(moment) == canonical_json(utc) == '"2026-01-01T10:00:00+00:00"'
    )


@given(values, st.randoms(use_true_random=False))
def test_order_of_names_does_not_matter(value, rng):
    def shuffled(item):
        if isinstance(item, dict):
            pairs = [(name, shuffled(below)) for name, below in item.items()]
            rng.shuffle(pairs)
            return dict(pairs)
        return [shuffled(below) for below in item] if isinstance(item, list) else item

    if distinct_after_normalising(value):
        assert digest(shuffled(value)) == digest(value)


@given(values)
def test_canonical_form_of_the_canonical_form_is_itself(value):
    if distinct_after_normalising(value):
        text = canonical_json(value)
        assert canonical_json(loads(text)) == text


@given(values)
def test_what_is_sent_is_read_back_the_same(value):
    read = loads(dumps(value))
    assert digest_or_none(read) == digest_or_none(value)


def digest_or_none(value):
    return digest(as_decimals(value)) if distinct_after_normalising(value) else None


def as_decimals(value):
    """A whole Decimal is sent as 5 and read back as the integer: count it as one."""
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    if isinstance(value, dict):
        return {name: as_decimals(item) for name, item in value.items()}
    return [as_decimals(item) for item in value] if isinstance(value, list) else value


@given(values)
def test_what_is_sent_is_json_to_everybody(value):
    json.loads(dumps(value))


def test_numbers_are_sent_digit_by_digit():
    sent = dumps({"a": Decimal("163.70"), "b": 0.1, "c": Decimal("1E-7"), "d": 10**20})
    assert sent == '{"a": 163.70, "b": 0.1, "c": 0.0000001, "d": 100000000000000000000}'


def test_numbers_are_read_exactly():
    read = loads('{"a": 163.70, "b": 1e2, "c": 7, "d": -0.0}')
    assert read == {"a": Decimal("163.70"), "b": Decimal(100), "c": 7, "d": 0}
    assert str(read["a"]) == "163.70"
    assert isinstance(read["c"], int)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a": 1, "a": 2}', "duplicate_name"),
        ('[{"a": {"b": 1, "b": 1}}]', "duplicate_name"),
        ("NaN", "not_a_number"),
        ("[Infinity]", "not_a_number"),
        ("[-Infinity]", "not_a_number"),
        ("1e41", "out_of_range"),
        ("1e-101", "out_of_range"),
        ("1e99999999", "not_a_number"),
        ("9" * 5000, "not_a_number"),
        ("0." + "1" * 200, "not_a_number"),
        ("[" * 65 + "1" + "]" * 65, "too_deep"),
        ('{"a":' * 70 + "1" + "}" * 70, "too_deep"),
        ("[" * 1_000_000, "not_json"),
        ('"\\u0000"', "bad_text"),
        ('{"\\u0000": 1}', "bad_text"),
        ('"\\udc00"', "bad_text"),
        ("", "not_json"),
        ("{'a': 1}", "not_json"),
        ("[1,]", "not_json"),
        ("// no\n1", "not_json"),
        (b"\xc3", "not_json"),
        ('"\t"', "not_json"),
    ],
)
def test_traps_are_refused(text, code):
    with pytest.raises(ContractError) as caught:
        loads(text)
    assert caught.value.code == code
    assert len(str(caught.value)) < 100


def test_nesting_up_to_the_limit_is_read():
    assert loads("[" * MAX_DEPTH + "]" * MAX_DEPTH)


def nested(depth: int) -> list:
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("write", [dumps, canonical_json])
@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        Decimal("sNaN"),
        Decimal("1e500"),
        b"bytes",
        {1: "a"},
        {None: "a"},
        {1, 2},
        object(),
        Line,
        "\ud800",
        "a\0b",
        {"\0": 1},
        nested(MAX_DEPTH + 1),
        datetime.timedelta(1),
        pytest.param(10**5000, id="more digits than Python prints"),
    ],
)
def test_what_json_cannot_carry_is_refused(write, value):
    with pytest.raises(ContractError):
        write({"a": value})


def test_names_that_become_the_same_are_refused():
    with pytest.raises(ContractError, match="twice"):
        canonical_json({"e\u0301": 1, "é": 2})


def test_small_differences_count():
    rng = random.Random(7)
    digests = {
        digest({"amount": Decimal(rng.randrange(10**6)) / 100}) for _ in range(50)
    }
    assert len(digests) == 50
    assert digest({"a": "1"}) != digest({"a": 1})
    assert digest([]) != digest({}) != digest(None)
