from odoo import _, fields, models
from odoo.exceptions import UserError

from ..core.signing import SignatureError
from ..models import signing as keys
from ..models.anchor import decode


class AnchorVerify(models.TransientModel):
    """Hold an anchor that was kept outside against the chains here."""

    _name = "finance.sync.anchor.verify"
    _description = "Verify an Anchor"

    upload = fields.Binary(string="Anchor File", required=True, attachment=False)
    filename = fields.Char()
    state = fields.Selection(
        [("intact", "Intact"), ("broken", "Broken")], readonly=True
    )
    result = fields.Text(readonly=True)

    def action_verify(self):
        """Verify every chain that the anchor names, up to its head and beyond."""
        self.ensure_one()
        # Chains of all companies: an anchor names them all, by number and hash only.
        chains = self.env["finance.sync.chain"].sudo()
        self.env["finance.sync.chain"]._check_may_verify()
        try:
            body = self.env["finance.sync.anchor"]._read_body(
                decode(self.upload), keys.trusted_keys()
            )
        except SignatureError as error:
            raise UserError(str(error)) from error
        breaks = chains._verify_against(body)
        self.write(
            {
                "state": "broken" if breaks else "intact",
                "result": "\n".join(map(str, breaks))
                or _("Every event and seal up to this anchor is as it was."),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "name": _("Verify an Anchor"),
        }
