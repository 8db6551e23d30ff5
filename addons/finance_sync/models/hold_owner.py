from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .hold import is_wanted

ANNOUNCED = 20


class HoldTeam(models.Model):
    _name = "finance.sync.hold.team"
    _description = "Finance Sync Hold Team"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: a team of all companies."
    )
    member_ids = fields.Many2many(
        "res.users",
        "finance_sync_hold_team_member_rel",
        "team_id",
        "user_id",
        string="Members",
        domain=[("share", "=", False)],
    )
    distribution = fields.Selection(
        [
            ("pool", "Members take them"),
            ("least", "Whoever has the fewest"),
        ],
        string="New Holds",
        required=True,
        default="pool",
    )
    open_count = fields.Integer(compute="_compute_open_count")

    def _compute_open_count(self):
        groups = self.env["finance.sync.hold"]._read_group(
            [("team_id", "in", self.ids), ("state", "=", "open")],
            ["team_id"],
            ["__count"],
        )
        counts = dict(groups)
        for team in self:
            team.open_count = counts.get(team, 0)

    def _next_member(self):
        """Who gets the next hold; nobody where members take them."""
        members = self.member_ids.filtered("active")
        if self.distribution == "pool" or not members:
            return self.env["res.users"]
        # Of any company: a member's work is one heap.
        groups = (
            self.env["finance.sync.hold"]
            .sudo()
            ._read_group(
                [("user_id", "in", members.ids), ("state", "=", "open")],
                ["user_id"],
                ["__count"],
            )
        )
        counts = {user.id: count for user, count in groups}
        return min(members, key=lambda user: (counts.get(user.id, 0), user.id))

    def action_open_holds(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "finance_sync.finance_sync_hold_action"
            ),
            "domain": [("team_id", "in", self.ids)],
            "context": {"search_default_open": 1},
        }


class HoldOwnerRule(models.Model):
    """Who looks after new holds of a kind, in a company, of a connection."""

    _name = "finance.sync.hold.owner.rule"
    _description = "Finance Sync Hold Owner Rule"
    _order = "sequence, id"
    _rec_name = "type_id"

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    type_id = fields.Many2one(
        "finance.sync.hold.type", string="Hold", help="Empty: any hold.", index=True
    )
    company_id = fields.Many2one(
        "res.company", help="Empty: in any company.", index=True
    )
    connection_id = fields.Many2one(
        "finance.sync.connection", help="Empty: of any connection.", index=True
    )
    team_id = fields.Many2one("finance.sync.hold.team")
    user_id = fields.Many2one(
        "res.users", string="Owner", domain=[("share", "=", False)]
    )

    @api.constrains("sequence", "team_id", "user_id")  # the first is always given
    def _check_somebody(self):
        for rule in self:
            if not (rule.team_id or rule.user_id):
                raise ValidationError(_("Name a team, an owner, or both."))

    @api.model
    def _for(self, hold_type, company, connection):
        """The rule for a new hold: the most specific one, then the first."""
        # Rules of any company serve whoever causes a hold.
        rules = self.sudo().search(
            [
                ("type_id", "in", (False, hold_type.id)),
                ("company_id", "in", (False, company.id if company else False)),
                (
                    "connection_id",
                    "in",
                    (False, connection.id if connection else False),
                ),
            ]
        )
        return rules.sorted(
            lambda rule: (
                -bool(rule.type_id) * 4
                - bool(rule.company_id) * 2
                - bool(rule.connection_id),
                rule.sequence,
                rule.id,
            )
        )[:1]


