from odoo import _, api, fields, models
from odoo.exceptions import UserError

SEVERITIES = [
    ("info", "Information"),
    ("warning", "Warning"),
    ("error", "Error"),
    ("critical", "Critical"),
]


class HoldType(models.Model):
    _name = "finance.sync.hold.type"
    _description = "Finance Sync Hold Type"
    _order = "code"
    _sql_constraints = [
        ("code_unique", "UNIQUE(code)", "Hold types are unique by their code."),
    ]

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    severity = fields.Selection(SEVERITIES, required=True, default="error")
    blocking = fields.Boolean(
        default=True, help="The document cannot go on while this hold is open."
    )
    overridable = fields.Boolean(
        help="A person may go on regardless, with a reason. Off: nobody may."
    )
    second_person = fields.Boolean(
        default=True, help="An override needs the approval of a second person."
    )
    sla_hours = fields.Float(
        string="Time to Resolve",
        help="Working hours of the company. 0: as the connection says.",
    )
    snooze_hours = fields.Float(
        string="Longest Snooze",
        help="Working hours for which a hold may be put off. 0: as the company says.",
    )
    auto_close = fields.Selection(
        [
            ("exchange", "When its own message succeeds"),
            ("document", "When a later message about the document succeeds"),
            ("never", "By a person only"),
        ],
        string="Closes by Itself",
        required=True,
        default="exchange",
    )
    auto_operation = fields.Char(
        string="Closing Operation",
        help="Only this operation's success closes it. Empty: that of any.",
    )
    advice = fields.Text(translate=True, help="What to do, in plain words.")

    @api.model
    def _of(self, code):
        found = self.search([("code", "=", code)], limit=1)
        if not found:
            raise UserError(_("There is no hold type “%s”.", code))
        return found
