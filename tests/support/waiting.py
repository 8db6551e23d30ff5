"""Wait for a condition, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def wait_for(
    what: str,
    condition: Callable[[], Found],
    *,
    seconds: float = 60,
    interval: float = 0.1,
) -> Found:
    """The first true value that ``condition`` returns.

    :param what: what is waited for, for the message
    :raises TimeoutError: it did not come true within ``seconds``
    """
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(interval)
