"""The cache: builds happen once, heal after an interruption, and are shared."""

import multiprocessing
import os
import time

import pytest

from scripts import addons, cache


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FINANCE_SYNC_CACHE", str(tmp_path / "cache"))


def test_a_build_is_made_once():
    made = []
    target = cache.root() / "thing"

    for _ in range(2):
        cache.build(target, lambda path: made.append(path))

    assert made == [target]


def test_an_interrupted_build_is_made_again_from_nothing():
    target = cache.root() / "thing"

    def fail(path):
        (path / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.build(target, fail)
    cache.build(target, lambda path: (path / "whole").touch())

    assert sorted(path.name for path in target.iterdir()) == [cache.STAMP, "whole"]


def _count(target, log):
    def make(_path):
        with log.open("a") as stream:
            stream.write("made\n")
        time.sleep(0.2)

    cache.build(target, make)


def test_processes_that_race_share_one_build(tmp_path):
    target, log = cache.root() / "thing", tmp_path / "log"
    context = multiprocessing.get_context("fork")
    racers = [context.Process(target=_count, args=(target, log)) for _ in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(30)

    assert [racer.exitcode for racer in racers] == [0] * 4
    assert log.read_text() == "made\n"


def test_prune_removes_what_was_used_longest_ago():
    for number, name in enumerate(("old", "middle", "new")):
        cache.build(cache.root() / "set" / name, lambda path: None)
        stamp = cache.root() / "set" / name / cache.STAMP
        os.utime(stamp, (number * 1000, number * 1000))

    cache.prune(cache.root() / "set", keep=2, idle_hours=1)

    assert sorted(path.name for path in (cache.root() / "set").iterdir()) == [
        "middle",
        "new",
    ]


def test_hash_tells_parts_apart():
    assert cache.short_hash("ab", "c") != cache.short_hash("a", "bc")


def _addon(folder):
    for name in ("models/a.py", "tests/test_a.py", "views/a.xml"):
        path = folder / "some" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


@pytest.mark.parametrize(
    ("changed", "differs"),
    [("models/a.py", True), ("views/a.xml", True), ("tests/test_a.py", False)],
)
def test_only_what_is_installed_changes_the_template(
    tmp_path, monkeypatch, changed, differs
):
    monkeypatch.setattr(addons, "ADDONS", tmp_path)
    _addon(tmp_path)
    before = addons.content_hash(["some"])
    (tmp_path / "some" / changed).write_text("changed")

    assert (addons.content_hash(["some"]) != before) is differs
