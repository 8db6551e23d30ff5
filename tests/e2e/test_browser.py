"""An accountant in the browser: posts an invoice, sees its tax, resolves a hold."""

import pytest
from playwright.sync_api import expect

from scripts import cache
from tests.support.browser import visit
from tests.support.group import Line
from tests.support.waiting import wait_for

VIRGINIA = (Line("GOODS", 25.40),)
# A first page of the web client takes its time on a loaded machine.
expect.set_options(timeout=60_000)


@pytest.fixture
def accountant(page, group):
    """A page on which the accountant has logged in."""
    page.goto("/web/login")
    page.fill("input[name=login]", "accountant")
    page.fill("input[name=password]", "accountant")
    page.click("button[type=submit]")
    expect(page.locator(".o_main_navbar")).to_be_visible()
    return page


@pytest.fixture
def open_form(accountant, series):
    """Open a record's form by its address."""

    def open_record(model, record):
        if series == "17.0":
            company = "cids=1-2"
            where = f"/web#id={record}&model={model}&view_type=form&{company}"
        else:
            where = f"/odoo/{model}/{record}"
        visit(accountant, where)
        expect(accountant.locator(".o_form_view")).to_be_visible()
        return accountant

    return open_record


def invoice(group):
    return group.create("us", group.invoice_vals("virginia", VIRGINIA))[0]


def keep_picture(page, series, name):
    path = cache.folder("results") / f"{name}-{series}.png"
    page.screenshot(path=path)


def open_tax_panel(page):
    page.locator(".o_notebook .nav-link[name=finance_sync_tax]").click()
    return page.locator("[name=finance_sync_tax_detail_ids]")


def test_accountant_posts_an_invoice(group, open_form, series):
    move = invoice(group)
    page = open_form("account.move", move)
    page.locator("button[name=action_post]:visible").click()
    posted = page.locator(
        ".o_statusbar_status [data-value=posted].o_arrow_button_current"
    )
    expect(posted).to_be_visible()
    panel = open_tax_panel(page)
    for jurisdiction, tax in (
        ("VIRGINIA", "1.09"),
        ("RICHMOND", "0.25"),
        ("CENTRAL VIRGINIA TRANSPORTATION", "0.18"),
    ):
        row = panel.locator("tr.o_data_row").filter(
            has=page.get_by_role("cell", name=jurisdiction, exact=True)
        )
        expect(row).to_contain_text(tax)
    expect(page.locator("[name=finance_sync_tax_total]")).to_contain_text("1.52")
    keep_picture(page, series, "tax-panel")
    wait_for(
        "the engine to have recorded it",
        lambda: group.read(move)["finance_sync_tax_state"] == "committed",
        seconds=90,
    )


def test_accountant_resolves_a_hold(group, simulator, open_form, series):
    move = invoice(group)
    group.accountant.call("account.move", "action_finance_sync_determine_tax", [move])
    code = group.read(move)["finance_sync_tax_code"]
    simulator.fault("avatax", kind="differ", code=code, type="SalesInvoice", times=1)
    group.post([move])
    (hold,) = wait_for("the hold", lambda: group.holds(move), seconds=90)
    page = open_form("account.move", move)
    banner = page.locator("[name=finance_sync_banner]")
    expect(banner).to_be_visible()
    keep_picture(page, series, "banner")
    page = open_form("finance.sync.hold", hold["id"])
    expect(page.locator("[name=summary]")).to_contain_text("1.52")
    keep_picture(page, series, "hold")
    # The engine has come to its senses: sending it again settles it.
    page.locator("button[name=action_retry]:visible").click()
    wait_for(
        "the engine to have recorded it",
        lambda: group.read(move)["finance_sync_tax_state"] == "committed",
        seconds=90,
    )
    page = open_form("finance.sync.hold", hold["id"])
    resolved = page.locator(
        ".o_statusbar_status [data-value=resolved].o_arrow_button_current"
    )
    expect(resolved).to_be_visible()
    assert not group.holds(move)
    keep_picture(page, series, "hold-resolved")
