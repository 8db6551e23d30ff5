"""What AvaTax's errors mean to us.

An error is ``{"error": {"code", "message", "details": [{"code", "number", "message",
"description", "refersTo", ...}]}}``. Source:
https://developer.avalara.com/avatax/common-errors/
"""

from collections.abc import Mapping

from odoo.addons.finance_sync.core.errors import (
    ConfigurationError,
    ContractError,
    ProviderError,
    RejectedError,
)

_NOT_FOUND = "EntityNotFoundError"
_ALREADY_CANCELLED = "TransactionAlreadyCancelled"
_LOCKED = "CannotModifyLockedTransaction"
_MISMATCHES = ("TotalAmountMismatch", "TotalTaxMismatch")
_DOC_STATUS = "DocStatus"

# Nothing works with this connection until somebody changes it.
_CONFIGURATION = frozenset(
    (
        "AccountExpiredException",
        "AuthenticationException",
        "AuthenticationIncomplete",
        "AuthorizationException",
        "CompanyNotFoundError",
        "InactiveCompanyError",
        "PermissionRequired",
        "SubscriptionRequired",
    )
)

# Our own code for an address that somebody has to correct.
_ADDRESS = frozenset(
    (
        "AddressConflictException",
        "AddressError",
        "AddressIncomplete",
        "AddressRangeError",
        "AddressUnknownStreetError",
        "CityError",
        "CountryError",
        "InsufficientAddressError",
        "InvalidAddress",
        "InvalidZipForStateError",
        "JurisdictionNotFoundError",
        "NotEnoughAddressesInfo",
        "PostalCodeError",
        "RegionCodeError",
        "TaxAddressError",
        "ZipNotValidError",
    )
)

_SHOWN_LENGTH = 200


def translate(error: ProviderError) -> ProviderError:
    """The same error in AvaTax's words, with a code of AvaTax or of ours.

    A refusal without AvaTax's error format stays as it is: a proxy's, perhaps.
    """
    found = _read(error)
    if not found:
        return error
    codes = {detail.get("code") for detail in found}
    first = found[-1]
    kind, code = type(error), str(first.get("code") or "")[:_SHOWN_LENGTH]
    if codes & _CONFIGURATION:
        kind = ConfigurationError
    elif codes & _ADDRESS:
        code = "bad_address"
    elif any(detail.get("refersTo") == _DOC_STATUS for detail in found):
        code = _DOC_STATUS
    sentence = first.get("message") or code or "the request is refused"
    return kind(
        f"AvaTax: {sentence}"[:_SHOWN_LENGTH],
        code=code or error.code,
        status=error.status,
        details=tuple(filter(None, (_words(detail) for detail in found))),
        request_id=error.request_id,
        outcome_unknown=error.outcome_unknown,
        answer=error.answer,
    )


def is_not_found(error: RejectedError) -> bool:
    return error.code == _NOT_FOUND


def is_cancelled(error: RejectedError) -> bool:
    return error.code == _ALREADY_CANCELLED


def is_mismatch(error: RejectedError) -> bool:
    return error.code in _MISMATCHES


def is_final(error: RejectedError) -> bool:
    """AvaTax holds the document in a state that cannot be replaced."""
    return error.code in (_DOC_STATUS, _LOCKED)


def _read(error: ProviderError) -> list[Mapping]:
    """The error's details, at least one; nothing where it is not AvaTax's."""
    try:
        body = error.answer.json() if error.answer else None
    except ContractError:
        return []
    head = body.get("error") if isinstance(body, Mapping) else None
    if not isinstance(head, Mapping):
        return []
    details = head.get("details")
    listed = details if isinstance(details, list) else []
    return [detail for detail in listed if isinstance(detail, Mapping)] or [head]


def _words(detail: Mapping) -> str:
    """What happened and to what; the second may name parts of the request."""
    texts = (detail.get("message"), detail.get("description"))
    words = " ".join(text for text in texts if isinstance(text, str) and text)
    return words[:_SHOWN_LENGTH]
