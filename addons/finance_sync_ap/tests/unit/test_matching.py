"""Bills against orders and receipts."""

import random
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync_ap.core.assignment import assign
from odoo.addons.finance_sync_ap.core.candidates import OrderBook
from odoo.addons.finance_sync_ap.core.matching import match
from odoo.addons.finance_sync_ap.core.order import (
    ORDERED,
    Limit,
    Limits,
    Order,
    OrderLine,
    Question,
    QuestionLine,
    Units,
)

D = Decimal
UNITS = Units(
    {
        "C62": ("unit", D(1)),
        "DZN": ("unit", D(12)),
        "KGM": ("weight", D(1)),
    }
)
STRICT = Limits()


def order_line(key="1", **values):
    given = {"order_ref": "P1", "unit": "C62", "price": D(10), "ordered": D(10)}
    given |= {"received": D(10), "vendor_item": "A-1", **values}
    return OrderLine(key, **given)


def order(*lines, ref="P1", vendor="v", currency="EUR"):
    return Order(ref, vendor, currency, lines or (order_line(),))


def line(ref="1", quantity="10", price="10", net=None, **values):
    quantity, price = D(quantity), D(price)
    base = values.get("price_base", D(1))
    net = quantity * price / base if net is None else D(net)
    given = {"unit": "C62", "vendor_item": "a1", **values}
    return QuestionLine(ref, quantity, price=price, net=net, **given)


def bill(*lines, **values):
    given = {"vendor": "v", "currency": "EUR", "order_refs": ("P1",), **values}
    return Question(lines=lines or (line(),), **given)


def matched(question, *orders, limits=STRICT):
    return match(question, OrderBook(orders or (order(),)), limits, UNITS)


def kinds(found):
    return [deviation.kind for deviation in found.deviations]


def quantities(found):
    return {(link.line_ref, link.order_line): link.quantity for link in found.links}


def test_what_was_ordered_and_received_is_matched():
    found = matched(bill())
    assert found.state == "matched"
    assert quantities(found) == {("1", "1"): D(10)}
    assert found.links[0].way == "vendor_item"


def test_another_vendors_order_is_never_linked_whatever_its_total():
    found = matched(bill(), order(vendor="other"))
    assert not found.links
    assert kinds(found) == ["foreign_order", "unmatched"]


def test_an_order_in_another_currency_is_never_linked():
    assert not matched(bill(), order(currency="USD")).links


def test_an_order_that_nobody_knows_is_named():
    found = matched(bill(order_refs=("P9",)))
    assert [d.about for d in found.deviations if d.kind == "unknown_order"] == ["P9"]


def test_the_same_item_at_two_prices_goes_to_the_order_line_of_its_price():
    cheap, dear = order_line("c", price=D(8)), order_line("d", price=D(10))
    asked = bill(line("x", price="10"), line("y", price="8"))
    found = matched(asked, order(cheap, dear))
    assert quantities(found) == {("x", "d"): D(10), ("y", "c"): D(10)}
    assert found.state == "matched"


def test_dozens_billed_and_units_ordered():
    one = order_line(ordered=D(24), received=D(24), price=D(1))
    found = matched(bill(line(quantity="2", price="12", unit="DZN")), order(one))
    assert quantities(found) == {("1", "1"): D(24)}
    assert found.state == "matched"


def test_an_unknown_unit_is_held_and_never_taken_as_a_number():
    found = matched(bill(line(unit="KGM")))
    assert not found.links
    assert kinds(found) == ["unit"]


def test_a_price_for_a_hundred_is_compared_by_the_piece():
    one = order_line(price=D("0.10"))
    found = matched(bill(line(price="10", price_base=D(100))), order(one))
    assert found.state == "matched"


def test_of_ten_ordered_six_received_two_returned_four_can_be_matched():
    one = order_line(received=D(4))
    found = matched(bill(line(quantity="6")), order(one))
    assert quantities(found) == {("1", "1"): D(4)}
    assert found.state == "waiting"
    assert kinds(found) == ["not_received"]


def test_more_than_was_ordered_does_not_wait_but_is_held():
    found = matched(bill(line(quantity="12")))
    assert quantities(found) == {("1", "1"): D(10)}
    assert found.state == "held"
    assert kinds(found) == ["quantity"]
    assert found.deviations[0].amount == D(20)


def test_services_need_no_receipt():
    one = order_line(received=D(0), basis=ORDERED)
    assert matched(bill(), order(one)).state == "matched"


def test_what_other_bills_took_is_not_there_any_more():
    found = matched(bill(line(quantity="3")), order(order_line(billed=D(8))))
    assert quantities(found) == {("1", "1"): D(2)}


def test_a_blanket_order_is_drawn_from_line_by_line():
    first, second = order_line("1", ordered=D(4), received=D(4)), order_line("2")
    found = matched(bill(line(quantity="12")), order(first, second))
    assert sum(quantities(found).values()) == D(12)
    assert found.state == "matched"


def test_a_lower_price_is_said_and_passes():
    found = matched(bill(line(price="9")))
    assert found.state == "matched"
    assert [d.weight for d in found.deviations] == ["warn"]


@pytest.mark.parametrize(
    ("percent", "amount", "held"),
    [("2", "1", False), ("2", "0.1", True), ("1", "1", True), (None, "1", False)],
)
def test_a_higher_price_passes_under_both_limits(percent, amount, held):
    limit = Limit(D(percent) if percent else None, D(amount))
    wide = Limit(None, None)
    limits = Limits(price=limit, line=wide, order_line=wide, document=wide)
    found = matched(bill(line(price="10.2")), limits=limits)
    assert (found.state == "held") is held


