"""Signatures as their platforms publish them, and what must not pass for one."""

import base64
import datetime
import hashlib
import hmac

import pytest
import standardwebhooks
from odoo.addons.finance_sync.core import webhook_signing
from odoo.addons.finance_sync.core.errors import ConfigurationError
from odoo.addons.finance_sync.core.webhook_signing import (
    Incoming,
    SignatureError,
    generate_secret,
    scheme,
    sign,
    signed_headers,
)

# The vector that the standard's own libraries are tested with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIME = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OTHER = "whsec_" + base64.b64encode(b"another secret of 24 bytes").decode()
PLAIN = "a plain shared secret"


def standard(body=BODY, **headers):
    given = {
        "webhook-id": ID,
        "webhook-timestamp": str(TIME),
        "webhook-signature": SIGNATURE,
        **{f"webhook-{name}": value for name, value in headers.items()},
    }
    return Incoming(body, {k: v for k, v in given.items() if v is not None})


def refusal(code, incoming, secrets=(SECRET,), now=TIME):
    with pytest.raises(SignatureError) as caught:
        scheme(code).verify(incoming, secrets, now)
    return caught.value.reason


def test_published_vector():
    assert sign(ID, TIME, BODY, [SECRET]) == SIGNATURE
    scheme("standard").verify(standard(), [SECRET], TIME)


def test_what_we_sign_the_standards_library_takes():
    secret = generate_secret()
    now = int(datetime.datetime.now(datetime.timezone.utc).timestamp())
    headers = signed_headers("evt_1", now, BODY, [secret, OTHER])
    for key in (secret, OTHER):
        assert standardwebhooks.Webhook(key).verify(BODY.decode(), headers)


def test_what_the_standards_library_signs_we_take():
    now = datetime.datetime.now(datetime.timezone.utc)
    made = standardwebhooks.Webhook(SECRET).sign("evt_2", now, BODY.decode())
    incoming = standard(id="evt_2", timestamp=str(int(now.timestamp())), signature=made)
    scheme("standard").verify(incoming, [SECRET], now.timestamp())


@pytest.mark.parametrize("secrets", [(OTHER, SECRET), (SECRET, OTHER)])
def test_any_of_the_secrets_will_do(secrets):
    scheme("standard").verify(standard(), secrets, TIME)


def test_any_of_the_signatures_will_do():
    several = f"v1a,xx v1,bm8= {SIGNATURE} v2,yy"
    scheme("standard").verify(standard(signature=several), [SECRET], TIME)


@pytest.mark.parametrize("seconds", [-300, 300])
def test_five_minutes_either_way(seconds):
    scheme("standard").verify(standard(), [SECRET], TIME + seconds)
    assert refusal("standard", standard(), now=TIME + seconds * 1.01) == "stale"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"body": BODY + b" "}, "mismatch"),
        ({"id": "msg_other"}, "mismatch"),
        ({"timestamp": str(TIME + 1)}, "mismatch"),
        ({"signature": "v1,AAAA"}, "mismatch"),
        ({"signature": SIGNATURE[:-1]}, "mismatch"),
        ({"signature": SIGNATURE.replace("v1", "v2")}, "missing"),
        ({"signature": "\u00fc\ud800"}, "missing"),
        ({"signature": "v1,\u00fc"}, "mismatch"),
        ({"signature": None}, "missing"),
        ({"id": None}, "missing"),
        ({"id": "with.dot"}, "malformed"),
        ({"id": "x" * 129}, "malformed"),
        ({"timestamp": None}, "missing"),
        ({"timestamp": "soon"}, "malformed"),
        ({"timestamp": "1e9"}, "malformed"),
        ({"timestamp": "٣"}, "malformed"),
        ({"timestamp": "9" * 13}, "malformed"),
        ({"timestamp": f" {TIME}"}, "malformed"),
    ],
    ids=str,
)
def test_forged(changed, reason):
    assert refusal("standard", standard(**changed)) == reason


