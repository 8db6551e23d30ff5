from odoo import fields, models


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
