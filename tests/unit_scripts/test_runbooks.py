"""Runbooks say the same things in the same order and name tests that exist."""

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = CHECKOUT / "docs" / "runbooks"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
TESTS = (CHECKOUT / "addons/finance_sync/tests/test_runbooks.py").read_text()
WANTED = {
    "provider-down",
    "backlog-grows",
    "chain-broken",
    "key-lost",
    "duplicate-suspected",
    "restore-from-backup",
    "month-end",
}


def test_there_is_a_page_for_each_trouble():
    assert {page.stem for page in PAGES} == WANTED


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_are_alike(page):
    titles = re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)
    assert titles[:2] == ["How it shows", "Check"]
    assert titles[-1] == "Over when"
    assert any(title.startswith("Do") for title in titles)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_was_followed(page):
    (name,) = re.findall(r"test_runbooks\.py::(\w+)", page.read_text())
    assert re.search(rf"^class {name}\(", TESTS, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_index_names_it(page):
    assert f"({page.name})" in (FOLDER / "README.md").read_text()


@pytest.mark.parametrize("page", [*PAGES, FOLDER / "README.md"], ids=lambda p: p.stem)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target
