"""The one interface that every bill platform has, and what goes over it.

Amounts are ``Decimal`` in the bill's currency and positive, on credit notes as well.
Times are aware. Adapters raise the four errors of ``finance_sync.core.errors`` and
nothing else: transient (try again), rejected (refused), configuration, contract; an
unknown outcome is a flag on the error.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Generic, Protocol, TypeVar

from odoo.addons.finance_sync.core.masking import AllowList
from odoo.addons.finance_sync.core.registry import Resolution

# What a bill may be at a platform, whatever it calls that.
NEW = "new"
ACKNOWLEDGED = "acknowledged"
PREBOOKED = "prebooked"
TRANSFERRED = "transferred"
REFUSED = "refused"
PAID = "paid"
VOIDED = "voided"
IN_WORK = "in_work"
"""Not ready for us yet, or something that only concerns the platform."""
STATES = (NEW, ACKNOWLEDGED, PREBOOKED, TRANSFERRED, REFUSED, PAID, VOIDED, IN_WORK)

# Which part of a platform's two-step booking a bill is offered for.
PREBOOK = "prebook"
TRANSFER = "transfer"

# What a platform may list: as ``ap.invoice`` takes it, and as ``ap.<kind>`` does. In
# the order in which they name each other.
BILL = "invoice"
VENDOR, ORDER, RECEIPT = "vendor", "order", "receipt"
RECORDS = (VENDOR, ORDER, RECEIPT)

OPERATIONS = {
    "ap.acknowledge": Resolution.IDEMPOTENT,
    "ap.status": Resolution.IDEMPOTENT,
    "ap.payment": Resolution.IDEMPOTENT,
    "ap.push.vendor": Resolution.IDEMPOTENT,
    "ap.push.account": Resolution.IDEMPOTENT,
    "ap.push.order": Resolution.IDEMPOTENT,
}
# Neither why a bill was refused nor who is paid: texts of people.
SHOWN = AllowList(
    "external_id",
    "version",
    "stage",
    "state",
    "peppol",
    "voucher",
    "date",
    "blocked",
    "paid",
    "total",
    "currency",
    "code",
    "before",
    "companies.**",
    "active",
    "number",
    "company",
    "vendor",
    "closed",
    "lines.ref",
    "lines.quantity",
    "lines.unit",
    "lines.price",
    "lines.received",
)


@dataclass(frozen=True)
class Change:
    """A bill, vendor, order or receipt that has changed at the platform.

    ``version`` is the platform's own where it counts (``exact_versions``), else made
    from the time of the change. ``offered``: it waits to be acknowledged, as bills do.
    ``message``: what ``ap.<kind>`` takes; None where the listing does not carry it.
    """

    external_id: str
    version: int
    offered: bool = False
    stage: str = ""
    message: Mapping | None = None


@dataclass(frozen=True)
class Head:
    """What a platform knows of a bill, to compare with the ledger."""

    external_id: str
    state: str
    number: str = ""
    total: Decimal | None = None
    paid: Decimal | None = None
    currency: str = ""


Item = TypeVar("Item", Change, Head)


@dataclass(frozen=True)
class Page(Generic[Item]):
    """``next`` names the page behind this one; empty on the last.

    ``newest``: the latest change on this page, by the platform's clock.
    """

    items: tuple[Item, ...]
    next: str = ""
    newest: datetime.datetime | None = None


@dataclass(frozen=True)
class StatusReport:
    """``voucher``: the number in the ledger. ``blocked``: not to be paid yet."""

    external_id: str
    state: str
    peppol: str = ""
    voucher: str = ""
    reason: str = ""
    date: datetime.date | None = None
    blocked: bool = False


@dataclass(frozen=True)
class PaymentReport:
    """``paid``: in all so far, as the bank says; 0 while a payment is on its way."""

    external_id: str
    state: str
    paid: Decimal
    total: Decimal
    currency: str
    peppol: str = ""
    date: datetime.date | None = None
    reference: str = ""


@dataclass(frozen=True)
class Receipt:
    """``reference``: the platform's own name for what it took, if it has one."""

    reference: str = ""


@dataclass(frozen=True)
class Vendor:
    """``code`` is ours and stays; the platform writes it on bills.

    What is None is not ours to say: the platform keeps what it has.
    """

    code: str
    name: str | None
    companies: tuple[str, ...]
    vat: str | None = None
    country: str | None = None
    active: bool | None = None


@dataclass(frozen=True)
class Account:
    """``name`` None: see :class:`Vendor`."""

    code: str
    name: str | None
    companies: tuple[str, ...]
    active: bool = True


@dataclass(frozen=True)
class OrderLine:
    """``received``: net of returns. ``price``: for one ``unit``."""

    ref: str
    name: str
    quantity: Decimal
    unit: str
    price: Decimal
    received: Decimal = Decimal(0)
    item: str = ""


@dataclass(frozen=True)
class Order:
    number: str
    company: str
    vendor: str
    currency: str
    lines: tuple[OrderLine, ...] = field(default_factory=tuple)
    closed: bool = False


class BillPlatform(Protocol):
    """``exact_versions``: the platform counts versions, so that the same one with
    another content is a conflict. ``states`` and ``payments``: what it can be told.
    ``staged``: it books in two steps and offers a bill for each. ``shows_transfer``:
    one can see there that a bill is booked here. ``records``: which of ``RECORDS`` it
    gives; it is asked for no other kind.

    A ``key`` is the exchange's: the same again has no second effect.
    """

    code: str
    exact_versions: bool
    staged: bool
    shows_transfer: bool
    states: frozenset[str]
    payments: frozenset[str]
    records: frozenset[str]

    def ping(self): ...

    def list_changed(
        self, since: datetime.datetime | None, page: str = ""
    ) -> Page[Change]:
        """What changed at or after ``since``, oldest first, a page at a time.

        Paging to the end shows every such bill at least once, even if bills change
        meanwhile. A bill may come twice.
        """

    def fetch(self, external_id: str) -> Change | None:
        """One bill with its message; None where the platform has none of that id."""

    def list_records(
        self, kind: str, since: datetime.datetime | None, page: str = ""
    ) -> Page[Change]:
        """Like ``list_changed``, of vendors, orders or receipts, with messages."""

    def fetch_record(self, kind: str, external_id: str) -> Change | None:
        """None only where the platform says that there is no such record."""

    def list_states(
        self, since: datetime.datetime | None, page: str = ""
    ) -> Page[Head]:
        """Like ``list_changed``, of bills in every state."""

    def state(self, external_id: str) -> Head | None:
        """None only where the platform says that there is no such bill."""

    def acknowledge(self, external_id: str, stage: str, *, key: str) -> Receipt: ...

    def report_status(self, report: StatusReport, *, key: str) -> Receipt: ...

    def report_payment(self, report: PaymentReport, *, key: str) -> Receipt: ...

    def push_vendors(self, vendors: tuple[Vendor, ...], *, key: str) -> Receipt: ...

    def push_accounts(self, accounts: tuple[Account, ...], *, key: str) -> Receipt: ...

    def push_orders(self, orders: tuple[Order, ...], *, key: str) -> Receipt: ...
