from odoo import api, fields, models


class ReplayFilter(models.TransientModel):
    """Which messages that wait for a person are to be replayed."""

    _name = "finance.sync.replay.filter"
    _description = "Choose Messages to Replay"

    connection_id = fields.Many2one(
        "finance.sync.connection", help="Empty: of all connections."
    )
    type_id = fields.Many2one(
        "finance.sync.hold.type", string="Hold", help="Only those held for this."
    )
    operation = fields.Selection(selection="_operations", string="What")
    direction = fields.Selection([("out", "Outbound"), ("in", "Inbound")])
    company_id = fields.Many2one("res.company")
    since = fields.Datetime(string="Created from")
    until = fields.Datetime(string="Created to")
    amount_from = fields.Float(string="Amount from", help="In company currency.")
    count = fields.Integer(compute="_compute_count", string="Messages Found")

    @api.model
    def _operations(self):
        exchanges = self.env["finance.sync.exchange"]
        labels = exchanges._operation_labels(exchanges._operations())
        return sorted(labels.items(), key=lambda item: item[1] or "")

    @api.depends(
        "connection_id",
        "type_id",
        "operation",
        "direction",
        "company_id",
        "since",
        "until",
        "amount_from",
    )
    def _compute_count(self):
        for wizard in self:
            wizard.count = self.env["finance.sync.exchange"].search_count(
                wizard._domain()
            )

    def _domain(self):
        conditions = (
            (self.connection_id, ("connection_id", "=", self.connection_id.id)),
            (self.operation, ("operation", "=", self.operation)),
            (self.direction, ("direction", "=", self.direction)),
            (self.company_id, ("company_id", "=", self.company_id.id)),
            (self.since, ("create_date", ">=", self.since)),
            (self.until, ("create_date", "<=", self.until)),
        )
        domain = [("state", "=", "held")]
        domain += [condition for given, condition in conditions if given]
        if self.type_id:
            holds = [("type_id", "=", self.type_id.id), ("state", "=", "open")]
            domain.append(("hold_ids", "any", holds))
        if self.amount_from:
            domain += [
                "|",
                ("amount", ">=", self.amount_from),
                ("amount", "<=", -self.amount_from),
            ]
        return domain

    def action_preview(self):
        self.ensure_one()
        exchanges = self.env["finance.sync.exchange"]
        exchanges._check_resolver()
        found = exchanges.search(self._domain(), order="id")
        return self.env["finance.sync.replay"]._preview(found)
