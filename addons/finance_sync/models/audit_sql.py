"""The tables that Odoo must not manage: their DDL is SQL, kept in ``sql/``."""

from pathlib import Path

SQL = Path(__file__).resolve().parent.parent / "sql"


def run_script(cr, name, table):
    """Run ``sql/<name>`` unless another role owns ``table``.

    Where the database administrator has taken the tables away from Odoo's role, Odoo
    cannot change them, which is the point; the administrator runs the script instead.
    """
    cr.execute("SELECT current_schema()")
    (schema,) = cr.fetchone()
    cr.execute(
        "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class"
        " WHERE oid = to_regclass(%s)",
        [table],
    )
    row = cr.fetchone()
    if row and not row[0]:
        return False
    script = (SQL / name).read_text("utf-8").replace("{schema}", schema)
    cr.execute(script)
    return True
