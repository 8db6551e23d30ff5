from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .finance_sync_tax_rate import JURISDICTIONS

# Why nothing is due: taxes of 0 % that reports tell apart.
ZERO_KINDS = [
    ("zero", "No Tax Due"),
    ("exempt", "Exempt by Certificate"),
    ("reverse_charge", "Reverse Charge"),
    ("export", "Export"),
]


class TaxTemplate(models.Model):
    """The tax that engine taxes are copied from: accounts, tags, cash basis.

    A template counts once somebody other than who submitted it has approved it.
    """

    _name = "finance.sync.tax.template"
    _description = "Engine Tax Template"
    _inherit = ["mail.thread"]
    _order = "company_id, jurisdiction_type"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    jurisdiction_type = fields.Selection(
        JURISDICTIONS + ZERO_KINDS,
        string="For Taxes of",
        required=True,
        tracking=True,
        help="Taxes of 0 % fall back from their own kind to “No Tax Due”, and from "
        "there to their jurisdiction's template.",
    )
    tax_id = fields.Many2one(
        "account.tax",
        string="Template Tax",
        required=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
        domain="[('type_tax_use', '=', 'sale'), ('amount_type', '=', 'percent')]",
    )
    country_id = fields.Many2one(related="tax_id.country_id", store=True)
    state = fields.Selection(
        [("draft", "Draft"), ("submitted", "Submitted"), ("approved", "Approved")],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        tracking=True,
    )
    submitted_by = fields.Many2one("res.users", readonly=True, copy=False)
    approved_by = fields.Many2one("res.users", readonly=True, copy=False)
    approved_at = fields.Datetime(readonly=True, copy=False)

    def init(self):
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS finance_sync_tax_template_approved"
            " ON finance_sync_tax_template (company_id, country_id, jurisdiction_type)"
            " WHERE state = 'approved'"
        )

    @api.depends("jurisdiction_type", "tax_id")
    def _compute_display_name(self):
        labels = dict(
            self._fields["jurisdiction_type"]._description_selection(self.env)
        )
        for template in self:
            kind = labels.get(template.jurisdiction_type, "")
            template.display_name = f"{kind}: {template.tax_id.name or ''}"

    @api.constrains("tax_id")
    def _check_tax(self):
        for template in self:
            tax = template.tax_id
            if tax.type_tax_use != "sale" or tax.amount_type != "percent":
                raise ValidationError(
                    _("A template tax is a percentage on sales; %s is not.") % tax.name
                )
            for lines in (
                tax.invoice_repartition_line_ids,
                tax.refund_repartition_line_ids,
            ):
                taxes = lines.filtered(lambda line: line.repartition_type == "tax")
                if len(taxes) != 1 or taxes.factor_percent != 100:
                    raise ValidationError(
                        _("A template tax has one tax line of 100 %%; %s has not.")
                        % tax.name
                    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_approval_fields(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_approval_fields(vals)
        if {"company_id", "jurisdiction_type", "tax_id"} & vals.keys() and any(
            template.state != "draft" for template in self
        ):
            raise UserError(_("Take the template back to draft before changing it."))
        return super().write(vals)

    def _check_approval_fields(self, vals):
        own = {"state", "submitted_by", "approved_by", "approved_at"}
        if own & vals.keys() and not self.env.su:
            raise UserError(_("Templates are approved by their buttons only."))

    def action_submit(self):
        self._check_group("finance_sync.group_manager")
        for template in self.filtered(lambda t: t.state == "draft"):
            # Its state is nobody's to write but the buttons', which check who asks.
            template.sudo().write(
                {"state": "submitted", "submitted_by": self.env.user.id}
            )
        return True

    def action_approve(self):
        self.env.user._finance_sync_check_approver()
        for template in self.filtered(lambda t: t.state == "submitted"):
            if self.env.user in template.submitted_by | template.create_uid:
                raise AccessError(
                    _("Somebody else must approve what you have submitted.")
                )
            # As above.
            template.sudo().write(
                {
                    "state": "approved",
                    "approved_by": self.env.user.id,
                    "approved_at": fields.Datetime.now(),
                }
            )
        return True

    def action_draft(self):
        if not self.env.user.has_group("finance_sync.group_approver"):
            self._check_group("finance_sync.group_manager")
        # As above.
        self.sudo().write(
            {"state": "draft", "approved_by": False, "approved_at": False}
        )
        return True

    def _check_group(self, group):
        if not self.env.user.has_group(group):
            raise AccessError(_("You are not allowed to do this."))

    @api.model
    def _find(self, company, country, kinds):
        """The approved template of the first of ``kinds`` that has one."""
        # Whoever invoices uses the approved templates without reading them.
        owners = (company.sudo().parent_ids | company).ids
        found = self.sudo().search(
            [
                ("company_id", "in", owners),
                ("country_id", "=", country.id),
                ("jurisdiction_type", "in", list(kinds)),
                ("state", "=", "approved"),
            ]
        )
        by_kind = {(t.company_id, t.jurisdiction_type): t for t in found}
        for kind in kinds:
            owner = company.sudo()
            while owner:
                if (owner, kind) in by_kind:
                    return by_kind[owner, kind]
                owner = owner.parent_id
        return self.browse()
