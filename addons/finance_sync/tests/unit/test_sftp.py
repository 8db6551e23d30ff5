"""SFTP against a real sshd: who it is, who we are, and what may go wrong with files."""

import base64
import hashlib
import os
import socket
import threading

import paramiko
import pytest
from odoo.addons.finance_sync.core.errors import (
    ConfigurationError,
    ContractError,
    RejectedError,
    TransientError,
)
from odoo.addons.finance_sync.core.sftp import SftpTransport
from odoo.addons.finance_sync.core.sftp_address import (
    Address,
    parse_address,
    pinned_keys,
)
from odoo.addons.finance_sync.core.ssh_key import load_key
from odoo.addons.finance_sync.tests.sftp import Cutter, serving

BIG = 3_000_000


@pytest.fixture(scope="module")
def module_sshd():
    with serving() as running:
        if running is None:
            pytest.skip("There is no OpenSSH server here")
        yield running


@pytest.fixture
def sshd(module_sshd):
    yield module_sshd
    for path in sorted(module_sshd.folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


def transport(sshd, url=None, **kwargs):
    settings = {
        "secret": sshd.key,
        "host_keys": sshd.fingerprint,
        "connect_timeout": 5.0,
        "read_timeout": 5.0,
        **kwargs,
    }
    return SftpTransport(url or sshd.url, **settings)


# -- Addresses, fingerprints, keys


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sftp://b@h/in", Address("h", 22, "b", "/in")),
        ("sftp://b@h:2222/in/bills/", Address("h", 2222, "b", "/in/bills")),
        ("sftp://b@h", Address("h", 22, "b", ".")),
        ("sftp://b%40c@h/", Address("h", 22, "b@c", "/")),
        ("sftp://b@[::1]/x%20y", Address("::1", 22, "b", "/x y")),
    ],
)
def test_addresses(url, expected):
    assert parse_address(url) == expected


def test_a_user_beside_the_address_goes_first():
    assert parse_address("sftp://a@h/in", "b").user == "b"


@pytest.mark.parametrize(
    "url",
    [
        "https://b@h/in",
        "ftp://b@h/in",
        "sftp://h/in",
        "sftp://b:secret@h/in",
        "sftp://b@h/in/../out",
        "sftp://b@h/%2e%2e/out",
        "sftp://b@h/in?x=1",
        "sftp://b@h/in#x",
        "sftp://b@h:x/in",
        "sftp:///in",
        "sftp://b@h/a b",
        "",
    ],
)
def test_addresses_that_are_none(url):
    with pytest.raises(ConfigurationError) as caught:
        parse_address(url)
    assert "secret" not in str(caught.value)


def test_fingerprints_are_entered_as_ssh_keygen_shows_them():
    first, second = f"SHA256:{'a' * 43}", f"SHA256:{'b' * 43}"
    assert pinned_keys(f" {first},\n{second}= ") == {first, second}
    assert pinned_keys("") == frozenset()
    for text in ("a" * 43, "MD5:00:11", f"{first} ssh-ed25519", "SHA256:short"):
        with pytest.raises(ConfigurationError):
            pinned_keys(text)


def test_a_key_is_read_with_and_without_its_line_breaks(sshd):
    expected = load_key(sshd.key).asbytes()
    for text in (
        sshd.key.replace("\n", ""),
        sshd.key.replace("\n", " "),
        sshd.key.replace("\n", "\r\n"),
        f"\n{sshd.key}\n\n",
    ):
        assert load_key(text).asbytes() == expected


def test_keys_of_each_kind_are_read(tmp_path):
    for key in (paramiko.RSAKey.generate(2048), paramiko.ECDSAKey.generate()):
        path = tmp_path / key.get_name()
        key.write_private_key_file(str(path))
        assert load_key(path.read_text()).asbytes() == key.asbytes()


def test_a_password_is_no_key():
    assert load_key("open sesame") is None


