"""Chromium for browser tests: the machine's, or Debian's unpacked into the cache.

Unpacked packages are not installed: a wrapper script points the loader and fontconfig
at them.
"""

import os
import shutil
from pathlib import Path

from . import cache, debian, run
from .console import DevError, step, warn

NAMES = ("chromium", "chromium-browser", "google-chrome")
FONTS = "fonts-dejavu-core"

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


def find() -> Path | None:
    """A Chromium that starts, or None (said aloud) where none can be had."""
    named = os.environ.get("CHROMIUM")
    installed = named or next(filter(None, map(shutil.which, NAMES)), None)
    if installed:
        return Path(installed)
    if not debian.is_available():
        warn("no Chromium, and no apt to fetch one with: browser tests are skipped")
        return None
    try:
        return _unpacked()
    except DevError as error:
        warn(f"no Chromium, browser tests are skipped: {error}")
        return None


def _unpacked() -> Path:
    suite = debian.this_release()
    target = cache.root() / f"debian-chromium-{suite.name}"
    if not cache.is_complete(target):
        with step("Chromium from Debian"):
            cache.build(target, lambda path: _unpack(suite, path))
    return target / "chromium"


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
