from odoo import fields, models

# Sending again would be wrong here: somebody has to look at the other side first.
NOT_BY_RETRY = ("outcome_unknown", "payload_conflict")


class DocumentMixin(models.AbstractModel):
    """The buttons of the banner."""

    _inherit = "finance.sync.document.mixin"

    finance_sync_can_retry = fields.Boolean(compute="_compute_finance_sync_can_retry")

    def _compute_finance_sync_can_retry(self):
        resolver = self.env.user.has_group("finance_sync.group_resolver")
        for document in self:
            document.finance_sync_can_retry = resolver and bool(
                document._finance_sync_retryable()
            )

    def _finance_sync_retryable(self):
        """The open holds whose message can be sent again from the document."""
        # Whoever may read the document may know why it waits.
        holds = self.finance_sync_hold_ids.sudo().filtered(
            lambda hold: hold.exchange_id and hold.code not in NOT_BY_RETRY
        )
        return holds.sudo(False)

    def action_finance_sync_retry(self):
        """Send again what is held, without a detour to the worklist."""
        return self._finance_sync_retryable().action_retry()

    def action_finance_sync_open_holds(self):
        """A single hold is shown at once, several as a list."""
        action = super().action_finance_sync_open_holds()
        holds = self.finance_sync_hold_ids
        if len(holds) != 1:
            return action
        return {
            **action,
            "res_id": holds.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
