"""Coupa's lists, a page at a time.

Pages are named by the time of their last record, not by a count: one that changes
while the list is read moves to its end, and everything behind it one place forward. A
count would then leave one out.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from odoo.addons.finance_sync.core.errors import ContractError

from ..core import wire
from .rest import utc


def read_page(
    transport, path: str, since, page: str, size: int, more: Mapping | None = None
) -> tuple[list[Mapping], str, datetime.datetime | None]:
    """(records, the next page, the latest change): by time, then by id.

    :param more: further conditions of the query
    :raises ProviderError: the list cannot be read
    """
    start, offset = _split(page)
    if not start and since is not None:
        start = utc(since)
    params = {"order_by": "updated_at", "dir": "asc", "limit": size, "offset": offset}
    if start:
        params["updated-at[gt_or_eq]"] = start
    answer = transport.get(path, params={**params, **(more or {})}).json()
    if not isinstance(answer, list):
        raise wire.broken("The platform's list is not a list.")
    found = [wire.as_object(item, "list entry") for item in answer]
    times = [wire.moment(item.get("updated-at"), "updated-at") for item in found]
    newest = max(times, default=None)
    if len(found) < size or newest is None:
        return found, "", newest
    last = utc(newest)
    # A whole page of one second: only then is there need to count.
    following = f"{last}|{offset + size}" if last == start else f"{last}|0"
    return found, following, newest


def _split(page: str) -> tuple[str, int]:
    if not page:
        return "", 0
    start, _, offset = page.partition("|")
    if not offset.isdigit():
        raise ContractError("Not a page of this list.", code="bad_page")
    return start, int(offset)
