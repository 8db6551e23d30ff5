"""SOAP to a provider, over the same bounded and traced HTTP as everything else.

zeep knows WSDLs and envelopes; it never opens a connection itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import zeep.exceptions
from lxml import etree
from zeep.helpers import serialize_object
from zeep.wsdl.bindings.soap import Soap12Binding

from .answers import Answer
from .errors import (
    ConfigurationError,
    ContractError,
    ProviderError,
    RejectedError,
    TransientError,
)
from .transport import HttpTransport
from .wsdl import check_xml, client

_ENVELOPES = (
    "http://schemas.xmlsoap.org/soap/envelope/",
    "http://www.w3.org/2003/05/soap-envelope",
)
_LONGEST_TEXT = 500


@dataclass(frozen=True)
class SoapFault:
    """A fault. Codes are without prefix, ``detail`` is the element's XML or empty."""

    code: str
    message: str
    subcodes: tuple[str, ...] = ()
    detail: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class SoapAnswer:
    """What an operation returned: ``value`` as dicts, lists and plain values."""

    value: object = field(repr=False)
    request_id: str | None
    elapsed: float


Classify = Callable[[SoapFault], "type[ProviderError] | None"]

_CLIENT = frozenset({"Client", "Sender"})
_MISUNDERSTOOD = frozenset({"VersionMismatch", "MustUnderstand", "DataEncodingUnknown"})
_CREDENTIALS = frozenset(
    {"FailedAuthentication", "InvalidSecurity", "InvalidSecurityToken", "FailedCheck"}
)


def classify_by_code(fault: SoapFault) -> type[ProviderError]:
    """What a fault means by its code alone (SOAP 1.1 and 1.2, WS-Security)."""
    codes = {fault.code.partition(".")[0], fault.code, *fault.subcodes}
    if codes & _CREDENTIALS:
        return ConfigurationError
    if codes & _MISUNDERSTOOD:
        return ContractError
    return RejectedError if codes & _CLIENT else TransientError


class SoapTransport:
    """Operations of one service, at ``http``'s base URL plus ``path``.

    The address in the WSDL does not count. ``wsdl``: see ``wsdl.client``.
    ``classify`` says which error a fault is, or None to go by its code; providers
    use codes as they please, so most adapters need one.

    :raises ProviderError: see ``wsdl.client``
    """

    def __init__(
        self,
        http: HttpTransport,
        wsdl: str | bytes | Path,
        *,
        path: str = "",
        service: str | None = None,
        port: str | None = None,
        classify: Classify | None = None,
    ):
        self.http = http
        self._path = path
        self._classify = classify or classify_by_code
        self._client = client(http, wsdl, service, port)
        self._binding = self._client.service._binding

    def call(
        self,
        operation: str,
        *,
        key: str | None = None,
        read: bool = False,
        headers: dict | None = None,
        soap_headers=None,
        **arguments,
    ) -> SoapAnswer:
        """Call an operation once. ``key`` and ``read``: see ``HttpTransport``.

        The answer has the element and types that the WSDL announces, but values may
        be missing (None, or an empty list) that it requires: check those you need.

        :raises ProviderError: one of the four, with the fault's code as ``code`` and
            its words in ``details``; a fault that is a TransientError leaves the
            outcome unknown unless ``read``
        """
        envelope, action = self._envelope(operation, soap_headers, arguments)
        try:
            answer = self.http.post(
                self._path,
                data=envelope,
                headers={**self._http_headers(action), **(headers or {})},
                key=key,
                read=read,
            )
        except ProviderError as error:
            failed = self._fault_error(error.answer)
            if failed is None:
                raise
            raise failed from error
        failed = self._fault_error(answer)
        if failed:
            raise failed
        value = self._value(operation, answer)
        return SoapAnswer(value, answer.request_id, answer.elapsed)

    def _envelope(self, operation: str, soap_headers, arguments: dict):
        if soap_headers is not None:
            arguments = {**arguments, "_soapheaders": soap_headers}
        try:
            action = self._binding.get(operation).soapaction
            message = self._client.create_message(
                self._client.service, operation, **arguments
            )
        except (zeep.exceptions.Error, ValueError, TypeError, LookupError) as error:
            raise ContractError(
                f"The call {operation} does not fit the provider's WSDL.",
                code="bad_request",
            ) from error
        body = etree.tostring(message, xml_declaration=True, encoding="utf-8")
        return body, action or ""

    def _http_headers(self, action: str) -> dict[str, str]:
        if isinstance(self._binding, Soap12Binding):
            kind = f'application/soap+xml; charset=utf-8; action="{action}"'
            return {"Content-Type": kind, "Accept": "application/soap+xml"}
        return {
            "Content-Type": "text/xml; charset=utf-8",
            "Accept": "text/xml",
            "SOAPAction": f'"{action}"',
        }

    def _fault_error(self, answer: Answer | None) -> ProviderError | None:
        """The error for an answer with a fault in it, or None."""
        if answer is None or answer.status not in (200, 400, 500):
            return None
        fault = read_fault(answer)
        if fault is None:
            return None
        error_class = self._classify(fault) or classify_by_code(fault)
        unknown = issubclass(error_class, TransientError) and not answer.read
        return error_class(
            f"The provider answered with a fault ({fault.code or 'no code'}).",
            code=fault.code or None,
            status=answer.status,
            details=filter(None, [fault.message]),
            request_id=answer.request_id,
            outcome_unknown=unknown,
            answer=answer,
        )

    def _value(self, operation: str, answer: Answer):
        response = SimpleNamespace(
            status_code=answer.status,
            content=_checked(answer),
            headers={"Content-Type": answer.content_type or "text/xml"},
            encoding="utf-8",
        )
        try:
            described = self._binding.get(operation)
            _check_body(getattr(described.output, "body", None), answer)
            reply = self._binding.process_reply(self._client, described, response)
            return serialize_object(reply, dict)
        except (zeep.exceptions.Error, etree.LxmlError, *_MISFITS) as error:
            raise _broken(answer, "does not fit its WSDL") from error


