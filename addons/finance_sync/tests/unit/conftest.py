import pytest
from odoo.addons.finance_sync.core.transport import HttpTransport
from odoo.addons.finance_sync.tests.unit.servers import HttpServer


@pytest.fixture
def server():
    with HttpServer() as running:
        yield running


@pytest.fixture
def connect():
    """Make transports that are closed when the test ends."""
    made = []

    def make(server, **kwargs) -> HttpTransport:
        kwargs = {"connect_timeout": 2.0, "read_timeout": 2.0, **kwargs}
        transport = HttpTransport(getattr(server, "url", server), **kwargs)
        made.append(transport)
        return transport

    yield make
    for transport in made:
        transport.close()
