from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from psycopg2 import sql

from ..core.mapping import give_way

SHORTEST_REASON = 10
COPY_LINES = """
    INSERT INTO finance_sync_mapping_line (
        mapping_id, counted, {columns}, create_uid, create_date, write_uid, write_date
    )
    SELECT %(to)s, 0, {columns}, %(uid)s, now() AT TIME ZONE 'UTC',
        %(uid)s, now() AT TIME ZONE 'UTC'
    FROM finance_sync_mapping_line WHERE mapping_id = %(from)s
"""


class Mapping(models.Model):
    """How a version gets into force, and out of it again."""

    _inherit = "finance.sync.mapping"

    # -- People

    def action_submit(self):
        """Ask for an approval. From now on the content is fixed."""
        self._check_contributor()
        today = fields.Date.context_today(self)
        for mapping in self:
            mapping._check_draft()
            if not mapping.line_count:
                raise UserError(_("“%s” has no lines yet.", mapping.name))
            if mapping.date_to and mapping.date_to < today:
                raise UserError(_("“%s” would be over already.", mapping.name))
            mapping._contribute()
            mapping._step().write(
                {
                    "state": "submitted",
                    "submitted_by": self.env.uid,
                    "submitted_at": fields.Datetime.now(),
                }
            )
            mapping._record_step("submitted")
        return True

    def action_draft(self):
        """Take a submitted version back, to change it."""
        self._check_contributor()
        for mapping in self:
            if mapping.state != "submitted":
                raise UserError(_("Only what waits for approval is taken back."))
            mapping._step().state = "draft"
            mapping._record_step("withdrawn")
        return True

    def action_approve(self):
        """Agree. It counts at once, or from its first day on."""
        for mapping in self:
            mapping._check_may_approve()
            mapping._check_first_day_is_free()
            mapping._step().write(
                {
                    "state": "approved",
                    "approved_by": self.env.uid,
                    "approved_at": fields.Datetime.now(),
                    "predecessor_id": mapping._predecessor().id,
                }
            )
            mapping._record_step("approved")
            if mapping._is_due():
                mapping._activate()
        return True

    def _refuse(self, reason):
        """Send a version back to those who made it."""
        reason = self._needed_reason(reason)
        for mapping in self:
            mapping._check_may_approve()
            mapping._step().write({"state": "draft", "reason": reason})
            mapping._record_step("refused", reason)
        return True

    def _retire_by_hand(self, reason):
        """End an active version, or call an approved one off."""
        reason = self._needed_reason(reason)
        self._check_approver()
        for mapping in self:
            if mapping.state not in ("approved", "active"):
                raise UserError(_("“%s” is not in force.", mapping.name))
            mapping._retire_now(reason)
        return True

    def _retire_now(self, reason):
        vals = {"reason": reason}
        if self.state == "active":
            yesterday = fields.Date.subtract(fields.Date.context_today(self), days=1)
            vals["date_to"] = yesterday
            if self.date_from and self.date_from > yesterday:
                vals.update(date_to=self.date_to, replaced=True)
        self._retire(vals)
        self._record_step("retired", reason)

    def action_new_version(self):
        """A draft with the same lines, to be changed and approved."""
        self.ensure_one()
        return self._new_version()._show()

    def _new_version(self, **values):
        """A draft with this version's lines, in its scope.

        Its period begins as that of the version in force, so that a correction also
        counts for what is dated before today.
        """
        self._check_contributor()
        active = self._in_force()
        draft = self.create(
            {
                "kind": self.kind,
                "company_id": self.company_id.id,
                "connection_id": self.connection_id.id,
                "date_from": (active or self).date_from,
                **values,
            }
        )
        draft._step().origin_id = self
        draft._copy_lines(self)
        return draft

    def _copy_lines(self, origin):
        """The origin's lines, by one statement however many they are."""
        lines = self.env["finance.sync.mapping.line"]
        lines.flush_model()
        columns = [
            "external_code",
            "external_name",
            "canonical_code",
            "canonical_key",
            "direction",
            "note",
            *lines._target_fields(),
        ]
        self.env.cr.execute(
            sql.SQL(COPY_LINES).format(
                columns=sql.SQL(", ").join(map(sql.Identifier, columns))
            ),
            {"to": self.id, "from": origin.id, "uid": self.env.uid},
        )
        self.invalidate_recordset(["line_ids", "line_count"])

    def _roll_back(self, reason, date_from=None):
        """Put this earlier version's content into force again, at once.

        It was approved before, so one person decides: an approver who contributed
        neither to this content nor to what it replaces. It becomes a version of its
        own; history is not rewritten.
        """
        self.ensure_one()
        reason = self._needed_reason(reason)
        self._check_may_roll_back()
        active = self._in_force()
        # Approvers make no drafts; this one is made and activated in one go.
        again = self.sudo()._new_version(
            date_from=date_from or active.date_from, note=reason
        )
        again._step().write(
            {
                "state": "approved",
                "reason": reason,
                "submitted_by": self.env.uid,
                "submitted_at": fields.Datetime.now(),
                "approved_by": self.env.uid,
                "approved_at": fields.Datetime.now(),
                "predecessor_id": active.id,
            }
        )
        again._record_step("rolled_back", reason)
        if again._is_due():
            again._activate()
        return again.with_env(self.env)

    def _check_may_roll_back(self):
        self._check_approver()
        if not self.activated_at or self.state != "retired":
            raise UserError(_("Only a version that was in force is rolled back to."))
        if self.env.user in self.contributor_ids | self._in_force().contributor_ids:
            raise AccessError(
                _("You worked on one of these versions: another approver decides.")
            )

    # -- Checks

    def _check_contributor(self):
        if not (self.env.su or self.env.user.has_group("finance_sync.group_resolver")):
            raise AccessError(_("Only a Finance Sync resolver works on mappings."))

    def _check_approver(self):
        why_not = self.browse()._why_not_approve()
        if why_not:
            raise AccessError(why_not)

    def _check_may_approve(self):
        """Neither a contributor nor the superuser decides.

        :raises AccessError: not this user
        :raises UserError: nothing to decide on
        """
        why_not = self._why_not_approve()
        if why_not:
            raise AccessError(why_not)
        if self.state != "submitted":
            raise UserError(_("“%s” waits for no approval.", self.name))

    def _check_first_day_is_free(self):
        waiting = self._of_scope(("approved",)).filtered(
            lambda other: other.date_from == self.date_from
        )
        if waiting:
            raise UserError(
                _(
                    "“%s” has been approved for the same first day. Retire it first.",
                    waiting[0].name,
                )
            )

    def _needed_reason(self, reason):
        reason = (reason or "").strip()
        if len(reason) < SHORTEST_REASON:
            raise UserError(_("Give a reason that somebody else will understand."))
        return reason

    # -- The calendar

    def _of_scope(self, states):
        """Other versions for the same kind, company and connection."""
        # Those of a scope belong together, whoever may see it.
        return self.sudo().search(
            [
                ("kind", "=", self.kind),
                ("company_id", "=", self.company_id.id),
                ("connection_id", "=", self.connection_id.id),
                ("state", "in", states),
                ("id", "not in", self.ids),
            ]
        )

    def _in_force(self):
        """The active version of this one's scope."""
        if self.state == "active":
            return self
        return self._of_scope(("active",))

    def _predecessor(self):
        """The version that this one will replace on its first day."""
        first = self.date_from
        waiting = self._of_scope(("approved",)).filtered(
            lambda other: first and other.date_from and other.date_from < first
        )
        return waiting.sorted("date_from")[-1:] or self._in_force()

    def _is_due(self):
        first = self.date_from
        return not first or first <= fields.Date.context_today(self)

    def _activate(self):
        """Count from now on; what counted before ends the day before."""
        self.ensure_one()
        active = self._in_force()
        if active != self.predecessor_id:
            # The approver has compared it with something else.
            self._reopen()
            return
        new = self._as_version()
        for earlier in self._of_scope(("active", "retired")):
            if earlier.activated_at and not earlier.replaced:
                earlier._give_way_to(new)
        # The index lets one be active; the order of writes must respect it.
        self.flush_model()
        self._step().write({"state": "active", "activated_at": fields.Datetime.now()})
        self.flush_model()
        self._record_step("activated")
        self._release()

    def _reopen(self):
        """Back to the approver; given up if a later version is worked on already."""
        scope = (self.kind, self.company_id, self.connection_id)
        if self._open_version(*scope):
            self._retire({"replaced": True})
            self._record_step("retired")
        else:
            self._step().write({"state": "submitted", "predecessor_id": False})
            self._record_step("reopened")

    def _give_way_to(self, successor):
        left = give_way(self._as_version(), successor.first, successor.last)
        vals = {} if left else {"replaced": True}
        if left and left.last != (self.date_to or None):
            vals["date_to"] = left.last
        if self.state == "active":
            self._retire(vals)
            self._record_step("retired")
        elif vals:
            self._step().write(vals)

    def _retire(self, vals):
        self._step().write(
            {"state": "retired", "retired_at": fields.Datetime.now(), **vals}
        )

    @api.model
    def _cron_mapping(self):
        """Activate what is due, retire what is over, release what waited."""
        today = fields.Date.context_today(self)
        # The cron serves all companies.
        mappings = self.sudo()
        for mapping in mappings.search(
            [("state", "=", "active"), ("date_to", "<", today)]
        ):
            mapping._retire({})
            mapping._record_step("retired")
        due = mappings.search(
            [
                ("state", "=", "approved"),
                "|",
                ("date_from", "=", False),
                ("date_from", "<=", today),
            ],
            order="date_from, id",
        )
        for mapping in due:
            mapping._activate()
        self.env["finance.sync.hold"]._settle_unmapped()

    # -- Traces

    def _record_step(self, step, reason=None):
        """An event for the audit chain, and a line in the chatter."""
        self.ensure_one()
        self.env["finance.sync.event"]._record(
            f"finance_sync.mapping.{step}",
            self,
            company=self.company_id or None,
            connection=self.connection_id or None,
            data={
                "kind": self.kind,
                "version": self.version,
                "lines": self.line_count,
                **({"reason": reason} if reason else {}),
            },
        )
        text = self._step_text(step)
        if reason:
            text = f"{text} {reason}"
        self.sudo()._message_log(body=text)  # whoever steps may not post

    def _step_text(self, step):
        return {
            "submitted": _("Submitted for approval."),
            "withdrawn": _("Taken back to draft."),
            "approved": _("Approved."),
            "refused": _("Refused:"),
            "activated": _("In force from now on."),
            "retired": _("No longer in force."),
            "rolled_back": _("Its content is put into force again:"),
            "reopened": _(
                "Another version has come into force since the approval, so it has to"
                " be approved again."
            ),
        }[step]

    def _show(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }
