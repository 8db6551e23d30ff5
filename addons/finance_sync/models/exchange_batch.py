import logging

from odoo import SUPERUSER_ID, _, api, models
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.exceptions import UserError
from psycopg2 import InterfaceError, OperationalError

from ..core.errors import ConfigurationError, ProviderError
from ..core.registry import Resolution
from .batch import Batch, Calls
from .exchange_enqueue import JOB_KEY
from .exchange_run import BUSY, TECHNICAL
from .own_cursor import own_cursor
from .vault import unseal

_logger = logging.getLogger(__name__)

DRAIN_KEY = JOB_KEY + "drain"
# States of a job that will run, or runs; one that has not begun will see all there is.
AWAITED = ("wait_dependencies", "pending", "enqueued")
LIVE = (*AWAITED, "started")
# Of a lane that is drained no more: so many get jobs of their own at a time.
AT_ONCE = 1000
_STARTED_HERE = "finance_sync_drains"


def drain_key(connection_id, operation, company_id):
    return f"{DRAIN_KEY}:{connection_id}:{operation}:{company_id}"


class Exchange(models.Model):
    """One job for many small exchanges, see “Batches” in docs/architecture.

    A *lane* is (connection id, operation, company id). At most one job waits for it;
    each takes up what no other job has, and starts the next when there is more.
    Whatever is not plain (retries, unknown outcomes) gets a job of its own.
    """

    _inherit = "finance.sync.exchange"

    # -- Starting

    def _lane(self):
        return self.connection_id.id, self.operation, self.company_id.id

    @api.model
    def _lane_size(self, lane):
        """How many exchanges of a lane one job takes; 0: each has its own."""
        connection_id, operation, _company_id = lane
        handler = self.env[f"finance.sync.handler.{operation}"]
        connections = self.env["finance.sync.connection"].sudo()  # as _worker
        connection = connections.browse(connection_id)
        if not handler._batch_size:
            return 0
        if handler._inbound:
            return handler._batch_size
        adapter = connection._adapter_class()
        # One crash would leave a whole batch for people to find out about.
        resolution = adapter.operations.get(operation, Resolution.MANUAL)
        return 0 if resolution is Resolution.MANUAL else handler._batch_size

    @api.model
    def _split_by_lane(self, rows):
        """(lanes that are drained, rows that need a job each)"""
        sizes, alone = {}, []
        for row in rows:
            lane = row["connection_id"], row["operation"], row["company_id"]
            if lane not in sizes:
                sizes[lane] = self._lane_size(lane)
            if not sizes[lane]:
                alone.append(row)
        return [lane for lane, size in sizes.items() if size], alone

    @api.model
    def _start_drains(self, lanes, seconds=None):
        """A job for each of these lanes, unless one waits already.

        That one may have begun before this transaction ends, and then sees nothing of
        it: hence another look afterwards.
        """
        awaited = self._awaited(lanes)
        missing = [lane for lane in lanes if lane not in awaited]
        self._store_jobs([self._prepare_drain(lane, seconds) for lane in missing])
        if awaited:
            self._look_again(awaited)

    def _awaited(self, lanes):
        """Of these lanes, those for which a job waits that has not begun."""
        by_key = {drain_key(*lane): lane for lane in lanes}
        jobs = self.env["queue.job"].sudo()  # readable by its own managers only
        found = jobs.search_fetch(
            [
                ("identity_key", "in", list(by_key)),
                ("state", "in", AWAITED),
            ],
            ["identity_key"],
        )
        return {by_key[job.identity_key] for job in found}

    def _look_again(self, lanes):
        """Once this is committed: start a job where the one that waited has begun."""
        postcommit = self.env.cr.postcommit
        if lanes <= postcommit.data.setdefault(_STARTED_HERE, set()):
            return
        postcommit.data[_STARTED_HERE] |= lanes
        registry = self.env.registry

        def look():
            try:
                with registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    exchanges = env["finance.sync.exchange"]
                    awaited = exchanges._awaited(lanes)
                    exchanges._start_drains([x for x in lanes if x not in awaited])
            except (*TECHNICAL, UserError):
                _logger.warning("The janitor has to start the jobs of %s", lanes)

        postcommit.add(look)

    def _prepare_drain(self, lane, seconds=None):
        connection, worker = self._worker(lane[0], lane[2])
        return self._new_job(
            worker._job_drain,
            connection,
            seconds,
            args=lane,
            description=_("%s, many at once", lane[1]),
            identity_key=drain_key(*lane),
        )

    # -- Running

    @api.model
    def _job_drain(self, connection_id, operation, company_id):
        """Run what waits in a lane, as ``_job_run`` does one; then start the next.

        Running again is safe, as it is there.
        """
        lane = connection_id, operation, company_id
        connections = self.env["finance.sync.connection"].sudo()  # see _obstacle
        connection = connections.browse(connection_id)
        taken = self.browse()
        try:
            with connection._calling_often():
                handler = self.env[f"finance.sync.handler.{operation}"]
                direction = "in" if handler._inbound else "out"
                obstacle = self._obstacle_of(connection, direction)
                if obstacle:
                    return obstacle
                batch = Batch(lane, connection, handler, self._lane_size(lane))
                taken = self._take_batch(batch)
                return taken._run_batch(batch)
        except TECHNICAL:
            raise
        except Exception:
            taken._run_alone_after_rollback()
            raise

    def _take_batch(self, batch):
        """Lock the next ones that may run and that nobody is at.

        They are chosen on an own cursor: a row that changed after this transaction's
        snapshot could not be locked in it, and would fail the whole batch.
        """
        self.flush_model()
        self.env["queue.job"].flush_model()
        size = batch.size or AT_ONCE
        with own_cursor(self.env) as cr:
            cr.execute(_NEXT, [*batch.lane, list(LIVE), JOB_KEY, size])
            chosen = [row[0] for row in cr.fetchall()]
        batch.more = len(chosen) == size
        return self.browse(chosen)._lock_idle()

    def _run_batch(self, batch):
        self._load()
        if not batch.size:
            batch.apart = dict.fromkeys(self, 0)
        elif batch.handler._inbound:
            self._read_messages(batch)
        else:
            self._obtain_answers(batch)
        self._apply_batch(batch)
        self._finish_all(batch.handler, batch.answers)
        for exchange, error in batch.errors.items():
            try:
                exchange._on_error(batch.handler, error)
            except RetryableJobError as later:
                batch.apart[exchange] = later.seconds
        self._go_on(batch)
        return _(
            "%(done)s done, %(failed)s failed, %(apart)s apart.",
            done=len(batch.answers),
            failed=len(batch.errors),
            apart=len(batch.apart),
        )

    def _read_messages(self, batch):
        for exchange in self:
            try:
                batch.answers[exchange] = exchange._payload()
            except ProviderError as error:
                batch.errors[exchange] = error

    def _obtain_answers(self, batch):
        """Stored answers, and those of new calls where nothing is in doubt."""
        histories = self.env["finance.sync.attempt"]._of_many(self.mapped("uuid"))
        numbers = {}
        for exchange in self:
            history = histories.get(exchange.uuid, [])
            try:
                if not exchange._is_known(history, batch):
                    numbers[exchange] = max((a["number"] for a in history), default=0)
            except ProviderError as error:
                batch.errors[exchange] = error
        if numbers:
            self._call_batch(numbers, batch)

    def _is_known(self, history, batch):
        """False if it has to be called for."""
        unsettled = [a for a in history if a["state"] in ("open", "unknown")]
        if unsettled:
            # Its own job waits for the lease, looks it up, or sends it again.
            batch.apart[self] = max(a["lease_left"] for a in unsettled) + 1
            return True
        stored = [a["answer_enc"] for a in history if self._is_answer(a)]
        if stored:
            batch.answers[self] = unseal(stored[-1])
        return bool(stored)

    def _call_batch(self, numbers, batch):
        """Calls: admitted, opened together, made one by one, and answers stored.

        :param numbers: exchange → number of its last attempt
        """
        states = self.env["finance.sync.connection.state"]
        prepared = self._prepare_calls(numbers, batch)
        if not prepared:
            return
        granted, batch.wait = states._admit_many(batch.connection, len(prepared))
        batch.more = batch.more or granted < len(prepared)
        admitted = dict(list(prepared.items())[:granted])
        begun = self._begin_calls(admitted, numbers, batch)
        with Calls(self.env, batch) as calls:
            for exchange, (adapter, request) in admitted.items():
                if exchange.uuid in begun:
                    calls.make(begun[exchange.uuid], exchange, adapter, request)
                else:
                    batch.apart[exchange] = BUSY

    def _begin_calls(self, exchanges, numbers, batch):
        """Exchange UUID → id of its open attempt"""
        return self.env["finance.sync.attempt"]._begin_many(
            [
                {
                    "exchange_uuid": exchange.uuid,
                    "number": numbers[exchange] + 1,
                    "connection_ref": batch.connection.id,
                    "company_ref": exchange.company_id.id or None,
                    "operation": exchange.operation,
                }
                for exchange in exchanges
            ],
            Calls.SECONDS + self._lease(batch.handler, batch.connection),
        )

    def _prepare_calls(self, exchanges, batch):
        """Exchange → (its adapter, its request)"""
        prepared = {}
        for exchange in exchanges:
            try:
                prepared[exchange] = exchange._prepare_call(batch.connection)
            except ConfigurationError as error:
                # The same for all of them.
                batch.errors[exchange] = error
                return {}
            except ProviderError as error:
                batch.errors[exchange] = error
        return prepared

    # -- The end of a batch

    def _apply_batch(self, batch):
        """Book the answers together; one by one if one of them cannot be booked."""
        if self._apply_together(batch):
            return
        for exchange, answer in list(batch.answers.items()):
            try:
                exchange._apply_answer(batch.handler, answer)
            except ProviderError as error:
                batch.errors[exchange] = error
            except (OperationalError, RetryableJobError):
                # Somebody else is at the document. The answer is stored.
                batch.apart[exchange] = BUSY
            else:
                continue
            del batch.answers[exchange]

    def _apply_together(self, batch):
        try:
            with self.env.cr.savepoint():
                for exchange, answer in batch.answers.items():
                    batch.handler._apply(exchange, answer)
        except InterfaceError:  # the database is away
            raise
        except Exception as error:  # noqa: BLE001 - found again, one by one
            _logger.info("One of %s is not booked: %s", len(self), type(error).__name__)
            return False
        return True

    def _go_on(self, batch):
        """Start the lane's next job, and those of exchanges that need their own."""
        self.flush_model()
        if batch.connection.state == "active" and (batch.more or batch.wait):
            self._start_drains([batch.lane], batch.wait)
        apart = self.browse().union(*batch.apart)._job_rows()
        by_id = {exchange.id: wait for exchange, wait in batch.apart.items()}
        self._store_jobs([self._prepare_job(row, by_id[row["id"]]) for row in apart])

    def _run_alone_after_rollback(self):
        """The batch fails for a reason of our own: alone, each fails for itself."""
        registry, ids = self.env.registry, self.ids

        def start():
            try:
                with registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    exchanges = env["finance.sync.exchange"].browse(ids)
                    exchanges._store_jobs(
                        [exchanges._prepare_job(row) for row in exchanges._job_rows()]
                    )
            except (*TECHNICAL, UserError):
                _logger.warning("The janitor has to start the jobs of %s", ids)

        if ids:
            self.env.cr.postrollback.add(start)


# Of a lane, what nobody is at, has no job of its own, and may run now.
_NEXT = """
    SELECT x.id FROM finance_sync_exchange x
    WHERE x.connection_id = %s AND x.operation = %s AND x.company_id = %s
        AND x.state = 'pending'
        AND NOT EXISTS (
            SELECT FROM queue_job j
            WHERE j.state = ANY(%s) AND j.identity_key = %s || x.uuid
        )
        AND NOT EXISTS (
            SELECT FROM finance_sync_exchange earlier
            WHERE earlier.document_uuid = x.document_uuid
                AND earlier.direction = 'out' AND x.direction = 'out'
                AND earlier.revision < x.revision
                AND earlier.state IN ('pending', 'held')
        )
    ORDER BY x.id LIMIT %s
    FOR NO KEY UPDATE OF x SKIP LOCKED
"""
