"""Fixtures of the fault tests.

``./dev test tests/faults --repeats N`` says how often each fault is tried: 2 unless it
is told, 20 for a release, on a quiet machine. ``--seed`` repeats a run.
"""

import functools
import os
import random
import subprocess

import pytest

from scripts import cache, postgres
from scripts.server import OdooServer
from tests.support import probe
from tests.support.simulated import simulator as simulator_process

from .probes import Probes
from .report import Report
from .trial import Trial

WORKERS = 4
# So many repeats take the time to measure how long an idle job runner takes.
PATIENT = 10
REPORT = Report()
REPEATS = int(os.environ.get("FINANCE_SYNC_FAULT_REPEATS") or 2)
SEED = int(os.environ.get("FINANCE_SYNC_FAULT_SEED") or random.randrange(10**6))


@pytest.fixture(scope="package")
def repeats() -> int:
    return REPEATS


@pytest.fixture(scope="package")
def seed() -> int:
    return SEED


@pytest.fixture(scope="session")
def databases(databases):
    return probe.probed(databases)


@pytest.fixture(scope="package")
def fault_db(databases):
    """A database with the sample group and the probe, for these tests alone."""
    from scripts import samplegroup

    template = samplegroup.template(databases)
    with databases.scratch("fault", template=template) as name:
        databases.install(name, [probe.ADDON])
        yield name


@pytest.fixture(scope="package")
def simulator(databases):
    with simulator_process(databases.series.python) as client:
        yield client


@pytest.fixture(scope="package")
def server(databases, fault_db):
    with OdooServer(
        databases.series,
        fault_db,
        workers=WORKERS,
        environment="production",
        server=databases.server,
        # The broker is on this machine, which the guard would refuse.
        settings={"webhook_networks": "127.0.0.0/8"},
    ) as odoo:
        yield odoo


@pytest.fixture(scope="package")
def _trial(databases, server, simulator, seed):
    return _made(server, simulator, databases, seed)


@pytest.fixture(scope="package")
def probes(_trial):
    """Small messages of our own, through the same server."""
    probes = Probes(_trial)
    probes.connect()
    return probes


def _made(server, simulator, databases, seed):
    connect = functools.partial(databases.connect, server.db)
    return Trial(server, simulator, connect, REPORT, seed, patient=REPEATS >= PATIENT)


@pytest.fixture
def trial(_trial):
    """A working server and tax engine, without a fault left over."""
    _trial.heal()
    yield _trial
    _trial.heal()


@pytest.fixture(scope="package")
def own_cluster(series):
    """A durable PostgreSQL cluster that nobody else uses, so that it may crash."""
    cluster = postgres.Cluster(f"faults-{series}", durable=True)
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
            yield _made(odoo, simulator, own, seed)
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
