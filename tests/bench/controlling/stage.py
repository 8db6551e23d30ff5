"""A real server with a job runner, on a database of its own, and what parts need."""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scripts import shell
from scripts.databases import Databases
from scripts.server import OdooServer
from tests.support import probe
from tests.support.rpc import XmlRpc
from tests.support.waiting import wait_for

CONNECTION = "bench"
LANE = "root.finance_sync.operational"
WORKERS, JOBS_AT_ONCE = 4, 3
CHANNELS = f"root:{JOBS_AT_ONCE},root.finance_sync:{JOBS_AT_ONCE},{LANE}:{JOBS_AT_ONCE}"
SECONDS = 300
SEED = f"""
admin = env.ref("base.user_admin")
company = env.ref("base.main_company")
group = env.ref("account.group_account_manager")
field = "group_ids" if "group_ids" in admin._fields else "groups_id"
admin.write({{field: [(4, group.id)]}})
service = env["res.users"].create({{
    "name": "Service",
    "login": "bench-service",
    "email": "service@bench.example",
    "company_id": company.id,
    "company_ids": [(6, 0, company.ids)],
    field: [(6, 0, [
        env.ref("base.group_portal").id, env.ref("finance_sync.group_service").id
    ])],
}})
connection = env["finance.sync.connection"].create({{
    "name": "Bench",
    "key": "{CONNECTION}",
    "provider": "probe",
    "environment": "test",
    "company_ids": [(6, 0, company.ids)],
    "user_line_ids": [(0, 0, {{"company_id": company.id, "user_id": admin.id}})],
    "owner_id": admin.id,
    "service_user_id": service.id,
}})
connection.action_activate()
env.cr.commit()
"""


@dataclass
class Stage:
    """A running server, a cursor in autocommit, and an administrator's RPC."""

    databases: Databases
    server: OdooServer
    cursor: Any
    admin: XmlRpc

    @property
    def series(self) -> str:
        return self.databases.series.name

    def call(self, method: str, *values: Any, **named: Any) -> Any:
        """A method of the probe's document."""
        return self.admin.call("finance.sync.probe.document", method, *values, **named)

    def scalar(self, statement: str, *values: Any) -> Any:
        self.cursor.execute(statement, values)
        return self.cursor.fetchone()[0]

    def release(self) -> None:
        """Let parked jobs run."""
        self.cursor.execute(
            "UPDATE queue_job SET state = 'pending' WHERE state = 'wait_dependencies'"
        )

    def drop_bare_jobs(self) -> int:
        """Cancel what has not begun of the jobs that do nothing; how many it were."""
        self.cursor.execute(
            "UPDATE queue_job SET state = 'cancelled'"
            " WHERE state = 'pending' AND method_name = '_job_nothing'"
        )
        return self.cursor.rowcount

    def settle(self) -> None:
        """Wait until no job is left."""
        wait_for(
            "the jobs",
            lambda: (
                not self.scalar(
                    "SELECT count(*) FROM queue_job"
                    " WHERE state IN ('pending', 'enqueued', 'started')"
                )
            ),
            seconds=SECONDS,
            interval=0.02,
        )

    def timed(self) -> float:
        """Seconds until the parked jobs, and those that they start, are done."""
        started = time.perf_counter()
        self.release()
        self.settle()
        return time.perf_counter() - started


@contextlib.contextmanager
def staged(databases: Databases) -> Iterator[Stage]:
    databases = probe.probed(databases)
    with databases.scratch("bench_control", ["finance_sync"]) as name:
        databases.install(name, [probe.ADDON])
        shell.script(databases.series, databases.server, name, SEED)
        with (
            OdooServer(
                databases.series,
                name,
                workers=WORKERS,
                channels=CHANNELS,
                server=databases.server,
                extra_conf={"log_level": "warn"},
            ) as server,
            contextlib.closing(databases.connect(name)) as connection,
        ):
            login = functools.partial(XmlRpc, server.url, name)
            yield Stage(databases, server, connection.cursor(), login("admin", "admin"))
