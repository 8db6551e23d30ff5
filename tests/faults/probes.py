"""Messages about the probe's small documents, for what invoices are too large for."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tests.support import webhooks
from tests.support.waiting import wait_for

from .report import Record
from .trial import RECOVERY_SECONDS, SETTINGS

if TYPE_CHECKING:
    from .trial import Trial

# The probe's operation that is run by batches, and its connections by lane.
DRAINED, SINGLE = "probe.many", "probe.one"
PROBES = {"operational": "probe", "reporting": "probe-reporting"}


class Probes:
    """The probe's connections, and what is sent and received by way of them."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial

    def connect(self) -> None:
        """A production connection per lane, to the simulator's plainest provider."""
        company = self._trial.group.company("us")
        worker = self._trial.group.id("res.users", "login", "execution-us")
        owner = self._trial.group.id("res.users", "login", "accountant")
        for lane, key in PROBES.items():
            line = (0, 0, {"company_id": company, "user_id": worker})
            connection = self._admin(
                "finance.sync.connection",
                "create",
                {
                    "name": f"Probe, {lane}",
                    "key": key,
                    "provider": "probe",
                    "environment": "production",
                    "base_url": f"{self._trial.simulator.url}/effects",
                    "company_ids": [(6, 0, [company])],
                    "user_line_ids": [line],
                    "owner_id": owner,
                    "lane": lane,
                    "retry_base": 1.0,
                    "retry_cap": 5.0,
                    **SETTINGS,
                },
            )
            self._admin("finance.sync.connection", "action_activate", [connection])

    def listen(self) -> None:
        """Receive messages by webhooks."""
        self._admin(
            "finance.sync.probe.document",
            "probe_webhook",
            PROBES["operational"],
            webhooks.SECRET,
        )

    def documents(self, count: int) -> list[int]:
        """Documents about which nothing was said yet."""
        values = {"name": "probe.in", "company_id": self._trial.group.company("us")}
        return self._admin("finance.sync.probe.document", "create", [values] * count)

    def wait_versions(self, documents: list[int], version: int) -> None:
        """Wait until all of these are at the newest version, and no message waits."""
        wait_for(
            f"version {version} of all documents",
            lambda: self._is_all_done(documents, version),
            seconds=RECOVERY_SECONDS,
        )

    def _is_all_done(self, documents: list[int], version: int) -> bool:
        cursor = self._trial.cursor
        cursor.execute(
            """
            SELECT min(version) >= %s AND NOT EXISTS (
                SELECT FROM finance_sync_exchange
                WHERE operation = 'probe.in' AND state <> 'done'
            )
            FROM finance_sync_probe_document WHERE id = ANY(%s)
            """,
            [version, documents],
        )
        return cursor.fetchone()[0]

    def bookings(self, documents: list[int]) -> list[int]:
        """How often something was booked on each."""
        cursor = self._trial.cursor
        cursor.execute(
            "SELECT booked FROM finance_sync_probe_document WHERE id = ANY(%s)",
            [documents],
        )
        return [count for (count,) in cursor.fetchall()]

    def record_events(self, count: int) -> None:
        """So many more in the event log."""
        self._admin("finance.sync.probe.document", "probe_events", count)

    def events(self) -> list[tuple[int, str]]:
        """Those of the probe: (id, data)."""
        cursor = self._trial.cursor
        cursor.execute(
            "SELECT id, data FROM finance_sync_event WHERE type = 'probe.happened'"
        )
        return cursor.fetchall()

    def _admin(self, model: str, method: str, *values: Any) -> Any:
        context = self._trial.group.within("us")
        return self._trial.group.login("admin").call(
            model, method, *values, context=context
        )

    def send(
        self, count: int, operation: str = DRAINED, lane: str = "operational"
    ) -> list[str]:
        """Messages about new documents of the probe: the keys that they are sent by."""
        documents = self._admin(
            "finance.sync.probe.document", "probe_send", PROBES[lane], operation, count
        )
        cursor = self._trial.cursor
        cursor.execute(
            """
            SELECT idempotency_key FROM finance_sync_exchange
            WHERE res_model = 'finance.sync.probe.document' AND res_id = ANY(%s)
            """,
            [documents],
        )
        return [key for (key,) in cursor.fetchall()]

    def effects(self, keys: Iterable[str]) -> dict[str, int]:
        """How many effects there are of these, by key; those without are left out."""
        wanted = set(keys)
        counts = self._trial.simulator.effects()
        return {key: count for key, count in counts.items() if key in wanted}

    def wait_effects(self, keys: Iterable[str], count: int) -> None:
        """Wait until so many of these have taken effect."""
        wait_for(
            f"{count} effects",
            lambda: len(self.effects(keys)) >= count,
            interval=0.05,
        )

    def recover(self, fault: str, keys: list[str], hurt_at: float) -> Record:
        """Like ``recover``, of messages of the probe."""
        record = self._trial.record(fault)
        record.runs += len(keys)
        open_ones = set(keys)
        deadline = time.monotonic() + RECOVERY_SECONDS
        while open_ones and time.monotonic() < deadline:
            done = self._finished(open_ones)
            record.recoveries += [time.monotonic() - hurt_at] * len(done)
            open_ones -= done
            self._trial.nudge()
            time.sleep(0.2)
        effects = self.effects(keys)
        record.lost += len(keys) - len(effects)
        record.effects_twice += sum(count > 1 for count in effects.values())
        posts = [one for one in self.requests(keys) if one["method"] == "POST"]
        counts = Counter(request["document_code"] for request in posts)
        record.delivered_twice += sum(count > 1 for count in counts.values())
        assert not open_ones, f"{fault}: {len(open_ones)} of {len(keys)} not done"
        record.check()
        return record

    def requests(self, keys: Iterable[str]) -> list[dict[str, Any]]:
        """What the provider was asked about these."""
        wanted = set(keys)
        found = self._trial.simulator.find_requests(provider="effects")
        return [request for request in found if request["document_code"] in wanted]

    def _finished(self, keys: set[str]) -> set[str]:
        cursor = self._trial.cursor
        cursor.execute(
            """
            SELECT x.idempotency_key FROM finance_sync_exchange x
            JOIN finance_sync_probe_document d ON d.id = x.res_id
            WHERE x.idempotency_key = ANY(%s) AND x.state = 'done' AND d.booked = 1
            """,
            [list(keys)],
        )
        return {key for (key,) in cursor.fetchall()}
