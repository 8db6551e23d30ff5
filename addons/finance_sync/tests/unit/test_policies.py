"""Retry, breaker and rate limit: decisions on values."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core.breaker import (
    BreakerPolicy,
    BreakerState,
    admit,
    is_outage,
    on_failure,
    on_success,
)
from odoo.addons.finance_sync.core.errors import RejectedError, TransientError
from odoo.addons.finance_sync.core.rate_limit import (
    Bucket,
    RateLimit,
    take,
    take_many,
)
from odoo.addons.finance_sync.core.retry import RetryPolicy

POLICY = BreakerPolicy(threshold=3, cool_down=60.0, probe_lease=30.0)
NOW = 1_700_000_000.0
moments = st.floats(NOW - 1e6, NOW + 1e6, allow_nan=False)


def test_delays_double_up_to_the_cap():
    policy = RetryPolicy(base=5.0, cap=60.0, jitter=0.0)
    delays = [policy.delay(attempt) for attempt in range(7)]
    assert delays == [5.0, 5.0, 10.0, 20.0, 40.0, 60.0, 60.0]
    assert policy.delay(10**9) == 60.0


@given(
    st.integers(1, 10_000),
    st.one_of(st.none(), st.floats(0, 1e9)),
    st.integers(),
)
def test_delay_is_bounded_and_never_less_than_asked_for(attempt, asked, seed):
    policy = RetryPolicy(base=5.0, cap=3600.0, jitter=0.2)
    delay = policy.delay(attempt, asked, random.Random(seed))
    assert delay >= min(5.0 * 2 ** min(attempt - 1, 20), 3600.0) * 0.8
    assert delay >= min(asked or 0.0, 86400.0)
    assert delay <= max(3600.0 * 1.2, min(asked or 0.0, 86400.0))


def test_jitter_spreads_the_herd():
    rng = random.Random(1)
    assert len({RetryPolicy().delay(1, rng=rng) for _ in range(50)}) == 50


@pytest.mark.parametrize(("attempts", "spent"), [(0, False), (7, False), (8, True)])
def test_attempts_are_counted(attempts, spent):
    assert RetryPolicy(max_attempts=8).spent(attempts) is spent


def failed(state: BreakerState, times: int, now: float = NOW) -> BreakerState:
    for _ in range(times):
        state = on_failure(state, POLICY, now)
    return state


def test_breaker_opens_after_failures_in_a_row_only():
    assert admit(failed(BreakerState(), 2), POLICY, NOW)[0]
    healed = on_success(failed(BreakerState(), 2), POLICY, NOW)
    assert admit(failed(healed, 2), POLICY, NOW)[0]
    allowed, retry_at, state = admit(failed(BreakerState(), 3), POLICY, NOW)
    assert (allowed, retry_at, state.state) == (False, NOW + 60, "open")


def test_one_probe_at_a_time_after_the_cool_down():
    opened = failed(BreakerState(), 3)
    assert not admit(opened, POLICY, NOW + 59)[0]
    allowed, retry_at, probing = admit(opened, POLICY, NOW + 60)
    assert (allowed, retry_at, probing.state) == (True, None, "half_open")
    assert admit(probing, POLICY, NOW + 61)[:2] == (False, NOW + 90)


def test_probe_decides():
    _, _, probing = admit(failed(BreakerState(), 3), POLICY, NOW + 60)
    assert on_success(probing, POLICY, NOW + 61) == BreakerState()
    again = on_failure(probing, POLICY, NOW + 61)
    assert admit(again, POLICY, NOW + 62)[:2] == (False, NOW + 121)


def test_lost_probe_frees_the_way_for_the_next():
    _, _, probing = admit(failed(BreakerState(), 3), POLICY, NOW + 60)
    allowed, _, second = admit(probing, POLICY, NOW + 90)
    assert allowed
    assert second.probe_until == NOW + 120


def test_stragglers_do_not_prolong_the_outage():
    opened = failed(BreakerState(), 3)
    assert on_failure(opened, POLICY, NOW + 50) == opened


states = st.builds(
    BreakerState,
    state=st.sampled_from(["closed", "open", "half_open"]),
    failures=st.integers(0, 100),
    opened_at=moments,
    probe_until=moments,
)


@given(states, moments)
def test_breaker_never_refuses_for_longer_than_agreed(state, now):
    """Whatever is stored, and however clocks were moved."""
    allowed, retry_at, kept = admit(state, POLICY, now)
    if allowed:
        assert retry_at is None
        return
    assert now < retry_at <= now + 60.0
    assert kept == state
    assert admit(state, POLICY, retry_at)[0]


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (TransientError("x", status=503), True),
        (TransientError("x"), True),
        (TransientError("x", status=429), False),
        (RejectedError("x", status=400), False),
    ],
)
def test_only_outages_count_against_a_provider(error, outage):
    assert is_outage(error) is outage


def test_burst_then_steady():
    limit = RateLimit(per_second=2.0, burst=3)
    bucket, answers = None, []
    for _ in range(5):
        allowed, retry_at, bucket = take(bucket, limit, NOW)
        answers.append((allowed, retry_at))
    assert answers == [(True, None)] * 3 + [(False, NOW + 0.5)] * 2
    assert take(bucket, limit, NOW + 0.5)[0]


@pytest.mark.parametrize("limit", [RateLimit(), RateLimit(0, 1), RateLimit(None, 0)])
def test_no_limit_is_no_limit(limit):
    bucket = None
    for _ in range(100):
        allowed, retry_at, bucket = take(bucket, limit, NOW)
        assert (allowed, retry_at) == (True, None)


@given(
    st.floats(0.01, 1000),
    st.integers(1, 50),
    st.lists(st.floats(0, 3), max_size=60),
)
def test_never_more_calls_than_burst_and_rate_allow(rate, burst, pauses):
    limit, now, bucket, granted = RateLimit(rate, burst), NOW, None, 0
    for pause in pauses:
        now += pause
        allowed, retry_at, bucket = take(bucket, limit, now)
        granted += allowed
        if not allowed:
            assert retry_at > now
            assert take(bucket, limit, retry_at)[0]
    assert granted <= burst + rate * (now - NOW) + 0.01 * (len(pauses) + 1)


@given(st.floats(0.01, 1000), st.integers(1, 50), st.floats(0, 50), st.integers(1, 99))
def test_many_at_once_are_as_many_as_one_by_one(rate, burst, tokens, count):
    limit, bucket = RateLimit(rate, burst), Bucket(tokens, NOW)
    granted, retry_at, left = take_many(bucket, limit, NOW, count)
    one_by_one = 0
    for _ in range(count):
        allowed, later, bucket = take(bucket, limit, NOW)
        one_by_one += allowed
    assert granted == one_by_one
    assert left.tokens == pytest.approx(bucket.tokens, abs=0.01)
    assert (retry_at is None) == (granted == count)
    if granted < count:
        assert retry_at == pytest.approx(later, abs=0.01 / rate + 1e-3)


@given(st.floats(-1e6, 0))
def test_clock_set_back_refills_nothing(back):
    bucket = Bucket(0.0, NOW)
    assert take(bucket, RateLimit(1.0, 5), NOW + back)[2].tokens == 0.0


def test_whoever_comes_back_when_told_is_let_in():
    """Whatever the rounding of epoch seconds does to the sum."""
    for step in range(1, 500):
        limit = RateLimit(step / 7, 1)
        allowed, retry_at, bucket = take(Bucket(0.0, NOW), limit, NOW + 1 / (step + 9))
        assert not allowed
        assert take(bucket, limit, retry_at)[0]
