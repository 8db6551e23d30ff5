from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError


class ExchangeCancel(models.TransientModel):
    """Give messages up for good, with a reason."""

    _name = "finance.sync.exchange.cancel"
    _description = "Cancel Finance Sync Exchanges"

    exchange_ids = fields.Many2many("finance.sync.exchange", required=True)
    count = fields.Integer(compute="_compute_what", string="Messages")
    cancellable = fields.Integer(compute="_compute_what", string="Will Be Cancelled")
    kept_text = fields.Text(compute="_compute_what", string="Kept")
    reason = fields.Char(required=True, size=200)

    @api.depends("exchange_ids")
    def _compute_what(self):
        for wizard in self:
            going, kept = wizard._going()
            wizard.count = len(wizard.exchange_ids)
            wizard.cancellable = len(going)
            wizard.kept_text = "\n".join(kept[:20].mapped("display_name"))

    def _going(self):
        """(those that can be cancelled, those that may be there or are finished)"""
        unfinished = self.exchange_ids.filtered(
            lambda exchange: exchange.state in ("pending", "held")
        )
        going = unfinished - unfinished._maybe_there()
        return going, self.exchange_ids - going

    def action_cancel(self):
        self.ensure_one()
        if not self.env.user.has_group("finance_sync.group_manager"):
            raise AccessError(_("Only a Finance Sync manager may cancel messages."))
        going, _kept = self._going()
        if not going:
            raise UserError(
                _(
                    "None of these can be cancelled: they may have reached the"
                    " other side."
                )
            )
        going._give_up(
            _(
                "Cancelled by %(user)s: %(reason)s",
                user=self.env.user.name,
                reason=self.reason.strip(),
            )
        )
        return {"type": "ir.actions.act_window_close"}