def test_another_secret_is_refused():
    assert refusal("standard", standard(), [OTHER]) == "mismatch"
    assert refusal("standard", standard(), []) == "mismatch"


def test_an_id_cannot_borrow_from_the_timestamp():
    """``a.1`` signed at ``2…`` reads as ``a`` signed at ``1.2…``: neither is taken."""
    made = sign("a.1", TIME, BODY, [SECRET])
    incoming = standard(id="a", timestamp=f"1.{TIME}", signature=made)
    assert refusal("standard", incoming) == "malformed"


def test_countless_signatures_cost_no_more():
    many = " ".join(["v1,bm8="] * webhook_signing.MOST_SIGNATURES + [SIGNATURE])
    assert refusal("standard", standard(signature=many)) == "mismatch"


@pytest.mark.parametrize("secret", ["whsec_", "whsec_c2hvcnQ=", "whsec_!!", "ü" * 40])
def test_bad_standard_secrets(secret):
    with pytest.raises(ConfigurationError):
        scheme("standard").check_secret(secret)


def test_good_secrets():
    for _turn in range(20):
        scheme("standard").check_secret(generate_secret())
    scheme("standard").check_secret(SECRET.removeprefix("whsec_"))
    scheme("stripe").check_secret("whsec_test_1234567890")
    for bad in ("short", "with\nbreak in it"):
        with pytest.raises(ConfigurationError):
            scheme("github").check_secret(bad)


# -- Stripe


def stripe(time=TIME, secret=PLAIN, extra="", body=BODY):
    content = f"{time}.".encode() + BODY
    made = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    return Incoming(body, {"stripe-signature": f"t={time},{extra}v1={made},v0=aa"})


def test_stripe():
    scheme("stripe").verify(stripe(), [OTHER, PLAIN], TIME + 200)
    scheme("stripe").verify(stripe(extra="v1=00,"), [PLAIN], TIME)
    assert refusal("stripe", stripe(), [PLAIN], TIME + 301) == "stale"
    assert refusal("stripe", stripe(), [OTHER]) == "mismatch"
    assert refusal("stripe", stripe(body=b"{}"), [PLAIN]) == "mismatch"
    assert refusal("stripe", Incoming(BODY, {}), [PLAIN]) == "missing"
    bare = Incoming(BODY, {"stripe-signature": f"t={TIME}"})
    assert refusal("stripe", bare, [PLAIN]) == "missing"


# -- One header


def test_github_as_published():
    """The vector of GitHub's own documentation."""
    digest = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    incoming = Incoming(b"Hello, World!", {"x-hub-signature-256": f"sha256={digest}"})
    scheme("github").verify(incoming, ["It's a Secret to Everybody"], TIME)
    assert refusal("github", incoming, [PLAIN]) == "mismatch"
    bare = Incoming(b"Hello, World!", {"x-hub-signature-256": digest})
    assert refusal("github", bare, ["It's a Secret to Everybody"]) == "mismatch"
    assert refusal("github", Incoming(b"", {}), [PLAIN]) == "missing"


@pytest.mark.parametrize(
    ("code", "header"),
    [("shopify", "x-shopify-hmac-sha256"), ("bill", "x-bill-sha-signature")],
)
def test_base64_in_one_header(code, header):
    digest = hmac.new(PLAIN.encode(), BODY, hashlib.sha256).digest()
    incoming = Incoming(BODY, {header: base64.b64encode(digest).decode()})
    scheme(code).verify(incoming, [PLAIN], TIME)
    assert refusal(code, Incoming(BODY + b" ", incoming.headers), [PLAIN]) == "mismatch"


def test_every_scheme_names_what_it_signs():
    assert next(iter(webhook_signing.schemes())) == "standard"
    for code in webhook_signing.schemes():
        each = scheme(code)
        # What is not signed must not name the message.
        assert each.id_source in ("header:webhook-id", "body") or each.id_source[
            :5
        ] == ("json:")
    with pytest.raises(ConfigurationError):
        scheme("no such")
