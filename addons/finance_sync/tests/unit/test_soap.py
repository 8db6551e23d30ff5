"""SOAP against a double that answers hand-written envelopes."""

import datetime
import logging
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree
from odoo.addons.finance_sync.core.errors import (
    ConfigurationError,
    ContractError,
    RejectedError,
    TransientError,
)
from odoo.addons.finance_sync.core.soap import SoapTransport
from odoo.addons.finance_sync.core.trace import new_trace
from odoo.addons.finance_sync.core.transport import BasicAuth
from odoo.addons.finance_sync.tests.unit.servers import RawServer, Reply, answer_raw

WSDL = Path(__file__).parent / "files" / "quote.wsdl"
SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
QUOTES = "{urn:example:quotes}"


def envelope(body: str, namespace: str = SOAP11, status: int = 200) -> Reply:
    text = f'<e:Envelope xmlns:e="{namespace}"><e:Body>{body}</e:Body></e:Envelope>'
    return Reply(status, text.encode(), {"Content-Type": "text/xml; charset=utf-8"})


def quoted(*taxes: str, more: str = "") -> str:
    lines = "".join(f"<tax>{tax}</tax>" for tax in taxes)
    name = "QuoteResponse"
    return f'<{name} xmlns="urn:example:quotes">{lines}{more}</{name}>'


def fault11(code: str, text: str, status: int = 500, detail: str = "") -> Reply:
    return envelope(
        f"<e:Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring>"
        f"<detail>{detail}</detail></e:Fault>",
        status=status,
    )


def fault12(code: str, text: str, subcode: str = "") -> Reply:
    nested = f"<e:Subcode><e:Value>{subcode}</e:Value></e:Subcode>" if subcode else ""
    return envelope(
        f"<e:Fault><e:Code><e:Value>{code}</e:Value>{nested}</e:Code><e:Reason>"
        f"<e:Text xml:lang='en'>{text}</e:Text></e:Reason></e:Fault>",
        namespace=SOAP12,
        status=500,
    )


def ask(soap: SoapTransport, **kwargs):
    return soap.call("Quote", code="A-1", amount=[Decimal("163.75")], **kwargs)


def test_call_and_answer(server, connect):
    server.answer = lambda seen: envelope(
        quoted("15.14", "0.1000000000000000000001", more="<date>2026-02-28</date>")
    )
    soap = SoapTransport(connect(f"{server.url}/base"), WSDL, path="/quotes")
    answer = soap.call("Quote", code="Ä & <1>", amount=[Decimal("163.75"), 2])
    assert answer.value == {
        "tax": [Decimal("15.14"), Decimal("0.1000000000000000000001")],
        "date": datetime.date(2026, 2, 28),
        "note": None,
    }
    (seen,) = server.requests
    assert seen.target == "/base/quotes"
    assert seen.headers["soapaction"] == '"urn:example:quotes/Quote"'
    assert seen.headers["content-type"] == "text/xml; charset=utf-8"
    quote = etree.fromstring(seen.body).find(f".//{QUOTES}Quote")
    assert quote.findtext(f"{QUOTES}code") == "Ä & <1>"
    assert [a.text for a in quote.findall(f"{QUOTES}amount")] == ["163.75", "2"]


def test_soap_1_2_is_spoken_too(server, connect):
    server.answer = lambda seen: envelope(quoted("1"), SOAP12)
    soap = SoapTransport(connect(server), WSDL, port="Port12")
    assert ask(soap).value["tax"] == [Decimal(1)]
    kind = 'application/soap+xml; charset=utf-8; action="urn:example:quotes/Quote"'
    assert server.requests[0].headers["content-type"] == kind
    assert b"http://www.w3.org/2003/05/soap-envelope" in server.requests[0].body


def test_it_is_the_same_http_as_everywhere(server, connect):
    reply = envelope(quoted("1"))
    reply.headers["X-Request-Id"] = "r-1"
    server.answer = lambda seen: reply
    trace = new_trace("flow-1")
    http = connect(server, auth=BasicAuth("u", "p"), trace=trace)
    soap = SoapTransport(http, WSDL)
    answer = ask(soap, key="tax.quote:1:1", headers={"X-Extra": "1"})
    assert answer.request_id == "r-1"
    headers = server.requests[0].headers
    assert headers["authorization"] == "Basic dTpw"
    assert headers["traceparent"] == trace.traceparent
    assert headers["idempotency-key"] == "tax.quote:1:1"
    assert headers["x-extra"] == "1"


def test_nothing_private_is_logged(server, connect, caplog):
    caplog.set_level(logging.DEBUG)
    server.answer = lambda seen: envelope(quoted("77.77"))
    ask(SoapTransport(connect(server), WSDL))
    assert "A-1" not in caplog.text
    assert "77.77" not in caplog.text


