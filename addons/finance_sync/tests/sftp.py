"""A real OpenSSH server for tests, and a line to it that breaks when told."""

import contextlib
import socket
import threading

try:
    from scripts.openssh import serving
except ImportError:  # an installation without the repository around it
    serving = contextlib.nullcontext

__all__ = ["Cutter", "serving"]


class Cutter:
    """Hands on what goes to a port of this machine, and cuts the line at will.

    :param allow: bytes from the server after which every line is cut; None: never
    """

    def __init__(self, port, allow=None):
        self._target, self.allow = port, allow
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open = []

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self._listener.close()
        for one in self._open:
            one.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                here, _from = self._listener.accept()
                there = socket.create_connection(("127.0.0.1", self._target))
                self._open += [here, there]
                for pair in ((here, there, None), (there, here, self.allow)):
                    threading.Thread(target=_pump, args=pair, daemon=True).start()


def _pump(source, target, allow):
    passed = 0
    with contextlib.suppress(OSError):
        while data := source.recv(16384):
            passed += len(data)
            if allow is not None and passed > allow:
                break
            target.sendall(data)
    for one in (source, target):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
