"""The simulated AvaTax keeps AvaTax's rules. Spoken to without our adapter."""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Iterator

import pytest
import requests

from . import Simulator

AUTH = ("sample-account", "sample-licence")
VIRGINIA = {"line1": "1 Main", "region": "VA", "country": "US", "postalCode": "23220"}


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator) -> Simulator:
    running.reset()
    return running


@pytest.fixture
def avatax(simulator: Simulator) -> Iterator[Api]:
    with requests.Session() as session:
        yield Api(session, simulator.url)


class Api:
    def __init__(self, session: requests.Session, url: str):
        self._session, self._url = session, f"{url}/avatax/api/v2"

    def call(self, method: str, path: str, body=None, auth=AUTH, **params):
        return self._session.request(
            method, self._url + path, json=body, auth=auth, params=params, timeout=10
        )

    def create(self, code="I-1", amount=25.40, **values) -> requests.Response:
        return self.call(
            "POST", "/transactions/create", request(code, amount, **values)
        )

    def act(self, action: str, body=None, code="I-1", kind="SalesInvoice"):
        path = f"/companies/DEFAULT/transactions/{code}/{action}"
        return self.call("POST", path, body or {}, documentType=kind)

    def get(self, code="I-1", **params):
        return self.call("GET", f"/companies/DEFAULT/transactions/{code}", **params)


def request(code="I-1", amount=25.40, **values) -> dict:
    return {
        "type": "SalesInvoice",
        "code": code,
        "companyCode": "DEFAULT",
        "date": "2026-03-02",
        "customerCode": "C-1",
        "addresses": {"singleLocation": VIRGINIA},
        "lines": [{"number": "1", "amount": amount}],
        **values,
    }


def number(response: requests.Response) -> int:
    """The number of the error, after checking that it is one."""
    assert response.status_code >= 400
    error = response.json()["error"]
    detail = error["details"][0]
    assert {"code", "message", "target"} <= set(error)
    assert {"code", "number", "faultCode", "helpLink", "severity"} <= set(detail)
    return detail["number"]


def status(response: requests.Response) -> str:
    assert response.status_code in (200, 201), response.text
    return response.json()["status"]


def test_an_order_is_not_kept(avatax):
    created = avatax.create(type="SalesOrder")
    assert (created.status_code, status(created)) == (201, "Temporary")
    assert created.json()["totalTax"] == 1.52
    assert number(avatax.get(documentType="SalesOrder")) == 4


def test_saved_is_replaced_and_committed_is_not(avatax):
    first, second = avatax.create(), avatax.create(amount=100)
    assert [status(first), status(second)] == ["Saved", "Saved"]
    assert second.json()["version"] == 2
    assert avatax.get().json()["totalTax"] == 6.00
    assert status(avatax.act("commit", {"commit": True})) == "Committed"
    refused = avatax.create()
    assert number(refused) == 300
    assert refused.json()["error"]["details"][0]["refersTo"] == "DocStatus"


def test_cancelled_is_not_replaced_either(avatax):
    avatax.create()
    assert status(avatax.act("void", {"code": "DocVoided"})) == "Cancelled"
    assert number(avatax.create()) == 300
    assert number(avatax.act("void", {"code": "DocVoided"})) == 198
    assert status(avatax.act("unvoid")) == "Saved"
    assert status(avatax.create()) == "Saved"


def test_create_or_adjust_keeps_the_committed_version(avatax, simulator):
    avatax.create(commit=True)
    body = {"createTransactionModel": request(amount=100, commit=True)}
    adjusted = avatax.call("POST", "/transactions/createoradjust", body)
    assert (status(adjusted), adjusted.json()["version"]) == ("Committed", 2)
    states = [one["status"] for one in simulator.transactions("I-1")]
    assert states == ["Adjusted", "Committed"]
    new = {"createTransactionModel": request("I-2")}
    assert status(avatax.call("POST", "/transactions/createoradjust", new)) == "Saved"


def test_adjust_needs_a_document(avatax):
    body = {"newTransaction": request(amount=100), "adjustmentReason": "PriceAdjusted"}
    assert number(avatax.act("adjust", body)) == 4
    avatax.create(commit=True)
    adjusted = avatax.act("adjust", body)
    assert status(adjusted) == "Saved"
    assert adjusted.json()["adjustmentReason"] == "PriceAdjusted"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"verifyTransactionDate": "2026-03-03"}, 1305),
        ({"verifyTotalAmount": 25.41}, 1307),
        ({"verifyTotalTax": 1.53}, 1308),
    ],
)
def test_verify_compares(avatax, told, expected):
    avatax.create()
    assert number(avatax.act("verify", told)) == expected
    assert number(avatax.act("settle", {"verify": told})) == expected
    assert status(avatax.get()) == "Saved"


