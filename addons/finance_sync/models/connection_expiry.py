from odoo import _, api, fields, models

from ..core.expiry import threshold

ESCALATED = 7
_DATES = ("secret_expires_on", "consent_expires_on", "client_cert_ref")


class Connection(models.Model):
    """What expires becomes a hold 30, 14, 7 and 1 days before."""

    _inherit = "finance.sync.connection"

    secret_expires_on = fields.Date(
        string="Credential Valid until",
        copy=False,
        tracking=True,
        help="As the provider told. A hold reminds 30, 14, 7 and 1 days before.",
    )
    consent_expires_on = fields.Date(
        string="Consent Valid until",
        copy=False,
        tracking=True,
        help="Of a bank or another party that has to agree again from time to time.",
    )
    expiry_warned = fields.Json(copy=False, readonly=True)

    def write(self, vals):
        result = super().write(vals)
        if set(_DATES).intersection(vals):
            self._warn_of_expiry()
        return result

    @api.model
    def _cron_expiry(self):
        # The cron serves all companies.
        self.sudo().search([("state", "!=", "draft")])._warn_of_expiry()

    def _expiries(self):
        """(hold code, what it is called, last day) of all that may expire here."""
        self.ensure_one()
        return [
            ("credential_expiring", _("The credential"), self.secret_expires_on),
            ("certificate_expiring", _("The certificate"), self._certificate_end()),
            ("consent_expiring", _("The consent"), self.consent_expires_on),
        ]

    def _warn_of_expiry(self):
        """Open, refresh or close the holds; remind once at each threshold."""
        today = fields.Date.context_today(self)
        for connection in self.filtered(lambda c: c.state != "draft").sudo():
            warned = dict(connection.expiry_warned or {})
            before = dict(warned)
            for code, what, last_day in connection._expiries():
                reached = threshold(last_day or None, today)
                if reached is None:
                    if warned.pop(code, None) is not None:
                        connection._not_expiring(code)
                elif warned.get(code) != reached:
                    connection._expiring(code, what, last_day, reached)
                    warned[code] = reached
            if warned != before:
                connection.expiry_warned = warned

    def _expiring(self, code, what, last_day, reached):
        text = _("%(what)s of “%(name)s” is valid until %(day)s.")
        if not reached:
            text = _("%(what)s of “%(name)s” has expired on %(day)s.")
        hold = self.env["finance.sync.hold"]._raise(
            code,
            connection=self,
            summary=text
            % {
                "what": what,
                "name": self.name,
                "day": fields.Date.to_string(last_day),
            },
        )
        if hold.user_id:
            hold.activity_ids.unlink()
            hold._remind(hold.user_id)
        if hold and reached <= ESCALATED:
            self._expires_shortly(hold)

    def _expires_shortly(self, hold):
        user = self.escalation_user_id
        if user and not hold.escalated_at:
            hold._escalate_to(user, True, _("It expires within a week."))
        elif user and user != hold.user_id:
            hold._remind(user)

    def _not_expiring(self, code):
        self.env["finance.sync.hold"]._resolve_for(
            connection=self, codes=(code,), why=_("It was renewed.")
        )
