"""A TLS server that asks for a client certificate, and certificates made for it."""

import datetime
import ipaddress
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


class Authority:
    """Makes certificates, valid for so many days from today, below one folder."""

    def __init__(self, folder):
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Authority")
        self._own = self._made(self._name, self._key.public_key(), 3650, ca=True)
        self.path = self._write("ca.pem", _pem(self._own))

    def issue(self, name, days=90):
        """(path of the certificate, path of its key)"""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._made(_name(name), key.public_key(), days)
        return (
            self._write(f"{name}.pem", _pem(certificate)),
            self._write(f"{name}.key", _key_pem(key)),
        )

    def _made(self, subject, public_key, days, ca=False):
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=2))
            .not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
        )
        if not ca:
            address = x509.IPAddress(ipaddress.ip_address(HOST))
            builder = builder.add_extension(
                x509.SubjectAlternativeName([address]), critical=False
            )
        return builder.sign(self._key, hashes.SHA256())

    def _write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return str(path)


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


class MutualTls:
    """Answers only whoever shows a certificate of the authority.

    ``seen``: (common name of the caller, Authorization header) of each request.
    """

    def __init__(self, authority, accepted=()):
        """``accepted``: values of Authorization that get 200; empty: any."""
        self.seen = []
        self.accepted = accepted
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.issue("server"))
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority.path)
        self._server = ThreadingHTTPServer((HOST, 0), _Handler)
        self._server.tls = self
        self._server.daemon_threads = True
        self._server.handle_error = lambda *args: None
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.url = f"https://{HOST}:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc_info):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        (((_name_type, caller),),) = self.connection.getpeercert()["subject"]
        token = self.headers.get("Authorization")
        tls = self.server.tls
        tls.seen.append((caller, token))
        good = not tls.accepted or token in tls.accepted
        body = json.dumps({"there": True}).encode()
        self.send_response(200 if good else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Silence."""
