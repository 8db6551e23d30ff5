"""The role set-up of docs/audit-chain.md: Odoo's role does not own the event log."""

import contextlib
import secrets
import shutil
import subprocess

import psycopg2
import pytest
from psycopg2 import sql
from psycopg2.errors import InsufficientPrivilege

from scripts import cache, postgres, shell, verify_chain
from scripts.databases import Databases
from scripts.postgres import Server

SQL = cache.CHECKOUT / "addons" / "finance_sync" / "sql"
# All that is Odoo's in the clone, for the role that Odoo logs in as.
HAND_OVER = """
    SELECT format('ALTER TABLE %I OWNER TO ', relname)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
        AND relkind IN ('r', 'v', 'm', 'p')
    UNION ALL
    SELECT format('ALTER SEQUENCE %I OWNER TO ', c.relname)
    FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'
        AND NOT EXISTS (
            SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i')
        )
    UNION ALL
    SELECT format('ALTER FUNCTION %s OWNER TO ', oid::regprocedure)
    FROM pg_proc WHERE proname LIKE 'finance_sync_%'
"""
WORK = """
events = env["finance.sync.event"]
company = env.company
events._record_many([{"type": "finance_sync.payload.unmasked", "company": company}] * 5)
env.cr.commit()
print("sealed", env["finance.sync.seal"]._seal(at_once=2))
anchor = env["finance.sync.anchor"]._export()
env.cr.commit()
print("broken", env["finance.sync.chain"]._ensure()._verify())
env.cr.commit()
"""
FORGERIES = (
    "UPDATE finance_sync_event SET data = '{}'",
    "DELETE FROM finance_sync_event",
    "TRUNCATE finance_sync_event",
    "DROP TABLE finance_sync_event CASCADE",
    "ALTER TABLE finance_sync_event DISABLE TRIGGER ALL",
    "ALTER TABLE finance_sync_event DISABLE TRIGGER finance_sync_event_refuse",
    "ALTER TABLE finance_sync_event ADD COLUMN forged integer",
    "ALTER TABLE finance_sync_event RENAME TO aside",
    "ALTER TABLE finance_sync_event OWNER TO CURRENT_USER",
    "DROP TRIGGER finance_sync_event_refuse ON finance_sync_event",
    "CREATE TRIGGER forged BEFORE INSERT ON finance_sync_event FOR EACH ROW"
    + " EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE RULE forged AS ON INSERT TO finance_sync_event DO INSTEAD NOTHING",
    "CREATE OR REPLACE FUNCTION finance_sync_refuse() RETURNS trigger"
    + " LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "DROP FUNCTION finance_sync_refuse() CASCADE",
    "DROP FUNCTION finance_sync_event_queue() CASCADE",
    "INSERT INTO finance_sync_unsealed VALUES (1, 1, 1, 1, '')",
    "DELETE FROM finance_sync_unsealed",
    "UPDATE finance_sync_unsealed SET leaves = ''",
    "TRUNCATE finance_sync_unsealed",
    "INSERT INTO finance_sync_seal SELECT * FROM finance_sync_seal",
    "UPDATE finance_sync_seal SET hash = ''",
    "DELETE FROM finance_sync_seal",
    "TRUNCATE finance_sync_seal",
    "DROP TABLE finance_sync_seal",
    "ALTER TABLE finance_sync_seal DISABLE TRIGGER ALL",
    "DELETE FROM finance_sync_anchor",
    "UPDATE finance_sync_anchor SET content = ''",
    "ALTER TABLE finance_sync_anchor DISABLE TRIGGER ALL",
    "SELECT setval('finance_sync_event_id_seq', 1)",
    "SET session_replication_role = replica",
    "DROP SCHEMA public CASCADE",
    "ALTER SCHEMA public RENAME TO aside",
)


@pytest.fixture(scope="module")
def restricted(databases):
    """(Databases as Odoo's role sees them, name of one that is set up as documented)"""
    tag = secrets.token_hex(4)
    odoo, owner = f"fs_odoo_{tag}", f"fs_audit_{tag}"
    password = secrets.token_urlsafe(16)
    admin = databases.server
    with databases.scratch("roles") as name:
        run(
            databases,
            name,
            f"CREATE ROLE {odoo} LOGIN CREATEDB PASSWORD '{password}'",
            f"ALTER DATABASE {name} OWNER TO {odoo}",
        )
        try:
            hand_over(databases, name, odoo)
            psql(admin, name, "roles.sql", odoo=odoo, owner=owner)
            server = Server(admin.host, admin.port, odoo, password)
            yield Databases(databases.series, server), name
        finally:
            run(
                databases,
                name,
                f"ALTER DATABASE {name} OWNER TO CURRENT_USER",
                f"DROP OWNED BY {odoo} CASCADE",
                f"DROP OWNED BY {owner} CASCADE",
                f"DROP ROLE {odoo}",
                f"DROP ROLE {owner}",
            )


