from datetime import timedelta
from decimal import Decimal

from odoo import _, models
from odoo.tools.misc import format_amount

from ..core.duplicates import (
    Identity,
    Thresholds,
    hard_keys,
    likeness,
    simplified_number,
)

THRESHOLDS = Thresholds()
# Years apart in which the same number may come again.
LONGEST_BACK = timedelta(days=400)
MOST_SIMILAR = 200
CENT = 0.01
# Shorter ones are signs like “/”, which say that there is none.
SHORTEST_VAT = 5


class Bill(models.Model):
    _inherit = "finance.sync.bill"

    def init(self):
        result = super().init()
        # Each bill is compared with those over nearly the same amount.
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS finance_sync_bill_alike"
            " ON finance_sync_bill (company_id, amount_total)"
        )
        return result

    def _identity(self):
        """What the bill is recognised by; amounts to the cent."""
        places = self.currency_id.decimal_places or 2
        aliases = set()
        vendor = self.partner_id.commercial_partner_id
        if vendor:
            aliases.add(f"partner:{vendor.id}")
        # The vendor may be there twice, and the bill may not say whose it is.
        aliases.update(f"vat:{_plain(text)}" for text in self._vat_numbers())
        return Identity(
            number=self.number,
            kind=self.kind,
            date=self.date,
            amount=Decimal(f"{abs(self.amount_total):.{places}f}"),
            currency=self.currency_id.name or "",
            aliases=frozenset(aliases),
            vendor_name=vendor.name or self.vendor_name or "",
        )

    def _vat_numbers(self):
        """Of the vendor, as the bill has them and as we do."""
        texts = (self.vendor_vat, self.partner_id.commercial_partner_id.vat)
        return [text for text in texts if text and len(_plain(text)) >= SHORTEST_VAT]

    def _claim_keys(self):
        """Take the bill's keys, or learn which bill has one of them.

        Two that arrive at once: the later one's transaction is retried and then sees
        the first one's.

        :return: the other bill, empty if the keys are ours
        """
        keys = hard_keys(self._identity())
        self.key_ids.unlink()
        self.flush_model()
        self.env.cr.execute(
            "INSERT INTO finance_sync_bill_key (bill_id, company_id, key)"
            " SELECT %s, %s, unnest(%s) ON CONFLICT DO NOTHING RETURNING id",
            [self.id, self.company_id.id, list(keys)],
        )
        taken = len(self.env.cr.fetchall())
        self.invalidate_recordset(["key_ids"])
        if taken == len(keys):
            return self.browse()
        owners = self.env["finance.sync.bill.key"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("key", "in", keys),
                ("bill_id", "!=", self.id),
            ]
        )
        return owners.bill_id[:1]

    def _find_similar(self):
        """Bills that may be the same one: [(bill, likeness)], the likest first."""
        mine = self._identity()
        # The percentage is of the larger one.
        percent = float(THRESHOLDS.percent)
        spread = abs(self.amount_total) * percent / (100 - percent) + CENT
        near = self._around(timedelta(days=THRESHOLDS.days), spread)
        # Whatever else makes two bills alike: their amount is the same then.
        equal = self._around(LONGEST_BACK, CENT)
        others = self.search(
            [
                ("id", "!=", self.id),
                ("company_id", "=", self.company_id.id),
                ("kind", "=", self.kind),
                ("currency_id", "=", self.currency_id.id),
                ("state", "!=", "voided"),
                "|",
                *near,
                *equal,
            ],
            order="date desc, id desc",
            limit=MOST_SIMILAR,
        )
        found = [(other, likeness(mine, other._identity())) for other in others]
        return sorted(
            ((other, alike) for other, alike in found if alike),
            key=lambda pair: -pair[1].score,
        )

    def _around(self, days, spread):
        """A domain: at most so much earlier, later, smaller or larger."""
        return [
            *("&", "&", "&"),
            ("date", ">=", self.date - days),
            ("date", "<=", self.date + days),
            ("amount_total", ">=", self.amount_total - spread),
            ("amount_total", "<=", self.amount_total + spread),
        ]

    def _booked_before(self):
        """A vendor bill with the same number that did not come through here.

        Of the same year: vendors start their numbers anew.
        """
        if not self.partner_id:
            return self.env["account.move"]
        vendor = self.partner_id.commercial_partner_id
        twins = vendor.search([("vat", "in", self._vat_numbers())])
        year = self.date.year
        booked = self.env["account.move"].search_fetch(
            [
                ("company_id", "=", self.company_id.id),
                (
                    "move_type",
                    "=",
                    "in_refund" if self.kind == "credit_note" else "in_invoice",
                ),
                ("state", "!=", "cancel"),
                ("commercial_partner_id", "in", (vendor | twins).ids),
                ("ref", "!=", False),
                ("id", "!=", self.move_id.id),
                ("finance_sync_bill_id", "=", False),
                "|",
                ("invoice_date", "=", False),
                "&",
                ("invoice_date", ">=", f"{year}-01-01"),
                ("invoice_date", "<=", f"{year}-12-31"),
            ],
            ["ref"],
        )
        mine = simplified_number(self.number)
        return booked.filtered(lambda move: simplified_number(move.ref) == mine)[:1]

    def _explain_similar(self, found):
        labels = {
            "same_number_other_year": _("the same number in another year"),
            "number_nearly_same": _("nearly the same number, same date and amount"),
            "vendor_nearly_same": _("the same number and amount of a similar vendor"),
            "amount_and_date_near": _("nearly the same amount and date"),
        }
        lines = [_("This may be a bill that is here already:")]
        lines += [
            _(
                "%(number)s of %(date)s over %(amount)s: %(why)s.",
                number=other.number,
                date=other.date,
                amount=format_amount(self.env, other.amount_total, other.currency_id),
                why=", ".join(labels[reason] for reason in alike.reasons),
            )
            for other, alike in found[:5]
        ]
        return "\n".join(lines)


def _plain(vat):
    """A VAT number as it is compared."""
    return "".join(c for c in vat.upper() if c.isalnum())
