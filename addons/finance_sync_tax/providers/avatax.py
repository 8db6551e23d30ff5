"""Avalara AvaTax, REST API v2.

Source: https://developer.avalara.com/api-reference/avatax/rest/v2/
"""

from collections.abc import Mapping
from typing import Any

from odoo.addons.finance_sync.core.errors import (
    ConfigurationError,
    ContractError,
    RejectedError,
)
from odoo.addons.finance_sync.core.masking import AllowList
from odoo.addons.finance_sync.core.registry import Resolution, register

from ..core.check import check_result
from ..core.document import (
    ABSENT,
    COMMITTED,
    VOIDED,
    Address,
    AddressCheck,
    Commitment,
    Ping,
    TaxDocument,
    TaxResult,
)
from ..core.engine import SHOWN
from . import avatax_errors as errors
from . import avatax_messages as messages

# The code that AvaTax gives an account's first company.
_COMPANY = "DEFAULT"

# The default contract's limit; others are agreed with Avalara.
_MAX_LINES = 1000


@register("tax", "avatax")
class AvataxEngine:
    """Quote, commit and void with AvaTax. One call per quote, two per commit.

    ``config``: ``company_code`` (where a document names none), ``app_name``,
    ``app_version`` and ``machine`` (tell Avalara's support who calls), ``max_lines``.
    """

    records = True
    local = False
    operations = {
        "tax.quote": Resolution.READ,
        "tax.commit": Resolution.LOOKUP,
        "tax.void": Resolution.IDEMPOTENT,
    }
    allowed = {
        "tax.quote": SHOWN,
        "tax.commit": SHOWN,
        "tax.void": AllowList("**"),
    }
    config_fields = ("company_code", "app_name", "app_version", "machine", "max_lines")

    def __init__(self, transport, config: Mapping | None = None):
        config = config or {}
        self._transport = transport
        self._company = config.get("company_code") or _COMPANY
        self._max_lines = int(config.get("max_lines") or _MAX_LINES)
        self._headers = {
            "X-Avalara-Client": "; ".join(
                (
                    config.get("app_name") or "finance_sync",
                    config.get("app_version") or "1.0",
                    "custom",
                    "v2",
                    config.get("machine") or "odoo",
                )
            )
        }

    def ping(self) -> Ping:
        answer = self._call("GET", "/utilities/ping")
        if not isinstance(answer, Mapping) or "authenticated" not in answer:
            raise ContractError("The answer to a ping is not AvaTax's")
        if answer["authenticated"] is True:
            return Ping(True, True, "AvaTax accepts the credentials")
        return Ping(True, False, "AvaTax refuses the credentials")

    def quote(self, document: TaxDocument) -> TaxResult:
        """Calculate as an order, which AvaTax does not record."""
        kind = messages.order_type(document.kind)
        answer = self._create(document, kind, read=True)
        return check_result(
            document, messages.parse_result(self.code, document, answer)
        )

    def commit(
        self, document: TaxDocument, expected: TaxResult, *, key: str | None = None
    ) -> Commitment:
        """Record, compare, settle.

        The document is created uncommitted (which replaces an uncommitted one left
        by an earlier attempt), compared with ``expected``, and settled: AvaTax
        verifies the totals once more and commits in one step.

        :raises RejectedError: ``amount_difference``, as in :class:`TaxEngine`;
            ``voided``, this code was voided before and cannot be used again
        """
        try:
            return self._commit(document, expected, key)
        except ContractError as error:
            # Whatever the answer meant, AvaTax may hold the document now.
            error.outcome_unknown = True
            raise

    def _commit(
        self, document: TaxDocument, expected: TaxResult, key: str | None
    ) -> Commitment:
        kind = messages.recorded_type(document.kind)
        try:
            answer = self._create(document, kind, key=key)
        except RejectedError as error:
            if not errors.is_final(error):
                raise
            return self._compare_with_final(document, expected, error)
        result = messages.parse_result(self.code, document, answer)
        check_result(document, result)
        if differences := _differences(expected, result):
            raise _difference_error(differences)
        return self._settle(document, kind, expected, key)

    def lookup(self, document_code: str, kind: str) -> Commitment | None:
        return self._lookup(self._company, document_code, messages.recorded_type(kind))

    def void(
        self, document_code: str, kind: str, reason: str = "", *, key: str | None = None
    ) -> Commitment:
        """Cancel, whether committed or not. AvaTax keeps no free-text reason."""
        try:
            answer = self._call_document(
                "POST",
                "/void",
                (self._company, document_code, messages.recorded_type(kind)),
                json={"code": "DocVoided"},
                key=key,
            )
        except RejectedError as error:
            if errors.is_not_found(error):
                note = "AvaTax has no such document: there is nothing to void"
                return Commitment(document_code, ABSENT, note=note)
            if errors.is_cancelled(error):
                return Commitment(document_code, VOIDED, note="It was voided before")
            raise
        found = messages.parse_commitment(answer)
        self._require(found.external_code == document_code, "another document")
        self._require(found.status == VOIDED, "a document that is not cancelled")
        return found

    def resolve_address(self, address: Address) -> AddressCheck:
        """Validate and complete an address (United States and Canada)."""
        body = {"textCase": "Mixed", **messages.address_body(address)}
        answer = self._call("POST", "/addresses/resolve", json=body, read=True)
        return messages.parse_address_check(answer)

    def _create(self, document: TaxDocument, kind: str, **options) -> Mapping:
        if len(document.lines) > self._max_lines:
            raise RejectedError(
                f"The document has {len(document.lines)} lines, "
                f"AvaTax takes {self._max_lines}",
                code="too_many_lines",
            )
        company = document.company_code or self._company
        body = messages.transaction_body(document, company, kind)
        answer = self._call("POST", "/transactions/create", json=body, **options)
        self._require(isinstance(answer, Mapping), "no transaction")
        self._require(answer.get("code") == document.code, "another document")
        self._require(answer.get("type") == kind, "a document of another type")
        return answer

    def _settle(
        self,
        document: TaxDocument,
        kind: str,
        expected: TaxResult,
        key: str | None,
    ) -> Commitment:
        body = {
            "verify": {
                "verifyTransactionDate": document.date.isoformat(),
                "verifyTotalAmount": expected.total_amount,
                "verifyTotalTax": expected.total_tax,
            },
            "commit": {"commit": True},
        }
        try:
            answer = self._call_document(
                "POST",
                "/settle",
                (document.company_code, document.code, kind),
                json=body,
                key=key and f"{key}:settle",
            )
        except RejectedError as error:
            if errors.is_mismatch(error):
                raise _difference_error(error.details) from error
            raise
        found = messages.parse_commitment(answer)
        self._require(found.external_code == document.code, "another document")
        self._require(found.status == COMMITTED, "a document that is not committed")
        if differences := _total_differences(expected, found):
            raise ContractError(
                "AvaTax committed other amounts than it was told to verify",
                details=differences,
            )
        return found

    def _compare_with_final(
        self, document: TaxDocument, expected: TaxResult, error: RejectedError
    ) -> Commitment:
        """AvaTax refuses to replace the document: is it what we want already?"""
        kind = messages.recorded_type(document.kind)
        found = self._lookup(document.company_code, document.code, kind)
        if found is None:
            raise error
        if found.status == VOIDED:
            raise RejectedError(
                "The document was voided at AvaTax; its code cannot be used again",
                code="voided",
                details=error.details,
            )
        if found.status != COMMITTED:
            raise error
        if differences := _total_differences(expected, found):
            raise _difference_error(differences, "AvaTax has committed other amounts")
        return found

    def _lookup(self, company: str, code: str, kind: str) -> Commitment | None:
        try:
            answer = self._call_document("GET", "", (company, code, kind))
        except RejectedError as error:
            if errors.is_not_found(error):
                return None
            raise
        found = messages.parse_commitment(answer)
        self._require(found.external_code == code, "another document")
        return None if found.status == ABSENT else found

    def _call_document(
        self, method: str, action: str, identity: tuple[str, str, str], **arguments
    ) -> Any:
        """``identity``: company, code and type. Without the type AvaTax takes every
        document for a SalesInvoice.
        """
        company, code, kind = identity
        return self._call(
            method,
            f"/companies/{{company}}/transactions/{{code}}{action}",
            segments={
                "company": messages.escape_code(company or self._company),
                "code": messages.escape_code(code),
            },
            params={"documentType": kind},
            **arguments,
        )

    def _call(self, method: str, path: str, **arguments) -> Any:
        try:
            answer = self._transport.request(
                method, f"/api/v2{path}", headers=self._headers, **arguments
            )
        except (RejectedError, ConfigurationError) as error:
            raise errors.translate(error) from error
        return answer.json()

    def _require(self, condition: bool, what: str) -> None:
        if not condition:
            raise ContractError(f"AvaTax answered with {what}")


def _total_differences(expected: TaxResult, found) -> tuple[str, ...]:
    pairs = (
        ("Total tax", expected.total_tax, found.total_tax),
        ("Net total", expected.total_amount, found.total_amount),
    )
    return tuple(
        f"{what}: ledger {ours}, AvaTax {theirs}"
        for what, ours, theirs in pairs
        if ours != theirs
    )


def _differences(expected: TaxResult, result: TaxResult) -> tuple[str, ...]:
    """Totals and every line's tax: what differs by line was booked by line."""
    taxes = {line.ref: line.tax for line in result.lines}
    lines = tuple(
        f"Line {number}: ledger {line.tax}, AvaTax {taxes.get(line.ref, 'nothing')}"
        for number, line in enumerate(expected.lines, 1)
        if taxes.get(line.ref) != line.tax
    )
    return _total_differences(expected, result) + lines


def _difference_error(
    differences, message: str = "AvaTax arrives at other amounts than the ledger"
) -> RejectedError:
    return RejectedError(message, code="amount_difference", details=differences)
