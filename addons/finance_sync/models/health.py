from odoo import api, models

from .vault import secret_box

# Seconds: beyond these something that runs every minute does not run.
ROLL_UP_LATE = 600
QUEUE_LATE = 600


class Health(models.AbstractModel):
    """Is everything there that exchanges need? Addons add checks."""

    _name = "finance.sync.health"
    _description = "Finance Sync Health"

    @api.model
    def _report(self):
        """``{"status": "ok"|"degraded"|"failing", "checks": {name: {...}}}``.

        Failing: this server cannot do its work. Degraded: it can, for some
        connections. Names and numbers only, no secrets and no documents.
        """
        checks = self._checks()
        states = {check["status"] for check in checks.values()}
        worst = next(
            (state for state in ("failing", "degraded") if state in states), "ok"
        )
        return {"status": worst, "checks": checks}

    @api.model
    def _checks(self):
        """Name → ``{"status": …, and figures}``."""
        return {
            "database": self._check_database(),
            "keys": {"status": "ok" if secret_box() else "failing"},
            "crons": self._check_crons(),
            "job_runner": self._check_job_runner(),
            "connections": self._check_connections(),
        }

    def _check_database(self):
        self.env.cr.execute("SELECT pg_is_in_recovery()")
        (in_recovery,) = self.env.cr.fetchone()
        return {"status": "failing" if in_recovery else "ok"}

    def _check_crons(self):
        """Seconds that the oldest figure has waited to be added up by its cron."""
        self.env.cr.execute(
            "SELECT coalesce(extract(epoch FROM now() AT TIME ZONE 'UTC' - lastcall),"
            " 0)::int FROM ir_cron WHERE id = %s AND active",
            [self.env.ref("finance_sync.cron_roll_up").id],
        )
        row = self.env.cr.fetchone()
        late = not row or row[0] > ROLL_UP_LATE
        return {
            "status": "degraded" if late else "ok",
            "last_run_seconds_ago": row[0] if row else None,
        }

    def _check_job_runner(self):
        """Seconds that the oldest job that could run has not been started."""
        self.env.cr.execute(
            """
            SELECT count(*), coalesce(max(extract(epoch FROM
                now() AT TIME ZONE 'UTC' - greatest(date_created, eta))), 0)::int
            FROM queue_job
            WHERE channel LIKE 'root.finance\\_sync%' AND state = 'pending'
                AND (eta IS NULL OR eta <= now() AT TIME ZONE 'UTC')
            """
        )
        waiting, oldest = self.env.cr.fetchone()
        return {
            "status": "degraded" if oldest > QUEUE_LATE else "ok",
            "waiting": waiting,
            "oldest_seconds": oldest,
        }

    def _check_connections(self):
        connections = self.env["finance.sync.connection"].search(
            [("state", "!=", "draft")]
        )
        states = {}
        for connection in connections:
            well = connection._is_live()[0] and connection.breaker_state != "open"
            states[connection.key] = {
                "status": "ok" if well else "degraded",
                "state": connection.state,
                "breaker": connection.breaker_state,
                "backlog": connection.backlog_count,
                "holds": connection.hold_count,
                "this_database": connection._is_this_database()[0],
            }
        unwell = any(state["status"] != "ok" for state in states.values())
        return {"status": "degraded" if unwell else "ok", "connections": states}
