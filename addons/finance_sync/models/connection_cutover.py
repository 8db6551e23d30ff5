from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .internal import internal_value

SIGNED_OFF = "finance_sync_signed_off"


class Connection(models.Model):
    """Cut-over: from which day a connection counts, and whether it only watches."""

    _inherit = "finance.sync.connection"

    mode = fields.Selection(
        [("live", "Live"), ("shadow", "Shadow")],
        required=True,
        default="live",
        copy=False,
        tracking=True,
        help="Shadow: everything is computed and compared with the books, and "
        "nothing is changed, neither here nor in the other system.",
    )
    baseline_date = fields.Date(
        tracking=True,
        copy=False,
        help="The cut-over. Documents dated before belong to the former process: "
        "they are never sent and never count as missing.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        connections = super().create(vals_list)
        connections._check_baseline()
        return connections

    def write(self, vals):
        """A connection that watched goes live by a signed cut-over only."""
        signed = internal_value(self.env, SIGNED_OFF, False)
        if vals.get("mode") == "live" and not signed:
            watching = self.filtered(
                lambda c: c.mode == "shadow" and c.state != "draft"
            )
            if watching:
                raise UserError(
                    _(
                        "“%s” runs in shadow mode. It goes live by a cut-over that its "
                        "business owner and an approver sign.",
                        watching[0].name,
                    )
                )
        result = super().write(vals)
        if "baseline_date" in vals or "mode" in vals:
            self._check_baseline()
        return result

    def _check_baseline(self):
        for connection in self:
            if connection.mode == "shadow" and connection.outage_policy == "fallback":
                raise UserError(
                    _(
                        "A connection in shadow mode decides nothing; it needs no "
                        "fallback."
                    )
                )

    def _is_shadow(self):
        """Whether it computes and compares, but changes nothing."""
        self.ensure_one()
        return self.mode == "shadow"

    def _is_before_baseline(self, date):
        """Whether a document of ``date`` belongs to the former process."""
        self.ensure_one()
        return bool(self.baseline_date and date and date < self.baseline_date)

    def _baseline_domain(self, date_field):
        """Documents that this connection is about; whoever counts missing ones asks."""
        self.ensure_one()
        if not self.baseline_date:
            return []
        return ["|", (date_field, ">=", self.baseline_date), (date_field, "=", False)]
