"""Fixtures of the fault tests.

``FINANCE_SYNC_FAULT_REPEATS`` says how often each fault is repeated: 2 for a quick
look, 20 for a release. Without it they are skipped: they take long and want a quiet
machine. ``FINANCE_SYNC_FAULT_SEED`` repeats a run.
"""

import functools
import os
import pathlib
import random
import subprocess

import pytest

from scripts import cache, postgres
from scripts.server import OdooServer
from tests.support.simulated import simulator as simulator_process

from .report import Report
from .trial import Trial

WORKERS = 4
REPORT = Report()
REPEATS = int(os.environ.get("FINANCE_SYNC_FAULT_REPEATS") or 0)
SKIPPED = "Fault tests run where FINANCE_SYNC_FAULT_REPEATS says how often, as 2 or 20."


def pytest_collection_modifyitems(items):
    if REPEATS:
        return
    for item in items:
        if item.path.parent == pathlib.Path(__file__).parent:
            item.add_marker(pytest.mark.skip(reason=SKIPPED))


@pytest.fixture(scope="package")
def repeats() -> int:
    return REPEATS


@pytest.fixture(scope="package")
def seed() -> int:
    return int(os.environ.get("FINANCE_SYNC_FAULT_SEED") or random.randrange(10**6))


@pytest.fixture(scope="package")
def fault_db(databases):
    """A database with the sample group, for these tests alone."""
    from scripts import samplegroup

    template = samplegroup.template(databases)
    with databases.scratch("fault", template=template) as name:
        yield name


@pytest.fixture(scope="package")
def simulator(databases):
    with simulator_process(databases.series.python) as client:
        yield client


@pytest.fixture(scope="package")
def server(databases, fault_db):
    with OdooServer(
        databases.series, fault_db, workers=WORKERS, server=databases.server
    ) as odoo:
        yield odoo


@pytest.fixture(scope="package")
def _trial(databases, server, simulator, seed):
    return Trial(server, simulator, _connect(databases, server), REPORT, seed)


def _connect(databases, server):
    return functools.partial(databases.connect, server.db)


@pytest.fixture
def trial(_trial):
    """A working server and tax engine, without a fault left over."""
    _trial.heal()
    yield _trial
    _trial.heal()


@pytest.fixture(scope="package")
def own_cluster():
    """A durable PostgreSQL cluster that nobody else uses, so that it may crash."""
    cluster = postgres.Cluster("faults", durable=True)
    with cluster.in_use():
        yield cluster


@pytest.fixture(scope="package")
def own_trial(databases, own_cluster, fault_db, simulator, seed):
    """Like ``trial``, on a copy of the database in ``own_cluster``."""
    name = f"{fault_db}_copy"
    own = type(databases)(databases.series, own_cluster.server)
    own.create(name)
    try:
        _copy(databases.server, own_cluster, fault_db, name)
        with OdooServer(databases.series, name, server=own_cluster.server) as odoo:
            yield Trial(odoo, simulator, _connect(own, odoo), REPORT, seed)
    finally:
        own.drop(name)


def _copy(origin, cluster, database, name):
    """Copy a database from one PostgreSQL to another, with PostgreSQL's own tools."""
    dump = subprocess.Popen(
        [str(cluster.binaries / "pg_dump"), "--no-owner", f"--dbname={database}"],
        env={**os.environ, **origin.environment},
        stdout=subprocess.PIPE,
    )
    subprocess.run(
        [str(cluster.binaries / "psql"), "--quiet", f"--dbname={name}"],
        env={**os.environ, **cluster.server.environment},
        stdin=dump.stdout,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    if dump.wait():
        raise RuntimeError(f"pg_dump of {database} failed")


def pytest_terminal_summary(terminalreporter):
    shown = REPORT.render()
    if shown:
        series = os.environ["FINANCE_SYNC_SERIES"]
        terminalreporter.section("faults")
        terminalreporter.write_line(shown)
        REPORT.save(cache.folder("results") / f"faults-{series}.json")
