"""The web client as a person uses it, in a window of their own."""

from playwright.sync_api import expect

from scripts import cache


def visit(page, address):
    """Open an address from an empty page.

    17.0 may write the address of the page that it is still opening over another one
    that differs by its fragment alone.
    """
    page.goto("about:blank")
    page.goto(address)


class Session:
    def __init__(self, page, series):
        self.page = page
        self.series = series

    def open(self, model, record):
        if self.series == "17.0":
            where = f"/web#id={record}&model={model}&view_type=form&cids=1-2"
        else:
            where = f"/odoo/{model}/{record}"
        visit(self.page, where)
        expect(self.page.locator(".o_form_view")).to_be_visible()
        return self.page

    def menu(self, *names):
        """Open a screen by its menus."""
        page = self.page
        page.goto("/web" if self.series == "17.0" else "/odoo")
        page.locator(".o_navbar_apps_menu button").click()
        page.get_by_role("menuitem", name="Finance Sync", exact=True).click()
        expect(page.locator(".o_menu_brand")).to_contain_text("Finance Sync")
        page.locator(".o_menu_sections").get_by_text(names[0], exact=True).click()
        page.get_by_role("menuitem", name=names[1], exact=True).click()
        return page

    def press(self, name):
        self.page.locator(f"button[name={name}]:visible").first.click()

    def keep(self, name):
        path = cache.folder("results") / f"{name}-{self.series}.png"
        self.page.screenshot(path=path)


def in_dialog(page):
    dialog = page.locator(".modal-dialog")
    expect(dialog).to_be_visible()
    return dialog


def choose(dialog, field, text):
    """Pick a record by typing into a many2one."""
    box = dialog.locator(f"[name={field}] input")
    box.fill(text)
    dialog.page.locator(".o-autocomplete--dropdown-item", has_text=text).first.click()


def status(page, value):
    return page.locator(
        f".o_statusbar_status [data-value={value}].o_arrow_button_current"
    )
