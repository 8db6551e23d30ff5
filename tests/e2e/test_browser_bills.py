"""Received bills in the browser: each step by the person whose duty it is."""

import uuid

import pytest
from playwright.sync_api import expect

from tests.support.browser import in_dialog, status
from tests.support.ordered_bills import Bills

expect.set_options(timeout=60_000)


@pytest.fixture(scope="module")
def bills(group, series):
    return Bills(group, series)


@pytest.fixture
def approved_in_odoo(group, bills):
    """The US company approves in Odoo; its approver may up to a thousand."""
    admin = group.login("admin")
    policy = "finance_sync_ap_approval"
    admin.call("res.company", "write", [bills.company], {policy: "odoo"})
    limit = group.login("manager").call(
        "finance.sync.bill.approver",
        "create",
        {
            "company_id": bills.company,
            "user_id": group.id("res.users", "login", "approver"),
            "amount_limit": 1000.0,
        },
    )
    yield
    group.login("manager").call("finance.sync.bill.approver", "unlink", [limit])
    admin.call("res.company", "write", [bills.company], {policy: "none"})


def number():
    return f"R-{uuid.uuid4().hex[:6].upper()}"


def row(page, text):
    return page.locator("tr.o_data_row", has_text=text)


def table(page, name):
    return page.locator(f"[name={name}] table")


def test_a_clerk_clears_a_mismatch_beside_order_and_receipt(bills, session):
    order = bills.order(price=10.0)
    name = number()
    bill = bills.bring(name, order, price=12.0)
    clerk = session("clerk")
    page = clerk.menu("Bills", "Received Bills")
    expect(row(page, name)).to_contain_text("Held")
    clerk.keep("bill-inbox")
    page.locator("button.o_switch_view.o_kanban").click()
    expect(page.locator(".o_kanban_record", has_text=name)).to_be_visible()
    clerk.keep("bill-kanban")

    page = clerk.open("finance.sync.bill", bill)
    match = table(page, "match_table")
    expect(match).to_contain_text(bills.name(order))
    expect(match.locator(".table-danger").first).to_be_visible()
    expect(match).to_contain_text("10 agreed, 12 billed")
    # The document is beside the fields.
    paper = page.frame_locator("iframe.o_pdfview_iframe").first
    expect(paper.locator(".page canvas").first).to_be_visible()
    clerk.keep("bill-mismatch")

    bills.reprice(order, 12.0)
    clerk.press("action_process")
    expect(status(page, "matched")).to_be_visible()
    expect(match).to_contain_text("Agrees")
    clerk.keep("bill-matched")
    clerk.press("action_stage")
    expect(page.locator("button[name=action_finance_sync_open_bill]")).to_be_visible()
    clerk.keep("bill-draft")
    assert bills.read(bill, "state")["state"] == "staged"


def test_a_duplicate_is_given_up_beside_what_is_here_already(bills, session):
    order = bills.order()
    name = number()
    bills.bring(name, order)
    again = bills.bring(name, order, days_ago=8)
    clerk = session("clerk")
    page = clerk.open("finance.sync.bill", again)
    page.locator(".o_notebook .nav-link[name=similar]").click()
    expect(table(page, "similar_table").locator(".table-warning")).not_to_have_count(0)
    papers = page.locator(".o_notebook iframe.o_pdfview_iframe")
    expect(papers).to_have_count(2)
    for at in range(2):
        paper = papers.nth(at).content_frame
        expect(paper.locator(".page canvas").first).to_be_visible()
    table(page, "similar_table").scroll_into_view_if_needed()
    clerk.keep("bill-duplicate")
    clerk.press("action_give_up")
    dialog = in_dialog(page)
    clerk.keep("bill-give-up")
    dialog.locator("button.btn-primary").click()
    expect(status(page, "voided")).to_be_visible()
    clerk.keep("bill-given-up")


def test_an_approver_approves_what_somebody_else_prepared(
    bills, session, approved_in_odoo
):
    name = number()
    bill = bills.bring(name, bills.order(7.0), quantity=7.0)
    bills.stage(bill)
    clerk = session("clerk")
    page = clerk.open("finance.sync.bill", bill)
    clerk.press("action_request_approval")
    expect(page.locator("[name=approval_state]").last).to_contain_text("To Approve")

    approver = session("approver")
    page = approver.menu("Bills", "Bills to Approve")
    expect(row(page, name)).to_be_visible()
    approver.keep("bills-to-approve")
    row(page, name).locator("[name=number]").click()
    expect(page.locator("button[name=action_approve]:visible")).to_be_visible()
    expect(table(page, "match_table")).to_be_visible()
    approver.keep("bill-to-approve")
    approver.press("action_approve")
    expect(page.locator("[name=approvers_text]")).to_contain_text("Approver")
    page.locator(".o_notebook .nav-link[name=approvals]").click()
    approver.keep("bill-approved")

    page = clerk.open("finance.sync.bill", bill)
    clerk.press("action_post_bill")
    expect(status(page, "posted")).to_be_visible()
    assert bills.read(bill, "approval_state")["approval_state"] == "approved"


def test_figures_of_bills(bills, session):
    bills.bring(number(), bills.order(3.0), quantity=3.0, price=13.0)
    accountant = session("accountant")
    page = accountant.menu("Bills", "Bills by Age")
    expect(page.locator(".o_pivot table")).to_contain_text("Held")
    accountant.keep("bill-age")
    page = accountant.menu("Bills", "Bill Performance")
    expect(page.locator(".o_pivot table")).to_contain_text("Touchless")
    accountant.keep("bill-performance")
    page.locator("button.o_switch_view.o_graph").click()
    expect(page.locator(".o_graph_renderer canvas")).to_be_visible()
    accountant.keep("bill-performance-graph")
    page = accountant.menu("Bills", "Holds of Bills by Reason")
    expect(page.locator(".o_pivot table")).to_contain_text("differs from its order")
    accountant.keep("bill-holds")
