import logging

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..compat import check_access

_logger = logging.getLogger(__name__)
AT_ONCE = 500


class HoldEscalation(models.Model):
    """Who is told of holds from an amount on, and who next while they stay open."""

    _name = "finance.sync.hold.escalation"
    _description = "Finance Sync Escalation Rule"
    _order = "company_id, currency_id, amount desc, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index=True,
        help="Empty: every company that keeps its books in this currency.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    amount = fields.Monetary(
        string="From",
        help="Holds of this amount or more, with either sign, in company currency.",
    )
    type_ids = fields.Many2many(
        "finance.sync.hold.type", string="Only", help="Empty: every hold."
    )
    step_ids = fields.One2many(
        "finance.sync.hold.escalation.step", "escalation_id", copy=True
    )
    _sql_constraints = [
        ("amount_positive", "CHECK(amount >= 0)", "The amount must not be negative."),
    ]

    @api.onchange("company_id")
    def _onchange_company_id(self):
        if self.company_id:
            self.currency_id = self.company_id.currency_id

    @api.constrains("company_id", "currency_id")
    def _check_currency(self):
        for rule in self:
            company = rule.company_id
            if company and company.currency_id != rule.currency_id:
                raise ValidationError(
                    _(
                        "%(company)s keeps its books in %(currency)s.",
                        company=company.name,
                        currency=company.currency_id.name,
                    )
                )

    @api.constrains("step_ids")
    def _check_steps(self):
        for rule in self:
            if not rule.step_ids:
                raise ValidationError(_("Say who is told, and when."))

    @api.model
    def _all(self):
        # Rules of any company serve whoever causes a hold.
        return self.sudo().search([])

    def _for(self, hold):
        """Of these, the one with the highest amount that the hold reaches.

        A rule of the company counts before one of all companies, one for a few kinds
        of hold before one for all.
        """
        found = self.filtered(lambda rule: rule._covers(hold))
        return found.sorted(
            lambda rule: (bool(rule.company_id), bool(rule.type_ids), rule.amount),
            reverse=True,
        )[:1]

    def _covers(self, hold):
        if self.currency_id != hold.currency_id or hold.materiality < self.amount:
            return False
        if self.type_ids and hold.type_id not in self.type_ids:
            return False
        company = hold.company_id
        while self.company_id and company and company != self.company_id:
            company = company.parent_id  # a branch follows its parent's rules
        return not self.company_id or bool(company)


class HoldEscalationStep(models.Model):
    _name = "finance.sync.hold.escalation.step"
    _description = "Finance Sync Escalation Step"
    _order = "hours, id"
    _rec_name = "user_id"

    escalation_id = fields.Many2one(
        "finance.sync.hold.escalation", required=True, ondelete="cascade", index=True
    )
    hours = fields.Float(
        string="After", help="Working hours since the hold was opened. 0: at once."
    )
    user_id = fields.Many2one(
        "res.users",
        string="Tell",
        required=True,
        domain=[("share", "=", False)],
    )
    by_mail = fields.Boolean(default=True, help="Besides the activity in Odoo.")
    _sql_constraints = [
        ("hours_positive", "CHECK(hours >= 0)", "Hours must not be negative."),
    ]


class Hold(models.Model):
    """Escalation follows the amount: a large hold goes higher sooner than an error."""

    _inherit = "finance.sync.hold"

    def _plan_escalation(self):
        """Store when the next person is told of these."""
        rules = self.env["finance.sync.hold.escalation"]._all()
        for hold in self.sudo():  # see _raise
            steps = hold._escalation_steps(rules)
            later = steps[hold.escalation_level :]
            when = later[0][0] if later and hold.state == "open" else False
            if hold.escalate_at != when:
                hold.escalate_at = when

    def _escalation_steps(self, rules):
        """[(when, user, by mail, why)], in their order.

        By the rule that the amount reaches; else as the connection says: its person is
        told of what is overdue, and at once of what is material.
        """
        rule = rules._for(self)
        start = (self.create_date or fields.Datetime.now()).replace(microsecond=0)
        if rule:
            return [
                (
                    self._due(self.company_id, step.hours, start),
                    step.user_id,
                    step.by_mail,
                    rule.name,
                )
                for step in rule.step_ids
            ]
        connection = self.connection_id
        user = connection.escalation_user_id
        if not user:
            return []
        material = connection.materiality
        if material and self.materiality >= material:
            return [(start, user, True, _("The amount is material."))]
        return [(self.due, user, True, _("The hold is overdue."))]

    def _escalate(self):
        """Tell the next person of each of these whose time has come."""
        rules = self.env["finance.sync.hold.escalation"]._all()
        now = fields.Datetime.now()
        for hold in self.sudo():  # see _raise
            for when, user, by_mail, why in hold._escalation_steps(rules)[
                hold.escalation_level :
            ]:
                if when > now:
                    break
                hold._escalate_to(user, by_mail, why)
        self._plan_escalation()

    def _escalate_to(self, user, by_mail, why):
        """One step up. Whoever may not see the hold is passed over."""
        self.write(
            {
                "escalation_level": self.escalation_level + 1,
                "escalated_at": fields.Datetime.now(),
                "escalated_to": user.id,
            }
        )
        if not self._may_read(user):
            _logger.warning("%s is told nothing of %s", user.login, self.name)
            return
        self._tell("escalated", level=self.escalation_level, to=user.id, rule=why)
        self._message_log(
            body=_("Escalated to %(user)s: %(why)s", user=user.name, why=why)
        )
        if user != self.user_id:
            self._remind(user)
        if by_mail and user.email:
            self._mail_escalation()

    def _mail_escalation(self):
        """To ``escalated_to``, in their language."""
        template = self.env.ref(
            "finance_sync.mail_template_escalation", raise_if_not_found=False
        )
        if template:
            template.send_mail(self.id)

    def _may_read(self, user):
        seen = self.with_user(user).with_context(
            allowed_company_ids=user.company_ids.ids
        )
        try:
            check_access(seen, "read")
        except AccessError:
            return False
        return True

    @api.model
    def _cron_escalate(self):
        """Whose time has come, the largest first."""
        # The cron serves all companies.
        late = self.sudo().search(
            [("state", "=", "open"), ("escalate_at", "<=", fields.Datetime.now())],
            order="weight desc, due",
            limit=AT_ONCE,
        )
        late._escalate()
