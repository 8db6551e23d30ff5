"""A table for a terminal."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

GAP = "  "
NARROWEST = 12


def render(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[str] = (),
    width: int | None = None,
) -> str:
    """The rows under their head, aligned, cut to the terminal's width.

    Only the widest columns are cut, so that figures stay whole.

    :param right: heads of the columns that are aligned to the right
    """
    width = width or shutil.get_terminal_size((120, 24)).columns
    columns = [list(column) for column in zip(head, *rows, strict=True)]
    widths = _fit([max(map(len, column)) for column in columns], width)
    lines = [
        GAP.join(
            _cell(text, wide, name in right)
            for text, wide, name in zip(row, widths, head, strict=True)
        ).rstrip()
        for row in [head, *rows]
    ]
    lines.insert(1, GAP.join("─" * wide for wide in widths))
    return "\n".join(lines)


def _fit(widths: list[int], available: int) -> list[int]:
    widths = list(widths)
    while sum(widths) + len(GAP) * (len(widths) - 1) > available:
        widest = max(range(len(widths)), key=widths.__getitem__)
        if widths[widest] <= NARROWEST:
            break
        widths[widest] -= 1
    return widths


def _cell(text: str, width: int, right: bool) -> str:
    if len(text) > width:
        text = text[: width - 1] + "…"
    return text.rjust(width) if right else text.ljust(width)
