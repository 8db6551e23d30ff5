"""Bills that somebody puts into a folder of an SFTP server."""

from odoo.addons.finance_sync.core.errors import RejectedError
from odoo.addons.finance_sync.core.registry import Resolution, register
from odoo.addons.finance_sync.providers.generic import Ping

from ..core.bill_folder import (
    CLAIMED,
    DONE,
    ERROR,
    claim_of,
    claimed_entry,
    is_claim,
    is_complete_name,
    name_of,
    numbered,
)

_MOST_OF_A_NAME = 1000


@register("bill_folder", "bill_folder")
class BillFolderAdapter:
    """A file is claimed by moving it, which only one of two can; then it is read and
    kept; then it is moved on. Whatever is cut short goes on from ``claimed``.

    Use it as a context manager: that is one login.
    """

    operations = {"connection.ping": Resolution.READ}

    def __init__(self, transport, config):
        """:param transport: a ``SftpTransport``"""
        self._files = transport

    def __enter__(self):
        self._files.__enter__()
        try:
            for name in (CLAIMED, DONE, ERROR):
                self._files.make_folder(name)
        except BaseException:
            self._files.close()
            raise
        return self

    def __exit__(self, *exc_info):
        self._files.close()

    def waiting(self):
        """Files to take in that do not look unfinished by their names."""
        return [entry for entry in self._files.list() if is_complete_name(entry.name)]

    def claimed(self):
        """Claimed files that nobody moved on: of a look that was cut short.

        What a person has put there is claimed like any other first.
        """
        found = []
        for entry in self._files.list(CLAIMED):
            if is_claim(entry.name):
                found.append(entry)
            elif is_complete_name(entry.name):
                found += filter(None, [self._claim((CLAIMED, entry.name), entry)])
        return found

    def claim(self, entry):
        """The file under its new name; None if somebody else was faster."""
        return self._claim((entry.name,), entry)

    def _claim(self, path, entry):
        claim = claim_of(entry.name)
        moved = self._files.rename(path, (CLAIMED, claim))
        return claimed_entry(entry, claim) if moved else None

    def fetch(self, claim, max_bytes):
        """:raises RejectedError: ``too_large``"""
        return self._files.fetch(CLAIMED, claim, max_bytes=max_bytes)

    def finish(self, claim, folder):
        """Move it on to ``done`` or ``error``, beside what is called the same."""
        name = name_of(claim)
        for number in range(1, _MOST_OF_A_NAME):
            try:
                self._files.rename((CLAIMED, claim), (folder, numbered(name, number)))
            except RejectedError:
                continue
            return
        # There are too many of this name: the claim's own is nobody else's.
        self._files.rename((CLAIMED, claim), (folder, claim))

    def ping(self):
        if not self._files.host_keys:
            kind, fingerprint = self._files.found_key()
            return Ping(
                True,
                False,
                f"The server shows this key: {fingerprint} ({kind}). Compare it with "
                "what its operator says, and enter it as the host key. Nobody has "
                "logged in.",
            )
        with self._files:
            waiting = self.waiting()
        return Ping(
            True, True, f"The folder is open to us. Files in it: {len(waiting)}."
        )
