import pytest
from hypothesis import settings

from tests.simulator import Simulator

# The same examples every time, on a machine as slow as it may be.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def running_simulator():
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(running_simulator):
    """A simulator that has heard of nothing yet."""
    running_simulator.reset()
    return running_simulator
