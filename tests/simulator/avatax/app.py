"""AvaTax's HTTP interface."""

from __future__ import annotations

import hmac
import json
import re
import threading
import time
import uuid
from decimal import Decimal
from typing import Any

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from ..faults import Fault
from ..record import Recorded, credentials
from . import address, errors, model, refund
from .errors import AvataxError
from .oracle import Oracle
from .store import Key, Store

ACCOUNT, LICENCE = "sample-account", "sample-licence"
FORCED_TIMEOUT = 30.0

_DOCUMENT = "/api/v2/companies/<company>/transactions/<code>"
_ACTIONS = (
    "adjust",
    "changecode",
    "commit",
    "lock",
    "refund",
    "settle",
    "uncommit",
    "unvoid",
    "verify",
    "void",
)
_ROUTES = Map(
    [
        Rule("/api/v2/utilities/ping", endpoint="ping", methods=["GET"]),
        Rule("/api/v2/addresses/resolve", endpoint="resolve"),
        Rule("/api/v2/transactions/create", endpoint="create", methods=["POST"]),
        Rule("/api/v2/transactions/createoradjust", endpoint="createoradjust"),
        Rule(_DOCUMENT, endpoint="get", methods=["GET"]),
        *(
            Rule(f"{_DOCUMENT}/{action}", endpoint=action, methods=["POST"])
            for action in _ACTIONS
        ),
    ],
    strict_slashes=False,
)
_IN_PATH = re.compile(r"/transactions/(?!create)([^/]+)")
_ESCAPED = re.compile(r"_-ava([0-9a-f]{2})-_")


