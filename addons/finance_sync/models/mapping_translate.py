from collections import namedtuple

from odoo import _, api, fields, models

from ..core import mapping as core
from ..core.mapping import IN, Scope, Version, normalise
from .internal import internal_value

# Set where values are only looked up to see whether they are mapped.
DRY = "finance_sync_mapping_dry"

# values: {code: record, or external code on the way out}; missing: [code];
# reasons: {code: why, where more is known than that no line is there};
# versions: {kind: number of the nearest version that answered}; mappings: records.
MappingResult = namedtuple(
    "MappingResult", ["values", "missing", "reasons", "versions", "mappings"]
)


class Mapping(models.Model):
    """Looking values up."""

    _inherit = "finance.sync.mapping"

    @api.model
    def _translate(
        self, connection, kind, codes, *, company, on_date=None, direction=IN
    ):
        """What codes of one kind mean, by a fixed number of queries.

        The company's mapping is asked first, then its parents', then the group's;
        in each the connection's own before the one for any connection.

        :param codes: external codes for ``in``; for ``out`` a recordset, or codes of
            ours
        :param on_date: the day whose mapping counts; today if not said
        :param direction: in or out
        """
        keys = self._keys(kind, codes, company, direction)
        order = core.scopes(self._chain(company), connection.id if connection else None)
        on_date = on_date or fields.Date.context_today(self)
        versions = core.in_effect(self._candidates(kind, order), order, on_date)
        lines = self._lines_for(versions, set().union(*keys.values()), direction)
        found = core.resolve(
            set().union(*keys.values()), versions, self._as_core(lines), direction
        )
        return self._result(kind, keys, found, company, direction)

    def _chain(self, company):
        """The company's id, then its parents' upwards. A branch inherits."""
        company = company.sudo()  # a branch's user may not see the parent
        chain = []
        while company:
            chain.append(company.id)
            company = company.parent_id
        return chain

    def _candidates(self, kind, order):
        # Whoever's message it is needs no right to read mappings.
        found = self.sudo().search_fetch(
            [
                ("kind", "=", kind),
                ("state", "in", ("active", "retired")),
                ("replaced", "=", False),
                ("activated_at", "!=", False),
                ("company_id", "in", list({scope.company or False for scope in order})),
                (
                    "connection_id",
                    "in",
                    list({scope.connection or False for scope in order}),
                ),
            ],
            ["company_id", "connection_id", "version", "date_from", "date_to"],
        )
        return [mapping._as_version() for mapping in found]

    def _as_version(self):
        return Version(
            ref=self.id,
            scope=Scope(self.company_id.id or None, self.connection_id.id or None),
            number=self.version,
            first=self.date_from or None,
            last=self.date_to or None,
        )

    def _keys(self, kind, codes, company, direction):
        """What each given code is looked up by, best first."""
        if direction == IN:
            return {code: [normalise(code)] for code in codes}
        lines = self.env["finance.sync.mapping.line"]
        if isinstance(codes, models.BaseModel):
            return {
                record: [f"#{record.id}", lines._code_of(record)] for record in codes
            }
        known = lines._find_targets(kind, [normalise(code) for code in codes], company)
        return {
            code: [
                *(f"#{record.id}" for record in known.get(normalise(code), ())),
                normalise(code),
            ]
            for code in codes
        }

    def _lines_for(self, versions, keys, direction):
        name = "external_code" if direction == IN else "canonical_key"
        return (
            self.env["finance.sync.mapping.line"]
            .sudo()  # see _candidates
            .search_fetch(
                [
                    ("mapping_id", "in", [version.ref for version in versions]),
                    (name, "in", list(filter(None, keys))),
                    ("direction", "in", ("both", direction)),
                ],
                ["mapping_id", "external_code", "canonical_key", "direction"],
            )
        )

    def _as_core(self, lines):
        return [
            core.Line(
                line.id,
                line.mapping_id.id,
                line.external_code,
                line.canonical_key,
                line.direction,
            )
            for line in lines
        ]

    def _result(self, kind, keys, found, company, direction):
        chosen = {
            code: next((found.found[key] for key in tries if key in found.found), None)
            for code, tries in keys.items()
        }
        values, reasons = {}, {}
        if direction == IN:
            values, reasons = self._records(kind, chosen, company)
        else:
            values = {code: line.external for code, line in chosen.items() if line}
        used = [line for code, line in chosen.items() if code in values]
        if not internal_value(self.env, DRY):
            self.env["finance.sync.mapping.use"]._count([line.ref for line in used])
        refs = {line.version for line in used}
        mappings = self.sudo().browse([r for r in found.versions if r in refs])
        return MappingResult(
            values=values,
            missing=[code for code in keys if code not in values],
            reasons=reasons,
            versions={kind: mappings[0].version} if mappings else {},
            mappings=mappings,
        )

    def _records(self, kind, chosen, company):
        """``({code: record}, {code: why there is none})`` for lines on the way in."""
        lines = self.env["finance.sync.mapping.line"]
        field = lines._targets()[kind][0]
        refs = [line.ref for line in chosen.values() if line]
        rows = {row.id: row for row in lines.sudo().browse(refs)}  # see _candidates
        by_code = lines._find_targets(
            kind,
            {row.canonical_code for row in rows.values() if not row[field]},
            company,
        )
        values, reasons = {}, {}
        for code, line in chosen.items():
            if not line:
                continue
            row = rows[line.ref]
            targets = row[field] or by_code.get(row.canonical_code)
            reason = self._why_unusable(row, targets, company)
            if reason:
                reasons[code] = reason
            else:
                values[code] = targets.with_env(self.env)
        return values, reasons

    def _why_unusable(self, row, targets, company):
        if not targets:
            return _(
                "“%(here)s” in %(mapping)s is nothing that %(company)s has.",
                here=row.canonical_code,
                mapping=row.mapping_id.name,
                company=company.sudo().name,
            )
        if len(targets) > 1:
            return _(
                "“%(here)s” in %(mapping)s names several records of %(company)s.",
                here=row.canonical_code,
                mapping=row.mapping_id.name,
                company=company.sudo().name,
            )
        if "active" in targets._fields and not targets.active:
            return _(
                "“%(code)s” is mapped to %(record)s, which is archived.",
                code=row.external_code,
                record=targets.display_name,
            )
        return None


