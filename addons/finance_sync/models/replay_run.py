from odoo import _, api, fields, models
from odoo.exceptions import UserError

# Messages of a run that are on their way at a time, and those that one step starts.
WINDOW, STEP = 200, 100
# With so many waiting for a connection already, a run adds none: other work goes first.
CROWD = 500
# Seconds until the next look: soon while things move, later while they do not.
SOON, LONGEST = 2, 120
KEY = "finance_sync_replay:"


class Replay(models.Model):
    """The run itself: a job that starts some, goes, and comes back for the rest."""

    _inherit = "finance.sync.replay"

    def action_start(self):
        self._check_mine()
        for run in self.sudo():  # rows change by actions, which have checked the user
            if run.state != "preview":
                raise UserError(_("This replay was started already."))
            if not run.startable:
                raise UserError(_("None of these can be replayed now. See why below."))
            run._begin()
        return True

    def _begin(self):
        self.write({"state": "running", "started_at": fields.Datetime.now()})
        self._tell_run("started")
        self._delay_step(0)

    def action_stop(self):
        """Start no more of these. What is on its way arrives."""
        self._check_mine()
        for run in self.sudo():  # see action_start
            if run.state == "running":
                run.write({"state": "stopped", "finished_at": fields.Datetime.now()})
                run._tell_run("stopped")
        return True

    def action_look(self):
        """What became of them by now; and a new job, should the old one be lost."""
        self._check_mine()
        for run in self.sudo():  # see action_start
            self.env["finance.sync.replay.line"]._catch_up(run)
            if run.state == "running":
                run._delay_step(0)
        return True

    @api.model
    def _release(self, exchanges):
        """Let go on what waited for something that is settled now: no preview."""
        run = self.sudo()._make(exchanges)  # by what happens, whoever caused it
        if run.startable:
            run._begin()
        return run

    def _delay_step(self, seconds):
        self.ensure_one()
        self.with_delay(
            eta=seconds,
            identity_key=f"{KEY}{self.id}",
            channel="root.finance_sync.bulk",
            max_retries=0,
            description=_("Replay %s", self.name),
        )._job_step()

    def _job_step(self):
        """Start some more, unless too many wait already; come back until all ended.

        Running again is safe: what was started is on its line.
        """
        self.ensure_one()
        run = self.sudo()  # who started it was checked then
        lines = self.env["finance.sync.replay.line"].sudo()
        lines._catch_up(run)
        if run.state != "running":
            return _("Nothing to do: %s.", run.state)
        run.invalidate_recordset()
        moved = run._start_some(lines)
        run.invalidate_recordset()
        if not run.todo_count and not run.running_count:
            return run._end()
        run.round = 0 if moved else run.round + 1
        run._delay_step(min(SOON * 2**run.round, LONGEST))
        return _("%s to do.", run.todo_count)

    def _start_some(self, lines):
        """True if any were started.

        Each connection gets its share, so that one that is paused holds up no other.
        """
        room = min(STEP, WINDOW - self.running_count)
        groups = lines._read_group(
            [("replay_id", "=", self.id), ("state", "=", "todo")], ["connection_id"]
        )
        starting, waits_for = lines.browse(), False
        for (connection,) in groups:
            limit, reason = self._room(connection)
            waits_for = reason or waits_for
            limit = min(limit, room - len(starting))
            if limit > 0:
                starting |= lines._next(self, connection, limit)
        if self.waits_for != waits_for:
            self.waits_for = waits_for
        if starting:
            self._start_lines(starting)
        return bool(starting)

    def _room(self, connection):
        """(how many more may wait for this connection, why not more or False)

        An open breaker lets one through, which may close it.
        """
        live, reason = connection._is_live()
        if not live:
            return 0, f"{connection.name}: {reason}"
        waiting = self.env["finance.sync.exchange"].search_count(
            [("connection_id", "=", connection.id), ("state", "=", "pending")],
            limit=CROWD,
        )
        if connection.breaker_state == "open":
            return 1 - waiting, _("%s does not answer just now.", connection.name)
        if waiting >= CROWD:
            return 0, _("Many messages wait for %s already.", connection.name)
        return CROWD - waiting, False

    def _start_lines(self, lines):
        """Start these together; if that fails, one by one, to see which it is."""
        try:
            with self.env.cr.savepoint():
                self._start_exchanges(lines)
        except UserError:
            for line in lines:
                try:
                    with self.env.cr.savepoint():
                        self._start_exchanges(line)
                except UserError as error:
                    line.write({"state": "skipped", "reason": str(error)})

    def _start_exchanges(self, lines):
        started = lines.exchange_id._restart()
        ran = lines.filtered(lambda line: line.exchange_id in started)
        ran.write({"state": "running"})
        left = lines - ran
        for line in left:
            reason = "busy" if line.exchange_id.state == "held" else "not_held"
            line.write({"state": "skipped", "reason": reason})

    def _end(self):
        self.write(
            {
                "state": "done",
                "finished_at": fields.Datetime.now(),
                "waits_for": False,
            }
        )
        self._tell_run("finished")
        self._notify_owner()
        return _("Done.")

    def _notify_owner(self):
        """Tell whoever started it how it went, if they may still be away from it."""
        user = self.user_id
        if not user.active or user.share:
            return
        self.env["mail.thread"].message_notify(
            partner_ids=user.partner_id.ids,
            model=self._name,
            res_id=self.id,
            subject=_("Replay %s has ended", self.name),
            body=self._result_text(),
        )

    def _result_text(self):
        self.invalidate_recordset()
        return _(
            "%(total)s messages: %(done)s done, %(held)s held again, %(left)s left"
            " out.",
            total=self.total,
            done=self.done_count,
            held=self.held_count,
            left=self.left_out,
        )

    def _tell_run(self, what):
        self.env["finance.sync.event"]._record(
            f"finance_sync.replay.{what}",
            self,
            company=self.company_ids if len(self.company_ids) == 1 else None,
            data={"count": self.startable, "skipped": self.total - self.startable},
        )
