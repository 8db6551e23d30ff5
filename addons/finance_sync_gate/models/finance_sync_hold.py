import logging

from odoo import _, api, fields, models
from odoo.addons.finance_sync.models.exchange_run import TECHNICAL
from odoo.exceptions import UserError, ValidationError

from .gate_rule import POINTS

_logger = logging.getLogger(__name__)


class Hold(models.Model):
    _inherit = "finance.sync.hold"

    gate_fingerprint = fields.Char(
        readonly=True, help="What an override lets pass; anything else asks again."
    )
    gate_point = fields.Selection(POINTS, string="Before", readonly=True)
    gate_user_id = fields.Many2one("res.users", string="Asked by", readonly=True)
    gate_matches = fields.Json(string="Matches", readonly=True)
    gate_match_text = fields.Text(string="Listed", compute="_compute_gate_match_text")
    gate_may_clear = fields.Boolean(compute="_compute_gate_match_text")

    @api.depends("gate_matches", "state")
    def _compute_gate_match_text(self):
        for hold in self:
            matches = hold._gate_matches()
            hold.gate_may_clear = bool(matches) and hold.state == "open"
            hold.gate_match_text = "\n".join(
                _(
                    "%(score)s %%: %(matched)s – %(name)s, %(list)s %(reference)s"
                    "%(more)s",
                    score=match["score"],
                    matched=match["matched"],
                    name=match["name"],
                    list=match["list"],
                    reference=match["reference"],
                    more="".join(
                        f", {match[name]}"
                        for name in ("kind", "born", "program")
                        if match.get(name)
                    ),
                )
                for match in matches
            )

    def _gate_matches(self):
        self.ensure_one()
        return self.gate_matches or []

    def action_gate_clear(self):
        """Say that the partner is somebody else."""
        self.ensure_one()
        self._check_resolver()
        return {
            "type": "ir.actions.act_window",
            "name": _("Somebody Else"),
            "res_model": "finance.sync.gate.clear",
            "view_mode": "form",
            "target": "new",
            "context": {"default_hold_id": self.id},
        }

    def _gate_resolve_cleared(self):
        """Close what is about cleared matches only; the document is confirmed again."""
        clearances = self.env["finance.sync.gate.clearance"]
        for hold in self:
            partner = hold.partner_id.commercial_partner_id
            matches = hold._gate_matches()
            if matches and len(clearances._cleared(partner, matches)) == len(matches):
                hold._close("resolved", _("It is somebody else. Confirm it again."))

    @api.model
    def _cron_gate_waiting(self):
        """Confirm what waited for an answer, as whoever confirmed it."""
        # The cron serves all companies.
        waiting = self.sudo().search(
            [("code", "=", "gate_waiting"), ("state", "=", "open")],
            order="id",
            limit=200,
        )
        for hold in waiting:
            hold._gate_try()

    def _gate_try(self):
        self.ensure_one()
        document = self._document().exists()
        if not document or document._finance_sync_gate_is_over():
            self._close("cancelled", _("The document does not wait any more."))
            return
        user = self.gate_user_id
        if not user.active:
            return
        document = document.with_user(user).with_company(self.company_id)
        document = document.with_context(allowed_company_ids=self.company_id.ids)
        if self._gate_has_changed(document):
            self._close(
                "cancelled", _("It was changed while it waited. Confirm it again.")
            )
            return
        try:
            with self.env.cr.savepoint():
                document._finance_sync_gate_confirm(self.gate_point)
        except TECHNICAL:
            raise
        except (UserError, ValidationError) as error:
            _logger.info("%s still waits: %s", self.name, type(error).__name__)

    def _gate_has_changed(self, document):
        """Only what was confirmed is confirmed by itself."""
        facts = document._finance_sync_gate_facts()
        return abs(abs(float(facts.amount)) - abs(self.amount)) > 0.004 or (
            facts.partner != self.partner_id.commercial_partner_id
        )
