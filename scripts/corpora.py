"""Documents of others that tests read: fetched into the cache, never committed.

Odoo's own lie in the tree of each series. Those of the Python package ``factur-x`` are
only in its source distribution, pinned with its hash in ``requirements/corpora.txt``.
"""

import tarfile
from pathlib import Path

from . import cache, run, venvs
from .console import DevError, step, warn

PIN = venvs.REQUIREMENTS / "corpora.txt"
PACKAGE = "factur-x"
VARIABLE = "FINANCE_SYNC_FACTUR_X"
SUFFIXES = (".xml", ".pdf")


def environment() -> dict[str, str]:
    """The variable with the folder of documents; none (said aloud) without them."""
    try:
        return {VARIABLE: str(factur_x())}
    except DevError as error:
        warn(f"no documents of {PACKAGE}, their tests are skipped: {error}")
        return {}


def factur_x() -> Path:
    """The folder with the documents that factur-x is tested with.

    :raises DevError: the source distribution cannot be had, or is another one
    """
    target = cache.folder("corpora") / f"{PACKAGE}-{cache.short_hash(PIN.read_bytes())}"
    if not cache.is_complete(target):
        with step(f"documents of {PACKAGE}"):
            cache.build(target, _fetch)
    cache.touch(target)
    return target


def _fetch(target: Path) -> None:
    """pip compares the hash. Only documents are kept, no program of it."""
    command = [venvs.tools().python, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += [f"--no-binary={PACKAGE}", "--dest", target, "--requirement", PIN]
    run.quiet(command, what=f"downloading {PACKAGE}", tries=2)
    archives = list(target.glob("*.tar.gz"))
    if len(archives) != 1:
        raise DevError(f"{PACKAGE} has no source distribution as .tar.gz")
    _keep_documents(archives[0], target)
    archives[0].unlink()


def _keep_documents(archive: Path, target: Path) -> None:
    """By their bare names: what a path in the archive says decides nothing."""
    with tarfile.open(archive) as tar:
        for member in tar:
            path = Path(member.name)
            if not member.isfile() or path.suffix not in SUFFIXES:
                continue
            if "tests" in path.parts:
                (target / path.name).write_bytes(tar.extractfile(member).read())
