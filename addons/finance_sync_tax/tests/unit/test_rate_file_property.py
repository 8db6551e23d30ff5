"""Whatever rates there are, their file brings them back."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync_tax.core.document import JURISDICTION_TYPES
from odoo.addons.finance_sync_tax.core.rate_file import (
    parse_rates,
    parse_registrations,
    write_rates,
    write_registrations,
)
from odoo.addons.finance_sync_tax.core.rates import Rate, Registration

letters = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)
digits = st.text("0123456789", min_size=1, max_size=5)
# Words as people write them: no blanks around, no apostrophe that guards a formula.
words = st.text(
    st.characters(categories=("L", "N", "P", "S", "Zs"), exclude_characters="'\u2028"),
    max_size=12,
).map(str.strip)
days = st.dates(date(1990, 1, 1), date(2100, 1, 1))


@st.composite
def periods(draw):
    first = draw(st.none() | days)
    if first is None:
        return None, draw(st.none() | days)
    length = draw(st.none() | st.integers(0, 4000))
    return first, None if length is None else first + timedelta(days=length)


@st.composite
def rates(draw):
    first, last = draw(periods())
    low, high = sorted((draw(digits), draw(digits)))
    country = draw(letters)
    state = draw(st.just("") | letters)
    return Rate(
        country=country,
        state=state,
        postal_from=low,
        postal_to=high,
        category=draw(words),
        rate=(Decimal(draw(st.integers(0, 10**6))) / 10**6).normalize(),
        valid_from=first,
        valid_to=last,
        name=draw(words),
        jurisdiction_type=draw(st.sampled_from(JURISDICTION_TYPES)),
        jurisdiction_code=draw(words.filter(bool)),
        complete=draw(st.booleans()),
        source=draw(words),
        source_date=draw(st.none() | days),
    )


@given(st.lists(rates(), max_size=5))
def test_rates_come_back(items):
    parsed = parse_rates(write_rates(items).encode())
    assert not parsed.errors
    assert [row.item for row in parsed.rows] == items


@st.composite
def registrations(draw):
    return Registration(draw(letters), draw(st.just("") | letters), *draw(periods()))


@given(st.lists(registrations(), max_size=5))
def test_registrations_come_back(items):
    parsed = parse_registrations(write_registrations(items).encode())
    assert not parsed.errors
    assert [row.item for row in parsed.rows] == items


@given(st.binary(max_size=200))
def test_no_file_breaks_the_reader(data):
    parsed = parse_rates(data)
    assert parsed.errors or not parsed.rows
