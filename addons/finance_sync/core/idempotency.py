"""The key under which a provider, and our own database, know a message."""

from __future__ import annotations

import re

# The longest that payment providers accept in an Idempotency-Key header.
LONGEST_KEY = 255
_VISIBLE = re.compile(r"[\x21-\x7e]+")


def idempotency_key(operation: str, document_uuid: str, revision: int) -> str:
    """``operation:uuid:revision``, the same for every attempt.

    Made from the document's UUID and never from a database id: ids recur when a
    database is restored, and a provider would take the new document for the old.

    :raises ValueError: not usable as a header, or longer than 255 characters
    """
    key = f"{operation}:{document_uuid}:{int(revision)}"
    if not operation or not document_uuid or not is_valid_key(key):
        raise ValueError(f"Not usable as an idempotency key: {key!r}")
    return key


def is_valid_key(key: str) -> bool:
    """True if the key is visible ASCII of at most 255 characters."""
    return len(key) <= LONGEST_KEY and bool(_VISIBLE.fullmatch(key))
