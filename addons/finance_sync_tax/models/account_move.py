from odoo import _, api, fields, models
from odoo.addons.finance_sync.models.internal import internal_value

# The fields of a document that its tax follows from; those of lines are in
# account_move_line.
TAX_FIELDS = frozenset(
    {
        "partner_id",
        "partner_shipping_id",
        "invoice_date",
        "currency_id",
        "company_id",
        "fiscal_position_id",
        "move_type",
        "reversed_entry_id",
        "invoice_cash_rounding_id",
    }
)
TAX_STATES = [
    ("none", "Not Applicable"),
    ("todo", "To Determine"),
    ("determined", "Determined"),
    ("stale", "Out of Date"),
    ("waiting", "Waiting for Tax"),
    ("committing", "Being Recorded"),
    ("committed", "Recorded"),
    ("voiding", "Being Voided"),
    ("voided", "Voided"),
    ("error", "Exception"),
]

# What kept a draft from being posted; gone once it is.
DRAFT_HOLDS = (
    "tax_ledger_difference",
    "tax_bad_answer",
    "tax_address",
    "tax_refund_exceeds",
    "tax_rejected",
    "tax_setup",
    "tax_engine_away",
    "tax_outage_waiting",
)


class AccountMove(models.Model):
    _inherit = "account.move"

    finance_sync_tax_connection_id = fields.Many2one(
        "finance.sync.connection",
        string="Tax Engine",
        compute="_compute_finance_sync_tax_connection_id",
        compute_sudo=True,
    )
    finance_sync_tax_used_id = fields.Many2one(
        "finance.sync.connection",
        string="Determined by",
        copy=False,
        readonly=True,
        ondelete="restrict",
        help="The connection whose engine determined the tax.",
    )
    finance_sync_tax_state = fields.Selection(
        TAX_STATES,
        string="Tax Status",
        default="none",
        copy=False,
        readonly=True,
        index=True,
    )
    finance_sync_tax_engine = fields.Char(
        copy=False,
        readonly=True,
        help="The engine whose amounts these are; not the connection's own where "
        "they were estimated.",
    )
    finance_sync_tax_code = fields.Char(
        string="Document Code at the Engine", copy=False, readonly=True, index=True
    )
    finance_sync_tax_serial = fields.Integer(copy=False, readonly=True)
    finance_sync_tax_fingerprint = fields.Char(copy=False, readonly=True)
    finance_sync_tax_hash = fields.Char(
        copy=False, readonly=True, help="What was frozen when the waiting began."
    )
    finance_sync_tax_date = fields.Date(
        copy=False, readonly=True, help="The day whose rates apply."
    )
    finance_sync_tax_estimated = fields.Boolean(copy=False, readonly=True)
    finance_sync_tax_total = fields.Monetary(
        string="Tax by the Engine", copy=False, readonly=True
    )
    finance_sync_tax_question = fields.Json(
        copy=False, readonly=True, groups="finance_sync.group_user"
    )
    finance_sync_tax_answer = fields.Json(
        copy=False, readonly=True, groups="finance_sync.group_user"
    )
    finance_sync_tax_recorded = fields.Boolean(
        compute="_compute_finance_sync_tax_recorded",
        help="The engine has the document, or will have it.",
    )
    finance_sync_tax_detail_ids = fields.One2many(
        "finance.sync.tax.detail", "move_id", copy=False, readonly=True
    )

    @api.depends(
        "move_type",
        "state",
        "company_id",
        "fiscal_position_id",
        "finance_sync_tax_used_id",
    )
    def _compute_finance_sync_tax_connection_id(self):
        for move in self:
            if move.move_type not in ("out_invoice", "out_refund"):
                move.finance_sync_tax_connection_id = False
            elif move.state == "draft" or not move.finance_sync_tax_used_id:
                move.finance_sync_tax_connection_id = (
                    move.state == "draft" and move._finance_sync_tax_choice()
                )
            else:
                move.finance_sync_tax_connection_id = move.finance_sync_tax_used_id

    @api.depends("state", "finance_sync_tax_state")
    def _compute_finance_sync_tax_recorded(self):
        for move in self:
            state = move.finance_sync_tax_state
            move.finance_sync_tax_recorded = state in ("committing", "committed") or (
                state == "error" and move.state == "posted"
            )

    def _finance_sync_tax_choice(self):
        """The connection that the fiscal position or the company names."""
        position, company = self.fiscal_position_id, self.company_id
        if position.finance_sync_tax_excluded:
            return self.env["finance.sync.connection"]
        return (
            position.finance_sync_tax_connection_id
            or company._finance_sync_tax_connection()
        )

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        moves._finance_sync_tax_begin()
        return moves

    def _finance_sync_tax_begin(self):
        """Drafts that have come under an engine are to be determined, or no more."""
        drafts = self.filtered(lambda move: move.state == "draft")
        managed = drafts.filtered("finance_sync_tax_connection_id")
        begun = managed.filtered(lambda m: m.finance_sync_tax_state == "none")
        if begun:
            begun._finance_sync_set({"finance_sync_tax_state": "todo"})
        ended = (drafts - managed).filtered(
            lambda m: (
                m.finance_sync_tax_state in ("todo", "stale", "determined", "error")
            )
        )
        if ended:
            ended._finance_sync_set({"finance_sync_tax_state": "none"})

    @api.model
    def _finance_sync_tax_rebegin(self, domain):
        """The engine of some companies or fiscal positions was changed."""
        # Of drafts that who changes the setting need not see.
        drafts = self.sudo().search(
            [
                ("state", "=", "draft"),
                ("move_type", "in", ("out_invoice", "out_refund")),
                *domain,
            ]
        )
        drafts.invalidate_recordset(["finance_sync_tax_connection_id"])
        drafts._finance_sync_tax_begin()

    def write(self, vals):
        moves = self._finance_sync_tax_watch(bool(TAX_FIELDS & vals.keys()))
        leaving = self._finance_sync_tax_leaving(vals)
        result = super().write(vals)
        moves._finance_sync_tax_changed()
        if {"fiscal_position_id", "company_id", "move_type"} & vals.keys():
            self._finance_sync_tax_begin()
        leaving._finance_sync_tax_void()
        return result

    def unlink(self):
        self.filtered("finance_sync_tax_recorded")._finance_sync_tax_void()
        waiting = self.filtered(lambda m: m.finance_sync_tax_state == "waiting")
        if waiting:
            waiting._finance_sync_tax_unwait(_("The draft was deleted."))
        return super().unlink()

    def _finance_sync_is_ours(self):
        return internal_value(self.env, "finance_sync_determining", False)

    def _finance_sync_tax_watch(self, taxed=True):
        """Drafts that a change makes out of date: one of what their tax follows
        from (``taxed``), or, for those that wait, of anything.
        """
        if self._finance_sync_is_ours():
            return self.browse()
        states = ("determined", "waiting") if taxed else ("waiting",)
        return self.filtered(
            lambda move: move.state == "draft" and move.finance_sync_tax_state in states
        )

    def _finance_sync_tax_changed(self):
        """A field was written of these, which the watch has found."""
        moves = self.exists()
        thawed = moves._finance_sync_thawed()
        if thawed:
            thawed._finance_sync_tax_unwait(_("The invoice was changed."))
        stale = moves.filtered(lambda m: m.finance_sync_tax_state == "determined")
        if stale:
            stale._finance_sync_set({"finance_sync_tax_state": "stale"})

    def _prepare_product_base_line_for_taxes_computation(self, product_line):
        """19.0 only: the engine's amounts where they hold, not computed ones."""
        base_line = super()._prepare_product_base_line_for_taxes_computation(
            product_line
        )
        amounts = product_line._finance_sync_forced()
        if amounts is not None:
            base_line["manual_tax_amounts"] = {
                str(tax_id): {"tax_amount_currency": amount}
                for tax_id, amount in amounts.items()
            }
            net = product_line.finance_sync_tax_amounts["net"]
            base_line["manual_total_excluded_currency"] = net
        return base_line
