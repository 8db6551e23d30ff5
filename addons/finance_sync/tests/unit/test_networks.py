"""Networks that callers are let in from."""

import pytest
from odoo.addons.finance_sync.core.errors import ConfigurationError
from odoo.addons.finance_sync.core.networks import (
    MOST_NETWORKS,
    is_within,
    parse_networks,
)

OURS = parse_networks("192.0.2.0/24, 2001:db8::/32\n# the branch\n198.51.100.7")


@pytest.mark.parametrize(
    "address",
    ["192.0.2.0", "192.0.2.255", "198.51.100.7", "2001:db8::1", "::ffff:192.0.2.9"],
)
def test_inside(address):
    assert is_within(address, OURS)


@pytest.mark.parametrize(
    "address",
    ["192.0.3.0", "198.51.100.8", "2001:db9::1", "::ffff:192.0.3.9", "", None, "x"],
)
def test_outside(address):
    assert not is_within(address, OURS)


def test_a_zone_does_not_count():
    assert is_within("fe80::1%eth0", parse_networks("fe80::/10"))


def test_nothing_is_in_no_network():
    assert parse_networks("") == parse_networks(None) == ()
    assert not is_within("192.0.2.1", ())


@pytest.mark.parametrize("text", ["192.0.2.1/24", "example.com", "10.0.0.0/40", "/8"])
def test_what_is_no_network_is_refused(text):
    with pytest.raises(ConfigurationError, match="is no network"):
        parse_networks(text)


def test_too_many():
    with pytest.raises(ConfigurationError, match="at most"):
        parse_networks(" ".join(["192.0.2.1"] * (MOST_NETWORKS + 1)))
