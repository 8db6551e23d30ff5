"""Invoices posted at the same moment that need the same new engine taxes."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.support.group import Group, Line

LINES = (Line("GOODS", 25.40),)
AT_ONCE = 4
SECONDS = 60


def test_a_new_tax_is_made_once_however_many_need_it(odoo_server, simulator, group):
    moves = group.create(
        "us",
        *[group.invoice_vals("tennessee", LINES) for _ in range(AT_ONCE)],
    )
    before = keys(group)
    start = Barrier(AT_ONCE)

    def post(move):
        # A login of its own: XML-RPC's connection is not for two threads.
        mine = Group(odoo_server.url, odoo_server.db)
        assert mine.accountant
        start.wait(timeout=SECONDS)
        mine.post([move])

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(post, moves, timeout=2 * SECONDS))
    found = [group.read(move) for move in moves]
    assert [move["state"] for move in found] == ["posted"] * AT_ONCE
    assert len({move["amount_tax"] for move in found}) == 1
    made = keys(group) - before
    assert made, "no tax was new: the test tries nothing"
    names = [name for name, _tax in made]
    assert len(set(names)) == len(names)


def keys(group):
    """{(jurisdiction and rate, tax)} of the engine's taxes in the US company."""
    found = group.login("admin").call(
        "finance.sync.tax.key",
        "search_read",
        [("company_id", "=", group.company("us"))],
        ["jurisdiction_key", "rate_key", "price_included", "tax_id"],
    )
    return {
        (
            f"{key['jurisdiction_key']} {key['rate_key']} {key['price_included']}",
            key["tax_id"][0],
        )
        for key in found
    }
