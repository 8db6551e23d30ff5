"""What every bill platform promises, over real HTTP to its simulator."""

import datetime

import pytest
from odoo.addons.finance_sync.core.errors import (
    ConfigurationError,
    ContractError,
    RejectedError,
    TransientError,
)
from odoo.addons.finance_sync.core.registry import Resolution, adapter_class, codes
from odoo.addons.finance_sync_ap.core.arithmetic import flaws
from odoo.addons.finance_sync_ap.core.bill import bill_from_dict
from odoo.addons.finance_sync_ap_platform.core import platform

from .samples import CASES, payment, status

KEY = "ap.status:0b1f1a52-0000-4000-8000-000000000001:2"


@pytest.fixture(params=sorted(CASES))
def case(request, simulator):
    found = CASES[request.param](simulator)
    yield found
    found.transport.close()


def message(case, number):
    """What ``ap.invoice`` gets: from the listing, or fetched."""
    (change,) = [c for c in case.read_all() if c.external_id == number]
    if change.message is None:
        change = case.adapter.fetch(number)
    return change.message


def test_every_platform_says_how_a_crash_is_resolved():
    assert set(CASES) <= set(codes("ap"))
    for code in codes("ap"):
        operations = adapter_class("ap", code).operations
        assert set(operations) == set(platform.OPERATIONS)
        assert Resolution.MANUAL not in operations.values()


def test_a_ping_says_that_it_is_there(case):
    ping = case.adapter.ping()
    assert (ping.ok, ping.authenticated) == (True, True)


def test_a_bill_comes_in_the_contract_s_terms_and_adds_up(case):
    case.put("1001")
    found = message(case, "1001")
    assert found["company"] == "US"
    bill = bill_from_dict(found["bill"])
    assert (bill.number, bill.order_ref, bill.currency) == ("R-7", "P00007", "EUR")
    assert (str(bill.total), bill.credit) == ("119", False)
    (line,) = bill.lines
    assert (line.order_line_ref, line.unit, line.vendor_item) == ("10", "C62", "PAPER")
    assert not flaws(bill, 2)


def test_a_void_comes_as_one(case):
    case.put("1001", void=True)
    found = message(case, "1001")
    assert (found["void"], found["company"]) == (True, "US")
    assert "bill" not in found


def test_what_changed_has_a_higher_version(case):
    case.put("1001")
    (first,) = case.read_all()
    assert first.offered
    case.put("1001")
    (second,) = case.read_all()
    assert second.version > first.version


def test_paging_to_the_end_shows_every_bill(case, monkeypatch):
    module = type(case.adapter).__module__
    monkeypatch.setattr(f"{module}.PAGE_SIZE", 7)
    for number in case.ids(40):
        case.put(number)
    assert [c.external_id for c in case.read_all()].count("1001") >= 1
    assert {c.external_id for c in case.read_all()} == set(case.ids(40))


def test_pages_that_repeat_or_shift_leave_nothing_out(case, monkeypatch):
    module = type(case.adapter).__module__
    monkeypatch.setattr(f"{module}.PAGE_SIZE", 5)
    for number in case.ids(23):
        case.put(number)
    for kind in ("repeat", "shift"):
        for skip in range(4):
            case.simulator.clear_faults()
            case.fault(kind=kind, skip=skip, method="GET")
            found = {c.external_id for c in case.read_all()}
            assert found == set(case.ids(23)), (kind, skip)


def test_only_what_changed_since_is_listed_and_of_our_company(case):
    case.put("1001")
    case.put("1002", company="DE")
    assert {c.external_id for c in case.read_all()} == {"1001"}
    later = case.newest() + datetime.timedelta(days=1)
    if case.provider != "basware":  # which lists what waits, whenever that changed
        assert case.read_all(later) == []


def test_an_acknowledged_bill_is_offered_no_more_and_again_is_harmless(case):
    case.put("1001")
    case.adapter.acknowledge("1001", platform.TRANSFER, key="ap.acknowledge:u:1")
    case.adapter.acknowledge("1001", platform.TRANSFER, key="ap.acknowledge:u:1")
    assert case.taken("1001")
    assert not [c for c in case.read_all() if c.offered]


def test_an_answer_that_was_lost_after_the_acknowledgement(case):
    case.put("1001")
    case.fault(kind="drop_after", method="PUT" if case.provider == "coupa" else "POST")
    with pytest.raises(TransientError) as caught:
        case.adapter.acknowledge("1001", "", key="ap.acknowledge:u:1")
    assert caught.value.outcome_unknown
    case.adapter.acknowledge("1001", "", key="ap.acknowledge:u:1")
    assert case.taken("1001")


def test_a_transfer_is_reported_once_with_its_voucher(case):
    case.put("1001")
    case.adapter.acknowledge("1001", "", key="ap.acknowledge:u:1")
    for _attempt in range(2):
        case.adapter.report_status(status("1001"), key=KEY)
    assert case.statuses("1001") == [("transferred", "BILL/2026/03/0001")]


