"""PDF from strangers: text and embedded invoice, read by a process of its own."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from odoo.addons.finance_sync.core.errors import ContractError

MAX_BYTES = 20_000_000
SECONDS = 30.0
_CHILD = str(Path(__file__).with_name("pdf_child.py"))
# Isolated: neither the environment nor the current folder say what is imported.
_START = (
    "import json, runpy, sys; sys.path[:] = json.loads(sys.argv[1]);"
    "runpy.run_path(sys.argv[2], run_name='__main__')"
)
_WHY = {
    "encrypted": "The PDF is locked with a password. Ask for one without.",
    "too_large": "Reading the PDF takes too much memory.",
    "bad_pdf": "The PDF is damaged and cannot be read.",
}


@dataclass(frozen=True)
class Pdf:
    """``text``: by page, empty for scans. ``invoices``: embedded, (name, XML)."""

    pages: int
    text: tuple[str, ...]
    invoices: tuple[tuple[str, bytes], ...]


def read_pdf(data: bytes) -> Pdf:
    """:raises ContractError: ``too_large``, ``encrypted``, ``bad_pdf``, ``too_slow``"""
    if len(data) > MAX_BYTES:
        raise ContractError(
            f"The PDF is larger than {MAX_BYTES // 1_000_000} MB.", code="too_large"
        )
    try:
        ended = subprocess.run(  # noqa: S603 - our own program, no shell
            [sys.executable, "-I", "-c", _START, json.dumps(sys.path), _CHILD],
            input=data,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env={},
        )
    except subprocess.TimeoutExpired:
        raise _too_slow() from None
    if ended.returncode < 0:
        # The system ended it: by the limit of its time.
        raise _too_slow()
    try:
        found = json.loads(ended.stdout)
    except ValueError:
        found = {"error": "bad_pdf"}
    if "error" in found:
        raise ContractError(_WHY[found["error"]], code=found["error"])
    return Pdf(
        pages=found["pages"],
        text=tuple(found["text"]),
        invoices=tuple(
            (name, base64.b64decode(content)) for name, content in found["invoices"]
        ),
    )


def _too_slow() -> ContractError:
    return ContractError(
        "Reading the PDF takes too long; it may be damaged.", code="too_slow"
    )
