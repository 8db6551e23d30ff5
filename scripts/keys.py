"""Development keys, for secrets and for signatures. Production makes its own."""

import base64
import os

from . import cache


def development_key() -> str:
    """A Fernet key kept in the cache, so that a database stays readable."""
    return _kept("development")


def development_signing_key() -> str:
    """An Ed25519 key kept in the cache, so that signatures stay verifiable."""
    return _kept("development-signing")


def _kept(name: str) -> str:
    """32 random bytes as URL-safe base 64, which is the form of both."""
    path = cache.root() / f"{name}.key"
    with cache.lock(f"{name}-key"):
        if not path.exists():
            fresh = path.with_suffix(".new")
            fresh.touch(mode=0o600)
            fresh.write_text(base64.urlsafe_b64encode(os.urandom(32)).decode())
            fresh.rename(path)
    return path.read_text().strip()
