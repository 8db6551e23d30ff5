"""Secrets at rest, and secrets behind references."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core.errors import ConfigurationError
from odoo.addons.finance_sync.core.secrets import (
    MissingKeyError,
    SecretBox,
    generate_key,
    resolve_reference,
)

OLD, NEW = generate_key(), generate_key()


@given(st.text())
def test_what_goes_in_comes_out(text):
    assert SecretBox([NEW]).decrypt(SecretBox([NEW]).encrypt(text)) == text


def test_the_same_secret_never_looks_the_same():
    box = SecretBox([NEW])
    assert box.encrypt("s3cret") != box.encrypt("s3cret")
    assert "s3cret" not in box.encrypt("s3cret")


def test_keys_are_rotated():
    token = SecretBox([OLD]).encrypt("s3cret")
    both = SecretBox([NEW, OLD])
    assert both.decrypt(token) == "s3cret"
    rotated = both.rotate(token)
    assert SecretBox([NEW]).decrypt(rotated) == "s3cret"
    with pytest.raises(MissingKeyError):
        SecretBox([OLD]).decrypt(rotated)


@pytest.mark.parametrize("keys", [[], [""], ["  "]])
def test_without_a_key_nothing_is_stored_and_the_way_out_is_told(keys):
    box = SecretBox(keys)
    assert not box
    for attempt in (box.encrypt, box.decrypt, box.rotate):
        with pytest.raises(MissingKeyError, match=r"Fernet\.generate_key") as caught:
            attempt("s3cret")
        assert "[finance_sync]" in str(caught.value)
        assert "FINANCE_SYNC_KEYS" in str(caught.value)
        assert "s3cret" not in str(caught.value)


def test_missing_key_is_a_matter_of_configuration():
    assert issubclass(MissingKeyError, ConfigurationError)


@pytest.mark.parametrize(
    "key",
    ["short", NEW[:-2], "ä" * 44, NEW + "AAAA", NEW + OLD],
    ids=["short", "cut", "not ascii", "too long", "two without a comma"],
)
def test_malformed_key_is_refused_and_not_shown(key):
    with pytest.raises(MissingKeyError, match="malformed") as caught:
        SecretBox([key])
    assert key not in str(caught.value)


def test_blanks_around_keys_do_not_matter():
    token = SecretBox([f" {NEW}\n"]).encrypt("a")
    assert SecretBox([NEW]).decrypt(token) == "a"


def altered(token: str) -> str:
    return token[:-10] + ("A" if token[-10] != "A" else "B") + token[-9:]


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        "ä",
        altered(SecretBox([NEW]).encrypt("a")),
        SecretBox([OLD]).encrypt("a"),
    ],
    ids=["empty", "nonsense", "not ascii", "altered", "other key"],
)
def test_unreadable_secret_says_why(token):
    for attempt in (SecretBox([NEW]).decrypt, SecretBox([NEW]).rotate):
        with pytest.raises(MissingKeyError, match="altered, or the key"):
            attempt(token)


def test_keys_are_not_shown():
    assert NEW not in repr(SecretBox([NEW]))


def test_generated_keys_differ():
    assert len({generate_key() for _ in range(20)}) == 20


def test_variable(monkeypatch):
    monkeypatch.setenv("FINANCE_SYNC_SECRET_AVATAX", "s3cret")
    assert resolve_reference("env:FINANCE_SYNC_SECRET_AVATAX") == "s3cret"


def test_file(tmp_path):
    (tmp_path / "avatax").write_text(" s3 cret \r\n")
    assert resolve_reference(f"file:{tmp_path}/avatax", [str(tmp_path)]) == " s3 cret "


def test_folders_may_come_from_the_environment(tmp_path, monkeypatch):
    (tmp_path / "a").write_text("s3cret")
    monkeypatch.setenv("FINANCE_SYNC_SECRETS_PATH", f"/none:{tmp_path}")
    assert resolve_reference(f"file:{tmp_path}/a") == "s3cret"


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "s3cret",
        "vault:x",
        "env:",
        "env:HOME",
        "env:FINANCE_SYNC_KEYS",
        "env:FINANCE_SYNC_SECRET_=",
        "env:FINANCE_SYNC_SECRET_NOT_SET",
        "file:",
        "file:relative/path",
        "file:/etc/passwd",
        "file:/run/secrets/../../etc/passwd",
        "file:/run/secrets/none",
        "file:/run/secrets/a\0b",
    ],
)
def test_reference_that_is_not_served(reference):
    with pytest.raises(ConfigurationError):
        resolve_reference(reference)


def test_only_files_below_the_folders_are_read(tmp_path):
    served = tmp_path / "served"
    served.mkdir()
    (tmp_path / "outside").write_text("s3cret")
    (served / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "served-too").write_text("s3cret")
    for name in ("served/link", "served/../outside", "outside", "served-too"):
        with pytest.raises(ConfigurationError, match="one of these folders"):
            resolve_reference(f"file:{tmp_path}/{name}", [str(served)])


def test_what_is_no_small_text_file_is_no_secret(tmp_path):
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "huge").write_text("x" * 70_000)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "folder").mkdir()
    for name in ("empty", "huge", "binary", "folder", "none"):
        with pytest.raises(ConfigurationError):
            resolve_reference(f"file:{tmp_path}/{name}", [str(tmp_path)])
