from odoo import _, api, models

from ..core import table_file
from ..core.mapping import BOTH, Entry, difference
from ..core.mapping_file import COLUMNS


class Mapping(models.Model):
    """A version's content as a whole: compared, exported, replaced."""

    _inherit = "finance.sync.mapping"

    def _entries(self):
        """The lines as ``core.mapping`` compares them, by one query."""
        self.ensure_one()
        lines = self.env["finance.sync.mapping.line"]
        lines.flush_model()
        self.env.cr.execute(
            "SELECT external_code, coalesce(canonical_key, ''), direction,"
            " coalesce(external_name, ''), coalesce(note, '')"
            " FROM finance_sync_mapping_line WHERE mapping_id = %s",
            [self.id],
        )
        return [Entry(*row) for row in self.env.cr.fetchall()]

    def _difference(self, other):
        """What this version changes in another one; all is new without one."""
        return difference(other._entries() if other else (), self._entries())

    def _names_of(self, keys):
        """How people call what lines point to: {key: text}, by one query."""
        model = self.env["finance.sync.mapping.line"]._target_model(self.kind)
        ids = [int(key[1:]) for key in keys if _is_id(key)]
        # As in any list: the name of a record that the reader may not open.
        found = {
            f"#{record.id}": record.display_name
            for record in model.sudo().browse(ids).exists()
        }
        return {key: found.get(key, key) for key in keys}

    def _rows(self):
        """The content as the import reads it back: tuples of ``COLUMNS``."""
        self.ensure_one()
        for line in self.line_ids:
            yield (
                line.external_code,
                line.external_name,
                line.canonical_code,
                line.canonical_name,
                line.direction,
                line.note,
                line.usage_count,
                line.last_used or "",
            )

    def _export(self, file_format):
        """A file of all lines, in bytes; ``file_format`` is csv or xlsx."""
        write = table_file.write_csv if file_format == "csv" else table_file.write_xlsx
        return write(COLUMNS, self._rows())

    # -- Bringing lines in, many at once

    def _put_lines(self, rows, remove=()):
        """Add these lines, or change those that say something else.

        :param rows: vals of lines; they meet by external code, or by our code where
            they only go out
        :param remove: lines to be deleted
        :return: ``(lines added, lines changed)``
        """
        self.ensure_one()
        lines = self.env["finance.sync.mapping.line"]
        if remove:
            remove.unlink()
        known = {met_by(line): line for line in self.line_ids}
        added, changed = [], lines.browse()
        for vals in rows:
            line = known.get(met_by(vals))
            if not line:
                added.append({**vals, "mapping_id": self.id})
            elif line._differs(vals):
                line.write({**dict.fromkeys(lines._target_fields(), False), **vals})
                changed |= line
        return lines.create(added), changed

    @api.model
    def _open_version(self, kind, company, connection):
        """The version of a scope that is being worked on, whoever may see it."""
        return self.sudo().search(
            [
                ("kind", "=", kind),
                ("company_id", "=", company.id),
                ("connection_id", "=", connection.id),
                ("state", "in", ("draft", "submitted")),
            ],
            limit=1,
        )

    @api.model
    def _draft_for(self, kind, company, connection, **values):
        """A draft for a scope: the open one, a new version, or the first of all."""
        scope = {
            "kind": kind,
            "company_id": company.id,
            "connection_id": connection.id,
        }
        found = self._open_version(kind, company, connection).with_env(self.env)
        if found.state == "submitted":
            found.action_draft()
        if found:
            return found
        blank = self.new(scope)
        current = blank._in_force() or blank._of_scope(("approved",))[:1]
        if current:
            return current.with_env(self.env)._new_version(**values)
        return self.create({**scope, **values})

    # -- Ways to look

    def action_open_lines(self):
        """All lines in a list of their own: searched, grouped, in pages."""
        self.ensure_one()
        draft = self.state == "draft" and self.env.user.has_group(
            "finance_sync.group_resolver"
        )
        view = f"finance_sync_mapping_line_view_tree{'_edit' if draft else ''}"
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "finance.sync.mapping.line",
            "view_mode": "tree",
            "views": [(self.env.ref(f"finance_sync.{view}").id, "list")],
            "domain": [("mapping_id", "=", self.id)],
            "context": {
                "default_mapping_id": self.id,
                "finance_sync_one_mapping": True,
                "finance_sync_kind": self.kind,
            },
        }

    def action_open_versions(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Versions"),
            "res_model": self._name,
            "view_mode": "tree,form",
            "domain": [
                ("kind", "=", self.kind),
                ("company_id", "=", self.company_id.id),
                ("connection_id", "=", self.connection_id.id),
            ],
            "context": {},
        }

    def action_open_exchanges(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Translated with %s", self.name),
            "res_model": "finance.sync.exchange",
            "view_mode": "tree,form",
            "domain": [("mapping_ids", "in", self.ids)],
            "context": {},
        }

    def action_compare(self):
        """What this version changes, line by line."""
        self.ensure_one()
        wizard = self.env["finance.sync.mapping.compare"].create(
            {"mapping_id": self.id, "other_id": self._compared_with().id}
        )
        return wizard._reopen()

    def _compared_with(self):
        """What it replaces or has replaced: else what it was made from."""
        if self.state in ("active", "retired"):
            return self.predecessor_id or self.origin_id
        return self._predecessor() or self.origin_id

    def action_import(self):
        self.ensure_one()
        values = {
            "kind": self.kind,
            "company_id": self.company_id.id,
            "connection_id": self.connection_id.id,
        }
        return {
            "type": "ir.actions.act_window",
            "name": _("Import Lines"),
            "res_model": "finance.sync.mapping.import",
            "view_mode": "form",
            "target": "new",
            "context": {f"default_{name}": value for name, value in values.items()},
        }

    def action_export_csv(self):
        return self._action_export("csv")

    def action_export_xlsx(self):
        return self._action_export("xlsx")

    def _action_export(self, file_format):
        self.ensure_one()
        wizard = self.env["finance.sync.mapping.export"]._make(self, file_format)
        return wizard._download()

    def action_refuse(self):
        return self._decide("refuse")

    def action_retire(self):
        return self._decide("retire")

    def action_roll_back(self):
        return self._decide("roll_back")

    def _decide(self, decision):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "finance.sync.mapping.decide",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_mapping_id": self.id,
                "default_decision": decision,
                "default_date_from": self._in_force().date_from,
            },
        }


class MappingLine(models.Model):
    _inherit = "finance.sync.mapping.line"

    def _differs(self, vals):
        """Would writing ``vals``, which say all of a line, change this one?"""
        targets = {name: vals.get(name, False) for name in self._target_fields()}
        if targets != {name: self[name].id for name in targets}:
            return True
        names = ["external_code", "external_name", "note", "direction"]
        if not any(targets.values()):
            names.append("canonical_code")
        return any((self[name] or "") != (vals.get(name) or "") for name in names)


def _is_id(key):
    return key.startswith("#") and key[1:].isdigit()


def met_by(line):
    """What makes a line the same line: see ``core.mapping.Entry.key``."""
    if (line["direction"] or BOTH) == "out":
        return "out", line["canonical_code"]
    return "in", line["external_code"]
