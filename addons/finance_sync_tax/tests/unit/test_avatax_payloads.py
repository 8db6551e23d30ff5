"""The bodies we send, as files; and that AvaTax's published bodies have our fields.

After a change that is meant, write the files anew and read the difference:
``FINANCE_SYNC_GOLDEN=write ./dev test -k payload``.
"""

import json
import os
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from odoo.addons.finance_sync.core.canonical import dumps
from odoo.addons.finance_sync_tax.core.check import check_result
from odoo.addons.finance_sync_tax.providers import avatax_messages as messages

import tests.simulator

from .samples import ARIZONA, CALIFORNIA, document, line

GOLDEN = Path(__file__).parent / "golden"
CHECKOUT = Path(tests.simulator.__file__).resolve().parents[2]
PUBLISHED = CHECKOUT.parent / "shared" / "contracts" / "avatax"

FULL_LINE = line(
    "180.00",
    "line-1",
    quantity=Decimal(-2),
    tax_code="P0000000",
    item_code="GOODS",
    description="Goods",
    tax_included=True,
    exemption_code="VA-1",
)
DOCUMENTS = {
    "sale": document(line("25.40", tax_code="P0000000", item_code="GOODS")),
    "full_sale": document(
        FULL_LINE,
        line("0.333", "line-2"),
        customer_vat="FR78500000005",
        exemption_number="VA-2",
        entity_use_code="G",
        tax_date=date(2026, 2, 27),
    ),
    "refund": document(
        line("-100"),
        kind="refund",
        code="RINV-1",
        origin_code="INV-0",
        tax_date=date(2025, 6, 16),
        ship_to=ARIZONA,
    ),
    "last_refund": document(
        line("-100", tax_override=Decimal("-8.59")),
        kind="refund",
        code="RINV-2",
        origin_code="INV-0",
        tax_date=date(2025, 6, 16),
    ),
    "yen": document(line("2540"), currency="JPY", places=0),
}


def body_of(name: str) -> dict:
    asked = DOCUMENTS[name]
    return messages.transaction_body(
        asked, asked.company_code, messages.recorded_type(asked.kind)
    )


def as_sent(body: dict) -> str:
    return json.dumps(json.loads(dumps(body)), indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_payload_is_the_one_on_file(name):
    path = GOLDEN / f"avatax_{name}.json"
    sent = as_sent(body_of(name))
    if os.environ.get("FINANCE_SYNC_GOLDEN") == "write":
        path.write_text(sent)
    assert path.read_text() == sent


def published(name: str) -> dict:
    path = PUBLISHED / name
    if not path.exists():
        pytest.skip(f"AvaTax's published bodies are not there: {path}")
    return json.loads(path.read_text(), parse_float=Decimal)


def shape(value, where: str = "") -> dict[str, type]:
    """Every field's path (in lower case) with its type; numbers are one type."""
    if isinstance(value, dict):
        found = {}
        for name, item in value.items():
            found.update(shape(item, f"{where}.{name.lower()}"))
        return found
    if isinstance(value, list):
        found = {}
        for item in value:
            found.update(shape(item, where))
        return found
    number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return {where: Decimal if number else type(value)}


def test_published_request_fields_have_our_names_and_types():
    theirs = shape(published("transaction_request.json"))
    for path, kind in list(theirs.items()):
        if ".singlelocation." in path:
            for role in ("shipfrom", "shipto"):
                theirs[path.replace("singlelocation", role)] = kind
    ours = shape(body_of("sale"))
    common = set(ours) & set(theirs)
    assert {path: ours[path] for path in common} == {
        path: theirs[path] for path in common
    }
    # Documented, but not in the published example.
    assert set(ours) - set(theirs) == {".code"}


@pytest.mark.parametrize(
    ("name", "amount", "tax"),
    [
        ("transaction_response.json", "100", "7.75"),
        ("adjust_transaction_response.json", "90", "6.98"),
    ],
)
def test_published_answer_is_understood(name, amount, tax):
    answer = published(name)
    asked = replace(
        document(line(amount, "only")), ship_to=CALIFORNIA, code=answer["code"]
    )
    result = messages.parse_result("avatax", asked, answer)
    assert check_result(asked, result).total_tax == Decimal(tax)
    kinds = [one.jurisdiction_type for one in result.lines[0].details]
    assert kinds == ["state", "county", "special", "special"]
    assert len({one.jurisdiction_code for one in result.lines[0].details}) == 4
    assert messages.parse_commitment(answer).status == "committed"


def test_published_answer_and_the_simulators_agree(avatax, simulator):
    """Every field of an answer that we read has the same type in both."""
    theirs = shape(published("transaction_response.json"))
    asked = document(line("100"), ship_to=CALIFORNIA)
    avatax.commit(asked, avatax.quote(asked))
    (answer,) = simulator.transactions("INV-1")
    ours = shape(json.loads(json.dumps(answer), parse_float=Decimal))
    common = set(ours) & set(theirs)
    assert {path: ours[path] for path in common} == {
        path: theirs[path] for path in common
    }
    assert {".totaltax", ".lines.tax", ".lines.details.jurisname"} <= common


def test_published_address_check_is_understood():
    check = messages.parse_address_check(published("address_response.json"))
    assert check.valid
    assert check.addresses[0].postal_code == "60102-6659"
