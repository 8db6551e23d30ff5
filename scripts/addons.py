"""Our addons: where they are, what they depend on, and a hash of what they install."""

import ast
from collections.abc import Iterable

from . import cache
from .console import DevError

ADDONS = cache.CHECKOUT / "addons"

# Third-party modules that tests and demo need though no manifest of ours names them:
# charts of accounts of the sample companies, and what accountants have around them.
EXTRA_MODULES = frozenset(
    {
        "account",
        "account_edi_ubl_cii",
        "l10n_de",
        "l10n_us",
        "purchase_stock",
        "queue_job",
        "sale",
    }
)

# What can change without changing an installed database.
NOT_INSTALLED = frozenset({"tests", "readme", "__pycache__", "static"})


def names() -> list[str]:
    """All our addons, in alphabetical order."""
    return sorted(path.parent.name for path in ADDONS.glob("*/__manifest__.py"))


def manifest(name: str) -> dict:
    path = ADDONS / name / "__manifest__.py"
    try:
        return ast.literal_eval(path.read_text())
    except (SyntaxError, ValueError) as error:
        raise DevError(f"{path} cannot be read: {error}") from error


def with_our_dependencies(chosen: Iterable[str]) -> list[str]:
    """``chosen`` and those of our addons that they depend on."""
    ours = set(names())
    found: set[str] = set()
    waiting = [one for one in chosen if one in ours]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [one for one in manifest(name).get("depends", ()) if one in ours]
    return sorted(found)


def third_party_modules() -> list[str]:
    """The modules that our addons need and others wrote."""
    needed = set(EXTRA_MODULES)
    for name in names():
        needed.update(manifest(name).get("depends", ()))
    return sorted(needed - set(names()))


def content_hash(chosen: Iterable[str]) -> str:
    """A hash of what decides how ``chosen`` look once installed."""
    files = []
    for name in chosen:
        base = ADDONS / name
        for path in base.rglob("*"):
            inner = path.relative_to(base).parts
            if path.is_file() and NOT_INSTALLED.isdisjoint(inner):
                files.append(path)
    return cache.hash_files(ADDONS, files)


def full_hash() -> str:
    """A hash of every file of every addon, tests included."""
    files = [
        path
        for path in ADDONS.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    return cache.hash_files(ADDONS, files)
