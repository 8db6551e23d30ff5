from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

SHORTEST_REASON = 10
# Days that an export can be fetched.
FETCHED_WITHIN = 30


class PersonalRequest(models.Model):
    """What somebody asked about their own data, and what was done about it."""

    _name = "finance.sync.personal.request"
    _description = "Finance Sync Personal Data Request"
    _order = "id desc"

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    kind = fields.Selection(
        [("export", "Export"), ("erasure", "Erasure")], required=True, readonly=True
    )
    partner_id = fields.Many2one(
        "res.partner", readonly=True, ondelete="set null", index=True
    )
    partner_ref = fields.Integer(string="Partner Id", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    reason = fields.Text(
        required=True, readonly=True, help="How it was asked, and who verified it."
    )
    state = fields.Selection(
        [
            ("to_approve", "To Approve"),
            ("running", "Running"),
            ("done", "Done"),
            ("refused", "Refused"),
        ],
        required=True,
        readonly=True,
        default="running",
        index=True,
    )
    requested_by = fields.Many2one("res.users", required=True, readonly=True)
    requested_at = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now
    )
    approved_by = fields.Many2one("res.users", string="Decided by", readonly=True)
    done_at = fields.Datetime(readonly=True)
    exchange_count = fields.Integer(string="Exchanges", readonly=True)
    hold_count = fields.Integer(string="Holds", readonly=True)
    erased_count = fields.Integer(string="Erased", readonly=True)
    kept_count = fields.Integer(string="Kept", readonly=True)
    report = fields.Text(
        readonly=True, help="What was found, erased and kept, and why it was kept."
    )
    # In its column: on 17.0 whoever reads a record reads its attachments as well, those
    # of fields that are not for them included.
    file = fields.Binary(
        attachment=False, readonly=True, groups="finance_sync.group_manager"
    )
    file_name = fields.Char(readonly=True)

    @api.model
    def _request(self, kind, partner, reason):
        """Take a request in. An erasure waits for a second person.

        :raises AccessError: the user is no manager
        """
        if not self.env.user.has_group("finance_sync.group_manager"):
            raise AccessError(_("Only a Finance Sync manager may do this."))
        reason = (reason or "").strip()
        if len(reason) < SHORTEST_REASON:
            raise UserError(_("Say how it was asked for, and who verified the person."))
        partner.read(["id"])  # may they see the person at all?
        # Requests are made here only, by managers.
        request = self.sudo().create(
            {
                "name": self.env["ir.sequence"]
                .sudo()  # numbers are for everybody
                .next_by_code("finance.sync.personal.request"),
                "kind": kind,
                "partner_id": partner.id,
                "partner_ref": partner.id,
                "company_id": self.env.company.id,
                "reason": reason,
                "requested_by": self.env.uid,
                "state": "to_approve" if kind == "erasure" else "running",
            }
        )
        request._event("requested")
        if kind == "export":
            request._later()
        return request.with_env(self.env)

    def _later(self):
        self.with_delay(
            channel="root.finance_sync.bulk",
            description=_("Personal data: %s", self.name),
            identity_key=f"finance_sync:personal:{self.id}",
        )._job_work()

    def _job_work(self):
        """Export or erase. Running it again does the same again."""
        self.ensure_one()
        if self.state != "running":
            return
        if self.kind == "export":
            self._export()
        else:
            self._erase()

    # -- A second person decides on an erasure

    def action_approve(self):
        self.ensure_one()
        self._check_may_decide()
        # Rows change through these actions only, which have checked the user.
        request = self.sudo()
        request.write({"state": "running", "approved_by": self.env.uid})
        self._event("approved")
        request._later()
        return True

    def action_refuse(self):
        self.ensure_one()
        self._check_may_decide()
        self.sudo().write(  # see action_approve
            {"state": "refused", "approved_by": self.env.uid}
        )
        self._event("refused")
        return True

    def _check_may_decide(self):
        user = self.env.user
        user._finance_sync_check_approver()
        if self.state != "to_approve":
            raise UserError(_("This request has been decided on already."))
        if self.requested_by == user:
            raise UserError(_("A second person has to decide on your request."))

    def action_download(self):
        self.ensure_one()
        if not self.env.user.has_group("finance_sync.group_manager"):
            raise AccessError(_("Only a Finance Sync manager may do this."))
        if not self.file_name:
            raise UserError(_("The file is there no more. Ask for a new export."))
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/file/{self.file_name}"
            "?download=true",
            "target": "self",
        }

    @api.model
    def _cron_forget_exports(self):
        """Delete the files of exports that were to be fetched by now."""
        limit = fields.Datetime.now() - timedelta(days=FETCHED_WITHIN)
        # The cron serves all companies.
        old = self.sudo().search([("file_name", "!=", False), ("done_at", "<", limit)])
        old.write({"file": False, "file_name": False})

    def _event(self, what, **data):
        self.env["finance.sync.event"]._record(
            f"finance_sync.personal_data.{what}",
            self,
            company=self.company_id,
            data={"request": self.name, "partner": self.partner_ref, **data},
        )
