"""What has to work without Odoo imports nothing of it but our own core."""

import ast
from pathlib import Path

import pytest

ADDON = Path(__file__).resolve().parents[2]
# They import no ORM either: the linter watches all of them.
PURE = (
    "odoo.addons.finance_sync.core",
    "odoo.addons.finance_sync.providers",
    "odoo.addons.finance_sync_ap.core",
)
FILES = sorted([*ADDON.glob("core/*.py"), *ADDON.glob("providers/*.py")])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_imports_no_orm(path):
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        for name in names:
            assert not name.startswith("odoo") or name.startswith(PURE), name
