from odoo import _, api, fields, models
from odoo.addons.finance_sync.core.canonical import digest
from odoo.exceptions import AccessError, UserError

SHORTEST_REASON = 10
# What identifies a partner; a clearing ends when any of it changes.
IDENTITY = ("name", "commercial_company_name", "vat", "company_registry", "is_company")


class GateClearance(models.Model):
    """Somebody said, and somebody else agreed, that a partner is not who is listed."""

    _name = "finance.sync.gate.clearance"
    _description = "Cleared Match"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _rec_name = "entry_name"

    partner_id = fields.Many2one(
        "res.partner", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="partner_id.company_id", store=True, index=True
    )
    list_id = fields.Many2one(
        "finance.sync.gate.list", required=True, readonly=True, ondelete="restrict"
    )
    reference = fields.Char(string="Entry", required=True, readonly=True)
    entry_name = fields.Char(string="Listed as", required=True, readonly=True)
    score = fields.Float(readonly=True, digits=(5, 2))
    reason = fields.Text(required=True, readonly=True)
    state = fields.Selection(
        [
            ("requested", "To Approve"),
            ("approved", "Cleared"),
            ("refused", "Refused"),
            ("reopened", "Open Again"),
        ],
        required=True,
        readonly=True,
        default="requested",
        tracking=True,
        index=True,
    )
    requested_by = fields.Many2one("res.users", required=True, readonly=True)
    requested_at = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now
    )
    approved_by = fields.Many2one("res.users", string="Decided by", readonly=True)
    approved_at = fields.Datetime(string="Decided on", readonly=True)
    partner_fingerprint = fields.Char(readonly=True)
    entry_fingerprint = fields.Char(readonly=True)
    hold_id = fields.Many2one("finance.sync.hold", readonly=True, ondelete="set null")

    @api.model
    def _request(self, hold, reason):
        """Ask to clear every match that a hold is about."""
        if not self.env.user.has_group("finance_sync.group_resolver"):
            raise AccessError(_("Only a Finance Sync resolver may do this."))
        reason = (reason or "").strip()
        if len(reason) < SHORTEST_REASON:
            raise UserError(_("Give a reason that somebody else will understand."))
        partner = hold.sudo().partner_id.commercial_partner_id
        matches = hold.sudo()._gate_matches()
        if not partner or not matches:
            raise UserError(_("This hold is about no match with a list."))
        made = self.sudo().create(  # made here only, after the checks above
            [
                {
                    "partner_id": partner.id,
                    "list_id": self.env["finance.sync.gate.list"]
                    .sudo()
                    .search([("code", "=", match["list"])], limit=1)
                    .id,
                    "reference": match["reference"],
                    "entry_name": match["name"],
                    "score": float(match["score"]),
                    "reason": reason,
                    "requested_by": self.env.uid,
                    "partner_fingerprint": self._fingerprint(partner),
                    "entry_fingerprint": match["fingerprint"],
                    "hold_id": hold.id,
                }
                for match in matches
            ]
        )
        for clearance in made:
            clearance.with_env(self.env)._tell("requested")
        return made.with_env(self.env)

    @api.model
    def _fingerprint(self, partner):
        partner = partner.sudo()  # of whoever confirms, seen or not
        values = [str(partner[name] or "") for name in IDENTITY]
        return digest([*values, partner.country_id.code or ""])

    @api.model
    def _cleared(self, partner, matches):
        """Of ``matches``, those that are known to be somebody else.

        A clearing whose partner or entry has changed since is opened again.
        """
        known = self.sudo().search(  # counts for everybody who confirms
            [("partner_id", "=", partner.id), ("state", "=", "approved")]
        )
        by_entry = {(c.list_id.code, c.reference): c for c in known}
        identity = self._fingerprint(partner) if known else ""
        cleared = []
        for match in matches:
            clearance = by_entry.get((match["list"], match["reference"]))
            if not clearance:
                continue
            same = (
                clearance.partner_fingerprint == identity
                and clearance.entry_fingerprint == match["fingerprint"]
            )
            if same:
                cleared.append(match)
            elif clearance.state == "approved":
                clearance.state = "reopened"
                clearance._tell("reopened")
        return cleared

    def _check_may_decide(self):
        user = self.env.user
        user._finance_sync_check_approver()
        for clearance in self:
            if clearance.state != "requested":
                raise UserError(_("This has been decided on already."))
            if clearance.requested_by == user:
                raise UserError(_("A second person has to decide on your clearing."))

    def action_approve(self):
        self._check_may_decide()
        self._decide("approved")
        for hold in self.sudo().hold_id.filtered(lambda h: h.state == "open"):
            hold._gate_resolve_cleared()
        return True

    def action_refuse(self):
        self._check_may_decide()
        self._decide("refused")
        return True

    def _decide(self, state):
        # Rows change through these actions only, which have checked the user.
        self.sudo().write(
            {
                "state": state,
                "approved_by": self.env.uid,
                "approved_at": fields.Datetime.now(),
            }
        )
        for clearance in self:
            clearance._tell(state)

    def _tell(self, what):
        self.env["finance.sync.event"]._record(
            f"finance_sync.gate.clearance.{what}",
            self,
            data={
                "entry": f"{self.sudo().list_id.code} {self.reference}",
                "requested_by": self.requested_by.id,
            },
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(_("Clearings are evidence and stay."))
