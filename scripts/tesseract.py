"""Tesseract and poppler for tests: the machine's, or Debian's unpacked into the cache.

Unpacked packages are not installed: wrapper scripts on the path point the loader and
tesseract's models at them.
"""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from . import cache, debian, run
from .console import DevError, step, warn

PROGRAMS = ("tesseract", "pdftoppm")
PACKAGES = ("tesseract-ocr", "tesseract-ocr-deu", "poppler-utils")
WRAPPER = """#!/bin/sh
export LD_LIBRARY_PATH="{libraries}"
export TESSDATA_PREFIX="{models}"
exec "{binary}" "$@"
"""


def environment() -> dict[str, str]:
    """The path on which tests of scans find both; none (said aloud) without them."""
    if all(map(shutil.which, PROGRAMS)):
        return {}
    try:
        return {"PATH": f"{_unpacked() / 'wrappers'}:{os.environ['PATH']}"}
    except DevError as error:
        warn(f"no tesseract, tests of scans are skipped: {error}")
        return {}


def is_wanted(paths: Iterable[Path]) -> bool:
    """Whether any of these tests asks for it, so that no other run fetches it."""
    return debian.is_named("tesseract", paths)


def _unpacked() -> Path:
    suite = debian.this_release()
    target = cache.root() / f"debian-tesseract-{suite.name}"
    if not cache.is_complete(target):
        with step("Tesseract from Debian"):
            cache.build(target, lambda path: _unpack(suite, path))
    return target


def _unpack(suite: debian.Suite, root: Path) -> None:
    wanted = [one for name in PACKAGES for one in suite.missing_closure(name)]
    suite.unpack(list(dict.fromkeys(wanted)), root)
    models = next(iter(root.glob("usr/share/tesseract-ocr/*/tessdata")), root)
    libraries = sorted({path.parent for path in root.glob("usr/lib/**/*.so*")})
    (root / "wrappers").mkdir()
    for name in PROGRAMS:
        wrapper = root / "wrappers" / name
        wrapper.write_text(
            WRAPPER.format(
                libraries=":".join(map(str, libraries)),
                models=models,
                binary=root / "usr/bin" / name,
            )
        )
        wrapper.chmod(0o755)
        option = "--version" if name == "tesseract" else "-v"
        run.quiet([wrapper, option], what=f"trying the unpacked {name}")
