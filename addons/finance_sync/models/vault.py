"""Encryption of secrets and payloads with keys from outside the database."""

import functools
import os

from .. import compat
from ..core import canonical
from ..core.secrets import SecretBox


def secret_box():
    """The box with the server's keys: environment first, then odoo.conf."""
    keys = os.environ.get("FINANCE_SYNC_KEYS") or compat.conf_section().get("keys", "")
    return _box(keys)


@functools.lru_cache(maxsize=4)
def _box(keys):
    return SecretBox([key.strip() for key in keys.split(",")])


def seal(value):
    """A JSON value, encrypted.

    :raises MissingKeyError: no key to encrypt with
    """
    return secret_box().encrypt(canonical.dumps(value))


def unseal(token):
    """What was sealed. Numbers with a point come back as Decimal.

    :raises MissingKeyError: none of the keys made this
    """
    return canonical.loads(secret_box().decrypt(token))
