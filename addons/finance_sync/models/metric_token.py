from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from ..compat import NO_ACCESS
from ..core.metrics import matching, new_token, token_digest
from .own_cursor import own_cursor

# How often a token's last use is noted at most.
USE_NOTED = timedelta(minutes=10)


class MetricsToken(models.Model):
    """What a monitoring system shows to read figures and the detailed health.

    Only a digest is stored. Rotation: issue a new one, give it to the monitoring
    system, revoke the old one; meanwhile both work.
    """

    _name = "finance.sync.metrics.token"
    _description = "Finance Sync Monitoring Token"
    _order = "id desc"

    name = fields.Char(
        required=True, help="Which monitoring system uses it, and from where."
    )
    digest = fields.Char(required=True, copy=False, groups=NO_ACCESS)
    hint = fields.Char(string="Ends in", readonly=True, copy=False)
    valid_until = fields.Datetime(help="Empty: until it is revoked.")
    revoked_at = fields.Datetime(readonly=True, copy=False)
    last_used = fields.Datetime(readonly=True, copy=False)
    state = fields.Selection(
        [("valid", "Valid"), ("expired", "Expired"), ("revoked", "Revoked")],
        compute="_compute_state",
    )

    @api.depends("valid_until", "revoked_at")
    def _compute_state(self):
        now = fields.Datetime.now()
        for token in self:
            if token.revoked_at:
                token.state = "revoked"
            elif token.valid_until and token.valid_until <= now:
                token.state = "expired"
            else:
                token.state = "valid"

    def _check_manager(self):
        if not (self.env.su or self.env.user.has_group("finance_sync.group_manager")):
            raise AccessError(_("Only a Finance Sync manager may do this."))

    @api.model
    def _issue(self, name, valid_until=False):
        """(record, token). The token is told here and never again."""
        self._check_manager()
        token = new_token()
        # The digest is written by nobody but this method.
        record = self.sudo().create(
            {
                "name": name,
                "digest": token_digest(token),
                "hint": token[-4:],
                "valid_until": valid_until,
            }
        )
        record._tell("issued")
        return record.with_env(self.env), token

    def _tell(self, what):
        for token in self:
            self.env["finance.sync.event"]._record(
                f"finance_sync.metrics_token.{what}", token, data={"name": token.name}
            )

    def action_revoke(self):
        self._check_manager()
        now = fields.Datetime.now()
        # Revoking is the one change there is, by this button alone.
        valid = self.sudo().filtered(lambda token: not token.revoked_at)
        valid.write({"revoked_at": now})
        valid._tell("revoked")
        return True

    @api.model
    def _any_valid(self):
        return bool(self._valid())

    @api.model
    def _is_valid(self, token):
        """Whether this is one of the valid tokens."""
        valid = self._valid()
        found = matching(token, [row["digest"] for row in valid])
        if found is None:
            return False
        self._note_use(valid[found]["id"])
        return True

    def _valid(self):
        # Asked for by whoever calls from outside, before it is known who that is.
        self.env.cr.execute(
            "SELECT id, digest FROM finance_sync_metrics_token"
            " WHERE revoked_at IS NULL AND (valid_until IS NULL"
            " OR valid_until > now() AT TIME ZONE 'UTC')"
        )
        return self.env.cr.dictfetchall()

    def _note_use(self, token_id):
        """By a cursor of its own: two scrapes at once must not fail each other."""
        with own_cursor(self.env) as cr:
            cr.execute(
                "UPDATE finance_sync_metrics_token"
                " SET last_used = clock_timestamp() AT TIME ZONE 'UTC'"
                " WHERE id = %s AND (last_used IS NULL OR last_used <"
                " clock_timestamp() AT TIME ZONE 'UTC' - %s)",
                [token_id, USE_NOTED],
            )
