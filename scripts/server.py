"""A real Odoo server as a context manager, for the demo, e2e tests and benchmarks."""

import contextlib
import ctypes
import http.client
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from . import cache, conf, postgres
from .console import DevError
from .postgres import Server
from .series import Series, environment, load

START_SECONDS = 180
STOP_SECONDS = 20
LOG_DAYS = 3
LANES = (
    "root:{root},root.finance_sync:{root},root.finance_sync.operational:{root},"
    "root.finance_sync.bulk:1,root.finance_sync.reporting:1"
)


class OdooServer:
    """One Odoo server on free loopback ports, with workers and the job runner.

    :param series: a series, by name or made ready
    :param db: the one database it serves
    :param workers: HTTP worker processes; 0 is one process with threads
    :param environment: ``production`` allows calls outside from ``db``
    :param channels: queue_job's channels; by default the lanes, with the root
        channel one below the workers
    :param extra_conf: more for ``[options]`` of odoo.conf
    :param settings: more for ``[finance_sync]`` of odoo.conf
    :param server: PostgreSQL; by default what the environment names
    """

    def __init__(
        self,
        series: Series | str,
        db: str,
        *,
        workers: int = 4,
        jobrunner: bool = True,
        environment: str | None = None,
        channels: str | None = None,
        extra_conf: Mapping[str, object] | None = None,
        settings: Mapping[str, object] | None = None,
        server: Server | None = None,
        port: int | None = None,
    ):
        self.series = load(series) if isinstance(series, str) else series
        self.db = db
        self.port = port or _free_port()
        self.gevent_port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = _log_path(db)
        self._workers = workers
        self._jobrunner = jobrunner
        self._environment = environment
        self._channels = channels or LANES.format(root=max(workers - 1, 3))
        self._extra_conf = extra_conf or {}
        self._settings = settings
        self._postgres = server or postgres.told()
        self._process: subprocess.Popen | None = None
        self._folder: Path | None = None
        if self._postgres is None:
            raise DevError("OdooServer needs PostgreSQL: pass server=, or set PGHOST")

    def __enter__(self) -> "OdooServer":
        self.start()
        return self

    def __exit__(self, *_error) -> None:
        self.stop()

    def start(self) -> None:
        """Start and wait until the login page answers.

        :raises DevError: it ended or did not answer; the message has its last lines
        """
        self._folder = Path(tempfile.mkdtemp(dir=cache.folder("tmp")))
        config = self._write_conf(self._folder / "odoo.conf")
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self.series.odoo(f"--config={config}"),
                cwd=self._folder,
                # 19.0 takes these where the configuration says something else.
                env={**environment(), **self._postgres.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - one system call
            )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server and all its processes; harmless when it has ended."""
        if self._process:
            _end(self._process)
            self._process = None
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def restart(self) -> None:
        """Stop and start again on the same ports."""
        self.stop()
        self.start()

    def wait(self) -> int:
        """Wait until the server ends by itself; return its exit code."""
        if self._process is None:
            raise DevError("the server is not running")
        return self._process.wait()

    @property
    def pid(self) -> int:
        """The process that starts the others and leads their group."""
        if self._process is None:
            raise DevError("the server is not running")
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it was started and has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def worker_pids(self) -> list[int]:
        """The processes that answer requests and run jobs, without the others."""
        return [
            child for child in _children(self.pid) if b"WorkerHTTP" in _title(child)
        ]

    def kill_worker(self, pid: int) -> None:
        """Kill one worker as a crash would; the server starts another."""
        if pid not in self.worker_pids():
            raise DevError(f"process {pid} is no HTTP worker of this server")
        os.kill(pid, signal.SIGKILL)

    def kill(self) -> None:
        """Kill every process at once, as a power cut would."""
        os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def _write_conf(self, path: Path) -> Path:
        wide = list(self.series.server_wide_modules)
        sections = {}
        if self._jobrunner:
            wide.append("queue_job")
            sections["queue_job"] = {"channels": self._channels}
        options = {
            "http_port": self.port,
            "gevent_port": self.gevent_port,
            "workers": self._workers,
            "max_cron_threads": 1,
            "server_wide_modules": ",".join(wide),
            "log_level": "info",
            **self._extra_conf,
        }
        return conf.write(
            path,
            self.series,
            self._postgres,
            database=self.db,
            options=options,
            environment=self._environment,
            settings=self._settings,
            sections=sections,
        )

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise DevError(f"Odoo ended while starting:\n{self._tail()}")
            if _answers(f"{self.url}/web/login"):
                return
            time.sleep(0.2)
        raise DevError(f"Odoo did not answer in {START_SECONDS} s:\n{self._tail()}")

    def _tail(self) -> str:
        return "\n".join(self.log().splitlines()[-30:])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - ours
            return answer.status == 200
    except (urllib.error.URLError, http.client.HTTPException, OSError):
        return False


def _end(process: subprocess.Popen) -> None:
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _end_with_parent() -> None:
    """Have the kernel end this process when the one that started it is killed."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def _children(pid: int) -> list[int]:
    found = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(one) for one in listing.read_text().split()]
    return found


def _title(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _log_path(db: str) -> Path:
    folder = cache.folder("logs")
    for old in folder.glob("*.log"):
        if old.stat().st_mtime < time.time() - LOG_DAYS * 24 * 3600:
            old.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(prefix=f"server-{db}-", suffix=".log", dir=folder)
    os.close(handle)
    return Path(name)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
