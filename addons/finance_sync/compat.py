"""Where Odoo 17.0 and 19.0 differ, chosen once."""

from odoo import release
from odoo.tools import config

SERIES_19 = release.version_info[0] >= 19

if SERIES_19:
    # pylint: disable=import-error
    from odoo.orm.model_classes import add_to_registry


def in_test_mode(registry):
    """Whether every cursor of this registry is a savepoint of one connection."""
    if SERIES_19:
        return registry.test_cr is not None if hasattr(registry, "test_cr") else False
    return registry.in_test_mode()


def conf(name, default=""):
    """The value of ``name`` in section [finance_sync] of odoo.conf."""
    return config.misc.get("finance_sync", {}).get(name, default)


def add_model(env, cls):
    """Put a model class that belongs to no addon into the registry. For tests."""
    if SERIES_19:
        add_to_registry(env.registry, cls)
        env.registry._setup_models__(env.cr, [])
    else:
        cls._build_model(env.registry, env.cr)
        env.registry.setup_models(env.cr)
