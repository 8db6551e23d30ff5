"""AvaTax over real HTTP: the two-step commit, and everything that can go wrong."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from odoo.addons.finance_sync.core.errors import (
    ConfigurationError,
    ContractError,
    RejectedError,
    TransientError,
)
from odoo.addons.finance_sync.core.transport import HttpTransport
from odoo.addons.finance_sync_tax.core.document import Address
from odoo.addons.finance_sync_tax.providers.avatax import AvataxEngine

from . import samples
from .samples import ARIZONA, COLORADO, TENNESSEE, VIRGINIA, document, line

CREATE = "/api/v2/transactions/create"
INVOICE = document(line("25.40"))


@pytest.fixture
def expected(avatax):
    """What the engine quotes for ``INVOICE``; the request for it is forgotten."""
    return avatax.quote(INVOICE)


def statuses(simulator, code="INV-1"):
    return [found["status"] for found in simulator.transactions(code)]


def paths(simulator):
    return [request.path.rpartition("/")[2] for request in simulator.requests]


class TestQuote:
    def test_it_is_an_order_that_avatax_does_not_keep(self, avatax, simulator):
        avatax.quote(INVOICE)
        avatax.quote(replace(INVOICE, kind="refund", lines=(line("-25.40"),)))
        types = [request.document_type for request in simulator.requests]
        assert types == ["SalesOrder", "ReturnOrder"]
        assert simulator.transactions() == []

    def test_the_engine_differs_from_a_single_percentage(self, avatax):
        result = avatax.quote(document(line("163.75"), ship_to=TENNESSEE))
        assert result.total_tax == Decimal("15.14")

    def test_equal_lines_may_have_different_taxes(self, avatax):
        lines = [line("0.45", str(number)) for number in range(10)]
        result = avatax.quote(document(*lines, ship_to=COLORADO))
        assert {one.tax for one in result.lines} == {
            Decimal("0.03"),
            Decimal("0.04"),
            Decimal("0.05"),
        }
        assert result.total_tax == Decimal("0.40")

    def test_only_a_part_of_the_price_is_taxed(self, avatax):
        asked = document(line("330", tax_code="PM020100"), ship_to=ARIZONA)
        (answer,) = avatax.quote(asked).lines
        assert answer.tax == Decimal("12.01")
        assert (answer.taxable, answer.exempt) == (
            Decimal("214.50"),
            Decimal("115.50"),
        )

    def test_a_fee_is_due_on_a_line_without_a_price(self, avatax):
        asked = document(line("0", tax_code="OF400000"), ship_to=COLORADO)
        result = avatax.quote(asked)
        assert (result.total_tax, result.total_amount) == (Decimal("0.27"), 0)

    def test_too_many_lines_are_not_sent(self, simulator):
        engine = samples.avatax(simulator.url, config={"max_lines": 2})
        lines = [line("1", str(number)) for number in range(3)]
        with pytest.raises(RejectedError) as caught:
            engine.quote(document(*lines))
        assert caught.value.code == "too_many_lines"
        assert simulator.requests == []

    @pytest.mark.parametrize("field", ["code", "customer_code"])
    def test_a_code_that_would_be_cut_off_is_not_sent(self, avatax, simulator, field):
        with pytest.raises(RejectedError) as caught:
            avatax.quote(replace(INVOICE, **{field: "x" * 51}))
        assert caught.value.code == "too_long"
        assert simulator.requests == []

    def test_who_we_are_and_which_flow_it_is_are_told(self, avatax, simulator):
        avatax.quote(INVOICE)
        (request,) = simulator.requests
        parts = request.headers["x-avalara-client"].split("; ")
        assert parts[0] == "finance_sync"
        assert len(parts) == 5
        assert "b0c7d2f45a514f0e8a530d4f6a1f2c3e" in request.traceparent


class TestCommit:
    def test_it_is_recorded_compared_and_settled(self, avatax, simulator, expected):
        done = avatax.commit(INVOICE, expected, key="tax.commit:u:1")
        assert done.external_code == "INV-1"
        assert statuses(simulator) == ["Committed"]
        assert paths(simulator) == ["create", "create", "settle"]
        _, create, settle = simulator.requests
        assert create.key == "tax.commit:u:1"
        assert settle.key != create.key
        assert create.body["commit"] is False
        assert settle.body["verify"] == {
            "verifyTransactionDate": "2026-03-02",
            "verifyTotalAmount": 25.40,
            "verifyTotalTax": 1.52,
        }

    def test_another_amount_is_refused_and_left_uncommitted(
        self, avatax, simulator, expected
    ):
        simulator.fault("avatax", kind="differ", type="SalesInvoice")
        with pytest.raises(RejectedError) as caught:
            avatax.commit(INVOICE, expected)
        assert caught.value.code == "amount_difference"
        assert "Total tax: ledger 1.52, AvaTax 1.53" in caught.value.details
        assert "Line 1: ledger 1.52, AvaTax 1.53" in caught.value.details
        assert statuses(simulator) == ["Saved"]
        assert avatax.lookup("INV-1", "invoice").status == "uncommitted"
        avatax.void("INV-1", "invoice")
        assert statuses(simulator) == ["Cancelled"]

    def test_lines_that_differ_with_the_same_total_are_a_difference(
        self, avatax, simulator
    ):
        asked = document(line("25.40", "a"), line("10", "b"))
        quoted = avatax.quote(asked)
        first, second = quoted.lines
        cent = Decimal("0.01")
        booked = replace(
            quoted,
            lines=(
                replace(first, tax=first.tax + cent),
                replace(second, tax=second.tax - cent),
            ),
        )
        with pytest.raises(RejectedError) as caught:
            avatax.commit(asked, booked)
        assert caught.value.code == "amount_difference"
        assert len(caught.value.details) == 2
        assert statuses(simulator) == ["Saved"]

    def test_what_avatax_finds_on_settling_is_a_difference_too(
        self, avatax, simulator, expected
    ):
        # AvaTax answers what was booked, but has stored something else.
        booked = replace(expected, total_tax=Decimal("1.53"), lines=())
        simulator.fault("avatax", kind="misreport", path_prefix=CREATE)
        with pytest.raises(RejectedError) as caught:
            avatax.commit(INVOICE, booked)
        assert caught.value.code == "amount_difference"
        assert "[1.53] does not match [1.52]" in caught.value.details[0]
        assert statuses(simulator) == ["Saved"]

    def test_a_settlement_that_speaks_of_other_amounts_is_not_believed(
        self, avatax, simulator, expected
    ):
        simulator.fault("avatax", kind="misreport", path_suffix="/settle")
        with pytest.raises(ContractError) as caught:
            avatax.commit(INVOICE, expected)
        assert caught.value.outcome_unknown

    def test_an_uncommitted_document_of_an_earlier_attempt_is_replaced(
        self, avatax, simulator, expected
    ):
        simulator.fault("avatax", kind="error", path_suffix="/settle")
        with pytest.raises(TransientError):
            avatax.commit(INVOICE, expected)
        assert statuses(simulator) == ["Saved"]
        avatax.commit(INVOICE, expected)
        assert statuses(simulator) == ["Committed"]

    def test_the_same_again_is_a_success_without_a_second_document(
        self, avatax, simulator, expected
    ):
        first = avatax.commit(INVOICE, expected)
        assert avatax.commit(INVOICE, expected) == first
        assert statuses(simulator) == ["Committed"]

    def test_committed_with_other_amounts_is_a_difference(self, avatax, expected):
        avatax.commit(INVOICE, expected)
        other = document(line("10"))
        with pytest.raises(RejectedError) as caught:
            avatax.commit(other, avatax.quote(other))
        assert caught.value.code == "amount_difference"
        assert "has committed other amounts" in caught.value.message

    def test_a_voided_code_cannot_be_used_again(self, avatax, expected):
        avatax.commit(INVOICE, expected)
        avatax.void("INV-1", "invoice")
        with pytest.raises(RejectedError) as caught:
            avatax.commit(INVOICE, expected)
        assert caught.value.code == "voided"
        anew = replace(INVOICE, code="INV-1-2")
        assert avatax.commit(anew, expected).status == "committed"

    def test_a_locked_document_is_what_it_is(self, avatax, simulator, expected):
        done = avatax.commit(INVOICE, expected)
        simulator.avatax.lock("INV-1")
        assert avatax.commit(INVOICE, expected) == done
        with pytest.raises(RejectedError) as caught:
            avatax.void("INV-1", "invoice")
        assert caught.value.code == "CannotModifyLockedTransaction"

    def test_invoice_and_credit_note_of_one_code_are_two_documents(
        self, avatax, simulator, expected
    ):
        back = replace(INVOICE, kind="refund", lines=(line("-25.40"),))
        avatax.commit(INVOICE, expected)
        avatax.commit(back, avatax.quote(back))
        avatax.void("INV-1", "refund")
        found = {one["type"]: one["status"] for one in simulator.transactions("INV-1")}
        assert found == {"SalesInvoice": "Committed", "ReturnInvoice": "Cancelled"}

    def test_codes_are_escaped_in_paths(self, avatax, simulator, expected):
        code = "INV/2026+1?100%#ä é"
        avatax.commit(replace(INVOICE, code=code), expected)
        assert avatax.lookup(code, "invoice").external_code == code
        avatax.void(code, "invoice")
        assert statuses(simulator, code) == ["Cancelled"]

    def test_a_company_that_avatax_does_not_know(self, avatax, simulator, expected):
        simulator.avatax.companies = {"OTHER"}
        with pytest.raises(ConfigurationError) as caught:
            avatax.commit(INVOICE, expected)
        assert caught.value.code == "CompanyNotFoundError"


class TestUnknownOutcome:
    """The effect happened, or not, and the answer was lost: look and finish."""

    @pytest.mark.parametrize("kind", ["drop_after", "cut", "error_after"])
    @pytest.mark.parametrize(
        ("where", "found"), [(CREATE, "uncommitted"), ("/settle", "committed")]
    )
    def test_a_lost_answer_is_looked_up(
        self, avatax, simulator, expected, kind, where, found
    ):
        simulator.fault("avatax", kind=kind, path_suffix=where)
        with pytest.raises(TransientError) as caught:
            avatax.commit(INVOICE, expected)
        assert caught.value.outcome_unknown
        assert avatax.lookup("INV-1", "invoice").status == found
        assert avatax.commit(INVOICE, expected).status == "committed"
        assert statuses(simulator) == ["Committed"]

    def test_dropped_before_it_arrived_there_is_nothing_to_find(
        self, avatax, simulator, expected
    ):
        simulator.fault("avatax", kind="drop", path_prefix=CREATE)
        with pytest.raises(TransientError) as caught:
            avatax.commit(INVOICE, expected)
        assert caught.value.outcome_unknown
        assert avatax.lookup("INV-1", "invoice") is None

    def test_another_amount_on_the_second_try_is_a_difference(
        self, avatax, simulator, expected
    ):
        simulator.fault("avatax", kind="drop_after", type="SalesInvoice")
        simulator.fault("avatax", kind="differ", type="SalesInvoice", on_retry=True)
        with pytest.raises(TransientError):
            avatax.commit(INVOICE, expected)
        with pytest.raises(RejectedError) as caught:
            avatax.commit(INVOICE, expected)
        assert caught.value.code == "amount_difference"
        assert statuses(simulator) == ["Saved"]

    def test_a_lost_void_is_sent_again(self, avatax, simulator, expected):
        avatax.commit(INVOICE, expected)
        simulator.fault("avatax", kind="drop_after", path_suffix="/void")
        with pytest.raises(TransientError):
            avatax.void("INV-1", "invoice")
        assert avatax.void("INV-1", "invoice").note == "It was voided before"
        assert statuses(simulator) == ["Cancelled"]


WRONG = ("nan", "lines", "negative", "unbalanced", "currency", "decimals")


class TestBadAnswers:
    @pytest.mark.parametrize("kind", [*WRONG, "html", "huge"])
    def test_a_quote_is_refused(self, avatax, simulator, kind):
        simulator.fault("avatax", kind=kind)
        with pytest.raises(ContractError) as caught:
            avatax.quote(INVOICE)
        assert caught.value.message
        assert not caught.value.outcome_unknown
        assert avatax.quote(INVOICE).total_tax == Decimal("1.52")

    @pytest.mark.parametrize("kind", [*WRONG, "html", "huge"])
    def test_nothing_is_committed(self, avatax, simulator, expected, kind):
        simulator.fault("avatax", kind=kind, path_prefix=CREATE)
        with pytest.raises(ContractError) as caught:
            avatax.commit(INVOICE, expected)
        assert caught.value.outcome_unknown
        assert "Committed" not in statuses(simulator)

    def test_the_answer_to_another_request_is_refused(self, avatax, simulator):
        avatax.quote(INVOICE)
        simulator.fault("avatax", kind="repeat")
        with pytest.raises(ContractError) as caught:
            avatax.quote(replace(INVOICE, code="INV-2"))
        assert "another document" in caught.value.message

    @pytest.mark.parametrize("kind", ["html", "huge"])
    def test_a_lookup_is_refused(self, avatax, simulator, expected, kind):
        avatax.commit(INVOICE, expected)
        simulator.fault("avatax", kind=kind, method="GET")
        with pytest.raises(ContractError):
            avatax.lookup("INV-1", "invoice")

    def test_no_message_shows_what_was_sent(self, avatax, simulator):
        asked = document(line("25.40", description="secret project"))
        for kind in [*WRONG, "html"]:
            simulator.fault("avatax", kind=kind)
            with pytest.raises(ContractError) as caught:
                avatax.quote(asked)
            assert "secret project" not in caught.value.message


class TestFailures:
    def test_throttling_says_how_long_to_wait(self, avatax, simulator):
        simulator.fault("avatax", kind="throttle", retry_after=7)
        with pytest.raises(TransientError) as caught:
            avatax.quote(INVOICE)
        assert (caught.value.retry_after, caught.value.status) == (7, 429)

    def test_throttled_commits_did_not_happen(self, avatax, simulator, expected):
        simulator.fault("avatax", kind="throttle", type="SalesInvoice")
        with pytest.raises(TransientError) as caught:
            avatax.commit(INVOICE, expected)
        assert not caught.value.outcome_unknown

    def test_an_outage_is_transient(self, avatax, simulator):
        simulator.fault("avatax", kind="error", status=503)
        with pytest.raises(TransientError) as caught:
            avatax.quote(INVOICE)
        assert not caught.value.outcome_unknown

    def test_a_slow_engine_is_given_up_on(self, simulator):
        engine = samples.avatax(simulator.url, read_timeout=0.2)
        simulator.fault("avatax", kind="slow", seconds=0.6)
        with pytest.raises(TransientError) as caught:
            engine.quote(INVOICE)
        assert caught.value.code == "timeout"

    def test_wrong_credentials_are_a_matter_of_configuration(self, simulator):
        engine = samples.avatax(simulator.url, password="expired")
        with pytest.raises(ConfigurationError) as caught:
            engine.quote(INVOICE)
        assert caught.value.code == "AuthenticationException"
        ping = engine.ping()
        assert (ping.ok, ping.authenticated) == (True, False)

    def test_no_credentials_are_one_too(self, simulator):
        engine = AvataxEngine(HttpTransport(f"{simulator.url}/avatax"), {})
        with pytest.raises(ConfigurationError) as caught:
            engine.quote(INVOICE)
        assert caught.value.code == "AuthenticationIncomplete"

    def test_credentials_that_expire(self, avatax, simulator):
        simulator.fault("avatax", kind="unauthorized")
        with pytest.raises(ConfigurationError):
            avatax.quote(INVOICE)

    def test_somebody_elses_server_is_not_avatax(self, simulator):
        engine = AvataxEngine(HttpTransport(f"{simulator.url}/_control"), {})
        with pytest.raises((ConfigurationError, RejectedError)):
            engine.ping()
        with pytest.raises((ConfigurationError, RejectedError)):
            engine.lookup("INV-1", "invoice")

    def test_avataxs_own_words_are_details(self, avatax):
        nowhere = replace(VIRGINIA, region="XX")
        with pytest.raises(RejectedError) as caught:
            avatax.quote(document(line("1"), ship_to=nowhere))
        assert caught.value.code == "bad_address"
        assert caught.value.status == 400
        assert "Check region and postal code." in caught.value.details[0]


class TestRefund:
    def test_the_tax_date_is_overridden(self, avatax, simulator):
        sold = date(2025, 6, 16)
        back = document(
            line("-100"),
            kind="refund",
            code="RINV-1",
            tax_date=sold,
            origin_code="INV-0",
            ship_to=ARIZONA,
        )
        done = avatax.commit(back, avatax.quote(back))
        assert done.total_tax == Decimal("-8.60")
        (found,) = simulator.transactions("RINV-1")
        assert (found["date"], found["taxDate"]) == ("2026-03-02", "2025-06-16")
        assert found["type"] == "ReturnInvoice"
        assert found["referenceCode"] == "INV-0"

    def test_the_last_cent_is_told_and_recorded(self, avatax, simulator):
        sold = date(2025, 6, 16)
        last = line("-100", tax_override=Decimal("-8.59"))
        back = document(last, kind="refund", code="R-2", tax_date=sold, ship_to=ARIZONA)
        quoted = avatax.quote(back)
        assert quoted.total_tax == Decimal("-8.59")
        assert avatax.commit(back, quoted).total_tax == Decimal("-8.59")
        assert statuses(simulator, "R-2") == ["Committed"]


class TestAddress:
    def test_a_good_one_comes_back_spelled_by_the_book(self, avatax):
        check = avatax.resolve_address(VIRGINIA)
        assert check.valid
        assert check.addresses[0].line1 == "100 West Main St"

    def test_a_bad_one_comes_back_with_the_reason(self, avatax):
        check = avatax.resolve_address(Address(line1="Nowhere", country="US"))
        assert not check.valid
        assert check.messages == ("The address is not deliverable.",)
