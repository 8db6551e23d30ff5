from datetime import timedelta
from decimal import Decimal

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..compat import AVERAGED, NOT_SUMMED, check_access
from ..core import slo
from .slo_indicator import INDICATORS, QUERIES

# What a person says; the rest is measured.
TERMS = (
    "company_id",
    "connection_id",
    "operation",
    "indicator",
    "minutes",
    "objective",
    "window_days",
)
MEASURED = frozenset(
    {
        "attainment",
        "total_events",
        "good_events",
        "budget_left",
        "burn_short",
        "burn_long",
        "burning",
        "measured_at",
        "hold_id",
    }
)
# Hours before the newest that are counted again: what was undecided then, what a long
# transaction wrote late.
AGAIN = timedelta(hours=26)
LONG = timedelta(hours=6)
FEW_EVENTS = 10


class Slo(models.Model):
    """A service level objective: what share of something has to go well."""

    _name = "finance.sync.slo"
    _description = "Finance Sync Service Level Objective"
    _order = "budget_left, name"
    _sql_constraints = [
        (
            "name_unique",
            "UNIQUE(company_id, name)",
            "Another objective of this company has this name already.",
        ),
        (
            "objective_range",
            "CHECK(objective > 0 AND objective < 100)",
            "An objective lies between 0 and 100 percent, both excluded.",
        ),
        (
            "minutes_positive",
            "CHECK(minutes > 0 AND window_days > 0 AND window_days <= 366)",
            "Minutes and days must be above zero, the window a year at most.",
        ),
    ]

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        help="Its branches count too.",
    )
    connection_id = fields.Many2one(
        "finance.sync.connection", ondelete="cascade", index=True, help="Empty: all."
    )
    operation = fields.Char(
        help="Such as tax.commit; of holds, the code of their type. Empty: all."
    )
    indicator = fields.Selection(INDICATORS, required=True, default="exchange_time")
    minutes = fields.Integer(
        string="Within",
        required=True,
        default=15,
        help="Minutes from the writing of an exchange to its end.",
        **NOT_SUMMED,
    )
    objective = fields.Float(
        required=True, default=99.5, digits=(6, 3), help="Percent.", **AVERAGED
    )
    window_days = fields.Integer(
        string="Window", required=True, default=28, help="Days.", **NOT_SUMMED
    )
    fast_burn = fields.Float(
        string="Alert from",
        required=True,
        default=slo.FAST_BURN,
        help="A hold is opened when the error budget of the window is used this many "
        "times faster than allowed in the last hour, and in six hours still at "
        "five twelfths of that.",
        **AVERAGED,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )
    attainment = fields.Float(readonly=True, copy=False, digits=(6, 3), **AVERAGED)
    total_events = fields.Integer(string="Counted", readonly=True, copy=False)
    good_events = fields.Integer(string="Went Well", readonly=True, copy=False)
    bad_events = fields.Integer(string="Did Not", compute="_compute_bad_events")
    budget_left = fields.Float(
        string="Error Budget Left",
        readonly=True,
        copy=False,
        digits=(8, 1),
        help="Percent of the failures that the objective allows in its window.",
        **AVERAGED,
    )
    burn_short = fields.Float(
        string="Burn Rate (1 h)",
        readonly=True,
        copy=False,
        digits=(8, 1),
        help="1: the error budget lasts for just the window. 2: for half of it.",
        **AVERAGED,
    )
    burn_long = fields.Float(
        string="Burn Rate (6 h)", readonly=True, copy=False, digits=(8, 1), **AVERAGED
    )
    burning = fields.Boolean(readonly=True, copy=False)
    measured_at = fields.Datetime(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("none", "Nothing Counted"),
            ("met", "Met"),
            ("risk", "At Risk"),
            ("missed", "Missed"),
        ],
        compute="_compute_state",
        search="_search_state",
    )
    hold_id = fields.Many2one("finance.sync.hold", readonly=True, copy=False)
    slot_ids = fields.One2many("finance.sync.slo.slot", "slo_id")
    history_ids = fields.One2many("finance.sync.slo.history", "slo_id")

    @api.depends("total_events", "good_events")
    def _compute_bad_events(self):
        for objective in self:
            objective.bad_events = objective.total_events - objective.good_events

    @api.depends("total_events", "budget_left", "burning")
    def _compute_state(self):
        for objective in self:
            if not objective.total_events:
                objective.state = "none"
            elif objective.budget_left < 0:
                objective.state = "missed"
            elif objective.burning or objective.budget_left < 25:
                objective.state = "risk"
            else:
                objective.state = "met"

    def _search_state(self, operator, value):
        values = value if isinstance(value, list | tuple | set) else [value]
        if operator not in ("=", "!=", "in", "not in"):
            raise ValidationError(_("Search for one of the states."))
        found = self.search([]).filtered(lambda one: one.state in values)
        inside = operator in ("=", "in")
        return [("id", "in" if inside else "not in", found.ids)]

    @api.constrains("connection_id", "company_id")
    def _check_company_served(self):
        for objective in self:
            served = objective.connection_id.sudo().company_ids  # see the rules
            if objective.connection_id and not (objective.company_id & served):
                raise ValidationError(
                    _(
                        "%(connection)s does not serve %(company)s.",
                        connection=objective.connection_id.name,
                        company=objective.company_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_measured(vals)
        objectives = super().create(vals_list)
        for objective in objectives:
            objective._tell_change(TERMS)
        return objectives

    def write(self, vals):
        self._check_measured(vals)
        result = super().write(vals)
        changed = [name for name in TERMS if name in vals]
        if changed:
            # What was counted on other terms says nothing on these.
            self.sudo().slot_ids.unlink()
            for objective in self:
                objective._tell_change(changed)
        return result

    def _check_measured(self, vals):
        if MEASURED.intersection(vals) and not self.env.su:
            raise AccessError(_("What an objective has reached is measured, not set."))

    def _tell_change(self, names):
        values = [f"{name}: {self._fields[name].convert_to_write(self[name], self)}"
                  for name in names]  # fmt: skip
        self.env["finance.sync.event"]._record(
            "finance_sync.slo.changed", self, data={"name": self.name, "values": values}
        )

    def action_measure(self):
        """Measure now instead of with the next cron."""
        check_access(self, "read")
        self._measure()
        return True

    @api.model
    def _cron_measure(self):
        # The cron serves all companies.
        self.sudo().search([])._measure()

    def _measure(self):
        """Bring slots, figures and today's snapshot up to date."""
        now = fields.Datetime.now()
        for objective in self.sudo():  # slots are written by what is measured alone
            objective._count_slots(now)
            objective._judge(now)
        self.sudo()._snapshot()

    def _count_slots(self, now):
        """Count hours anew from where their figures may still have changed."""
        begin = now - timedelta(days=self.window_days)
        newest = self.env["finance.sync.slo.slot"].search(
            [("slo_id", "=", self.id)], order="hour desc", limit=1
        )
        if newest:
            again = AGAIN + timedelta(minutes=self.minutes)
            begin = max(begin, newest.hour - again)
        begin = begin.replace(minute=0, second=0, microsecond=0)
        self.env.flush_all()
        companies = self.env["res.company"].search(
            [("id", "child_of", self.company_id.id)]
        )
        self.env.cr.execute(
            QUERIES[self.indicator],
            {
                "since": begin,
                "until": now + timedelta(hours=1),
                "minutes": self.minutes,
                "companies": companies.ids,
                "connection": self.connection_id.id or None,
                "operation": self.operation or None,
            },
        )
        self.env["finance.sync.slo.slot"]._replace(self, begin, self.env.cr.fetchall())

    def _judge(self, now):
        tallies = {
            slot.hour: slo.Tally(slot.total, slot.good)
            for slot in self.slot_ids
            if slot.hour >= now - timedelta(days=self.window_days, hours=1)
        }
        this_hour = now.replace(minute=0, second=0, microsecond=0)
        window = sum(tallies.values(), slo.Tally())
        short = _since(tallies, this_hour - timedelta(hours=1))
        long = _since(tallies, this_hour - LONG)
        burn_short = slo.burn_rate(short, self.objective)
        burn_long = slo.burn_rate(long, self.objective)
        burning = long.total >= FEW_EVENTS and slo.is_burning(
            burn_short, burn_long, self.fast_burn
        )
        begins = burning and not self.burning
        self.write(
            {
                "attainment": window.attainment,
                "total_events": window.total,
                "good_events": window.good,
                "budget_left": slo.budget_left(window, self.objective),
                "burn_short": burn_short,
                "burn_long": burn_long,
                "burning": burning,
                "measured_at": now,
            }
        )
        if begins:
            self._alert()
        elif self.hold_id and not burning:
            self._calm()

    def _alert(self):
        """A hold for whoever is responsible."""
        self.env["finance.sync.event"]._record(
            "finance_sync.slo.burning",
            self,
            data={
                "name": self.name,
                "burn_short": Decimal(f"{self.burn_short:.1f}"),
                "burn_long": Decimal(f"{self.burn_long:.1f}"),
            },
        )
        hold = self.env["finance.sync.hold"]._raise(
            "slo_burn",
            connection=self.connection_id or None,
            company=self.company_id,
            subject=f"{self._name},{self.id}",
            summary=_(
                "“%(name)s”: the error budget is used %(short).1f times faster than "
                "allowed in the last hour, %(long).1f times in six hours. "
                "%(left).0f %% of it is left.",
                name=self.name,
                short=self.burn_short,
                long=self.burn_long,
                left=self.budget_left,
            ),
        )
        user = self.user_id
        if hold and user and not hold.user_id and hold._may_read(user):
            hold.user_id = user
        self.hold_id = hold

    def _calm(self):
        hold = self.hold_id
        self.hold_id = False
        if hold.state == "open":
            hold._close("resolved", _("The error budget is no longer used fast."))

    def _snapshot(self):
        """Keep how each objective stands today, for the graph."""
        history = self.env["finance.sync.slo.history"]
        today = fields.Date.today()
        known = {
            row.slo_id: row
            for row in history.search([("slo_id", "in", self.ids), ("day", "=", today)])
        }
        for objective in self.filtered("total_events"):
            vals = {
                "attainment": objective.attainment,
                "objective": objective.objective,
                "budget_left": objective.budget_left,
                "burn": objective.burn_long,
            }
            if objective in known:
                known[objective].write(
                    {**vals, "burn": max(vals["burn"], known[objective].burn)}
                )
            else:
                history.create({**vals, "slo_id": objective.id, "day": today})

    def action_open_bad(self):
        """The exchanges or holds that went wrong in the window."""
        self.ensure_one()
        since = fields.Datetime.now() - timedelta(days=self.window_days)
        action, domain = self._bad(since)
        if self.connection_id and action != "attempt":
            domain.append(("connection_id", "=", self.connection_id.id))
        elif self.connection_id:
            domain.append(("connection_ref", "=", self.connection_id.id))
        if self.operation:
            domain.append(
                ("code" if action == "hold" else "operation", "=", self.operation)
            )
        xml_id = f"finance_sync.finance_sync_{action}_action"
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(xml_id),
            "domain": domain,
            "context": {},
        }

    def _bad(self, since):
        if self.indicator == "call_success":
            return "attempt", [
                ("started_at", ">=", since),
                ("state", "in", ("failed", "unknown")),
            ]
        if self.indicator == "hold_time":
            return "hold", [("due", ">=", since), ("overdue", "=", True)]
        self.env.cr.execute(
            """
            SELECT id FROM finance_sync_exchange
            WHERE create_date >= %(since)s AND state IN ('pending', 'held', 'done')
                AND coalesce(done_at, now() AT TIME ZONE 'UTC')
                    > create_date + make_interval(mins => %(minutes)s)
            ORDER BY id DESC LIMIT 1000
            """,
            {"since": since, "minutes": self.minutes},
        )
        # Found by SQL, shown by the list under the user's own rules.
        return "exchange", [("id", "in", [row[0] for row in self.env.cr.fetchall()])]


def _since(tallies, begin):
    return sum((t for hour, t in tallies.items() if hour >= begin), slo.Tally())
