"""SFTP to a server outside: known by its key, bounded in time and size.

Nobody is trusted on first sight. Before a password or a signature leaves, the server
has shown the very key whose fingerprint was entered; keys of this machine's user, its
agents and lists of known hosts count for nothing.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import logging
import posixpath
import socket
import stat
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import paramiko

from .errors import (
    ConfigurationError,
    ContractError,
    ProviderError,
    RejectedError,
    TransientError,
)
from .sftp_address import parse_address, pinned_keys
from .ssh_key import load_key

MOST_ENTRIES = 50_000
_CHUNK = 32768
# Of a login: proof, channel, subsystem, version.
_STEPS = 4
# What paramiko writes of a broken connection, with a traceback, is said by our errors.
_WIRE = f"{__name__}.wire"
logging.getLogger(_WIRE).addHandler(logging.NullHandler())
logging.getLogger(_WIRE).propagate = False


@dataclass(frozen=True)
class Entry:
    """A file of a folder. ``modified``: seconds since the epoch, by the server."""

    name: str
    size: int
    modified: int


class SftpTransport:
    """One login. Use it as a context manager; all but ``found_key`` need it open.

    :param url: see ``parse_address``; ``user`` goes before the one in it
    :param secret: a private key (OpenSSH's format or PEM), else a password
    :param host_keys: see ``pinned_keys``
    :param connect_timeout: seconds, also for each step of the login
    :param read_timeout: seconds of silence
    :param deadline: seconds for one file, or one list of files
    :raises ConfigurationError: a setting that cannot work
    """

    def __init__(
        self,
        url: str,
        *,
        user: str = "",
        secret: str = "",
        host_keys: str = "",
        connect_timeout: float = 5.0,
        read_timeout: float = 20.0,
        deadline: float = 300.0,
    ):
        self.address = parse_address(url, user)
        self.host_keys = pinned_keys(host_keys)
        self._secret = secret
        self._connect_timeout, self._read_timeout = connect_timeout, read_timeout
        self._deadline = deadline
        self._ssh: paramiko.Transport | None = None
        self._files: paramiko.SFTPClient | None = None

    def __repr__(self) -> str:
        return f"<SftpTransport {self.address.host}:{self.address.port}>"

    def __enter__(self):
        try:
            self._greet()
            self._check_key()
            with self._ending_in_time():
                self._log_in()
        except BaseException:
            self.close()
            raise
        return self

    @contextlib.contextmanager
    def _ending_in_time(self) -> Iterator[None]:
        """Break the connection off if this takes too long: some waits know no limit."""
        timer = threading.Timer(_STEPS * self._connect_timeout, self._ssh.close)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def __exit__(self, *exc_info) -> None:
        self.close()

    def close(self) -> None:
        ssh, self._ssh, self._files = self._ssh, None, None
        if ssh is not None:
            ssh.close()

    def found_key(self) -> tuple[str, str]:
        """(kind, fingerprint) of the key that the server shows; nobody logs in.

        :raises ProviderError: it cannot be reached, or is no SSH server
        """
        try:
            self._greet()
            return self._shown_key()
        finally:
            self.close()

    # -- Files. Paths are the server's, see ``path``.

    def path(self, *parts: str) -> str:
        """The path of something in the connection's folder."""
        return posixpath.join(self.address.folder, *parts)

    def list(self, *parts: str) -> list[Entry]:
        """The ordinary files of a folder, oldest first; links and folders are none.

        :raises ConfigurationError: no such folder, or not for this user
        :raises ContractError: too many, or a name that is not in UTF-8
        """
        ends, found = time.monotonic() + self._deadline, []
        with _translated("list the folder"):
            for seen, entry in enumerate(self._client.listdir_iter(self.path(*parts))):
                if seen >= MOST_ENTRIES:
                    raise ContractError(
                        f"More than {MOST_ENTRIES} files lie in one folder.",
                        code="too_many_files",
                    )
                _check_time(ends)
                if stat.S_ISREG(entry.st_mode or 0) and "/" not in entry.filename:
                    found.append(_entry(entry.filename, entry))
        return sorted(found, key=lambda entry: (entry.modified, entry.name))

    def look_at(self, *parts: str) -> Entry | None:
        """One file as it is now; None if it is not there."""
        with _translated("look at a file"):
            try:
                return _entry(parts[-1], self._client.lstat(self.path(*parts)))
            except FileNotFoundError:
                return None

    def make_folder(self, name: str) -> None:
        """A folder in the connection's, if it is not there."""
        if self.look_at(name):
            return
        with _translated("make a folder"):
            try:
                self._client.mkdir(self.path(name))
            except OSError:
                # Somebody else may have, at the same time.
                if not self.look_at(name):
                    raise

    def fetch(self, *parts: str, max_bytes: int) -> bytes:
        """All of a file.

        :raises RejectedError: ``too_large``, before or while it is read
        :raises TransientError: it changed meanwhile, or the connection broke off
        """
        ends, data = time.monotonic() + self._deadline, bytearray()
        with (
            _translated("read a file"),
            self._client.open(self.path(*parts), "rb") as file,
        ):
            before = file.stat()
            while chunk := file.read(_CHUNK):
                _check_time(ends)
                data += chunk
                if max(len(data), before.st_size or 0) > max_bytes:
                    raise RejectedError("The file is too large.", code="too_large")
            after = file.stat()
        if {before.st_size, after.st_size} != {len(data)} or (
            before.st_mtime != after.st_mtime
        ):
            raise TransientError(
                "The file changed while it was read.", code="still_written"
            )
        return bytes(data)

    def rename(self, source: tuple[str, ...], target: tuple[str, ...]) -> bool:
        """Move a file. False if it is not there any more; overwrites nothing.

        :raises RejectedError: ``exists``, something is there already
        """
        old, new = self.path(*source), self.path(*target)
        with _translated("move a file"):
            try:
                # By version 3 of the protocol it fails if the target is there.
                self._client.rename(old, new)
            except OSError:
                return self._rename_anyway(source, target)
        return True

    def _rename_anyway(self, source: tuple[str, ...], target: tuple[str, ...]) -> bool:
        """Why it failed; and once more, as OpenSSH's way is not open to everybody.

        It makes a second link and removes the first. For files of other owners Linux
        forbids the link, not the move.
        """
        if self.look_at(*target):
            raise RejectedError("There is such a file already.", code="exists")
        if not self.look_at(*source):
            return False
        try:
            self._client.posix_rename(self.path(*source), self.path(*target))
        except FileNotFoundError:
            if self.look_at(*source):
                raise
            return False
        return True

    # -- Getting there

    @property
    def _client(self) -> paramiko.SFTPClient:
        if self._files is None:
            raise ValueError("The transport is not open.")
        return self._files

    def _greet(self) -> None:
        """Connect and agree on keys. The server has proven to have the one it shows."""
        address = self.address
        with _translated("reach the server"):
            sock = socket.create_connection(
                (address.host, address.port), self._connect_timeout
            )
            self._ssh = paramiko.Transport(sock)
            self._ssh.set_log_channel(_WIRE)
            # One after the other; each is a step that a dead server may stop at.
            self._ssh.banner_timeout = self._connect_timeout
            self._ssh.handshake_timeout = self._connect_timeout
            self._ssh.auth_timeout = self._connect_timeout
            self._ssh.channel_timeout = self._connect_timeout
            try:
                self._ssh.start_client(timeout=2 * self._connect_timeout)
            except paramiko.ssh_exception.IncompatiblePeer as error:
                raise ConfigurationError(
                    "The server offers none of the methods that we hold for safe.",
                    code="incompatible",
                ) from error

    def _shown_key(self) -> tuple[str, str]:
        key = self._ssh.get_remote_server_key()
        digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode()
        return key.get_name(), f"SHA256:{digest.rstrip('=')}"

    def _check_key(self) -> None:
        if not self.host_keys:
            raise ConfigurationError(
                "No host key is entered. Press Test Connection, compare what it shows "
                "with what the server's operator says, and enter it.",
                code="no_host_key",
            )
        kind, fingerprint = self._shown_key()
        if fingerprint not in self.host_keys:
            raise ConfigurationError(
                "The server shows another host key than the one entered: "
                f"{fingerprint} ({kind}). Nothing was sent to it. Ask its operator "
                "whether the key was changed; if not, somebody stands in between.",
                code="host_key_changed",
            )

    def _log_in(self) -> None:
        key = load_key(self._secret)
        if not self._secret:
            raise ConfigurationError(
                "Enter a private key, or a password, as the secret.", code="no_secret"
            )
        with _translated("log in"):
            try:
                if key is None:
                    # Asked in a dialogue, a password is still a password.
                    self._ssh.auth_password(self.address.user, self._secret)
                else:
                    self._ssh.auth_publickey(self.address.user, key)
            except paramiko.AuthenticationException as error:
                raise self._refused(error, key) from error
        with _translated("open SFTP"):
            channel = self._ssh.open_session()
            channel.settimeout(self._read_timeout)
            channel.invoke_subsystem("sftp")
            self._files = paramiko.SFTPClient(channel)

    def _refused(self, error: Exception, key: paramiko.PKey | None) -> ProviderError:
        if isinstance(error, paramiko.BadAuthenticationType):
            allowed = ", ".join(error.allowed_types)
            given = "a key" if key else "a password"
            return ConfigurationError(
                f"The server takes other proof than {given}: {allowed}.",
                code="credentials",
            )
        if not self._ssh.is_active():
            return TransientError(
                "The connection broke off at the login.", code="connection"
            )
        what = f"the key {_public(key)}" if key else "the password"
        return ConfigurationError(
            f"The server refuses {what} for the user “{self.address.user}”.",
            code="credentials",
        )


def _public(key: paramiko.PKey) -> str:
    """What the other side's administrator compares with its list."""
    digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode()
    return f"SHA256:{digest.rstrip('=')}"


def _entry(name: str, attributes: paramiko.SFTPAttributes) -> Entry:
    return Entry(name, attributes.st_size or 0, int(attributes.st_mtime or 0))


def _check_time(ends: float) -> None:
    if time.monotonic() > ends:
        raise TransientError("The server is too slow.", code="timeout")


@contextlib.contextmanager
def _translated(doing: str) -> Iterator[None]:
    """Errors of the network and of paramiko as ours, in our own words."""
    try:
        yield
    except ProviderError:
        raise
    except TimeoutError as error:
        raise TransientError(
            f"The server did not answer in time, asked to {doing}.", code="timeout"
        ) from error
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"The server finds no such folder or file, asked to {doing}.",
            code="not_found",
        ) from error
    except PermissionError as error:
        raise ConfigurationError(
            f"The server does not permit this user to {doing}.", code="not_permitted"
        ) from error
    except UnicodeDecodeError as error:
        raise ContractError(
            "A file's name is not in UTF-8. Have it renamed on the server.",
            code="bad_name",
        ) from error
    except (OSError, EOFError, paramiko.SSHException, paramiko.SFTPError) as error:
        raise TransientError(
            f"The server cannot be reached, or broke off, asked to {doing}.",
            code="connection",
        ) from error
    except (ValueError, struct.error) as error:
        raise ContractError(
            f"What the server answers is no SFTP, asked to {doing}.", code="no_sftp"
        ) from error
