"""Pytest plugin: import an addon's ``core`` and ``providers`` without Odoo.

Empty packages ``odoo``, ``odoo.addons`` and ``odoo.addons.<addon>`` are put into
``sys.modules``, the last with the addon's folder as path, so that production import
paths work while the addon's own ``__init__``, which imports models, does not run.
"""

import os
import sys
import types
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from .stubs import put_packages

ADDONS = "FINANCE_SYNC_ADDONS"
# The same examples every time, however slow the machine is just now.
settings.register_profile(
    "unit",
    deadline=None,
    derandomize=True,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)


def shield_packages(addons: Path, root: Path) -> None:
    """Keep pytest from running an addon's ``__init__`` itself, which imports models.

    It imports the packages above a test under names of its own: for the test, by the
    path from the root folder; for the package, by the topmost ``__init__.py``.
    """
    inside = addons.is_relative_to(root)
    parts = addons.relative_to(root).parts if inside else addons.parts[1:]
    prefix = ".".join(part.replace(".", "_") for part in parts)
    for manifest in sorted(addons.glob("*/__manifest__.py")):
        for folder in (manifest.parent, manifest.parent / "tests"):
            name = ".".join(folder.relative_to(addons).parts)
            for known_as in (name, f"{prefix}.{name}"):
                module = types.ModuleType(known_as)
                module.__path__ = [str(folder)]
                sys.modules[known_as] = module


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config):
    """Before any conftest, since those import an addon's ``core`` too."""
    settings.load_profile("unit")
    default = Path(__file__).resolve().parent.parent / "addons"
    addons = Path(os.environ.get(ADDONS) or default).resolve()
    put_packages(addons)
    shield_packages(addons, early_config.rootpath)
