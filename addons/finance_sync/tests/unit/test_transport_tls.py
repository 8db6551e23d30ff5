"""Certificates are verified, and cannot be made not to be."""

import ssl

import pytest
from odoo.addons.finance_sync.core.errors import ConfigurationError, TransientError
from odoo.addons.finance_sync.core.transport import HttpTransport
from odoo.addons.finance_sync.tests.unit.servers import (
    HOST,
    HttpServer,
    RawServer,
    self_signed,
)


def tls_server(certificate: tuple[str, str], client_ca: str | None = None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    return HttpServer(context)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def test_unknown_certificate_is_a_matter_of_configuration(certificate, connect):
    with tls_server(certificate) as server:
        with pytest.raises(ConfigurationError, match="cannot be trusted") as caught:
            connect(server).post("/x", json={})
        assert caught.value.code == "tls"
        assert not caught.value.outcome_unknown
        assert not server.requests


def test_known_certificate_is_trusted(certificate, connect):
    with tls_server(certificate) as server:
        assert connect(server, verify=certificate[0]).get("/x").status == 200


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_authorities_of_the_environment_count(certificate, connect, monkeypatch, name):
    monkeypatch.setenv(name, certificate[0])
    with tls_server(certificate) as server:
        assert connect(server).get("/x").status == 200


def test_certificate_for_another_name_is_refused(connect, tmp_path):
    other = self_signed(tmp_path, "other.example")
    with tls_server(other) as server:
        with pytest.raises(ConfigurationError, match="cannot be trusted"):
            connect(server, verify=other[0]).get("/x")
        assert not server.requests


@pytest.mark.parametrize("verify", [False, None, ""])
def test_verification_cannot_be_turned_off(verify):
    with pytest.raises(ConfigurationError, match="cannot be turned off"):
        HttpTransport("https://example.com", verify=verify)


def test_client_certificate_is_shown(certificate, connect, tmp_path):
    mine = self_signed(tmp_path, "client.example")
    with tls_server(certificate, client_ca=mine[0]) as server:
        good = connect(server, verify=certificate[0], client_cert=mine)
        assert good.get("/x").status == 200
        with pytest.raises((ConfigurationError, TransientError)):
            connect(server, verify=certificate[0]).get("/x")
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "files", [{"client_cert": ("/none/a.pem", "/none/a.key")}, {"verify": "/none/ca"}]
)
def test_missing_file_is_named(files):
    with pytest.raises(ConfigurationError, match=r"/none/.* is not there"):
        HttpTransport("https://example.com", **files)


def test_plain_http_behind_https_is_a_matter_of_configuration(server, connect):
    with pytest.raises(ConfigurationError, match="No secure connection"):
        connect(f"https://{HOST}:{server.port}").get("/x")


def test_handshake_that_breaks_off_may_work_later(connect):
    def hang_up(connection, stop):
        connection.recv(65536)

    with RawServer(hang_up) as server:
        with pytest.raises(TransientError) as caught:
            connect(server.url.replace("http:", "https:")).post("/x", json={})
        assert not caught.value.outcome_unknown


def test_slow_handshake_ends_with_the_connect_timeout(connect):
    with RawServer(lambda connection, stop: stop.wait()) as server:
        url = server.url.replace("http:", "https:")
        with pytest.raises(TransientError, match="in time") as caught:
            connect(url, connect_timeout=0.3).post("/x", json={})
        assert not caught.value.outcome_unknown