_MISFITS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)


def _checked(answer: Answer) -> bytes:
    if answer.is_web_page:
        raise _broken(answer, "is a web page instead of XML; check the base URL")
    try:
        return check_xml(answer.body)
    except ContractError as error:
        raise _broken(answer, "declares a document type or entities") from error


def _broken(answer: Answer, problem: str) -> ContractError:
    return ContractError(
        f"The provider's answer {problem}.",
        code="bad_answer",
        status=answer.status,
        request_id=answer.request_id,
        outcome_unknown=not answer.read,
        answer=answer,
    )


def _check_body(element, answer: Answer) -> None:
    """zeep reads any element as if it were the one that the WSDL announces.

    :raises ValueError: the body does not begin with ``element``
    """
    announced = getattr(element, "qname", None)
    if announced is None or announced.namespace in _ENVELOPES:
        return
    for namespace in _ENVELOPES:
        body = _parsed(answer.body).find(f"{{{namespace}}}Body")
        first = None if body is None else next(body.iterchildren("{*}*"), None)
        if first is not None and first.tag == announced.text:
            return
    raise ValueError("another element than announced")


def _parsed(content: bytes):
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.fromstring(check_xml(content), parser)


def read_fault(answer: Answer) -> SoapFault | None:
    """The fault in an answer, or None if there is none that can be read."""
    if b"Fault" not in answer.body:
        return None
    try:
        root = _parsed(answer.body)
    except (etree.XMLSyntaxError, ContractError):
        return None
    for namespace in _ENVELOPES:
        fault = root.find(f"{{{namespace}}}Body/{{{namespace}}}Fault")
        if root.tag == f"{{{namespace}}}Envelope" and fault is not None:
            return _soap_fault(fault)
    return None


def _soap_fault(fault) -> SoapFault:
    """SOAP 1.1 spells its parts in lower case and unqualified, 1.2 does not."""
    parts = {_local(part): part for part in fault if isinstance(part.tag, str)}
    values = [
        "".join(value.itertext()).strip()
        for value in fault.iter()
        if _local(value) == "Value"
    ]
    code = _text(parts.get("faultcode")) or next(iter(values), "")
    detail = parts.get("detail", parts.get("Detail"))
    return SoapFault(
        code=_bare(code),
        message=_text(parts.get("faultstring", parts.get("Reason"))),
        subcodes=tuple(_bare(value) for value in values[1:]),
        detail=b"" if detail is None else etree.tostring(detail, with_tail=False),
    )


def _local(element) -> str:
    tag = element.tag
    return etree.QName(tag).localname if isinstance(tag, str) else ""


def _text(element) -> str:
    if element is None:
        return ""
    return " ".join("".join(element.itertext()).split())[:_LONGEST_TEXT]


def _bare(code: str) -> str:
    return code.rpartition(":")[2]
