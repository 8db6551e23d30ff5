"""Where published documents are, and their bytes. None of them is ours to commit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import odoo.addons
from lxml import etree

ODOO = ("account_edi_ubl_cii", "l10n_account_edi_ubl_cii_tests")
FACTUR_X = "factur-x"
# Odoo compares what it writes with files in which some values are left open.
OPEN = "___ignore___"
DAY = "2026-03-02"


@dataclass(frozen=True)
class Document:
    """``name``: its path below the tests of its source."""

    source: str
    name: str
    path: Path

    def content(self) -> bytes:
        data = self.path.read_bytes()
        return filled(data) if OPEN.encode() in data else data


def of_odoo() -> list[Document]:
    """Every XML in the tests of Odoo's addons of UBL and CII, in this series."""
    found = []
    for addon in ODOO:
        # Debian has an addon in two folders, and its data in one of them.
        places = (Path(place) / addon / "tests" for place in odoo.addons.__path__)
        found += next(filter(None, (_below(addon, place) for place in places)), [])
    return found


def of_factur_x() -> list[Document]:
    """Those of the source distribution; none where it could not be had."""
    folder = os.environ.get("FINANCE_SYNC_FACTUR_X")
    return _below(FACTUR_X, Path(folder)) if folder else []


def _below(source: str, folder: Path) -> list[Document]:
    paths = sorted([*folder.rglob("*.xml"), *folder.rglob("*.pdf")])
    return [Document(source, str(path.relative_to(folder)), path) for path in paths]


def filled(data: bytes) -> bytes:
    """The document with something in each place that was left open."""
    root = etree.fromstring(data)
    numbers = _numbers()
    for element in root.iter(etree.Element):
        is_day = etree.QName(element).localname.endswith("Date")
        if (element.text or "").strip() == OPEN:
            element.text = DAY if is_day else next(numbers)
        for key, value in element.attrib.items():
            if value == OPEN:
                element.set(key, next(numbers))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _numbers() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"open-{number}"
