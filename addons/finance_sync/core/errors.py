"""The four errors an adapter may raise, and nothing else.

Messages are short, English and safe to show: they never carry a payload or a secret.
What the provider said in its own words goes into ``details``.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .transport import Answer


class ProviderError(Exception):
    """Something went wrong between us and a provider.

    ``code``: the provider's error code, or ours (lower_snake_case).
    ``status``: the HTTP status, if there was an answer.
    ``details``: what to show below the message, in the provider's words.
    ``request_id``: the provider's id of the request, for its support.
    ``outcome_unknown``: the request may have taken effect at the provider.
    ``amount``: what is at stake, in the document's currency, where that is not the
    whole document.
    ``answer``: the answer itself, for the adapter to read; never logged or shown.
    """

    kind = "provider"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        details: Iterable = (),
        request_id: str | None = None,
        outcome_unknown: bool = False,
        amount: Decimal | None = None,
        answer: Answer | None = None,
    ):
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.details = tuple(details)
        self.request_id = request_id
        self.outcome_unknown = outcome_unknown
        self.amount = amount
        self.answer = answer


class TransientError(ProviderError):
    """It may work later: time-outs, throttling, outages.

    ``retry_after``: seconds the provider asked us to wait, or None.
    """

    kind = "transient"

    def __init__(self, message: str, *, retry_after: float | None = None, **kwargs):
        super().__init__(message, **kwargs)
        self.retry_after = retry_after


class RejectedError(ProviderError):
    """The provider understood the request and refuses it. The same one never works."""

    kind = "rejected"


class ConfigurationError(ProviderError):
    """The connection is set up wrongly. Nothing works until somebody changes it."""

    kind = "configuration"


class ContractError(ProviderError):
    """Something does not keep the agreed format. A person has to look at it."""

    kind = "contract"
