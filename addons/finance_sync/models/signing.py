"""The server's key for signatures, and the keys whose signatures it trusts."""

import os

from .. import compat
from ..core.signing import SigningKey


def signing_key():
    """The server's private key: environment first, then odoo.conf.

    :raises MissingSigningKeyError: there is none; the message says how to make one
    """
    return SigningKey(
        os.environ.get("FINANCE_SYNC_SIGNING_KEY")
        or compat.conf_section().get("signing_key", "")
    )


def trusted_keys():
    """Public keys that count: those in ``trusted_keys``, and the server's own."""
    listed = os.environ.get("FINANCE_SYNC_TRUSTED_KEYS") or compat.conf_section().get(
        "trusted_keys", ""
    )
    found = [key.strip() for key in listed.split(",") if key.strip()]
    own = os.environ.get("FINANCE_SYNC_SIGNING_KEY") or compat.conf_section().get(
        "signing_key", ""
    )
    return [*found, SigningKey(own).public] if own else found
