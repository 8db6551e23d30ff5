"""The one interface that every tax engine has."""

from typing import Protocol

from odoo.addons.finance_sync.core.masking import AllowList

from .document import Commitment, Ping, TaxDocument, TaxResult

# Codes of a RejectedError that somebody mends by correcting an address.
ADDRESS_CODES = frozenset(("missing_address", "unknown_country", "bad_address"))

_SHOWN_OF_DOCUMENT = (
    "code",
    "kind",
    "company_code",
    "date",
    "tax_date",
    "currency",
    "places",
    "origin_code",
    "vat_valid",
    "entity_use_code",
    "ship_from.region",
    "ship_from.country",
    "ship_to.region",
    "ship_to.country",
    "lines.ref",
    "lines.amount",
    "lines.quantity",
    "lines.tax_code",
    "lines.item_code",
    "lines.tax_included",
    "lines.category",
)

# What screens may show of a request: a document alone, or beside what is expected of
# it. Not who the customer is, where they live and what they bought.
SHOWN = AllowList(
    *_SHOWN_OF_DOCUMENT,
    *(f"document.{path}" for path in _SHOWN_OF_DOCUMENT),
    "expected.**",
)


class TaxEngine(Protocol):
    """Determine, record and void a document's tax.

    Every method raises the four errors of ``finance_sync.core.errors`` and nothing
    else. A returned :class:`TaxResult` has passed ``check_result``.

    ``records``: the engine keeps documents, so that ``commit``, ``lookup`` and
    ``void`` have an effect. ``local``: no network is involved, so a quote needs
    neither breaker nor decision record. Optional ``key`` is the exchange's
    idempotency key.
    """

    code: str
    records: bool
    local: bool

    def ping(self) -> Ping:
        """Reach the engine and present our credentials. Changes nothing."""

    def quote(self, document: TaxDocument) -> TaxResult:
        """Determine the tax. Records nothing at the engine, repeatable."""

    def commit(
        self, document: TaxDocument, expected: TaxResult, *, key: str | None = None
    ) -> Commitment:
        """Record the document for filing, with exactly the tax in ``expected``.

        Safe to repeat: a document already committed with the same amounts is a
        success.

        :raises RejectedError: code ``amount_difference`` where the engine arrives at
            other amounts; it then holds the document uncommitted and voidable
        """

    def lookup(self, document_code: str, kind: str) -> Commitment | None:
        """What the engine holds under this code, ``None`` if nothing."""

    def void(
        self, document_code: str, kind: str, reason: str = "", *, key: str | None = None
    ) -> Commitment:
        """Withdraw the document. Already voided (or never there) is a success."""
