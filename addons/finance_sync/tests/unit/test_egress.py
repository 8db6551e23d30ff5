"""Where events may go, and that a name cannot change its mind on the way."""

import socket

import pytest
from odoo.addons.finance_sync.core.egress import Egress, networks
from odoo.addons.finance_sync.core.errors import ConfigurationError, TransientError
from odoo.addons.finance_sync.core.transport import HttpTransport
from odoo.addons.finance_sync.tests.unit.servers import HttpServer, Reply

INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.0.8",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "fc00::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "not an address",
]
OUTSIDE = ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"]


class Names:
    """A resolver that tells what it is told, one answer after the other."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), 0

    def __call__(self, host, port, **kwargs):
        self.asked += 1
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Exception):
            raise found
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port),
            )
            for address in found
        ]


def transport(server, names, allowed="127.0.0.0/8", **kwargs):
    # A name that only the resolver above knows; http is for loopback alone.
    egress = Egress(networks(allowed), names)
    return HttpTransport(f"http://localhost:{server.port}", egress=egress, **kwargs)


@pytest.mark.parametrize("address", INSIDE)
def test_inside_is_refused(address):
    assert not Egress().is_allowed(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_outside_is_not(address):
    assert Egress().is_allowed(address)


def test_what_the_administrator_allows_and_nothing_beside():
    egress = Egress(networks("10.1.0.0/16, fd00::/8"))
    assert egress.is_allowed("10.1.2.3")
    assert egress.is_allowed("::ffff:10.1.2.3")
    assert egress.is_allowed("fd00::7")
    assert not egress.is_allowed("10.2.0.1")
    assert not egress.is_allowed("127.0.0.1")


@pytest.mark.parametrize("text", ["10.0.0.1/8", "everywhere", "10.0.0.0/8;::1"])
def test_networks_are_written_rightly(text):
    with pytest.raises(ConfigurationError, match="webhook_networks"):
        networks(text)


def test_no_network_is_none():
    assert networks("") == ()


def test_a_forbidden_address_is_never_connected_to(server):
    for answer in (["127.0.0.1"], ["10.0.0.1", "::1"]):
        with (
            transport(server, Names(answer), allowed="") as forbidden,
            pytest.raises(ConfigurationError) as caught,
        ):
            forbidden.post("", json={})
        assert caught.value.code == "forbidden_address"
        assert not caught.value.outcome_unknown
    assert not server.requests


def test_an_allowed_one_among_others_is(server):
    with transport(server, Names(["10.0.0.1", "127.0.0.1"])) as mixed:
        assert mixed.post("", json={}).status == 200


def test_rebinding_gains_nothing(server):
    """The name points outside when it is judged, inside when it would be used."""
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    with transport(server, names) as pinned:
        assert pinned.post("", json={}).status == 200
        assert names.asked == 1
        # The connection that was judged goes on being used.
        assert pinned.post("", json={}).status == 200
        assert names.asked == 1
    with (
        transport(server, names) as rebound,
        pytest.raises(ConfigurationError, match="private network"),
    ):
        rebound.post("", json={})
    assert len(server.requests) == 2


def test_the_other_way_round():
    """Refused once is refused, though the name would be good a moment later."""
    with HttpServer() as server:
        names = Names(["10.0.0.1"], ["127.0.0.1"])
        with transport(server, names) as first, pytest.raises(ConfigurationError):
            first.post("", json={})
        assert not server.requests


def test_each_new_connection_is_judged_anew(server):
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    server.answer = lambda seen: Reply(headers={"Connection": "close"})
    with transport(server, names) as closing:
        closing.post("", json={})
        with pytest.raises(ConfigurationError):
            closing.post("", json={})


def test_the_host_header_keeps_the_name(server):
    with transport(server, Names(["127.0.0.1"])) as pinned:
        pinned.post("", json={})
    assert server.requests[0].headers["host"] == f"localhost:{server.port}"


def test_unknown_names_and_closed_ports_are_for_later(server):
    unknown = Names(socket.gaierror(-2, "Name or service not known"))
    with transport(server, unknown) as lost, pytest.raises(TransientError):
        lost.post("", json={})
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        server.port = closed.getsockname()[1]
    with (
        transport(server, Names(["127.0.0.1"])) as refused,
        pytest.raises(TransientError) as caught,
    ):
        refused.post("", json={})
    assert not caught.value.outcome_unknown


def test_the_second_address_is_tried_when_the_first_does_not_answer(server):
    names = Names(["127.0.0.9", "127.0.0.1"])
    with transport(server, names) as second:
        assert second.post("", json={}).status == 200
