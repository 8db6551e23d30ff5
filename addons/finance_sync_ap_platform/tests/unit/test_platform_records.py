"""Orders, receipts and vendors: what every platform that gives them promises."""

import datetime
import random

import pytest
from odoo.addons.finance_sync.core.errors import (
    ConfigurationError,
    ContractError,
    TransientError,
)
from odoo.addons.finance_sync.core.registry import adapter_class, codes
from odoo.addons.finance_sync_ap.core.records import (
    order_from_dict,
    receipt_from_dict,
    vendor_from_dict,
)
from odoo.addons.finance_sync_ap_platform.core import coupa_records, platform

from . import record_samples as samples
from .samples import CASES

READ = {
    platform.ORDER: order_from_dict,
    platform.RECEIPT: receipt_from_dict,
    platform.VENDOR: vendor_from_dict,
}


@pytest.fixture(params=sorted(samples.RECORD_CASES))
def case(request, simulator):
    found = samples.RECORD_CASES[request.param](simulator)
    yield found
    found.transport.close()


@pytest.fixture(params=platform.RECORDS)
def kind(request):
    return request.param


def test_every_platform_says_what_it_gives():
    for code in codes("ap"):
        records = adapter_class("ap", code).records
        assert records <= set(platform.RECORDS)
        assert bool(records) == (code in samples.RECORD_CASES)


def test_what_a_platform_does_not_give_is_refused(simulator, kind):
    case = CASES["basware"](simulator)
    with pytest.raises(ConfigurationError):
        case.adapter.list_records(kind, None)
    with pytest.raises(ConfigurationError):
        case.adapter.fetch_record(kind, "77")
    assert not simulator.requests
    case.transport.close()


def test_it_comes_in_the_contract_s_terms(case, kind):
    case.put_record(kind, "77")
    (change,) = case.read_records(kind)
    assert change.external_id == case.external_id(kind, "77")
    assert change.message["company"] == "US"
    assert change.message[kind] == samples.CONTENT[kind]
    assert READ[kind](change.message[kind])


def test_one_that_is_given_up_comes_as_a_void(case, kind):
    case.put_record(kind, "77")
    case.put_record(kind, "77", void=True)
    (change,) = case.read_records(kind)
    assert (change.message["void"], change.message["company"]) == (True, "US")
    assert kind not in change.message


def test_what_changed_has_a_higher_version(case, kind):
    case.put_record(kind, "77")
    (first,) = case.read_records(kind)
    case.put_record(kind, "77")
    (second,) = case.read_records(kind)
    assert second.version > first.version


def test_a_record_is_the_same_listed_and_fetched(case, kind):
    case.put_record(kind, "77")
    (listed,) = case.read_records(kind)
    assert case.adapter.fetch_record(kind, listed.external_id) == listed


def test_pages_that_repeat_or_shift_leave_nothing_out(case, kind, monkeypatch):
    module = type(case.adapter).__module__
    monkeypatch.setattr(f"{module}.PAGE_SIZE", 5)
    for number in case.ids(23):
        case.put_record(kind, number)
    wanted = {case.external_id(kind, number) for number in case.ids(23)}
    for fault in ("", "repeat", "shift"):
        for skip in range(4):
            case.simulator.clear_faults()
            if fault:
                case.fault(kind=fault, skip=skip, method="GET")
            found = {change.external_id for change in case.read_records(kind)}
            assert found == wanted, (fault, skip)


def test_only_what_changed_since_is_listed_and_of_our_company(case, kind):
    case.put_record(kind, "77")
    shared = case.provider == "coupa" and kind == platform.VENDOR
    if not shared:  # suppliers over there are every company's
        case.put_record(kind, "78", company="DE")
    found = [change.external_id for change in case.read_records(kind)]
    assert found == [case.external_id(kind, "77")]
    later = case.newest_record(kind) + datetime.timedelta(days=1)
    assert case.read_records(kind, later) == []


def test_only_a_clear_no_means_that_it_is_not_there(case, kind):
    assert case.adapter.fetch_record(kind, "9999") is None
    case.fault(kind="error", status=500)
    with pytest.raises(TransientError):
        case.adapter.fetch_record(kind, "9999")
    case.fault(kind="html")
    with pytest.raises((ContractError, ConfigurationError)):
        case.adapter.fetch_record(kind, "9999")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"kind": "error", "status": 503}, TransientError),
        ({"kind": "throttle", "retry_after": 7}, TransientError),
        ({"kind": "cut"}, TransientError),
        ({"kind": "html"}, ContractError),
        ({"kind": "huge"}, ContractError),
        ({"kind": "unauthorized"}, ConfigurationError),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_list_that_cannot_be_read_says_why(case, kind, options, error):
    case.put_record(kind, "77")
    case.fault(**options)
    with pytest.raises(error):
        case.read_records(kind)


# -- What is odd about Coupa's


