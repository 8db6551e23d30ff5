"""Tesseract is looked for on the path, and fetched only for tests that ask for it."""

from scripts import tesseract
from scripts.cache import CHECKOUT


def test_only_tests_that_name_it_want_it(tmp_path):
    plain = tmp_path / "test_plain.py"
    plain.write_text("assert True\n")
    assert not tesseract.is_wanted([tmp_path, plain, tmp_path / "test_missing.py"])
    (tmp_path / "test_scan.py").write_text("# needs tesseract\n")
    assert tesseract.is_wanted([tmp_path])
    assert tesseract.is_wanted([CHECKOUT / "addons" / "finance_sync_ap"])


def test_what_the_machine_has_is_taken(tmp_path, monkeypatch):
    for name in tesseract.PROGRAMS:
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tesseract.environment() == {}


def test_a_machine_without_debian_does_without(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("FINANCE_SYNC_CACHE", str(tmp_path / "cache"))
    assert tesseract.environment() == {}
    printed = capsys.readouterr()
    assert "tests of scans are skipped" in printed.out + printed.err
