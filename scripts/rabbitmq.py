"""RabbitMQ for tests: the machine's, or Debian's unpacked into the cache.

Each broker is a node of its own: name, cookie, ports and folder, all gone when it ends.
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from . import cache, debian
from .console import DevError, step, warn
from .server import _end_with_parent

PACKAGE = "rabbitmq-server"
VARIABLE = "FINANCE_SYNC_RABBITMQ"
START_SECONDS = 90
STOP_SECONDS = 20
HOMES = "usr/lib/rabbitmq/lib/rabbitmq_server-*"
CONFIGURATION = """
listeners.tcp.1 = 127.0.0.1:{port}
default_user = {user}
default_pass = {password}
disk_free_limit.absolute = 50MB
log.file.level = warning
"""
TLS = """
listeners.ssl.1 = 127.0.0.1:{tls_port}
ssl_options.cacertfile = {certificate}
ssl_options.certfile = {certificate}
ssl_options.keyfile = {key}
ssl_options.verify = verify_none
"""


def environment() -> dict[str, str]:
    """The variable that tests with a broker need; none (said aloud) without one."""
    try:
        return {VARIABLE: str(_installed() or _unpacked())}
    except DevError as error:
        warn(f"no RabbitMQ, its tests are skipped: {error}")
        return {}


def _installed() -> Path | None:
    """The root of a RabbitMQ that the machine has, Erlang included."""
    here = Path("/")
    if shutil.which("erl") and list(here.glob(HOMES)):
        return here
    return None


def _unpacked() -> Path:
    suite = debian.this_release()
    target = cache.root() / f"debian-rabbitmq-{suite.name}"
    if not cache.is_complete(target):
        with step("RabbitMQ from Debian"):
            cache.build(target, lambda path: _unpack(suite, path))
    return target


def _unpack(suite: debian.Suite, root: Path) -> None:
    suite.unpack(suite.missing_closure(PACKAGE), root)
    # The start script has Debian's own folder written into it.
    erl = root / "usr/lib/erlang/bin/erl"
    erl.write_text(
        erl.read_text().replace(
            "ROOTDIR=/usr/lib/erlang", f"ROOTDIR={root}/usr/lib/erlang"
        )
    )


class Broker:
    """One RabbitMQ node on free loopback ports. Stopped, it keeps what it has.

    :param root: where RabbitMQ and Erlang are, see ``environment``
    :param tls: paths of a certificate and its key, for a second port
    """

    def __init__(self, root: Path, tls: tuple[Path, Path] | None = None):
        self.port, self.tls_port = _free_port(), _free_port()
        self.user, self.password = "finance", secrets.token_hex(8)
        self._root, self._tls = Path(root), tls
        self._folder = Path(tempfile.mkdtemp(prefix="rabbit-", dir=cache.folder("tmp")))
        self._name = f"fs{secrets.token_hex(4)}@localhost"
        self._ports = {"epmd": _free_port(), "dist": _free_port()}
        self._processes: list[subprocess.Popen] = []
        self._write_files()

    @property
    def url(self) -> str:
        return f"amqp://{self.user}:{self.password}@127.0.0.1:{self.port}/%2F"

    def __enter__(self) -> "Broker":
        self.start()
        return self

    def __exit__(self, *_error) -> None:
        self.close()

    def start(self) -> None:
        """Start, and wait until it takes connections.

        :raises DevError: it ended or did not answer; the message has its last lines
        """
        home = next(iter(self._root.glob(HOMES)))
        # Named here so that none is left behind as a daemon.
        self._run([self._program("epmd"), "-address", "127.0.0.1"])
        broker = self._run([home / "sbin" / "rabbitmq-server"])
        deadline = time.monotonic() + START_SECONDS
        while not _greets(self.port):
            if broker.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise DevError(f"RabbitMQ did not start:\n{self._tail()}")
            time.sleep(0.2)

    def stop(self) -> None:
        """End it in good order; what is durable is there when it starts again."""
        for process in reversed(self._processes):
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End it as a power cut would."""
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._processes = []

    def close(self) -> None:
        """End it for good."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, command) -> subprocess.Popen:
        with (self._folder / "output").open("ab") as output:
            process = subprocess.Popen(
                [str(part) for part in command],
                cwd=self._folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - one system call
            )
        self._processes.append(process)
        return process

    def _program(self, name: str) -> Path:
        found = sorted((self._root / "usr/lib/erlang").glob(f"erts-*/bin/{name}"))
        if not found:
            raise DevError(f"there is no {name} among Erlang's programs")
        return found[-1]

    def _write_files(self) -> None:
        text = CONFIGURATION.format(
            port=self.port, user=self.user, password=self.password
        )
        if self._tls:
            certificate, key = self._tls
            text += TLS.format(tls_port=self.tls_port, certificate=certificate, key=key)
        (self._folder / "rabbitmq.conf").write_text(text)
        (self._folder / "enabled_plugins").write_text("[].\n")
        cookie = self._folder / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(16))
        cookie.chmod(0o400)

    def _environment(self) -> dict[str, str]:
        erlang = self._root / "usr/lib/erlang/bin"
        folder = self._folder
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith("RABBITMQ_")},
            "PATH": f"{erlang}:{os.environ['PATH']}",
            "LD_LIBRARY_PATH": str(self._root / "usr/lib/x86_64-linux-gnu"),
            "HOME": str(folder),
            "ERL_EPMD_PORT": str(self._ports["epmd"]),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            # Become Erlang itself instead of watching over it.
            "RUNNING_UNDER_SYSTEMD": "yes",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_NODENAME": self._name,
            "RABBITMQ_DIST_PORT": str(self._ports["dist"]),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(folder / "feature_flags"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "config"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-start_epmd false +S 2:2",
        }

    def _tail(self) -> str:
        lines = (self._folder / "output").read_text(errors="replace").splitlines()
        return "\n".join(lines[-30:])


@contextlib.contextmanager
def serving(tls: tuple[Path, Path] | None = None) -> Iterator[Broker | None]:
    """A broker of the caller's own; None where none can be had."""
    root = os.environ.get(VARIABLE) or environment().get(VARIABLE)
    if not root:
        yield None
        return
    with Broker(Path(root), tls) as broker:
        yield broker


def _greets(port: int) -> bool:
    """Whether somebody answers to AMQP's first word."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as probe:
            probe.settimeout(5)
            probe.sendall(b"AMQP\x00\x00\x09\x01")
            return bool(probe.recv(8))
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
