from decimal import Decimal

from odoo import _, api, fields, models
from odoo.addons.finance_sync.core.canonical import digest
from odoo.addons.finance_sync.core.money import quantize

from ..core import approval
from ..core.approval import as_text

# Of a bill; see ``_content_hash``.
DECIDED_ON = frozenset(
    {
        "number",
        "kind",
        "date",
        "due",
        "partner_id",
        "currency_id",
        "amount_untaxed",
        "amount_tax",
        "amount_total",
        "version",
    }
)
STATES = [
    ("none", "Not Needed"),
    ("open", "To Approve"),
    ("approved", "Approved"),
    ("rejected", "Refused"),
]


class Bill(models.Model):
    """A bill is approved as it is: whatever changes it afterwards, the hash tells."""

    _inherit = "finance.sync.bill"

    approval_ids = fields.One2many(
        "finance.sync.bill.approval", "bill_id", readonly=True
    )
    approval_state = fields.Selection(
        STATES,
        string="Approval",
        compute="_compute_approval_state",
        compute_sudo=True,
        store=True,
        index=True,
    )
    approvers_text = fields.Char(
        string="Approved by", compute="_compute_approvers_text", compute_sudo=True
    )

    @api.depends("approval_ids", "state", "company_id.finance_sync_ap_approval")
    def _compute_approval_state(self):
        for bill in self:
            bill.approval_state = bill._approval_now()

    @api.depends("approval_ids", "approval_state")
    def _compute_approvers_text(self):
        for bill in self:
            by = approval.standing(bill._decisions(), bill._content_hash())
            bill.approvers_text = ", ".join(sorted(bill._named(each) for each in by))

    # -- What is decided on

    def _content_hash(self):
        """SHA-256 of the bill as received and of its draft, as both are now."""
        bill = self.sudo()  # the same whoever looks
        document = {
            "bill": [
                bill.number,
                bill.kind,
                str(bill.date),
                str(bill.due),
                bill.partner_id.id,
                bill.currency_id.name or "",
                as_text(bill.amount_untaxed),
                as_text(bill.amount_tax),
                as_text(bill.amount_total),
                bill.version,
            ],
            "move": bill.move_id._finance_sync_content() if bill.move_id else [],
        }
        return digest(document)

    def _decisions(self):
        """The decisions of the company's master, in order."""
        master = self.company_id.finance_sync_ap_approval
        found = self.approval_ids.filtered(
            lambda each: each.source == master or each.kind == "revoked"
        )
        return [each._as_core() for each in found.sorted("id")]

    def _needed(self):
        """How many have to approve."""
        company = self.company_id
        if company.finance_sync_ap_approval != "odoo":
            return 1
        limit = company.finance_sync_ap_two_from
        return 2 if limit and self._amount_to_approve() >= Decimal(str(limit)) else 1

    def _amount_to_approve(self):
        places = self.company_id.currency_id.decimal_places
        amount = abs(self._in_company_currency(self.amount_total))
        return quantize(Decimal(str(amount)), places)

    def _approval_now(self):
        """Not by a stored answer: what was changed behind the ORM counts as well."""
        self.ensure_one()
        bill = self.sudo()  # see _content_hash
        if bill.company_id.finance_sync_ap_approval == "none":
            return "none"
        return approval.state(bill._decisions(), bill._content_hash(), bill._needed())

    def _is_approved(self):
        return self._approval_now() in ("none", "approved")

    def _approval_problem(self):
        """Why it is not approved, in words; None if it is."""
        bill = self.sudo()  # see _content_hash
        now = bill._approval_now()
        if now in ("none", "approved"):
            return None
        if now == "rejected":
            return _("Bill %s was refused by an approver.", bill.number)
        if bill.company_id.finance_sync_ap_approval == "platform":
            return _(
                "Bill %s is not approved on the AP platform, or was changed since.",
                bill.number,
            )
        return _(
            "Bill %s is not approved, or was changed since. Ask an approver with the "
            "authority for its amount; approvals are given on the received bill.",
            bill.number,
        )

    # -- Recording

    def _decide(self, kind, *, source="odoo", reason=None, **values):
        """Record a decision, for good."""
        made = self.env["finance.sync.bill.approval"]
        for bill in self.sudo():  # recorded here only, after callers' checks
            content, amount = bill._content_hash(), bill._amount_to_approve()
            made |= made.sudo().create(
                {
                    "bill_id": bill.id,
                    "company_id": bill.company_id.id,
                    "kind": kind,
                    "source": source,
                    "user_id": self.env.uid,
                    "amount": float(amount),
                    "currency_id": bill.company_id.currency_id.id,
                    "content": content,
                    "reason": reason,
                    **values,
                }
            )
            self.env["finance.sync.event"]._record(
                f"finance_sync.ap.bill.{kind}",
                bill,
                data={
                    "source": source,
                    "content": content,
                    "amount": amount,
                    "giver": values.get("giver_id"),
                },
            )
            bill._message_log(
                body=_(
                    "%(what)s by %(who)s. %(reason)s",
                    what=dict(self._kind_labels())[kind],
                    who=values.get("outside_by") or self.env.user.name,
                    reason=reason or "",
                )
            )
        self._approval_again()
        return made

    def _kind_labels(self):
        field = self.env["finance.sync.bill.approval"]._fields["kind"]
        return field._description_selection(self.env)

    def _approval_again(self):
        bills = self.sudo()
        self.env.add_to_compute(self._fields["approval_state"], bills)
        bills.move_id._finance_sync_block_again()

    def _revoke_if_changed(self):
        """What was approved has changed: that is over, and on record."""
        for bill in self.sudo():  # whoever changed it
            if bill.company_id.finance_sync_ap_approval == "none":
                continue
            decisions = bill._decisions()
            approved = {d.content for d in decisions if d.kind == "approved"}
            given = any(approval.standing(decisions, each) for each in approved)
            if not given:
                bill._approval_again()
                continue
            if not approval.standing(decisions, bill._content_hash()):
                bill.with_env(self.env)._decide(
                    "revoked",
                    source=bill.company_id.finance_sync_ap_approval,
                    reason=_("The bill or its draft was changed after its approval."),
                )
            elif bill.approval_state != bill._approval_now():
                bill._approval_again()

    def write(self, vals):
        result = super().write(vals)
        if DECIDED_ON.intersection(vals):
            self._revoke_if_changed()
        return result

    def _named(self, by):
        kind, _colon, who = by.partition(":")
        if kind == "user":
            return self.env["res.users"].browse(int(who)).name
        return who

    # -- The draft

    def _stage(self):
        """Approved outside before there was a draft: the draft says the same."""
        given = {bill: bill.sudo()._approved_outside() for bill in self}
        moves = super()._stage()
        for bill, carried in given.items():
            if not carried:
                continue
            bill._decide(
                "approved",
                source="platform",
                outside_by=carried.outside_by,
                outside_at=carried.outside_at,
                exchange_uuid=carried.exchange_uuid,
                reason=_("Carried over to the draft, which has the bill's amounts."),
            )
            bill._post_when_ready()
        return moves

    def _approved_outside(self):
        """The platform's approval of the bill as it is now, if that is the master."""
        if self.company_id.finance_sync_ap_approval != "platform":
            return self.approval_ids.browse()
        by = approval.standing(self._decisions(), self._content_hash())
        return self.approval_ids.filtered(
            lambda each: each.kind == "approved" and each._as_core().by in by
        )[-1:]

    def _post_problems(self):
        problem = self._approval_problem()
        return super()._post_problems() + ([problem] if problem else [])


class BillApproval(models.Model):
    _inherit = "finance.sync.bill.approval"

    def _as_core(self):
        by = (
            f"platform:{self.outside_by}"
            if self.outside_by
            else f"user:{self.user_id.id}"
        )
        return approval.Decision(self.kind, by, self.content)
