"""The cache: where downloads, environments and clusters live, and how they heal.

Whatever is built here is named by a hash of what it is built from, built under a
lock, and marked complete last, so that an interrupted build is done again and two
checkouts share one result.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from .console import say

CHECKOUT = Path(__file__).resolve().parent.parent
STAMP = ".complete"


def root() -> Path:
    """The cache folder, made when missing."""
    named = os.environ.get("FINANCE_SYNC_CACHE")
    path = Path(named) if named else Path.home() / ".cache" / "finance-sync"
    path = path.expanduser().absolute()
    path.mkdir(parents=True, exist_ok=True)
    return path


def folder(*parts: str) -> Path:
    """A folder in the cache, made when missing."""
    path = root().joinpath(*parts)
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def lock(name: str, *, waiting_for: str | None = None) -> Iterator[None]:
    """Hold the lock ``name`` among all processes that use this cache.

    :param waiting_for: what to say when another process holds it, for long steps
    """
    handle = os.open(folder("locks") / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting_for:
                say(f"… waiting for another run: {waiting_for}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def build(path: Path, make: Callable[[Path], None]) -> Path:
    """Return ``path``, made by ``make(path)`` unless it is complete already.

    The folder is built in place (a virtual environment cannot be moved); the stamp
    written at the end is what makes it count.
    """
    if is_complete(path):
        touch(path)
        return path
    with lock(f"build-{short_hash(str(path))}", waiting_for=path.name):
        if not is_complete(path):
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir(parents=True)
            make(path)
            (path / STAMP).touch()
    return path


def is_complete(path: Path) -> bool:
    return (path / STAMP).exists()


def touch(path: Path) -> None:
    """Note that ``path`` is in use, for :func:`prune`."""
    with contextlib.suppress(OSError):
        os.utime(path / STAMP)


def prune(parent: Path, keep: int, *, idle_hours: float = 24) -> None:
    """Remove the complete folders used longest ago, beyond ``keep`` and idle."""
    if not parent.is_dir():
        return
    stamps = sorted(parent.glob(f"*/{STAMP}"), key=lambda stamp: stamp.stat().st_mtime)
    limit = time.time() - idle_hours * 3600
    for stamp in stamps[: max(0, len(stamps) - keep)]:
        if stamp.stat().st_mtime < limit:
            shutil.rmtree(stamp.parent, ignore_errors=True)


def short_hash(*parts: str | bytes) -> str:
    """Twelve hex digits that stand for ``parts``."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()[:12]


def hash_files(base: Path, files: Iterable[Path]) -> str:
    """A hash of the names (relative to ``base``) and contents of ``files``."""
    parts: list[str | bytes] = []
    for path in sorted(files):
        parts += [str(path.relative_to(base)), path.read_bytes()]
    return short_hash(*parts)
