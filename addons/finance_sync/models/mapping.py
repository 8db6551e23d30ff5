from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..compat import NOT_SUMMED
from .internal import Internal, internal_value

KINDS = [
    ("tax_code", "Tax Code"),
    ("account", "Account"),
    ("partner", "Partner"),
    ("product_category", "Product Category"),
    ("analytic_dimension", "Analytic Dimension"),
    ("currency", "Currency"),
    ("payment_term", "Payment Term"),
    ("unit", "Unit of Measure"),
    ("journal", "Journal"),
    ("legal_entity", "Legal Entity"),
]
STATES = [
    ("draft", "Draft"),
    ("submitted", "Submitted"),
    ("approved", "Approved"),
    ("active", "Active"),
    ("retired", "Retired"),
]
SCOPE = ("kind", "company_id", "connection_id")
CONTENT = frozenset({*SCOPE, "date_from", "date_to", "note", "line_ids"})
# Moved by the buttons only, which check who asks.
KEPT = frozenset(
    {
        "state",
        "version",
        "active",
        "replaced",
        "contributor_ids",
        "predecessor_id",
        "origin_id",
        "package_id",
        "submitted_by",
        "submitted_at",
        "approved_by",
        "approved_at",
        "activated_at",
        "retired_at",
        "reason",
    }
)
STEP = "finance_sync_mapping_step"


