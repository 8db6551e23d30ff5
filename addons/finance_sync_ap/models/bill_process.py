from odoo import _, models

from ..core.arithmetic import flaws
from .bill_line import by_cause

# What keeps a bill from going on; each is a hold, and gone when its reason is.
CHECKS = (
    "ap_content",
    "ap_vendor",
    "ap_duplicate",
    "ap_similar",
    "ap_match",
    "ap_receipt",
)
# A person may let these pass, for this content of the bill.
OVERRIDABLE = ("ap_similar", "ap_match")


class Bill(models.Model):
    _inherit = "finance.sync.bill"

    def _process(self):
        """Check, compare and match; what is wrong becomes a hold. May run again."""
        self.ensure_one()
        bill = self.sudo()  # state and links change by what is found, not by users
        problems = bill._problems()
        passed = bill._overridden(bill._passable_codes())
        open_problems = {
            code: problem for code, problem in problems.items() if code not in passed
        }
        holds = bill.env["finance.sync.hold"]
        gone = [code for code in bill._check_codes() if code not in open_problems]
        holds._resolve_for(
            document=bill,
            codes=gone,
            why=_("Checked again: nothing is wrong any more."),
        )
        for code, (summary, amount) in open_problems.items():
            holds._raise(
                code,
                document=bill,
                connection=bill.connection_id,
                summary=summary,
                amount=bill._in_company_currency(amount),
                period=bill.date,
            )
        bill.state = bill._state_by(open_problems)

    def _check_codes(self):
        """Codes of what ``_problems`` may find. Addons add theirs."""
        return CHECKS

    def _passable_codes(self):
        """Those among them that a person may let pass. Addons add theirs."""
        return OVERRIDABLE

    def _state_by(self, problems):
        if not problems:
            return "matched"
        return "waiting" if set(problems) == {"ap_receipt"} else "held"

    def _problems(self):
        """{hold code: (what is wrong, amount in the bill's currency)}."""
        found = self._content_problems()
        if found:
            # Nothing below can be trusted.
            self._release()
            return found
        found = self._duplicate_problems()
        if "ap_duplicate" in found:
            self.link_ids.unlink()
            self.deviation_ids.unlink()
            return found
        return {**found, **self._match_problems()}

    def _content_problems(self):
        found = {}
        total = self.amount_total
        if not self.currency_id:
            found["ap_content"] = (
                _("The bill's currency is not active here. Activate it."),
                total,
            )
        elif total < 0:
            # It would pass under every limit, and the ledger posts no such bill.
            found["ap_content"] = (
                _(
                    "The total (BT-112) is negative: does it give or take money? Ask "
                    "for a corrected version of the other type."
                ),
                -total,
            )
        else:
            wrong = flaws(self._content(), self.currency_id.decimal_places)
            if wrong:
                found["ap_content"] = (self._explain_flaws(wrong), total)
        if not self.partner_id:
            found["ap_vendor"] = (
                _(
                    "No vendor, or more than one, has VAT number %(vat)s of %(name)s. "
                    "Choose the vendor on the bill.",
                    vat=self.vendor_vat or _("(none)"),
                    name=self.vendor_name or _("(no name)"),
                ),
                total,
            )
        return found

    def _explain_flaws(self, wrong):
        lines = [
            _(
                "%(about)s is %(given)s, it should be %(found)s (%(rule)s).",
                about=flaw.about,
                given=flaw.given,
                found=flaw.found,
                rule=flaw.rule,
            )
            for flaw in wrong[:10]
        ]
        return "\n".join([_("The bill does not add up:"), *lines])

    def _duplicate_problems(self):
        other = self._claim_keys()
        booked = self._booked_before()
        if other or booked:
            self.similar_ids = [(6, 0, other.ids)]
            known_as = f"{other.number} ({other.date})"
            text = _(
                "%(number)s is here already as %(other)s. Nothing was booked a second "
                "time: void this one, or the other if that is the wrong one.",
                number=self.number,
                other=booked.display_name or known_as,
            )
            return {"ap_duplicate": (text, self.amount_total)}
        similar = self._find_similar()
        self.similar_ids = [(6, 0, [bill.id for bill, _alike in similar])]
        if similar:
            return {"ap_similar": (self._explain_similar(similar), self.amount_total)}
        return {}

    def _match_problems(self):
        found = self._match()
        problems = {}
        for weight, code in (("hold", "ap_match"), ("wait", "ap_receipt")):
            mine = self.deviation_ids.filtered(lambda one, w=weight: one.weight == w)
            if mine:
                problems[code] = (self._explain(mine), _at_stake(mine))
        if found.state == "held":
            # What waits beside is not the reason any more.
            problems.pop("ap_receipt", None)
        return problems

    def _explain(self, deviations):
        kinds = dict(deviations._fields["kind"]._description_selection(self.env))
        lines = []
        for one in by_cause(deviations)[:10]:
            about = one.line_id.name or one.about or self.number
            if one.kind in ("unmatched", "unit", "foreign_order", "unknown_order"):
                lines.append(f"{kinds[one.kind]}: {one.about or about}")
                continue
            if one.kind == "not_received":
                lines.append(
                    _(
                        "%(about)s: received %(expected)g, billed %(found)g.",
                        about=about,
                        expected=one.expected,
                        found=one.found,
                    )
                )
                continue
            lines.append(
                _(
                    "%(kind)s: %(about)s: agreed %(expected)g, billed %(found)g.",
                    kind=kinds[one.kind],
                    about=about,
                    expected=one.expected,
                    found=one.found,
                )
            )
        return "\n".join(lines)

    def _overridden(self, codes):
        """Codes that a person has let pass since this content was received."""
        holds = self.env["finance.sync.hold"].search(
            [
                ("document_uuid", "=", self.finance_sync_uuid),
                ("state", "=", "overridden"),
                ("code", "in", codes),
                ("resolved_at", ">=", self.content_at),
            ]
        )
        return set(holds.mapped("code"))

    def _in_company_currency(self, amount):
        currency = self.currency_id or self.company_id.currency_id
        return currency._convert(
            amount, self.company_id.currency_id, self.company_id, self.date
        )

    def _rematch_waiting(self, orders):
        """Goods have come: bills that waited for these orders are matched again."""
        waiting = self.sudo().search(
            [
                ("state", "=", "waiting"),
                ("deviation_ids.order_line_id.order_id", "in", orders.ids),
            ]
        )
        waiting._process_soon()

    def _rematch_named(self, order):
        """An order has come or changed: bills that name it are matched again."""
        self.sudo().search(
            [
                ("company_id", "=", order.company_id.id),
                ("state", "in", ("held", "waiting")),
                "|",
                ("order_ref", "=", order.name),
                ("line_ids.order_ref", "=", order.name),
            ]
        )._process_soon()

    def _process_soon(self):
        for bill in self:
            bill.with_delay(
                channel="root.finance_sync.operational",
                identity_key=f"finance_sync_ap.rematch:{bill.id}",
                description=f"Match {bill.number} again",
            )._job_process()

    def _job_process(self):
        if self.state in ("held", "waiting", "captured", "matched"):
            self._process()


def _at_stake(deviations):
    """One excess shows as price, value and total alike: it is counted once."""
    by_line = {}
    for one in deviations:
        by_line.setdefault(one.line_id, []).append(one.amount)
    whole = by_line.pop(deviations.line_id.browse(), [0.0])
    return max([sum(max(amounts) for amounts in by_line.values()), *whole])
