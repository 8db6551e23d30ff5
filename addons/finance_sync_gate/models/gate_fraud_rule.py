from decimal import Decimal

from odoo import api, fields, models

from ..core import fraud

KINDS = [
    ("new_bank_account", "New Bank Account"),
    ("far_over_usual", "Amount Far over Usual"),
    ("unusual_time", "Weekend or Night"),
    ("round_amount", "Round Amount"),
    ("new_partner", "New Partner"),
    ("foreign_bank", "Bank in Another Country"),
    ("shared_bank_account", "Bank Account of Several Partners"),
    ("split_payment", "Split to Stay below a Limit"),
    ("same_amount", "Same Amount Paid Recently"),
]


class GateFraudRule(models.Model):
    """One thing that is looked at, and how many points it gives."""

    _name = "finance.sync.gate.fraud.rule"
    _description = "Fraud Rule"
    _inherit = ["finance.sync.packable"]
    _order = "sequence, id"
    _sql_constraints = [
        ("code_unique", "UNIQUE(code)", "Another rule has this code already."),
        ("points_positive", "CHECK(points > 0)", "A rule gives points."),
        (
            "hours",
            "CHECK(hour_from >= 0 AND hour_to <= 24 AND hour_from < hour_to)",
            "Hours are from 0 to 24, the first before the last.",
        ),
    ]
    _finance_sync_package_rank = 20
    _finance_sync_package_key = ("code",)
    _finance_sync_package_fields = (
        "code",
        "name",
        "kind",
        "points",
        "days",
        "factor",
        "least",
        "multiple",
        "hour_from",
        "hour_to",
        "active",
    )

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(KINDS, required=True)
    points = fields.Integer(required=True, default=25)
    days = fields.Integer(default=30)
    factor = fields.Float(
        default=5.0, help="So many times the median of what was paid before."
    )
    least = fields.Float(
        string="From Amount", help="In company currency. Smaller ones do not count."
    )
    multiple = fields.Float(
        string="Limit or Multiple",
        default=1000.0,
        help="Round: a multiple of it. Split: the limit that parts stay below.",
    )
    hour_from = fields.Integer(string="Usual from", default=7)
    hour_to = fields.Integer(string="Usual to", default=20)

    def _rules(self):
        return [
            fraud.Rule(
                kind=rule.kind,
                points=rule.points,
                days=rule.days,
                factor=Decimal(str(rule.factor)),
                least=Decimal(str(rule.least)),
                multiple=Decimal(str(rule.multiple)),
                hour_from=rule.hour_from,
                hour_to=rule.hour_to,
            )
            for rule in self
        ]

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._tell(["created"])
        return rules

    def write(self, vals):
        result = super().write(vals)
        self._tell(sorted(vals))
        return result

    def _tell(self, names):
        self.env["finance.sync.event"]._record_many(
            [
                {
                    "type": "finance_sync.gate.rule.changed",
                    "record": rule,
                    "data": {"fields": names},
                }
                for rule in self
            ]
        )
