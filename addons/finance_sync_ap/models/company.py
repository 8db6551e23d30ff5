from odoo import api, fields, models

POLICY = ("finance_sync_ap_approval", "finance_sync_ap_two_from",
          "finance_sync_ap_auto_post")  # fmt: skip


class Company(models.Model):
    _inherit = "res.company"

    finance_sync_ap_approval = fields.Selection(
        [
            ("none", "Nowhere"),
            ("odoo", "In Odoo"),
            ("platform", "On the AP Platform"),
        ],
        string="Received Bills Are Approved",
        required=True,
        default="none",
        help="The one place whose approvals count. Bills are posted and paid once "
        "they are approved there.",
    )
    finance_sync_ap_two_from = fields.Monetary(
        string="Two Approvers from",
        help="Bills of this total and above need two of them. 0: one is enough.",
    )
    finance_sync_ap_auto_post = fields.Boolean(
        string="Post Received Bills by Themselves",
        help="As soon as nothing stands against it. Off: a person presses Post.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        for company, vals in zip(companies, vals_list, strict=True):
            company._finance_sync_tell_policy(vals)
        # Whose accounts are our own; see res.partner.bank.
        self.env.registry.clear_cache()
        return companies

    def write(self, vals):
        result = super().write(vals)
        if "partner_id" in vals:
            self.env.registry.clear_cache()
        for company in self:
            company._finance_sync_tell_policy(vals)
        return result

    def _finance_sync_tell_policy(self, vals):
        changed = [name for name in POLICY if name in vals]
        if changed:
            self.env["finance.sync.event"]._record(
                "finance_sync.ap.policy.changed",
                self,
                data={"fields": [f"{name}: {vals[name]}" for name in changed]},
            )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    finance_sync_ap_approval = fields.Selection(
        related="company_id.finance_sync_ap_approval", readonly=False
    )
    finance_sync_ap_two_from = fields.Monetary(
        related="company_id.finance_sync_ap_two_from",
        readonly=False,
        currency_field="finance_sync_ap_currency_id",
    )
    finance_sync_ap_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Currency of Limits"
    )
    finance_sync_ap_auto_post = fields.Boolean(
        related="company_id.finance_sync_ap_auto_post", readonly=False
    )