def coupa(kind, number=77, company="US", **values):
    """The change that a record of Coupa's is; None where it is not wanted."""
    make = {
        platform.ORDER: samples.coupa_order,
        platform.RECEIPT: samples.coupa_receipt,
        platform.VENDOR: samples.coupa_vendor,
    }[kind]
    record = {"id": number, "updated-at": "2026-03-06T08:00:00Z"}
    given = make(**values).items()
    record.update((name.replace("_", "-"), value) for name, value in given)
    if not coupa_records.READERS[kind].is_wanted(record, company):
        return None
    return coupa_records.change(kind, record, company)


def quantity(**values):
    message = coupa(platform.RECEIPT, **values).message
    return message["receipt"]["lines"][0]["quantity"] if "receipt" in message else None


def test_orders_that_the_vendor_does_not_have_yet_are_not_wanted():
    for status in ("draft", "pending_approval", "buyer_hold", None):
        assert coupa(platform.ORDER, status=status) is None
    for status in ("issued", "soft_closed", "closed"):
        assert "order" in coupa(platform.ORDER, status=status).message


def test_cancelled_lines_are_left_out_and_without_any_the_order_is_void():
    (line,) = samples.coupa_order()["order_lines"]
    gone = {**line, "line-num": 2, "status": "cancelled"}
    found = coupa(platform.ORDER, order_lines=[line, gone]).message
    assert [one["ref"] for one in found["order"]["lines"]] == ["1"]
    assert coupa(platform.ORDER, order_lines=[gone]).message["void"]


def test_an_order_of_two_companies_is_one_of_them_to_hold():
    (line,) = samples.coupa_order()["order_lines"]
    other = {**line, "line-num": 2, "account": {"account-type": {"name": "DE"}}}
    lines = [line, other]
    assert coupa(platform.ORDER, order_lines=lines) is None
    found = coupa(platform.ORDER, company="DE", order_lines=lines).message
    assert (found["company"], "order" in found) == ("DE", False)
    assert "several companies" in found["problem"]


def test_the_company_of_a_split_line_is_that_of_its_shares():
    (line,) = samples.coupa_order()["order_lines"]
    share = {"account": {"account-type": {"name": "US"}}}
    split = {**line, "account": None, "account-allocations": [share, share]}
    assert coupa(platform.ORDER, order_lines=[split]).message["company"] == "US"


def test_an_amount_that_is_none_is_told_of_its_order_alone():
    (line,) = samples.coupa_order()["order_lines"]
    found = coupa(platform.ORDER, order_lines=[{**line, "price": "ten"}])
    assert (found.external_id, found.message["company"]) == ("77", "US")
    assert found.message["problem"]


def test_returns_are_negative_whatever_sign_they_come_with():
    assert quantity() == "4"
    for sent in ("3", "-3"):
        kind = "ReceivingQuantityReturnToSupplier"
        assert quantity(type=kind, quantity=sent) == "-3"


def test_a_receipt_of_an_amount_is_its_share_of_the_line():
    line = {"line-num": 1, "order-header-id": 77, "price": "300.00"}
    values = {"type": "ReceivingAmountConsumption", "quantity": None}
    assert quantity(**values, total="100", order_line=line) == "0.333333"
    for broken in ({"total": None}, {"order_line": {**line, "price": "0"}}):
        found = coupa(
            platform.RECEIPT,
            **{**values, "total": "100", "order_line": line, **broken},
        )
        assert found.message["problem"]


def test_movements_that_say_nothing_of_an_order_are_not_wanted():
    assert coupa(platform.RECEIPT, order_line=None) is None
    assert coupa(platform.RECEIPT, type="InventoryTransfer") is None
    # What it voids says so itself.
    assert coupa(platform.RECEIPT, type="VoidInventoryReceipt") is None
    found = coupa(platform.RECEIPT, type="ReceivingQuantityDisposal")
    assert "disposed" in found.message["problem"]


def test_suppliers_are_each_company_s_own():
    ids = {coupa(platform.VENDOR, company=c).external_id for c in ("US", "DE", "")}
    assert ids == {"US:77", "DE:77", "77"}
    assert {coupa_records.number_of(one) for one in ids} == {"77"}
    assert coupa(platform.VENDOR, status="draft") is None


def test_whatever_comes_is_read_or_said_to_be_wrong(kind):
    """Seeded: any value in place of any other, and no other error than ours."""
    chance = random.Random(7)
    odd = (None, "", 0, -1, True, "x" * 300, [], {}, [None], [{}], {"name": []})
    make = {
        platform.ORDER: samples.coupa_order,
        platform.RECEIPT: samples.coupa_receipt,
        platform.VENDOR: samples.coupa_vendor,
    }[kind]
    names = [*make(), "order_date"]
    for _round in range(300):
        values = {name: chance.choice(odd) for name in chance.sample(names, 2)}
        try:
            found = coupa(kind, **values)
        except ContractError:
            continue
        assert found is None or found.message
