import logging

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from ..compat import NOT_SUMMED
from ..core import chain as chains
from . import audit_sql
from .own_cursor import own_cursor

_logger = logging.getLogger(__name__)

# One seal's leaves take 40 bytes for each event.
AT_ONCE = 20_000
# Of one run, so that a backlog of years does not hold up the other jobs.
MOST_SEALS = 500
FETCH = 10

# The columns in the order of chains.Event and chains.Seal.
_EVENTS = """
    SELECT actor_ref, company_ref, connection_ref, correlation_id, data, id,
        occurred_at, subject, subject_model, subject_ref, type, uuid, version
    FROM finance_sync_event WHERE id = ANY(%s)
"""
_SEALS = """
    SELECT chain, number, format, event_count, total, first_event, last_event,
        digest, previous, hash, sealed_at, leaves
    FROM finance_sync_seal WHERE chain = %s AND number > %s
    ORDER BY number LIMIT %s
"""
# The first of each chain, without reading all that wait.
_WAITING = """
    WITH RECURSIVE waiting AS (
        (SELECT chain FROM finance_sync_unsealed ORDER BY chain LIMIT 1)
        UNION ALL
        SELECT (
            SELECT chain FROM finance_sync_unsealed
            WHERE chain > waiting.chain ORDER BY chain LIMIT 1
        ) FROM waiting WHERE waiting.chain IS NOT NULL
    )
    SELECT chain FROM waiting WHERE chain IS NOT NULL
"""


class Seal(models.Model):
    """One link of a chain over the event log. Written by the database itself."""

    _name = "finance.sync.seal"
    _description = "Finance Sync Seal"
    _auto = False
    _log_access = False
    _order = "id desc"

    chain = fields.Integer(readonly=True, **NOT_SUMMED)
    company_name = fields.Char(compute="_compute_company_name", string="Company")
    number = fields.Integer(readonly=True, **NOT_SUMMED)
    format = fields.Integer(readonly=True, **NOT_SUMMED)
    event_count = fields.Integer(string="Events", readonly=True)
    total = fields.Integer(
        string="Events in All", readonly=True, help="Up to this seal.", **NOT_SUMMED
    )
    first_event = fields.Integer(readonly=True, **NOT_SUMMED)
    last_event = fields.Integer(readonly=True, **NOT_SUMMED)
    digest = fields.Char(readonly=True, help="SHA-256 over its events' hashes.")
    previous = fields.Char(readonly=True, help="The hash of the seal before.")
    hash = fields.Char(readonly=True)
    sealed_at = fields.Datetime(readonly=True)

    def init(self):
        audit_sql.run_script(self.env.cr, "seal.sql", self._table)

    @api.depends("chain", "number")
    def _compute_display_name(self):
        for seal in self:
            seal.display_name = f"{seal.company_name} #{seal.number}"

    @api.depends("chain")
    def _compute_company_name(self):
        names = self.env["finance.sync.chain"]._names(self.mapped("chain"))
        for seal in self:
            seal.company_name = names[seal.chain]

    # -- Sealing

    @api.model
    def _cron_seal(self):
        """Seal what has been committed since. Running it twice at once is harmless."""
        return self._seal()

    @api.model
    def _seal(self, at_once=AT_ONCE, most=MOST_SEALS):
        """Seal what is committed, ``at_once`` events by each seal; how many it were.

        On an own cursor, where each seal is a transaction: nobody waits for it.
        """
        sealed = 0
        with own_cursor(self.env) as cr:
            cr.execute(_WAITING)
            for (chain,) in cr.fetchall():
                for _seal in range(most):
                    count = self._seal_once(cr, chain, at_once)
                    sealed += max(count, 0)
                    if count < at_once:
                        break
        self.invalidate_model()
        return sealed

    @staticmethod
    def _seal_once(cr, chain, at_once):
        """Events that one more seal of the chain took; less than 1: there is none."""
        cr.execute("SELECT finance_sync_seal_chain(%s, %s)", [chain, at_once])
        return cr.fetchone()[0]

    # -- Verifying: reads what the database holds, trusts none of it

    @api.model
    def _verifier(self, chain):
        """Feed a chain to a verifier: (Verifier, its first breaks)."""
        verifier = chains.Verifier(chain, self._fetch_events)
        breaks = []
        for seal in self._read_seals(chain):
            breaks.extend(verifier.feed(seal))
            del breaks[chains.MOST_BREAKS :]
        self.env.cr.execute(
            "SELECT leaves FROM finance_sync_unsealed WHERE chain = %s", [chain]
        )
        for (leaves,) in self.env.cr.fetchall():
            breaks.extend(verifier.feed_waiting(bytes(leaves)))
        return verifier, breaks

    def _fetch_events(self, ids):
        self.env.cr.execute(_EVENTS, [list(ids)])
        return map(chains.Event._make, self.env.cr.fetchall())

    def _read_seals(self, chain):
        last = -(2**31)
        while True:
            self.env.cr.execute(_SEALS, [chain, last, FETCH])
            rows = self.env.cr.fetchall()
            for row in rows:
                seal = chains.Seal._make(row)
                yield seal._replace(leaves=bytes(seal.leaves))
            if len(rows) < FETCH:
                return
            last = rows[-1][1]

    # -- Not by the ORM
    # pylint: disable=method-required-super

    @api.model_create_multi
    def create(self, vals_list):
        raise AccessError(_("Seals are made by the database, not by hand."))

    def write(self, vals):
        raise AccessError(_("Seals are history and cannot be changed."))

    def unlink(self):
        raise AccessError(_("Seals are history and cannot be deleted."))
