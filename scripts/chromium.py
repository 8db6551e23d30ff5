"""Chromium for browser tests: the machine's, or Debian's unpacked into the cache.

Unpacked packages are not installed: a wrapper script points the loader and fontconfig
at them. Playwright's driver, a Node from PyPI, needs libatomic, which is found or
unpacked likewise.
"""

import ctypes.util
import os
import shutil
from pathlib import Path

from . import cache, debian, run
from .console import DevError, step, warn

NAMES = ("chromium", "chromium-browser", "google-chrome")
FONTS = "fonts-dejavu-core"
BINARY = "FINANCE_SYNC_CHROMIUM"

WRAPPER = """#!/bin/sh
export LD_LIBRARY_PATH="{libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
export FONTCONFIG_FILE="{fonts}"
exec "{binary}" "$@"
"""
FONT_CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
    <dir>/usr/share/fonts</dir>
    <dir>{root}/usr/share/fonts</dir>
    <cachedir>{root}/font-cache</cachedir>
</fontconfig>
"""


def environment() -> dict[str, str]:
    """The variables that browser tests need; none (said aloud) without a Chromium."""
    try:
        variables = {BINARY: str(_installed() or _unpacked())}
        if not ctypes.util.find_library("atomic"):
            variables["LD_LIBRARY_PATH"] = _folder_of_libatomic()
    except DevError as error:
        warn(f"no Chromium, browser tests are skipped: {error}")
        return {}
    return variables


def _installed() -> Path | None:
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


def _unpacked() -> Path:
    suite = debian.this_release()
    target = cache.root() / f"debian-chromium-{suite.name}"
    if not cache.is_complete(target):
        with step("Chromium from Debian"):
            cache.build(target, lambda path: _unpack(suite, path))
    return target / "chromium"


def _folder_of_libatomic() -> str:
    target = cache.root() / "debian-libatomic"
    cache.build(target, lambda path: debian.this_release().unpack(["libatomic1"], path))
    return _library_folders(target)[0]


def _unpack(suite: debian.Suite, root: Path) -> None:
    packages = dict.fromkeys([*suite.missing_closure("chromium"), FONTS])
    suite.unpack(list(packages), root)
    fonts = root / "fonts.conf"
    fonts.write_text(FONT_CONFIGURATION.format(root=root))
    wrapper = root / "chromium"
    wrapper.write_text(
        WRAPPER.format(
            libraries=":".join(_library_folders(root)),
            fonts=fonts,
            binary=root / "usr" / "lib" / "chromium" / "chromium",
        )
    )
    wrapper.chmod(0o755)
    run.quiet([wrapper, "--version"], what="trying the unpacked Chromium")


def _library_folders(root: Path) -> list[str]:
    """Every folder that holds shared libraries, the common ones first."""
    folders = {path.parent for path in root.glob("**/lib/**/*.so*")}
    return [str(path) for path in sorted(folders, key=lambda one: len(one.parts))]
