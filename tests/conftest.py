"""Fixtures of the end-to-end tests: a database, a real server, a browser.

``./dev test`` says through the environment which series is tested and where
PostgreSQL and Chromium are.
"""

import os
import re
from pathlib import Path

import pytest

from scripts import cache, postgres, rabbitmq, samplegroup
from scripts.databases import Databases
from scripts.server import OdooServer
from tests.support.amqp import Queue

FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def series() -> str:
    """The series under test, ``17.0`` or ``19.0``."""
    named = os.environ.get("FINANCE_SYNC_SERIES")
    if not named:
        pytest.exit("run these tests with ./dev test", returncode=2)
    return named


@pytest.fixture(scope="session")
def databases(series) -> Databases:
    """Templates and scratch databases of the series."""
    from scripts.series import load

    return Databases(load(series), postgres.told())


@pytest.fixture(scope="session")
def odoo_db(databases):
    """The name of a database with every addon and the sample group."""
    template = samplegroup.template(databases)
    with databases.scratch("e2e", template=template) as name:
        yield name


@pytest.fixture(scope="session")
def odoo_server(series, odoo_db):
    """A production-like server of ``odoo_db``: workers, lanes, job runner."""
    with OdooServer(series, odoo_db, environment="production") as server:
        yield server


@pytest.fixture(scope="module")
def broker():
    """A real RabbitMQ of the module's own, which its tests may kill."""
    with rabbitmq.serving() as running:
        if running is None:
            pytest.skip("no RabbitMQ could be had on this machine")
        yield running


@pytest.fixture
def queue(broker):
    """A queue there that takes every invoice."""
    return Queue(broker)


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """A Chromium driven by Playwright."""
    binary = os.environ.get("FINANCE_SYNC_CHROMIUM")
    if not binary:
        pytest.skip("no Chromium could be had on this machine")
    from playwright.sync_api import sync_playwright

    home = tmp_path_factory.mktemp("chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=binary,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
            env={**os.environ, "HOME": str(home)},
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(request, browser, odoo_server):
    """A page on ``odoo_server``, not logged in; kept as a picture when failing."""
    context = browser.new_context(
        base_url=odoo_server.url,
        viewport={"width": 1440, "height": 900},
        locale="en-US",
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    yield page
    if request.node.stash.get(FAILED, False):
        print(f"\nscreenshot: {_screenshot(page, request.node.nodeid)}")
    context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


def _screenshot(page, node: str) -> Path:
    name = re.sub(r"\W+", "-", node).strip("-")
    path = cache.folder("screenshots") / f"{name}.png"
    page.screenshot(path=path)
    return path
