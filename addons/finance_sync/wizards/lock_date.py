from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools.misc import format_date

from ..models.duty_event import LOCKS


class LockDate(models.TransientModel):
    """Lock dates of a company, for which Community has no screen."""

    _name = "finance.sync.lock.date"
    _description = "Lock Dates"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        domain=lambda self: [("id", "in", self.env.companies.ids)],
    )
    period_lock_date = fields.Date(
        string="For Everyone but Advisers",
        help="Up to this date, only billing administrators may book.",
    )
    sale_lock_date = fields.Date(
        string="Sales", help="Up to this date, sales journals are closed."
    )
    purchase_lock_date = fields.Date(
        string="Purchases", help="Up to this date, purchase journals are closed."
    )
    tax_lock_date = fields.Date(
        string="Tax Return",
        help="Up to this date, nothing that bears tax may be booked.",
    )
    fiscalyear_lock_date = fields.Date(
        string="For Everyone", help="Up to this date, nobody may book."
    )
    hard_lock_date = fields.Date(
        string="For Everyone, Irrevocably",
        help="Up to this date, nobody may book ever again. It cannot be taken back.",
    )
    has_period = fields.Boolean(default=lambda self: self._has("period_lock_date"))
    has_journals = fields.Boolean(default=lambda self: self._has("sale_lock_date"))
    has_hard = fields.Boolean(default=lambda self: self._has("hard_lock_date"))
    latest = fields.Date(compute="_compute_obstacles")
    draft_count = fields.Integer(compute="_compute_obstacles")
    hold_count = fields.Integer(compute="_compute_obstacles")

    @api.model
    def _has(self, name):
        return name in self.env["res.company"]._fields

    @api.onchange("company_id")
    def _onchange_company_id(self):
        self.update(self._current(self.company_id))

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        company = self.env["res.company"].browse(
            values.get("company_id") or self.env.company.id
        )
        return {**values, **self._current(company)}

    def _current(self, company):
        """The lock dates that ``company`` has now."""
        return {name: company[name] for name in self._locks()}

    def _locks(self):
        return [name for name in LOCKS if self._has(name)]

    @api.depends("company_id", *LOCKS)
    def _compute_obstacles(self):
        for wizard in self:
            dates = [wizard[name] for name in wizard._locks() if wizard[name]]
            wizard.latest = max(dates, default=False)
            wizard.draft_count = wizard._count("account.move", "date", "draft")
            wizard.hold_count = wizard._count("finance.sync.hold", "period", "open")

    def _count(self, model, date_field, state):
        """Records of the company in ``state`` that the latest date would lock in."""
        if not self.latest:
            return 0
        return self.env[model].search_count(self._domain(date_field, state))

    def _domain(self, date_field, state):
        return [
            ("company_id", "child_of", self.company_id.id),
            (date_field, "<=", self.latest),
            ("state", "=", state),
        ]

    def action_show_drafts(self):
        return self._show(
            _("Not Posted Yet"), "account.move", self._domain("date", "draft")
        )

    def action_show_holds(self):
        return self._show(
            _("Open Holds"), "finance.sync.hold", self._domain("period", "open")
        )

    def _show(self, name, model, domain):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": domain,
        }

    def action_apply(self):
        """Write the changed dates; Odoo checks what may not be locked in."""
        self.ensure_one()
        if not self.env.user.has_group("account.group_account_manager"):
            raise AccessError(_("Only billing administrators may set lock dates."))
        if self.company_id not in self.env.companies:
            raise AccessError(_("Select this company first."))
        if self.latest and self.latest > fields.Date.context_today(self):
            raise ValidationError(_("A day that has not ended cannot be locked."))
        before = self._current(self.company_id)
        changed = {
            name: self[name] for name in self._locks() if self[name] != before[name]
        }
        if changed:
            # Billing administrators keep the books, yet may not write companies.
            self.company_id.sudo().write(changed)
            self._record(before, changed)
        return {"type": "ir.actions.act_window_close"}

    def _record(self, before, changed):
        """Say on the company's contact who moved which date."""
        labels = self.fields_get(list(changed), ["string"])
        lines = [
            _(
                "%(lock)s: %(old)s → %(new)s",
                lock=labels[name]["string"],
                old=format_date(self.env, before[name]) or _("none"),
                new=format_date(self.env, value) or _("none"),
            )
            for name, value in changed.items()
        ]
        # The contact may be out of reach of the one who keeps the books.
        self.company_id.partner_id.sudo()._message_log(
            body=_("Lock dates changed: %s", "; ".join(lines)),
            author_id=self.env.user.partner_id.id,
        )
