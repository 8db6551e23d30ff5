from urllib.parse import urlsplit

from odoo import _, fields, models
from odoo.exceptions import AccessError, UserError

from .. import compat
from ..core.canonical import digest
from ..core.errors import ProviderError

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Connection(models.Model):
    """Law 10: a copy of the database does nothing outside."""

    _inherit = "finance.sync.connection"

    def _fingerprint(self):
        """Of this very database: a dump restored elsewhere, or here, has another."""
        self.env.cr.execute(
            "SELECT oid::text FROM pg_database WHERE datname = current_database()"
        )
        (oid,) = self.env.cr.fetchone()
        # The database's UUID is no secret; its parameter is readable by admins only.
        parameters = self.env["ir.config_parameter"].sudo()
        return digest([parameters.get_param("database.uuid"), oid])

    def _is_production_here(self):
        """(bool, reason): is this database, by odoo.conf, the production one?"""
        section = compat.conf_section()
        if section.get("environment") != "production":
            return False, _(
                "odoo.conf does not say “environment = production” in [finance_sync]."
            )
        if section.get("database") != self.env.cr.dbname:
            return False, _(
                "odoo.conf names another database than “%s” in [finance_sync].",
                self.env.cr.dbname,
            )
        parameters = self.env["ir.config_parameter"].sudo()  # readable by admins only
        if parameters.get_param("database.is_neutralized"):
            return False, _("This database has been neutralised.")
        return True, ""

    def _is_this_database(self):
        """(bool, reason): may this connection work here at all (law 10)?"""
        self.ensure_one()
        if self.environment != "production":
            return True, ""
        here, reason = self._is_production_here()
        if here and self.sudo().database_fingerprint != self._fingerprint():
            return False, _("The connection was activated in another database.")
        return here, reason

    def _is_live(self):
        """(bool, reason): may this connection be used now?"""
        self.ensure_one()
        if self.state != "active":
            return False, self.pause_reason or _("The connection is not active.")
        return self._is_this_database()

    def _check_manager(self):
        if not (self.env.su or self.env.user.has_group("finance_sync.group_manager")):
            raise AccessError(_("Only a Finance Sync manager may do this."))
        compat.check_access(self, "write")

    def action_activate(self):
        """Start sending, and take up again what waited."""
        self._check_manager()
        for connection in self:
            connection._check_ready()
        # State changes through its actions only, which have checked the user.
        self.sudo().write(
            {
                "state": "active",
                "pause_reason": False,
                "activated_at": fields.Datetime.now(),
                "database_fingerprint": self._fingerprint(),
            }
        )
        holds = self.env["finance.sync.hold"]
        for connection in self:
            holds._resolve_for(
                connection=connection,
                codes=("configuration", "not_this_database"),
                why=_("The connection was activated again."),
            )
        self.env["finance.sync.exchange"]._take_up(self)
        return True

    def action_pause(self):
        self._check_manager()
        self._pause(_("Paused by %s.", self.env.user.name))
        return True

    def _pause(self, reason):
        # By the engine or by an action that has checked the user.
        self.sudo().write({"state": "paused", "pause_reason": reason})

    def _check_ready(self):
        """:raises UserError: something is missing to go live, in plain words"""
        self.ensure_one()
        missing = self.company_ids - self.user_line_ids.company_id
        if missing:
            raise UserError(
                _(
                    "Name an execution user for each company first: %s.",
                    ", ".join(missing.mapped("name")),
                )
            )
        idle = self.user_line_ids.user_id.filtered(lambda user: not user.active)
        if idle:
            raise UserError(
                _(
                    "These execution users are archived: %s.",
                    ", ".join(idle.mapped("name")),
                )
            )
        strangers = self.user_line_ids.user_id.filtered(
            lambda user: not user.has_group("finance_sync.group_user")
        )
        if strangers:
            raise UserError(
                _(
                    "Give these execution users an accounting role first: %s.",
                    ", ".join(strangers.mapped("name")),
                )
            )
        if not self.owner_id:
            raise UserError(_("Name an owner of holds first."))
        self._check_ready_for_production()
        self._check_adapter()

    def _check_adapter(self):
        try:
            with self._guarded():
                self._adapter()
        except ProviderError as error:
            raise UserError(error.message) from error

    def _check_ready_for_production(self):
        if self.environment != "production":
            return
        here, reason = self._is_production_here()
        if not here:
            raise UserError(
                _("Production connections run in the production database only. %s")
                % reason
            )
        url = urlsplit(self.base_url or "")
        if url.scheme == "http" and url.hostname not in LOOPBACK:
            raise UserError(_("A production connection needs an https:// address."))
