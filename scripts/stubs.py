"""An ``odoo`` that is none: for what of the addons needs no Odoo to be imported."""

import sys
import types
from pathlib import Path


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
