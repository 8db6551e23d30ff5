from odoo import _, models
from odoo.exceptions import AccessError

# What a resolver changes directly; everything else of a hold moves by its buttons.
OPEN_TO_RESOLVERS = ("user_id", "team_id")
# What protects the books comes with the addon; managers do not weaken it.
OF_THE_ADDON = (
    "code",
    "blocking",
    "overridable",
    "second_person",
    "auto_close",
    "auto_operation",
)
OF_THE_CHATTER = ("message_", "activity_", "website_message_")


class Hold(models.Model):
    _inherit = "finance.sync.hold"

    def write(self, vals):
        """Keep amounts, states and decisions out of reach of a plain ``write``."""
        closed = [
            name
            for name in vals
            if name not in OPEN_TO_RESOLVERS and not name.startswith(OF_THE_CHATTER)
        ]
        if closed and not self.env.su:
            raise AccessError(
                _("Holds are worked by their buttons; only the owner is assigned.")
            )
        return super().write(vals)

    def action_decide(self):
        """Show an approver what was asked for; whoever may not decide is told so."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Override"),
            "res_model": "finance.sync.hold.override",
            "view_mode": "form",
            "target": "new",
            "context": {"default_hold_id": self.id},
        }


class HoldType(models.Model):
    _inherit = "finance.sync.hold.type"

    def write(self, vals):
        """Let managers change texts and times, not what a hold protects."""
        if not self.env.su and set(OF_THE_ADDON).intersection(vals):
            raise AccessError(
                _("Whether a hold blocks and who may override it is not changed here.")
            )
        return super().write(vals)
