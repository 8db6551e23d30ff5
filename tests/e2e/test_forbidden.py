"""What users of each kind may not do from outside."""

import pytest

from tests.samplegroup.connection import AVATAX
from tests.support.group import Line
from tests.support.rpc import RefusedError, XmlRpc

CONNECTION = "finance.sync.connection"
SECRETS = ("secret_enc", "secret")


@pytest.mark.parametrize(
    "model",
    [
        CONNECTION,
        "finance.sync.connection.change",
        "finance.sync.exchange",
        "finance.sync.attempt",
        "finance.sync.decision",
        "finance.sync.hold",
        "account.move",
        "account.move.line",
        "queue.job",
    ],
)
def test_service_reads_nothing(odoo_server, group, model):
    service = XmlRpc(odoo_server.url, odoo_server.db, "service", "service")
    with pytest.raises(RefusedError):
        service.call(model, "search_read", [], ["id"], limit=1)


@pytest.mark.parametrize(
    "role", ["accountant", "clerk", "manager", "approver", "auditor"]
)
def test_only_the_service_user_delivers(group, role):
    with pytest.raises(RefusedError):
        group.login(role).call(CONNECTION, "receive", AVATAX, "test.echo", "1", "1", {})


@pytest.mark.parametrize("role", ["accountant", "manager", "approver", "auditor"])
def test_nobody_reads_a_secret(group, role):
    connection = group.connection(AVATAX)
    for field in SECRETS:
        try:
            (seen,) = group.login(role).call(CONNECTION, "read", [connection], [field])
        except RefusedError:
            continue
        assert not seen[field]


def test_a_secret_is_in_no_export(group):
    manager = group.login("manager")
    found = manager.call(CONNECTION, "fields_get", [], ["type"])
    assert "secret_enc" not in found
    rows = group.login("admin").call(
        CONNECTION, "export_data", [group.connection(AVATAX)], ["name", "secret"]
    )
    assert rows["datas"][0][1] in (False, "")


@pytest.mark.parametrize(
    ("role", "method"),
    [
        ("accountant", "action_pause"),
        ("clerk", "action_pause"),
        ("auditor", "action_pause"),
        ("approver", "action_activate"),
    ],
)
def test_connections_are_the_managers(group, role, method):
    with pytest.raises(RefusedError):
        group.login(role).call(CONNECTION, method, [group.connection(AVATAX)])


def test_nobody_approves_an_own_change(group):
    manager = group.login("manager")
    connection = group.connection(AVATAX)
    manager.call(CONNECTION, "write", [connection], {"rate_burst": 11})
    changes = "finance.sync.connection.change"
    domain = [("connection_id", "=", connection), ("state", "=", "pending")]
    waiting = manager.call(changes, "search", domain)
    assert waiting
    with pytest.raises(RefusedError):
        manager.call(changes, "action_approve", waiting)
    manager.call(changes, "action_cancel", waiting)


@pytest.fixture(scope="module")
def exchange(group):
    """A message that was sent."""
    vals = group.invoice_vals("virginia", [Line("GOODS", 25.40)])
    (move,) = group.create("us", vals)
    group.post([move])
    (found,) = group.exchanges(move)
    return found["id"]


@pytest.mark.parametrize(
    "values", [{"state": "done"}, {"idempotency_key": "forged"}, {"res_id": 1}]
)
def test_history_is_not_written(group, exchange, values):
    manager = group.login("manager")
    with pytest.raises(RefusedError):
        manager.call("finance.sync.exchange", "write", [exchange], values)
    with pytest.raises(RefusedError):
        manager.call("finance.sync.exchange", "unlink", [exchange])


def test_auditor_reads_and_changes_nothing(group):
    auditor = group.login("auditor")
    assert auditor.call("finance.sync.exchange", "search_count", []) >= 0
    (seen,) = auditor.call(
        CONNECTION, "read", [group.connection(AVATAX)], ["name", "state"]
    )
    assert seen["state"] == "active"
    with pytest.raises(RefusedError):
        auditor.call(CONNECTION, "write", [group.connection(AVATAX)], {"name": "Mine"})
