from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

POINTS = [
    ("invoice_post", "Customer Invoice: Confirm"),
    ("bill_post", "Vendor Bill: Confirm"),
    ("payment_post", "Payment: Confirm"),
]
CHECKS = [
    ("credit", "Credit Exposure"),
    ("credit_external", "Credit Decision of a Provider"),
    ("sanctions", "Sanctions Lists"),
    ("fraud", "Fraud Rules"),
]
OUTAGE = [
    ("block", "Block: nobody goes on until it answers"),
    ("queue", "Wait: confirmed by itself when it answers"),
    ("allow", "Allow: go on, and look at it afterwards"),
]


class GateRule(models.Model):
    """What is asked before something is confirmed or paid."""

    _name = "finance.sync.gate.rule"
    _description = "Gate Rule"
    _inherit = ["mail.thread", "finance.sync.packable"]
    _order = "point, sequence, id"
    _sql_constraints = [
        ("amount_positive", "CHECK(min_amount >= 0)", "Amounts are not negative."),
        (
            "scores",
            "CHECK(hold_score > 0 AND hold_score <= 100 AND block_score >= 0)",
            "Scores are from 1 to 100.",
        ),
    ]
    _finance_sync_package_rank = 30
    _finance_sync_package_key = ("company_id", "name")
    _finance_sync_package_fields = (
        "company_id",
        "name",
        "active",
        "point",
        "check",
        "min_amount",
        "connection_id",
        "outage_policy",
        "max_age_hours",
        "hold_without_limit",
        "block_over",
        "overdue_days",
        "overdue_least",
        "hold_score",
        "block_score",
        "list_ids",
        "fraud_rule_ids",
    )

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        tracking=True,
        help="Empty: for every company.",
    )
    point = fields.Selection(POINTS, string="Before", required=True, tracking=True)
    check = fields.Selection(CHECKS, required=True, tracking=True)
    min_amount = fields.Float(
        string="From Amount",
        tracking=True,
        help="In company currency. Smaller documents are not asked about.",
    )
    connection_id = fields.Many2one(
        "finance.sync.connection",
        domain=[("kind", "=", "credit")],
        tracking=True,
        ondelete="restrict",
    )
    max_age_hours = fields.Float(
        string="Reuse an Answer for",
        default=24.0,
        help="Hours in which the same question gets the recorded answer.",
    )
    outage_policy = fields.Selection(
        OUTAGE,
        string="Where It Cannot Be Told",
        required=True,
        default="block",
        tracking=True,
        help="The provider does not answer, or a list is stale.",
    )
    hold_without_limit = fields.Boolean(string="Hold without a Limit", tracking=True)
    block_over = fields.Float(
        string="Block above the Limit by",
        tracking=True,
        help="Percent of the limit. 0: never; whoever may override decides.",
    )
    overdue_days = fields.Integer(
        string="Hold if Overdue for",
        tracking=True,
        help="Days of the oldest unpaid item. 0: it does not matter.",
    )
    overdue_least = fields.Float(
        string="and More than",
        tracking=True,
        help="In company currency: the overdue amount that is overlooked.",
    )
    hold_score = fields.Float(
        string="Hold from",
        default=85.0,
        tracking=True,
        help="Lists: likeness of names, 1 to 100. Fraud: points.",
    )
    block_score = fields.Float(
        string="Block from",
        tracking=True,
        help="Lists: likeness of names. Fraud: points. 0: never.",
    )
    list_ids = fields.Many2many(
        "finance.sync.gate.list",
        "finance_sync_gate_rule_list_rel",
        "rule_id",
        "list_id",
        string="Lists",
        help="Empty: every list.",
    )
    fraud_rule_ids = fields.Many2many(
        "finance.sync.gate.fraud.rule",
        "finance_sync_gate_rule_fraud_rel",
        "rule_id",
        "fraud_rule_id",
        string="Fraud Rules",
        help="Empty: every rule.",
    )
    result_count = fields.Integer(compute="_compute_result_count")

    def _compute_result_count(self):
        counts = dict(
            self.env["finance.sync.gate.result"]._read_group(
                [("rule_ref", "in", self.ids), ("state", "!=", "pass")],
                ["rule_ref"],
                ["__count"],
            )
        )
        for rule in self:
            rule.result_count = counts.get(rule.id, 0)

    @api.constrains("check", "connection_id")
    def _check_connection(self):
        for rule in self:
            if rule.check == "credit_external" and not rule.connection_id:
                raise ValidationError(_("Name the connection that is asked."))

    @api.constrains("check", "point")
    def _check_point(self):
        for rule in self:
            selling = rule.point not in ("bill_post", "payment_post")
            if rule.check.startswith("credit") and not selling:
                raise ValidationError(
                    _("Credit is asked about before selling, not before paying.")
                )
            if rule.check == "fraud" and selling:
                raise ValidationError(
                    _("Fraud rules are asked before paying, not before selling.")
                )

    @api.model
    def _for(self, point, company):
        """The rules at ``point`` of a company, its own and its parents'."""
        companies = company.sudo()
        while companies[-1:].parent_id:
            companies |= companies[-1:].parent_id
        # A rule counts for everybody who confirms.
        return self.sudo().search(
            [
                ("point", "=", point),
                "|",
                ("company_id", "=", False),
                ("company_id", "in", companies.ids),
            ]
        )

    def _lists(self):
        return self.list_ids.filtered("active") or self.env[
            "finance.sync.gate.list"
        ].sudo().search([])  # as the rules, for everybody

    def _fraud_rules(self):
        return self.fraud_rule_ids.filtered("active") or self.env[
            "finance.sync.gate.fraud.rule"
        ].sudo().search([])  # as the rules, for everybody

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._tell(["created"])
        return rules

    def write(self, vals):
        result = super().write(vals)
        self._tell(sorted(vals))
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_unused(self):
        if (
            self.env["finance.sync.gate.result"]
            .sudo()
            .search_count([("rule_ref", "in", self.ids)], limit=1)
        ):
            raise UserError(_("Results refer to this rule. Archive it instead."))
        self._tell(["removed"])

    def _tell(self, names):
        self.env["finance.sync.event"]._record_many(
            [
                {
                    "type": "finance_sync.gate.rule.changed",
                    "record": rule,
                    "company": rule.company_id,
                    "data": {"fields": names},
                }
                for rule in self
            ]
        )

    def action_open_results(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "finance_sync_gate.finance_sync_gate_result_action"
            ),
            "domain": [("rule_ref", "=", self.id)],
        }
