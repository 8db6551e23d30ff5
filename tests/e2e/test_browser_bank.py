"""A vendor's new account in the browser: one enters it, another calls and confirms."""

from playwright.sync_api import expect

from tests.support.browser import in_dialog, status

IBAN = "DE02120300000000202051"
VENDOR = "Papierhandel Spree"
expect.set_options(timeout=60_000)


def test_a_second_person_confirms_a_vendors_account(group, session):
    admin = group.login("admin")
    vendor = admin.call("res.partner", "create", {"name": VENDOR, "supplier_rank": 1})
    bank = admin.call(
        "res.partner.bank", "create", {"acc_number": IBAN, "partner_id": vendor}
    )
    (change,) = admin.call(
        "finance.sync.bank.change", "search", [("bank_id", "=", bank)]
    )

    approver = session("approver")
    page = approver.menu("Bills", "Bank Changes to Confirm")
    row = page.locator("tr.o_data_row", has_text=VENDOR)
    expect(row).to_contain_text("DE•••2051")
    expect(row).not_to_contain_text(IBAN)
    approver.keep("bank-changes")

    page = approver.open("finance.sync.bank.change", change)
    approver.press("action_confirm")
    dialog = in_dialog(page)
    dialog.locator("[name=called_person] input").fill("Accounts department")
    dialog.locator("[name=called_number] input").fill("+49 30 1234567")
    dialog.get_by_label("I found it independently").check()
    dialog.locator("[name=note] textarea").fill("Head office, trade register of Berlin")
    approver.keep("bank-call")
    dialog.locator("button[name=action_confirm]").click()
    expect(status(page, "confirmed")).to_be_visible()
    approver.keep("bank-confirmed")
    (found,) = admin.call(
        "res.partner.bank", "read", [bank], ["finance_sync_confirmed"]
    )
    assert found["finance_sync_confirmed"]
