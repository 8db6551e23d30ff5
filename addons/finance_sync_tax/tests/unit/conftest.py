from collections.abc import Iterator

import pytest
from hypothesis import settings
from odoo.addons.finance_sync_tax.tests.unit import samples

from tests.simulator import Simulator

# The same examples every time, on a machine as slow as it may be.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(running_simulator) -> Simulator:
    """A simulator that has heard of nothing yet."""
    running_simulator.reset()
    return running_simulator


@pytest.fixture
def avatax(simulator):
    return samples.avatax(simulator.url)


@pytest.fixture(params=["rate_table", "avatax"])
def engine(request):
    """Every engine in turn; those on the network over real HTTP."""
    if request.param == "rate_table":
        return samples.rate_table()
    return request.getfixturevalue("avatax")