class MappingUse(models.Model):
    """One row for each use of a line, until they are counted.

    Counting in the line itself would make messages that use the same line wait for
    each other, and fail to serialise.
    """

    _name = "finance.sync.mapping.use"
    _description = "Finance Sync Mapping Use"
    _log_access = False

    line_ref = fields.Integer(required=True, index=True)
    used_at = fields.Datetime(required=True)

    @api.model
    def _count(self, line_ids):
        """One use of each of these, in the transaction that uses them."""
        if line_ids:
            self.env.cr.execute(
                "INSERT INTO finance_sync_mapping_use (line_ref, used_at)"
                " SELECT unnest(%s), clock_timestamp() AT TIME ZONE 'UTC'",
                [list(line_ids)],
            )

    @api.model
    def _counts(self, line_ids):
        """Uses that are not yet counted in the lines: {line id: (count, last)}."""
        self.env.cr.execute(
            "SELECT line_ref, count(*), max(used_at) FROM finance_sync_mapping_use"
            " WHERE line_ref = ANY(%s) GROUP BY line_ref",
            [[each for each in line_ids if isinstance(each, int)]],
        )
        return {line: (count, last) for line, count, last in self.env.cr.fetchall()}

    @api.model
    def _cron_count(self):
        """Move uses into their lines' counters."""
        lines = self.env["finance.sync.mapping.line"]
        lines.flush_model(["counted", "counted_until"])
        self.env.cr.execute(
            """
            WITH gone AS (
                DELETE FROM finance_sync_mapping_use RETURNING line_ref, used_at
            ), sums AS (
                SELECT line_ref, count(*) AS uses, max(used_at) AS last
                FROM gone GROUP BY line_ref
            )
            UPDATE finance_sync_mapping_line line
            SET counted = coalesce(line.counted, 0) + sums.uses,
                counted_until = greatest(line.counted_until, sums.last)
            FROM sums WHERE line.id = sums.line_ref
            """
        )
        lines.invalidate_model(["counted", "counted_until"])
