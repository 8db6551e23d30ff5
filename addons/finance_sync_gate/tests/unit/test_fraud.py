import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from odoo.addons.finance_sync_gate.core.fraud import KINDS, Facts, Rule, points

TUESDAY = datetime.datetime(2026, 11, 17, 11, 0, tzinfo=datetime.timezone.utc)
CALM = Facts(
    amount=Decimal("123.45"),
    at=TUESDAY,
    usual=(Decimal(100), Decimal(120), Decimal(140)),
    bank_age_days=400,
    bank_country="DE",
    partner_country="DE",
    partner_age_days=800,
)
RULES = {
    "new_bank_account": Rule("new_bank_account", 1, days=30),
    "far_over_usual": Rule("far_over_usual", 1, factor=Decimal(5)),
    "unusual_time": Rule("unusual_time", 1, hour_from=7, hour_to=20),
    "round_amount": Rule("round_amount", 1, multiple=Decimal(1000)),
    "new_partner": Rule("new_partner", 1, days=30),
    "foreign_bank": Rule("foreign_bank", 1),
    "shared_bank_account": Rule("shared_bank_account", 1),
    "split_payment": Rule("split_payment", 1, multiple=Decimal(10000)),
    "same_amount": Rule("same_amount", 1),
}
STRIKES = [
    ("new_bank_account", {"bank_age_days": 30}, {"bank_age_days": 31}),
    ("new_bank_account", {"bank_age_days": 0}, {"bank_age_days": None}),
    ("far_over_usual", {"amount": Decimal("600.01")}, {"amount": Decimal(600)}),
    ("unusual_time", {"at": TUESDAY.replace(hour=20)}, {"at": TUESDAY.replace(hour=7)}),
    ("unusual_time", {"at": TUESDAY.replace(day=21)}, {"at": TUESDAY.replace(day=20)}),
    ("round_amount", {"amount": Decimal(3000)}, {"amount": Decimal("3000.01")}),
    ("new_partner", {"partner_age_days": 3}, {"partner_age_days": None}),
    ("foreign_bank", {"bank_country": "LT"}, {"bank_country": ""}),
    ("shared_bank_account", {"others_with_bank": 1}, {"others_with_bank": 0}),
    (
        "split_payment",
        {"amount": Decimal(6000), "paid_recently": (Decimal(5000),)},
        {"amount": Decimal(6000), "paid_recently": (Decimal(3000),)},
    ),
    (
        "split_payment",
        {"amount": Decimal(9999), "paid_recently": (Decimal(9999),)},
        {"amount": Decimal(12000), "paid_recently": (Decimal(5000),)},
    ),
    ("same_amount", {"same_amount_recently": 1}, {"same_amount_recently": 0}),
]


@pytest.mark.parametrize(("kind", "struck", "calm"), STRIKES)
def test_a_rule_strikes_where_it_should(kind, struck, calm):
    rule = RULES[kind]
    assert points([rule], replace(CALM, **struck)) == (1, (0,))
    assert points([rule], replace(CALM, **calm)) == (0, ())


def test_every_kind_has_a_case():
    assert {kind for kind, *_rest in STRIKES} == set(KINDS) == set(RULES)


def test_an_ordinary_payment_gets_no_points():
    assert points(RULES.values(), CALM) == (0, ())


def test_points_add_up_and_small_amounts_are_overlooked():
    rules = [
        Rule("new_bank_account", 40, days=30),
        Rule("round_amount", 10, multiple=Decimal(100), least=Decimal(5000)),
    ]
    facts = replace(CALM, bank_age_days=1, amount=Decimal(1000))
    assert points(rules, facts) == (40, (0,))
    assert points(rules, replace(facts, amount=Decimal(5000))) == (50, (0, 1))


def test_little_history_is_not_unusual():
    facts = replace(CALM, amount=Decimal(10**6), usual=(Decimal(1), Decimal(1)))
    assert points([RULES["far_over_usual"]], facts)[0] == 0
