"""What a person sees: progress of long steps, warnings, the reason of a failure."""

import contextlib
import sys
import threading
import time


class DevError(Exception):
    """A failure that is explained by its message; no traceback is shown."""


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def warn(message: str) -> None:
    say(f"warning: {message}")


@contextlib.contextmanager
def step(title: str):
    """Show that a long step runs and how long it took.

    On a terminal the seconds count up in place; elsewhere, and where steps run beside
    each other, one line is written at the start, one every half minute, and one at the
    end.
    """
    started = time.monotonic()
    finished = threading.Event()
    alone = threading.current_thread() is threading.main_thread()
    on_terminal = alone and sys.stderr.isatty()
    if not on_terminal:
        say(f"… {title}")
    ticker = threading.Thread(
        target=_tick, args=(title, started, finished, on_terminal), daemon=True
    )
    ticker.start()
    outcome = "failed"
    try:
        yield
        outcome = "done"
    finally:
        finished.set()
        ticker.join()
        seconds = time.monotonic() - started
        mark = "✓" if outcome == "done" else "✗"
        lead = "\r\033[K" if on_terminal else ""
        say(f"{lead}{mark} {title} ({seconds:.1f} s)")


def _tick(title, started, finished, on_terminal):
    while not finished.wait(1 if on_terminal else 30):
        seconds = int(time.monotonic() - started)
        if on_terminal:
            sys.stderr.write(f"\r\033[K… {title} ({seconds} s)")
            sys.stderr.flush()
        else:
            say(f"… {title}, {seconds} s so far")
