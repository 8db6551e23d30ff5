import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, Command, _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from ..compat import GROUPS_FIELD, users_of
from ..core.canonical import digest
from ..core.duties import conflicting_with

_logger = logging.getLogger(__name__)

DUTIES = [
    ("resolver", "Resolver: works holds"),
    ("manager", "Manager: sets up connections"),
    ("approver", "Approver: decides on requests"),
    ("auditor", "Auditor: reads everything"),
]
MINUTES = [
    ("15", "15 minutes"),
    ("30", "30 minutes"),
    ("60", "1 hour"),
    ("120", "2 hours"),
    ("240", "4 hours"),
]
SHORTEST_REASON = 20
REVIEW = "break_glass_review"


class BreakGlass(models.Model):
    """Emergency access: a duty for a while, announced at once, reviewed afterwards."""

    _name = "finance.sync.break.glass"
    _description = "Finance Sync Emergency Access"
    _inherit = ["mail.thread", "mail.activity.mixin", "finance.sync.document.mixin"]
    _order = "id desc"
    _mail_post_access = "read"

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    duty = fields.Selection(DUTIES, required=True, readonly=True)
    reason = fields.Text(required=True, readonly=True)
    started_at = fields.Datetime(required=True, readonly=True)
    ends_at = fields.Datetime(required=True, readonly=True)
    ended_at = fields.Datetime(readonly=True)
    ended_how = fields.Selection(
        [
            ("time", "Its time was up"),
            ("user", "Given back early"),
            ("other", "Withdrawn by somebody else"),
        ],
        readonly=True,
    )
    ended_by = fields.Many2one("res.users", readonly=True)
    state = fields.Selection(
        [("active", "Active"), ("ended", "To Review"), ("reviewed", "Reviewed")],
        required=True,
        readonly=True,
        default="active",
        index=True,
        tracking=True,
    )
    granted_group_ids = fields.Many2many(
        "res.groups", "finance_sync_break_glass_group_rel", readonly=True
    )
    verdict = fields.Selection(
        [("justified", "Justified"), ("misused", "Not justified")],
        readonly=True,
        tracking=True,
    )
    review_note = fields.Text(readonly=True)
    reviewed_by = fields.Many2one("res.users", readonly=True)
    reviewed_at = fields.Datetime(readonly=True)

    def init(self):
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS finance_sync_break_glass_one_active"
            " ON finance_sync_break_glass (user_id) WHERE state = 'active'"
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(_("Emergency accesses are history and cannot be deleted."))

    # -- Taken

    @api.model
    def _take(self, duty, minutes, reason):
        """Give the current user a duty, for so many minutes.

        :raises AccessError: whoever may not take one
        :raises UserError: no reason, one is active, or the duties conflict
        """
        user = self.env.user
        reason = (reason or "").strip()
        self._check_may_take(user, duty)
        if str(minutes) not in dict(MINUTES):
            raise UserError(_("Emergency access lasts at most four hours."))
        if len(reason) < SHORTEST_REASON:
            raise UserError(_("Say what happened and what you are going to do."))
        now = fields.Datetime.now()
        # Whoever takes it writes neither this row nor their own groups.
        glass = self.sudo().create(
            {
                "name": self.env["ir.sequence"]
                .sudo()  # numbers are for everybody
                .next_by_code("finance.sync.break.glass"),
                "user_id": user.id,
                "company_id": self.env.company.id,
                "duty": duty,
                "reason": reason,
                "started_at": now,
                "ends_at": now + timedelta(minutes=int(minutes)),
            }
        )
        glass._grant()
        glass._announce()
        return glass.with_env(self.env)

    def _check_may_take(self, user, duty):
        if duty not in dict(DUTIES):
            raise UserError(_("There is no such duty."))
        works = user.has_group("finance_sync.group_resolver")
        if user.id == SUPERUSER_ID or not (
            works or user.has_group("base.group_system")
        ):
            raise AccessError(
                _("Emergency access is for resolvers and administrators.")
            )
        if user.has_group(f"finance_sync.group_{duty}"):
            raise UserError(_("You have this duty already."))
        if self.sudo().search_count(  # any company's
            [("user_id", "=", user.id), ("state", "=", "active")], limit=1
        ):
            raise UserError(_("You have an emergency access already. End it first."))
        lines = self.env["finance.sync.connection.user"].sudo()  # any company's
        if lines.search_count([("user_id", "=", user.id)], limit=1):
            raise UserError(_("The login that runs jobs takes no emergency access."))
        for other in conflicting_with(duty):
            if user.has_group(f"finance_sync.group_{other}"):
                raise UserError(
                    _(
                        "Your own duties and this one must stay apart, even now. "
                        "Ask somebody who does not set up what is to be approved."
                    )
                )

    def _grant(self):
        user = self.user_id
        before = user[GROUPS_FIELD]
        group = self.env.ref(f"finance_sync.group_{self.duty}")
        user.write({GROUPS_FIELD: [Command.link(group.id)]})
        user.invalidate_recordset([GROUPS_FIELD])
        self.granted_group_ids = user[GROUPS_FIELD] - before
        self.env.registry.clear_cache()

    def _announce(self):
        """Tell approvers and auditors now, and keep a hold until it is reviewed."""
        text = _(
            "%(user)s has taken emergency access as %(duty)s until %(until)s (UTC)."
            " Reason: %(reason)s",
            user=self.user_id.name,
            duty=dict(DUTIES)[self.duty].partition(":")[0],
            until=fields.Datetime.to_string(self.ends_at),
            reason=self.reason,
        )
        watchers = self._watchers()
        self.message_notify(
            partner_ids=watchers.partner_id.ids,
            subject=_("Emergency access: %s", self.user_id.name),
            body=plaintext2html(text),
        )
        for user in watchers:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=_("Review an emergency access"),
                note=plaintext2html(text),
                user_id=user.id,
            )
        self.env["finance.sync.hold"]._raise(
            REVIEW, document=self, company=self.company_id, summary=text
        )
        self._event("opened", until=self.ends_at, reason_digest=digest(self.reason))

    def _watchers(self):
        """Approvers and auditors of the company, but for who took it."""
        found = self.env["res.users"]
        for duty in ("approver", "auditor"):
            found |= users_of(self.env, f"finance_sync.group_{duty}")
        return found.filtered(
            lambda user: self.company_id in user.company_ids and user != self.user_id
        )

    # -- Ended

    def action_end(self):
        """Give it back early; a manager of users or an approver may withdraw it."""
        for glass in self:
            mine = glass.user_id == self.env.user
            if not (mine or glass._may_review() or self.env.is_admin()):
                raise AccessError(_("Only its user or a reviewer may end it."))
            # Rows change through these actions only, which have checked the user.
            glass.sudo()._end("user" if mine else "other")
        return {"type": "ir.actions.client", "tag": "reload"}

    def _end(self, how):
        for glass in self.filtered(lambda glass: glass.state == "active"):
            glass.write(
                {
                    "state": "ended",
                    "ended_at": min(fields.Datetime.now(), glass.ends_at),
                    "ended_how": how,
                    "ended_by": self.env.uid if how != "time" else False,
                }
            )
            # From here on, asking for the user's groups is no use of the access.
            glass.flush_recordset()
            self.env.registry.clear_cache()
            # In one go: Odoo 17 adds the groups that the remaining ones imply.
            glass.user_id.write(
                {
                    GROUPS_FIELD: [
                        Command.unlink(group.id) for group in glass.granted_group_ids
                    ]
                }
            )
            glass._event("ended", how=how)
        self.env.registry.clear_cache()

    @api.model
    def _cron_end(self):
        # The cron serves all companies.
        glasses = self.sudo()
        glasses.search(self._overdue())._end("time")
        lately = fields.Datetime.now() - timedelta(minutes=3)
        if glasses.search_count([("ended_at", ">", lately)], limit=1):
            # A request that began before the end may have cached the groups after it.
            self.env.registry.clear_cache()

    @api.model
    def _overdue(self):
        return [("state", "=", "active"), ("ends_at", "<=", fields.Datetime.now())]

    @api.model
    def _end_overdue_of(self, uid):
        """End what is overdue of a user now, whatever becomes of this transaction."""
        try:
            with self.env.registry.cursor() as cr:
                cr.execute("SET LOCAL lock_timeout = '5s'")
                env = api.Environment(cr, SUPERUSER_ID, {})
                glasses = env[self._name].search(
                    [*self._overdue(), ("user_id", "=", uid)]
                )
                glasses._end("time")
            # The request that noticed it fails, and would not tell the other workers.
            self.env.registry.signal_changes()
        except Exception:
            # The access is refused all the same; the cron tries again.
            _logger.exception("The emergency access of user %s could not be ended", uid)

    # -- Reviewed

    def _may_review(self):
        user = self.env.user
        return (
            user.id != SUPERUSER_ID
            and user != self.user_id
            and (
                user.has_group("finance_sync.group_approver")
                or user.has_group("finance_sync.group_auditor")
            )
        )

    def action_review(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Review"),
            "res_model": "finance.sync.break.glass.review",
            "view_mode": "form",
            "target": "new",
            "context": {"default_glass_id": self.id},
        }

    def _review(self, verdict, note):
        self.ensure_one()
        if not self._may_review():
            raise AccessError(
                _("An approver or auditor other than its user reviews it.")
            )
        if self.state != "ended":
            raise UserError(_("It is reviewed once, after it has ended."))
        note = (note or "").strip()
        if len(note) < SHORTEST_REASON or verdict not in ("justified", "misused"):
            raise UserError(_("Say what you looked at and what you found."))
        glass = self.sudo()  # see action_end
        glass.write(
            {
                "state": "reviewed",
                "verdict": verdict,
                "review_note": note,
                "reviewed_by": self.env.uid,
                "reviewed_at": fields.Datetime.now(),
            }
        )
        glass.activity_ids.unlink()
        self.env["finance.sync.hold"]._resolve_for(
            document=glass,
            codes=(REVIEW,),
            why=_("Reviewed by %s.", self.env.user.name),
        )
        self._event("reviewed", verdict=verdict)

    def _event(self, what, **data):
        for glass in self:
            self.env["finance.sync.event"]._record(
                f"finance_sync.break_glass.{what}",
                glass,
                company=glass.company_id,
                data={"user": glass.user_id.id, "duty": glass.duty, **data},
            )

    def action_open_events(self):
        """What its user did meanwhile, as far as it was recorded."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("What Was Done"),
            "res_model": "finance.sync.event",
            "view_mode": "tree,form",
            "domain": [
                ("actor_ref", "=", self.user_id.id),
                ("occurred_at", ">=", self.started_at),
                ("occurred_at", "<=", self.ended_at or self.ends_at),
            ],
        }

    @api.model
    def _banner_text(self):
        """What the web client shows on top while its user has emergency access."""
        glass = self.sudo().search(  # of the user who looks
            [
                ("user_id", "=", self.env.uid),
                ("state", "=", "active"),
                ("ends_at", ">", fields.Datetime.now()),
            ],
            limit=1,
        )
        if not glass:
            return False
        until = fields.Datetime.context_timestamp(
            self.with_context(tz=self.env.user.tz), glass.ends_at
        )
        return _(
            "Emergency access as %(duty)s until %(until)s. All you do is reviewed.",
            duty=dict(DUTIES)[glass.duty].partition(":")[0],
            until=until.strftime("%H:%M"),
        )


class Hold(models.Model):
    _inherit = "finance.sync.hold"

    def action_resolve(self):
        """Close the review of an emergency access by its review alone."""
        if REVIEW in self.mapped("code"):
            raise UserError(_("Review the emergency access; that closes this hold."))
        return super().action_resolve()
