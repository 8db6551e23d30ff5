from odoo import _, fields, models
from odoo.addons.finance_sync.core.canonical import digest

from ..core.verdict import BLOCK, HOLD, PASS, by_score, worst
from .gate_check import Outcome


class GateCheck(models.AbstractModel):
    """Sanctions: is the partner, or the account's holder, on a list?"""

    _inherit = "finance.sync.gate.check"

    def _check_sanctions(self, rule, facts_list):
        screens = rule._lists()
        known = {}
        outcomes = []
        for facts in facts_list:
            key = (facts.partner.id, facts.bank.id if facts.bank else 0)
            if key not in known:
                known[key] = self._screened(rule, screens, facts)
            # The same question within one go has one answer, kept for each document.
            found = known[key]
            outcomes.append(Outcome(**vars(found)))
        return outcomes

    def _screened(self, rule, screens, facts):
        names = self._names(facts)
        stale = screens.filtered("stale")
        proof = {
            "names": names,
            "hold_from": str(rule.hold_score),
            "block_from": str(rule.block_score),
            "lists": [self._version(screen) for screen in screens],
            "fuzzy": "token_sort_ratio, token_set_ratio × 0.95",
        }
        if stale or not screens:
            return self._stale(rule, screens, stale, proof)
        matches = self._matches(screens, names, rule.hold_score, facts)
        cleared = self.env["finance.sync.gate.clearance"]._cleared(
            facts.partner, matches
        )
        left = [match for match in matches if match not in cleared]
        proof["matches"], proof["cleared"] = matches, cleared
        versions = ", ".join(self._version(s)["version"] for s in screens)
        if not left:
            top = max((float(m["score"]) for m in matches), default=0.0)
            return Outcome(rule, PASS, "", "", proof, score=top, list_version=versions)
        state = worst(
            by_score(float(m["score"]), rule.hold_score, rule.block_score) for m in left
        )
        return Outcome(
            rule,
            BLOCK if state == BLOCK else HOLD,
            "gate_sanctions",
            self._sanctions_summary(facts, left),
            proof,
            score=float(left[0]["score"]),
            matched_name=left[0]["matched"],
            list_version=versions,
            matches=tuple(left),
            fingerprint=digest([facts.partner.id, left]),
        )

    def _names(self, facts):
        """Every name that the money's other side goes by."""
        # Of whoever confirms, seen or not.
        partner = facts.partner.sudo()
        names = [partner.name, partner.commercial_company_name]
        document = facts.document.sudo()
        if "partner_id" in document._fields:
            names += [document.partner_id.name, document.partner_id.parent_name]
        if facts.bank:
            names.append(facts.bank.sudo().acc_holder_name)
        return list(dict.fromkeys(name.strip() for name in names if name))

    def _version(self, screen):
        version = screen.current_version_id
        return {
            "list": screen.code,
            "version": version.name or "",
            "sha256": version.sha256 or "",
            "source_date": fields.Date.to_string(version.source_date) or "",
        }

    def _stale(self, rule, screens, stale, proof):
        if not screens:
            summary = _("No screening list has been loaded.")
        else:
            summary = _(
                "Stale: %s. Nobody can tell who has been listed since.",
                ", ".join(stale.mapped("name")),
            )
        return self._untold(rule, "gate_list_stale", summary, proof)

    def _matches(self, screens, names, cutoff, facts):
        """Dicts of who may be meant, closest first; JSON."""
        country = facts.partner.sudo().country_id.code or ""
        rows = []
        for screen in screens:
            version = screen.current_version_id
            matcher = self.env["finance.sync.gate.name"]._matcher(version)
            hits = {m.entry: m for m in matcher.search(names, cutoff)}
            # Entries are read by whoever looks after lists; confirming needs them.
            for entry in self.env["finance.sync.gate.entry"].sudo().browse(list(hits)):
                hit = hits[entry.id]
                rows.append(
                    {
                        "list": screen.code,
                        "reference": entry.reference,
                        "name": entry.name,
                        "matched": hit.name,
                        "score": f"{hit.score:.2f}",
                        "kind": entry.kind or "",
                        "born": entry.birth_date or "",
                        "program": entry.program or "",
                        "country": _agreement(country, entry.countries or ""),
                        "fingerprint": entry.fingerprint,
                    }
                )
        return sorted(
            rows, key=lambda r: (-float(r["score"]), r["list"], r["reference"])
        )

    def _sanctions_summary(self, facts, matches):
        lines = [
            _(
                "%(partner)s may be listed: %(name)s (%(list)s %(reference)s), "
                "%(score)s %% alike.",
                partner=facts.partner.sudo().display_name,
                name=match["matched"],
                list=match["list"],
                reference=match["reference"],
                score=match["score"],
            )
            for match in matches[:5]
        ]
        if len(matches) > 5:
            lines.append(_("And %s more.", len(matches) - 5))
        return "\n".join(lines)


def _agreement(country, listed):
    """same, other or unknown: a help to people, never a reason to pass."""
    codes = listed.split()
    if not country or not codes:
        return "unknown"
    return "same" if country in codes else "other"
