from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core.errors import ContractError, TransientError
from odoo.addons.finance_sync_gate.core.credit import Exposure, Policy, decide
from odoo.addons.finance_sync_gate.core.verdict import ORDER, by_score, worst

AMOUNTS = st.decimals(0, 10**6, places=2)
QUESTION = {
    "customer": "C1",
    "amount": Decimal("100.50"),
    "exposure": Decimal("180.50"),
    "currency": "EUR",
}


def state(document, limit, **values):
    names = ("hold_without_limit", "block_over", "overdue_days", "overdue_least")
    policy = {name: values.pop(name) for name in names if name in values}
    limit = None if limit is None else Decimal(limit)
    exposure = Exposure(Decimal(document), **values)
    return decide(exposure, Policy(limit, **policy))[0]


def test_everything_counts_towards_the_limit():
    parts = {name: Decimal(25) for name in ("open_items", "drafts", "orders")}
    assert state(25, 100, **parts) == "pass"
    assert state("25.01", 100, **parts) == "hold"


def test_far_over_the_limit_nobody_overrides():
    assert state(120, 100, block_over=Decimal(20)) == "hold"
    assert state("120.01", 100, block_over=Decimal(20)) == "block"


def test_no_limit():
    assert state(10**6, None) == "pass"
    assert state(1, None, hold_without_limit=True) == "hold"
    assert state(1, 0) == "hold"


def test_overdue_items():
    late = {"overdue": Decimal(50), "overdue_days": 31}
    exposure = Exposure(Decimal(1), **late)
    for policy, expected in (
        (Policy(None), "pass"),
        (Policy(None, overdue_days=30), "hold"),
        (Policy(None, overdue_days=31), "pass"),
        (Policy(None, overdue_days=30, overdue_least=Decimal(50)), "pass"),
    ):
        assert decide(exposure, policy)[0] == expected


def test_a_credit_note_always_passes():
    assert state(-1, 0, open_items=Decimal(10**6), hold_without_limit=True) == "pass"


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_a_higher_limit_never_makes_it_worse(document, limit, more):
    exposure = Exposure(document)
    low = decide(exposure, Policy(limit, block_over=Decimal(10)))[0]
    high = decide(exposure, Policy(limit + more, block_over=Decimal(10)))[0]
    assert ORDER.index(high) <= ORDER.index(low)


def test_the_worst_counts():
    assert worst([]) == "pass"
    assert worst(["hold", "review", "block", "pass"]) == "block"
    assert [by_score(s, 60, 90) for s in (59.9, 60, 89.9, 90)] == [
        "pass",
        "hold",
        "hold",
        "block",
    ]
    assert by_score(100, 60, 0) == "hold"


# -- The provider, over HTTP


def test_a_provider_decides(credit, simulator):
    assert credit.ping().ok
    assert credit.check(QUESTION)["decision"] == "approve"
    simulator.credit.limit("C1", 150)
    answer = credit.check(QUESTION)
    assert (answer["decision"], answer["limit"]) == ("review", Decimal(150))
    assert answer["reference"] and answer["reasons"]
    simulator.credit.limit("C1", 100)
    assert credit.check(QUESTION)["decision"] == "decline"
    assert simulator.requests[-1].body["amount"] == 100.5


def test_an_unclear_answer_is_no_decision(credit, simulator):
    simulator.fault("credit", kind="differ")
    with pytest.raises(ContractError):
        credit.check(QUESTION)


def test_an_outage_is_no_decision(credit, simulator):
    for kind in ("error", "drop", "throttle"):
        simulator.fault("credit", kind=kind)
        with pytest.raises(TransientError):
            credit.check(QUESTION)
