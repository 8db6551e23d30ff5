"""What people and logs may see."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core.masking import (
    MASK,
    AllowList,
    RedactingFilter,
    mask,
)
from odoo.addons.finance_sync.core.secrets import SecretBox, generate_key

PAYLOAD = {
    "code": "INV/1",
    "customer": {"name": "Jane", "vat": "DE1"},
    "lines": [
        {"amount": 1, "text": "secret", "tax": [{"rate": 2, "who": "x"}]},
        {"amount": 3},
    ],
    "empty": [],
}


def test_only_what_is_allowed_is_shown():
    allowed = AllowList("code", "lines.amount", "lines.tax.rate", "nowhere.at.all")
    assert mask(PAYLOAD, allowed) == {
        "code": "INV/1",
        "customer": MASK,
        "lines": [
            {"amount": 1, "text": MASK, "tax": [{"rate": 2, "who": MASK}]},
            {"amount": 3},
        ],
        "empty": MASK,
    }


@pytest.mark.parametrize("allowed", [None, AllowList()])
def test_nothing_allowed_shows_nothing(allowed):
    assert mask(PAYLOAD, allowed) == MASK
    assert mask("text", allowed) == MASK
    assert mask(None, allowed) == MASK


def test_wildcards():
    assert mask({"a": {"x": 1, "y": {"z": 2}}, "b": 3}, AllowList("a.*")) == {
        "a": {"x": 1, "y": MASK},
        "b": MASK,
    }
    assert mask({"a": {"y": {"z": 2}}, "b": 3}, AllowList("a.**")) == {
        "a": {"y": {"z": 2}},
        "b": MASK,
    }
    assert mask({"a": {"k": 1}, "b": {"k": 2, "l": 3}}, AllowList("*.k", "b.l")) == {
        "a": {"k": 1},
        "b": {"k": 2, "l": 3},
    }


def test_allowing_a_name_does_not_allow_what_is_below():
    assert mask({"a": {"b": 1}}, AllowList("a")) == {"a": MASK}
    assert mask({"a": [1, {"b": 2}]}, AllowList("a")) == {"a": [1, MASK]}


def test_name_with_a_dot_cannot_pretend_to_be_a_path():
    assert mask({"a.b": 1, "a": {"b": 2}}, AllowList("a.b")) == {
        "a.b": MASK,
        "a": {"b": 2},
    }


def test_original_is_left_alone():
    payload = {"a": [{"b": 1}]}
    mask(payload, AllowList("x"))
    assert payload == {"a": [{"b": 1}]}


def test_lists_add_up_and_compare():
    assert AllowList("a") | AllowList("b", "a") == AllowList("b", "a")
    assert hash(AllowList("a", "b")) == hash(AllowList("b", "a"))
    assert AllowList("a") != AllowList("b")


names = st.sampled_from(["a", "b", "c", "a.b", "*", "**"])
payloads = st.recursive(
    st.just("private"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)
    ),
    max_leaves=15,
)


@given(payloads)
def test_what_is_not_named_never_shows(payload):
    assert "private" not in str(mask(payload, AllowList("a.x", "b.c.x", "z.**")))


def redacted(message: str, *args, secrets=(), error: Exception | None = None) -> str:
    exc_info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("x", 20, "f", 1, message, args, exc_info)
    assert RedactingFilter(secrets).filter(record)
    return logging.Formatter().format(record)


TOKEN = SecretBox([generate_key()]).encrypt("x")


@pytest.mark.parametrize(
    "line",
    [
        "Authorization: Basic dXNlcjpzM2NyZXQ=",
        "authorization=Bearer abc.dEf-123456",
        "sent with Bearer abcdefgh12345678 to x",
        '{"password": "s3 cret", "user": "u"}',
        "password='s3 cret'",
        "api_key=s3cret&x=1",
        "X-Api-Key: s3cret",
        "licence_key: s3cret",
        "client_secret=s3cret",
        "https://user:s3cret@example.com/x",
        f"payload {TOKEN} end",
        "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIs3cret\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_what_looks_like_a_secret_is_taken_out(line):
    text = redacted(line)
    assert MASK in text
    for secret in ("dXNlcj", "abc.dEf", "abcdefgh1", "s3", TOKEN, "eyJ"):
        assert secret not in text


@pytest.mark.parametrize(
    "line",
    [
        "POST example.com/v2/{code} 200 in 12 ms",
        "3 tokens left",
        "at 12:30:45, see https://example.com:8069/x@y",
        "the secretary's basic need",
    ],
)
def test_ordinary_lines_are_left_alone(line):
    assert redacted(line) == line


def test_known_secrets_are_taken_out_wherever_they_are():
    text = redacted("%s and %r", "hunter2x", {"k": ["hunter2"]}, secrets=["hunter2"])
    assert "hunter2" not in text
    assert redacted("a b", secrets=["a", ""]) == "a b"


def test_tracebacks_are_redacted_too():
    try:
        raise ValueError("password=s3cret")
    except ValueError as error:
        text = redacted("failed", error=error)
    assert "ValueError" in text
    assert "s3cret" not in text.replace('"password=s3cret"', "")
