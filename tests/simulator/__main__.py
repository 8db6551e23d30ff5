"""``python -m tests.simulator --port 8090``: the providers as a process."""

from __future__ import annotations

import argparse
import signal
import sys

from .server import Simulator


def main() -> int:
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090, help="0: any free one")
    parser.add_argument(
        "--latency", type=float, default=0.0, help="seconds that every answer takes"
    )
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Simulator(options.host, options.port, options.latency) as simulator:
        print(f"Simulator ready at {simulator.url}", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
