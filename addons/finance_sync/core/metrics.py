"""Figures in the Prometheus text format, from rows that SQL returned.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.exposition import choose_encoder

# Seconds: calls to other systems, and messages from their writing to their end.
CALL_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
CYCLE_BOUNDS = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0, 86400.0, 604800.0)
TOKEN_PREFIX = "fsm_"  # noqa: S105 - tells what a leaked token opens
TYPES = ("counter", "gauge", "histogram")


@dataclass(frozen=True)
class Metric:
    """One figure and the query that tells its present values.

    Rows of ``sql``: the values of ``labels`` in their order, then the value. Of a
    histogram: the labels, the number of the bucket (0 is up to the first of
    ``bounds``, ``len(bounds)`` is beyond the last), how many, their sum.
    Names of counters end in ``_total``. One row for each set of labels, or bucket.
    """

    name: str
    type: str
    help: str
    sql: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()

    def __post_init__(self):
        if self.type not in TYPES:
            raise ValueError(f"{self.name}: no such type: {self.type}")
        if (self.type == "counter") != self.name.endswith("_total"):
            raise ValueError(f"{self.name}: counters, and they alone, end in _total")
        if (self.type == "histogram") != bool(self.bounds):
            raise ValueError(f"{self.name}: histograms, and they alone, have bounds")


class _Collector:
    """What the client library asks for its families."""

    def __init__(self, families):
        self._families = families

    def collect(self):
        return self._families


def expose(figures: Iterable[tuple[Metric, Iterable[Sequence]]], accept: str = ""):
    """(body, content type) of these metrics and their rows.

    :param accept: the request's Accept header; chooses text 0.0.4 or OpenMetrics
    """
    families = [_family(metric, rows) for metric, rows in figures]
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(families))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def _family(metric, rows):
    if metric.type == "histogram":
        return _histogram(metric, rows)
    kind = CounterMetricFamily if metric.type == "counter" else GaugeMetricFamily
    family = kind(metric.name, metric.help, labels=metric.labels)
    for *labels, value in rows:
        family.add_metric(_texts(labels), float(value or 0))
    return family


def _histogram(metric, rows):
    family = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
    series = {}
    for *labels, bucket, events, seconds in rows:
        counts, total = series.setdefault(
            _texts(labels), ([0] * (len(metric.bounds) + 1), [0.0])
        )
        counts[bucket] += int(events)
        total[0] += float(seconds or 0)
    names = [*(f"{bound:g}" for bound in metric.bounds), "+Inf"]
    for labels, (counts, total) in series.items():
        buckets = list(zip(names, accumulate(counts), strict=True))
        family.add_metric(labels, buckets, total[0])
    return family


def _texts(labels):
    return tuple("" if label is None else str(label) for label in labels)


def quantile(bounds: Sequence[float], counts: Sequence[int], share: float):
    """The value below which ``share`` of what was counted lies, or None of nothing.

    Interpolated within its bucket, as Prometheus' ``histogram_quantile`` does; what
    lies beyond the last bound counts as that bound.

    >>> quantile((1.0, 2.0), (2, 2, 0), 0.5)
    1.0
    >>> quantile((1.0, 2.0), (0, 4, 0), 0.5)
    1.5
    """
    total = sum(counts)
    if not total:
        return None
    rank, below = share * total, 0
    for number, count in enumerate(counts[: len(bounds)]):
        if count and below + count >= rank:
            start = bounds[number - 1] if number else 0.0
            return start + (bounds[number] - start) * (rank - below) / count
        below += count
    return bounds[-1]


def new_token() -> str:
    """A random bearer token; 256 bits, so that no attempt to guess it is worth it."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """What is stored of a token. It is random, so salt and stretching add nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def matching(token: str, digests: Sequence[str]) -> int | None:
    """Which of ``digests`` is the token's; takes the same time whichever it is."""
    told, found = token_digest(token), None
    for number, digest in enumerate(digests):
        if hmac.compare_digest(told.encode(), digest.encode()):
            found = number
    return found


def bearer(header: str | None) -> str:
    """The token of an Authorization header, or an empty text."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
