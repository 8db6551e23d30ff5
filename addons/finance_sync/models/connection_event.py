"""What happens to connections, their credentials and changes, as events."""

from urllib.parse import urlsplit

from odoo import api, models

from .internal import Internal, internal_value

# What is recorded is which of them changed, never what is in them.
CREDENTIALS = ("auth_user", "secret_enc", "secret_ref", "client_cert_ref",
               "client_key_ref")  # fmt: skip
# Bookkeeping of the actions, which are events of their own.
NOT_SETTINGS = frozenset(
    {"state", "database_fingerprint", "activated_at", "pause_reason"}
)
SHOWN = ("boolean", "integer", "float", "selection", "many2one", "many2many")
ROTATING = "finance_sync_rotating"


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    @api.model_create_multi
    def create(self, vals_list):
        connections = super().create(vals_list)
        self._record_events(connections, "finance_sync.connection.created")
        for connection in connections.sudo():  # see _credentials
            connection._record_credentials({})
        return connections

    def write(self, vals):
        names = [name for name in vals if self._is_recorded(name)]
        if not names:
            return super().write(vals)
        # The column of the secret is readable by nobody; only whether it changed.
        before = {row["id"]: row for row in self.sudo()._snapshot(names)}
        result = super().write(vals)
        for connection in self.sudo():
            connection._record_changes(names, before[connection.id])
        return result

    def unlink(self):
        self._record_events(self, "finance_sync.connection.deleted")
        return super().unlink()

    @api.model
    def _rotate_secrets(self):
        rotating = self.with_context(**{ROTATING: Internal(True)})
        return super(Connection, rotating)._rotate_secrets()

    def _record_events(self, connections, name):
        self.env["finance.sync.event"]._record_many(
            [{"type": name, "record": connection} for connection in connections]
        )

    def _is_recorded(self, name):
        """Settings of its own; not messages, activities and what hangs on it."""
        field = self._fields.get(name)
        return (
            field is not None
            and field.store
            and field.type != "one2many"
            and not name.startswith(("message_", "activity_"))
        )

    def _snapshot(self, names):
        return [
            {"id": connection.id, **{n: _plain(connection[n]) for n in names}}
            for connection in self
        ]

    def _record_changes(self, names, before):
        (after,) = self._snapshot(names)
        changed = [name for name in names if before[name] != after[name]]
        if "state" in changed:
            self._record_state()
        settings = set(changed) - NOT_SETTINGS - set(CREDENTIALS)
        if settings:
            self._record_settings(sorted(settings), after)
        if set(changed).intersection(CREDENTIALS):
            self._record_credentials(before)

    def _record_state(self):
        name = {"active": "activated", "paused": "paused"}.get(self.state)
        if name:
            reason = {"reason": self.pause_reason} if name == "paused" else None
            self.env["finance.sync.event"]._record(
                f"finance_sync.connection.{name}", self, data=reason
            )

    def _record_settings(self, names, after):
        self.env["finance.sync.event"]._record(
            "finance_sync.connection.changed",
            self,
            data={
                "fields": names,
                "values": [f"{n}={self._shown(n, after[n])}" for n in names],
            },
        )

    def _shown(self, name, value):
        """A setting in an event: no text that could name a person or hold a token."""
        if name == "base_url":
            url = urlsplit(value or "")
            return f"{url.scheme}://{url.hostname or ''}{url.path}" if value else ""
        if self._fields[name].type in SHOWN:
            return value
        return "…"

    def _record_credentials(self, before):
        """``before``: what was there of them; empty for a new connection."""
        (after,) = self._snapshot(CREDENTIALS)
        given = [n for n in CREDENTIALS if after[n] and after[n] != before.get(n)]
        gone = [n for n in CREDENTIALS if before.get(n) and not after[n]]
        if before:
            given = [name for name in given if name in before]
        events = self.env["finance.sync.event"]
        if given and internal_value(self.env, ROTATING):
            events._record("finance_sync.credential.rotated", self)
        elif given:
            events._record(
                "finance_sync.credential.set", self, data={"fields": _names(given)}
            )
        if gone:
            events._record(
                "finance_sync.credential.removed", self, data={"fields": _names(gone)}
            )


class ConnectionChange(models.Model):
    _inherit = "finance.sync.connection.change"

    @api.model_create_multi
    def create(self, vals_list):
        changes = super().create(vals_list)
        changes._record_step("requested")
        return changes

    def write(self, vals):
        moved = self.filtered(lambda c: "state" in vals and c.state != vals["state"])
        result = super().write(vals)
        if moved:
            moved._record_step(vals["state"])
        return result

    def _record_step(self, step):
        items = []
        for change in self:
            data = {"fields": sorted(change.values or {})}
            if step != "requested":
                data["requested_by"] = change.requested_by.id
            items.append(
                {
                    "type": f"finance_sync.connection.change.{step}",
                    "record": change,
                    "data": data,
                }
            )
        self.env["finance.sync.event"]._record_many(items)


def _plain(value):
    return value.ids if isinstance(value, models.BaseModel) else value


def _names(credentials):
    return [name.removesuffix("_enc") for name in credentials]