def test_a_key_that_cannot_be_used_says_why_and_nothing_of_itself(tmp_path):
    path = tmp_path / "key"
    paramiko.RSAKey.generate(2048).write_private_key_file(str(path), password="word")
    begin, end = (f"-----{word} OPENSSH PRIVATE KEY-----" for word in ("BEGIN", "END"))
    for text, why in (
        (path.read_text(), "passphrase"),
        (f"{begin}\nSECRETsecret\n{end}", "cannot be read"),
        (f"{begin}\nSECRETsecret", "is none"),
    ):
        with pytest.raises(ConfigurationError) as caught:
            load_key(text)
        assert why in str(caught.value)
        assert "SECRET" not in str(caught.value)


# -- Who is who


def test_the_key_that_is_found_is_the_servers(sshd):
    found = transport(sshd, host_keys="", secret="").found_key()
    assert found == ("ssh-ed25519", sshd.fingerprint)


def test_nobody_is_trusted_on_first_sight(sshd):
    with pytest.raises(ConfigurationError) as caught, transport(sshd, host_keys=""):
        pass
    assert caught.value.code == "no_host_key"


def test_another_host_key_is_refused_before_anybody_logs_in(sshd):
    before = sshd.log().count("Accepted publickey")
    entered = f"SHA256:{'a' * 43}"
    with (
        pytest.raises(ConfigurationError) as caught,
        transport(sshd, host_keys=entered),
    ):
        pass
    assert caught.value.code == "host_key_changed"
    assert sshd.fingerprint in caught.value.message
    assert sshd.log().count("Accepted publickey") == before


def test_one_of_several_host_keys_will_do(sshd):
    keys = f"SHA256:{'a' * 43} {sshd.fingerprint}"
    with transport(sshd, host_keys=keys) as files:
        assert files.list() == []


def test_a_strange_key_is_refused_and_named(sshd):
    with (
        pytest.raises(ConfigurationError) as caught,
        transport(sshd, secret=sshd.other_key()),
    ):
        pass
    assert caught.value.code == "credentials"
    assert "refuses the key SHA256:" in caught.value.message


def test_a_server_that_takes_keys_alone_says_so(sshd):
    with (
        pytest.raises(ConfigurationError) as caught,
        transport(sshd, secret="open sesame"),
    ):
        pass
    assert "publickey" in caught.value.message
    assert "sesame" not in caught.value.message


def test_no_secret_is_said(sshd):
    with pytest.raises(ConfigurationError) as caught, transport(sshd, secret=""):
        pass
    assert caught.value.code == "no_secret"


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    files = SftpTransport(f"sftp://b@127.0.0.1:{port}/in")
    with pytest.raises(TransientError):
        files.found_key()


def test_a_server_that_says_nothing_is_left():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        files = SftpTransport(f"sftp://b@127.0.0.1:{port}/in", connect_timeout=0.3)
        with pytest.raises(TransientError):
            files.found_key()


class Gate(paramiko.ServerInterface):
    """Lets one password in, and never says whether there is SFTP."""

    def __init__(self, password):
        self.password, self.asked, self.over = password, [], threading.Event()

    def get_allowed_auths(self, username):
        return "password"

    def check_auth_password(self, username, password):
        self.asked.append((username, password))
        good = password == self.password
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_subsystem_request(self, channel, name):
        self.over.wait(30)
        return False


@pytest.fixture
def gate():
    """(the gate, what makes a transport to it): a server of ours, for passwords."""
    interface, key = Gate("open sesame"), paramiko.ECDSAKey.generate()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _address = listener.accept()
            server = paramiko.Transport(connection)
            server.add_server_key(key)
            server.start_server(server=interface)

        threading.Thread(target=serve, daemon=True).start()
        digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode()

        def connect(password):
            return SftpTransport(
                f"sftp://b@127.0.0.1:{listener.getsockname()[1]}/in",
                secret=password,
                host_keys=f"SHA256:{digest}",
                connect_timeout=0.5,
            )

        yield interface, connect
        interface.over.set()


def test_a_password_is_shown_to_the_server_that_is_known(gate):
    interface, connect = gate
    # The password is right; that the server then says nothing more is not waited for.
    with pytest.raises(TransientError), connect("open sesame"):
        pass
    assert interface.asked == [("b", "open sesame")]


def test_a_password_that_is_wrong_is_refused(gate):
    _interface, connect = gate
    with pytest.raises(ConfigurationError) as caught, connect("guess"):
        pass
    assert caught.value.message == "The server refuses the password for the user “b”."


