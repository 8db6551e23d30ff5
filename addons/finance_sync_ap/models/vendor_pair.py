from odoo import _, api, fields, models
from odoo.addons.finance_sync.compat import check_access
from odoo.addons.finance_sync.core.sensitive import shorten
from odoo.addons.finance_sync.models.hold_override import SHORTEST_REASON
from odoo.exceptions import AccessError, UserError

SIDES = ("one", "other")


class VendorPair(models.Model):
    """Two vendors that are perhaps one, and what a person decided about them.

    Found, never entered. That two are not the same is remembered until they share
    something that was not known then.
    """

    _name = "finance.sync.vendor.pair"
    _description = "Vendors Alike"
    _order = "state, score desc, id desc"
    _rec_name = "one_id"
    _sql_constraints = [
        ("key_unique", "UNIQUE(key)", "These two vendors are compared already."),
    ]

    # Not on the partners' columns: merging writes those by SQL, and would delete what
    # breaks a constraint.
    key = fields.Char(required=True, readonly=True)
    one_id = fields.Many2one(
        "res.partner",
        string="Vendor",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    other_id = fields.Many2one(
        "res.partner",
        string="Other Vendor",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    score = fields.Integer(string="Alike (%)", readonly=True)
    reasons = fields.Char(required=True, readonly=True)
    reason_text = fields.Char(string="Because", compute="_compute_reason_text")
    state = fields.Selection(
        [
            ("open", "To Decide"),
            ("different", "Not the Same"),
            ("merged", "Merged"),
            ("gone", "Not Alike Any More"),
        ],
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    found_at = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now
    )
    decided_by = fields.Many2one("res.users", readonly=True)
    decided_at = fields.Datetime(readonly=True)
    decided_reasons = fields.Char(readonly=True)
    note = fields.Text(string="Reason", readonly=True)

    one_vat = fields.Char(related="one_id.vat", string="VAT Number")
    one_ref = fields.Char(related="one_id.ref", string="Reference")
    one_address = fields.Char(related="one_id.contact_address", string="Address")
    one_email = fields.Char(related="one_id.email", string="Email")
    one_phone = fields.Char(related="one_id.phone", string="Phone")
    one_accounts = fields.Char(string="Accounts", compute="_compute_sides")
    one_bill_count = fields.Integer(string="Posted Bills", compute="_compute_sides")
    other_vat = fields.Char(related="other_id.vat", string="Other VAT Number")
    other_ref = fields.Char(related="other_id.ref", string="Other Reference")
    other_address = fields.Char(related="other_id.contact_address")
    other_email = fields.Char(related="other_id.email")
    other_phone = fields.Char(related="other_id.phone")
    other_accounts = fields.Char(compute="_compute_sides")
    other_bill_count = fields.Integer(
        string="Other Posted Bills", compute="_compute_sides"
    )

    @api.depends("reasons")
    def _compute_reason_text(self):
        labels = {
            "same_vat": _("the same VAT number"),
            "same_account": _("the same bank account"),
            "same_name": _("the same name"),
            "near_name": _("nearly the same name"),
        }
        for pair in self:
            codes = (pair.reasons or "").split(",")
            pair.reason_text = ", ".join(labels.get(code, code) for code in codes)

    @api.depends("one_id", "other_id")
    def _compute_sides(self):
        vendors = self.one_id | self.other_id
        # How many bills and which ends of numbers concern whoever decides.
        family = [("partner_id", "child_of", vendors.ids)]
        accounts = {}
        for bank in self.env["res.partner.bank"].sudo().search(family):
            holder = bank.partner_id.commercial_partner_id.id
            short = shorten(bank.sanitized_acc_number or "")
            accounts.setdefault(holder, []).append(short)
        bills = dict(
            self.env["account.move"]
            .sudo()
            ._read_group(
                [
                    ("commercial_partner_id", "in", vendors.ids),
                    ("move_type", "in", ("in_invoice", "in_refund")),
                    ("state", "=", "posted"),
                ],
                ["commercial_partner_id"],
                ["__count"],
            )
        )
        for pair in self:
            for side in SIDES:
                vendor = pair[f"{side}_id"]
                pair[f"{side}_accounts"] = ", ".join(accounts.get(vendor.id, []))
                pair[f"{side}_bill_count"] = bills.get(vendor, 0)

    # -- Guards

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(_("Vendors that are alike are found, not entered."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            raise AccessError(_("A pair is decided on by its buttons."))
        return super().write(vals)

    def _check_clerk(self):
        if not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(_("Only who may book bills may do this."))

    # -- Buttons

    def action_merge(self):
        """Core's own wizard, with these two; what it allows is core's to say."""
        self.ensure_one()
        if self.state == "merged":
            raise UserError(_("These two are one already."))
        return {
            "type": "ir.actions.act_window",
            "name": _("Merge Vendors"),
            "res_model": "base.partner.merge.automatic.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {
                "active_model": "res.partner",
                "active_ids": [self.one_id.id, self.other_id.id],
            },
        }

    def action_differ(self):
        """Ask for the reason first."""
        self._check_clerk()
        return {
            "type": "ir.actions.act_window",
            "name": _("Not the Same"),
            "res_model": "finance.sync.vendor.differ",
            "view_mode": "form",
            "target": "new",
            "context": {"default_pair_ids": self.ids},
        }

    def action_reopen(self):
        self._check_clerk()
        self.filtered(lambda pair: pair.state == "different")._reopen()
        return True

    # -- Steps

    def _differ(self, reason):
        """Remember that these are two vendors each, and why."""
        self._check_clerk()
        check_access(self, "read")
        reason = (reason or "").strip()
        if len(reason) < SHORTEST_REASON:
            raise UserError(_("Give a reason that somebody else will understand."))
        if any(pair.state != "open" for pair in self):
            raise UserError(_("This was decided on already."))
        for pair in self.sudo():  # rows change by their buttons, which have checked
            pair.write(
                {
                    "state": "different",
                    "decided_by": self.env.uid,
                    "decided_at": fields.Datetime.now(),
                    "decided_reasons": pair.reasons,
                    "note": reason,
                }
            )
        self._tell("different", reason=reason)

    def _reopen(self):
        # See _differ.
        self.sudo().write(
            {
                "state": "open",
                "decided_by": False,
                "decided_at": False,
                "decided_reasons": False,
                "note": False,
            }
        )
        self._tell("reopened")

    def _tell(self, what, **data):
        self.env["finance.sync.event"]._record_many(
            [
                {
                    "type": f"finance_sync.ap.vendor.{what}",
                    "record": pair,
                    "company": pair.company_id or None,
                    "data": {
                        "one": pair.one_id.id,
                        "other": pair.other_id.id,
                        "reasons": pair.reasons,
                        "score": pair.score,
                        **data,
                    },
                }
                for pair in self.sudo()  # whoever causes it may not see all of it
            ]
        )