class Avatax:
    """One AvaTax account with any number of companies.

    ``accounts``: licence by account number. ``companies``: known company codes, all
    if empty.
    """

    def __init__(self):
        self.oracle = Oracle()
        self.accounts = {ACCOUNT: LICENCE}
        self.companies: set[str] = set()
        self._store = Store()
        self._lock = threading.Lock()
        self._last: dict[tuple[str, str], Response] = {}

    def reset(self) -> None:
        self.oracle.reset()
        self._store.clear()
        self._last.clear()
        self.accounts = {ACCOUNT: LICENCE}
        self.companies = set()

    def script(self, case: dict[str, Any]) -> None:
        """See :meth:`Oracle.script`."""
        self.oracle.script(case)

    def transactions(self, code: str | None = None) -> list[dict[str, Any]]:
        return json.loads(_dumps(self._store.all(code)))

    def lock(self, code: str, type: str = "SalesInvoice", company: str = "") -> None:
        """Lock a document as AvaTax does once its return has been filed."""
        for document in self._store.all(code):
            found = document["companyCode"]
            if document["type"] == type and company in ("", found):
                self._store.set_locked((found, code, type), True)

    def identify(self, recorded: Recorded) -> tuple[str, str]:
        """Code and type of the document that a request is about."""
        body = recorded.body if isinstance(recorded.body, dict) else {}
        body = body.get("createTransactionModel") or body
        if found := _IN_PATH.search(recorded.path):
            kind = recorded.query.get("documentType", "SalesInvoice")
            return _unescaped(found[1]), kind
        return str(body.get("code") or ""), str(body.get("type") or "")

    def handle(
        self, request: Request, recorded: Recorded, fault: Fault | None = None
    ) -> Response:
        route = (recorded.method, recorded.path)
        if fault and fault.kind == "repeat" and route in self._last:
            return self._last[route]
        try:
            status, answer = self._dispatch(request, recorded, fault)
        except AvataxError as error:
            status, answer = error.status, error.body()
        # What differs is calculated differently, so the answer is right about it.
        if fault and fault.kind not in ("repeat", "differ"):
            answer = model.made_wrong(answer, fault.kind, fault.delta)
        response = Response(_dumps(answer), status, content_type="application/json")
        response.headers["x-correlation-id"] = str(uuid.uuid4())
        self._last[route] = response
        return response

    def _dispatch(self, request, recorded: Recorded, fault) -> tuple[int, Any]:
        try:
            endpoint, values = _ROUTES.bind("avatax").match(
                recorded.path, method=recorded.method
            )
        except (NotFound, MethodNotAllowed) as error:
            raise AvataxError(
                error.code, 4, "RouteNotFound", "No such resource."
            ) from error
        authenticated = self._authenticated(request)
        if endpoint == "ping":
            return 200, _ping(authenticated, recorded.user)
        if not authenticated:
            raise (
                errors.unauthenticated()
                if "Authorization" in request.headers
                else errors.incomplete_authentication()
            )
        if recorded.query.get("$include") == "ForceTimeout":
            time.sleep(FORCED_TIMEOUT)
            raise AvataxError(500, 1, "ServerError", "Forced timeout.")
        return self._act(endpoint, values, recorded, fault)

    def _act(self, endpoint, values, recorded: Recorded, fault) -> tuple[int, Any]:
        if endpoint == "resolve":
            given = recorded.query if recorded.method == "GET" else recorded.body
            return 200, address.resolve(given or {})
        if endpoint == "get":
            return 200, self._store.get(self._key(values, recorded))
        body = _decimals(recorded.body)
        if not isinstance(body, dict):
            raise errors.incorrect_json()
        if endpoint == "create":
            return 201, self._create(body, fault)
        if endpoint == "createoradjust":
            return 201, self._create_or_adjust(body)
        key = self._key(values, recorded)
        return 200, getattr(self, f"_do_{endpoint}")(key, body)

    def _authenticated(self, request: Request) -> bool:
        user, password = credentials(request.headers.get("Authorization", ""))
        known = self.accounts.get(user)
        return known is not None and hmac.compare_digest(known, password)

    def _key(self, values, recorded: Recorded) -> Key:
        kind = recorded.query.get("documentType", "SalesInvoice")
        return _unescaped(values["company"]), _unescaped(values["code"]), kind

    def _calculated(self, body: dict[str, Any]) -> tuple[Key, dict[str, Any]]:
        for field in ("date", "customerCode", "lines"):
            if not body.get(field):
                raise errors.value_required(field)
        for number, line in enumerate(body["lines"], 1):
            line.setdefault("number", str(number))
            if line.get("amount") is None:
                raise errors.value_required(f"lines[{number - 1}].amount")
        company = body.get("companyCode") or "DEFAULT"
        if self.companies and company not in self.companies:
            raise errors.unknown_company(company)
        code = body.get("code") or str(uuid.uuid4())
        kind = body.get("type") or "SalesOrder"
        taxed = self.oracle.tax(body)
        return (company, code, kind), model.transaction(body, code, taxed, "Temporary")

    def _create(self, body: dict[str, Any], fault: Fault | None) -> dict[str, Any]:
        key, document = self._calculated(body)
        if fault and fault.kind == "differ":
            model.shift_tax(document, Decimal(fault.delta))
        if key[2].endswith("Order"):
            return document
        return self._store.create(key, document, bool(body.get("commit")))

    def _create_or_adjust(self, body: dict[str, Any]) -> dict[str, Any]:
        inner = body.get("createTransactionModel")
        if not isinstance(inner, dict):
            raise errors.value_required("createTransactionModel")
        key, document = self._calculated(inner)
        if not self._store.exists(key):
            return self._create(inner, None)
        return self._store.adjust(key, document, bool(inner.get("commit")), body)

    def _do_adjust(self, key: Key, body: dict[str, Any]) -> dict[str, Any]:
        inner = body.get("newTransaction")
        if not isinstance(inner, dict):
            raise errors.value_required("newTransaction")
        self._store.get(key)
        _, document = self._calculated({**inner, "code": key[1], "type": key[2]})
        return self._store.adjust(key, document, bool(inner.get("commit")), body)

    def _do_verify(self, key: Key, body: dict[str, Any]) -> dict[str, Any]:
        return self._store.verify(key, body)

    def _do_settle(self, key: Key, body: dict[str, Any]) -> dict[str, Any]:
        return self._store.settle(key, body)

    def _do_commit(self, key: Key, body: dict[str, Any]) -> dict[str, Any]:
        if body.get("commit") is not True:
            raise errors.value_required("commit")
        return self._store.commit(key)

    def _do_uncommit(self, key: Key, _body: dict[str, Any]) -> dict[str, Any]:
        return self._store.uncommit(key)

    def _do_unvoid(self, key: Key, _body: dict[str, Any]) -> dict[str, Any]:
        return self._store.unvoid(key)

    def _do_void(self, key: Key, body: dict[str, Any]) -> dict[str, Any]:
        if not body.get("code"):
            raise errors.value_required("code")
        return self._store.void(key, body["code"])

    def _do_changecode(self, key: Key, body: dict[str, Any]) -> dict[str, Any]:
        if not body.get("newCode"):
            raise errors.value_required("newCode")
        return self._store.change_code(key, body["newCode"])

    def _do_lock(self, key: Key, body: dict[str, Any]) -> dict[str, Any]:
        return self._store.set_locked(key, bool(body.get("isLocked")))

    def _do_refund(self, key: Key, body: dict[str, Any]) -> dict[str, Any]:
        original = self._store.get(key)
        new_key, document = refund.make(key, original, body)
        commit = bool(body.get("commit", True))
        return self._store.create(new_key, document, commit)


def _ping(authenticated: bool, user: str) -> dict[str, Any]:
    answer = {"version": "simulated", "authenticated": authenticated}
    if authenticated:
        answer.update(authenticationType="UsernamePassword", authenticatedUserName=user)
    return answer


def _unescaped(code: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), code)


def _decimals(body: Any) -> Any:
    """The body with exact numbers: floats as they were written."""
    if isinstance(body, dict):
        return {name: _decimals(value) for name, value in body.items()}
    if isinstance(body, list):
        return [_decimals(value) for value in body]
    return Decimal(repr(body)) if isinstance(body, float) else body


def _dumps(value: Any) -> str:
    return json.dumps(value, default=float)