class Mapping(models.Model):
    """One version of what external codes of a kind mean, for one scope.

    Its content is what an approver has approved: it never changes after submission.
    Whatever is to be different is a new version.
    """

    _name = "finance.sync.mapping"
    _description = "Finance Sync Mapping"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "kind, company_id, connection_id, version desc, id desc"

    name = fields.Char(compute="_compute_name", store=True, compute_sudo=True)
    kind = fields.Selection(KINDS, string="What", required=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        ondelete="restrict",
        tracking=True,
        default=lambda self: self.env.company,
        help="Empty: the group's default, for every company that says nothing else.",
    )
    connection_id = fields.Many2one(
        "finance.sync.connection",
        index=True,
        ondelete="restrict",
        tracking=True,
        help="Empty: for every connection that has no mapping of its own.",
    )
    version = fields.Integer(readonly=True, copy=False, **NOT_SUMMED)
    state = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
    date_from = fields.Date(
        string="Valid from", tracking=True, help="Empty: has always been so."
    )
    date_to = fields.Date(string="Valid until", tracking=True, copy=False)
    replaced = fields.Boolean(
        readonly=True,
        copy=False,
        help="A later version counts for its whole period.",
    )
    note = fields.Text(string="Why", help="What this version changes, and why.")
    line_ids = fields.One2many(
        "finance.sync.mapping.line", "mapping_id", string="Lines"
    )
    line_count = fields.Integer(compute="_compute_line_count")
    origin_id = fields.Many2one(
        "finance.sync.mapping",
        string="Made from",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    predecessor_id = fields.Many2one(
        "finance.sync.mapping",
        string="Approved to Replace",
        readonly=True,
        copy=False,
        help="The version that the approver compared this one with.",
    )
    contributor_ids = fields.Many2many(
        "res.users",
        "finance_sync_mapping_contributor_rel",
        "mapping_id",
        "user_id",
        string="Contributors",
        readonly=True,
        copy=False,
        help="Whoever made, changed or submitted this version. None of them approves.",
    )
    submitted_by = fields.Many2one("res.users", readonly=True, copy=False)
    submitted_at = fields.Datetime(string="Submitted on", readonly=True, copy=False)
    approved_by = fields.Many2one("res.users", readonly=True, copy=False)
    approved_at = fields.Datetime(string="Approved on", readonly=True, copy=False)
    activated_at = fields.Datetime(string="Active since", readonly=True, copy=False)
    retired_at = fields.Datetime(string="Retired on", readonly=True, copy=False)
    reason = fields.Text(
        readonly=True, copy=False, help="Why it was rolled back to, or retired."
    )
    may_approve = fields.Boolean(compute="_compute_may_approve")
    approval_hint = fields.Char(compute="_compute_may_approve")

    def init(self):
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS finance_sync_mapping_version
            ON finance_sync_mapping
                (kind, coalesce(company_id, 0), coalesce(connection_id, 0), version);
            CREATE UNIQUE INDEX IF NOT EXISTS finance_sync_mapping_one_active
            ON finance_sync_mapping
                (kind, coalesce(company_id, 0), coalesce(connection_id, 0))
            WHERE state = 'active';
            -- Two drafts side by side would silently undo each other.
            CREATE UNIQUE INDEX IF NOT EXISTS finance_sync_mapping_one_open
            ON finance_sync_mapping
                (kind, coalesce(company_id, 0), coalesce(connection_id, 0))
            WHERE state IN ('draft', 'submitted');
            """
        )

    @api.depends("kind", "company_id.name", "connection_id.name", "version")
    def _compute_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for mapping in self:
            parts = [
                labels.get(mapping.kind, ""),
                mapping.company_id.name or _("Group"),
                mapping.connection_id.name,
            ]
            mapping.name = _(
                "%(what)s v%(version)s",
                what=" – ".join(filter(None, parts)),
                version=mapping.version,
            )

    def _compute_line_count(self):
        counts = dict(
            self.env["finance.sync.mapping.line"]._read_group(
                [("mapping_id", "in", self.ids)], ["mapping_id"], ["__count"]
            )
        )
        for mapping in self:
            mapping.line_count = counts.get(mapping, 0)

    @api.depends("state", "contributor_ids")
    @api.depends_context("uid")
    def _compute_may_approve(self):
        for mapping in self:
            why_not = mapping._why_not_approve()
            mapping.may_approve = mapping.state == "submitted" and not why_not
            mapping.approval_hint = mapping.state == "submitted" and why_not

    def _why_not_approve(self):
        """Why the user may not decide on this version; False if they may."""
        user = self.env.user
        if not user._finance_sync_is_approver():
            return _("An approver has to decide.")
        if user in self.contributor_ids:
            return _(
                "You have contributed to this version, so another approver has to"
                " decide."
            )
        return False

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for mapping in self:
            if (
                mapping.date_from
                and mapping.date_to
                and mapping.date_to < mapping.date_from
            ):
                raise ValidationError(_("The end lies before the beginning."))

    @api.constrains("company_id", "connection_id")
    def _check_connection_serves(self):
        for mapping in self.filtered(lambda m: m.company_id and m.connection_id):
            served = mapping.connection_id.sudo().company_ids
            company = mapping.company_id.sudo()
            if not served & (company | company.parent_ids):
                raise ValidationError(
                    _(
                        "“%(connection)s” does not serve %(company)s.",
                        connection=mapping.connection_id.sudo().name,
                        company=company.name,
                    )
                )

    # -- Guards

    @api.model_create_multi
    def create(self, vals_list):
        own = internal_value(self.env, STEP)
        for vals in vals_list:
            if not own and KEPT.intersection(vals):
                raise AccessError(_("Mappings move by their buttons only."))
        self._check_companies(vals_list)
        self._check_none_open(vals_list)
        versions = self._next_versions(vals_list)
        for vals, version in zip(vals_list, versions, strict=True):
            vals["version"] = version
            vals["contributor_ids"] = [fields.Command.set(self.env.user.ids)]
        return super().create(vals_list)

    def write(self, vals):
        if not internal_value(self.env, STEP):
            if KEPT.intersection(vals):
                raise AccessError(_("Mappings move by their buttons only."))
            if CONTENT.intersection(vals):
                self._check_draft()
                self._contribute()
            if set(SCOPE).intersection(vals) and any(
                mapping.origin_id or mapping.line_ids for mapping in self
            ):
                raise UserError(
                    _("A mapping that has lines stays what it is for. Make another.")
                )
        result = super().write(vals)
        if set(SCOPE).intersection(vals):
            self._renumber()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if any(mapping.state != "draft" or mapping.submitted_at for mapping in self):
            raise UserError(
                _("Only drafts that were never submitted are deleted; the rest stays.")
            )

    # pylint: disable-next=method-required-super
    def copy(self, default=None):
        raise UserError(_("Press “New Version” instead of duplicating a mapping."))

    def _step(self):
        """These records, for a change that a button of ours has checked."""
        # Its states are nobody's to write but the buttons'.
        return self.sudo().with_context(**{STEP: Internal(True)})

    def _check_draft(self):
        for mapping in self:
            if mapping.state != "draft":
                raise UserError(
                    _(
                        "“%s” is no draft any more, and what was submitted does not"
                        " change. Make a new version.",
                        mapping.name,
                    )
                )

    def _contribute(self):
        """Remember who works on these versions: none of them approves."""
        user = self.env.user
        for mapping in self.sudo():
            if user not in mapping.contributor_ids:
                mapping._step().contributor_ids = [fields.Command.link(user.id)]

    def _check_companies(self, vals_list):
        """Before anything tells what other companies have."""
        allowed = self.env.companies.sudo()  # a branch's user may not see the parent
        allowed |= allowed.parent_ids
        for vals in vals_list:
            company = vals.get("company_id", self.env.company.id)
            if company and company not in allowed.ids and not self.env.su:
                raise AccessError(_("That company is not among yours."))

    def _check_none_open(self, vals_list):
        company = self.env.company.id
        for vals in vals_list:
            scope = [
                ("kind", "=", vals.get("kind")),
                ("company_id", "=", vals.get("company_id", company)),
                ("connection_id", "=", vals.get("connection_id", False)),
            ]
            # One open version for each scope, whoever may see it.
            found = self.sudo().search(
                [*scope, ("state", "in", ("draft", "submitted"))], limit=1
            )
            if found:
                raise UserError(
                    _(
                        "“%s” is being worked on already. Go on with that version, or"
                        " delete it.",
                        found.name,
                    )
                )

    def _next_versions(self, vals_list):
        """A version number for each, counted by scope."""
        taken = {}
        company = self.env.company.id
        for vals in vals_list:
            scope = (
                vals.get("kind"),
                vals.get("company_id", company) or False,
                vals.get("connection_id") or False,
            )
            if scope not in taken:
                taken[scope] = self._last_version(scope)
            taken[scope] += 1
            yield taken[scope]

    @api.model
    def _last_version(self, scope):
        domain = [(name, "=", value) for name, value in zip(SCOPE, scope, strict=True)]
        # Numbers count whoever may see their versions.
        return self.sudo().search(domain, order="version desc", limit=1).version

    def _renumber(self):
        """A draft that has moved to another scope gets that one's next number."""
        for mapping in self:
            scope = (mapping.kind, mapping.company_id.id, mapping.connection_id.id)
            mapping._step().version = 0
            mapping._step().version = self._last_version(scope) + 1