@pytest.mark.parametrize(
    ("reply", "error_class", "code"),
    [
        (fault11("e:Client", "Bad tax code"), RejectedError, "Client"),
        (fault11("e:Client.Data", "Bad tax code", 200), RejectedError, "Client.Data"),
        (fault11("e:Client", "Bad tax code", 400), RejectedError, "Client"),
        (fault11("e:Server", "Bad tax code"), TransientError, "Server"),
        (fault11("", "Bad tax code"), TransientError, None),
        (fault11("e:MustUnderstand", "Bad tax code"), ContractError, "MustUnderstand"),
        (
            fault11("wsse:FailedAuthentication", "Bad tax code"),
            ConfigurationError,
            "FailedAuthentication",
        ),
        (fault12("e:Sender", "Bad tax code"), RejectedError, "Sender"),
        (fault12("e:Receiver", "Bad tax code"), TransientError, "Receiver"),
        (
            fault12("e:Sender", "Bad tax code", "wsse:InvalidSecurityToken"),
            ConfigurationError,
            "Sender",
        ),
    ],
)
def test_faults_become_the_four_errors(server, connect, reply, error_class, code):
    server.answer = lambda seen: reply
    soap = SoapTransport(connect(server), WSDL)
    with pytest.raises(error_class) as caught:
        ask(soap)
    error = caught.value
    assert type(error) is error_class
    assert (error.code, error.details) == (code, ("Bad tax code",))
    assert "Bad tax code" not in str(error)
    assert error.outcome_unknown is (error_class is TransientError)
    with pytest.raises(error_class) as caught:
        ask(soap, read=True)
    assert not caught.value.outcome_unknown


def test_adapter_may_read_faults_its_own_way(server, connect):
    seen_faults = []

    def classify(fault):
        seen_faults.append(fault)
        return RejectedError if fault.message == "INVALID_INPUT" else None

    soap = SoapTransport(connect(server), WSDL, classify=classify)
    server.answer = lambda seen: fault11("e:Server", "INVALID_INPUT", detail="<x>1</x>")
    with pytest.raises(RejectedError):
        ask(soap)
    server.answer = lambda seen: fault11("e:Server", "MS_UNAVAILABLE")
    with pytest.raises(TransientError):
        ask(soap)
    assert seen_faults[0].code == "Server"
    assert b"<x>1</x>" in seen_faults[0].detail


@pytest.mark.parametrize(
    ("reply", "error_class"),
    [
        (Reply(503, b"down", {"Retry-After": "9"}), TransientError),
        (
            Reply(500, b"<oops>Fault</oops>", {"Content-Type": "text/xml"}),
            TransientError,
        ),
        (Reply(500, b"Fault <", {"Content-Type": "text/xml"}), TransientError),
        (Reply(401, b"", {}), ConfigurationError),
        (Reply(404, b"<html>", {"Content-Type": "text/html"}), ConfigurationError),
    ],
)
def test_http_errors_without_a_fault_stay_what_they_are(
    server, connect, reply, error_class
):
    server.answer = lambda seen: reply
    with pytest.raises(error_class) as caught:
        ask(SoapTransport(connect(server), WSDL))
    assert caught.value.status == reply.status


BOMB = (
    '<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>'
    f'<e:Envelope xmlns:e="{SOAP11}"><e:Body>&c;</e:Body></e:Envelope>'
)


@pytest.mark.parametrize(
    "reply",
    [
        envelope(""),
        envelope(quoted("NaN?")),
        envelope(quoted("1", more="<surprise/>")),
        envelope('<Other xmlns="urn:example:quotes"/>'),
        envelope("<unclosed>"),
        Reply(200, b'{"tax": 1}', {"Content-Type": "application/json"}),
        Reply(200, b"", {"Content-Type": "text/xml"}),
        Reply(200, b"<html><body>Fault</body></html>", {"Content-Type": "text/html"}),
        Reply(200, BOMB.encode(), {"Content-Type": "text/xml"}),
        Reply(200, BOMB.encode("utf-16"), {"Content-Type": "text/xml"}),
    ],
)
def test_answer_that_does_not_fit_is_a_broken_contract(server, connect, reply):
    server.answer = lambda seen: reply
    soap = SoapTransport(connect(server), WSDL)
    with pytest.raises(ContractError, match="provider") as caught:
        ask(soap)
    assert caught.value.outcome_unknown
    with pytest.raises(ContractError) as caught:
        ask(soap, read=True)
    assert not caught.value.outcome_unknown


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("Unknown", {}),
        ("Quote", {"code": "A"}),
        ("Quote", {"code": "A", "amount": [1], "other": 2}),
    ],
)
def test_call_that_does_not_fit_is_not_sent(server, connect, operation, arguments):
    soap = SoapTransport(connect(server), WSDL)
    with pytest.raises(ContractError, match="does not fit") as caught:
        soap.call(operation, **arguments)
    assert not caught.value.outcome_unknown
    assert not server.requests


def test_dropped_connection_leaves_the_outcome_unknown(connect):
    with RawServer(answer_raw()) as server:
        soap = SoapTransport(connect(server), WSDL)
        with pytest.raises(TransientError) as caught:
            ask(soap)
        assert caught.value.outcome_unknown
        with pytest.raises(TransientError) as caught:
            ask(soap, read=True)
        assert not caught.value.outcome_unknown
