"""OpenSSH's server is fetched only for tests that ask for it, and given up politely."""

from scripts import openssh
from scripts.cache import CHECKOUT


def test_only_tests_that_name_it_want_it(tmp_path):
    (tmp_path / "test_plain.py").write_text("assert True\n")
    assert not openssh.is_wanted([tmp_path])
    assert openssh.is_wanted([CHECKOUT / "addons" / "finance_sync_ap"])


def test_a_machine_without_debian_does_without(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(openssh, "_installed", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("FINANCE_SYNC_CACHE", str(tmp_path / "cache"))
    assert openssh.environment() == {}
    printed = capsys.readouterr()
    assert "its tests are skipped" in printed.out + printed.err


def test_without_it_nobody_serves(monkeypatch):
    monkeypatch.delenv(openssh.VARIABLE, raising=False)
    with openssh.serving() as server:
        assert server is None
