from odoo import _, fields, models

from ..core.masking import MASK
from ..core.retention import kept_until
from .own_cursor import own_cursor
from .personal_data import AT_ONCE
from .retention import FINISHED


class DocumentMixin(models.AbstractModel):
    _inherit = "finance.sync.document.mixin"

    def _finance_sync_kept_until(self):
        """The last day that the law wants this document kept; None if it does not.

        By default every document is a voucher, of the day on which it was made.
        """
        self.ensure_one()
        company = self.company_id if "company_id" in self._fields else None
        years = (company or self.env.company).finance_sync_statutory_years
        day = self.create_date or fields.Datetime.now()
        return kept_until(day.date(), years)


class AccountMove(models.Model):
    _inherit = "account.move"

    def _finance_sync_kept_until(self):
        """By the accounting date. What was never posted is no voucher."""
        self.ensure_one()
        if self.state != "posted" and not self.posted_before:
            return None
        return kept_until(self.date, self.company_id.finance_sync_statutory_years)


class PersonalRequest(models.Model):
    """Erase about a partner what no law wants kept, and say what was kept and why."""

    _inherit = "finance.sync.personal.request"

    def _erase(self):
        needles = self._needles()
        exchanges = self._exchanges(needles)
        holds = self._holds(exchanges)
        decisions = self._decisions(needles)
        report = _Report()
        open_ids = set(holds.filtered(lambda h: h.state == "open").exchange_id.ids)
        until = self._kept_until_by_document()
        for exchange in exchanges:
            day = until.get((exchange.res_model, exchange.res_id))
            waits = exchange.state not in FINISHED or exchange.id in open_ids
            self._erase_exchange(exchange, day, waits, report)
        self._erase_answers(report.payload_uuids, decisions, until, report)
        for hold in holds:
            day = until.get((hold.res_model, hold.res_id))
            self._erase_hold(hold, day, needles, report)
        self.write(
            {
                "state": "done",
                "done_at": fields.Datetime.now(),
                "exchange_count": len(exchanges),
                "hold_count": len(holds),
                "erased_count": report.erased,
                "kept_count": report.kept,
                "report": report.text(_("Erased:"), _("Kept:")),
            }
        )
        self._event(
            "erased",
            exchanges=len(exchanges),
            holds=len(holds),
            erased=report.erased,
            kept=report.kept,
        )

    def _kept_until_by_document(self):
        """{(model, id): last day that the law wants it kept}, where that is ahead."""
        today = fields.Date.context_today(self)
        found = {}
        for model, records in self._documents().items():
            if not hasattr(records, "_finance_sync_kept_until"):
                continue
            for record in records:
                day = record._finance_sync_kept_until()
                if day and day >= today:
                    found[model, record.id] = day
        return found

    def _erase_exchange(self, exchange, day, waits, report):
        if waits:
            report.keep(_("not finished yet"))
            return
        vouchers = self.env["finance.sync.connection"]._kept_operations()
        if exchange.operation in vouchers and day:
            report.keep(_("the message is a voucher, kept until %s", day))
            return
        if exchange.payload_enc:
            report.payload_uuids.append(exchange.uuid)
            exchange.payload_enc = False
            report.erase(_("content of a message"))
        if day:
            report.keep(_("which message led to a voucher, kept until %s", day))
        elif exchange.document_ref and exchange.document_ref != MASK:
            exchange.document_ref = MASK
            report.erase(_("name of a document"))

    def _erase_answers(self, uuids, decisions, until, report):
        kept = {
            self.env[model].browse(res_id).finance_sync_uuid
            for model, res_id in until
            if "finance_sync_uuid" in self.env[model]._fields
        }
        free = decisions.filtered(
            lambda d: d.answer_enc and d.document_uuid not in kept
        )
        for _decision in decisions.filtered(lambda d: d.document_uuid in kept):
            report.keep(_("a check that a voucher rests on"))
        with own_cursor(self.env) as cr:
            for start in range(0, len(uuids), AT_ONCE):
                cr.execute(
                    "UPDATE finance_sync_attempt SET answer_enc = NULL"
                    " WHERE exchange_uuid = ANY(%s) AND answer_enc IS NOT NULL",
                    [uuids[start : start + AT_ONCE]],
                )
                report.erase(_("answer of another system"), cr.rowcount)
            cr.execute(
                "UPDATE finance_sync_decision SET answer_enc = NULL WHERE id = ANY(%s)",
                [free.ids],
            )
            report.erase(_("answer to a check"), cr.rowcount)
        self.env["finance.sync.attempt"].invalidate_model(["answer_enc"])
        decisions.invalidate_model(["answer_enc"])

    def _erase_hold(self, hold, day, needles, report):
        if hold.state == "open":
            report.keep(_("a hold that is open"))
            return
        vals = {
            name: needles.taken_out_of(hold[name])
            for name in ("summary", "override_reason", "resolution")
            if hold[name] and needles.taken_out_of(hold[name]) != hold[name]
        }
        if not day:
            vals.update(partner_id=False)
            if hold.document_ref:
                vals["document_ref"] = MASK
        if vals:
            hold.write(vals)
            report.erase(_("text or name on a hold"))
        for message in hold.message_ids:
            body = needles.taken_out_of(message.body)
            if body != message.body:
                message.body = body
                report.erase(_("note on a hold"))
        if day:
            report.keep(_("a hold about a voucher, kept until %s", day))


class _Report:
    """Counts of what was erased and kept, by reason."""

    def __init__(self):
        self.erased = self.kept = 0
        self._erased, self._kept = {}, {}
        self.payload_uuids = []

    def erase(self, what, count=1):
        if count:
            self.erased += count
            self._erased[what] = self._erased.get(what, 0) + count

    def keep(self, why):
        self.kept += 1
        self._kept[why] = self._kept.get(why, 0) + 1

    def text(self, erased, kept):
        """Under the two titles, one line for each reason."""
        lines = [erased, *(f"- {n} × {what}" for what, n in self._erased.items())]
        lines += [kept, *(f"- {n} × {why}" for why, n in self._kept.items())]
        return "\n".join(lines)
