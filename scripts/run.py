"""Run other programs, so that they end when we do and their failures are readable."""

import contextlib
import signal
import subprocess
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
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(CLEAN_UP_SECONDS)
        raise
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