def run(databases, name, *statements):
    with contextlib.closing(databases.connect(name)) as connection:
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)


def hand_over(databases, name, odoo):
    with contextlib.closing(databases.connect(name)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(HAND_OVER)
        for (statement,) in cursor.fetchall():
            cursor.execute(
                sql.SQL("{} {}").format(sql.SQL(statement), sql.Identifier(odoo))
            )


def psql(server, name, script, **values):
    """Run a script as docs/audit-chain.md tells the administrator to."""
    program = shutil.which("psql") or str(postgres.Cluster("shared").binaries / "psql")
    settings = [f"--set={key}={value}" for key, value in values.items()]
    done = subprocess.run(
        [
            program,
            "--no-psqlrc",
            *settings,
            f"--dbname={name}",
            f"--file={SQL / script}",
        ],
        env={**server.environment, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_odoo_records_seals_and_anchors_there(restricted):
    databases, name = restricted
    output = shell.script(databases.series, databases.server, name, WORK)
    assert "sealed" in output
    assert "broken {}" in output


def test_odoo_cannot_change_it(restricted):
    databases, name = restricted
    shell.script(databases.series, databases.server, name, WORK)
    before = contents(databases, name)
    for statement in FORGERIES:
        with contextlib.closing(databases.connect(name)) as connection:
            with pytest.raises(InsufficientPrivilege):
                connection.cursor().execute(statement)
            connection.rollback()
    assert contents(databases, name) == before


def test_odoo_cannot_become_the_owner(restricted):
    databases, name = restricted
    with contextlib.closing(databases.connect(name)) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "SELECT pg_get_userbyid(relowner) FROM pg_class"
            " WHERE oid = 'finance_sync_event'::regclass"
        )
        (owner,) = cursor.fetchone()
        assert owner != databases.server.user
        with pytest.raises(InsufficientPrivilege):
            cursor.execute(f"SET ROLE {owner}")


def test_a_table_in_its_place_takes_nothing_away(restricted):
    """A temporary table hides the log from its own session; what is there stays."""
    databases, name = restricted
    before = contents(databases, name)
    with contextlib.closing(databases.connect(name)) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TEMP TABLE finance_sync_seal (LIKE finance_sync_seal)")
        cursor.execute("SELECT finance_sync_seal_chain(0, 10)")
        connection.commit()
    assert contents(databases, name)[0] == before[0]


def test_an_update_of_the_addon_leaves_it_alone(restricted):
    databases, name = restricted
    before = contents(databases, name)
    databases.install(name, ["finance_sync"], update=True)
    after = contents(databases, name)
    assert after[0][: len(before[0])] == before[0]
    with (
        contextlib.closing(databases.connect(name)) as connection,
        pytest.raises(InsufficientPrivilege),
    ):
        connection.cursor().execute("TRUNCATE finance_sync_event")


def test_verify_chain_finds_what_an_administrator_did(databases, restricted, capsys):
    """Whoever owns the tables can forge; only that can it be seen."""
    theirs, name = restricted
    shell.script(theirs.series, theirs.server, name, WORK)
    series = theirs.series.name
    assert verify_chain.run(name, series, [], []) == 0
    run(
        databases,
        name,
        "ALTER TABLE finance_sync_event DISABLE TRIGGER ALL",
        "UPDATE finance_sync_event SET actor_ref = 77 WHERE id = ("
        " SELECT first_event FROM finance_sync_seal ORDER BY id LIMIT 1)",
        "ALTER TABLE finance_sync_event ENABLE TRIGGER ALL",
    )
    capsys.readouterr()
    assert verify_chain.run(name, series, [], []) == 1
    assert "the event is not as it was sealed" in "".join(capsys.readouterr())


def test_a_superuser_is_refused_by_the_script(databases):
    with databases.scratch("roles") as name, pytest.raises(AssertionError):
        psql(
            databases.server,
            name,
            "roles.sql",
            odoo=databases.server.user,
            owner="fs_audit_refused",
        )
    with contextlib.closing(databases.connect("postgres")) as connection:
        connection.autocommit = True
        connection.cursor().execute("DROP ROLE IF EXISTS fs_audit_refused")


def contents(databases, name):
    """(events, seals) in full, as Odoo's role reads them."""
    with contextlib.closing(databases.connect(name)) as connection:
        cursor = connection.cursor()
        found = []
        for table in ("finance_sync_event", "finance_sync_seal"):
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            found.append(cursor.fetchall())
    return found


def test_the_documented_attack_needs_the_owner(restricted):
    databases, name = restricted
    with contextlib.closing(databases.connect(name)) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "SELECT has_table_privilege(current_user, table_name, privilege)"
            " FROM unnest(ARRAY['finance_sync_event', 'finance_sync_seal',"
            " 'finance_sync_anchor', 'finance_sync_unsealed']) AS table_name,"
            " unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES'])"
            " AS privilege"
        )
        assert not any(row[0] for row in cursor.fetchall())
        assert isinstance(connection, psycopg2.extensions.connection)
