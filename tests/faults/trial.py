"""One fault after another on real documents, and what came of each."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from scripts.server import OdooServer
from tests.samplegroup.connection import ACCOUNT, AVATAX, LICENCE
from tests.support import faulty
from tests.support.group import Group, Line
from tests.support.waiting import wait_for

from .report import Record, Report

GOODS = (Line("GOODS", 25.40),)
CREATE, SETTLE = "/transactions/create", "/settle"
# Dead jobs are found within a minute, leases end within half a minute.
RECOVERY_SECONDS = 180
NUDGE_SECONDS = 1.0
# The connection's, so that leases are short; an answer that is held back while its
# worker is killed, and one that comes just in time.
READ_TIMEOUT, HELD_BACK, IN_TIME = 3.0, 30.0, 1.5
COOL_DOWN = 3.0
SETTINGS = {
    "connect_timeout": 0.5,
    "read_timeout": READ_TIMEOUT,
    "breaker_cool_down": COOL_DOWN,
}


@dataclass(frozen=True)
class Document:
    """An invoice and what it is known by elsewhere."""

    id: int
    code: str


class Trial:
    """A running system that is about to be hurt.

    Choices are seeded, so that a run can be repeated.
    """

    def __init__(
        self,
        server: OdooServer,
        simulator: Any,
        connect: Callable[[], Any],
        report: Report,
        seed: int,
        *,
        patient: bool,
    ) -> None:
        self.server = server
        self.simulator = simulator
        self.group = Group(server.url, server.db)
        self.random = random.Random(seed)
        self.seed = seed
        self._connect = connect
        self._connection = connect()
        self._report = report
        self._patient = patient
        self._nudged_at = 0.0
        self.group.point_to(
            AVATAX, f"{simulator.url}/avatax", user=ACCOUNT, secret=LICENCE
        )
        self.group.configure(AVATAX, **SETTINGS)

    @property
    def cursor(self) -> Any:
        return self._connection.cursor()

    def disconnect(self) -> None:
        """Leave the database alone; ``reconnect`` comes back."""
        self._connection.close()

    def reconnect(self) -> None:
        """PostgreSQL was away, and with it our own connection."""
        self._connection.close()
        self._connection = self._connect()

    def nudge(self) -> None:
        """Have the job runner look around now and then; an idle one does once a minute.

        It does at every notification, even of a job that does not exist. A patient
        trial leaves it alone.
        """
        if self._patient or time.monotonic() - self._nudged_at < NUDGE_SECONDS:
            return
        self._nudged_at = time.monotonic()
        self.cursor.execute("NOTIFY queue_job, 'nobody'")

    def heal(self) -> None:
        """No fault is set, and the connection is in use."""
        self.simulator.clear_faults()
        connection = self.group.connection(AVATAX)
        manager = self.group.login("manager")
        wait_for(
            "the connection to work",
            lambda: self._works(manager, connection),
            interval=0.5,
        )

    def wait_breaker(self, state: str) -> None:
        connection = self.group.connection(AVATAX)
        manager = self.group.login("manager")

        def reached() -> bool:
            (seen,) = manager.call(
                "finance.sync.connection", "read", [connection], ["breaker_state"]
            )
            return seen["breaker_state"] == state

        wait_for(f"the breaker to be {state}", reached, interval=0.2)

    def _works(self, manager: Any, connection: int) -> bool:
        manager.call("finance.sync.connection", "action_test_connection", [connection])
        (seen,) = manager.call(
            "finance.sync.connection", "read", [connection], ["breaker_state", "state"]
        )
        return (seen["breaker_state"], seen["state"]) == ("closed", "active")

    def drafts(self, count: int) -> list[Document]:
        """Draft invoices whose tax is determined, so that their codes are known."""
        vals = self.group.invoice_vals("virginia", GOODS)
        ids = self.group.create("us", *[vals] * count)
        self.group.accountant.call(
            "account.move", "action_finance_sync_determine_tax", ids
        )
        return [
            Document(one, self.group.read(one)["finance_sync_tax_code"]) for one in ids
        ]

    def record(self, fault: str) -> Record:
        return self._report.record(fault, self.seed)

    def verify_chains(self) -> list[str]:
        """Seal and verify the event log: the first broken link of each chain."""
        manager = self.group.login("admin")
        manager.call("finance.sync.chain", "action_open")
        rows = manager.call("finance.sync.chain", "search", [])
        manager.call("finance.sync.chain", "action_seal", rows)
        manager.call("finance.sync.chain", "action_verify", rows)
        found = manager.call("finance.sync.chain", "read", rows, ["message"])
        return [row["message"].splitlines()[0] for row in found if row["message"]]

    def post(self, documents: Iterable[Document]) -> None:
        self.group.post([document.id for document in documents])

    def exchange(self, document: Document) -> str:
        """The UUID of the only message about a document."""
        (found,) = self.group.exchanges(document.id)
        return found["uuid"]

    def worker(self, document: Document) -> int:
        """The process that runs the document's job; waits until there is one."""
        uuid = self.exchange(document)
        return wait_for(
            f"a worker at {document.code}",
            lambda: faulty.worker_pid(self.cursor, uuid),
            seconds=30,
            interval=0.05,
        )

    def worker_of(self, identity_key: str) -> int:
        """The process that runs a job known by its key; waits until there is one."""
        return wait_for(
            f"a worker at {identity_key}",
            lambda: faulty.job_pid(self.cursor, identity_key),
            seconds=30,
            interval=0.05,
        )

    def hold_back(self, document: Document, step: str, seconds: float) -> None:
        """The engine does what it is asked in ``step``, and is late with the answer."""
        self.fault("slow_after", step, code=document.code, seconds=seconds)

    def fault(self, kind: str, step: str, **more: Any) -> None:
        """Let the engine fail in one of the two steps of recording a document."""
        if step == CREATE:
            more["type"] = "SalesInvoice"
        self.simulator.fault("avatax", kind=kind, path_suffix=step, **more)

    def wait_done(self, document: Document, step: str) -> None:
        """Wait until the engine has done a step for a document."""
        states = ("Saved", "Committed") if step == CREATE else ("Committed",)
        wait_for(
            f"{step} of {document.code}",
            lambda: self.records(document, *states),
            seconds=30,
            interval=0.05,
        )

    def wait_blocked(self, count: int) -> None:
        """Wait until so many database sessions wait for a lock."""
        wait_for(
            f"{count} sessions at a lock",
            lambda: faulty.count_blocked(self.cursor) >= count,
            interval=0.05,
        )

    def kill_blocked(self, documents: Iterable[Document]) -> float:
        """Kill the worker of each of these documents' jobs as it waits for a lock.

        It is one that its own cursor waits for, and soon gives up: they may not all
        wait at a time.

        :return: when the last one was killed, by ``time.monotonic``
        """
        waiting = {self.exchange(document) for document in documents}

        def killed_all() -> bool:
            blocked = faulty.blocked_pids(self.cursor)
            for uuid in list(waiting):
                pid = faulty.worker_pid(self.cursor, uuid)
                if pid in blocked and pid in self.server.worker_pids():
                    self.server.kill_worker(pid)
                    waiting.discard(uuid)
            return not waiting

        wait_for("the workers at a lock", killed_all, seconds=60, interval=0.05)
        return time.monotonic()

    @contextlib.contextmanager
    def locking(self, statement: str, *values: Any) -> Iterator[None]:
        """Hold the locks that an SQL statement takes.

        On a connection of its own: within a transaction, PostgreSQL shows the sessions
        as they were at the first look.
        """
        with contextlib.closing(self._connect()) as connection:
            cursor = connection.cursor()
            cursor.execute("BEGIN")
            cursor.execute(statement, values)
            yield

    def sent(self, document: Document, step: str) -> int:
        """How often the engine was asked to do a step for a document."""
        found = self.simulator.find_requests(code=document.code, path=step)
        return sum(request["document_type"] == "SalesInvoice" for request in found)

    def records(self, document: Document, *states: str) -> list[dict[str, Any]]:
        """The engine's versions of a document in these states."""
        found = self.simulator.transactions(document.code)
        return [one for one in found if one["status"] in states]

    def recover(
        self,
        fault: str,
        documents: list[Document],
        hurt_at: float,
    ) -> Record:
        """Wait until every document is recorded, and report how that went.

        :param hurt_at: when the fault happened, by ``time.monotonic``
        """
        record = self.record(fault)
        record.runs += len(documents)
        waiting = {document.id: document for document in documents}
        deadline = time.monotonic() + RECOVERY_SECONDS
        while waiting and time.monotonic() < deadline:
            for done in self._committed(waiting):
                record.recoveries.append(time.monotonic() - hurt_at)
                waiting.pop(done)
            self.nudge()
            time.sleep(0.2)
        self._judge(record, documents)
        assert not waiting, f"{fault}: {len(waiting)} of {len(documents)} not recorded"
        record.check()
        return record

    def _committed(self, waiting: Iterable[int]) -> list[int]:
        # Not by way of the server, which may be what is down.
        cursor = self.cursor
        cursor.execute(
            "SELECT id FROM account_move"
            " WHERE id = ANY(%s) AND finance_sync_tax_state = 'committed'",
            [list(waiting)],
        )
        return [one for (one,) in cursor.fetchall()]

    def _judge(self, record: Record, documents: list[Document]) -> None:
        for document in documents:
            kept = self.records(document, "Committed", "Adjusted")
            record.lost += not kept
            record.effects_twice += len(kept) > 1
            sent = [self.sent(document, step) for step in (CREATE, SETTLE)]
            record.delivered_twice += max(sent) > 1
