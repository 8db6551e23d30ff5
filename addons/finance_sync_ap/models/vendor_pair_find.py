from collections import defaultdict

from odoo import _, api, fields, models
from odoo.addons.queue_job.exception import RetryableJobError
from psycopg2.errors import UniqueViolation

from ..core.vendors import Vendor, alike

JOB_KEY = "finance_sync_ap.vendors"
# Changes come in crowds, as with an import: one search is for all of them.
QUIET_SECONDS = 60


class VendorPair(models.Model):
    """Finding vendors that are alike: every night, and soon after a change."""

    _inherit = "finance.sync.vendor.pair"

    @api.model
    def _find_soon(self):
        self.sudo().with_delay(
            channel="root.finance_sync.bulk",
            identity_key=JOB_KEY,
            eta=QUIET_SECONDS,
            description="Look for vendors that are alike",
        )._job_find()

    @api.model
    def _cron_find(self):
        self._find_soon()

    @api.model
    def _job_find(self):
        """Running again changes nothing."""
        try:
            with self.env.cr.savepoint():
                self._find()
        except UniqueViolation as error:
            raise RetryableJobError(
                "Another search has found the same", seconds=QUIET_SECONDS
            ) from error

    @api.model
    def _find(self):
        """Compare all vendors of all companies; pairs are of two that meet in one."""
        pairs = self.sudo()  # made by what is found, not by users
        found = {(pair.one, pair.other): pair for pair in alike(pairs._vendors())}
        known = {
            tuple(sorted((pair.one_id.id, pair.other_id.id))): pair
            for pair in pairs.search([("state", "!=", "merged")])
        }
        self._add([pair for keys, pair in found.items() if keys not in known])
        for keys, pair in known.items():
            pair._refresh(found.get(keys))

    def _vendors(self):
        partners = self.env["res.partner"].search([("supplier_rank", ">", 0)])
        vendors = partners.commercial_partner_id.filtered("active")
        accounts = defaultdict(set)
        banks = self.env["res.partner.bank"].search(
            [("partner_id", "child_of", vendors.ids)]
        )
        for bank in banks:
            holder = bank.partner_id.commercial_partner_id.id
            accounts[holder].add(bank.sanitized_acc_number)
        return [
            Vendor(
                key=vendor.id,
                name=vendor.name or "",
                vat=vendor.vat or "",
                country=vendor.country_id.code or "",
                accounts=frozenset(accounts[vendor.id]) - {False, ""},
                company=vendor.company_id.id or None,
            )
            for vendor in vendors
        ]

    def _add(self, found):
        partners = self.env["res.partner"].sudo()  # see _find
        now = fields.Datetime.now()
        vals_list = []
        for pair in found:
            one, other = partners.browse((pair.one, pair.other))
            vals_list.append(
                {
                    "key": _key(pair.one, pair.other),
                    "one_id": pair.one,
                    "other_id": pair.other,
                    "company_id": (one.company_id or other.company_id).id,
                    "score": pair.score,
                    "reasons": ",".join(pair.reasons),
                    "found_at": now,
                }
            )
        new = self.sudo().create(vals_list)  # see _find
        self.env.flush_all()
        new._tell("alike")

    def _refresh(self, found):
        """What a later search says of a pair that is known."""
        if found is None:
            if self.state == "open":
                self.state = "gone"
            return
        reasons = ",".join(found.reasons)
        if (self.reasons, self.score) != (reasons, found.score):
            self.write({"reasons": reasons, "score": found.score})
        decided = set((self.decided_reasons or "").split(","))
        unheard = self.state == "different" and set(found.reasons) - decided
        if self.state == "gone" or unheard:
            self._reopen()

    # -- Merged

    def _merged_into(self, partner):
        """Core has moved the columns: what was two is one, or is twice there."""
        pairs = self.sudo().search(
            ["|", ("one_id", "=", partner.id), ("other_id", "=", partner.id)]
        )
        done = pairs.filtered(lambda p: p.one_id == p.other_id and p.state != "merged")
        for pair in done:
            pair.write(
                {
                    "key": f"merged:{pair.id}",
                    "state": "merged",
                    "decided_by": self.env.uid,
                    "decided_at": fields.Datetime.now(),
                    "note": _("Merged into %s.", partner.display_name),
                }
            )
        done.with_env(self.env)._tell("merged")
        self._rename(pairs.filtered(lambda pair: pair.one_id != pair.other_id))

    def _rename(self, pairs):
        """Of two about the same vendors, what a person decided stays."""
        kept = {}
        decided_first = sorted(pairs, key=lambda p: (p.state != "different", p.id))
        for pair in decided_first:
            key = _key(pair.one_id.id, pair.other_id.id)
            if key in kept:
                pair.unlink()
            else:
                kept[key] = pair
        for pair in kept.values():
            pair.key = f"moved:{pair.id}"
        pairs.flush_model(["key"])
        for key, pair in kept.items():
            pair.key = key


def _key(one, other):
    return f"{min(one, other)}-{max(one, other)}"
