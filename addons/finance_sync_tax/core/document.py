"""What a tax engine is asked, and what it answers.

Frozen values shared by every engine, the simulator's contract suite and the ORM.
Money is ``Decimal`` in document currency: positive on a sale, negative on a credit
note. Rates are fractions: ``Decimal("0.0775")`` is 7.75 %.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

INVOICE = "invoice"
REFUND = "refund"

# From the widest jurisdiction to the narrowest: the order of details and of stacks.
JURISDICTION_TYPES = ("country", "state", "county", "city", "special")

# Why a tax is zero.
REVERSE_CHARGE = "reverse_charge"
EXPORT = "export"
EXEMPT = "exempt"
NOT_REGISTERED = "not_registered"
OUTSIDE = "outside"
ZERO_RATE = "zero_rate"
NOT_TAXABLE = "not_taxable"
REASON_CODES = (
    REVERSE_CHARGE,
    EXPORT,
    EXEMPT,
    NOT_REGISTERED,
    OUTSIDE,
    ZERO_RATE,
    NOT_TAXABLE,
)

COMMITTED = "committed"
UNCOMMITTED = "uncommitted"
VOIDED = "voided"
ABSENT = "absent"


@dataclass(frozen=True)
class Address:
    """A place. ``country`` is ISO 3166-1 alpha-2, ``region`` its state code ("CA")."""

    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True)
class DocumentLine:
    """One priced line.

    ``ref`` names the line inside its document and comes back in the result.
    ``amount`` is the extended amount after discount: net, or gross where
    ``tax_included``. Under global rounding it may carry more decimals than the
    currency; see ``rounding`` in :mod:`..providers.rate_table`.
    ``exemption_code`` is set on lines that a certificate covers at the tax date.
    ``category`` is the product tax category's code; empty is the general one.
    ``tax_override`` is the tax to record whatever the engine computes: the last cent
    of a credit note that must not exceed its invoice.
    """

    ref: str
    amount: Decimal
    quantity: Decimal = Decimal(1)
    tax_code: str = ""
    item_code: str = ""
    description: str = ""
    tax_included: bool = False
    exemption_code: str = ""
    category: str = ""
    tax_override: Decimal | None = None


@dataclass(frozen=True)
class TaxDocument:
    """An invoice or a credit note, as an engine sees it.

    ``code`` identifies the document at the engine for ever: engines refuse to use a
    voided code again, so a document that is reset and posted anew needs a new one.
    ``date`` is the document's, ``tax_date`` the one whose rates apply (a credit
    note's is its invoice's). ``places`` are the currency's decimals.
    ``vat_valid`` is ``None`` where the number could not be verified.
    ``origin_code`` is the code of the invoice that a credit note corrects.
    ``seller_registrations`` are place codes, "DE" or "US-CA", that hold at the tax
    date, for engines that keep no registrations of their own.
    """

    code: str
    kind: str
    company_code: str
    customer_code: str
    date: date
    tax_date: date
    currency: str
    places: int
    ship_from: Address
    ship_to: Address
    lines: tuple[DocumentLine, ...]
    customer_vat: str = ""
    customer_is_company: bool = False
    vat_valid: bool | None = None
    exemption_number: str = ""
    entity_use_code: str = ""
    origin_code: str = ""
    seller_registrations: tuple[str, ...] = ()


@dataclass(frozen=True)
class TaxDetail:
    """One jurisdiction's share of a line's tax.

    ``reason`` says in English why ``tax`` is zero where it is, ``reason_code`` is
    one of :data:`REASON_CODES`: what the 0 % is booked and reported as.
    """

    jurisdiction_type: str
    jurisdiction_code: str
    jurisdiction_name: str
    tax_name: str
    rate: Decimal
    taxable: Decimal
    exempt: Decimal
    tax: Decimal
    reason: str = ""
    reason_code: str = ""


@dataclass(frozen=True)
class LineResult:
    """A line's tax: the sum of its details, of which there is at least one."""

    ref: str
    tax: Decimal
    taxable: Decimal
    exempt: Decimal
    details: tuple[TaxDetail, ...]


@dataclass(frozen=True)
class TaxResult:
    """A document's tax. ``total_amount`` is the net total, taxes excluded."""

    engine: str
    currency: str
    lines: tuple[LineResult, ...]
    total_tax: Decimal
    total_amount: Decimal
    external_code: str = ""
    estimated: bool = False
    messages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Commitment:
    """What an engine holds of a document.

    ``status`` is one of committed, uncommitted, voided, absent. Totals as in
    :class:`TaxResult`. ``note`` is for people, in English.
    """

    external_code: str
    status: str
    total_tax: Decimal = Decimal(0)
    total_amount: Decimal = Decimal(0)
    note: str = ""


@dataclass(frozen=True)
class Ping:
    """``ok``: the engine answered. ``authenticated``: it knows our credentials."""

    ok: bool
    authenticated: bool
    message: str = ""


@dataclass(frozen=True)
class AddressCheck:
    """An engine's opinion of an address; ``addresses`` are its corrected forms."""

    valid: bool
    addresses: tuple[Address, ...] = ()
    messages: tuple[str, ...] = ()
