"""Who runs the jobs of a company, and in which lane.

Every message asks for both, so each worker remembers them until they change.
"""

from odoo import api, fields, models, tools

from ..core.errors import ConfigurationError


class ConnectionUser(models.Model):
    _name = "finance.sync.connection.user"
    _description = "Finance Sync Execution User"
    _order = "connection_id, company_id"
    _sql_constraints = [
        (
            "company_unique",
            "UNIQUE(connection_id, company_id)",
            "A company has one execution user per connection.",
        ),
    ]

    connection_id = fields.Many2one(
        "finance.sync.connection", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    user_id = fields.Many2one(
        "res.users",
        string="Execution User",
        required=True,
        ondelete="restrict",
        domain=[("share", "=", False)],
        help="Jobs of this company run with this user's rights.",
    )
    external_code = fields.Char(
        help="What the other system calls this company. Routes inbound messages."
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env.registry.clear_cache()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    def write(self, vals):
        result = super().write(vals)
        if "lane" in vals:
            self.env.registry.clear_cache()
        return result

    def _execution_user(self, company):
        """Who runs the jobs of ``company``: its own user, or its parent's.

        :raises ConfigurationError: nobody is named
        """
        self.ensure_one()
        user_id = self._execution_user_id(company.id)
        if not user_id:
            raise ConfigurationError(
                "The connection names no execution user for this company.",
                code="no_execution_user",
            )
        return self.env["res.users"].browse(user_id).sudo(False)

    @tools.ormcache("self.id", "company_id")
    def _execution_user_id(self, company_id):
        # Whoever causes a message may see nothing of its connection, and a branch not
        # its parent.
        lines = self.env["finance.sync.connection.user"].sudo()
        users = {
            line.company_id: line.user_id
            for line in lines.search([("connection_id", "=", self.id)])
        }
        company = self.env["res.company"].sudo().browse(company_id)
        while company:
            if company in users:
                return users[company].id
            company = company.parent_id
        return False

    @tools.ormcache("self.id")
    def _job_channel(self):
        """Of queue_job, for the jobs of this connection."""
        return f"root.finance_sync.{self.sudo().lane}"  # see _execution_user_id
