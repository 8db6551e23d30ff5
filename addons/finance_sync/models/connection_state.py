from odoo import api, fields, models


class ConnectionState(models.Model):
    """Breaker and rate limit of a connection. Written by own cursors only."""

    _name = "finance.sync.connection.state"
    _description = "Finance Sync Connection State"
    _log_access = False
    _rec_name = "connection_id"
    _sql_constraints = [
        ("connection_unique", "UNIQUE(connection_id)", "One state per connection."),
    ]

    # An id without a foreign key: the row is written while the connection's own row
    # may be locked by the transaction that waits for it.
    connection_id = fields.Integer(required=True, readonly=True, index=False)
    breaker_state = fields.Char(required=True, readonly=True, default="closed")
    failures = fields.Integer(required=True, readonly=True, default=0)
    opened_at = fields.Float(digits=(20, 6), readonly=True)
    probe_until = fields.Float(digits=(20, 6), readonly=True)
    tokens = fields.Float(digits=(20, 6), readonly=True)
    tokens_at = fields.Float(digits=(20, 6), readonly=True)
    version = fields.Integer(required=True, readonly=True, default=0)
    last_success = fields.Datetime(readonly=True)
    last_failure = fields.Datetime(readonly=True)
    last_error_class = fields.Char(readonly=True)

    @api.model
    def _rows(self, connection_ids):
        """Connection id → its state, of those that have one, for screens."""
        # Technical rows of connections that the caller may already read.
        rows = self.sudo().search_read(
            [("connection_id", "in", list(connection_ids))],
            [
                "connection_id",
                "breaker_state",
                "last_success",
                "last_failure",
                "last_error_class",
            ],
        )
        return {row["connection_id"]: row for row in rows}
