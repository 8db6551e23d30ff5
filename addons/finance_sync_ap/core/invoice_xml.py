"""An electronic invoice as XML → the bill of the contract.

UBL 2.1 and CII, each also inside the envelope that Peppol sends (SBD). Nothing of the
file decides anything but what is on the bill: accounts, partners and orders are found
by others.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lxml import etree
from odoo.addons.finance_sync.core.canonical import plain_number
from odoo.addons.finance_sync.core.errors import ContractError

from .bill import CREDIT_NOTE, INVOICE, bill_from_dict
from .cii import CII
from .safe_xml import parse_xml
from .syntax import Reader, Syntax
from .ubl import UBL

SYNTAXES = (UBL, CII)
_ENVELOPE = (
    "{http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader}"
    "StandardBusinessDocument"
)
# UNTDID 1001, by what they are in a ledger: a claim, or a claim taken back.
_INVOICES = frozenset(
    {"380", "71", "80", "82", "84", "326", "383", "393", "395", "553", "575", "623"}
)
_CREDITS = frozenset({"381", "81", "83", "261", "262", "296", "308", "396", "532"})
_BY_HAND = {
    "384": "a corrected invoice, which replaces another one",
    "386": "a prepayment",
    "389": "self-billed",
}
_SIGNED = {
    "": ("BT-106", "BT-107", "BT-108", "BT-109", "BT-110", "BT-112", "BT-113",
         "BT-114", "BT-115"),
    "BG-20": ("BT-92",),
    "BG-21": ("BT-99",),
    "BG-23": ("BT-116", "BT-117"),
    "BG-25": ("BT-129", "BT-131", "BT-136", "BT-141"),
}  # fmt: skip


@dataclass(frozen=True)
class Read:
    """``bill``: the contract's JSON, checked. ``syntax``: its name, for people."""

    bill: dict[str, Any]
    syntax: str


def read_invoice(data: bytes) -> Read:
    """:raises ContractError: what cannot be read, with the term and its path"""
    syntax, root = _document(parse_xml(data))
    bill = Reader(syntax, root).bill()
    bill["BT-3"] = _type(bill["BT-3"], syntax.roots[root.tag])
    # Texts become numbers before signs are looked at.
    parsed = bill_from_dict(bill)
    if parsed.total < 0:
        if bill["BT-3"] == CREDIT_NOTE:
            raise ContractError(
                "The credit note's total (BT-112) is negative: does it give or take "
                "money? Ask the vendor for a corrected one.",
                code="wrong_sign",
            )
        # The standard lets an invoice over less than nothing be a credit note.
        bill = _turned(bill)
    return Read(bill, syntax.name)


def _document(root: etree._Element) -> tuple[Syntax, etree._Element]:
    """The one invoice in the file, and its syntax."""
    if root.tag == _ENVELOPE:
        found = [child for child in root if _syntax(child)]
        if len(found) != 1:
            raise ContractError(
                f"The envelope holds {len(found)} invoices, not one.",
                code="several_documents",
            )
        root = found[0]
    syntax = _syntax(root)
    if syntax is None:
        raise ContractError(
            f"“{str(root.tag)[:150]}” is neither a UBL invoice or credit note nor a "
            "CII invoice.",
            code="unknown_syntax",
        )
    return syntax, root


def _syntax(node: etree._Element) -> Syntax | None:
    return next((one for one in SYNTAXES if node.tag in one.roots), None)


def _type(code: str, by_root: str | None) -> str:
    """380 or 381; what only a person can book is refused with its reason."""
    if code in _BY_HAND:
        raise ContractError(
            f"The document is {_BY_HAND[code]} (BT-3 is {code}). Book it by hand.",
            code="by_hand",
        )
    known = {**dict.fromkeys(_INVOICES, INVOICE), **dict.fromkeys(_CREDITS, "381")}
    kind = known.get(code)
    if kind is None or (by_root and kind != by_root):
        raise ContractError(
            f"BT-3 is {code[:20]}, which is not the code of such a document.",
            code="bad_bill",
        )
    return kind


def _turned(bill: dict) -> dict:
    """The same claim as a credit note: amounts and quantities change their sign."""

    def turn(item: dict, keys: tuple[str, ...]) -> dict:
        signed = {key: plain_number(-Decimal(item[key])) for key in keys if key in item}
        return {**item, **signed}

    turned = turn(bill, _SIGNED[""])
    for group, keys in _SIGNED.items():
        if group in turned:
            turned[group] = [turn(item, keys) for item in turned[group]]
    return {**turned, "BT-3": CREDIT_NOTE}
