from collections import namedtuple

from odoo import _, fields, models
from odoo.addons.finance_sync.core.errors import ProviderError

from ..core import compare_vendors
from ..core.compare_vendors import BOTH_COUNT, OURS_COUNTS, THEIRS_COUNTS, VendorSide
from ..core.platform import VENDOR
from .comparison_run import MOST_LINES, MOST_LOOKUPS

# A vendor on both sides, as far as it is there: ``partner`` may be empty, and
# ``message`` None where the platform says clearly that it has none.
Pair = namedtuple("Pair", "external_id code partner message")


class ApComparison(models.Model):
    """Vendors: by what was received before, else by reference."""

    _inherit = "finance.sync.ap.comparison"

    def _job_compare(self):
        self.ensure_one()
        comparison = self.sudo()  # the engine's own bookkeeping
        if comparison.kind != VENDOR:
            return super()._job_compare()
        try:
            with comparison.connection_id._calling_often():
                listed = comparison._listed_vendors()
                received = comparison._received_vendors()
                unlisted, unchecked = comparison._unlisted_vendors(listed, received)
        except ProviderError as error:
            comparison._fail(error.message)
            return comparison.state
        pairs, several = comparison._vendor_pairs(listed, received)
        comparison._conclude_vendors(pairs + unlisted, several, unchecked)
        return comparison.state

    def _listed_vendors(self):
        """{id: message} of all that the platform has."""
        found = self._read_whole(
            lambda adapter, page: adapter.list_records(VENDOR, None, page)
        )
        return {change.external_id: change.message or {} for change in found}

    def _received_vendors(self):
        """{id: the vendor here that a message made or changed}"""
        received = self.env["finance.sync.ap.received"].search(
            [
                ("connection_id", "=", self.connection_id.id),
                ("company_id", "=", self.company_id.id),
                ("kind", "=", VENDOR),
                ("partner_id", "!=", False),
            ]
        )
        return {one.external_id: one.partner_id for one in received}

    def _unlisted_vendors(self, listed, received):
        """([Pair] of what is here and was not listed, ids that were not asked for)"""
        missing = [number for number in received if number not in listed]
        pairs = []
        for number in missing[:MOST_LOOKUPS]:
            found = self.connection_id._ask_platform(
                lambda adapter, number=number: adapter.fetch_record(VENDOR, number)
            )
            partner = received[number]
            message = found.message if found else None
            pairs.append(Pair(number, partner.ref or number, partner, message))
        return pairs, missing[MOST_LOOKUPS:]

    def _vendor_pairs(self, listed, received):
        """([Pair] of what is listed, ids of those that several here may be)"""
        codes = {number: _code_of(message) for number, message in listed.items()}
        by_code = self._vendors_by_code(set(codes.values()) - {""})
        pairs, several = [], []
        for number, message in listed.items():
            code, partner = codes[number], received.get(number)
            if not partner:
                partner = by_code.get(code, self.env["res.partner"])
            if len(partner) > 1:
                several.append(number)
                continue
            pairs.append(Pair(number, code or partner.ref or number, partner, message))
        return pairs, several

    def _vendors_by_code(self, codes):
        partners = self.env["res.partner"].with_context(active_test=False)
        found = partners.search(
            [
                ("ref", "in", list(codes)),
                ("parent_id", "=", False),
                ("company_id", "in", (False, self.company_id.id)),
            ]
        )
        by_code = {}
        for partner in found:
            by_code[partner.ref] = by_code.get(partner.ref, partners) | partner
        return by_code

    # -- Conclusions

    def _conclude_vendors(self, pairs, several, unchecked):
        words, busy = self._vendor_fields(), self._busy_vendors(pairs)
        differing, equal = [], 0
        for pair in pairs:
            if pair.external_id in busy:
                continue
            found = self._vendor_differences(pair, tuple(words))
            if found:
                differing.append((pair, found))
            elif pair.partner:
                equal += 1
        lines = [self._vendor_line(one, p) for p, found in differing for one in found]
        self.write(
            {
                "state": "complete",
                "ended_at": fields.Datetime.now(),
                "theirs_count": sum(1 for pair in pairs if pair.message is not None),
                "ours_count": sum(1 for pair in pairs if pair.partner),
                "equal_count": equal,
                "busy_count": len(busy),
                "unchecked_count": len(several) + len(unchecked),
                "difference_count": len(lines),
                "line_ids": [(0, 0, vals) for vals in lines[:MOST_LINES]],
            }
        )
        self._hold_vendors(differing, words, {*busy, *several, *unchecked})

    def _vendor_fields(self):
        """{field: whose word counts}, of those that somebody is told of.

        A field that the platform owns is compared where it is read, one of ours where
        the platform is told of vendors.
        """
        connection = self.connection_id
        told = {
            THEIRS_COUNTS: connection.ap_poll_vendor,
            OURS_COUNTS: connection.ap_push_vendor,
            BOTH_COUNT: True,
        }
        owners = connection._field_owners(
            "partner", compare_vendors.FIELDS, self.company_id
        )
        words = {name: compare_vendors.counts(owner) for name, owner in owners.items()}
        return {name: word for name, word in words.items() if told[word]}

    def _busy_vendors(self, pairs):
        """Ids of those with a message on its way, either way, or held."""
        exchanges = self.env["finance.sync.exchange"].search(
            [
                ("connection_id", "=", self.connection_id.id),
                ("direction", "=", "in"),
                ("operation", "=", f"ap.{VENDOR}"),
                ("external_id", "in", [pair.external_id for pair in pairs]),
                ("state", "in", ("pending", "held")),
            ]
        )
        told = self.env["finance.sync.ap.told"].search(
            [
                ("connection_id", "=", self.connection_id.id),
                ("kind", "=", VENDOR),
                ("res_id", "in", [pair.partner.id for pair in pairs if pair.partner]),
                ("state", "in", ("queued", "held")),
            ]
        )
        coming, going = set(exchanges.mapped("external_id")), set(told.mapped("res_id"))
        return {
            pair.external_id
            for pair in pairs
            if pair.external_id in coming or pair.partner.id in going
        }

    def _vendor_differences(self, pair, names):
        if not pair.partner:
            # Others over there are no vendors of ours, unless we read them.
            theirs = compare_vendors.of_message(pair.message)
            wanted = self.connection_id.ap_poll_vendor and theirs.active
            return (compare_vendors.missing_here(theirs),) if wanted else ()
        partner = pair.partner
        ours = VendorSide(partner.name or "", partner.vat or "", partner.active)
        if pair.message is None:
            gone = compare_vendors.missing_there(ours)
            return (gone,) if gone else ()
        theirs = compare_vendors.of_message(pair.message)
        return compare_vendors.differences(ours, theirs, names)

    def _vendor_line(self, found, pair):
        return {
            "kind": found.kind,
            "external_id": pair.external_id,
            "number": pair.code,
            "partner_id": pair.partner.id,
            "ours": found.ours,
            "theirs": found.theirs,
            "compared_on": fields.Date.context_today(self),
        }

    # -- Holds

    def _hold_vendors(self, differing, words, skipped):
        """Hold what differs; close what was judged and is the same now."""
        holds, passed = self.env["finance.sync.hold"], self._overridden()
        keys = [self._vendor_key(number) for number in skipped]
        for pair, found in differing:
            subject = self._subject(pair.external_id)
            summary = self._explain_vendor(pair, found, words)
            keys.append(self._vendor_key(pair.external_id))
            if (keys[-1], summary) not in passed:
                holds._raise(
                    "ap_vendor_differs",
                    connection=self.connection_id,
                    company=self.company_id,
                    subject=subject,
                    summary=summary,
                )
        holds.search(
            [
                ("state", "=", "open"),
                ("code", "=", "ap_vendor_differs"),
                ("connection_id", "=", self.connection_id.id),
                ("company_id", "=", self.company_id.id),
                ("dedupe_key", "not in", keys),
            ]
        )._close("resolved", _("Compared again: all is the same."))
        self._note_compared()

    def _vendor_key(self, external_id):
        return f"ap_vendor_differs:{self._subject(external_id)}"

    def _explain_vendor(self, pair, found, words):
        texts = {
            THEIRS_COUNTS: _("The platform's word counts."),
            OURS_COUNTS: _("Ours counts."),
            BOTH_COUNT: _("Both may change it."),
        }
        lines = [_("Vendor %s:", pair.code)]
        for one in found:
            word = words.get(one.kind.removeprefix("vendor_"))
            lines.append(
                " ".join(filter(None, [self._explain([one]), texts.get(word)]))
            )
        return "\n".join(lines)


class ApComparisonLine(models.Model):
    _inherit = "finance.sync.ap.comparison.line"

    def _settle_vendors(self):
        """Fetch what is not here; tell the platform again what is ours to say."""
        for line in self:
            connection = line.connection_id
            if line.kind == "vendor_missing_here":
                polls = connection._poll_of(line.company_id, VENDOR)
                for poll in polls:
                    poll._start_one(line.external_id)
            elif connection.ap_push_vendor and line.partner_id:
                connection.ap_told_ids.filtered(
                    lambda row, vendor=line.partner_id: (
                        row.kind == VENDOR and row.res_id == vendor.id
                    )
                ).digest = False
                connection._push(VENDOR, line.partner_id)


def _code_of(message):
    """The reference that a message names; empty where it names none."""
    content = message.get("vendor")
    code = content.get("code") if isinstance(content, dict) else None
    return code.strip() if isinstance(code, str) else ""
