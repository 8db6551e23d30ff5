import time

from odoo import _, fields, models
from odoo.addons.finance_sync.core.errors import (
    ConfigurationError,
    ProviderError,
    RejectedError,
    TransientError,
)
from odoo.addons.finance_sync.models.own_cursor import own_cursor

from ..core.bill_file import PDF, XML, kind_of
from ..core.bill_folder import DONE, ERROR, name_of, ripe, shown
from ..core.pdf import MAX_BYTES
from .bill_folder import JOB_KEY

# By one job; then the next one goes on, and others get their turn.
FILES_BY_JOB = 50
SECONDS_BY_JOB = 240


class BillFolder(models.Model):
    _inherit = "finance.sync.bill.folder"

    def _job_look(self):
        """Take in what is complete. Running again is safe.

        Each file is claimed by a move, kept by a transaction of its own, and moved on
        only then. So after a crash it is in the folder, or claimed, or here.
        """
        self.ensure_one()
        folder = self.sudo()  # the engine's own bookkeeping, and secrets of connections
        live, _why = folder.connection_id._is_live()
        if not live or not folder._is_alone():
            return folder.state
        try:
            fresh = folder._look()
        except ProviderError as error:
            folder._on_error(error)
            return folder.state
        folder._note_success()
        if folder.state == "behind":
            folder._start()
        elif fresh:
            # The second look at new files need not wait for the scheduled one.
            folder._start(folder.connection_id.folder_quiet_seconds + 1)
        return folder.state

    def _is_alone(self):
        """Whether no other look at this very folder is under way.

        The moves would see to it as well; this spares the second the work.
        """
        address = self.connection_id.base_url or ""
        self.env.cr.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"{JOB_KEY}:{address}"],
        )
        return self.env.cr.fetchone()[0]

    def _look(self):
        """Log in and take; whether there are files that were not there before.

        :raises ProviderError: one of the four
        """
        connection = self.connection_id
        connection._check_admitted()
        states = self.env["finance.sync.connection.state"]
        self.write({"taken_count": 0, "looked_at": fields.Datetime.now()})
        try:
            with connection._calling_often(), connection._adapter() as side:
                fresh = self._take_all(side)
        except ProviderError as error:
            states._failed(connection, error)
            raise
        states._succeeded(connection)
        return fresh

    def _take_all(self, side):
        ends = time.monotonic() + SECONDS_BY_JOB
        cut_short, waiting = side.claimed(), side.waiting()
        quiet = self.connection_id.folder_quiet_seconds
        good, seen, fresh = ripe(waiting, self.seen or {}, int(time.time()), quiet)
        # What was claimed is older than what is not.
        due = [(entry, True) for entry in cut_short] + [
            (entry, False) for entry in good
        ]
        finished = tried = 0
        for entry, claimed in due[:FILES_BY_JOB]:
            if time.monotonic() > ends:
                break
            tried += 1
            finished += self._take(side, entry, claimed)
            seen.pop(entry.name, None)
        self.write(
            {
                "seen": seen,
                "left_count": len(cut_short) + len(waiting) - finished,
                "state": "behind" if finished and tried < len(due) else "idle",
            }
        )
        return fresh

    def _take(self, side, entry, claimed):
        """Claim a file, keep it, move it on. One that is kept is only moved on.

        :return: whether it is done with, here or by somebody else
        """
        if not claimed:
            entry = side.claim(entry)
            if entry is None:
                return True
        kind = self._kept_as(entry.name)
        if kind is None:
            try:
                data = side.fetch(entry.name, MAX_BYTES)
            except RejectedError:
                data = None
            except TransientError as error:
                if error.code != "still_written":
                    raise
                return False
            kind = self._keep(entry, data)
            self.taken_count += 1
            self.total_count += 1
        side.finish(entry.name, DONE if kind in (PDF, XML) else ERROR)
        return True

    def _kept_as(self, claim):
        """The kind of the file that was claimed as this; None if it is not here.

        This transaction may have begun before another one kept it.
        """
        with own_cursor(self.env) as cr:
            cr.execute(
                "SELECT mimetype FROM finance_sync_bill_file"
                " WHERE connection_id = %s AND folder_ref = %s",
                [self.connection_id.id, claim],
            )
            row = cr.fetchone()
        return row[0] if row else None

    def _keep(self, entry, data):
        """Committed before the file is moved on, whatever becomes of this transaction.

        Nothing that is translated in here, see BillFile._follow_up.
        """
        with self.env.registry.cursor() as cr:
            return self.with_env(self.env(cr=cr))._keep_now(entry, data)

    def _keep_now(self, entry, data):
        """:param data: None: it is too large, and only its name comes in"""
        content = f"{entry.size} bytes".encode() if data is None else data
        file = self.env["finance.sync.bill.file"]._take_in(
            self.company_id,
            shown(name_of(entry.name)),
            content,
            "folder",
            sender=self.connection_id._folder_shown(),
            connection=self.connection_id,
            claim=entry.name,
        )
        if data is None and file.state == "new":
            file._fail(
                _(
                    "Larger than %s MB, so it was not taken in. It lies in the folder "
                    "“error” at the server.",
                    MAX_BYTES // 1_000_000,
                )
            )
        return kind_of(content)

    # -- How it went

    def _on_error(self, error):
        """What was taken in stays. A short outage is the breaker's business."""
        vals = {"state": "failed", "error": error.message[:500]}
        if isinstance(error, TransientError):
            refused = error.code == "not_admitted"
            count = self.failure_count + (0 if refused else 1)
            self.write({**vals, "failure_count": count})
            if count >= self.connection_id.retry_max_attempts:
                self._note_failure(error.message)
            return
        if isinstance(error, ConfigurationError):
            self.write(vals)
            self.connection_id._misconfigured(error.message)
            return
        self._note_failure(error.message)

    def _note_success(self):
        self.write({"error": False, "failure_count": 0})
        self.env["finance.sync.hold"]._resolve_for(
            connection=self.connection_id,
            codes=("ap_folder",),
            why=_("The folder was read."),
        )
