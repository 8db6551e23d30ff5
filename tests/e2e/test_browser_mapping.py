"""A code that nobody knows: mapped by one person, approved by another, replayed."""

import uuid

from playwright.sync_api import expect

from tests.samplegroup.connection import AVATAX
from tests.support.browser import choose, in_dialog, status
from tests.support.rpc import XmlRpc
from tests.support.waiting import wait_for

expect.set_options(timeout=60_000)


def deliver(odoo_server, unit, text):
    """A message with a unit's code; its number."""
    service = XmlRpc(odoo_server.url, odoo_server.db, "service", "service")
    number = f"unit-{uuid.uuid4()}"
    payload = {"customer": "virginia", "text": text, "unit": unit}
    service.call(
        "finance.sync.connection",
        "receive",
        key=AVATAX,
        operation="test.echo",
        external_id=number,
        version="1",
        payload=payload,
    )
    return service, number


def state_of(service, number):
    return service.call(
        "finance.sync.connection", "status", key=AVATAX, external_id=number
    )


def test_mapped_approved_by_another_person_and_replayed(odoo_server, group, session):
    code = f"PCE-{uuid.uuid4().hex[:8]}"
    service, first = deliver(odoo_server, code, "Ten")
    _service, second = deliver(odoo_server, code, "Twelve")
    for number in (first, second):
        wait_for(
            "the message to wait for the unit",
            lambda n=number: state_of(service, n)["holds"] == ["unmapped"],
            seconds=90,
        )
    holds = group.accountant.call(
        "finance.sync.hold", "search", [("mapping_code", "=", code)]
    )
    assert len(holds) == 1

    accountant = session("accountant")
    page = accountant.open("finance.sync.hold", holds[0])
    expect(page.locator("[name=summary]").first).to_contain_text(code)
    accountant.keep("unmapped-hold")
    accountant.press("action_map")
    dialog = in_dialog(page)
    dialog.locator("td[name=uom_id]").first.click()
    choose(dialog, "uom_id", "Units")
    accountant.keep("map-it")
    dialog.locator("button[name=action_map]").click()
    expect(status(page, "submitted")).to_be_visible()
    # Whoever mapped it is told that somebody else decides.
    expect(page.locator("[name=approval_hint]")).to_be_visible()
    expect(page.locator("button[name=action_approve]:visible")).to_have_count(0)
    accountant.keep("mapping-submitted")
    (mapping,) = group.accountant.call(
        "finance.sync.mapping",
        "search",
        [("line_ids.external_code", "=", code), ("state", "=", "submitted")],
    )

    approver = session("approver")
    page = approver.open("finance.sync.mapping", mapping)
    page.locator("button[name=action_compare]:visible").click()
    dialog = in_dialog(page)
    expect(dialog).to_contain_text(code)
    approver.keep("mapping-compare")
    dialog.get_by_role("button", name="Close").last.click()
    expect(page.locator(".modal-dialog")).to_have_count(0)
    approver.press("action_approve")
    expect(status(page, "active")).to_be_visible()
    approver.keep("mapping-active")

    for number in (first, second):
        wait_for(
            "the message to be replayed",
            lambda n=number: state_of(service, n)["state"] == "done",
            seconds=120,
        )
    (hold,) = group.accountant.call("finance.sync.hold", "read", holds, ["state"])
    assert hold["state"] == "resolved"
    (partner,) = group.accountant.call(
        "res.partner", "read", [group.customer("virginia")], ["comment"]
    )
    assert "in Units" in partner["comment"]
