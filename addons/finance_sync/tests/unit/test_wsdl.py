"""Where WSDLs may come from, and what they must not do."""

from pathlib import Path

import pytest
from odoo.addons.finance_sync.core import wsdl as wsdl_module
from odoo.addons.finance_sync.core.errors import ConfigurationError, ContractError
from odoo.addons.finance_sync.core.wsdl import client
from odoo.addons.finance_sync.tests.unit.servers import HttpServer, Reply

WSDL = Path(__file__).parent / "files" / "quote.wsdl"
TEXT = WSDL.read_text()
XML = {"Content-Type": "text/xml"}
SCHEMA_AT = '<xsd:import namespace="urn:example:more" schemaLocation="{}" />'
MORE = (
    '<schema xmlns="http://www.w3.org/2001/XMLSchema" '
    'targetNamespace="urn:example:more"/>'
)


def importing(location: str) -> str:
    """The WSDL, with a schema that imports another from ``location``."""
    marker = '<xsd:element name="Quote">'
    assert marker in TEXT
    return TEXT.replace(marker, SCHEMA_AT.format(location) + marker, 1)


def with_dtd(dtd: str, text: str = TEXT) -> bytes:
    head, _, rest = text.partition("?>")
    return f"{head}?>{dtd}{rest}".encode()


BILLION_LAUGHS = "<!DOCTYPE d [<!ENTITY l0 'lol'>{}]>".format(
    "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
)


@pytest.fixture
def http(connect):
    return connect("https://example.com")


@pytest.mark.parametrize(
    "wsdl",
    [
        with_dtd(BILLION_LAUGHS, TEXT.replace('name="Quotes"', 'name="&l9;"')),
        with_dtd("<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"),
        with_dtd("<!DOCTYPE d SYSTEM 'http://127.0.0.1:9/evil.dtd'>"),
        with_dtd("<!doctype d>"),
        with_dtd(BILLION_LAUGHS).decode().encode("utf-16"),
    ],
)
def test_document_types_and_entities_are_refused(http, wsdl):
    with pytest.raises(ContractError, match="document type or entities"):
        client(http, wsdl)


@pytest.mark.parametrize(
    "wsdl",
    [b"", b"{}", b"<html/>", b"<a><b></a>", TEXT[:2000].encode(), b"<?xml?>"],
)
def test_what_is_no_wsdl_is_refused(http, wsdl):
    with pytest.raises((ContractError, ConfigurationError), match="WSDL"):
        client(http, wsdl)


@pytest.mark.parametrize(
    "location",
    ["more.xsd", "/etc/passwd", "file:///etc/passwd", "http://127.0.0.1:9/more.xsd"],
)
def test_document_by_itself_refers_to_nothing(http, location):
    with pytest.raises(ContractError, match="outside of itself"):
        client(http, importing(location).encode())


def test_file_may_refer_to_its_neighbours_only(http, tmp_path):
    folder = tmp_path / "inside"
    folder.mkdir()
    wsdl = folder / "a.wsdl"
    for place, allowed in ((folder, True), (tmp_path, False)):
        (place / "more.xsd").write_text(MORE)
        relative = "more.xsd" if allowed else "../more.xsd"
        wsdl.write_text(importing(relative) + " " * len(relative))
        if allowed:
            assert client(http, wsdl).service
            continue
        with pytest.raises(ContractError, match="outside of itself"):
            client(http, wsdl)


def test_link_out_of_the_folder_is_not_followed(http, tmp_path):
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "more.xsd").write_text(MORE)
    (folder / "more.xsd").symlink_to(tmp_path / "more.xsd")
    (folder / "a.wsdl").write_text(importing("more.xsd"))
    with pytest.raises(ContractError, match="outside of itself"):
        client(http, folder / "a.wsdl")


def test_missing_file_is_named(http):
    with pytest.raises(ConfigurationError, match=r"/none/a\.wsdl is not there"):
        client(http, Path("/none/a.wsdl"))


def test_unknown_service_or_port_is_named(http):
    for wrong in ({"service": "Nope"}, {"port": "Nope"}):
        with pytest.raises(ConfigurationError, match="no such service or port"):
            client(http, WSDL, **wrong)


def test_wsdl_is_parsed_once(http, tmp_path):
    assert client(http, WSDL) is client(http, WSDL)
    assert client(http, TEXT.encode()) is client(http, TEXT.encode())
    copy = tmp_path / "a.wsdl"
    copy.write_text(TEXT)
    first = client(http, copy)
    copy.write_text(TEXT + "\n")
    assert client(http, copy) is not first


def test_wsdl_is_fetched_from_below_the_base_url_once(server, connect):
    files = {
        "/base/a?wsdl": importing("more?xsd=1").encode(),
        "/base/more?xsd=1": MORE.encode(),
    }
    server.answer = lambda seen: Reply(200, files[seen.target], XML)
    http = connect(f"{server.url}/base")
    for _ in range(2):
        assert client(http, f"{server.url}/base/a?wsdl").service
    assert [seen.target for seen in server.requests] == list(files)


@pytest.mark.parametrize("elsewhere", ["/other/a?wsdl", "/basement/a?wsdl"])
def test_wsdl_from_elsewhere_is_refused(server, connect, elsewhere):
    http = connect(f"{server.url}/base")
    with HttpServer() as other:
        for url in (server.url + elsewhere, f"{other.url}/base/a?wsdl"):
            with pytest.raises(ContractError, match="outside of itself"):
                client(http, url)
        server.answer = lambda seen: Reply(
            200, importing(f"{other.url}/base/more.xsd").encode(), XML
        )
        with pytest.raises(ContractError, match="outside of itself"):
            client(http, f"{server.url}/base/b?wsdl")
        assert not other.requests
    assert [seen.target for seen in server.requests] == ["/base/b?wsdl"]


def test_fetched_wsdl_is_asked_for_again_after_a_while(server, connect, monkeypatch):
    monkeypatch.setattr(wsdl_module, "FETCHED_FOR", 0.0)
    server.answer = lambda seen: Reply(200, TEXT.encode(), XML)
    http = connect(server)
    first = client(http, f"{server.url}/a?wsdl")
    assert client(http, f"{server.url}/a?wsdl") is not first
    assert len(server.requests) == 2


def test_cache_keeps_the_latest_only(http, monkeypatch):
    monkeypatch.setattr(wsdl_module, "_cache", wsdl_module._Cache(2))
    texts = [TEXT.encode() + b" " * n for n in range(3)]
    first, _second, third = (client(http, text) for text in texts)
    assert client(http, texts[2]) is third
    assert client(http, texts[0]) is not first


def test_huge_wsdl_is_refused(http, tmp_path):
    (tmp_path / "a.wsdl").write_bytes(b" " * (10 * 1024 * 1024 + 1))
    with pytest.raises(ContractError, match="too big"):
        client(http, tmp_path / "a.wsdl")