class Hold(models.Model):
    """Who looks after a hold."""

    _inherit = "finance.sync.hold"

    mine = fields.Boolean(compute="_compute_mine", search="_search_mine")
    waits_on_me = fields.Boolean(
        compute="_compute_waits_on_me", search="_search_waits_on_me"
    )

    @api.model
    def _owner_vals(self, hold_type, company, connection):
        """Owner and team of a new hold: by rule, else the connection's owner."""
        rule = self.env["finance.sync.hold.owner.rule"]._for(
            hold_type, company, connection
        )
        if not rule:
            owner = connection.owner_id if connection else self.env["res.users"]
            return {"user_id": owner.id, "team_id": False}
        user = rule.user_id or rule.team_id._next_member()
        return {"user_id": user.id, "team_id": rule.team_id.id}

    @api.depends_context("uid")
    @api.depends("user_id", "team_id")
    def _compute_mine(self):
        teams = self._my_teams()
        for hold in self:
            hold.mine = hold.user_id == self.env.user or (
                not hold.user_id and hold.team_id.id in teams
            )

    def _search_mine(self, operator, value):
        mine = [
            "|",
            ("user_id", "=", self.env.uid),
            "&",
            ("user_id", "=", False),
            ("team_id", "in", self._my_teams()),
        ]
        if is_wanted(operator, value):
            return mine
        return ["!", *mine]

    def _my_teams(self):
        # That somebody is a member, not what else the teams are.
        teams = self.env["finance.sync.hold.team"].sudo()
        return teams.search([("member_ids", "in", self.env.uid)]).ids

    @api.depends_context("uid")
    @api.depends("user_id", "team_id", "override_requested_by", "state")
    def _compute_waits_on_me(self):
        waiting = self.filtered_domain(self._search_waits_on_me("=", True))
        for hold in self:
            hold.waits_on_me = hold in waiting

    def _search_waits_on_me(self, operator, value):
        """What I look after or was told of, and overrides that I may decide on."""
        domain = [*self._search_mine("=", True), ("escalated_to", "=", self.env.uid)]
        domain = ["|", *domain]
        if self.env.user.has_group("finance_sync.group_approver"):
            asked = [
                "&",
                ("override_requested_by", "!=", False),
                ("override_requested_by", "!=", self.env.uid),
            ]
            domain = ["|", *domain, *asked]
        now = fields.Datetime.now()
        domain = [
            "&",
            ("state", "=", "open"),
            "&",
            "|",
            ("snoozed_until", "=", False),
            ("snoozed_until", "<=", now),
            *domain,
        ]
        if is_wanted(operator, value):
            return domain
        return ["!", *domain]

    # -- Assigning

    def _assign(self, user, team=None):
        """Give these to somebody who may see them, or to a team.

        Few are announced one by one; of many, the new owner is told once.
        """
        vals = {"user_id": user.id}
        if team is not None:
            vals["team_id"] = team.id
        many = len(self) > ANNOUNCED
        # Tracking each of thousands takes minutes; their events are the record.
        self.with_context(tracking_disable=many).write(vals)
        return many

    def write(self, vals):
        if vals.get("user_id"):
            self._check_owner(self.env["res.users"].browse(vals["user_id"]))
        changed = self.browse()
        if {"user_id", "team_id"}.intersection(vals):
            changed = self.filtered(lambda h: h.state == "open" and _differs(h, vals))
        result = super().write(vals)
        if changed:
            changed._after_assignment()
        return result

    def _check_owner(self, user):
        """:raises ValidationError: the user could not even open these"""
        if not self._may_read(user.sudo()):  # whatever its own companies are
            raise ValidationError(
                _(
                    "%(user)s may not see these holds: give the right company and"
                    " the group “Resolver” first.",
                    user=user.sudo().name,
                )
            )

    def _after_assignment(self):
        by_owner = {}
        for hold in self.sudo():  # see action_take
            by_owner.setdefault((hold.user_id, hold.team_id), []).append(hold.id)
        for (user, team), ids in by_owner.items():
            holds = self.browse(ids)
            holds._tell("assigned", owner=user.id or None, team=team.name or None)
            # What the former owner was reminded of is now the new one's.
            holds.sudo().activity_ids.unlink()
            if user and user != self.env.user:
                holds._announce_to(user)

    def _announce_to(self, user):
        holds = self.sudo()  # reminders of a hold are made by what is done with it
        if len(holds) <= ANNOUNCED:
            for hold in holds:
                hold._remind(user)
            return
        holds[0].message_notify(
            partner_ids=user.partner_id.ids,
            subject=_("%s holds were assigned to you", len(holds)),
            body=_(
                "%(who)s assigned %(count)s holds to you. They are in your worklist.",
                who=self.env.user.name,
                count=len(holds),
            ),
        )


def _differs(hold, vals):
    return any(
        (hold[name].id or False) != (vals[name] or False)
        for name in ("user_id", "team_id")
        if name in vals
    )
