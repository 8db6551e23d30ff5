from odoo import Command, _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..core.shadow import SKIPPED, match_rate
from .connection_cutover import SIGNED_OFF
from .internal import Internal

STATES = [
    ("draft", "In Preparation"),
    ("running", "Shadow Running"),
    ("signed", "Signed by Business"),
    ("live", "Live"),
    ("cancelled", "Cancelled"),
]
OPEN = ("draft", "running", "signed")


class Cutover(models.Model):
    """How a connection went live: what was compared, checked, and signed by whom."""

    _name = "finance.sync.cutover"
    _description = "Cut-over"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "connection_id"
    _sql_constraints = [
        (
            "threshold_percent",
            "CHECK(threshold >= 0 AND threshold <= 100)",
            "The match rate to reach is between 0 and 100 percent.",
        ),
        (
            "minimum_positive",
            "CHECK(minimum >= 0)",
            "The number of comparisons to reach must not be negative.",
        ),
    ]

    connection_id = fields.Many2one(
        "finance.sync.connection", required=True, ondelete="cascade", index=True
    )
    company_ids = fields.Many2many(related="connection_id.company_ids")
    baseline_date = fields.Date(
        related="connection_id.baseline_date", string="Baseline"
    )
    state = fields.Selection(
        STATES, required=True, readonly=True, default="draft", tracking=True, copy=False
    )
    business_owner_id = fields.Many2one(
        "res.users",
        required=True,
        tracking=True,
        domain=[("share", "=", False)],
        help="Answers for the books; signs that the comparisons are good enough.",
    )
    requested_by = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user, copy=False
    )
    threshold = fields.Float(
        string="Match Rate to Reach",
        default=99.0,
        tracking=True,
        help="Percent of the compared documents that have to be the same.",
    )
    minimum = fields.Integer(
        string="Comparisons to Reach",
        default=20,
        tracking=True,
        help="A rate of few documents says little.",
    )
    since = fields.Datetime(readonly=True, copy=False)
    check_ids = fields.One2many(
        "finance.sync.cutover.check",
        "cutover_id",
        string="Checklist",
        default=lambda self: self._default_checks(),
        copy=True,
    )
    compared_count = fields.Integer(compute="_compute_rate")
    matched_count = fields.Integer(compute="_compute_rate")
    different_count = fields.Integer(compute="_compute_rate")
    match_rate = fields.Float(compute="_compute_rate", digits=(5, 2))
    kept_rate = fields.Float(
        string="Match Rate when Signed", readonly=True, digits=(5, 2), copy=False
    )
    kept_count = fields.Integer(
        string="Comparisons when Signed", readonly=True, copy=False
    )
    owner_signed_at = fields.Datetime(readonly=True, copy=False)
    approved_by = fields.Many2one("res.users", readonly=True, copy=False, tracking=True)
    approved_at = fields.Datetime(readonly=True, copy=False)
    obstacles = fields.Text(compute="_compute_obstacles")

    def init(self):
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS finance_sync_cutover_one_open"
            " ON finance_sync_cutover (connection_id)"
            " WHERE state IN ('draft', 'running', 'signed')"
        )

    @api.model
    def _default_checks(self):
        """What has to be true before the books depend on a connection."""
        names = (
            _(
                "The baseline date is agreed with accounting, and the former process "
                "ends there."
            ),
            _("The differences found in shadow mode are explained or corrected."),
            _("Mappings and ownership rules are approved for every company served."),
            _("The owners of holds are named and know their worklist."),
            _("Credentials, limits and the outage policy are those of production."),
            _(
                "How to go back is agreed: who pauses the connection, and what is done "
                "by hand."
            ),
        )
        return [
            Command.create({"name": name, "sequence": number})
            for number, name in enumerate(names)
        ]

    @api.depends("connection_id", "state", "since")
    def _compute_rate(self):
        results = self.env["finance.sync.shadow.result"]
        for cutover in self:
            domain = [
                ("connection_id", "=", cutover.connection_id.id),
                ("outcome", "!=", SKIPPED),
            ]
            if cutover.since:
                domain.append(("compared_at", ">=", cutover.since))
            ((compared, matched),) = results._read_group(
                domain, [], ["compared:sum", "matched:sum"]
            )
            cutover.compared_count = compared or 0
            cutover.matched_count = matched or 0
            cutover.different_count = (compared or 0) - (matched or 0)
            cutover.match_rate = float(match_rate(matched or 0, compared or 0))

    @api.depends("state", "check_ids.done", "threshold", "minimum")
    def _compute_obstacles(self):
        for cutover in self:
            cutover.obstacles = "\n".join(cutover._obstacles()) or False

    def _obstacles(self):
        """What is missing for a signature, in plain words."""
        found = []
        if self.compared_count < self.minimum:
            found.append(
                _(
                    "%(found)s documents were compared, %(wanted)s are wanted.",
                    found=self.compared_count,
                    wanted=self.minimum,
                )
            )
        elif self.match_rate < self.threshold:
            found.append(
                _(
                    "%(found).2f %% of the documents are the same, %(wanted).2f %% "
                    "are wanted.",
                    found=self.match_rate,
                    wanted=self.threshold,
                )
            )
        open_checks = self.check_ids.filtered(lambda check: not check.done)
        if open_checks:
            found.append(_("%s points of the checklist are open.", len(open_checks)))
        if not self.connection_id.baseline_date:
            found.append(_("The connection has no baseline date."))
        return found

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_kept(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_kept(vals)
        if {"business_owner_id", "threshold", "minimum"}.intersection(vals):
            self._check_state("draft", "running")
        return super().write(vals)

    def _check_kept(self, vals):
        kept = {n for n in vals if self._fields[n].readonly and self._fields[n].store}
        if kept and not self.env.su:
            raise AccessError(_("A cut-over moves by its buttons only."))

    def _tell(self, what):
        self.env["finance.sync.event"]._record(
            f"finance_sync.cutover.{what}",
            self,
            data={
                "match_rate": match_rate(self.matched_count, self.compared_count),
                "compared": self.compared_count,
                "baseline": self.baseline_date,
            },
        )

    def _check_state(self, *states):
        if not self.env.su and any(cutover.state not in states for cutover in self):
            raise UserError(_("This cut-over has been signed or closed already."))

    # -- What people do

    def action_start(self):
        """Watch: from now on the connection computes and compares."""
        for cutover in self:
            cutover._check_state("draft")
            connection = cutover.connection_id
            connection._check_manager()
            if connection.state == "active" and connection.mode == "live":
                raise UserError(
                    _("“%s” is live already. Pause it first.", connection.name)
                )
            connection.mode = "shadow"
            # See _check_kept.
            cutover.sudo().write({"state": "running", "since": fields.Datetime.now()})
            cutover._tell("started")
        return True

    def action_sign(self):
        """The business owner: the comparisons are good enough for the books."""
        for cutover in self:
            cutover._check_state("running")
            if cutover.business_owner_id != self.env.user:
                raise AccessError(
                    _("%s signs for the business.", cutover.business_owner_id.name)
                )
            obstacles = cutover._obstacles()
            if obstacles:
                raise UserError("\n".join(obstacles))
            cutover.sudo().write(  # see _check_kept
                {
                    "state": "signed",
                    "owner_signed_at": fields.Datetime.now(),
                    "kept_rate": cutover.match_rate,
                    "kept_count": cutover.compared_count,
                }
            )
            cutover._tell("signed")
        return True

    def action_approve(self):
        """An approver, somebody else: the connection goes live."""
        user = self.env.user
        user._finance_sync_check_approver()
        for cutover in self:
            if cutover.state != "signed":
                raise UserError(_("The business owner has to sign first."))
            if user in (cutover.business_owner_id, cutover.requested_by):
                raise UserError(
                    _("Somebody else than who asked or signed has to approve.")
                )
            obstacles = cutover._obstacles()
            if obstacles:
                raise UserError("\n".join(obstacles))
            cutover.sudo().write(  # see _check_kept
                {
                    "state": "live",
                    "approved_by": user.id,
                    "approved_at": fields.Datetime.now(),
                }
            )
            cutover._go_live()
            cutover._tell("approved")
        return True

    def _go_live(self):
        # An approver may not write connections, but this is what was approved.
        connection = self.connection_id.sudo()
        connection.with_context(**{SIGNED_OFF: Internal(True)}).mode = "live"
        connection._message_log(
            body=_(
                "Live since the cut-over that %(owner)s signed and %(approver)s "
                "approved: %(rate).2f %% of %(count)s documents were the same.",
                owner=self.business_owner_id.name,
                approver=self.approved_by.name,
                rate=self.kept_rate,
                count=self.kept_count,
            )
        )

    def action_reopen(self):
        """Take the signature back: something has come up."""
        for cutover in self:
            cutover._check_state("signed")
            may_decide = self.env.user.has_group("finance_sync.group_approver")
            if cutover.business_owner_id != self.env.user and not may_decide:
                raise AccessError(
                    _("The business owner or an approver takes a signature back.")
                )
            cutover.sudo().write(  # see _check_kept
                {"state": "running", "owner_signed_at": False}
            )
            cutover._tell("reopened")
        return True

    def action_cancel(self):
        for cutover in self:
            cutover._check_state(*OPEN)
            cutover.connection_id._check_manager()
            cutover.sudo().state = "cancelled"  # see _check_kept
            cutover._tell("cancelled")
        return True

    def action_open_results(self):
        self.ensure_one()
        domain = [("connection_id", "=", self.connection_id.id)]
        if self.since:
            domain.append(("compared_at", ">=", self.since))
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "finance_sync.finance_sync_shadow_result_action"
            ),
            "domain": domain,
        }


class CutoverCheck(models.Model):
    _name = "finance.sync.cutover.check"
    _description = "Cut-over Check"
    _order = "cutover_id, sequence, id"

    cutover_id = fields.Many2one(
        "finance.sync.cutover", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="What has to be true", required=True)
    done = fields.Boolean()
    note = fields.Char(help="Where the evidence is.")
    done_by = fields.Many2one("res.users", readonly=True)
    done_at = fields.Datetime(readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        checks = super().create([self._with_who(vals) for vals in vals_list])
        checks.cutover_id._check_state("draft", "running")
        return checks

    def write(self, vals):
        self.cutover_id._check_state("draft", "running")
        return super().write(self._with_who(vals))

    def _with_who(self, vals):
        """Who ticked it is told by the login, not by who writes."""
        vals = {k: v for k, v in vals.items() if k not in ("done_by", "done_at")}
        if "done" in vals:
            done = vals["done"]
            vals["done_by"] = self.env.uid if done else False
            vals["done_at"] = fields.Datetime.now() if done else False
        return vals

    @api.ondelete(at_uninstall=False)
    def _unlink_while_open(self):
        self.cutover_id._check_state("draft", "running")
