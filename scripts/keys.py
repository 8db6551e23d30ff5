"""The development key that secrets are encrypted with. Production makes its own."""

import base64
import os

from . import cache


def development_key() -> str:
    """A Fernet key kept in the cache, so that a database stays readable."""
    path = cache.root() / "development.key"
    with cache.lock("development-key"):
        if not path.exists():
            fresh = path.with_suffix(".new")
            fresh.touch(mode=0o600)
            fresh.write_text(base64.urlsafe_b64encode(os.urandom(32)).decode())
            fresh.rename(path)
    return path.read_text().strip()
