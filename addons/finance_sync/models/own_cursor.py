"""Cursors of their own, for what must survive a rollback.

A job runs at REPEATABLE READ: a row that somebody else commits and the job later
writes makes the job fail *after* its call, and run again. So attempts, connection
state, decisions and inbound messages are written here and only here, and never by
the job's own transaction.
"""

from contextlib import ExitStack, contextmanager

from odoo.sql_db import db_connect

from ..compat import in_test_mode

LOCK_TIMEOUT = "5s"
_KEPT = "finance_sync_own_cursor"


@contextmanager
def own_cursor(env):
    """A READ COMMITTED cursor in autocommit: every statement is its own transaction.

    A statement that waits for a lock of the caller's own transaction would wait for
    ever, hence the lock timeout. No DDL here. In registry test mode there is but one
    connection, and the cursor is a savepoint of it.
    """
    kept = env.cr.cache.get(_KEPT)
    if in_test_mode(env.registry):
        with env.registry.cursor() as cr:
            yield cr
    elif kept is None:
        with _opened(env) as cr:
            yield cr
    else:
        if kept.cr is None:
            kept.cr = kept.stack.enter_context(_opened(env))
        yield kept.cr


@contextmanager
def kept_own_cursor(env):
    """Within, own cursors are one and the same, opened when the first is asked for.

    Opening and closing one takes as many round trips as all that it is wanted for.
    """
    with ExitStack() as stack:
        kept = env.cr.cache.setdefault(_KEPT, _Kept(stack))
        try:
            yield
        finally:
            if kept.stack is stack:
                env.cr.cache.pop(_KEPT, None)


class _Kept:
    def __init__(self, stack):
        self.stack = stack
        self.cr = None


@contextmanager
def _opened(env):
    cr = db_connect(env.cr.dbname).cursor()
    try:
        # Cursor() may have begun a transaction, and a session is set outside one.
        cr.rollback()
        cr.connection.set_session(isolation_level="READ COMMITTED", autocommit=True)
        cr.execute("SELECT set_config('lock_timeout', %s, false)", [LOCK_TIMEOUT])
        yield cr
    finally:
        # Closed, the connection goes back to the pool, which resets it.
        cr.close()
