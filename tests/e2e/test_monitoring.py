"""Monitoring: the shipped dashboard and rules name what is really scraped."""

import json
import re
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect

from scripts import cache, prometheus
from tests.support.browser import visit
from tests.support.group import Line
from tests.support.waiting import wait_for

FOLDER = cache.CHECKOUT / "docs" / "monitoring"
DASHBOARD = FOLDER / "grafana-dashboard.json"
RULES = FOLDER / "alert-rules.yml"
NAME = re.compile(r"finance_sync_[a-z0-9_]+")
SUFFIX = re.compile(r"_(bucket|count|sum)$")
VIRGINIA = (Line("GOODS", 25.40),)


@pytest.fixture(scope="module")
def token(group):
    admin = group.login("admin")
    issue = admin.call(
        "finance.sync.metrics.token.issue", "create", {"name": "Prometheus"}
    )
    action = admin.call("finance.sync.metrics.token.issue", "action_issue", [issue])
    return action["context"]["finance_sync_issued"]


@pytest.fixture(scope="module")
def ask(odoo_server, token):
    def asked(path, bearer=token):
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        request = urllib.request.Request(odoo_server.url + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    return asked


@pytest.fixture(scope="module")
def scrape(ask, group):
    """What is scraped once an invoice has been recorded at the engine."""
    (move,) = group.create("us", group.invoice_vals("virginia", VIRGINIA))
    group.post([move])
    wait_for(
        "the engine to have recorded it",
        lambda: group.read(move)["finance_sync_tax_state"] == "committed",
        seconds=90,
    )
    status, body = ask("/finance_sync/metrics")
    assert status == 200
    return body


def declared(body):
    """Names of all figures that are told, with or without a value now."""
    return set(re.findall(r"^# TYPE (\S+)", body, flags=re.MULTILINE))


def named(text, known):
    names = set(NAME.findall(text)) - {"finance_sync"}
    return {name if name in known else SUFFIX.sub("", name) for name in names}


def expressions():
    dashboard = json.loads(DASHBOARD.read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], variable["definition"]


def rules():
    """Name → its lines, expression and all; promtool checks that it is YAML."""
    _head, *blocks = re.split(r"^ *- alert: ", RULES.read_text(), flags=re.MULTILINE)
    return {block.split("\n", 1)[0]: block for block in blocks}


def value(rule, name):
    """What follows ``name:`` in the lines of a rule."""
    found = re.search(rf"^ *{name}: *(.*)$", rule, flags=re.MULTILINE)
    return found and found[1].strip('"')


def test_dashboard_names_what_is_scraped(scrape):
    known = declared(scrape)
    seen = set()
    for title, expression in expressions():
        names = named(expression, known)
        assert names and names <= known, (title, names - known)
        seen |= names
    assert len(seen) > 30
    # Grafana refuses panels with the same id.
    ids = [panel["id"] for panel in json.loads(DASHBOARD.read_text())["panels"]]
    assert len(ids) == len(set(ids))


def test_rules_name_what_is_scraped_and_what_to_do(scrape):
    known = declared(scrape)
    assert len(rules()) > 15
    for alert, rule in rules().items():
        expression = rule.partition("expr:")[2].partition("for:")[0]
        names = named(expression, known)
        assert names <= known, (alert, names - known)
        assert names or "up{" in expression, alert
        assert value(rule, "severity") in ("warning", "critical"), alert
        assert value(rule, "summary") and value(rule, "description"), alert


def test_every_alert_links_to_a_page_that_exists():
    for alert, rule in rules().items():
        path, _hash, anchor = value(rule, "runbook_url").partition("#")
        page = Path(cache.CHECKOUT / path)
        assert page.is_file(), (alert, path)
        headings = re.findall(r"^#+ (.*)", page.read_text(), flags=re.MULTILINE)
        anchors = {
            re.sub(r"[^a-z0-9]+", "-", one.lower()).strip("-") for one in headings
        }
        assert not anchor or anchor in anchors, (alert, anchor)


def test_prometheus_accepts_rules_and_figures(scrape):
    promtool = prometheus.promtool()
    if not promtool:
        pytest.skip("no promtool could be had on this machine")
    checked = subprocess.run(
        [promtool, "check", "rules", RULES],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr + checked.stdout
    linted = subprocess.run(
        [promtool, "check", "metrics"],
        input=scrape,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert linted.returncode == 0, linted.stderr + linted.stdout


def test_what_happened_is_in_the_figures(scrape):
    labels = r'connection="avatax-us",operation="tax\.commit"'
    for pattern in (
        rf'finance_sync_attempts_total{{{labels},outcome="succeeded"}} [1-9]',
        rf'finance_sync_exchanges_total{{{labels},state="done"}} [1-9]',
        rf"finance_sync_attempt_duration_seconds_count{{{labels}}} [1-9]",
        r'finance_sync_last_success_age_seconds{connection="avatax-us"} \d',
    ):
        assert re.search(pattern, scrape), pattern


def test_strangers_are_told_nothing(ask, scrape):
    for bearer in (None, "fsm_guessed"):
        assert ask("/finance_sync/metrics", bearer) == (401, "")
    assert ask("/finance_sync/health", None) == (200, '{"status": "ok"}')
    assert ask("/finance_sync/health", "fsm_guessed") == (401, "")
    status, body = ask("/finance_sync/health")
    report = json.loads(body)
    assert (status, report["checks"]["keys"]) == (200, {"status": "ok"})
    assert report["checks"]["connections"]["connections"]["avatax-us"]


def open_board(page, group, series, board):
    menu = f"finance_sync.finance_sync_dashboard_{board}_action"
    visit(page, f"/web#action={menu}" if series == "17.0" else f"/odoo/action-{menu}")
    expect(page.locator(".o_finance_sync_tiles")).to_be_visible(timeout=60_000)


@pytest.mark.parametrize("board", ["process", "support"])
def test_dashboards_are_drawn_and_lead_further(page, group, scrape, series, board):
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/web/login")
    page.fill("input[name=login]", "accountant")
    page.fill("input[name=password]", "accountant")
    page.click("button[type=submit]")
    expect(page.locator(".o_main_navbar")).to_be_visible(timeout=60_000)
    open_board(page, group, series, board)
    expect(page.locator(".o_finance_sync_chart")).to_have_count(6)
    # With its styles: one broken file leaves all of Odoo without any.
    tiles = page.locator(".o_finance_sync_tiles")
    assert tiles.evaluate("one => getComputedStyle(one).display") == "grid"
    page.click("button[data-days='91']")
    expect(page.locator("button[data-days='91']")).to_have_class(re.compile("active"))
    page.screenshot(
        path=cache.folder("results") / f"dashboard-{board}-{series}.png", full_page=True
    )
    key = {"process": "holds", "support": "calls"}[board]
    page.click(f".o_finance_sync_tile[data-key={key}]")
    expect(page.locator(".o_list_view, .o_kanban_view")).to_be_visible(timeout=60_000)
    page.locator(".breadcrumb-item a", has_text=board.capitalize()).click()
    expect(page.locator("button[data-days='91']")).to_have_class(
        re.compile("active"), timeout=60_000
    )
    assert not errors