def test_a_refusal_is_reported_with_its_reason(case):
    case.put("1001")
    case.adapter.acknowledge("1001", "", key="ap.acknowledge:u:1")
    report = status("1001", "refused", voucher="", reason="Goods were sent back.")
    for _attempt in range(2):
        case.adapter.report_status(report, key=KEY)
    assert case.statuses("1001") == [("refused", None)]
    assert case.adapter.state("1001").state == platform.REFUSED
    sent = [r for r in case.simulator.requests if "sent back" in str(r.body)]
    assert sent


def test_payments_are_cumulative_and_repeating_adds_nothing(case):
    case.put("1001")
    case.adapter.acknowledge("1001", "", key="ap.acknowledge:u:1")
    case.adapter.report_status(status("1001"), key=KEY)
    steps = [("50.00", "partial"), ("119.00", "settled"), ("69.00", "returned")]
    for number, (paid, state) in enumerate(steps):
        for _attempt in range(2):
            case.adapter.report_payment(
                payment("1001", paid, state), key=f"ap.payment:u:{number}"
            )
    assert [str(one.normalize()) for one in case.payments("1001")] == [
        "5E+1",
        "119",
        "69",
    ]
    head = case.adapter.state("1001")
    assert (str(head.total), head.paid) == (str(head.total), case.payments("1001")[-1])
    assert head.state != platform.PAID


def test_a_payment_whose_answer_was_lost_is_there_once(case):
    case.put("1001")
    case.adapter.acknowledge("1001", "", key="ap.acknowledge:u:1")
    case.adapter.report_status(status("1001"), key=KEY)
    case.fault(kind="drop_after", method="PUT" if case.provider == "coupa" else "POST")
    with pytest.raises(TransientError):
        case.adapter.report_payment(payment("1001", "119.00"), key="ap.payment:u:3")
    case.adapter.report_payment(payment("1001", "119.00"), key="ap.payment:u:3")
    assert len(case.payments("1001")) == 1
    assert case.adapter.state("1001").state == platform.PAID


def test_states_are_listed_whatever_they_are(case):
    case.put("1001")
    case.put("1002", void=True)
    case.adapter.acknowledge("1001", "", key="ap.acknowledge:u:1")
    heads = {one.external_id: one for one in case.adapter.list_states(None).items}
    assert heads["1001"].state == platform.ACKNOWLEDGED
    assert heads["1002"].state == platform.VOIDED
    assert str(heads["1001"].total).rstrip("0").rstrip(".") == "119"
    assert heads["1001"].number == "R-7"


def test_only_a_clear_no_means_that_it_is_not_there(case):
    assert case.adapter.state("9999") is None
    assert case.adapter.fetch("9999") is None
    case.fault(kind="error", status=500)
    with pytest.raises(TransientError):
        case.adapter.state("9999")
    case.fault(kind="html")
    with pytest.raises((ContractError, ConfigurationError)):
        case.adapter.state("9999")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"kind": "error", "status": 503}, TransientError),
        ({"kind": "throttle", "retry_after": 7}, TransientError),
        ({"kind": "drop"}, TransientError),
        ({"kind": "cut"}, TransientError),
        ({"kind": "html"}, ContractError),
        ({"kind": "huge"}, ContractError),
        ({"kind": "unauthorized"}, ConfigurationError),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_list_that_cannot_be_read_says_why(case, options, error):
    case.put("1001")
    # What a redirect leads to is what is read.
    case.fault(path_prefix="/signed" if case.provider == "basware" else "", **options)
    with pytest.raises(error) as caught:
        case.read_all()
    assert not caught.value.outcome_unknown
    if options["kind"] == "throttle":
        assert caught.value.retry_after == 7


def test_a_platform_that_is_too_slow(simulator):
    for code in sorted(CASES):
        case = CASES[code](simulator, read_timeout=0.2)
        case.fault(kind="slow", seconds=0.6)
        with pytest.raises(TransientError):
            case.adapter.list_changed(None)
        case.transport.close()


def test_what_the_ledger_knows_is_pushed_and_may_be_pushed_again(case):
    vendor = platform.Vendor("V-OTT", "Papier Ott", ("US",), vat="DE136695976")
    account = platform.Account("6000", "Material", ("US",))
    line = platform.OrderLine(
        "1", "Paper", *map(platform.Decimal, ("10",)), "C62", platform.Decimal("10.50")
    )
    order = platform.Order("P00007", "US", "V-OTT", "EUR", (line,))
    for _attempt in range(2):
        case.adapter.push_vendors((vendor,), key="ap.push:v:1")
        case.adapter.push_accounts((account,), key="ap.push:a:1")
        case.adapter.push_orders((order,), key="ap.push:o:1")
    kept = case.side.pushed
    assert {len(records) for records in kept.values()} == {1}
    assert "10.5" in str(kept)
    assert "V-OTT" in str(kept)


def test_what_is_not_ours_to_say_is_not_sent(case):
    case.adapter.push_vendors((platform.Vendor("V-OTT", None, ("US",)),), key="a:v:1")
    case.adapter.push_accounts((platform.Account("6000", None, ("US",)),), key="a:a:1")
    sent = str(case.side.pushed)
    assert "V-OTT" in sent
    assert "6000" in sent
    for words in ("None", "'name': ''", "tax", "VAT", "accountNames", "'vat'"):
        assert words not in sent


def test_a_refused_report_is_a_refusal(case):
    with pytest.raises(RejectedError):
        case.adapter.report_status(status("9999"), key=KEY)