def test_three_bills_each_within_its_limit_add_up_on_the_order_line():
    wide = Limit(None, None)
    two_percent = Limit(D(2), None)
    limits = Limits(
        price=two_percent, line=two_percent, order_line=two_percent, document=wide
    )
    asked = bill(line(quantity="4", price="10.19"))
    excess, states = D(0), []
    for billed in (0, 4, 8):
        one = order_line(ordered=D(12), received=D(12), billed=D(billed), excess=excess)
        found = matched(asked, order(one), limits=limits)
        excess += dict(found.excess)["1"]
        states.append(found.state)
    assert states == ["matched", "matched", "matched"]
    assert excess == D("2.28")
    tight = replace(limits, order_line=Limit(D(1), None))
    one = order_line(ordered=D(12), received=D(12), billed=D(8), excess=D("1.52"))
    assert kinds(matched(asked, order(one), limits=tight)) == ["order_line_value"]


def test_freight_that_nobody_ordered_has_its_own_limit():
    freight = line("f", "1", "25", charge=True)
    assert kinds(matched(bill(line(), freight))) == ["charges"]
    limits = Limits(charges=Limit(D(30), D(30)))
    assert matched(bill(line(), freight), limits=limits).state == "matched"


def test_a_net_that_is_not_quantity_times_price_is_held():
    assert kinds(matched(bill(line(net="99.50")))) == ["rounding"]


def test_a_credit_note_takes_what_was_billed_and_went_back():
    one = order_line(received=D(8), billed=D(10))
    found = matched(bill(line(quantity="2"), credit=True), order(one))
    assert quantities(found) == {("1", "1"): D(2)}
    too_much = matched(bill(line(quantity="3"), credit=True), order(one))
    assert too_much.state == "held"


def test_the_line_that_is_named_wins_over_the_item():
    named, other = order_line("n", line_ref="20"), order_line("o", line_ref="10")
    asked = bill(line(order_line_ref="20", price="11"))
    assert [x.order_line for x in matched(asked, order(named, other)).links] == ["n"]


small = st.integers(0, 12).map(D)
prices = st.sampled_from([D(8), D(10), D("10.10")])
items = st.sampled_from(["A1", "B2"])


def test_one_book_answers_bills_with_and_without_an_order():
    first, second = order(order_line("1")), order(order_line("2"), ref="P2")
    book = OrderBook((first, second, order(order_line("3"), vendor="other", ref="P3")))
    for refs, keys in (("P1",), {"1"}), ((), {"1", "2"}), (("p-2",), {"2"}):
        found = book.candidates(bill(order_refs=refs), line(), UNITS)
        assert set(found) == keys


@given(st.lists(st.sampled_from([D(9), D(10), D(11)]), min_size=1, max_size=6))
def test_a_line_without_a_rival_gets_what_the_assignment_would_give(prices):
    lines = [order_line(str(key), price=price) for key, price in enumerate(prices)]
    asked, ordered = bill(line()), order(*lines)
    candidates = OrderBook((ordered,)).candidates(asked, line(), UNITS)
    costs = {(0, int(key)): one.cost for key, one in candidates.items()}
    first = min(matched(asked, ordered).links, key=lambda link: int(link.order_line))
    assert {0: int(first.order_line)} == assign(costs, 1)


@st.composite
def cases(draw):
    orders = [
        order_line(
            str(number),
            ordered=draw(small),
            received=draw(small),
            billed=draw(small),
            price=draw(prices),
            vendor_item=draw(items),
        )
        for number in range(draw(st.integers(1, 5)))
    ]
    lines = [
        line(
            str(number),
            draw(st.integers(1, 12)),
            draw(prices),
            vendor_item=draw(items),
        )
        for number in range(draw(st.integers(1, 5)))
    ]
    return bill(*lines, credit=draw(st.booleans())), order(*orders)


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_lines_decides_nothing(case, chance: random.Random):
    asked, ordered = case
    lines, orders = list(asked.lines), list(ordered.lines)
    chance.shuffle(lines)
    chance.shuffle(orders)
    shuffled = matched(
        replace(asked, lines=tuple(lines)), replace(ordered, lines=tuple(orders))
    )
    assert shuffled == matched(asked, ordered)


@given(cases())
def test_nothing_is_matched_beyond_what_is_open(case):
    asked, ordered = case
    found = matched(asked, ordered)
    for one in ordered.lines:
        taken = sum(x.quantity for x in found.links if x.order_line == one.key)
        assert taken <= (one.creditable if asked.credit else one.open)
    for one in asked.lines:
        taken = sum(x.quantity for x in found.links if x.line_ref == one.ref)
        assert taken <= one.quantity


@given(cases())
def test_whatever_is_not_matched_whole_has_a_deviation(case):
    asked, ordered = case
    found = matched(asked, ordered)
    told = {deviation.line_ref for deviation in found.deviations}
    for one in asked.lines:
        taken = sum(x.quantity for x in found.links if x.line_ref == one.ref)
        assert taken == one.quantity or one.ref in told


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 4), st.integers(0, 4)), st.integers(0, 20), max_size=12
    )
)
def test_the_assignment_is_the_largest_and_then_the_cheapest(costs):
    found = assign(costs, 5)
    assert len(set(found.values())) == len(found)

    def best(row, used):
        """(pairs, -cost) of the best way from ``row`` on, by trying all of them."""
        if row == 5:
            return (0, 0)
        ways = [best(row + 1, used)]
        for column in range(5):
            if (row, column) in costs and column not in used:
                pairs, cost = best(row + 1, used | {column})
                ways.append((pairs + 1, cost - costs[row, column]))
        return max(ways)

    total = sum(costs[pair] for pair in found.items())
    assert (len(found), -total) == best(0, frozenset())
