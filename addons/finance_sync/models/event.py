import json
import uuid as uuids

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import Query

from ..compat import NOT_SUMMED
from ..core import catalogue
from ..core.canonical import canonical_json
from ..core.chain import unpack
from . import audit_sql

# Their names would be personal data, which never goes in here.
PERSONAL = ("res.partner", "res.users", "res.partner.bank", "hr.employee")
LONGEST_REF = 128
COLUMNS = {
    "uuid": "varchar",
    "type": "varchar",
    "version": "integer",
    "company_ref": "integer",
    "actor_ref": "integer",
    "connection_ref": "integer",
    "correlation_id": "varchar",
    "subject": "varchar",
    "subject_model": "varchar",
    "subject_ref": "varchar",
    "data": "text",
}
_INSERT = "INSERT INTO finance_sync_event ({}) SELECT * FROM unnest({}) RETURNING id"
INSERT = _INSERT.format(
    ", ".join(COLUMNS), ", ".join(f"%s::{kind}[]" for kind in COLUMNS.values())
)


class Event(models.Model):
    """What happened, for good: the database refuses to change or delete it."""

    _name = "finance.sync.event"
    _description = "Finance Sync Event"
    _auto = False
    _log_access = False
    _order = "id desc"
    _rec_name = "type"

    uuid = fields.Char(string="UUID", readonly=True)
    type = fields.Char(readonly=True)
    version = fields.Integer(readonly=True, **NOT_SUMMED)
    occurred_at = fields.Datetime(readonly=True, help="By the database's clock.")
    company_ref = fields.Integer(string="Company Id", readonly=True, **NOT_SUMMED)
    actor_ref = fields.Integer(string="User Id", readonly=True, **NOT_SUMMED)
    connection_ref = fields.Integer(string="Connection Id", readonly=True, **NOT_SUMMED)
    correlation_id = fields.Char(readonly=True)
    subject = fields.Char(readonly=True, help="UUID of what it is about.")
    subject_model = fields.Char(readonly=True)
    subject_ref = fields.Char(string="Name When Recorded", readonly=True)
    data = fields.Text(readonly=True)
    title = fields.Char(compute="_compute_title", string="Event")
    details = fields.Text(compute="_compute_title")
    about = fields.Char(compute="_compute_about")
    company_id = fields.Many2one("res.company", compute="_compute_records")
    actor_id = fields.Many2one("res.users", compute="_compute_records", string="By")
    connection_id = fields.Many2one(
        "finance.sync.connection",
        compute="_compute_records",
        search="_search_connection_id",
    )
    sealed = fields.Boolean(compute="_compute_sealed")

    def init(self):
        audit_sql.run_script(self.env.cr, "event.sql", self._table)

    @api.model
    def _record(
        self,
        type,
        record=None,
        *,
        company=None,
        connection=None,
        correlation_id=None,
        data=None,
    ):
        """Record one event in this transaction; its UUID.

        :param type: a name in the catalogue (``core/catalogue.py``)
        :param record: what it is about; company, connection and correlation are its
            own unless given
        :param data: what the type's fields say, in Python's types
        :raises CatalogueError: the type is unknown, or does not know such data
        """
        return self._record_many(
            [
                {
                    "type": type,
                    "record": record,
                    "company": company,
                    "connection": connection,
                    "correlation_id": correlation_id,
                    "data": data,
                }
            ]
        )[0]

    @api.model
    def _record_many(self, items, cr=None):
        """Like ``_record``, for many dicts of its arguments, by one statement.

        ``subject`` names what it is about where there is no record. ``cr``: an own
        cursor, for what is to survive a rollback.
        """
        if not items:
            return []
        rows = [self._prepare_row(item) for item in items]
        columns = [[row[name] for row in rows] for name in COLUMNS]
        # Not by the ORM: nobody may create events there, and it would read each back.
        cr = cr or self.env.cr
        cr.execute(INSERT, columns)
        for row, (event_id,) in zip(rows, cr.fetchall(), strict=True):
            row["id"] = event_id
        self._after_record(rows)
        return [row["uuid"] for row in rows]

    @api.model
    def _after_record(self, rows):
        """Hook, in the same transaction: ``rows`` as inserted, dicts by column."""

    def _prepare_row(self, item):
        event_type = catalogue.get(item["type"])
        record = item.get("record")
        # Whoever causes an event may not see all that it is about.
        record = record[:1].sudo() if record else None
        connection = item.get("connection") or _related(record, "connection_id")
        if record is not None and record._name == "finance.sync.connection":
            connection = record
        company = item.get("company") or self._company_of(record, connection)
        return {
            "uuid": str(uuids.uuid4()),
            "type": event_type.name,
            "version": event_type.version,
            "company_ref": company.id if company else None,
            "actor_ref": self.env.uid,
            "connection_ref": connection.id if connection else None,
            "correlation_id": item.get("correlation_id") or _correlation(record),
            "subject": item.get("subject") or _subject(record),
            "subject_model": record._name if record is not None else None,
            "subject_ref": _subject_ref(record),
            "data": canonical_json(event_type.clean(item.get("data"))),
        }

    @staticmethod
    def _company_of(record, connection):
        """The one company it concerns; None if it concerns several, or none."""
        if record is not None and record._name == "res.company":
            return record
        if record is not None and record._name in PERSONAL:
            return None  # a user's company is a default, not where it matters
        company = _related(record, "company_id")
        if company or not connection:
            return company
        companies = connection.sudo().company_ids  # see _prepare_row
        return companies if len(companies) == 1 else None

    # -- What screens show

    @api.depends("type", "data")
    def _compute_title(self):
        known = {event: catalogue.find(event.type) for event in self}
        values = {event: json.loads(event.data or "{}") for event in self}
        fields_of = {
            event: {field.name: field for field in found.fields} if found else {}
            for event, found in known.items()
        }
        people = self._people(
            value
            for event in self
            for name, value in values[event].items()
            if _is_user(fields_of[event].get(name))
        )
        for event in self:
            found, lines = known[event], []
            for name, value in values[event].items():
                field = fields_of[event].get(name)
                if _is_user(field):
                    value = people.get(value, value)
                if value != []:
                    lines.append(f"{field.title if field else name}: {_shown(value)}")
            event.title = found.title if found else event.type
            event.details = "\n".join(lines)

    @api.model
    def _people(self, ids):
        """What users are called today, by id; who is gone stays a number."""
        # Who did something is no secret to whoever may read the event.
        users = self.env["res.users"].sudo().browse(set(filter(None, ids))).exists()
        return {user.id: user.display_name for user in users}

    @api.depends("title")
    def _compute_display_name(self):
        for event in self:
            event.display_name = event.title

    def _compute_about(self):
        """As recorded; a person by the name of today, which is not recorded."""
        people = {}
        for model in filter(self.env.registry.__contains__, PERSONAL):
            mine = self.filtered(lambda event, m=model: event.subject_model == m)
            ids = [int(event.subject.rpartition(",")[2]) for event in mine]
            # Who acted on whom is no secret to whoever may read the event.
            there = self.env[model].sudo().browse(ids).exists() if ids else ()
            people |= {f"{model},{each.id}": each.display_name for each in there}
        for event in self:
            event.about = people.get(event.subject, event.subject_ref)

    def _compute_records(self):
        """The records behind the ids, as far as they are still there."""
        for name, column, model in (
            ("company_id", "company_ref", "res.company"),
            ("actor_id", "actor_ref", "res.users"),
            ("connection_id", "connection_ref", "finance.sync.connection"),
        ):
            # Who acted and where is no secret to whoever may read the event.
            there = self.env[model].sudo().browse(set(self.mapped(column)) - {0})
            there = set(there.exists().ids)
            for event in self:
                number = event[column]
                event[name] = number if number in there else False

    @api.model
    def _search_connection_id(self, operator, value):
        """By the ids of connections, or by a domain on them."""
        if "any" in operator and not isinstance(value, Query):
            # For access rules, which see connections that the reader does not.
            value = self.env["finance.sync.connection"].sudo()._search(value)
        if operator in ("=", "!=", "in", "not in", "any", "not any", "any!"):
            values = [value] if isinstance(value, int) else list(value or [])
            negative = operator in ("!=", "not in", "not any")
            return [("connection_ref", "not in" if negative else "in", values)]
        names = self.env["finance.sync.connection"]._search([("name", operator, value)])
        return [("connection_ref", "in", list(names))]

    def _compute_sealed(self):
        self.env.cr.execute(
            "SELECT q.leaves FROM finance_sync_unsealed q WHERE EXISTS ("
            " SELECT FROM unnest(%s::bigint[]) AS wanted (id)"
            " WHERE wanted.id BETWEEN q.first_event AND q.last_event)",
            [self.ids],
        )
        waiting = {
            event_id
            for (leaves,) in self.env.cr.fetchall()
            for event_id, _hash in unpack(bytes(leaves))
        }
        for event in self:
            event.sealed = event.id not in waiting

    def action_open_subject(self):
        """Open what it is about, if it is still there and of a model with screens."""
        self.ensure_one()
        record = self._subject_record()
        if not record:
            raise UserError(_("What this event is about is no more, or has no screen."))
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
        }

    def _subject_record(self):
        model = self.env.get(self.subject_model or "")
        if model is None or not self.subject:
            return None
        for name in ("finance_sync_uuid", "uuid"):
            if name in model._fields:
                return model.search([(name, "=", self.subject)], limit=1)
        number = self.subject.rpartition(",")[2]
        return model.browse(int(number)).exists() if number.isdecimal() else None

    def action_open_lineage(self):
        return self.env["finance.sync.lineage"]._action(self.mapped("correlation_id"))

    # -- Not by the ORM
    # pylint: disable=method-required-super

    @api.model_create_multi
    def create(self, vals_list):
        raise AccessError(_("Events are recorded by what happens, not by hand."))

    def write(self, vals):
        raise AccessError(_("Events are history and cannot be changed."))

    def unlink(self):
        raise AccessError(_("Events are history and cannot be deleted."))


def _is_user(field):
    return field is not None and field.kind == "user"


def _shown(value):
    return ", ".join(value) if isinstance(value, list) else value


def _related(record, name):
    if record is None or name not in record._fields:
        return None
    return record[name] or None


def _subject(record):
    if record is None:
        return None
    for name in ("finance_sync_uuid", "uuid"):
        if name in record._fields and record[name]:
            return record[name]
    return f"{record._name},{record.id}"


def _subject_ref(record):
    """A name to show, unless it is a person's."""
    if record is None:
        return None
    if record._name in PERSONAL:
        return f"{record._name},{record.id}"
    name = record._rec_name
    if name and record._fields[name].type == "char" and record[name]:
        return record[name][:LONGEST_REF]
    return (record.display_name or "")[:LONGEST_REF] or None


def _correlation(record):
    for name in ("finance_sync_correlation_id", "correlation_id"):
        found = _related(record, name)
        if found:
            return found
    exchange = _related(record, "exchange_id")
    return exchange.correlation_id or None if exchange else None
