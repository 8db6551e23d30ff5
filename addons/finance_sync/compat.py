"""Where Odoo 17.0 and 19.0 differ, chosen once."""

import functools
from configparser import ConfigParser
from contextlib import contextmanager
from pathlib import Path

from odoo import release
from odoo.tools import config

SERIES_19 = release.version_info[0] >= 19

# A field with this group is readable by nobody, not even by name in a domain.
NO_ACCESS = "."

# The groups of a user.
GROUPS_FIELD = "group_ids" if SERIES_19 else "groups_id"

# The users of a group, as a field of the group.
MEMBERS_FIELD = "user_ids" if SERIES_19 else "users"

# For integers that are no quantities: their sum in a list means nothing.
NOT_SUMMED = {"aggregator" if SERIES_19 else "group_operator": False}
AVERAGED = {"aggregator" if SERIES_19 else "group_operator": "avg"}


def in_test_mode(registry):
    """Whether every cursor of this registry is a savepoint of one connection."""
    if SERIES_19:
        return "cursor" in vars(registry)
    return registry.in_test_mode()


def enter_test_mode(case):
    """Make all cursors of a test case savepoints of its own, until the test ends."""
    if in_test_mode(case.registry):
        # A test over HTTP has done so.
        return
    if SERIES_19:
        case.registry_enter_test_mode()
    else:
        case.registry.enter_test_mode(case.cr)
        case.addCleanup(case.registry.leave_test_mode)


def check_access(records, operation):
    """:raises AccessError: the user may not do this to these records"""
    if SERIES_19:
        records.check_access(operation)
    else:
        records.check_access_rights(operation)
        records.check_access_rule(operation)


def conf_section():
    """The section [finance_sync] of odoo.conf, as text by name."""
    path = config["config"] if SERIES_19 else config.rcfile
    try:
        stamp = Path(path).stat().st_mtime_ns
    except (OSError, TypeError):
        return {}
    return _read_section(path, stamp)


@functools.lru_cache(maxsize=4)
def _read_section(path, stamp):
    # Odoo 19 drops sections that it does not know, so the file is read here.
    parser = ConfigParser(interpolation=None)
    parser.read(path)
    return dict(parser["finance_sync"]) if "finance_sync" in parser else {}


def add_models(env, definitions):
    """Put models that belong to no addon into the registry, once. For tests."""
    registry = env.registry
    missing = [each for each in definitions if each._name not in registry]
    for definition in missing:
        if SERIES_19:
            # pylint: disable=import-error,import-outside-toplevel
            from odoo.orm.model_classes import add_to_registry

            add_to_registry(registry, definition)
        else:
            definition._build_model(registry, env.cr)
    if missing and SERIES_19:
        registry._setup_models__(env.cr, [each._name for each in missing])
    elif missing:
        registry.setup_models(env.cr)


def users_of(env, group):
    """Active users who have the group ``group`` (xml id), directly or implied."""
    field = "all_group_ids" if SERIES_19 else "groups_id"
    return env["res.users"].search([(field, "in", env.ref(group).ids)])


def account_company_code(account):
    """(company, code) of an account: 19.0 shares accounts, each with its own codes."""
    if not SERIES_19:
        return account.company_id, account.code
    companies = account.company_ids
    here = companies & account.env.company or companies[:1]
    return here, account.with_company(here).code


def accounts_by_code(company, codes):
    """``{code: account}`` of one company."""
    accounts = company.env["account.account"].with_company(company)
    owner = "company_ids" if SERIES_19 else "company_id"
    found = accounts.search([(owner, "in", company.ids), ("code", "in", list(codes))])
    return {account.code: account for account in found}


@contextmanager
def dropped_callbacks(cr):
    """Forget what is asked for within to happen after the commit or rollback."""
    hooks = (cr.precommit, cr.postcommit, cr.prerollback, cr.postrollback)
    kept = [(hook, list(hook._funcs)) for hook in hooks]
    try:
        yield
    finally:
        for hook, functions in kept:
            hook._funcs.clear()
            hook._funcs.extend(functions)


def duties_of(env, duties, users=None):
    """Duty → ids of the users who have it, archived or not; of ``users`` if given."""
    field = "all_group_ids" if SERIES_19 else "groups_id"
    domain = [("id", "in", users.ids)] if users is not None else []
    # Duties of all users, whoever changes them.
    everyone = env["res.users"].sudo().with_context(active_test=False)
    found = {}
    for duty in duties:
        # While the addon is being installed there may be none yet.
        group = env.ref(f"finance_sync.group_{duty}", raise_if_not_found=False)
        holders = group and everyone.search([(field, "in", group.ids), *domain])
        found[duty] = set(holders.ids if holders else ())
    return found
