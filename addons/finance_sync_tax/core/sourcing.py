"""Whose tax a sale bears: the seller's place, the buyer's, or nobody's.

The rules, in their order:

1. Within a country the seller must be registered there (within the United States: in
   the buyer's state). The buyer's place rules, except within US states that tax
   sales inside the state where the seller is.
2. From one member state of the Union to another: no tax if the buyer's VAT number is
   of another member state than the goods leave from and is *known* to be valid, the
   buyer accounts for it. A number that could not be verified is neither valid nor
   invalid: tax is charged, with a message. A consumer pays the tax of the place of
   arrival where the seller is registered there (or uses the one-stop shop),
   otherwise of the place of departure.
3. Across any other border: the tax of the place of arrival where the seller is
   registered there, otherwise an export without tax.
"""

from dataclasses import dataclass

from odoo.addons.finance_sync.core.errors import RejectedError

from .document import (
    EXPORT,
    NOT_REGISTERED,
    OUTSIDE,
    REVERSE_CHARGE,
    TaxDocument,
)
from .places import EU, Place, place_of, vat_country
from .rates import RateBook

# Tax on sales inside the state follows the seller's place. Source: the states'
# revenue departments; California's districts follow the buyer's, so it is not here.
ORIGIN_SOURCED = frozenset(["AZ", "IL", "MO", "MS", "OH", "PA", "TN", "TX", "UT", "VA"])


@dataclass(frozen=True)
class Sourcing:
    """``place``: whose rates apply; with a ``reason``, why there is no tax at all."""

    place: Place
    reason: str = ""
    reason_code: str = ""
    messages: tuple[str, ...] = ()


def source(
    document: TaxDocument,
    book: RateBook,
    origin_sourced: frozenset[str] = ORIGIN_SOURCED,
) -> Sourcing:
    """Decide where the document is taxed, or why it is not.

    :raises RejectedError: ``missing_address``, ``unknown_country`` or ``no_rates``
    """
    origin = place_of(document.ship_from, "seller's")
    destination = place_of(document.ship_to, "customer's")
    _require_parts(destination, book)

    def registered(place: Place) -> bool:
        codes = document.seller_registrations
        return (
            place.country in codes
            or place.code in codes
            or book.registered(place.country, place.state, document.tax_date)
        )

    if origin.country == destination.country and origin.in_eu == destination.in_eu:
        return _domestic(origin, destination, registered, origin_sourced)
    if origin.in_eu and destination.in_eu:
        return _within_union(document, origin, destination, registered)
    taxing = destination.in_eu or destination.country not in EU
    if taxing and registered(destination):
        return Sourcing(destination)
    if origin.country == destination.country:
        reason = f"Outside the VAT territory of {destination.country}"
        return Sourcing(destination, reason, OUTSIDE)
    reason = f"Export from {origin.code} to {destination.code}"
    return Sourcing(destination, reason, EXPORT)


def _domestic(origin, destination, registered, origin_sourced) -> Sourcing:
    if destination.country in EU and not destination.in_eu:
        raise RejectedError(
            f"There are no rates for the part of {destination.country} outside the "
            "Union's VAT territory",
            code="no_rates",
        )
    if not registered(destination):
        return _unregistered(destination)
    within_state = origin.state == destination.state
    if origin.country == "US" and within_state and origin.state in origin_sourced:
        return Sourcing(origin)
    return Sourcing(destination)


def _within_union(document, origin, destination, registered) -> Sourcing:
    messages = ()
    number = document.customer_vat.strip().upper()
    if number and vat_country(number) in EU - {origin.country}:
        if document.vat_valid:
            reason = f"Reverse charge to VAT number {number}"
            return Sourcing(destination, reason, REVERSE_CHARGE)
        messages = (
            f"VAT number {number} could not be verified: tax is charged"
            if document.vat_valid is None
            else f"VAT number {number} is not valid: tax is charged",
        )
    for place in (destination, origin):
        if registered(place):
            return Sourcing(place, messages=messages)
    return _unregistered(origin, messages)


def _unregistered(place: Place, messages: tuple[str, ...] = ()) -> Sourcing:
    reason = f"Seller is not registered in {place.code}"
    return Sourcing(place, reason, NOT_REGISTERED, messages)


def _require_parts(place: Place, book: RateBook) -> None:
    if not place.state and book.needs_state(place.country):
        raise RejectedError(
            f"The customer's address in {place.country} has no state",
            code="missing_address",
        )
    if not place.postal and book.needs_postal(place.country, place.state):
        raise RejectedError(
            f"The customer's address in {place.code} has no postal code",
            code="missing_address",
        )
