from odoo import _, models
from odoo.exceptions import AccessError


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_finance_sync_screen(self):
        """Who on the lists may be meant, without waiting for a document."""
        self.ensure_one()
        if not self.env.user.has_group("finance_sync.group_resolver"):
            raise AccessError(_("Only a Finance Sync resolver may do this."))
        screens = self.env["finance.sync.gate.list"].search([])
        partner = self.commercial_partner_id
        names = [name for name in (partner.name, self.name) if name]
        entries = []
        for screen in screens:
            if screen.current_version_id:
                matcher = self.env["finance.sync.gate.name"]._matcher(
                    screen.current_version_id
                )
                entries += [match.entry for match in matcher.search(names, 80.0)]
        if not entries:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "title": partner.display_name,
                    "message": _("No list has a name like this.")
                    if screens
                    else _("No screening list has been loaded."),
                    "type": "success" if screens else "warning",
                },
            }
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "finance_sync_gate.finance_sync_gate_entry_action"
            ),
            "name": _("Listed like %s", partner.display_name),
            "domain": [("id", "in", entries)],
        }
