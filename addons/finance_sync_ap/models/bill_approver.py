from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError


class BillApprover(models.Model):
    """Up to which amount somebody may approve bills of a company."""

    _name = "finance.sync.bill.approver"
    _description = "Bill Approver"
    _order = "company_id, amount_limit, id"
    _rec_name = "user_id"
    _check_company_auto = True
    _sql_constraints = [
        (
            "user_unique",
            "UNIQUE(company_id, user_id)",
            "A user has one limit in a company.",
        ),
        (
            "limit_positive",
            "CHECK(amount_limit >= 0)",
            "A limit is not negative.",
        ),
    ]

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users", required=True, ondelete="cascade", domain=[("share", "=", False)]
    )
    amount_limit = fields.Monetary(
        string="Up to", required=True, help="Total with tax, in company currency."
    )
    active = fields.Boolean(default=True)

    def _check_not_oneself(self):
        """:raises UserError: somebody gives authority to themselves"""
        if not self.env.su and self.env.user in self.user_id:
            raise UserError(_("Somebody else gives you authority, or more of it."))

    @api.model_create_multi
    def create(self, vals_list):
        made = super().create(vals_list)
        made._check_not_oneself()
        _tell(made, "approver", ["created"])
        return made

    def write(self, vals):
        self._check_not_oneself()
        result = super().write(vals)
        self._check_not_oneself()
        _tell(self, "approver", sorted(vals))
        return result

    def unlink(self):
        _tell(self, "approver", ["removed"])
        return super().unlink()


class BillDelegation(models.Model):
    """While somebody is away, somebody else approves with their limit."""

    _name = "finance.sync.bill.delegation"
    _description = "Delegation of Approvals"
    _order = "date_from desc, id desc"
    _rec_name = "giver_id"
    _sql_constraints = [
        (
            "dates_in_order",
            "CHECK(date_from <= date_to)",
            "It ends after it begins.",
        ),
        (
            "another",
            "CHECK(giver_id <> user_id)",
            "Nobody is their own delegate.",
        ),
    ]

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    giver_id = fields.Many2one(
        "res.users",
        string="Who Is Away",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )
    user_id = fields.Many2one(
        "res.users",
        string="Delegate",
        required=True,
        ondelete="cascade",
        domain=[("share", "=", False)],
    )
    date_from = fields.Date(
        string="From", required=True, default=fields.Date.context_today
    )
    date_to = fields.Date(string="To", required=True, help="This day included.")
    reason = fields.Char()
    active = fields.Boolean(default=True)

    @api.model_create_multi
    def create(self, vals_list):
        made = super().create(vals_list)
        made._check_giver()
        _tell(made, "delegation", ["created"])
        return made

    def write(self, vals):
        self._check_giver()
        result = super().write(vals)
        self._check_giver()
        _tell(self, "delegation", sorted(vals))
        return result

    def unlink(self):
        self._check_giver()
        _tell(self, "delegation", ["removed"])
        return super().unlink()

    def _check_giver(self):
        """Authority is given by who has it, or by a manager who is not the delegate."""
        user = self.env.user
        if self.env.su:
            return
        manager = user.has_group("finance_sync.group_manager")
        for each in self:
            if each.giver_id != user and (not manager or each.user_id == user):
                raise AccessError(
                    _("You can hand on your own authority only, and to others.")
                )


def _tell(records, what, names):
    records.env["finance.sync.event"]._record_many(
        [
            {
                "type": f"finance_sync.ap.{what}.changed",
                "record": each,
                "data": {"fields": names, "user": each.user_id.id},
            }
            for each in records
        ]
    )
