from odoo import _, api, fields, models, tools
from odoo.exceptions import UserError

from ..compat import check_access
from ..core import ownership
from ..core.ownership import (
    DEFAULTS,
    OwnershipError,
    Refused,
    Rule,
    may_write,
    rule_for,
    shown,
)
from ..core.ownership_subjects import MOVES, SENSITIVE, SUBJECTS
from .internal import Internal, internal_value

APPLYING = "finance_sync_ownership_applied"
RULE_FIELDS = ("company_id", "what", "state", "owner", "manual", "note")


class OwnershipRule(models.Model):
    """Which side owns a field of an object that a connection exchanges.

    On a connection that has been active, a second person approves what changes here.
    """

    _name = "finance.sync.ownership.rule"
    _description = "Finance Sync Ownership Rule"
    _inherit = ["finance.sync.packable"]
    _order = "connection_id, subject, field_name nulls first, company_id, id"
    _rec_name = "what"
    _finance_sync_package_fields = ("connection_id", *RULE_FIELDS)
    _finance_sync_package_key = ("connection_id", "company_id", "what", "state")

    connection_id = fields.Many2one(
        "finance.sync.connection", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        "res.company", help="Empty: for every company that has no rule of its own."
    )
    what = fields.Selection(
        selection=lambda self: self._selection_what(),
        required=True,
        help="A field, or every field of the object that no other rule names.",
    )
    subject = fields.Char(compute="_compute_subject", store=True)
    field_name = fields.Char(compute="_compute_subject", store=True)
    state = fields.Selection(
        [("draft", "Draft"), ("posted", "Posted"), ("cancel", "Cancelled")],
        string="While",
        help="Empty: in every state.",
    )
    owner = fields.Selection(
        [
            ("odoo", "Odoo"),
            ("external", "The Other System"),
            ("shared", "Both"),
        ],
        required=True,
        default="odoo",
        help="Only the owner changes it. What Odoo owns the connection does not write.",
    )
    manual = fields.Selection(
        [("allow", "Allow"), ("warn", "Warn"), ("refuse", "Refuse")],
        string="Edits by Hand",
        required=True,
        default="warn",
        help="When a person changes in Odoo what the other system owns.",
    )
    note = fields.Char()

    def init(self):
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS finance_sync_ownership_rule_unique"
            " ON finance_sync_ownership_rule"
            " (connection_id, coalesce(company_id, 0), what, coalesce(state, ''))"
        )

    @api.model
    def _subjects(self):
        """Addons that exchange other objects add theirs."""
        return SUBJECTS

    @api.model
    def _subject_labels(self):
        """Likewise."""
        return {
            "partner": _("Partner"),
            "product": _("Product"),
            "bill": _("Bill"),
            "invoice": _("Invoice"),
            "payment": _("Payment"),
        }

    @api.model
    def _selection_what(self):
        labels = self._subject_labels()
        found = []
        for subject, (model, names) in self._subjects().items():
            label = labels.get(subject, subject)
            found.append((f"{subject}/", _("%s: all other fields", label)))
            for name in names:
                field = self.env[model]._fields.get(name)
                if field:
                    title = field._description_string(self.env)
                    found.append((f"{subject}/{name}", f"{label}: {title}"))
        return found

    @api.depends("what")
    def _compute_subject(self):
        for rule in self:
            subject, _slash, name = (rule.what or "").partition("/")
            rule.subject = subject
            rule.field_name = name or False

    # -- Guards

    @api.model_create_multi
    def create(self, vals_list):
        connections = self.env["finance.sync.connection"].browse(
            {vals.get("connection_id") for vals in vals_list}
        )
        check_access(connections, "read")
        self._check_free(connections)
        rules = super().create(vals_list)
        self._forget()
        return rules

    def write(self, vals):
        check_access(self, "write")
        self._check_free(self.connection_id)
        result = super().write(vals)
        self._check_free(self.connection_id)
        self._forget()
        return result

    def unlink(self):
        check_access(self, "unlink")
        self._check_free(self.connection_id)
        self._forget()
        return super().unlink()

    def _check_free(self, connections):
        """What was active once is governed: a second person approves its rules."""
        if internal_value(self.env, APPLYING) or self._finance_sync_is_packing():
            return
        if any(c.state != "draft" for c in connections.sudo()):  # whoever asks
            raise UserError(
                _(
                    "The rules of this connection are in use. Press “Change Rules” on"
                    " it; a second person approves the change."
                )
            )

    def _forget(self):
        """Rules decide on what forms ask the server."""
        self.env.registry.clear_cache()
        self.env.registry.clear_cache("templates")

    def _applying(self):
        """The rules, for an approved change."""
        # Checked by the approval of the change.
        return self.sudo().with_context(**{APPLYING: Internal(True)})

    # -- Questions

    def _as_core(self):
        return Rule(
            ref=self.id,
            subject=self.subject,
            field=self.field_name or None,
            owner=self.owner,
            manual=self.manual,
            state=self.state or None,
            company=self.company_id.id or None,
        )

    @api.model
    def _subject_of(self, model, vals, record=None):
        """What rules call a record of a model; None for what they do not know."""
        if model == "account.move":
            move_type = (record and record.move_type) or vals.get("move_type") or ""
            return next(
                (name for start, name in MOVES.items() if move_type.startswith(start)),
                None,
            )
        if model == "product.product":
            return "product"
        return next(
            (name for name, (known, _f) in self._subjects().items() if known == model),
            None,
        )

    @api.model
    def _check_inbound(self, connection, model, vals, *, record=None, company=None):
        """Let a connection write only what is its own.

        Values that change nothing are no write. Everything is refused if one of the
        values is: half a record helps nobody.

        :param record: what is written; None for a new one
        :return: ``vals``
        :raises OwnershipError: held as ``ownership_refused`` by the exchange's run
        """
        subject = self._subject_of(model, vals, record)
        company = company or self._company_of(record)
        companies = self.env["finance.sync.mapping"]._chain(company)
        # Rules bind whoever the message is worked on as.
        rules = [
            rule._as_core()
            for rule in self.sudo().search([("connection_id", "=", connection.id)])
        ]
        state = self._state_of(record)
        refused = []
        for name, value in vals.items():
            if record and not self._changes(record, name, value):
                continue
            rule = rule_for(rules, subject, name, state=state, companies=companies)
            if not may_write(rule):
                refused.append(self._refused(model, name, value, record))
        if refused:
            raise OwnershipError(
                self._refusal(connection, record, refused),
                refused,
                record=f"{model},{record.id}" if record else model,
            )
        return vals

    def _company_of(self, record):
        if record and "company_id" in record._fields and record.company_id:
            return record.company_id
        return self.env.company

    def _state_of(self, record):
        if record and record._name in ("account.move", "account.payment"):
            state = record.state
            # Payments of Odoo 19 have further names for what is posted.
            return {"in_process": "posted", "paid": "posted", "canceled": "cancel"}.get(
                state, state
            )
        return "draft"

    @api.model
    def _changes(self, record, name, value):
        """Does writing ``value`` change this record?"""
        field = record._fields[name]
        if field.type in ("one2many", "many2many"):
            return bool(value)
        now = field.convert_to_write(record[name], record)
        new = field.convert_to_write(
            field.convert_to_record(field.convert_to_cache(value, record), record),
            record,
        )
        if field.type in ("float", "monetary"):
            return tools.float_compare(now or 0, new or 0, precision_digits=6) != 0
        return (now or False) != (new or False)

    def _refused(self, model, name, value, record):
        field = self.env[model]._fields[name]
        before = self._display(record, name) if record else ""
        after = self._told(model, name, value)
        sensitive = name in SENSITIVE
        return Refused(
            name,
            field._description_string(self.env),
            shown(before, sensitive),
            shown(after, sensitive),
        )

    def _display(self, record, name):
        field = record._fields[name]
        value = record[name]
        if field.type in ("one2many", "many2many"):
            return _("%s lines", len(value)) if value else ""
        return str(field.convert_to_display_name(value, record) or "")

    def _told(self, model, name, value):
        field = self.env[model]._fields[name]
        if field.type in ("one2many", "many2many"):
            return _("%s changes", len(value or ()))
        if field.type == "many2one" and value:
            return self.env[field.comodel_name].browse(value).sudo().display_name
        return str(value or "")

    def _refusal(self, connection, record, refused):
        return _(
            "“%(connection)s” writes what is not its own on %(record)s: %(fields)s.",
            connection=connection.sudo().name,
            record=record.display_name if record else _("a new record"),
            fields=", ".join(each.label for each in refused),
        )

    # -- Edits by hand

    @api.model
    @tools.ormcache()
    def _manual_rules(self):
        """Rules of live connections that mind edits by hand, as plain values:
        {subject: ((connection id, name, every rule of the subject), …)}."""
        # Cached for everybody; says nothing but who owns what.
        found = self.sudo().search([("connection_id.state", "!=", "draft")])
        by_subject = {}
        for rule in found:
            by_subject.setdefault(rule.subject, {}).setdefault(
                rule.connection_id, []
            ).append(rule._as_core())
        return {
            subject: tuple(
                (connection.id, connection.name, tuple(rules))
                for connection, rules in connections.items()
                if any(ownership.on_manual_edit(rule) != "allow" for rule in rules)
            )
            for subject, connections in by_subject.items()
        }

    @api.model
    def _minded(self, model, names, record=None):
        """What rules say about editing these fields: [(verdict, name, connection)]."""
        vals = {"move_type": self.env.context.get("default_move_type")}
        subject = self._subject_of(model, vals, record)
        connections = self._manual_rules().get(subject) or ()
        if not connections:
            return []
        known = self._subjects()[subject][1]
        companies = self.env["finance.sync.mapping"]._chain(self._company_of(record))
        state = self._state_of(record)
        found = []
        for name in set(names).intersection(known):
            for _ref, connection, rules in connections:
                rule = rule_for(rules, subject, name, state=state, companies=companies)
                verdict = ownership.on_manual_edit(rule)
                if verdict != "allow":
                    found.append((verdict, name, connection))
        return sorted(found)

    # -- What a connection begins with

    @api.model
    def _default_rules(self):
        """Values of the rules that a connection begins with."""
        known = {key for key, _label in self._selection_what()}
        return [
            {
                "company_id": False,
                "what": f"{subject}/{name or ''}",
                "state": state or False,
                "owner": owner,
                "manual": manual,
                "note": False,
            }
            for subject, name, state, owner, manual in DEFAULTS
            if f"{subject}/{name or ''}" in known
        ]
