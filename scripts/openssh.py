"""OpenSSH's server for tests: the machine's, or Debian's unpacked into the cache.

Each server is a process of its own with keys, a port and a folder, all gone when it
ends. Root runs it as an unprivileged user, as it does PostgreSQL: a server of root's
would want a user and a folder that only an installation makes. So it lets one user in,
the one that it runs as, by key.
"""

import base64
import contextlib
import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from . import cache, debian, run
from .console import DevError, step, warn
from .postgres import OUTSIDE, account
from .server import _end_with_parent

VARIABLE = "FINANCE_SYNC_OPENSSH"
PACKAGE = "openssh-server"
START_SECONDS = 20
CONFIGURATION = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 100
LogLevel VERBOSE
Subsystem sftp internal-sftp
ForceCommand internal-sftp
"""
# Newer servers are several programs, each to be named.
PARTS = {"SshdSessionPath": "sshd-session", "SshdAuthPath": "sshd-auth"}


def environment() -> dict[str, str]:
    """Tells tests where the server is; nothing (said aloud) without one."""
    try:
        return {VARIABLE: str(_installed() or _unpacked())}
    except DevError as error:
        warn(f"no OpenSSH server, its tests are skipped: {error}")
        return {}


def is_wanted(paths: Iterable[Path]) -> bool:
    """Whether any of these tests asks for it, so that no other run fetches it."""
    return debian.is_named("sshd", paths)


def _installed() -> Path | None:
    return Path("/") if Path("/usr/sbin/sshd").exists() else None


def _unpacked() -> Path:
    suite = debian.this_release()
    target = cache.root() / f"debian-openssh-{suite.name}"
    if not cache.is_complete(target):
        with step("OpenSSH's server from Debian"):
            cache.build(
                target, lambda path: suite.unpack(suite.missing_closure(PACKAGE), path)
            )
    return target


class Server:
    """One sshd on a free loopback port.

    ``key``: the private key of who may log in, as text. ``user``: their name.
    ``fingerprint``: of the host key. ``folder``: theirs, for what is served.
    """

    def __init__(self, root: Path):
        self._account = account()
        self._base = self._private_folder()
        self._root = self._copied(Path(root))
        self.folder = self._made("served")
        self.port = _free_port()
        self.key = self._new_key("login_key").read_text()
        public = self._base / "login_key.pub"
        self._own(public.rename(self._base / "authorized_keys"))
        self.new_host_key()
        self._process: subprocess.Popen | None = None

    @property
    def user(self) -> str:
        uid = self._account.pw_uid if self._account else os.getuid()
        return pwd.getpwuid(uid).pw_name

    @property
    def url(self) -> str:
        """The address of the served folder."""
        return f"sftp://{self.user}@127.0.0.1:{self.port}{self.folder}"

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_error) -> None:
        self.close()

    def new_host_key(self) -> None:
        """Another identity, from the next start on."""
        for name in ("host_key", "host_key.pub"):
            (self._base / name).unlink(missing_ok=True)
        self._new_key("host_key")
        content = (self._base / "host_key.pub").read_text().split()[1]
        digest = hashlib.sha256(base64.b64decode(content)).digest()
        self.fingerprint = f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"

    def other_key(self) -> str:
        """A private key that nobody has let in."""
        name = f"stranger-{len(list(self._base.iterdir()))}"
        return self._new_key(name).read_text()

    def put(self, name: str, data: bytes) -> Path:
        """A file in the served folder, written at once, as its owner."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        hidden = path.with_name(f".{path.name}")
        hidden.write_bytes(data)
        self._own(path.parent)
        self._own(hidden)
        return hidden.rename(path)

    def start(self) -> None:
        """Start, if it does not run, and wait until it greets.

        :raises DevError: it ended or did not greet; the message has its last lines
        """
        if self._process is not None:
            return
        self._write_configuration()
        with (self._base / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command(),
                cwd="/",
                env={"PATH": os.defpath, "LD_LIBRARY_PATH": self._libraries()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - one system call
            )
        deadline = time.monotonic() + START_SECONDS
        while not _greets(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise DevError(f"sshd did not start:\n{self.log()[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it at once, and start no more logins; what is connected stays so."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """End it for good."""
        self.stop()
        shutil.rmtree(self._base, ignore_errors=True)

    def log(self) -> str:
        return (self._base / "log").read_text(errors="replace")

    def _command(self) -> list[str]:
        prefix = []
        if self._account:
            prefix = ["setpriv", f"--reuid={self._account.pw_uid}"]
            prefix += [f"--regid={self._account.pw_gid}", "--clear-groups"]
            # Who becomes somebody else forgets what it was told to end with.
            prefix += ["--pdeathsig=SIGTERM"]
        binary = self._root / "usr/sbin/sshd"
        return [*prefix, str(binary), "-D", "-e", "-f", str(self._base / "config")]

    def _write_configuration(self) -> None:
        text = CONFIGURATION.format(port=self.port, folder=self._base)
        for option, program in PARTS.items():
            path = self._root / "usr/lib/openssh" / program
            text += f"{option} {path}\n" if path.exists() else ""
        (self._base / "config").write_text(text)

    def _libraries(self) -> str:
        if self._root == Path("/"):
            return ""
        found = {path.parent for path in self._root.glob("**/*.so*")}
        return ":".join(map(str, sorted(found)))

    def _private_folder(self) -> Path:
        """Where the account can get at it, which is not below /root."""
        base = OUTSIDE if self._account else cache.folder("tmp")
        path = Path(tempfile.mkdtemp(prefix="finance-sync-sshd-", dir=base))
        path.chmod(0o711)
        return path

    def _copied(self, root: Path) -> Path:
        """The programs, where the account can run them."""
        if root == Path("/") or not self._account:
            return root
        target = self._base / "openssh"
        for part in ("usr/sbin", "usr/lib", "lib"):
            if (root / part).is_dir():
                shutil.copytree(root / part, target / part, symlinks=True)
        return target

    def _made(self, name: str) -> Path:
        path = self._base / name
        path.mkdir()
        self._own(path)
        return path

    def _new_key(self, name: str) -> Path:
        path = self._base / name
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path]
        run.quiet(command, what="ssh-keygen")
        self._own(path)
        return path

    def _own(self, path: Path) -> None:
        if self._account:
            os.chown(path, self._account.pw_uid, self._account.pw_gid)


@contextlib.contextmanager
def serving() -> Iterator[Server | None]:
    """A server of the caller's own; None where none can be had."""
    root = os.environ.get(VARIABLE)
    if not root or not shutil.which("ssh-keygen"):
        yield None
        return
    with Server(Path(root)) as server:
        yield server


def _greets(port: int) -> bool:
    """Whether somebody says SSH's first words."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as probe:
            return probe.recv(4) == b"SSH-"
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