# -- Files


def test_files_are_listed_oldest_first_and_nothing_else(sshd):
    for name, modified in (("b.xml", 1_000), ("a.xml", 2_000), ("Rechnung ä.pdf", 3)):
        os.utime(sshd.put(name, b"<x/>"), (modified, modified))
    sshd.put("inside/c.xml", b"<x/>")
    (sshd.folder / "link.xml").symlink_to("/etc/passwd")
    with transport(sshd) as files:
        found = files.list()
        assert [entry.name for entry in found] == ["Rechnung ä.pdf", "b.xml", "a.xml"]
        assert (found[1].size, found[1].modified) == (4, 1_000)
        assert files.look_at("b.xml") == found[1]
        assert files.look_at("missing.xml") is None
        assert [entry.name for entry in files.list("inside")] == ["c.xml"]


def test_a_name_that_nobody_can_read_is_a_persons(sshd):
    (sshd.folder / os.fsdecode(b"M\xfcller.pdf")).touch()
    with transport(sshd) as files, pytest.raises(ContractError) as caught:
        files.list()
    assert caught.value.code == "bad_name"


def test_no_such_folder(sshd):
    with (
        transport(sshd, f"{sshd.url}/missing") as files,
        pytest.raises(ConfigurationError) as caught,
    ):
        files.list()
    assert caught.value.code == "not_found"


def test_a_file_is_read_whole(sshd):
    data = os.urandom(BIG)
    sshd.put("big.pdf", data)
    with transport(sshd) as files:
        assert files.fetch("big.pdf", max_bytes=BIG) == data
        sshd.put("empty.pdf", b"")
        assert files.fetch("empty.pdf", max_bytes=BIG) == b""


def test_a_file_that_is_too_large_is_not_read(sshd):
    sshd.put("big.pdf", b"x" * BIG)
    with transport(sshd) as files, pytest.raises(RejectedError) as caught:
        files.fetch("big.pdf", max_bytes=BIG - 1)
    assert caught.value.code == "too_large"


def test_a_line_that_breaks_in_the_middle_of_a_file_is_no_shorter_file(sshd):
    sshd.put("big.pdf", b"x" * BIG)
    with Cutter(sshd.port, allow=BIG // 2) as line:
        url = sshd.url.replace(f":{sshd.port}/", f":{line.port}/")
        with transport(sshd, url) as files, pytest.raises(TransientError):
            files.fetch("big.pdf", max_bytes=BIG)


def test_folders_are_made_once(sshd):
    with transport(sshd) as files:
        files.make_folder("done")
        files.make_folder("done")
    assert (sshd.folder / "done").is_dir()


def test_a_file_is_moved_by_one_of_two(sshd):
    sshd.put("a.xml", b"<x/>")
    with transport(sshd) as one, transport(sshd) as two:
        one.make_folder("claimed")
        assert one.rename(("a.xml",), ("claimed", "1"))
        assert not two.rename(("a.xml",), ("claimed", "2"))
    assert [path.name for path in (sshd.folder / "claimed").iterdir()] == ["1"]


def test_nothing_is_overwritten(sshd):
    sshd.put("a.xml", b"new")
    sshd.put("done/a.xml", b"old")
    with transport(sshd) as files, pytest.raises(RejectedError) as caught:
        files.rename(("a.xml",), ("done", "a.xml"))
    assert caught.value.code == "exists"
    assert (sshd.folder / "done" / "a.xml").read_bytes() == b"old"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has files of others")
def test_files_of_other_owners_are_moved_too(sshd):
    sshd.put("done/x", b"")
    path = sshd.folder / "a.xml"
    path.write_bytes(b"<x/>")
    path.chmod(0o644)
    with transport(sshd) as files:
        assert files.rename(("a.xml",), ("done", "a.xml"))
    assert (sshd.folder / "done" / "a.xml").exists()


def test_a_folder_that_is_not_ours_to_change_is_said(sshd):
    sshd.put("a.xml", b"<x/>")
    with transport(sshd) as files, pytest.raises(ConfigurationError) as caught:
        files.rename(("a.xml",), ("missing", "a.xml"))
    assert caught.value.code == "not_found"
