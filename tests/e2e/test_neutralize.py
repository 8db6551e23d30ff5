"""A copy of the database, neutralised by Odoo's own command or by nobody."""

import contextlib

import pytest

from scripts import conf, run, samplegroup, shell
from scripts.series import environment
from scripts.server import OdooServer
from tests.samplegroup.connection import ACCOUNT, AVATAX, LICENCE
from tests.support.group import Group, Line
from tests.support.rpc import RefusedError
from tests.support.waiting import wait_for

# An invoice whose message to the engine waits for a job, in a production connection.
PREPARE = """
connection = env["finance.sync.connection"].search([("key", "=", "{key}")])
env.cr.execute(
    "UPDATE finance_sync_connection SET environment = 'production', base_url = %s,"
    " database_fingerprint = %s, state = 'active' WHERE id = %s",
    ["{url}/avatax", connection._fingerprint(), connection.id],
)
connection.invalidate_recordset()
connection.write(dict(auth_user="{user}", secret="{secret}"))
env.cr.commit()
"""
TRIGGER = """
for row in env["ir.model.data"].search(
    [("module", "like", "finance_sync%"), ("model", "=", "ir.cron")]
):
    cron = env["ir.cron"].browse(row.res_id)
    cron.with_context(lastcall=None).ir_actions_server_id.run()
env.cr.commit()
"""
# Fernet tokens begin so; nothing else of ours does.
TOKEN = "%gAAAA%"


@pytest.fixture
def original(databases, simulator):
    """A production database with an invoice on its way to the engine."""
    template = samplegroup.template(databases)
    with databases.scratch("original", template=template) as name:
        script = PREPARE.format(
            key=AVATAX, url=simulator.url, user=ACCOUNT, secret=LICENCE
        )
        shell.script(databases.series, databases.server, name, script)
        with server(databases, name, jobrunner=False) as running:
            group = Group(running.url, name)
            vals = group.invoice_vals("virginia", [Line("GOODS", 25.40)])
            (move,) = group.create("us", vals)
            group.post([move])
            assert group.exchanges(move)
        simulator.reset()
        yield name


@contextlib.contextmanager
def copy_of(databases, name):
    with databases.scratch("copy", template=name) as copy:
        yield copy


def server(databases, name, **options):
    return OdooServer(
        databases.series,
        name,
        server=databases.server,
        environment="production",
        **options,
    )


def neutralize(databases, name, tmp_path):
    """``odoo-bin neutralize``, as an administrator runs it."""
    config = conf.write(
        tmp_path / "odoo.conf", databases.series, databases.server, database=name
    )
    run.quiet(
        databases.series.odoo("neutralize", f"--config={config}", f"--database={name}"),
        what="neutralize",
        env=environment(),
        cwd=tmp_path,
    )


def query(databases, name, statement, *values):
    with contextlib.closing(databases.connect(name)) as connection:
        cursor = connection.cursor()
        cursor.execute(statement, values)
        return cursor.fetchall()


def jobs_left(databases, name):
    states = ("wait_dependencies", "pending", "enqueued", "started")
    (row,) = query(
        databases,
        name,
        "SELECT count(*) FROM queue_job WHERE state IN %s AND eta IS NULL",
        states,
    )
    return row[0]


def work_off(databases, name):
    """Run every cron of ours at once, then wait for the jobs that they leave."""
    shell.script(databases.series, databases.server, name, TRIGGER)
    with server(databases, name) as running:
        wait_for("the jobs", lambda: not jobs_left(databases, name), seconds=240)
        group = Group(running.url, name)
        vals = group.invoice_vals("virginia", [Line("GOODS", 10.0)])
        (move,) = group.create("us", vals)
        with contextlib.suppress(RefusedError):
            group.post([move])
        wait_for("the jobs", lambda: not jobs_left(databases, name), seconds=240)


def test_the_original_calls(databases, simulator, original):
    """So that the silence of its copies means something."""
    work_off(databases, original)
    assert simulator.find_requests(provider="avatax")


def test_a_neutralised_copy_calls_nobody(databases, simulator, original, tmp_path):
    with copy_of(databases, original) as copy:
        neutralize(databases, copy, tmp_path)
        work_off(databases, copy)
    assert not simulator.find_requests(provider="avatax")


def test_a_neutralised_copy_keeps_no_secret(databases, original, tmp_path):
    columns = """
        SELECT table_name, column_name FROM information_schema.columns
        JOIN information_schema.tables USING (table_schema, table_name)
        WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
            AND data_type IN ('text', 'character varying', 'jsonb', 'json')
            AND (table_name LIKE 'finance_sync_%%' OR table_name IN
                ('account_move', 'res_company', 'ir_config_parameter', 'queue_job'))
    """

    def found(name):
        return [
            (table, column)
            for table, column in query(databases, name, columns)
            if query(
                databases,
                name,
                f'SELECT FROM "{table}" WHERE "{column}"::text LIKE %s LIMIT 1',
                TOKEN,
            )
        ]

    assert ("finance_sync_connection", "secret_enc") in found(original)
    assert ("finance_sync_exchange", "payload_enc") in found(original)
    with copy_of(databases, original) as copy:
        neutralize(databases, copy, tmp_path)
        assert not found(copy)
        states = query(databases, copy, "SELECT state FROM finance_sync_connection")
        assert ("active",) not in states
        assert not jobs_left(databases, copy)


def test_a_copy_that_nobody_neutralised_calls_nobody(databases, simulator, original):
    """Its odoo.conf even says that it is the production database."""
    with copy_of(databases, original) as copy:
        work_off(databases, copy)
        (holds,) = query(
            databases,
            copy,
            "SELECT count(*) FROM finance_sync_hold WHERE code = 'not_this_database'",
        )
        assert holds[0]
    assert not simulator.find_requests(provider="avatax")
