"""The one interface that every tax engine has."""

from typing import Protocol

from .document import Commitment, Ping, TaxDocument, TaxResult


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
