"""Fixtures of the tests from outside: server with an inbound operation, simulator."""

import contextlib
import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from scripts import shell
from scripts.server import OdooServer
from tests.samplegroup.connection import ACCOUNT, AVATAX, LICENCE
from tests.support.browser import Session
from tests.support.group import Group
from tests.support.json_rpc import Json2, JsonRpc
from tests.support.rpc import XmlRpc
from tests.support.simulated import simulator as simulator_process

# None of the addons takes messages in yet, so a small one for tests does.
ADDONS = Path(__file__).with_name("addons")
PROTOCOLS = ["XML-RPC", "JSON-RPC"]
if os.environ.get("FINANCE_SYNC_SERIES") != "17.0":
    PROTOCOLS.append("JSON-2")
API_KEY = """
from datetime import datetime, timedelta
user = env["res.users"].search([("login", "=", "service")])
keys = env["res.users.apikeys"].with_user(user)
until = datetime.now() + timedelta(days=1)
print("key:", keys._generate("rpc", "tests from outside", until))
env.cr.commit()
"""


@pytest.fixture(scope="package")
def odoo_server(databases, odoo_db):
    """A server with workers, the job runner and the addon that takes messages in."""
    paths = [*databases.series.addons_paths, ADDONS]
    with OdooServer(
        databases.series,
        odoo_db,
        server=databases.server,
        extra_conf={"addons_path": ",".join(map(str, paths))},
        settings={"webhook_networks": "127.0.0.0/8"},
    ) as server:
        admin = XmlRpc(server.url, server.db, "admin", "admin")
        admin.call("ir.module.module", "update_list")
        found = admin.call(
            "ir.module.module", "search", [("name", "=", "finance_sync_echo")]
        )
        admin.call("ir.module.module", "button_immediate_install", found)
        yield server


@pytest.fixture(scope="package")
def simulator(databases):
    with simulator_process(databases.series.python) as client:
        yield client


@pytest.fixture(scope="package")
def group(odoo_server, simulator):
    """The sample group, its tax engine being the simulator."""
    group = Group(odoo_server.url, odoo_server.db)
    group.point_to(AVATAX, f"{simulator.url}/avatax", user=ACCOUNT, secret=LICENCE)
    return group


@pytest.fixture(scope="package")
def service_key(databases, odoo_db):
    """An API key of the service user, for JSON-2."""
    said = shell.script(databases.series, databases.server, odoo_db, API_KEY)
    return said.rpartition("key: ")[2].strip()


@pytest.fixture(params=PROTOCOLS)
def service(request, odoo_server):
    """An external system's login, by each protocol that the series speaks."""
    if request.param == "JSON-2":
        key = request.getfixturevalue("service_key")
        return Json2(odoo_server.url, odoo_server.db, key)
    protocol = {"XML-RPC": XmlRpc, "JSON-RPC": JsonRpc}[request.param]
    return protocol(odoo_server.url, odoo_server.db, "service", "service")


@pytest.fixture
def session(browser, odoo_server, series):
    """Log in as a role, in a window of its own; ``open(model, id)`` shows a form."""
    with contextlib.ExitStack() as stack:

        def log_in(role):
            context = browser.new_context(
                base_url=odoo_server.url,
                viewport={"width": 1440, "height": 900},
                locale="en-US",
            )
            stack.callback(context.close)
            context.set_default_timeout(60_000)
            page = context.new_page()
            page.goto("/web/login")
            page.fill("input[name=login]", role)
            page.fill("input[name=password]", role)
            page.click("button[type=submit]")
            expect(page.locator(".o_main_navbar")).to_be_visible()
            return Session(page, series)

        yield log_in
