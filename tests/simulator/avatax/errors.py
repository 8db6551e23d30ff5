"""Errors as AvaTax words them.

Source: https://developer.avalara.com/avatax/common-errors/ and the pages below
https://developer.avalara.com/avatax/errors/
"""

from __future__ import annotations

from typing import Any

_HELP = "http://developer.avalara.com/avatax/errors"


class AvataxError(Exception):
    """``number`` and ``code`` identify it, ``description`` says what to do."""

    def __init__(
        self,
        status: int,
        number: int,
        code: str,
        message: str,
        description: str = "",
        refers_to: str = "",
    ):
        super().__init__(message)
        self.status = status
        self._detail = {
            "code": code,
            "number": number,
            "message": message,
            "description": description,
            "faultCode": "Client",
            "helpLink": f"{_HELP}/{code}",
            "severity": "Error",
        }
        if refers_to:
            self._detail["refersTo"] = refers_to

    def body(self) -> dict[str, Any]:
        detail = self._detail
        return {
            "error": {
                "code": detail["code"],
                "message": detail["message"],
                "target": "Unknown",
                "details": [detail],
            }
        }


def not_found(what: str) -> AvataxError:
    return AvataxError(
        404, 4, "EntityNotFoundError", f"{what} not found.", "Check the code and type."
    )


def value_required(field: str) -> AvataxError:
    return AvataxError(
        400, 5, "ValueRequiredError", f"Field {field} is required.", refers_to=field
    )


def incorrect_json() -> AvataxError:
    return AvataxError(
        400, 7, "ModelRequiredException", "The request is not a JSON object."
    )


def unauthenticated() -> AvataxError:
    return AvataxError(
        401,
        30,
        "AuthenticationException",
        "Authentication failed.",
        "The user name or password you provided was incorrect.",
    )


def incomplete_authentication() -> AvataxError:
    return AvataxError(
        401,
        34,
        "AuthenticationIncomplete",
        "Authentication Incomplete.",
        "You must provide an Authorization header.",
    )


def unknown_company(code: str) -> AvataxError:
    return AvataxError(
        400,
        300,
        "CompanyNotFoundError",
        "Company not found.",
        f"Verify the company code {code!r}.",
        "CompanyCode",
    )


def wrong_status(expected: str) -> AvataxError:
    return AvataxError(
        400,
        300,
        "GetTaxError",
        "DocStatus is invalid for this operation.",
        f"Expected {expected}",
        "DocStatus",
    )


def bad_address(which: str) -> AvataxError:
    return AvataxError(
        400,
        304,
        "TaxAddressError",
        "Address is incomplete or invalid.",
        f"The {which} address has no country.",
        "Address",
    )


def unknown_country() -> AvataxError:
    return AvataxError(
        400,
        303,
        "CountryError",
        "Country unknown or not supported.",
        "Use its ISO 3166-1 code.",
        "Address",
    )


def unknown_jurisdiction() -> AvataxError:
    return AvataxError(
        400,
        309,
        "JurisdictionNotFoundError",
        "Unable to determine the taxing jurisdictions.",
        "Check region and postal code.",
        "Address",
    )


def already_cancelled() -> AvataxError:
    return AvataxError(
        400,
        198,
        "TransactionAlreadyCancelled",
        "The transaction has already been cancelled.",
        "There is nothing to be done.",
    )


def locked() -> AvataxError:
    return AvataxError(
        400,
        1100,
        "CannotModifyLockedTransaction",
        "Modifying a locked document is not allowed.",
    )


def not_verifiable(status: str) -> AvataxError:
    return AvataxError(
        400,
        1306,
        "InvalidDocumentStatusForVerify",
        f"Documents cannot be verified when in the status '{status}'.",
    )


def mismatch(number: int, code: str, what: str, told: Any, has: Any) -> AvataxError:
    return AvataxError(
        400,
        number,
        code,
        f"Mismatched {what} value.",
        f"The {what} in your Verify call [{told}] does not match [{has}].",
    )


def already_exists() -> AvataxError:
    return AvataxError(
        400,
        1303,
        "TransactionAlreadyExists",
        "A transaction with this code and type already exists.",
    )


def is_committed() -> AvataxError:
    return AvataxError(
        400,
        1313,
        "TransactionIsCommitted",
        "Committed transactions cannot be modified by this API.",
    )


def not_refundable(status: str) -> AvataxError:
    return AvataxError(
        400,
        700,
        "InvalidDocumentStatusForRefund",
        "Document is not in a status to process refund",
        f"The document status is {status}.",
    )
