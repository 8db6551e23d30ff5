from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from psycopg2 import sql

from ..compat import NO_ACCESS, NOT_SUMMED
from ..core.errors import ConfigurationError
from .own_cursor import own_cursor
from .vault import secret_box

CHUNK = 500
_READ = sql.SQL(
    "SELECT id, {column} FROM {table}"
    " WHERE id > %s AND {column} IS NOT NULL ORDER BY id LIMIT %s"
)
# If it is the same still; a job that holds the row has its turn first.
_WRITE = sql.SQL("UPDATE {table} SET {column} = %s WHERE id = %s AND {column} = %s")


class KeyRotation(models.Model):
    """Everything that is encrypted, encrypted anew with the newest key, in jobs.

    Old keys stay in the configuration until nothing is left under them; meanwhile
    both are read, so that nothing stops.
    """

    _name = "finance.sync.key.rotation"
    _description = "Finance Sync Key Rotation"
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    state = fields.Selection(
        [("running", "Running"), ("done", "Done")],
        required=True,
        readonly=True,
        default="running",
    )
    column = fields.Char(readonly=True, help="Table and column that it is at.")
    last_id = fields.Integer(readonly=True, **NOT_SUMMED)
    seen = fields.Integer(readonly=True, help="Encrypted values looked at.")
    total = fields.Integer(readonly=True, help="Encrypted values at the beginning.")
    changed = fields.Integer(
        string="Encrypted Anew", readonly=True, help="They were under an older key."
    )
    unreadable = fields.Integer(
        readonly=True, help="Under a key that the configuration does not have."
    )
    remaining = fields.Integer(
        string="Still to Look at", compute="_compute_remaining", **NOT_SUMMED
    )
    progress = fields.Float(compute="_compute_remaining", help="Percent.")
    started_by = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )
    started_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    ended_at = fields.Datetime(readonly=True)
    conclusion = fields.Text(compute="_compute_conclusion")

    def init(self):
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS finance_sync_key_rotation_one"
            " ON finance_sync_key_rotation (state) WHERE state = 'running'"
        )

    @api.depends("started_at")
    def _compute_name(self):
        for rotation in self:
            rotation.name = _("Key rotation of %s", rotation.started_at)

    @api.depends("seen", "total", "state")
    def _compute_remaining(self):
        for rotation in self:
            done = rotation.state == "done"
            left = 0 if done else max(rotation.total - rotation.seen, 0)
            rotation.remaining = left
            rotation.progress = (
                100.0 if done else 100.0 * rotation.seen / max(rotation.total, 1)
            )

    @api.depends("state", "unreadable", "changed")
    def _compute_conclusion(self):
        for rotation in self:
            if rotation.state != "done":
                text = _("Keep the older keys in the configuration until this is done.")
            elif rotation.unreadable:
                text = _(
                    "%s values are under a key that is not in the configuration. Put"
                    " that key back behind the newest one and rotate again, or enter"
                    " these secrets anew. See the runbook “Key lost”.",
                    rotation.unreadable,
                )
            else:
                text = _(
                    "Nothing is left under older keys. They may go from the"
                    " configuration; backups made before still need them."
                )
            rotation.conclusion = text

    # -- Start

    @api.model
    def action_start(self):
        """Begin, or show the one that runs."""
        if not self.env.user.has_group("finance_sync.group_manager"):
            raise AccessError(_("Only a Finance Sync manager may do this."))
        try:
            if not secret_box():
                raise UserError(_("There is no key in the configuration."))
        except ConfigurationError as error:
            raise UserError(error.message) from error
        # Managers start rotations by this button; rows are kept by their job.
        rotations = self.sudo()
        rotation = rotations.search([("state", "=", "running")], limit=1)
        if not rotation:
            rotation = rotations.create({"total": self._count()})
            rotation._later()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": rotation.id,
            "view_mode": "form",
        }

    @api.model
    def _encrypted_columns(self):
        """[(model, column)] of all that is encrypted: readable by nobody, ``_enc``."""
        return sorted(
            (model._name, name)
            for model in self.env.values()
            if not model._abstract and model._auto and not model._transient
            for name, field in model._fields.items()
            if name.endswith("_enc") and field.store and field.groups == NO_ACCESS
        )

    @api.model
    def _count(self):
        """How many values are encrypted."""
        total = 0
        for model, column in self._encrypted_columns():
            self.env[model].flush_model([column])
            self.env.cr.execute(
                sql.SQL("SELECT count({}) FROM {}").format(
                    sql.Identifier(column), sql.Identifier(self.env[model]._table)
                )
            )
            total += self.env.cr.fetchone()[0]
        return total

    # -- Work

    def _later(self):
        self.with_delay(
            channel="root.finance_sync.bulk",
            description=_("Encrypt with the newest key"),
            identity_key=f"finance_sync:keys:{self.id}:{self.column}:{self.last_id}",
        )._job_step()

    def _job_step(self):
        """One chunk of one column; then a job for the next.

        Running it again is safe: what is under the newest key is left as it is.
        """
        self.ensure_one()
        if self.state != "running":
            return
        columns = self._encrypted_columns()
        names = [f"{model}/{column}" for model, column in columns]
        at = names.index(self.column) if self.column in names else 0
        if not names:
            self._finish()
            return
        rows = self._rotate_chunk(*columns[at], self.last_id)
        if rows:
            self.write({"column": names[at], "last_id": rows})
        elif at + 1 < len(names):
            self.write({"column": names[at + 1], "last_id": 0})
        else:
            self._finish()
            return
        self._later()

    def _rotate_chunk(self, model, column, after):
        """The last id looked at; 0 when the column is done."""
        table = self.env[model]._table
        self.env[model].flush_model([column])
        names = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
        with own_cursor(self.env) as cr:
            cr.execute(_READ.format(**names), [after, CHUNK])
            rows = cr.fetchall()
            changed, unreadable = _rotated(rows)
            for row_id, old, new in changed:
                cr.execute(_WRITE.format(**names), [new, row_id, old])
        self.env[model].invalidate_model([column])
        self.write(
            {
                "seen": self.seen + len(rows),
                "changed": self.changed + len(changed),
                "unreadable": self.unreadable + unreadable,
            }
        )
        return rows[-1][0] if rows else 0

    def _finish(self):
        self.write({"state": "done", "ended_at": fields.Datetime.now()})
        self.env["finance.sync.event"]._record(
            "finance_sync.key_rotation.done",
            data={"changed": self.changed, "unreadable": self.unreadable},
        )


def _rotated(rows):
    """([(id, old token, new token)], how many no key reads)"""
    box = secret_box()
    newest = box.newest()
    changed, unreadable = [], 0
    for row_id, token in rows:
        if newest.reads(token):
            continue
        try:
            changed.append((row_id, token, box.rotate(token)))
        except ConfigurationError:
            unreadable += 1
    return changed, unreadable
