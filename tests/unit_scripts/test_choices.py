"""What the command line chooses: tests by layer, PostgreSQL, the goal of a ratio."""

import math

import pytest

from scripts import cache, conf, postgres
from scripts import tests as runner
from scripts.bench import Ratio


@pytest.fixture(autouse=True)
def in_the_checkout(monkeypatch):
    monkeypatch.chdir(cache.CHECKOUT)


def test_without_arguments_every_layer_runs():
    selection = runner.select([])
    assert selection.everything
    assert cache.CHECKOUT / "tests" in selection.e2e
    assert cache.CHECKOUT / "addons" / "finance_sync" in selection.orm
    assert cache.CHECKOUT / "tests" / "corpora" in selection.orm
    assert cache.CHECKOUT / "tests" / "unit_scripts" in selection.unit


def test_a_name_alone_is_no_full_run():
    selection = runner.select(["-k", "port"])
    assert not selection.everything
    assert selection.options == ["-k", "port"]
    assert selection.unit
    assert selection.orm
    assert selection.e2e


@pytest.mark.parametrize(
    ("path", "layer"),
    [
        ("addons/finance_sync/tests/unit", "unit"),
        ("addons/finance_sync/tests/common.py", "orm"),
        ("tests/unit_scripts/test_port.py", "unit"),
        ("tests/corpora", "orm"),
        ("tests/corpora/test_ap.py", "orm"),
        ("tests/simulator", "unit"),
        ("tests/conftest.py", "e2e"),
    ],
)
def test_a_path_chooses_its_layer(path, layer):
    selection = runner.select([path, "-x"])
    chosen = {name for name in ("unit", "orm", "e2e") if getattr(selection, name)}
    assert chosen == {layer}
    assert getattr(selection, layer) == [cache.CHECKOUT / path]
    assert not selection.everything


def test_a_test_within_a_file_is_kept():
    selection = runner.select(["tests/unit_scripts/test_port.py::test_chatter"])
    assert [path.name for path in selection.unit] == ["test_port.py::test_chatter"]


def test_an_addon_runs_with_and_without_odoo():
    selection = runner.select(["addons/finance_sync"])
    addon = cache.CHECKOUT / "addons" / "finance_sync"
    assert selection.orm == [addon]
    assert selection.unit == [addon / "tests" / "unit"]


def test_database_url(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:a%40b@db.example:6543/postgres")
    assert postgres.told() == postgres.Server("db.example", 6543, "me", "a@b")


def test_pghost(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("PGHOST", "/run/postgresql")
    monkeypatch.setenv("PGUSER", "me")
    monkeypatch.delenv("PGPORT", raising=False)
    monkeypatch.delenv("PGPASSWORD", raising=False)
    assert postgres.told() == postgres.Server("/run/postgresql", 5432, "me", "")


def test_odoo_conf_has_a_section_each():
    text = conf.ini({"options": {"workers": 2}, "queue_job": {"channels": "root:1"}})
    assert text == "[options]\nworkers = 2\n\n[queue_job]\nchannels = root:1\n"


@pytest.mark.parametrize(
    ("value", "goal", "higher", "reached"),
    [
        (1.3, 1.3, False, True),
        (1.31, 1.3, False, False),
        (0.8, 0.8, True, True),
        (0.79, 0.8, True, False),
        (math.nan, 1.3, False, False),
        (math.nan, 0.8, True, False),
    ],
)
def test_ratio(value, goal, higher, reached):
    assert Ratio("name", value, goal, higher).reached is reached
