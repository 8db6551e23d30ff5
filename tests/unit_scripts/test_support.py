"""What tests and demo lean on: tables, waiting, percentiles."""

import pytest

from tests.faults.report import Record
from tests.support.table import render
from tests.support.waiting import wait_for

HEAD = ("Case", "Tax")


def test_table_is_aligned():
    shown = render(
        HEAD, [("Virginia", "1.52"), ("Yen", "152")], right=["Tax"], width=80
    )
    assert shown.splitlines() == [
        "Case       Tax",
        "────────  ────",
        "Virginia  1.52",
        "Yen        152",
    ]


def test_table_cuts_texts_before_figures():
    (*_, row) = render(HEAD, [("x" * 90, "12345.67")], width=40).splitlines()
    assert row == "x" * 29 + "…" + "  " + "12345.67"


def test_wait_returns_what_came_true():
    answers = iter(["", [], "there"])
    assert wait_for("it", lambda: next(answers), interval=0) == "there"


def test_wait_says_what_for():
    with pytest.raises(TimeoutError, match="in vain for the moon"):
        wait_for("the moon", lambda: False, seconds=0, interval=0)


@pytest.mark.parametrize(
    ("times", "p50", "p95"),
    [([], 0.0, 0.0), ([7.0], 7.0, 7.0), (list(range(1, 101)), 50.5, 95.05)],
)
def test_percentiles(times, p50, p95):
    record = Record("any", seed=1, recoveries=times)
    assert record.percentile(0.5) == pytest.approx(p50)
    assert record.percentile(0.95) == pytest.approx(p95)
