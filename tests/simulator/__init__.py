"""The other side: providers as real HTTP servers, with faults on demand.

In the same process::

    with Simulator() as simulator:
        simulator.fault("avatax", kind="throttle", retry_after=7)
        base_url = f"{simulator.url}/avatax"

As a process of its own: ``python -m tests.simulator --port 8090``, driven by
:class:`SimulatorClient`, which has the same methods.
"""

from .client import SimulatorClient
from .server import Simulator

__all__ = ["Simulator", "SimulatorClient"]
