"""What came of asking about one draft."""

from dataclasses import dataclass
from typing import Any

from odoo.addons.finance_sync.core.errors import ProviderError, RejectedError
from odoo.exceptions import UserError

from ..core.document import TaxDocument, TaxResult
from ..core.engine import ADDRESS_CODES


class LedgerError(UserError):
    """The draft's tax lines are not what the engine determined."""


@dataclass
class Quote:
    """What asking about one draft came to: ``result`` or ``error``."""

    move: Any
    document: TaxDocument | None = None
    fingerprint: str = ""
    result: TaxResult | None = None
    error: ProviderError | UserError | None = None
    known: bool = False  # nothing has changed since it was asked

    @property
    def may_wait(self):
        """The engine is away, and its policy is to wait for it."""
        connection = self.move.finance_sync_tax_connection_id.sudo()  # its policy only
        return self._kind == "transient" and connection.outage_policy == "queue"

    @property
    def pauses(self):
        """Nothing works with this connection until somebody corrects it."""
        return self._kind == "configuration" and self.error.code != "not_live"

    @property
    def retry_after(self):
        return getattr(self.error, "retry_after", None)

    @property
    def code(self):
        """The type of hold that the error becomes."""
        return self.move._finance_sync_hold_code(self.error)

    @property
    def _kind(self):
        return self.error.kind if isinstance(self.error, ProviderError) else ""

    @property
    def message(self):
        error = self.error
        text = error.message if isinstance(error, ProviderError) else str(error or "")
        details = getattr(error, "details", ()) or ()
        return "\n".join([text, *map(str, details[:5])])


def is_address_error(error):
    return isinstance(error, RejectedError) and error.code in ADDRESS_CODES
