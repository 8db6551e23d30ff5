import datetime

from odoo import fields, models
from odoo.addons.finance_sync.core.errors import (
    ConfigurationError,
    ContractError,
    ProviderError,
    TransientError,
)
from odoo.addons.finance_sync.models.own_cursor import own_cursor

from ..core.platform import BILL, Change
from ..core.polling import Known, Verdict, decide, handed_over, is_void_of_nothing
from .poll import JOB_KEY

OPERATION = "ap.invoice"
# By one job; then the next one goes on, and others get their turn.
PAGES_BY_JOB = 5
MOST_PAGES = 2000
_NEWEST = """
    SELECT DISTINCT ON (external_id) external_id, external_version, request_hash
    FROM finance_sync_exchange
    WHERE direction = 'in' AND connection_id = %s AND operation = %s
        AND external_id = ANY(%s) AND external_version ~ '^[0-9]{1,9}$'
    ORDER BY external_id, lpad(external_version, 9, '0') DESC
"""


class ApPoll(models.Model):
    _inherit = "finance.sync.ap.poll"

    def _job_poll(self):
        """Read on from where the last reading was complete. Running again is safe.

        Every bill or record is handed to ``receive``'s own insert with its version, on
        a cursor of its own, before the page behind it is asked for.
        """
        self.ensure_one()
        poll = self.sudo()  # the engine's own bookkeeping, and secrets of connections
        if not poll._may_read():
            return poll.state
        try:
            with poll.connection_id._calling_often():
                poll._read_on()
        except ProviderError as error:
            poll._on_error(error)
        else:
            if poll.page:
                poll._start()
            else:
                poll._note_success()
        return poll.state

    def _may_read(self):
        live, _why = self.connection_id._is_live()
        if not live:
            return False
        waiting = self.env["finance.sync.exchange"].search_count(
            [
                ("connection_id", "=", self.connection_id.id),
                ("direction", "=", "in"),
                ("state", "=", "pending"),
            ],
            limit=self.connection_id.ap_most_waiting + 1,
        )
        if waiting > self.connection_id.ap_most_waiting:
            # They are booked first: the platform keeps the rest.
            self.state = "waiting"
            return False
        return True

    def _read_on(self):
        if not self.page:
            self.write(
                {
                    "started_at": fields.Datetime.now(),
                    "newest": False,
                    "page_count": 0,
                    "seen_count": 0,
                    "new_count": 0,
                }
            )
        self.write({"state": "reading", "error": False})
        for _number in range(PAGES_BY_JOB):
            if self._read_page():
                self._complete()
                return

    def _read_page(self):
        """Take a page in; whether it was the last one."""
        since, page = self._since(), self.page or ""
        found = self.connection_id._ask_platform(
            lambda adapter: self._list_by(adapter, since, page)
        )
        if (found.next and found.next == page) or self.page_count >= MOST_PAGES:
            raise ContractError("The platform's list does not end.", code="endless")
        new = self._hand_over(found.items)
        newest = [moment for moment in (self.newest, _naive(found.newest)) if moment]
        self.write(
            {
                "page": found.next or False,
                "page_count": self.page_count + 1,
                "seen_count": self.seen_count + len(found.items),
                "new_count": self.new_count + new,
                "newest": max(newest, default=False),
            }
        )
        return not found.next

    def _list_by(self, adapter, since, page):
        if self.kind == BILL:
            return adapter.list_changed(since, page)
        return adapter.list_records(self.kind, since, page)

    def _fetch_by(self, adapter, external_id):
        if self.kind == BILL:
            return adapter.fetch(external_id)
        return adapter.fetch_record(self.kind, external_id)

    def _since(self):
        if not self.watermark:
            return None
        overlap = datetime.timedelta(minutes=self.connection_id.ap_overlap_minutes)
        return (self.watermark - overlap).replace(tzinfo=datetime.timezone.utc)

    def _complete(self):
        """All pages are read, and all is kept: only now the watermark moves."""
        moments = [moment for moment in (self.watermark, self.newest) if moment]
        self.write(
            {
                "state": "idle",
                "watermark": max(moments, default=False),
                "page": False,
                "newest": False,
                "completed_at": fields.Datetime.now(),
            }
        )

    def _on_error(self, error):
        """What was read stays read. The next run goes on, or starts anew."""
        if isinstance(error, TransientError):
            # An outage is the breaker's business; polling goes on by schedule.
            self.write({"state": "failed", "error": error.message[:500]})
            return
        # A page that the platform does not know any more is asked for no more.
        self.write({"page": False, "newest": False})
        self._note_failure(error.message)
        if isinstance(error, ConfigurationError):
            self.connection_id._misconfigured(error.message)

    # -- One alone

    def _start_one(self, external_id):
        """Read one that a comparison has missed."""
        user = self.connection_id._execution_user(self.company_id)
        worker = self.with_user(user).with_context(
            allowed_company_ids=self.company_id.ids
        )
        worker.with_delay(
            channel=f"root.finance_sync.{self.connection_id.lane}",
            identity_key=f"{JOB_KEY}:{self.id}:{external_id}",
            max_retries=0,
            description=f"Read {self.kind} {external_id}",
        )._job_read_one(external_id)

    def _job_read_one(self, external_id):
        self.ensure_one()
        poll = self.sudo()  # see _job_poll
        try:
            found = poll.connection_id._ask_platform(
                lambda adapter: poll._fetch_by(adapter, external_id)
            )
        except ProviderError as error:
            poll._note_failure(error.message)
            return False
        return poll._hand_over([found]) if found else 0

    # -- What was read

    def _hand_over(self, changes):
        """Keep what is new; the number of those. Acknowledge again what is known."""
        adapter = self.connection_id._adapter_class()
        staged = adapter.staged and self.kind == BILL
        known, taken, again = self._known(changes), 0, []
        for change in changes:
            before = known.get(change.external_id)
            if self.kind != BILL and is_void_of_nothing(change, before):
                continue
            verdict, version = decide(
                change, before, exact=adapter.exact_versions, staged=staged
            )
            if verdict is Verdict.NEW:
                taken += self._take(change, version, staged)
            elif verdict is Verdict.UNCHANGED and change.offered:
                again.append(change)
        self._acknowledge_again(again)
        return taken

    def _take(self, change, version, staged):
        """Keep one; 1, or 0 where it is there no more."""
        if change.message is None:
            change = self._fetch(change)
            if change is None:
                return 0
            version = max(version, change.version)
        self.connection_id._take_in(
            f"ap.{self.kind}",
            change.external_id,
            str(version),
            handed_over(change, staged),
        )
        return 1

    def _fetch(self, change):
        try:
            return self.connection_id._ask_platform(
                lambda adapter: self._fetch_by(adapter, change.external_id)
            )
        except ContractError as error:
            if error.code != "bad_platform_answer":
                raise
            # One that cannot be read is held; the others go on.
            company = self.connection_id._platform_code(self.company_id)
            problem = {"company": company, "problem": error.message}
            return Change(change.external_id, change.version, message=problem)

    def _known(self, changes):
        """{id: the newest message that we have}, by one query."""
        ids = [change.external_id for change in changes]
        if not ids:
            return {}
        self.env["finance.sync.exchange"].flush_model()
        # This transaction does not see what came in since it began.
        with own_cursor(self.env) as cr:
            cr.execute(_NEWEST, [self.connection_id.id, f"ap.{self.kind}", ids])
            rows = cr.fetchall()
        return {
            external_id: Known(int(version), request_hash)
            for external_id, version, request_hash in rows
        }

    def _acknowledge_again(self, changes):
        """The platform still offers what we have: it has not heard, or asks anew."""
        if not changes:
            return
        bills = self.env["finance.sync.bill"].search(
            [
                ("connection_id", "=", self.connection_id.id),
                ("company_id", "=", self.company_id.id),
                ("external_id", "in", [change.external_id for change in changes]),
            ]
        )
        by_id = {bill.external_id: bill for bill in bills}
        for change in changes:
            bill = by_id.get(change.external_id)
            if bill:
                bill._offered(change.stage, change.version)


def _naive(moment):
    """As Odoo keeps times: UTC without a zone."""
    if moment is None:
        return False
    return moment.astimezone(datetime.timezone.utc).replace(tzinfo=None)
