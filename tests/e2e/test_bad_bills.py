"""Bad bills against a running server: each is held or refused with a clear reason,
nothing is lost, and the server stays up.

The nine kinds are the first nine tests; what other systems send comes after them.
"""

import base64
import contextlib
import socket
import uuid

import pytest
import requests

from tests.samplegroup.connection import AVATAX
from tests.support import bills
from tests.support.rpc import RefusedError, XmlRpc
from tests.support.subscribing import Sender, add_secret, make_secret
from tests.support.waiting import wait_for
from tests.support.webhooks import signed

FILE, BILL, HOLD = "finance.sync.bill.file", "finance.sync.bill", "finance.sync.hold"
CONNECTION, WEBHOOK = "finance.sync.connection", "finance.sync.webhook"
UPLOAD = "finance.sync.bill.upload"
MEGABYTE = 1_000_000
NOBODY = "NOBODY"


@pytest.fixture(autouse=True)
def server_stays_up(odoo_server):
    """The same processes as before, and they answer."""
    before = sorted(odoo_server.worker_pids())
    yield
    assert not odoo_server.has_ended
    assert sorted(odoo_server.worker_pids()) == before
    XmlRpc(odoo_server.url, odoo_server.db, "clerk", "clerk")


@pytest.fixture(scope="module")
def clerk(group):
    """Who uploads files to the US company; for the German one nobody takes them in."""
    manager = group.login("manager")
    user = group.id("res.users", "login", "execution-us")
    company = group.company("us")
    made = manager.call(
        CONNECTION,
        "create",
        {
            "name": "Bad Bills",
            "key": "bad-bills",
            "provider": "bill_file",
            "environment": "test",
            "company_ids": [(6, 0, [company])],
            "user_line_ids": [(0, 0, {"company_id": company, "user_id": user})],
            "owner_id": group.id("res.users", "login", "accountant"),
        },
    )
    manager.call(CONNECTION, "action_activate", [made])
    yield group.login("clerk")
    manager.call(CONNECTION, "action_pause", [made])


def upload(group, clerk, name, data, company="us"):
    """What the upload says of the file."""
    context = group.within(company)
    vals = {"name": name, "datas": base64.b64encode(data).decode(), "res_model": UPLOAD}
    attachment = clerk.call("ir.attachment", "create", vals, context=context)
    wizard = clerk.call(
        UPLOAD,
        "create",
        {
            "company_id": group.company(company),
            "attachment_ids": [(6, 0, [attachment])],
        },
        context=context,
    )
    clerk.call(UPLOAD, "action_upload", [wizard], context=context)
    (line,) = clerk.call(
        f"{UPLOAD}.line",
        "search_read",
        [("upload_id", "=", wizard)],
        ["result", "note", "file_id"],
    )
    return line


@pytest.fixture
def read(group, clerk):
    """Upload a file and wait until it was read: the file's fields."""
    names = ["state", "reason", "data", "bill_ids", "finance_sync_uuid"]

    def read(name, data):
        line = upload(group, clerk, name, data)
        assert line["result"] == "new", line["note"]
        (number, _name) = line["file_id"]

        def ended():
            (file,) = clerk.call(FILE, "read", [number], names)
            done = file["state"] == "failed" or file["bill_ids"]
            return file if done else None

        file = wait_for(f"{name} to be read", ended, seconds=120)
        assert base64.b64decode(file["data"]) == data
        return file

    return read


@pytest.fixture
def refused(group, read):
    """Upload a file that is no bill: it failed and is held for this reason."""

    def refused(name, data, reason):
        file = read(name, data)
        assert file["state"] == "failed"
        assert reason in file["reason"]
        (hold,) = open_holds(group, file["finance_sync_uuid"])
        assert hold["code"] == "ap_file"
        assert reason in hold["summary"]
        return file

    return refused


@pytest.fixture
def received(group, clerk, read):
    """Upload a bill: what was received, and the codes of its holds."""
    names = ["kind", "amount_total", "state", "line_ids", "finance_sync_uuid"]

    def received(name, data):
        file = read(name, data)
        (bill,) = clerk.call(BILL, "read", file["bill_ids"], names)
        holds = open_holds(group, bill["finance_sync_uuid"])
        return bill, [hold["code"] for hold in holds]

    return received


def open_holds(group, document):
    return group.accountant.call(
        HOLD,
        "search_read",
        [("document_uuid", "=", document), ("state", "=", "open")],
        ["code", "summary"],
    )


def test_xml_bomb(refused):
    refused("bomb.xml", bills.bomb(), "declares a document type or entities")


def test_external_entity(refused):
    with socket.create_server(("127.0.0.1", 0)) as outside:
        outside.setblocking(False)
        url = f"http://127.0.0.1:{outside.getsockname()[1]}"
        data = bills.reaching_out(url)
        file = refused("outside.xml", data, "declares a document type or entities")
        with pytest.raises(BlockingIOError):
            outside.accept()
    assert "root:" not in file["reason"]


def test_pdf_of_50_mb(group, clerk):
    """Not taken in, which whoever uploads it is told; by mail it would be held."""
    line = upload(group, clerk, "large.pdf", bills.large_pdf(50 * MEGABYTE))
    assert line["result"] == "refused"
    assert "Larger than 20 MB" in line["note"]
    assert not line["file_id"]


