"""Circuit breaker, as decisions on a value. Who keeps the value is not its concern.

Times are seconds since the epoch by one clock: the database's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .errors import ProviderError, TransientError

CLOSED, OPEN, HALF_OPEN = "closed", "open", "half_open"
TOO_MANY_REQUESTS = 429


@dataclass(frozen=True)
class BreakerPolicy:
    """Open after ``threshold`` failures in a row, for ``cool_down`` seconds.

    Then one call at a time may probe; a probe not heard of within ``probe_lease``
    seconds is taken for dead.
    """

    threshold: int = 5
    cool_down: float = 60.0
    probe_lease: float = 30.0


@dataclass(frozen=True)
class BreakerState:
    state: str = CLOSED
    failures: int = 0
    opened_at: float = 0.0
    probe_until: float = 0.0


def admit(
    state: BreakerState, policy: BreakerPolicy, now: float
) -> tuple[bool, float | None, BreakerState]:
    """May a call be made now? ``(allowed, retry_at or None, new state)``.

    The new state has to be stored before the call: it holds the probe's lease.
    """
    if state.state == CLOSED:
        return True, None, state
    since, seconds = state.opened_at, policy.cool_down
    if state.state == HALF_OPEN:
        since, seconds = state.probe_until - policy.probe_lease, policy.probe_lease
    # What seems to begin in the future was noted before the clock was set back.
    if since <= now < since + seconds:
        return False, since + seconds, state
    lease = replace(state, state=HALF_OPEN, probe_until=now + policy.probe_lease)
    return True, None, lease


def on_success(state: BreakerState, policy: BreakerPolicy, now: float) -> BreakerState:
    """The provider answered: any earlier suspicion is over."""
    return BreakerState()


def on_failure(state: BreakerState, policy: BreakerPolicy, now: float) -> BreakerState:
    """A call failed. Stragglers do not prolong an outage that is already known."""
    if state.state == OPEN:
        return state
    failures = state.failures + 1
    if state.state == HALF_OPEN or failures >= policy.threshold:
        return BreakerState(OPEN, failures, opened_at=now)
    return replace(state, failures=failures)


def is_outage(error: ProviderError) -> bool:
    """True if the error says that the provider is down.

    Throttling and refusals come from a provider that is up.
    """
    return isinstance(error, TransientError) and error.status != TOO_MANY_REQUESTS
