"""The text of scans: pages drawn by poppler, recognised by tesseract.

Both are programs of the machine (Debian: ``poppler-utils``, ``tesseract-ocr``), and
both may be missing: then a person types. Each runs as a process of its own within
limits, on a folder of its own, without our environment.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from odoo.addons.finance_sync.core.errors import ContractError

RENDERER, READER = "pdftoppm", "tesseract"
PACKAGES = "tesseract-ocr, poppler-utils"
# Taken if they are installed: more make it slower, and no better.
LANGUAGES = ("eng", "deu", "fra")
MAX_PAGES = 5
# The longer side of a page, in pixels: A4 at 300 dots an inch.
PIXELS = 3508
MEMORY = 1_500_000_000
CPU_SECONDS = 40
MAX_FILE = 40_000_000
MAX_TEXT = 300_000
# All pages together: jobs have to end long before their worker is ended.
SECONDS = 80.0
# Words that tesseract believes less are noise: stains, lines, stamps.
LEAST_SURE = 30.0
_CHILD = str(Path(__file__).with_name("limited_child.py"))


@dataclass(frozen=True)
class Tools:
    """What the machine has: paths, empty where a program is not installed."""

    renderer: str = ""
    reader: str = ""

    @property
    def complete(self) -> bool:
        return bool(self.renderer and self.reader)


def tools() -> Tools:
    return Tools(shutil.which(RENDERER) or "", shutil.which(READER) or "")


def about() -> str:
    """Whether scans are read here, for the test of a connection."""
    found = tools()
    if not found.complete:
        return (
            "The text of scans is typed by people. To have it recognised, install the "
            f"Debian packages {PACKAGES}, with tesseract-ocr-deu or others for their "
            "languages."
        )
    try:
        with _folder() as folder:
            named = _languages(found, folder, time.monotonic() + SECONDS)
    except ContractError as error:
        return f"The text of scans is typed by people: {error.message}"
    return f"The text of scans is recognised ({', '.join(named)})."


def read_scan(pdf: bytes) -> str:
    """The text in the pictures of a PDF, line by line.

    :raises ContractError: ``no_ocr`` (not installed), ``too_slow``, ``bad_scan``
    """
    found = tools()
    if not found.complete:
        raise ContractError("No text recognition is installed.", code="no_ocr")
    deadline = time.monotonic() + SECONDS
    with _folder() as folder:
        (folder / "in.pdf").write_bytes(pdf)
        _run(
            folder, deadline, found.renderer, "-gray", "-l", str(MAX_PAGES),
            "-scale-to", str(PIXELS), "in.pdf", "page",
        )  # fmt: skip
        pages = sorted(folder.glob("page*.pgm"))
        if not pages:
            raise ContractError("The PDF has no page to look at.", code="bad_scan")
        named = _languages(found, folder, deadline)
        text = [_page(found, folder, page, named, deadline) for page in pages]
    return "\n".join(text)[:MAX_TEXT]


def _page(found, folder, page, languages, deadline) -> str:
    # One block of text: lines stay whole, from the words left to the amounts right.
    _run(
        folder, deadline, found.reader, page.name, "out", "-l", "+".join(languages),
        "--psm", "6", "tsv",
    )  # fmt: skip
    return "\n".join(lines_of((folder / "out.tsv").read_text(errors="replace")))


def lines_of(table: str) -> Iterable[str]:
    """Lines of words, from the table that tesseract writes: one row a word."""
    lines: dict[tuple, list[str]] = {}
    rows = csv.DictReader(
        io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE, restkey="more"
    )
    for row in rows:
        word = (row.get("text") or "").strip()
        if word and _sure(row.get("conf")) >= LEAST_SURE:
            where = tuple(row.get(name) for name in _LINE)
            lines.setdefault(where, []).append(word)
    return [" ".join(words) for words in lines.values()]


_LINE = ("page_num", "block_num", "par_num", "line_num")


def _sure(text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError:
        return 0.0


def _languages(found: Tools, folder: Path, deadline: float) -> list[str]:
    listed = _run(folder, deadline, found.reader, "--list-langs", output=True)
    named = [language for language in LANGUAGES if language in listed.split()]
    if not named:
        raise ContractError(
            "tesseract has none of the languages " + ", ".join(LANGUAGES) + ".",
            code="no_ocr",
        )
    return named


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="finance-sync-scan-") as name:
        yield Path(name)


def _run(
    folder: Path, deadline: float, program: str, *arguments: str, output: bool = False
) -> str:
    """Run a program on ``folder``; what it prints, if that is wanted.

    What it writes is a file, so that the limit on files holds for it.
    """
    limits = [str(most) for most in (MEMORY, CPU_SECONDS, MAX_FILE)]
    printed = folder / "printed"
    with printed.open("wb") as target:
        try:
            ended = subprocess.run(  # noqa: S603 - no shell, paths of the machine
                [sys.executable, "-I", _CHILD, *limits, program, *arguments],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=target if output else subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=max(deadline - time.monotonic(), 0.1),
                check=False,
                env=_environment(folder),
            )
        except subprocess.TimeoutExpired:
            raise _too_slow() from None
    if ended.returncode < 0:
        # The system ended it: by the limit of its time or of its files.
        raise _too_slow()
    if ended.returncode:
        raise ContractError(
            f"{Path(program).name} could not read the scan.", code="bad_scan"
        )
    return printed.read_text(errors="replace")[:MAX_TEXT]


def _environment(folder: Path) -> dict[str, str]:
    # One thread each: the machine's other work goes on beside.
    given = {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8", "TMPDIR": str(folder)}
    models = os.environ.get("TESSDATA_PREFIX")
    return {**given, "TESSDATA_PREFIX": models} if models else given


def _too_slow() -> ContractError:
    return ContractError("Recognising the scan takes too long.", code="too_slow")
