"""Whether we and a platform say the same of a vendor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from odoo.addons.finance_sync.core.ownership import EXTERNAL, SHARED
from odoo.addons.finance_sync.core.sensitive import shorten
from odoo.addons.finance_sync_ap.core.vendors import vat_key

from .compare import Difference

FIELDS = ("name", "vat", "active")
# Which side is to be put right.
THEIRS_COUNTS, OURS_COUNTS, BOTH_COUNT = "theirs", "ours", "both"
_COUNTS = {EXTERNAL: THEIRS_COUNTS, SHARED: BOTH_COUNT}
_ACTIVE = {True: "active", False: "archived"}


@dataclass(frozen=True)
class VendorSide:
    """What one side says of a vendor; None: it says nothing about that."""

    name: str | None = None
    vat: str | None = None
    active: bool | None = None


def counts(owner: str) -> str:
    """Whose word counts for a field with this owner."""
    return _COUNTS.get(owner, OURS_COUNTS)


def of_message(message: Mapping) -> VendorSide:
    """A vendor as the platform gives it, in the terms of ``ap.vendor``."""
    if message.get("void") is True:
        return VendorSide(active=False)
    content = message.get("vendor")
    content = content if isinstance(content, Mapping) else {}
    return VendorSide(_text(content.get("name")), _text(content.get("vat")), True)


def differences(
    ours: VendorSide, theirs: VendorSide, fields: tuple[str, ...] = FIELDS
) -> tuple[Difference, ...]:
    """What is not the same of ``fields``; VAT numbers are shown shortened.

    What one side says nothing about does not differ. Spaces in names do not count, nor
    does how a VAT number is written. Of a vendor that is archived on one side nothing
    else is said: that has to be settled first.
    """
    if ours.active != theirs.active and "active" in fields:
        return (_difference("active", ours, theirs),)
    return tuple(
        _difference(name, ours, theirs)
        for name in fields
        if _key(name, ours) is not None
        and _key(name, theirs) is not None
        and _key(name, ours) != _key(name, theirs)
    )


def missing_here(theirs: VendorSide) -> Difference:
    return Difference("vendor_missing_here", "", _shown("active", theirs))


def missing_there(ours: VendorSide) -> Difference | None:
    """The platform has said clearly that it has no such vendor."""
    if not ours.active:
        return None
    return Difference("vendor_missing_there", _shown("active", ours), "")


def _text(value) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _key(name: str, side: VendorSide):
    value = getattr(side, name)
    if value is None or name == "active":
        return value
    if name == "vat":
        return vat_key(value) or value
    return " ".join(value.split())


def _difference(name: str, ours: VendorSide, theirs: VendorSide) -> Difference:
    return Difference(f"vendor_{name}", _shown(name, ours), _shown(name, theirs))


def _shown(name: str, side: VendorSide) -> str:
    value = getattr(side, name)
    if name == "active":
        return _ACTIVE.get(value, "")
    if not value:
        return ""
    return shorten(value) if name == "vat" else value
