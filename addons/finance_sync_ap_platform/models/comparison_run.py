import datetime

from odoo import _, fields, models
from odoo.addons.finance_sync.core.errors import ContractError, ProviderError

from ..core import compare
from ..core.compare import Ours
from .poll_run import OPERATION

DAYS = 90
MOST_PAGES = 500
MOST_LOOKUPS = 200
MOST_LINES = 5000


class ApComparison(models.Model):
    _inherit = "finance.sync.ap.comparison"

    def _job_compare(self):
        """Read what the platform says, compare, and hold what differs.

        Only a list that was read to its end says anything about what is not on it, and
        even then the platform is asked for each such bill.
        """
        self.ensure_one()
        comparison = self.sudo()  # the engine's own bookkeeping
        comparison.since = fields.Datetime.now() - datetime.timedelta(days=DAYS)
        try:
            with comparison.connection_id._calling_often():
                heads = comparison._heads()
                bills = comparison._bills(heads)
                gone, unchecked = comparison._look_up(bills, heads)
        except ProviderError as error:
            comparison._fail(error.message)
            return comparison.state
        comparison._conclude(heads, bills, gone, unchecked)
        return comparison.state

    def _heads(self):
        """{id: what the platform says}, of all that changed since."""
        since = self.since.replace(tzinfo=datetime.timezone.utc)
        found = self._read_whole(lambda adapter, page: adapter.list_states(since, page))
        return {head.external_id: head for head in found}

    def _read_whole(self, read):
        """What ``read(adapter, page)`` lists, to the end.

        :raises ProviderError: it cannot be read whole
        """
        items, page = [], ""
        for _number in range(MOST_PAGES):
            found = self.connection_id._ask_platform(
                lambda adapter, page=page: read(adapter, page)
            )
            items += found.items
            if not found.next:
                return items
            page = found.next
        raise ContractError("The platform's list does not end.", code="endless")

    def _bills(self, heads):
        """Those that were received since, or that are on the list."""
        return self.env["finance.sync.bill"].search(
            [
                ("connection_id", "=", self.connection_id.id),
                ("company_id", "=", self.company_id.id),
                "|",
                ("received_at", ">=", self.since),
                ("external_id", "in", list(heads)),
            ]
        )

    def _look_up(self, bills, heads):
        """(bills that the platform says it has not, how many were not asked for)"""
        unlisted = bills.filtered(lambda bill: bill.external_id not in heads)
        gone = bills.browse()
        for bill in unlisted[:MOST_LOOKUPS]:
            head = self.connection_id._ask_platform(
                lambda adapter, bill=bill: adapter.state(bill.external_id)
            )
            if head is None:
                gone |= bill
            else:
                heads[bill.external_id] = head
        return gone, len(unlisted[MOST_LOOKUPS:])

    def _conclude(self, heads, bills, gone, unchecked):
        busy = self._busy(bills)
        lines, differing, equal = [], {}, bills.browse()
        shows = self.connection_id._adapter_class().shows_transfer
        for bill in bills - busy:
            ours, head = bill._compared(), heads.get(bill.external_id)
            if bill in gone:
                found = [one for one in (compare.missing_there(ours),) if one]
            elif head is None:
                continue
            else:
                found = compare.differences(ours, head, shows_transfer=shows)
            if found:
                differing[bill] = found
                lines += [self._line(one, bill.external_id, bill) for one in found]
            else:
                equal |= bill
        missing = self._missing_here(heads, bills)
        lines += [
            self._line(one, head.external_id, None, head) for head, one in missing
        ]
        self.write(
            {
                "state": "complete",
                "ended_at": fields.Datetime.now(),
                "theirs_count": len(heads),
                "ours_count": len(bills),
                "equal_count": len(equal),
                "busy_count": len(busy),
                "unchecked_count": unchecked,
                "difference_count": len(lines),
                "line_ids": [(0, 0, vals) for vals in lines[:MOST_LINES]],
            }
        )
        self._hold(differing, equal, missing)

    def _busy(self, bills):
        """Bills with a message on its way, or one that waits for a person."""
        open_uuids = self.env["finance.sync.exchange"]._read_group(
            [
                ("connection_id", "=", self.connection_id.id),
                ("document_uuid", "in", bills.mapped("finance_sync_uuid")),
                ("state", "in", ("pending", "held")),
            ],
            ["document_uuid"],
        )
        waiting = {uuid for (uuid,) in open_uuids}
        return bills.filtered(lambda bill: bill.finance_sync_uuid in waiting)

    def _missing_here(self, heads, bills):
        """[(head, difference)] of what was taken from there and is nowhere here."""
        known = set(bills.mapped("external_id"))
        found = [
            (head, compare.missing_here(head))
            for number, head in heads.items()
            if number not in known
        ]
        found = [(head, one) for head, one in found if one]
        if not found:
            return []
        # What waits for a person to be booked has its own hold.
        held = self.env["finance.sync.exchange"].search(
            [
                ("connection_id", "=", self.connection_id.id),
                ("direction", "=", "in"),
                ("operation", "=", OPERATION),
                ("external_id", "in", [head.external_id for head, _one in found]),
                ("state", "in", ("pending", "held")),
            ]
        )
        waiting = set(held.mapped("external_id"))
        return [(head, one) for head, one in found if head.external_id not in waiting]

    def _line(self, found, external_id, bill, head=None):
        number = bill.number if bill else head.number
        amount = float(found.amount)
        return {
            "kind": found.kind,
            "external_id": external_id,
            "number": number,
            "bill_id": bill.id if bill else False,
            "ours": found.ours,
            "theirs": found.theirs,
            "compared_on": fields.Date.context_today(self),
            "amount": bill._in_company_currency(amount) if bill else amount,
        }

    # -- Holds

    def _hold(self, differing, equal, missing):
        holds = self.env["finance.sync.hold"]
        if equal:
            holds._resolve_for(
                document=equal,
                codes=["ap_difference"],
                why=_("Compared again: all is the same."),
            )
        passed = self._overridden()
        for bill, found in differing.items():
            summary = self._explain(found)
            if (f"ap_difference:{bill.finance_sync_uuid}", summary) in passed:
                continue
            amount = max(float(one.amount) for one in found)
            holds._raise(
                "ap_difference",
                document=bill,
                connection=self.connection_id,
                amount=bill._in_company_currency(amount),
                period=bill.date,
                summary=summary,
            )
        still = {self._raise_missing(head, found, passed).id for head, found in missing}
        holds.search(
            [
                ("state", "=", "open"),
                ("code", "=", "ap_missing"),
                ("connection_id", "=", self.connection_id.id),
                ("company_id", "=", self.company_id.id),
                ("id", "not in", list(still)),
            ]
        )._close("resolved", _("Compared again: nothing is missing."))
        self._note_compared()

    def _note_compared(self):
        """It could be read whole, whatever came of it."""
        self.env["finance.sync.hold"].search(
            [
                ("state", "=", "open"),
                ("dedupe_key", "=", f"ap_compare:{self._subject()}"),
            ]
        )._close("resolved", _("Compared again, and completely."))

    def _overridden(self):
        """{(what it is about, what it said)} of what a person has let pass as it is."""
        codes = ("ap_difference", "ap_missing", "ap_vendor_differs")
        holds = self.env["finance.sync.hold"].search(
            [
                ("state", "=", "overridden"),
                ("code", "in", codes),
                ("connection_id", "=", self.connection_id.id),
                ("company_id", "=", self.company_id.id),
            ]
        )
        return {(hold.dedupe_key, hold.summary) for hold in holds}

    def _raise_missing(self, head, found, passed):
        summary = _(
            "“%(name)s” says that bill %(number)s (%(id)s) was taken, and it is not "
            "here.",
            name=self.connection_id.name,
            number=head.number or "?",
            id=head.external_id,
        )
        holds, subject = self.env["finance.sync.hold"], self._subject(head.external_id)
        if (f"ap_missing:{subject}", summary) in passed:
            return holds
        return holds._raise(
            "ap_missing",
            connection=self.connection_id,
            company=self.company_id,
            subject=subject,
            amount=float(found.amount),
            summary=summary,
        )

    def _explain(self, found):
        kinds = dict(
            self.env["finance.sync.ap.comparison.line"]
            ._fields["kind"]
            ._description_selection(self.env)
        )
        return "\n".join(
            _(
                "%(kind)s: here %(ours)s, there %(theirs)s.",
                kind=kinds[one.kind],
                ours=one.ours or "–",
                theirs=one.theirs or "–",
            )
            for one in found
        )


class Bill(models.Model):
    _inherit = "finance.sync.bill"

    def _compared(self):
        """:class:`Ours`: what the ledger says of it."""
        posted = self.move_id.state == "posted"
        state = compare.OPEN
        if self.refusal:
            state = compare.REFUSED
        elif self.state == "voided":
            state = compare.VOIDED
        elif posted:
            state = compare.POSTED
        known = bool(self._adapter_of().payments)
        return Ours(
            state=state,
            total=self._exact(abs(self.amount_total)),
            currency=self.currency_id.name or "",
            paid=self._paid().bank if posted and known else None,
        )

    def _tell_again(self):
        """Tell the platform what is so here, whatever it was told before."""
        for bill in self:
            vals = {"reported_state": False}
            if bill.move_id.state == "posted":
                vals.update(reported_payment=False, reported_paid=0.0)
            bill.write(vals)
        self._feedback_soon()
