"""Tests on real cursors and committed data, which is deleted again."""

import threading
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

from odoo import SUPERUSER_ID, Command, api
from odoo.addons.finance_sync import compat
from odoo.addons.finance_sync.core import registry as adapters
from odoo.modules.registry import Registry
from odoo.tests.common import BaseCase, get_db_name

from . import provider
from .common import conf

MINUTE = 60
DAY = 24 * 60 * MINUTE


class TransactionsCase(BaseCase):
    """Whatever is committed here is deleted again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            compat.add_models(env, provider.DEFINITIONS)
            cls.startClassPatcher(conf(env))
        cls.startClassPatcher(
            patch.dict(
                adapters._adapters, {("generic", "generic"): provider.EchoAdapter}
            )
        )
        cls.hide_jobs()

    @classmethod
    def hide_jobs(cls):
        """A job runner may be about: these jobs are run by the tests alone."""
        model = cls.registry["finance.sync.exchange"]
        new_job = model._new_job

        def later(self, method, connection, seconds, **values):
            return new_job(self, method, connection, DAY, **values)

        cls.startClassPatcher(patch.object(model, "_new_job", later))

    def setUp(self):
        super().setUp()
        self.provider = provider.Provider()
        self.provider.__enter__()
        self.addCleanup(self.provider.__exit__)
        self.addCleanup(provider.APPLY.clear)
        with self.committed() as env:
            self.prepare(env)
        self.addCleanup(self.clean)

    def committed(self, uid=SUPERUSER_ID):
        return _Committed(self.registry, uid)

    def prepare(self, env):
        admin = env.ref("base.user_admin")
        admin.write(
            {compat.GROUPS_FIELD: [(4, env.ref("finance_sync.group_service").id)]}
        )
        company = admin.company_id
        self.admin_id, self.company_id = admin.id, company.id
        journal = env["account.journal"].create(
            {
                "name": "Races",
                "code": "FSRAC",
                "type": "general",
                "company_id": company.id,
            }
        )
        self.journal_id = journal.id
        move = env["account.move"].create(
            {"move_type": "entry", "journal_id": journal.id}
        )
        self.move_id = move.id
        connection = env["finance.sync.connection"].create(
            {
                "name": "Races",
                "key": "races",
                "environment": "production",
                "base_url": self.provider.url,
                "company_ids": [Command.set(company.ids)],
                "user_line_ids": [
                    Command.create({"company_id": company.id, "user_id": admin.id})
                ],
                "service_user_id": admin.id,
                "owner_id": admin.id,
            }
        )
        connection.action_activate()
        self.connection_id = connection.id

    def clean(self):
        with self.registry.cursor() as cr:
            cr.execute(
                "DELETE FROM finance_sync_attempt WHERE connection_ref = %(id)s;"
                "DELETE FROM finance_sync_decision WHERE connection_ref = %(id)s;"
                "DELETE FROM finance_sync_connection_state"
                " WHERE connection_id = %(id)s;"
                "DELETE FROM queue_job WHERE identity_key LIKE 'finance_sync:%%'",
                {"id": self.connection_id},
            )
            env = api.Environment(cr, SUPERUSER_ID, {})
            connection = env["finance.sync.connection"].browse(self.connection_id)
            connection.hold_ids.unlink()
            cr.execute(
                "DELETE FROM finance_sync_exchange WHERE connection_id = %s",
                [self.connection_id],
            )
            connection.unlink()
            env["account.move"].browse(self.move_id).unlink()
            env["account.journal"].browse(self.journal_id).unlink()
            env.ref("base.user_admin").write(
                {compat.GROUPS_FIELD: [(3, env.ref("finance_sync.group_service").id)]}
            )

    # -- What happens, each in a transaction of its own

    def enqueue(self, operation="echo.find"):
        with self.committed() as env:
            return (
                env["finance.sync.exchange"]._enqueue(*self.message(env, operation)).id
            )

    def message(self, env, operation):
        return (
            env["account.move"].browse(self.move_id),
            operation,
            env["finance.sync.connection"].browse(self.connection_id),
            {"number": "INV/1"},
        )

    def run_job(self, exchange_id):
        """As the job runner does. Commits, or rolls back with what is raised."""
        with self.committed(self.admin_id) as env:
            return env["finance.sync.exchange"].browse(exchange_id)._job_run()

    def look(self, exchange_id, *names):
        with self.committed() as env:
            exchange = env["finance.sync.exchange"].browse(exchange_id)
            return tuple(exchange[name] for name in names)

    def attempts(self, exchange_id):
        with self.committed() as env:
            exchange = env["finance.sync.exchange"].browse(exchange_id)
            return exchange.attempt_ids.sorted("number").mapped("state")

    def race(self, count, function):
        """Call ``function(turn)`` in so many threads at once; what each returned."""
        barrier = threading.Barrier(count)

        def run(turn):
            barrier.wait(MINUTE)
            return function(turn)

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(run, range(count), timeout=MINUTE))


class _Committed:
    """An environment on a cursor of its own, committed unless something is raised."""

    def __init__(self, registry, uid):
        self._cursor, self._user_id = registry.cursor(), uid

    def __enter__(self):
        user = api.Environment(self._cursor, SUPERUSER_ID, {})["res.users"].browse(
            self._user_id
        )
        context = {"allowed_company_ids": user.company_id.ids}
        return api.Environment(self._cursor, self._user_id, context)

    def __exit__(self, kind, error, traceback):
        try:
            if kind is None:
                self._cursor.commit()
        finally:
            self._cursor.close()
