from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..core.webhook_signing import generate_secret
from ..models.webhook_secret import OVERLAP_HOURS

OWNERS = ("finance.sync.webhook", "finance.sync.subscription")


class WebhookSecretNew(models.TransientModel):
    """Give a webhook or a subscription a new secret.

    The value passes through: it is neither kept here nor ever shown again.
    """

    _name = "finance.sync.webhook.secret.new"
    _description = "Finance Sync New Webhook Secret"

    owner_model = fields.Char(required=True)
    owner_id = fields.Many2oneReference(model_field="owner_model", required=True)
    value = fields.Char(
        string="Secret",
        compute="_compute_value",
        inverse="_inverse_value",
        help="Give it to the other side now: it is not shown again. Or put in the one "
        "that the other side gave to you.",
    )
    has_older = fields.Boolean(compute="_compute_has_older")
    overlap_hours = fields.Float(
        string="Old Secrets Count for",
        default=OVERLAP_HOURS,
        help="Hours. Both sides change at leisure meanwhile. 0: from now on only the "
        "new one counts.",
    )

    def _compute_value(self):
        self.value = False

    def _inverse_value(self):
        """Nothing: ``create`` hands it on before it is stored anywhere."""

    @api.depends("owner_model", "owner_id")
    def _compute_has_older(self):
        for wizard in self:
            wizard.has_older = bool(wizard._owner().secret_ids._valid())

    @api.model
    def default_get(self, names):
        values = super().default_get(names)
        if "value" in names:
            values["value"] = generate_secret()
        return values

    @api.model_create_multi
    def create(self, vals_list):
        """To save is to store: the dialog has no other moment at which it knows it."""
        values = [vals.get("value") for vals in vals_list]
        wizards = super().create(
            [{k: v for k, v in vals.items() if k != "value"} for vals in vals_list]
        )
        for wizard, value in zip(wizards, values, strict=True):
            wizard._owner()._add_secret(value, wizard.overlap_hours)
        return wizards

    def _owner(self):
        if self.owner_model not in OWNERS:
            raise UserError(_("Nothing here has secrets of that kind."))
        return self.env[self.owner_model].browse(self.owner_id)

    def action_store(self):
        """Pressing the button has saved the dialog, see ``create``."""
        return {"type": "ir.actions.act_window_close"}
