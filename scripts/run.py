"""Run other programs, so that they end when we do and their failures are readable."""

import contextlib
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .console import DevError

TAIL_LINES = 40
CLEAN_UP_SECONDS = 40


def quiet(
    command: Sequence[str | Path],
    *,
    what: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    log: Path | None = None,
    tries: int = 1,
) -> str:
    """Run a command silently and return its output.

    ``log`` also keeps the output there. ``tries`` is for commands that download.

    :raises DevError: it failed; the message ends with its last lines
    """
    for remaining in reversed(range(tries)):
        done = subprocess.run(
            [str(part) for part in command],
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if log:
            log.write_text(done.stdout)
        if done.returncode == 0:
            return done.stdout
        if remaining:
            time.sleep(3)
    raise DevError(f"{what} failed:\n{_tail(done.stdout)}")


def _tail(output: str) -> str:
    return "\n".join("    " + line for line in output.splitlines()[-TAIL_LINES:])


def attached(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> int:
    """Run a command on our own terminal and return its exit code.

    When we are interrupted it gets time to clean up before it is killed.
    """
    process = subprocess.Popen([str(part) for part in command], env=env, cwd=cwd)
    try:
        return process.wait()
    except BaseException:
        _end(process)
        raise


class Beside:
    """Commands that run beside others, in threads: each line tells whose it is.

    A thread is not interrupted when we are, so whoever started them calls
    :meth:`stop`; no command is started after that.
    """

    def __init__(self):
        self._running: list[subprocess.Popen] = []
        self._lock = threading.Lock()
        self._stopped = False

    def attached(
        self,
        command: Sequence[str | Path],
        *,
        label: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> int:
        """As the function of this name, with ``label`` before each line.

        :raises DevError: all was stopped
        """
        with self._lock:
            if self._stopped:
                raise DevError(f"{label}: stopped")
            process = subprocess.Popen(
                [str(part) for part in command],
                env=env,
                cwd=cwd,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
            self._running.append(process)
        try:
            for line in process.stdout:
                print(f"{label} {line}", end="", flush=True)
            return process.wait()
        finally:
            self._running.remove(process)

    def stop(self) -> None:
        """End what runs, with time for its cleaning up, and start no more."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            _end(process)


def _end(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGINT)
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(CLEAN_UP_SECONDS)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
