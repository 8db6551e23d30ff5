from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..core.errors import ProviderError

STEPS = ("connect", "test", "map", "dry_run", "activate")

# Asked in the first step and kept on the connection, which is made there as a draft.
CONNECTION_FIELDS = (
    "name",
    "provider",
    "environment",
    "base_url",
    "auth_user",
    "secret_ref",
)


class Setup(models.TransientModel):
    """Lead through a new connection: connect, test, map, dry run, activate.

    An addon of a kind of connection extends ``_map_is_needed``, ``_prepare_map``,
    ``_apply_map`` and ``_dry_run``, and puts its fields into the group ``map``.
    """

    _name = "finance.sync.setup"
    _description = "Finance Sync Set-up"

    step = fields.Selection(
        [
            ("connect", "Connect"),
            ("test", "Test"),
            ("map", "Map"),
            ("dry_run", "Dry Run"),
            ("activate", "Activate"),
        ],
        required=True,
        readonly=True,
        default="connect",
    )
    connection_id = fields.Many2one(
        "finance.sync.connection", readonly=True, ondelete="cascade"
    )
    name = fields.Char(required=True)
    provider = fields.Selection(
        selection=lambda self: self._selection("provider"), required=True
    )
    kind = fields.Char(related="connection_id.kind")
    environment = fields.Selection(
        selection=lambda self: self._selection("environment"),
        required=True,
        default="test",
    )
    base_url = fields.Char(string="Base URL")
    auth_user = fields.Char(string="User or Account")
    secret = fields.Char(
        compute="_compute_secret",
        inverse="_inverse_secret",
        help="Password, licence key or token. Stored encrypted, shown to nobody.",
    )
    secret_ref = fields.Char(
        string="Secret Reference",
        help="Instead of a stored secret: env:NAME or file:/path of the server.",
    )
    company_ids = fields.Many2many(
        "res.company",
        string="Companies",
        required=True,
        default=lambda self: self.env.company,
        domain=lambda self: [("id", "in", self.env.companies.ids)],
    )
    execution_user_id = fields.Many2one(
        "res.users",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        help="Jobs work with this user's rights, in one company at a time."
        " Another user per company can be chosen on the connection.",
    )
    owner_id = fields.Many2one(
        "res.users",
        string="Owner of Holds",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        help="Whoever is told first when something waits for a decision.",
    )
    outage_policy = fields.Selection(
        selection=lambda self: self._selection("outage_policy"),
        required=True,
        default="block",
    )
    fallback_connection_id = fields.Many2one("finance.sync.connection")
    test_ok = fields.Boolean(readonly=True)
    test_message = fields.Text(readonly=True)
    dry_run_ok = fields.Boolean(readonly=True)
    dry_run_message = fields.Text(readonly=True)
    needs_address = fields.Boolean(compute="_compute_needs_address")

    @api.model
    def _selection(self, name):
        """The choices that the connection has for ``name`` with these addons."""
        connection = self.env["finance.sync.connection"]
        return connection._fields[name]._description_selection(self.env)

    @api.model
    def default_get(self, fields_list):
        """Carry on with the draft connection that the action names."""
        values = super().default_get(fields_list)
        connection = self.env["finance.sync.connection"].browse(
            self.env.context.get("default_connection_id")
        )
        if connection:
            values.update({name: connection[name] for name in CONNECTION_FIELDS})
            values["company_ids"] = [fields.Command.set(connection.company_ids.ids)]
        return values

    def _compute_secret(self):
        """Never shown again: what is written goes to the connection, encrypted."""
        self.secret = False

    def _inverse_secret(self):
        for wizard in self.filtered("secret"):
            secret = wizard.secret
            wizard._save_connection()
            wizard.connection_id.secret = secret

    @api.depends("provider")
    def _compute_needs_address(self):
        local = self._local_providers()
        for wizard in self:
            wizard.needs_address = wizard.provider not in local

    @api.model
    def _local_providers(self):
        """Codes of the providers that work without a network."""
        return set()

    def _save_connection(self):
        self.ensure_one()
        values = {name: self[name] for name in CONNECTION_FIELDS}
        values["company_ids"] = [fields.Command.set(self.company_ids.ids)]
        if self.connection_id:
            self._check_draft()
            self.connection_id.write(values)
        else:
            self.connection_id = self.env["finance.sync.connection"].create(values)

    def _check_draft(self):
        if self.connection_id.state == "active":
            raise UserError(
                _("This connection is active. Change it on its own screen.")
            )

    def action_next(self):
        """Finish this step and go on, or say what is missing."""
        self.ensure_one()
        finish = {
            "connect": self._finish_connect,
            "test": self._finish_test,
            "map": self._finish_map,
            "dry_run": self._finish_dry_run,
        }
        finish[self.step]()
        self.step = STEPS[STEPS.index(self.step) + 1]
        if self.step == "map":
            self._prepare_map()
        return self._reopen()

    def action_back(self):
        self.ensure_one()
        self.step = STEPS[max(STEPS.index(self.step) - 1, 0)]
        return self._reopen()

    def action_test(self):
        self.ensure_one()
        try:
            message = self._test()
        except (ProviderError, UserError) as error:
            self.write({"test_ok": False, "test_message": str(error)})
        else:
            self.write({"test_ok": True, "test_message": message})
        return self._reopen()

    def action_dry_run(self):
        self.ensure_one()
        try:
            message = self._dry_run()
        except (ProviderError, UserError) as error:
            self.write({"dry_run_ok": False, "dry_run_message": str(error)})
        else:
            self.write({"dry_run_ok": True, "dry_run_message": message})
        return self._reopen()

    def action_activate(self):
        """Activate the connection and open it."""
        self.ensure_one()
        self.connection_id.action_activate()
        return self.action_open_connection()

    def action_open_connection(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": "finance.sync.connection",
            "res_id": self.connection_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _finish_connect(self):
        self._save_connection()
        self.write({"test_ok": False, "test_message": False})

    def _finish_test(self):
        if not self.test_ok:
            raise UserError(
                _("Test the connection first. It has to answer before you go on.")
            )

    def _finish_map(self):
        self._check_draft()
        self.connection_id.write(
            {
                "owner_id": self.owner_id.id,
                "outage_policy": self.outage_policy,
                "fallback_connection_id": self._fallback().id,
                "user_line_ids": self._prepare_user_lines(),
            }
        )
        self._apply_map()
        self.write({"dry_run_ok": False, "dry_run_message": False})

    def _finish_dry_run(self):
        if not self.dry_run_ok:
            raise UserError(_("Make the dry run first, so that you see what happens."))

    def _fallback(self):
        if self.outage_policy != "fallback":
            return self.fallback_connection_id.browse()
        return self.fallback_connection_id

    def _prepare_user_lines(self):
        """Commands that give each company its execution user."""
        lines = self.connection_id.user_line_ids
        missing = self.connection_id.company_ids - lines.company_id
        user = self.execution_user_id
        return [
            fields.Command.update(line.id, {"user_id": user.id}) for line in lines
        ] + [
            fields.Command.create({"company_id": company.id, "user_id": user.id})
            for company in missing
        ]

    def _test(self):
        """Call the other system once. Returns what to tell, raises what is wrong."""
        told = self.connection_id.action_test_connection()["params"]
        if told["type"] != "success":
            raise UserError(told["message"])
        return told["message"]

    def _prepare_map(self):
        """Fill the fields of the step *map* before it is shown."""

    def _apply_map(self):
        """Write what was chosen in the step *map*."""

    def _dry_run(self):
        """Do the connection's work once without any effect; returns what happened."""
        return _(
            "The connection answers: %s\nA connection of this kind has nothing else to"
            " try without an effect.",
            self._test(),
        )

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": _("Set Up a Connection"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }
