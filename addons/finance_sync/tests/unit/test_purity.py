"""``core`` and ``providers`` know nothing of the ORM."""

import ast
from pathlib import Path

import pytest

ADDONS = Path(__file__).resolve().parents[3]
FILES = sorted(
    path
    for addon in ADDONS.iterdir()
    for folder in ("core", "providers")
    for path in (addon / folder).rglob("*.py")
)


def imported(source: str) -> set[str]:
    """Absolute names of all that is imported, as far down as the source says."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def climbs_out(path: Path, source: str) -> bool:
    """True if a relative import leaves ``core`` and ``providers`` of its addon."""
    depth = len(path.relative_to(ADDONS).parts) - 2
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level > depth:
            first = (node.module or node.names[0].name).partition(".")[0]
            if node.level > depth + 1 or first not in ("core", "providers"):
                return True
    return False


def is_pure(name: str) -> bool:
    if name.partition(".")[0] != "odoo":
        return True
    parts = name.split(".")
    return parts[1:2] == ["addons"] and parts[3:4] in (["core"], ["providers"])


def test_there_is_something_to_look_at():
    assert Path(__file__).parents[2] / "core" / "transport.py" in FILES


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ADDONS)))
def test_nothing_of_odoo_is_imported(path):
    source = path.read_text("utf-8")
    assert not [name for name in imported(source) if not is_pure(name)]
    assert not climbs_out(path, source)


@pytest.mark.parametrize(
    ("line", "pure"),
    [
        ("import odoo", False),
        ("from odoo import models", False),
        ("import odoo.fields as f", False),
        ("from odoo.addons.account.models import x", False),
        ("from odoo.addons import finance_sync", False),
        ("from odoo.addons.finance_sync import compat", False),
        ("from odoo.addons.finance_sync.core.errors import ProviderError", True),
        ("from odoo.addons.finance_sync.core import errors", True),
        ("import odoology", True),
        ("import requests", True),
    ],
)
def test_rule_itself(line, pure):
    assert all(is_pure(name) for name in imported(line)) is pure


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("from . import errors", False),
        ("from ..core import document", False),
        ("from ..core.document import Address", False),
        ("from .. import core", False),
        ("from ..models import connection", True),
        ("from .. import models", True),
        ("from ...account import x", True),
    ],
)
def test_relative_imports_stay_inside(line, out):
    assert climbs_out(ADDONS / "finance_sync" / "core" / "a.py", line) is out
