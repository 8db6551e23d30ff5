"""Figures as text, percentiles, tokens, and error budgets."""

import pytest
from odoo.addons.finance_sync.core import slo
from odoo.addons.finance_sync.core.metrics import (
    Metric,
    bearer,
    expose,
    matching,
    new_token,
    quantile,
    token_digest,
)
from prometheus_client.parser import text_string_to_metric_families


def parsed(*figures, accept=""):
    body, _content_type = expose(figures, accept)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def test_counter_and_gauge():
    counter = Metric("calls_total", "counter", "Calls.", "", ("who",))
    gauge = Metric("depth", "gauge", "Depth.", "")
    seen = parsed((counter, [("a", 3), (None, 2)]), (gauge, [(None,)]))
    assert seen[("calls_total", (("who", "a"),))] == 3
    assert seen[("calls_total", (("who", ""),))] == 2
    assert seen[("depth", ())] == 0


def test_labels_are_escaped():
    gauge = Metric("depth", "gauge", "Depth.", "", ("who",))
    name = 'a "quoted"\nname \\ of é'
    assert parsed((gauge, [(name, 1)])) == {("depth", (("who", name),)): 1}


def test_histogram_adds_up():
    metric = Metric("took_seconds", "histogram", "Took.", "", ("who",), (1.0, 2.5))
    rows = [("a", 0, 2, 1.0), ("a", 2, 1, 9.0), ("b", 1, 4, 8.0)]
    seen = parsed((metric, rows))
    a = {
        dict(labels)["le"]: value
        for (name, labels), value in seen.items()
        if name == "took_seconds_bucket" and dict(labels)["who"] == "a"
    }
    assert a == {"1": 2, "2.5": 2, "+Inf": 3}
    assert seen[("took_seconds_count", (("who", "a"),))] == 3
    assert seen[("took_seconds_sum", (("who", "a"),))] == 10
    assert seen[("took_seconds_count", (("who", "b"),))] == 4


def test_openmetrics_where_it_is_asked_for():
    gauge = Metric("depth", "gauge", "Depth.", "")
    body, content_type = expose([(gauge, [(1,)])], "application/openmetrics-text")
    assert content_type.startswith("application/openmetrics-text")
    assert body.endswith(b"# EOF\n")


@pytest.mark.parametrize(
    ("name", "kind", "bounds"),
    [
        ("calls", "counter", ()),
        ("depth_total", "gauge", ()),
        ("took", "histogram", ()),
        ("depth", "gauge", (1.0,)),
        ("depth", "summary", ()),
    ],
)
def test_bad_metrics_are_refused(name, kind, bounds):
    with pytest.raises(ValueError, match=name):
        Metric(name, kind, "Help.", "", (), bounds)


@pytest.mark.parametrize(
    ("counts", "share", "expected"),
    [
        ((0, 0, 0), 0.5, None),
        ((10, 0, 0), 0.5, 0.5),
        ((0, 10, 0), 1.0, 2.0),
        ((0, 0, 10), 0.5, 2.0),
        ((5, 5, 0), 0.95, 1.9),
    ],
)
def test_quantile(counts, share, expected):
    assert quantile((1.0, 2.0), counts, share) == (
        expected if expected is None else pytest.approx(expected)
    )


def test_tokens_are_told_apart():
    tokens = [new_token() for _number in range(3)]
    digests = [token_digest(token) for token in tokens]
    assert len(set(tokens)) == 3
    assert [matching(token, digests) for token in tokens] == [0, 1, 2]
    assert matching("", digests) is None
    assert matching(digests[0], digests) is None
    assert matching(tokens[0], []) is None


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Basic abc", ""),
        ("abc", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_bearer(header, token):
    assert bearer(header) == token


def test_budget():
    none = slo.Tally()
    assert (none.attainment, slo.burn_rate(none, 99.5)) == (100.0, 0.0)
    half = slo.Tally(1000, 995)
    assert slo.burn_rate(half, 99.0) == pytest.approx(0.5)
    assert slo.budget_left(half, 99.0) == pytest.approx(50)
    assert slo.budget_left(slo.Tally(100, 90), 99.0) == pytest.approx(-900)
    assert (half + half).total == 2000


def test_fast_burn_needs_both_spans():
    assert slo.is_burning(15, 7, 14.4)
    assert not slo.is_burning(15, 5, 14.4)
    assert not slo.is_burning(10, 10, 14.4)
