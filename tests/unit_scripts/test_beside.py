"""Commands that run beside others: whose line it is, and how all are stopped."""

import sys
import threading

import pytest

from scripts.console import DevError
from scripts.run import Beside

# Says that it runs, then waits to be interrupted and says so.
WAITS = """
import signal
import sys
# Whoever started the tests may have ignored it, as nohup does.
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    print("runs", flush=True)
    signal.pause()
except KeyboardInterrupt:
    print("cleaned up", flush=True)
    sys.exit(7)
"""


def test_each_line_tells_whose_it_is(capfd):
    program = "import sys; print('one'); print('two', file=sys.stderr); sys.exit(3)"
    code = Beside().attached([sys.executable, "-uc", program], label="17.0")
    assert code == 3
    assert capfd.readouterr().out.splitlines() == ["17.0 one", "17.0 two"]


class Says:
    """Standard output that tells when a word was written to it."""

    def __init__(self, word):
        self.word = word
        self.said = threading.Event()
        self.text = ""

    def write(self, text):
        self.text += text
        if self.word in self.text:
            self.said.set()

    def flush(self):
        """Nothing is held back."""


def test_what_runs_is_interrupted_and_cleans_up(monkeypatch):
    out = Says("runs")
    monkeypatch.setattr(sys, "stdout", out)
    beside = Beside()
    codes = []

    def run():
        codes.append(beside.attached([sys.executable, "-c", WAITS], label="19.0"))

    thread = threading.Thread(target=run)
    thread.start()
    assert out.said.wait(30)
    beside.stop()
    thread.join(30)
    assert codes == [7]
    assert "19.0 cleaned up" in out.text


def test_nothing_starts_once_it_was_stopped():
    beside = Beside()
    beside.stop()
    with pytest.raises(DevError, match=r"19\.0: stopped"):
        beside.attached([sys.executable, "-c", ""], label="19.0")
