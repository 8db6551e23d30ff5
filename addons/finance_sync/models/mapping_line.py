from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..core.mapping import BOTH, IN, LONGEST_CODE, OUT, is_valid_code, normalise
from .internal import internal_value
from .mapping import STEP
from .mapping_target import TARGETS

# Written by SQL only, see finance.sync.mapping.use.
COUNTED = frozenset({"counted", "counted_until"})


def _ways(identities):
    """Each way in which a line is looked up, as ``((mapping id, way, code), line)``;
    the line is told by its external code."""
    for mapping, external, canonical, direction in identities:
        if direction in (BOTH, IN):
            yield (mapping, IN, external), external
        if direction in (BOTH, OUT) and canonical:
            yield (mapping, OUT, canonical), external


class MappingLine(models.Model):
    """One external code and what it is here: a record, or a code of ours.

    A line of the group's default names accounts, taxes and journals by code, as each
    company has its own; elsewhere it points to the record itself.
    """

    _name = "finance.sync.mapping.line"
    _description = "Finance Sync Mapping Line"
    _inherit = ["finance.sync.mapping.target"]
    _order = "external_code, id"
    _rec_name = "external_code"

    mapping_id = fields.Many2one(
        "finance.sync.mapping", required=True, ondelete="cascade", index=True
    )
    kind = fields.Selection(related="mapping_id.kind")
    state = fields.Selection(related="mapping_id.state")
    company_id = fields.Many2one(related="mapping_id.company_id")
    external_code = fields.Char(required=True, size=LONGEST_CODE)
    external_name = fields.Char(help="What the other system calls it.")
    canonical_code = fields.Char(
        string="Our Code",
        size=LONGEST_CODE,
        help="Names the record here. Filled in from the record where one is chosen.",
    )
    canonical_key = fields.Char(
        compute="_compute_canonical_key",
        store=True,
        help="What is looked up on the way out: the record, else our code.",
    )
    canonical_name = fields.Char(string="Here", compute="_compute_canonical_name")
    direction = fields.Selection(
        [("both", "Both Ways"), ("in", "In Only"), ("out", "Out Only")],
        required=True,
        default="both",
        help="Several external codes may mean the same here: all but one of them are"
        " “In Only”, and what is sent is the remaining one.",
    )
    note = fields.Char()
    usage_count = fields.Integer(
        string="Used",
        compute="_compute_usage",
        help="How often exchanges have used this line.",
    )
    last_used = fields.Datetime(compute="_compute_usage", string="Last Used on")
    counted = fields.Integer(readonly=True, copy=False, default=0)
    counted_until = fields.Datetime(readonly=True, copy=False)

    def init(self):
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS finance_sync_mapping_line_external
            ON finance_sync_mapping_line (mapping_id, external_code)
            WHERE direction IN ('both', 'in');
            CREATE UNIQUE INDEX IF NOT EXISTS finance_sync_mapping_line_canonical
            ON finance_sync_mapping_line (mapping_id, canonical_key)
            WHERE direction IN ('both', 'out');
            """
        )

    def _target(self):
        """The record that this line points to, if it points to one."""
        self.ensure_one()
        return self[self._targets()[self.mapping_id.kind][0]]

    @api.depends(lambda self: ("canonical_code", *self._target_fields()))
    def _compute_canonical_key(self):
        for line in self:
            line.canonical_key = line._key(
                {name: line[name].id for name in self._target_fields()},
                line.canonical_code,
            )

    @api.model
    def _key(self, targets, code):
        target = next(filter(None, targets.values()), None)
        return f"#{target}" if target else code

    @api.depends(lambda self: ("canonical_code", *self._target_fields()))
    def _compute_canonical_name(self):
        for line in self:
            # Names of records that the reader may not open, as in any list.
            target = line.sudo()._target() if line.mapping_id.kind else None
            line.canonical_name = target.display_name if target else line.canonical_code

    def _compute_usage(self):
        fresh = self.env["finance.sync.mapping.use"]._counts(self.ids)
        for line in self:
            count, last = fresh.get(line.id, (0, False))
            line.usage_count = line.counted + count
            line.last_used = max(
                filter(None, (line.counted_until, last)), default=False
            )

    @api.onchange(*(name for name, _codes in TARGETS.values()))
    def _onchange_target(self):
        target = self._target() if self.mapping_id.kind else False
        if target:
            self.canonical_code = self._code_of(target)

    # -- Guards

    @api.model_create_multi
    def create(self, vals_list):
        mappings = self.env["finance.sync.mapping"].browse(
            {vals.get("mapping_id") for vals in vals_list}
        )
        self._check_open(mappings)
        for vals in vals_list:
            self._complete(vals)
        none = self.browse()
        self._check_unique([none._identity(vals) for vals in vals_list])
        lines = super().create(vals_list)
        lines._check_lines()
        return lines

    def write(self, vals):
        if "mapping_id" in vals and not internal_value(self.env, STEP):
            raise AccessError(_("A line stays in its version."))
        self._check_open(self.mapping_id)
        vals = dict(vals)
        self._complete(vals)
        if {"external_code", "direction", "canonical_code", *self._target_fields()} & (
            vals.keys()
        ):
            self._check_unique([line._identity(vals) for line in self], self.ids)
        result = super().write(vals)
        self._check_lines()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_of_drafts(self):
        self._check_open(self.mapping_id)

    def _check_open(self, mappings):
        if internal_value(self.env, STEP):
            return
        mappings._check_draft()
        mappings._contribute()

    def _complete(self, vals):
        """Tidy codes, and take ours from the record where one is given."""
        if not internal_value(self.env, STEP) and COUNTED.intersection(vals):
            raise AccessError(_("Usage is counted, not written."))
        for name in ("external_code", "canonical_code"):
            if vals.get(name):
                vals[name] = normalise(vals[name])
        for name in self._target_fields():
            if vals.get(name) and not vals.get("canonical_code"):
                record = self.env[self._fields[name].comodel_name].browse(vals[name])
                vals["canonical_code"] = self._code_of(record)

    def _identity(self, vals):
        """``(mapping id, external code, canonical key, direction)`` as written."""
        targets = {
            name: vals.get(name, self[name].id) for name in self._target_fields()
        }
        return (
            vals.get("mapping_id") or self.mapping_id.id,
            vals.get("external_code", self.external_code) or "",
            self._key(targets, vals.get("canonical_code", self.canonical_code)) or "",
            vals.get("direction", self.direction) or BOTH,
        )

    @api.model
    def _check_unique(self, identities, but=()):
        """What comes in means one thing, and so does what goes out.

        :param identities: of lines about to be written, as ``_identity`` gives them
        :param but: ids of lines that these replace
        """
        self.flush_model()
        self.env.cr.execute(
            """
            SELECT mapping_id, external_code, canonical_key, direction
            FROM finance_sync_mapping_line
            WHERE mapping_id = ANY(%s) AND id <> ALL(%s)
                AND (external_code = ANY(%s) OR canonical_key = ANY(%s))
            """,
            [
                list({mapping for mapping, *_rest in identities}),
                list(but),
                list({external for _m, external, _c, _d in identities}),
                list({canonical for _m, _e, canonical, _d in identities}),
            ],
        )
        seen = dict(_ways(self.env.cr.fetchall()))
        for key, external in _ways(identities):
            if key in seen:
                self._refuse_twice(key[1], seen[key], external)
            seen[key] = external

    def _refuse_twice(self, way, known, external):
        if way == IN:
            raise ValidationError(_("“%s” is mapped twice.", external))
        raise ValidationError(
            _(
                "“%(known)s” and “%(new)s” mean the same here, so it is not clear"
                " which of them to send. Set one of them to “In Only”.",
                known=known,
                new=external,
            )
        )

    def _check_lines(self):
        """One check for all lines written together; ``constrains`` sees them singly."""
        for line in self:
            if not is_valid_code(line.external_code or ""):
                raise ValidationError(
                    _(
                        "“%(code)s” is no code: 1 to %(most)s printable characters.",
                        code=line.external_code,
                        most=LONGEST_CODE,
                    )
                )
            line._check_points_somewhere()
        self._check_target_companies()

    def _check_points_somewhere(self):
        own = self._targets()[self.mapping_id.kind][0]
        wrong = [name for name in self._target_fields() if self[name] and name != own]
        if wrong:
            raise ValidationError(
                _("“%s” points to a record of another kind.", self.external_code)
            )
        if not self[own] and not self.canonical_code:
            raise ValidationError(
                _("Say what “%s” is here: choose a record.", self.external_code)
            )

    def _check_target_companies(self):
        """A line points to records that each company of its scope may use."""
        by_mapping = {}
        for line in self:
            by_mapping.setdefault(line.mapping_id, self.browse())
            by_mapping[line.mapping_id] |= line
        for mapping, lines in by_mapping.items():
            name = self._targets()[mapping.kind][0]
            targets = lines.sudo()[name]  # of any company, to tell which
            model = self._target_model(mapping.kind).sudo()
            if not {"company_id", "company_ids"} & model._fields.keys():
                continue
            own = mapping.company_id.sudo()
            good = targets.filtered_domain(model._check_company_domain(own))
            if targets - good:
                raise ValidationError(
                    _(
                        "%(record)s belongs to one company, and “%(mapping)s” is for"
                        " others. Write its code instead.",
                        record=(targets - good)[:1].display_name,
                        mapping=mapping.name,
                    )
                )

    def action_show_mapping(self):
        self.ensure_one()
        if not self.mapping_id:
            raise UserError(_("The mapping is no more."))
        return {
            "type": "ir.actions.act_window",
            "res_model": "finance.sync.mapping",
            "res_id": self.mapping_id.id,
            "view_mode": "form",
        }
