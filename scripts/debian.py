"""Fetch Debian packages as an ordinary user, without touching the system's apt.

The machine's own mirror is used, read from its apt configuration, under a private
apt state in the cache. Packages are unpacked with ``dpkg-deb -x``, never installed.
"""

import os
import re
import shutil
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from . import cache, run
from .console import DevError

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
STATUS = Path("/var/lib/dpkg/status")
UPDATE_AGE_SECONDS = 24 * 3600


class Suite:
    """One suite of the machine's Debian mirror: ``stable``'s name, or ``sid``."""

    def __init__(self, name: str):
        self.name = name
        self._state = cache.folder("apt", name)

    def unpack(self, packages: Sequence[str], target: Path) -> None:
        """Download ``packages`` (those alone) and unpack them into ``target``."""
        with cache.lock(f"apt-{self.name}"):
            self._update()
            downloads = cache.folder("apt", self.name, "downloads")
            self._apt("download", *packages, cwd=downloads, tries=3)
            for archive in sorted(downloads.glob("*.deb")):
                run.quiet(
                    ["dpkg-deb", "-x", archive, target],
                    what=f"unpacking {archive.name}",
                )
            shutil.rmtree(downloads)

    def missing_closure(self, package: str) -> list[str]:
        """``package`` and all it depends on, less what the machine has installed.

        A package that apt would only upgrade (its old version is in brackets) is
        left out: the installed one serves.
        """
        with cache.lock(f"apt-{self.name}"):
            self._update()
            plan = self._apt(
                "install", "--simulate", "--no-install-recommends", package
            )
        return re.findall(r"^Inst (\S+) \(", plan, flags=re.MULTILINE)

    def _update(self) -> None:
        stamp = self._state / "updated"
        if stamp.exists() and _age(stamp) < UPDATE_AGE_SECONDS:
            return
        for part in ("state/lists/partial", "cache/archives/partial"):
            (self._state / part).mkdir(parents=True, exist_ok=True)
        signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
        (self._state / "sources.list").write_text(
            f"deb {signed}{_mirror()} {self.name} main\n"
        )
        self._apt("update", tries=3)
        stamp.touch()

    def _apt(self, *arguments: str, cwd: Path | None = None, tries: int = 1) -> str:
        options = {
            "Dir::State": self._state / "state",
            "Dir::State::status": STATUS,
            "Dir::Cache": self._state / "cache",
            "Dir::Etc::SourceList": self._state / "sources.list",
            "Dir::Etc::SourceParts": "/dev/null",
            "Dir::Etc::Preferences": "/dev/null",
            "Dir::Etc::PreferencesParts": "/dev/null",
            "APT::Sandbox::User": "",
            "APT::Install-Recommends": "false",
            "Debug::NoLocking": "true",
        }
        command: list[str] = ["apt-get", "--quiet"]
        for name, value in options.items():
            command += ["-o", f"{name}={value}"]
        return run.quiet(
            [*command, *arguments],
            what=f"apt-get {arguments[0]} ({self.name})",
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            cwd=cwd,
            tries=tries,
        )


def this_release() -> Suite:
    """The suite that this machine runs, as ``/etc/os-release`` names it.

    :raises DevError: this is no Debian
    """
    if not is_available():
        raise DevError("there is no apt-get here to fetch packages with")
    release = Path("/etc/os-release").read_text()
    named = re.search(r"^VERSION_CODENAME=(\S+)", release, flags=re.MULTILINE)
    if not named:
        raise DevError("/etc/os-release names no Debian release")
    return Suite(named[1])


def is_available() -> bool:
    return bool(shutil.which("apt-get") and shutil.which("dpkg-deb"))


def is_named(word: str, paths: Iterable[Path]) -> bool:
    """Whether tests in these files and folders name a program that they ask for."""
    for path in paths:
        files = path.rglob("test_*.py") if path.is_dir() else [path]
        if any(word in file.read_text() for file in files if file.is_file()):
            return True
    return False


def _mirror() -> str:
    """The address of the mirror that the machine's apt is set up with."""
    listed = run.quiet(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"],
        what="reading apt's sources",
    )
    addresses = dict.fromkeys(listed.split())
    mirrors = [one for one in addresses if one.rstrip("/").endswith("/debian")]
    if not mirrors:
        raise DevError("apt has no Debian mirror set up (see /etc/apt/sources.list)")
    return mirrors[0]


def _age(path: Path) -> float:
    return time.time() - path.stat().st_mtime
