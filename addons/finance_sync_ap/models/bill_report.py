from odoo import fields, models
from odoo.addons.finance_sync.compat import AVERAGED
from odoo.tools import SQL

from .. import compat
from .bill_approve import STATES

# Screens sort groups by these values.
AGES = [
    ("00", "Up to 3 days"),
    ("03", "3 to 7 days"),
    ("07", "7 to 30 days"),
    ("30", "More than 30 days"),
]
DUE = [
    ("0_late", "Past due"),
    ("1_week", "Due within 7 days"),
    ("2_later", "Due later"),
    ("3_none", "No due date"),
]


class BillReport(models.Model):
    """Received bills by age, and how well they went: graphs, pivots and exports."""

    _name = "finance.sync.bill.report"
    _description = "Received Bill Analysis"
    _auto = False
    _order = "received_at desc, id desc"
    _rec_name = "bill_id"

    bill_id = fields.Many2one("finance.sync.bill", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    currency_id = fields.Many2one(
        "res.currency", string="Currency of the Bill", readonly=True
    )
    partner_id = fields.Many2one("res.partner", string="Vendor", readonly=True)
    connection_id = fields.Many2one("finance.sync.connection", readonly=True)
    kind = fields.Selection(
        lambda self: self.env["finance.sync.bill"]._fields["kind"].selection,
        readonly=True,
    )
    state = fields.Selection(
        lambda self: self.env["finance.sync.bill"]._fields["state"].selection,
        readonly=True,
    )
    approval_state = fields.Selection(STATES, string="Approval", readonly=True)
    received_at = fields.Datetime(string="Received on", readonly=True)
    posted_at = fields.Datetime(string="Posted on", readonly=True)
    due = fields.Date(string="Due Date", readonly=True)
    sla_due = fields.Datetime(string="Settle by", readonly=True)
    late = fields.Boolean(readonly=True, help="An open hold is past its due time.")
    age_bucket = fields.Selection(
        AGES, string="Age", readonly=True, help="Of what is not posted or voided."
    )
    due_bucket = fields.Selection(
        DUE, string="Due", readonly=True, help="Of what is not posted or voided."
    )
    amount_company = fields.Monetary(
        string="Amount (Company Currency)",
        currency_field="company_currency_id",
        readonly=True,
    )
    age_days = fields.Float(
        string="Age (Days)",
        readonly=True,
        help="Of what is not posted or voided: since it was received.",
        **AVERAGED,
    )
    cycle_days = fields.Float(
        string="Cycle Time (Days)",
        readonly=True,
        help="From receipt to the ledger, of what is posted.",
        **AVERAGED,
    )
    touchless = fields.Float(
        string="Touchless (%)",
        readonly=True,
        help="Of what is posted: it came without paper and nothing held it. Goods that "
        "were still to come do not count against it.",
        **AVERAGED,
    )
    hold_count = fields.Integer(string="Holds", readonly=True)
    duplicate_count = fields.Integer(string="Duplicates Prevented", readonly=True)
    duplicate_amount = fields.Monetary(
        string="Duplicates Prevented (Amount)",
        currency_field="company_currency_id",
        readonly=True,
        help="Bills that are here already and were stopped, or were given up once "
        "somebody had compared them.",
    )
    discount_offered = fields.Monetary(
        string="Cash Discount Offered",
        currency_field="company_currency_id",
        readonly=True,
        help="By the payment terms of what is posted.",
    )
    discount_captured = fields.Monetary(
        string="Cash Discount Captured",
        currency_field="company_currency_id",
        readonly=True,
        help="Bills that were settled in time, less the discount.",
    )

    @property
    def _table_query(self):
        return f"""
            SELECT b.id, b.id AS bill_id, b.company_id, b.currency_id, b.partner_id,
                company.currency_id AS company_currency_id,
                b.connection_id, b.kind, b.state, b.approval_state,
                b.received_at, b.posted_at, b.due, b.sla_due, b.amount_company,
                {_OPEN} AND b.sla_due < clock.now AS late,
                CASE WHEN NOT {_OPEN} THEN NULL WHEN age.days < 3 THEN '00'
                    WHEN age.days < 7 THEN '03' WHEN age.days < 30 THEN '07'
                    ELSE '30' END AS age_bucket,
                CASE WHEN NOT {_OPEN} THEN NULL WHEN b.due IS NULL THEN '3_none'
                    WHEN b.due < clock.now::date THEN '0_late'
                    WHEN b.due <= clock.now::date + 7 THEN '1_week'
                    ELSE '2_later' END AS due_bucket,
                CASE WHEN {_OPEN} THEN age.days END AS age_days,
                CASE WHEN b.state = 'posted' THEN
                    extract(epoch FROM b.posted_at - b.received_at) / 86400
                    END AS cycle_days,
                CASE WHEN b.state <> 'posted' THEN NULL
                    WHEN coalesce(b.from_paper, false) OR holds.touched THEN 0.0
                    ELSE 100.0 END AS touchless,
                coalesce(holds.count, 0) AS hold_count,
                coalesce({_PREVENTED}, false)::int AS duplicate_count,
                CASE WHEN {_PREVENTED} THEN b.amount_company END AS duplicate_amount,
                discount.offered AS discount_offered,
                discount.captured AS discount_captured
            FROM finance_sync_bill b
            JOIN res_company company ON company.id = b.company_id
            CROSS JOIN (SELECT now() AT TIME ZONE 'UTC' AS now) clock
            CROSS JOIN LATERAL (
                SELECT extract(epoch FROM clock.now - b.received_at) / 86400 AS days
            ) age
            LEFT JOIN ({_HOLDS}) holds ON holds.bill_id = b.id
            LEFT JOIN ({_DISCOUNT}) discount ON discount.move_id = b.move_id
        """  # noqa: S608 - of constants below alone

    def _read_group_select(self, aggregate_spec, query):
        """Money of companies with several currencies has no sum: it is left empty."""
        found = super()._read_group_select(aggregate_spec, query)
        name, _colon, function = aggregate_spec.partition(":")
        field = self._fields.get(name)
        if function != "sum" or not field or field.type != "monetary":
            return found
        currency = self._field_to_sql(self._table, "company_currency_id", query)
        return compat.select_as(
            found,
            lambda total: SQL(
                "CASE WHEN COUNT(DISTINCT %s) < 2 THEN %s END", currency, total
            ),
        )

    def action_open_bill(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "finance.sync.bill",
            "res_id": self.bill_id.id,
            "views": [(False, "form")],
        }


_OPEN = "(b.state NOT IN ('posted', 'voided'))"
# A hard one is stopped while its hold stands; either kind is gone once it is voided.
_PREVENTED = (
    "(b.kind = 'invoice' AND (holds.stopped OR"
    " (b.state = 'voided' AND holds.given_up)))"
)
_HOLDS = """
    SELECT res_id AS bill_id, count(*) AS count,
        bool_or(code <> 'ap_receipt') AS touched,
        bool_or(code = 'ap_duplicate' AND state = 'open') AS stopped,
        bool_or(code IN ('ap_duplicate', 'ap_similar') AND state = 'cancelled')
            AS given_up
    FROM finance_sync_hold WHERE res_model = 'finance.sync.bill' GROUP BY res_id
"""
# Taken is what was settled in time by entries that book a discount.
_DISCOUNT = """
    SELECT line.move_id, sum(line.value) AS offered,
        coalesce(sum(line.value) FILTER (WHERE line.taken), 0.0) AS captured
    FROM (
        SELECT l.move_id, abs(l.balance) - abs(l.discount_balance) AS value,
            l.reconciled AND EXISTS (
                SELECT FROM account_partial_reconcile p
                JOIN account_move_line o ON o.id = p.debit_move_id
                JOIN account_move_line g ON g.move_id = o.move_id
                JOIN res_company c
                    ON c.account_journal_early_pay_discount_gain_account_id
                        = g.account_id
                WHERE p.credit_move_id = l.id AND o.date <= l.discount_date
            ) AS taken
        FROM account_move_line l
        JOIN finance_sync_bill b ON b.move_id = l.move_id
        WHERE b.state = 'posted' AND l.discount_date IS NOT NULL
            AND l.discount_balance <> 0
    ) line GROUP BY line.move_id
"""
