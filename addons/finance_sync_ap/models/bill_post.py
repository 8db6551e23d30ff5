from odoo import _, fields, models
from odoo.addons.finance_sync.core.errors import ConfigurationError
from odoo.addons.finance_sync.models.exchange_run import TECHNICAL
from odoo.exceptions import RedirectWarning, UserError, ValidationError
from odoo.tools.misc import format_date

from .. import compat


class Bill(models.Model):
    """From draft to ledger: once, by a job or a person, when nothing is against it."""

    _inherit = "finance.sync.bill"

    state = fields.Selection(
        selection_add=[("posted", "Posted"), ("voided",)],
        ondelete={"posted": "set default"},
    )

    def _stage(self):
        """A newer version takes the place of a draft that was made before."""
        bills = self.sudo()  # see there
        replaced = bills.filtered(lambda one: one.move_id.state in ("draft", "cancel"))
        old = replaced.move_id
        if old:
            old.filtered(lambda move: move.state == "draft").button_cancel()
            old._finance_sync_set({"finance_sync_bill_id": False})
            replaced.move_id = False
        moves = super()._stage()
        self._post_when_ready()
        return moves

    # -- When

    def _post_when_ready(self):
        """Have it posted by a job, if the company wants that and nothing is open."""
        for bill in self.sudo():  # who stages or approves may not post
            if not bill.company_id.finance_sync_ap_auto_post or bill._post_problems():
                continue
            try:
                user = bill.connection_id._execution_user(bill.company_id)
            except ConfigurationError:
                # Nobody to post as: a person does, and staging does not fail.
                continue
            worker = self.env[self._name].browse(bill.id).with_user(user)
            worker = worker.with_context(allowed_company_ids=bill.company_id.ids)
            worker.with_delay(
                channel="root.finance_sync.operational",
                identity_key=f"finance_sync_ap.post:{bill.id}",
                description=f"Post {bill.number}",
            )._job_post()

    def _job_post(self):
        """Running again is safe: what is posted is only noted."""
        self._post_bill()

    def action_post_bill(self):
        """Post it now; what stands against it becomes a hold."""
        self._check_clerk()
        refused = self.browse()
        for bill in self:
            if bill._post_bill():
                refused |= bill
        if not refused:
            return True
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger",
                "sticky": True,
                "title": _("Not posted: %s", ", ".join(refused.mapped("number"))),
                "message": _("The hold on each bill says why, and what to do."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # -- How

    def _post_bill(self):
        """Post the draft, or hold it.

        Under a lock on the bill: of two who post at once the second waits, is retried,
        and then sees the first one's entry. So does a job whose answer was lost.

        :return: what stands against it, in words; empty once it is posted
        """
        self.ensure_one()
        self.env.cr.execute(
            "SELECT FROM finance_sync_bill WHERE id = %s FOR UPDATE", [self.id]
        )
        self.env.cr.execute(
            "SELECT FROM account_move WHERE id = %s FOR UPDATE", [self.move_id.id]
        )
        self.move_id.invalidate_recordset(["state"])
        if self.move_id.state == "posted":
            self._note_posted()
            return []
        problems = self._post_problems()
        if not problems:
            problems = self._try_to_post()
        if problems:
            self._hold_post(problems)
        return problems

    def _try_to_post(self):
        try:
            with self.env.cr.savepoint():
                move = self.move_id.with_company(self.company_id)
                move._post(soft=False)
                self.env.flush_all()
        except TECHNICAL:
            raise
        except (UserError, ValidationError, RedirectWarning) as error:
            return [str(error.args[0])]
        return []

    def _post_problems(self):
        """Why it is not posted yet, in words. Addons add theirs."""
        bill = self.sudo()  # asked about for whoever posts
        if bill.state != "staged" or bill.move_id.state != "draft":
            return [_("It has no draft that could be posted.")]
        found = [
            _("%(what)s: %(summary)s", what=hold.type_id.name, summary=hold.summary)
            for hold in bill._open_checks()
        ]
        return found + bill._period_problems()

    def _open_checks(self):
        return self.env["finance.sync.hold"].search(
            [
                ("document_uuid", "=", self.finance_sync_uuid),
                ("state", "=", "open"),
                ("code", "in", self._standing_codes()),
            ]
        )

    def _standing_codes(self):
        """Codes of holds that keep a draft from being posted. Addons add theirs."""
        return (*self._check_codes(), "ap_late")

    def _period_problems(self):
        """Core would move the entry to the next open day without a word."""
        move = self.move_id
        lock = compat.locked_until(move)
        if not lock or not move.date or move.date > lock:
            return []
        return [
            _(
                "Entries up to %(lock)s are locked, and this one is of %(date)s. Give "
                "the draft another accounting date, or have the period opened.",
                lock=format_date(self.env, lock),
                date=format_date(self.env, move.date),
            )
        ]

    def _hold_post(self, problems):
        bill = self.sudo()  # holds are made by what happens
        self.env["finance.sync.hold"]._raise(
            "ap_post",
            document=bill,
            connection=bill.connection_id,
            summary="\n".join(problems),
            amount=bill._in_company_currency(bill.amount_total),
            period=bill.date,
        )
        self.env["finance.sync.event"]._record(
            "finance_sync.ap.bill.refused", bill, data={"reasons": problems}
        )

    def _note_posted(self):
        """The entry is in the ledger, whoever has put it there."""
        bills = self.sudo().filtered(lambda bill: bill.state != "posted")
        bills.write({"state": "posted"})
        if bills:
            self.env["finance.sync.hold"]._resolve_for(
                document=bills, codes=["ap_post"], why=_("It is posted.")
            )


class Hold(models.Model):
    _inherit = "finance.sync.hold"

    def action_retry(self):
        """Of a bill that was refused: post it again."""
        posting = self.filtered(lambda hold: hold.code == "ap_post")
        if posting:
            posting._check_resolver()
            for hold in posting:
                hold._document().action_post_bill()
        rest = self - posting
        return super(Hold, rest).action_retry() if rest else True


class AccountMove(models.Model):
    """The entry of a received bill is posted by whatever button, but not too early."""

    _inherit = "account.move"

    def write(self, vals):
        state = vals.get("state")
        bills = (
            self.sudo().finance_sync_bill_id if state else self.env["finance.sync.bill"]
        )  # whoever posts may not see the bill as it was received
        if state == "posted":
            for move in self.filtered("finance_sync_bill_id"):
                move._finance_sync_check_post()
        result = super().write(vals)
        if state == "posted":
            bills._note_posted()
        elif state == "draft":
            bills.filtered(lambda bill: bill.state == "posted").write(
                {"state": "staged"}
            )
        return result

    def _finance_sync_check_post(self):
        """:raises UserError: the bill behind it says something else, or waits"""
        bill = self.sudo().finance_sync_bill_id  # see write
        if bill.move_id != self or bill.state not in ("staged", "posted"):
            raise UserError(
                _(
                    "The received bill %s has changed since this draft was made. Make "
                    "its draft anew.",
                    bill.number,
                )
            )
        holds = bill._open_checks()
        if holds:
            raise UserError("\n".join(holds.mapped("summary")))
