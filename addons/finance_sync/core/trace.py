"""Trace context: which business flow a request belongs to.

Source: https://www.w3.org/TR/trace-context/ (version 00)
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass


@dataclass(frozen=True)
class Trace:
    """Both values are sent as headers, so they are plain visible ASCII."""

    correlation_id: str
    traceparent: str


def new_trace(correlation_id: str) -> Trace:
    """A new span in the trace of a business flow.

    The trace id follows from the correlation id, so that all calls of one flow
    share it, whichever job or worker makes them.
    """
    span_id = secrets.token_hex(8)
    return Trace(correlation_id, f"00-{_trace_id(correlation_id)}-{span_id}-01")


def _trace_id(correlation_id: str) -> str:
    try:
        known = uuid.UUID(correlation_id)
    except ValueError:
        known = None
    if known:
        return known.hex
    return hashlib.sha256(correlation_id.encode()).hexdigest()[:32]