def test_encrypted_pdf(refused):
    refused("locked.pdf", bills.locked_pdf(), "locked with a password")


def test_zip_in_disguise(refused):
    for name in ("bill.pdf", "bill.xml"):
        refused(name, bills.archive(), "neither XML nor PDF")


def test_wrong_encodings(refused):
    text = bills.xml(bills.terms(**{"BT-27": "Söhne"})).decode()
    refused("utf-16.xml", text.encode("utf-16"), "not UTF-8 text")
    refused("latin.xml", text.encode("latin-1"), "not well-formed")
    unknown = text.replace('"UTF-8"', '"x-none"').encode()
    refused("unknown.xml", unknown, "not well-formed")


def test_negative_totals(refused, received):
    credit = bills.terms(sign=-1, **{"BT-3": "381"})
    refused("credit.xml", bills.xml(credit), "is negative")
    bill, holds = received("negative.xml", bills.xml(bills.terms(sign=-1)))
    assert (bill["kind"], bill["amount_total"]) == ("credit_note", 10.0)
    assert holds == ["ap_vendor"]


def test_1000_lines(received):
    bill, holds = received("long.xml", bills.xml(bills.terms(lines=1000)))
    assert len(bill["line_ids"]) == 1000
    assert bill["amount_total"] == 10_000.0
    assert holds == ["ap_vendor"]


def test_unknown_company(group, clerk, odoo_server):
    with pytest.raises(RefusedError, match="takes in bill files"):
        upload(group, clerk, "abroad.xml", bills.xml(bills.terms()), company="de")
    service = XmlRpc(odoo_server.url, odoo_server.db, "service", "service")
    number = str(uuid.uuid4())
    message = {"company": NOBODY, "bill": bills.terms()}
    service.call(CONNECTION, "receive", AVATAX, "ap.invoice", number, "1", message)
    assert service.call(CONNECTION, "status", AVATAX, number)["holds"] == ["unrouted"]


# -- By webhook


@pytest.fixture(scope="module")
def sender(odoo_server, group):
    """A webhook that takes bills, and who may post to it."""
    manager = group.login("manager")
    webhook = manager.call(
        WEBHOOK,
        "create",
        {
            "connection_id": group.connection(AVATAX),
            "version_source": "json:version",
            "rule_ids": [(0, 0, {"pattern": "bill.*", "operation": "ap.invoice"})],
        },
    )
    secret = make_secret()
    add_secret(group, WEBHOOK, webhook, secret)
    yield Sender(odoo_server.url, secret)
    manager.call(WEBHOOK, "unlink", [webhook])


def post(sender, body):
    """A body that is signed as it should be, whatever is in it."""
    headers = signed(f"msg_{uuid.uuid4()}", body, sender.secret)
    url = f"{sender.url}/finance_sync/v1/{AVATAX}"
    return requests.post(url, data=body, headers=headers, timeout=120)


@pytest.mark.parametrize(
    "make",
    [
        bills.bomb,
        lambda: bills.reaching_out("http://127.0.0.1:9"),
        bills.locked_pdf,
        bills.archive,
        lambda: '{"type": "bill.new", "name": "Söhne"}'.encode("latin-1"),
        lambda: '{"type": "bill.new", "version": 1}'.encode("utf-16"),
        lambda: b"[" * 200_000 + b"]" * 200_000,
    ],
    ids=["bomb", "entity", "locked-pdf", "zip", "latin-1", "utf-16", "nested"],
)
def test_what_is_no_message_is_refused_with_the_reason(sender, make):
    answer = post(sender, make())
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]


def test_50_mb_are_refused_unread(sender):
    # It may close the connection before all of it was sent.
    with contextlib.suppress(requests.ConnectionError):
        assert post(sender, bytes(50 * MEGABYTE)).status_code == 413


@pytest.mark.parametrize(
    ("company", "content", "expected"),
    [
        ("SAMPLE", {"lines": 1000}, ["ap_vendor"]),
        ("SAMPLE", {"sign": -1, "BT-3": "381"}, ["ap_content", "ap_vendor"]),
        (NOBODY, {}, ["unrouted"]),
    ],
    ids=["1000-lines", "negative", "unknown-company"],
)
def test_what_is_a_message_is_kept_and_held(sender, group, company, content, expected):
    message = f"msg_{uuid.uuid4()}"
    payload = {
        "type": "bill.new",
        "version": 1,
        "company": company,
        "bill": bills.terms(**content),
    }
    assert sender.post(payload, message, key=AVATAX).status_code == 202
    manager = group.login("manager")
    domain = [("external_id", "=", message)]

    def codes():
        names = ["uuid", "document_uuid"]
        exchanges = manager.call("finance.sync.exchange", "search_read", domain, names)
        about = [one["document_uuid"] for one in exchanges if one["document_uuid"]]
        found = manager.call(
            HOLD,
            "search_read",
            [
                "|",
                ("exchange_id.uuid", "in", [one["uuid"] for one in exchanges]),
                ("document_uuid", "in", about),
            ],
            ["code"],
        )
        return sorted(hold["code"] for hold in found)

    assert wait_for("a hold", codes, seconds=120) == expected


def test_a_good_bill_is_taken_in_after_all_that(received):
    bill, holds = received("good.xml", bills.xml(bills.terms()))
    assert bill["amount_total"] == 10.0
    assert holds == ["ap_vendor"]