def test_verify_settle_commit_uncommit(avatax):
    avatax.create()
    right = {"verifyTotalAmount": 25.40, "verifyTotalTax": 1.52}
    assert status(avatax.act("verify", right)) == "Posted"
    settle = {"verify": right, "changeCode": {"newCode": "I-9"}}
    assert status(avatax.act("settle", {**settle, "commit": {"commit": True}})) == (
        "Committed"
    )
    assert status(avatax.get("I-9")) == "Committed"
    assert number(avatax.get("I-1")) == 4
    assert number(avatax.act("verify", right, "I-9")) == 1306
    assert number(avatax.act("commit", {"commit": True}, "I-9")) == 300
    assert status(avatax.act("uncommit", code="I-9")) == "Saved"


def test_change_code(avatax):
    avatax.create("A")
    avatax.create("B")
    assert number(avatax.act("changecode", {"newCode": "B"}, "A")) == 1303
    assert status(avatax.act("changecode", {"newCode": "C"}, "A")) == "Saved"
    avatax.act("commit", {"commit": True}, "C")
    assert number(avatax.act("changecode", {"newCode": "D"}, "C")) == 1313


def test_locked_is_not_touched(avatax):
    avatax.create(commit=True)
    assert avatax.act("lock", {"isLocked": True}).json()["locked"] is True
    assert number(avatax.act("void", {"code": "DocVoided"})) == 1100
    assert number(avatax.act("uncommit")) == 1100


def test_deleted_is_gone(avatax):
    avatax.create()
    assert status(avatax.act("void", {"code": "DocDeleted"})) == "Cancelled"
    assert number(avatax.get()) == 4


def test_only_committed_is_refunded(avatax):
    avatax.create(lines=[{"amount": 25.40}, {"amount": 100}])
    body = {"refundTransactionCode": "R-1", "refundDate": "2026-04-01"}
    assert number(avatax.act("refund", body)) == 700
    avatax.act("commit", {"commit": True})
    assert avatax.act("refund", body).json()["totalTax"] == -7.52
    part = {**body, "refundType": "Partial", "refundLines": ["1"]}
    made = avatax.act("refund", {**part, "refundTransactionCode": "R-2"}).json()
    assert (made["totalTax"], made["totalAmount"]) == (-1.52, -25.40)
    assert (made["type"], made["taxDate"]) == ("ReturnInvoice", "2026-04-01")
    half = {**body, "refundType": "Percentage", "refundPercentage": 50}
    made = avatax.act("refund", {**half, "refundTransactionCode": "R-3"}).json()
    assert made["totalAmount"] == -62.70


def test_the_type_is_part_of_the_identity(avatax):
    avatax.create(type="ReturnInvoice", amount=-25.40)
    assert number(avatax.get()) == 4
    assert avatax.get(documentType="ReturnInvoice").json()["totalTax"] == -1.52


@pytest.mark.parametrize("field", ["date", "customerCode", "lines"])
def test_required_fields(avatax, field):
    assert number(avatax.create(**{field: None})) == 5


def test_credentials(avatax):
    assert number(avatax.call("POST", "/transactions/create", {}, auth=None)) == 34
    assert number(avatax.call("GET", "/companies/A/transactions/B", auth=("a", "b")))
    for auth, known in ((AUTH, True), (("a", "b"), False), (None, False)):
        ping = avatax.call("GET", "/utilities/ping", auth=auth).json()
        assert ping["authenticated"] is known


def test_scripted_answers_win_and_are_forgotten_on_reset(avatax, simulator):
    detail = {"code": "51", "rate": "0.1", "tax": "2.54"}
    simulator.avatax.script({"lines": [{"amount": "25.40", "details": [detail]}]})
    assert avatax.create().json()["totalTax"] == 2.54
    assert avatax.create(amount=-25.40).json()["totalTax"] == -2.54
    simulator.reset()
    assert avatax.create().json()["totalTax"] == 1.52


def test_unknown_paths_are_not_found(avatax):
    assert avatax.call("GET", "/nothing").status_code == 404
    assert avatax.call("GET", "/transactions/create").status_code == 405


def test_many_at_once_each_get_their_own_answer(avatax, simulator):
    simulator.latency = 0.1
    try:
        started = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda n: avatax.create(f"M-{n}"), range(40)))
        elapsed = time.monotonic() - started
    finally:
        simulator.latency = 0.0
    assert [one.json()["code"] for one in made] == [f"M-{n}" for n in range(40)]
    # One after the other they would take four seconds.
    assert elapsed < 3
