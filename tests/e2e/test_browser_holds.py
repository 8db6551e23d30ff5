"""Holds and dead letters in the browser, each step by the person whose duty it is."""

from playwright.sync_api import expect

from tests.support.browser import choose, in_dialog, status
from tests.support.group import Line
from tests.support.waiting import wait_for

VIRGINIA = (Line("GOODS", 25.40),)
expect.set_options(timeout=60_000)


def refused(group, simulator, count=1):
    """Posted invoices whose commit the tax engine refuses; (moves, holds)."""
    moves, holds = [], []
    for _number in range(count):
        (move,) = group.create("us", group.invoice_vals("virginia", VIRGINIA))
        group.accountant.call(
            "account.move", "action_finance_sync_determine_tax", [move]
        )
        code = group.read(move)["finance_sync_tax_code"]
        simulator.fault(
            "avatax", kind="differ", code=code, type="SalesInvoice", times=1
        )
        group.post([move])
        (hold,) = wait_for("the hold", lambda m=move: group.holds(m), seconds=90)
        moves.append(move)
        holds.append(hold["id"])
    return moves, holds


def test_assigned_snoozed_and_overridden_by_a_second_person(group, simulator, session):
    (move,), (hold,) = refused(group, simulator)

    accountant = session("accountant")
    page = accountant.open("finance.sync.hold", hold)
    accountant.press("action_assign")
    dialog = in_dialog(page)
    choose(dialog, "user_id", "Manager")
    accountant.keep("hold-assign")
    dialog.locator("button[name=action_assign]").click()
    expect(page.locator("[name=user_id] input").first).to_have_value("Manager")

    manager = session("manager")
    page = manager.open("finance.sync.hold", hold)
    manager.press("action_snooze")
    dialog = in_dialog(page)
    # Critical and blocking: eight working hours at most, so a week is too long.
    dialog.get_by_label("In a week").check()
    expect(dialog.locator(".alert-danger")).to_be_visible()
    dialog.locator("[name=reason] input").fill("The provider looks into it")
    manager.keep("hold-snooze")
    dialog.locator("button[special=cancel]").click()
    # How long it may be depends on the day of the week: until it is due, always.
    until = group.accountant.call("finance.sync.hold", "read", [hold], ["due"])[0]
    manager_rpc = group.login("manager")
    wizard = manager_rpc.call(
        "finance.sync.hold.snooze",
        "create",
        {
            "hold_ids": [(6, 0, [hold])],
            "choice": "other",
            "until": until["due"],
            "reason": "The provider looks into it",
        },
    )
    manager_rpc.call("finance.sync.hold.snooze", "action_snooze", [wizard])
    page = manager.open("finance.sync.hold", hold)
    expect(page.locator(".alert-secondary")).to_contain_text("looks into it")
    manager.keep("hold-snoozed")
    manager.press("action_wake")
    expect(page.locator("button[name=action_snooze]:visible")).to_be_visible()

    manager.press("action_override")
    dialog = in_dialog(page)
    dialog.locator("[name=reason] textarea").fill(
        "The engine corrects it with the next return."
    )
    dialog.locator("button[name=action_ask]").click()
    expect(page.locator(".alert-warning").first).to_contain_text("second person")

    approver = session("approver")
    approver.menu("Holds", "Waits on Me")
    row = approver.page.locator("tr.o_data_row", has_text=group.read(move)["name"])
    expect(row).to_be_visible()
    approver.keep("waits-on-me")
    page = approver.open("finance.sync.hold", hold)
    approver.press("action_decide")
    dialog = in_dialog(page)
    expect(dialog).to_contain_text("corrects it with the next return")
    approver.keep("override-decide")
    dialog.locator("button[name=action_approve]").click()
    wait_for(
        "the override",
        lambda: not group.holds(move),
        seconds=30,
    )
    page = approver.open("finance.sync.hold", hold)
    expect(page.locator("[name=override_by]")).to_contain_text("Approver")


def test_dead_letters_are_replayed_after_a_preview(group, simulator, session):
    moves, _holds = refused(group, simulator, count=2)
    names = [group.read(move)["name"] for move in moves]
    accountant = session("accountant")
    page = accountant.menu("Exchanges", "Dead Letters")
    for name in names:
        row = page.locator("tr.o_data_row", has_text=name)
        row.locator("input[type=checkbox]").check()
    accountant.keep("dead-letters")
    accountant.press("action_replay_many")
    expect(page.locator("[name=group_ids]")).to_contain_text("same key")
    expect(page.locator(".alert-info")).to_contain_text("Nothing has been started")
    accountant.keep("replay-preview")
    # Nothing has happened yet.
    assert [group.exchanges(move)[-1]["state"] for move in moves] == ["held", "held"]
    accountant.press("action_start")
    expect(status(page, "running").or_(status(page, "done"))).to_be_visible()
    for move in moves:
        wait_for(
            "the engine to have recorded it",
            lambda m=move: group.read(m)["finance_sync_tax_state"] == "committed",
            seconds=120,
        )
        assert not group.holds(move)

    def ended():
        page.reload()
        expect(page.locator(".o_form_view")).to_be_visible()
        return status(page, "done").is_visible()

    wait_for("the replay to end", ended, seconds=90)
    expect(page.locator("[name=done_count]").first).to_contain_text("2")
    accountant.keep("replay-done")
