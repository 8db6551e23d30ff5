"""The other side: providers as real HTTP servers, with faults on demand.

In the same process::

    with Simulator() as simulator:
        simulator.fault("avatax", kind="throttle", retry_after=7)
        base_url = f"{simulator.url}/avatax"

As a process of its own: ``python -m tests.simulator --port 8090``, driven by
:class:`SimulatorClient`, which has the same methods.
"""

from typing import Any

from .client import SimulatorClient

__all__ = ["Simulator", "SimulatorClient"]


def __getattr__(name: str) -> Any:
    """Import the server when it is asked for: the client does without Werkzeug."""
    if name != "Simulator":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .server import Simulator

    return Simulator
