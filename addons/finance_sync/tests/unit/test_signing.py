"""Ed25519 over canonical JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core import signing
from odoo.addons.finance_sync.core.signing import (
    MissingSigningKeyError,
    SignatureError,
    SigningKey,
)

KEY = SigningKey(signing.generate_key())
OTHER = SigningKey(signing.generate_key())
bodies = st.dictionaries(
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))
    .map(lambda text: text.encode("ascii", "ignore").decode())
    .filter(bool),
    st.one_of(st.integers(-(2**60), 2**60), st.booleans(), st.none()),
    max_size=5,
)


@given(bodies)
def test_what_is_signed_verifies_after_a_round_trip(body):
    document = json.loads(json.dumps(KEY.sign_document(body)))
    assert signing.verify_document(document, [OTHER.public, KEY.public]) == body


@given(bodies, bodies)
def test_another_body_does_not(body, other):
    document = {**KEY.sign_document(body), "body": other}
    if body == other:
        return
    with pytest.raises(SignatureError):
        signing.verify_document(document, [KEY.public])


def test_rfc_8032_vector():
    """Section 7.1, test 2."""
    secret = bytes.fromhex(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
    )
    public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    signature = (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    key = SigningKey(signing._text(secret))
    assert key.public == signing._text(bytes.fromhex(public))
    assert key.sign(b"\x72") == signing._text(bytes.fromhex(signature))


def test_a_key_that_is_not_trusted():
    document = KEY.sign_document({"a": 1})
    with pytest.raises(SignatureError, match="not trusted"):
        signing.verify_document(document, [OTHER.public])


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"body": {}},
        {"body": {}, "signature": {}},
        {"body": {}, "signature": {"algorithm": "none", "public_key": "", "value": ""}},
        {
            "body": [],
            "signature": {
                "algorithm": "Ed25519",
                "public_key": KEY.public,
                "value": "",
            },
        },
        {
            "body": {},
            "signature": {
                "algorithm": "Ed25519",
                "public_key": KEY.public,
                "value": "é",
            },
        },
    ],
)
def test_malformed_documents(document):
    with pytest.raises(SignatureError):
        signing.verify_document(document, [KEY.public])


@pytest.mark.parametrize("value", ["", "short", "A" * 44, None, 5, "é" * 44])
def test_malformed_signatures_are_no(value):
    assert not signing.verify(KEY.public, value, b"data")
    assert not signing.verify(value, KEY.sign(b"data"), b"data")


@pytest.mark.parametrize("text", ["", "  ", "abc", "A" * 44, "A" * 43 + "=="])
def test_a_missing_key_says_how_to_make_one(text):
    with pytest.raises(MissingSigningKeyError, match="Make a key with: python3"):
        SigningKey(text)


def test_it_is_not_shown():
    text = signing.generate_key()
    assert text not in repr(SigningKey(text))
    assert SigningKey(text).public in repr(SigningKey(text))
