"""What the tests of finance_sync and of the addons on top share."""

from unittest.mock import patch

from odoo import Command
from odoo.addons.finance_sync import compat
from odoo.addons.finance_sync.core import registry as adapters
from odoo.addons.finance_sync.core import signing
from odoo.addons.finance_sync.core.secrets import generate_key
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.tests.common import TransactionCase

from . import provider

KEY = generate_key()
SIGNING_KEY = signing.generate_key()


def conf(env, **values):
    """Patch odoo.conf's section [finance_sync]: this is the production database."""
    section = {
        "keys": KEY,
        "signing_key": SIGNING_KEY,
        "environment": "production",
        "database": env.cr.dbname,
        **values,
    }
    return patch.object(compat, "conf_section", lambda: section)


def make_user(env, login, company, companies, *groups):
    users = env["res.users"].with_context(no_reset_password=True)
    return users.create(user_vals(env, login, company, companies, *groups))


def user_vals(env, login, company, companies, *groups):
    """A user without a password: hashing seven of them takes seconds."""
    return {
        "name": login.title(),
        "login": f"fs-{login}",
        "email": f"{login}@example.com",
        "company_id": company.id,
        "company_ids": [Command.set(companies.ids)],
        compat.GROUPS_FIELD: [Command.set([env.ref(group).id for group in groups])],
    }


ROLES = {
    "clerk": ["account.group_account_invoice"],
    "accountant": ["account.group_account_user"],
    "manager": ["base.group_user", "finance_sync.group_manager"],
    "approver": ["base.group_user", "finance_sync.group_approver"],
    "auditor": ["finance_sync.group_auditor"],
    "worker": ["account.group_account_manager"],
    "service": ["base.group_portal", "finance_sync.group_service"],
}


def trust_bank(bank):
    """Let money go to an account, whatever addons on top of this one ask for first."""
    trust = getattr(bank, "_finance_sync_trust", None)
    if trust:
        trust()
    return bank


class FinanceSyncCase(TransactionCase):
    """Two companies, one user per role, a key, and cursors that are savepoints.

    ``charts = True`` loads a chart of accounts into both companies (seconds).
    """

    charts = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.startClassPatcher(conf(cls.env))
        cls.company_us = cls._company("Maple Trading Inc.", "base.us", "base.USD")
        cls.company_de = cls._company("Ahorn Handel GmbH", "base.de", "base.EUR")
        cls.companies = cls.company_us | cls.company_de
        if cls.charts:
            for company in cls.companies:
                cls.env["account.chart.template"].try_loading("generic_coa", company)
        cls._users()
        cls.env = cls.env(
            context=dict(cls.env.context, allowed_company_ids=cls.companies.ids)
        )

    @classmethod
    def _company(cls, name, country, currency):
        return cls.env["res.company"].create(
            {
                "name": name,
                "country_id": cls.env.ref(country).id,
                "currency_id": cls.env.ref(currency).id,
            }
        )

    @classmethod
    def _users(cls):
        users = cls.env["res.users"].with_context(no_reset_password=True)
        made = users.create(
            [
                user_vals(cls.env, login, cls.company_us, cls.companies, *groups)
                for login, groups in ROLES.items()
            ]
        )
        (
            cls.clerk,
            cls.accountant,
            cls.manager,
            cls.approver,
            cls.auditor,
            cls.worker,
            cls.service,
        ) = made

    def setUp(self):
        super().setUp()
        compat.enter_test_mode(self)

    def make_connection(self, **values):
        """A production connection that is active in this database."""
        lines = [
            Command.create({"company_id": company.id, "user_id": self.worker.id})
            for company in self.companies
        ]
        connection = self.env["finance.sync.connection"].create(
            {
                "name": "Echo",
                "key": "echo",
                "environment": "production",
                "company_ids": [Command.set(self.companies.ids)],
                "user_line_ids": lines,
                "service_user_id": self.service.id,
                "owner_id": self.accountant.id,
                **values,
            }
        )
        connection.action_activate()
        return connection

    def make_entry(self, company=None, **values):
        """A draft journal entry: the smallest document there is."""
        company = company or self.company_us
        journals = self.env["account.journal"].with_company(company)
        journal = journals.search(
            [("type", "=", "general"), ("company_id", "=", company.id)], limit=1
        ) or journals.create(
            {
                "name": "Sync",
                "code": "FSY",
                "type": "general",
                "company_id": company.id,
            }
        )
        return (
            self.env["account.move"]
            .with_company(company)
            .create({"move_type": "entry", "journal_id": journal.id, **values})
        )

    def job_of(self, exchange):
        """The newest queue.job of an exchange."""
        return self.env["queue.job"].search(
            [("identity_key", "=", f"finance_sync:{exchange.uuid}")],
            order="date_created desc, id desc",
            limit=1,
        )


class EchoCase(FinanceSyncCase):
    """With a provider to talk to, real HTTP included."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        compat.add_models(cls.env, provider.DEFINITIONS)
        cls.startClassPatcher(
            patch.dict(
                adapters._adapters, {("generic", "generic"): provider.EchoAdapter}
            )
        )

    def setUp(self):
        super().setUp()
        self.provider = provider.Provider()
        self.provider.__enter__()
        self.addCleanup(self.provider.__exit__)
        self.connection = self.make_connection(
            base_url=self.provider.url, auth_user="us", secret="open sesame"
        )
        self.document = self.make_entry()
        self.addCleanup(provider.APPLY.clear)

    def enqueue(self, operation="echo.find", document=None, **request):
        return self.env["finance.sync.exchange"]._enqueue(
            document or self.document,
            operation,
            self.connection,
            {"number": "INV/1", **request},
            amount=120.0,
        )

    def run_job(self, exchange):
        """As the job runner does: as the execution user, in its company alone."""
        exchange.env.flush_all()
        worker = exchange.with_user(self.worker).with_context(
            allowed_company_ids=exchange.company_id.ids
        )
        return worker._job_run()

    def assert_waits(self, exchange):
        """The run ends with a later ETA; returns the seconds.

        Not by ``assertRaises``, which would roll back what own cursors committed.
        """
        try:
            self.run_job(exchange)
        except RetryableJobError as error:
            self.assertTrue(error.ignore_retry)
            return error.seconds
        return self.fail("The job did not ask to be run again.")

    def attempts(self, exchange):
        exchange.invalidate_recordset(["attempt_ids"])
        return exchange.attempt_ids.sorted("number")

    def hold(self, exchange):
        return exchange.hold_ids.filtered(lambda hold: hold.state == "open")
