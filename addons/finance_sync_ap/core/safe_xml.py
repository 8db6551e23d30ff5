"""XML from strangers: no document type, no entities, no network, bounded.

What a parser could be led to do is refused before it sees the bytes, and once more by
what it found: an encoding may hide a declaration from the first look.
"""

from __future__ import annotations

from lxml import etree
from odoo.addons.finance_sync.core.errors import ContractError

MAX_BYTES = 20_000_000
# Of tags: each element costs some hundred times the bytes that it takes in the file.
MAX_TAGS = 1_000_000
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")


def parse_xml(data: bytes) -> etree._Element:
    """The root of a document in an encoding that is ASCII for ASCII (not UTF-16).

    libxml2 itself refuses what is nested deeper than 256.

    :raises ContractError: ``too_large``, ``dtd``, ``not_xml``
    """
    if len(data) > MAX_BYTES or data.count(b"<") > MAX_TAGS:
        raise ContractError(
            f"The XML is larger than {MAX_BYTES // 1_000_000} MB, or has more than "
            f"{MAX_TAGS} tags.",
            code="too_large",
        )
    if b"\0" in data:
        raise ContractError("The XML is not UTF-8 text.", code="not_xml")
    upper = data.upper()
    if any(one in upper for one in _DECLARATIONS):
        raise _declared()
    # A parser keeps state: each document has its own.
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise ContractError(
            f"The file is not well-formed XML: {str(error)[:200]}", code="not_xml"
        ) from error
    if root is None:
        raise ContractError("The XML has no content.", code="not_xml")
    if root.getroottree().docinfo.internalDTD is not None:
        raise _declared()
    return root


def _declared() -> ContractError:
    return ContractError(
        "The XML declares a document type or entities, which no invoice needs.",
        code="dtd",
    )
