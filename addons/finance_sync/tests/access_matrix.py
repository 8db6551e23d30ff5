"""Every model × every group × company, generated from one table per addon.

An addon's test inherits ``AccessMatrixCase`` and names its table. A new model that is
not in the table fails the test; so does a right that the table does not give.
"""

from datetime import date, datetime

from odoo.addons.finance_sync.core.package import package
from odoo.exceptions import AccessError, UserError, ValidationError

from .common import FinanceSyncCase, make_user

# Column → the groups of its user. Duties apart, as a conflict-free set-up has them.
COLUMNS = {
    "clerk": ("account.group_account_invoice",),
    "accountant": ("account.group_account_user",),
    "manager": ("base.group_user", "finance_sync.group_manager"),
    "approver": ("base.group_user", "finance_sync.group_approver"),
    "auditor": ("base.group_user", "finance_sync.group_auditor"),
    "service": ("base.group_portal", "finance_sync.group_service"),
    "employee": ("base.group_user",),
}
LETTERS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}
MAGIC = {"id", "create_uid", "create_date", "write_uid", "write_date"}
COMPANY_FIELDS = ("company_id", "company_ids", "company_ref")


class AccessMatrixCase(FinanceSyncCase):
    """``addon``: whose models; ``rights``: {model: {column: "rwcu"}};
    ``of_a_company``: the models whose rows another company must not see.
    """

    addon = ""
    rights = {}
    of_a_company = ()
    # {model: columns that see their own rows only}
    only_own = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ours = {
            column: cls._user(column, "us", cls.company_us) for column in COLUMNS
        }
        cls.strangers = {
            column: cls._user(column, "de", cls.company_de) for column in COLUMNS
        }

    def setUp(self):
        super().setUp()
        self.made = {}  # rows live as long as the test's transaction

    @classmethod
    def _user(cls, column, where, company):
        return make_user(
            cls.env, f"{column}-{where}", company, company, *COLUMNS[column]
        )

    # -- Rows, made from what the fields ask for

    def row(self, model):
        """A row of ``model`` in the US company; its required relations as well."""
        if model not in self.made:
            maker = getattr(self, "row_" + model.replace(".", "_"), None)
            self.made[model] = maker() if maker else self._generated(model)
        return self.made[model]

    def _generated(self, model):
        records = self.env[model].with_context(
            allowed_company_ids=self.company_us.ids, tracking_disable=True
        )
        return records.create(self.generate_vals(model))

    def generate_vals(self, model, **values):
        """What must be given to create a row, with the US company."""
        fields = self.env[model]._fields
        given = self.env[model].default_get(list(fields))
        vals = {}
        for name, field in fields.items():
            if name in MAGIC or field.compute or field.related or not field.store:
                continue
            if name in COMPANY_FIELDS:
                vals[name] = self._company_value(field)
            elif field.required and name not in given:
                vals[name] = self._value(field, model)
        return {**vals, **values}

    def _company_value(self, field):
        if field.type == "many2many":
            return [(6, 0, self.company_us.ids)]
        return self.company_us.id

    def _value(self, field, model):
        if field.type == "many2one":
            return self._related(field.comodel_name, model).id
        if field.type == "selection":
            return field.get_values(self.env)[0]
        return {
            "integer": 1,
            "float": 1.0,
            "monetary": 1.0,
            "boolean": True,
            "date": date(2026, 1, 1),
            "datetime": datetime(2026, 1, 1),  # noqa: DTZ001
            "json": {"rate_burst": 3},
        }.get(field.type, f"matrix-{model}-{field.name}"[:60])

    def _related(self, comodel, model):
        known = {
            "res.company": self.company_us,
            "res.users": self.worker,
            "res.currency": self.company_us.currency_id,
            "res.partner": self.company_us.partner_id,
        }
        if comodel in known:
            return known[comodel]
        if comodel.startswith("finance.sync.") and comodel != model:
            return self.row(comodel)
        return self.env[comodel].search([], limit=1)

    def row_finance_sync_connection(self):
        return self.make_connection(
            company_ids=[(6, 0, self.company_us.ids)],
            user_line_ids=[
                (0, 0, {"company_id": self.company_us.id, "user_id": self.worker.id})
            ],
        )

    def row_finance_sync_connection_user(self):
        return self.row("finance.sync.connection").user_line_ids

    def vals_finance_sync_connection_user(self):
        """One line for a company: a branch has none yet."""
        branch = {"name": "Branch", "parent_id": self.company_us.id}
        return {"company_id": self.env["res.company"].create(branch).id}

    def row_finance_sync_event(self):
        events = self.env["finance.sync.event"]
        events._record(
            "finance_sync.payload.unmasked", self.row("finance.sync.exchange")
        )
        return events.search([], limit=1)

    def row_finance_sync_package(self):
        return self.env["finance.sync.package"]._make(
            "clone",
            package("Set-up", {}),
            company_ids=[(6, 0, self.company_us.ids)],
        )

    def row_finance_sync_hold(self):
        return self.env["finance.sync.hold"]._raise(
            "rejected",
            exchange=self.row("finance.sync.exchange"),
            summary="Refused.",
            amount=10.0,
        )

    # -- The tests

    def models(self):
        """Our persistent and transient models that this addon brings."""
        return {
            name
            for name, model in self.env.items()
            if name.startswith("finance.sync.")
            and model._original_module == self.addon
            and not model._abstract
        }

    def check_every_model_is_in_the_table(self):
        self.assertEqual(self.models(), set(self.rights))

    def check_rights(self):
        access = self.env["ir.model.access"]
        for model, expected in self.rights.items():
            for column, user in self.ours.items():
                may = "".join(
                    letter
                    for letter, operation in LETTERS.items()
                    if access.with_user(user).check(model, operation, False)
                )
                with self.subTest(model=model, column=column):
                    self.assertEqual(may, expected.get(column, ""))

    def check_own_company_is_seen(self):
        for model, column, user in self._pairs("r", self.ours):
            if column in self.only_own.get(model, ()):
                continue
            row = self.as_user(self.row(model), user, self.company_us)
            with self.subTest(model=model, column=column):
                self.assertIn(row.id, row.search([]).ids)
                self.assertTrue(row.read([]))

    def check_another_company_sees_nothing(self):
        for model, column, user in self._pairs("r", self.strangers):
            row = self.as_user(self.row(model), user, self.company_de)
            with self.subTest(model=model, column=column):
                self.assertNotIn(row.id, row.search([]).ids)
                with self.assertRaises(AccessError):
                    row.read([])

    def check_another_company_changes_nothing(self):
        for model, column, user in self._pairs("w", self.strangers):
            row = self.as_user(self.row(model), user, self.company_de)
            with self.subTest(model=model, column=column):
                self.refused(lambda row=row: row.write(self._harmless(row)))
        for model, column, user in self._pairs("u", self.strangers):
            row = self.as_user(self.row(model), user, self.company_de)
            with self.subTest(model=model, column=column):
                self.refused(row.unlink)

    def check_nothing_is_made_for_another_company(self):
        for model, column, user in self._pairs("c", self.strangers):
            maker = getattr(self, "vals_" + model.replace(".", "_"), dict)
            vals = self.generate_vals(model, **maker())
            empty = self.as_user(self.env[model], user, self.company_de)
            with self.subTest(model=model, column=column):
                self.refused(lambda empty=empty, vals=vals: empty.create(vals).read())

    def _pairs(self, letter, users):
        for model in self.of_a_company:
            for column, user in users.items():
                if letter in self.rights[model].get(column, ""):
                    yield model, column, user

    def as_user(self, records, user, company):
        return (
            records.with_env(self.env(user=user, su=False))
            .with_context(allowed_company_ids=company.ids)
            .with_user(user)
        )

    def _harmless(self, row):
        """A change that the ORM checks like any other: a column onto itself."""
        for name, field in row._fields.items():
            if field.store and field.type in ("char", "text", "integer", "boolean"):
                if field.readonly or field.groups or name in MAGIC or field.compute:
                    continue
                return {name: row.sudo()[name]}
        return {"active": True}

    def refused(self, act):
        """``act`` must raise AccessError; what it wrote is rolled back."""
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            try:
                act()
                self.env.flush_all()
            except AccessError:
                raise
            except (UserError, ValidationError) as error:
                self.fail(f"Refused for another reason: {error}")
