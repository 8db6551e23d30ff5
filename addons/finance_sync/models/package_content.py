"""What of this addon travels in configuration packages, and how it arrives."""

from odoo import _, api, models
from odoo.exceptions import UserError

# Whoever changes these turns the connection to another system.
ADDRESS = frozenset({"provider", "environment", "base_url"})


class Connection(models.Model):
    _name = "finance.sync.connection"
    _inherit = ["finance.sync.connection", "finance.sync.packable"]

    _finance_sync_package_rank = 10
    _finance_sync_package_key = ("key",)
    _finance_sync_package_fields = (
        "key",
        "name",
        "provider",
        "environment",
        "base_url",
        "company_ids",
        "connect_timeout",
        "read_timeout",
        "max_bytes",
        "rate_per_second",
        "rate_burst",
        "retry_max_attempts",
        "retry_base",
        "retry_cap",
        "breaker_threshold",
        "breaker_cool_down",
        "outage_policy",
        "fallback_connection_id",
        "owner_id",
        "escalation_user_id",
        "materiality",
        "sla_hours",
        "lane",
        "retention_days",
    )
    # Where it points to and who looks after it is each database's own affair.
    _finance_sync_package_once = (
        "environment",
        "base_url",
        "owner_id",
        "escalation_user_id",
    )

    @api.model
    def _finance_sync_package_domain(self, connections, companies):
        return [("id", "in", connections.ids)]

    def _finance_sync_package_update(self, vals):
        """One that points elsewhere from now on does nothing until somebody looks."""
        result = super()._finance_sync_package_update(vals)
        if ADDRESS.intersection(vals):
            for connection in self.filtered(lambda c: c.state == "active"):
                connection._pause(_("Changed by a configuration package. Check it."))
        return result

    def _finance_sync_package_remove(self):
        for connection in self.filtered(lambda c: c.state == "active"):
            connection._pause(_("Removed by a configuration package."))
        return super()._finance_sync_package_remove()


class ConnectionUser(models.Model):
    _name = "finance.sync.connection.user"
    _inherit = ["finance.sync.connection.user", "finance.sync.packable"]

    _finance_sync_package_rank = 11
    _finance_sync_package_key = ("connection_id", "company_id")
    _finance_sync_package_fields = (
        "connection_id",
        "company_id",
        "user_id",
        "external_code",
    )
    _finance_sync_package_parent = "connection_id"
    # Production may serve companies that the test system does not know.
    _finance_sync_package_whole = False
    _finance_sync_package_once = ("user_id",)


class HoldType(models.Model):
    _name = "finance.sync.hold.type"
    _inherit = ["finance.sync.hold.type", "finance.sync.packable"]

    _finance_sync_package_rank = 5
    _finance_sync_package_key = ("code",)
    # What a hold protects comes with the addon and does not travel.
    _finance_sync_package_fields = ("code", "severity", "sla_hours")

    @api.model
    def _finance_sync_package_create(self, vals_list):
        if vals_list:
            codes = ", ".join(vals["code"] for vals in vals_list)
            raise UserError(
                _("Install the addons that these hold types come with: %s.", codes)
            )
        return self.browse()


class HoldTeam(models.Model):
    _name = "finance.sync.hold.team"
    _inherit = ["finance.sync.hold.team", "finance.sync.packable"]

    _finance_sync_package_rank = 6
    _finance_sync_package_key = ("company_id", "name")
    _finance_sync_package_fields = (
        "company_id",
        "name",
        "distribution",
        "member_ids",
        "active",
    )
    # Who is in a team is known where they work.
    _finance_sync_package_once = ("member_ids",)


class HoldOwnerRule(models.Model):
    _name = "finance.sync.hold.owner.rule"
    _inherit = ["finance.sync.hold.owner.rule", "finance.sync.packable"]

    _finance_sync_package_rank = 20
    _finance_sync_package_key = ("company_id", "connection_id", "type_id", "sequence")
    _finance_sync_package_fields = (
        "sequence",
        "type_id",
        "company_id",
        "connection_id",
        "team_id",
        "user_id",
        "active",
    )


class HoldEscalation(models.Model):
    _name = "finance.sync.hold.escalation"
    _inherit = ["finance.sync.hold.escalation", "finance.sync.packable"]

    _finance_sync_package_rank = 20
    _finance_sync_package_key = ("company_id", "name")
    _finance_sync_package_fields = (
        "company_id",
        "name",
        "currency_id",
        "amount",
        "type_ids",
        "active",
    )


class HoldEscalationStep(models.Model):
    _name = "finance.sync.hold.escalation.step"
    _inherit = ["finance.sync.hold.escalation.step", "finance.sync.packable"]

    _finance_sync_package_rank = 21
    _finance_sync_package_parent = "escalation_id"
    _finance_sync_package_key = ("escalation_id", "hours", "user_id")
    _finance_sync_package_fields = ("escalation_id", "hours", "user_id", "by_mail")


class Slo(models.Model):
    _name = "finance.sync.slo"
    _inherit = ["finance.sync.slo", "finance.sync.packable"]

    _finance_sync_package_rank = 20
    _finance_sync_package_key = ("company_id", "name")
    _finance_sync_package_fields = (
        "name",
        "company_id",
        "connection_id",
        "operation",
        "indicator",
        "minutes",
        "objective",
        "window_days",
        "fast_burn",
        "user_id",
        "active",
    )
    _finance_sync_package_once = ("user_id",)
