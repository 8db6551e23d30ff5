"""Pytest plugin: import an addon's ``core`` and ``providers`` without Odoo.

Empty packages ``odoo``, ``odoo.addons`` and ``odoo.addons.<addon>`` are put into
``sys.modules``, the last with the addon's folder as path, so that production import
paths work while the addon's own ``__init__``, which imports models, does not run.
"""

import os
import sys
import types
from pathlib import Path

ADDONS = "FINANCE_SYNC_ADDONS"


def _package(name: str, path: list[str]) -> types.ModuleType:
    module = types.ModuleType(name)
    module.__path__ = path
    sys.modules[name] = module
    parent, _, local = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], local, module)
    return module


def put_packages(addons: Path) -> None:
    """Make ``odoo.addons.<addon>`` importable for each addon in ``addons``."""
    _package("odoo", [])
    _package("odoo.addons", [str(addons)])
    for manifest in sorted(addons.glob("*/__manifest__.py")):
        name = f"odoo.addons.{manifest.parent.name}"
        _package(name, [str(manifest.parent)])
        _package(f"{name}.tests", [str(manifest.parent / "tests")])


def pytest_configure(config):
    default = Path(__file__).resolve().parent.parent / "addons"
    put_packages(Path(os.environ.get(ADDONS) or default))
