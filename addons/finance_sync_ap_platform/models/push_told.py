from odoo import _, api, fields, models
from odoo.exceptions import AccessError

# What can be pushed: kind → (model, operation).
KINDS = {
    "vendor": ("res.partner", "ap.push.vendor"),
    "account": ("account.account", "ap.push.account"),
    "order": ("purchase.order", "ap.push.order"),
}


class ApTold(models.Model):
    """What a platform was last told about a vendor, an account or an order.

    The document that such messages are about: each connection has an order and keys of
    its own, and the records themselves stay as they are.
    """

    _name = "finance.sync.ap.told"
    _description = "Told to a Platform"
    _inherit = ["finance.sync.document.mixin"]
    _order = "connection_id, kind, code, id"
    _rec_name = "code"
    _sql_constraints = [
        (
            "record_unique",
            "UNIQUE(connection_id, company_id, kind, res_id)",
            "A platform is told of a record once for each company.",
        ),
    ]

    connection_id = fields.Many2one(
        "finance.sync.connection",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [("vendor", "Vendor"), ("account", "Account"), ("order", "Purchase Order")],
        required=True,
        readonly=True,
    )
    res_model = fields.Char(compute="_compute_res_model")
    res_id = fields.Integer(string="Record", required=True, readonly=True)
    code = fields.Char(readonly=True, help="What the platform knows it by.")
    digest = fields.Char(readonly=True, help="Of what it was told last.")
    state = fields.Selection(
        [
            ("queued", "On Its Way"),
            ("told", "Known There"),
            ("held", "Held"),
            ("left_out", "Left Out"),
        ],
        required=True,
        readonly=True,
        default="left_out",
        index=True,
    )
    problem = fields.Char(string="Left Out Because", readonly=True)
    told_at = fields.Datetime(readonly=True)

    @api.depends("kind")
    def _compute_res_model(self):
        for told in self:
            told.res_model = KINDS[told.kind][0] if told.kind else False

    @api.depends("code", "kind")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for told in self:
            name = told.code or told.res_id
            told.display_name = f"{kinds.get(told.kind, '')} {name}"

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(_("What a platform is told follows the records here."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            raise AccessError(_("What a platform is told follows the records here."))
        return super().write(vals)

    def action_open_record(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    def action_tell_again(self):
        """Send it once more, whether or not it has changed."""
        self.connection_id._check_manager()
        told = self.sudo()  # rows are the engine's own bookkeeping
        told.digest = False
        for connection in told.connection_id:
            for kind, (model, _operation) in KINDS.items():
                mine = told.filtered(
                    lambda row, c=connection, k=kind: (
                        row.connection_id == c and row.kind == k
                    )
                )
                records = self.env[model].sudo().browse(mine.mapped("res_id"))
                connection._push(kind, records.exists())
        return True
