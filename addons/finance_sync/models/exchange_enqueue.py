from datetime import timedelta

from odoo import _, api, fields, models
from odoo.addons.queue_job import delay as queue_delay
from odoo.addons.queue_job.utils import must_run_without_delay
from odoo.exceptions import UserError

from ..core import states
from ..core.canonical import digest
from ..core.errors import ConfigurationError
from ..core.idempotency import idempotency_key
from .vault import seal

JOB_KEY = "finance_sync:"


class Exchange(models.Model):
    _inherit = "finance.sync.exchange"

    @api.model
    def _enqueue(
        self, document, operation, connection, request, *, parent=None, amount=None
    ):
        """One outbound message about ``document``, in the caller's transaction.

        :param document: a record of a model with ``finance.sync.document.mixin``
        :param request: JSON dict that the handler's ``_adapter_call`` gets
        :param amount: in company currency; what a hold would be sorted by
        """
        return self._enqueue_many(
            [
                {
                    "document": document,
                    "operation": operation,
                    "connection": connection,
                    "request": request,
                    "parent": parent,
                    "amount": amount,
                }
            ]
        )

    @api.model
    def _enqueue_many(self, items):
        """Like ``_enqueue``, for many dicts of its arguments at the price of one."""
        if not items:
            return self.browse()
        documents = self._documents(items)
        open_by_uuid, last = self._revisions(documents)
        names = self._next_names(len(items))
        vals_list = []
        for item, name in zip(items, names, strict=True):
            uuid = item["document"].finance_sync_uuid
            last[uuid] = last.get(uuid, 0) + 1
            vals_list.append(self._prepare_vals(item, name, last[uuid]))
        # Nobody creates exchanges by hand; whoever may change the document causes them.
        exchanges = self.sudo().create(vals_list).sudo(self.env.su)
        exchanges._supersede_earlier(open_by_uuid)
        exchanges._delay()
        documents._finance_sync_forget()
        return exchanges

    def _documents(self, items):
        """The documents, with a UUID each, locked against a second enqueuing.

        Two transactions must not give the same revision to two messages. Both update
        the documents' rows, so the later one fails to serialise, and Odoo repeats it.
        """
        documents = items[0]["document"].browse()
        for item in items:
            documents |= item["document"]
        if "finance_sync_uuid" not in documents._fields:
            raise TypeError(f"{documents._name} is not a document of finance_sync")
        documents._finance_sync_ensure_uuid()
        documents.flush_recordset()
        self.env.cr.execute(
            f'UPDATE "{documents._table}" SET finance_sync_uuid = finance_sync_uuid'  # noqa: S608
            " WHERE id = ANY(%s)",
            [documents.ids],
        )
        return documents

    def _revisions(self, documents):
        """({document UUID: its open exchanges}, {document UUID: last revision})"""
        # Of any company and user: the order of a document is one.
        all_exchanges = self.sudo()
        domain = [
            ("direction", "=", "out"),
            ("document_uuid", "in", documents.mapped("finance_sync_uuid")),
        ]
        last = dict(
            all_exchanges._read_group(domain, ["document_uuid"], ["revision:max"])
        )
        open_by_uuid = {}
        if last:
            for exchange in all_exchanges.search([*domain, ("state", "=", "pending")]):
                open_by_uuid.setdefault(exchange.document_uuid, []).append(exchange)
        return open_by_uuid, last

    def _prepare_vals(self, item, name, revision):
        document, connection = item["document"], item["connection"]
        company = document.company_id or self.env.company
        parent, request = item.get("parent"), item["request"]
        try:
            payload = seal(request)
        except ConfigurationError as error:
            raise UserError(error.message) from error
        return {
            "name": name,
            "direction": "out",
            "operation": item["operation"],
            "connection_id": connection.id,
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            "amount": item.get("amount") or 0.0,
            "res_model": document._name,
            "res_id": document.id,
            "document_uuid": document.finance_sync_uuid,
            "document_ref": document.display_name,
            "revision": revision,
            "correlation_id": document.finance_sync_correlation_id,
            "parent_id": parent.id if parent else False,
            "idempotency_key": idempotency_key(
                item["operation"], document.finance_sync_uuid, revision
            ),
            "request_hash": digest(request),
            "payload_enc": payload,
            "initiator_id": self.env.uid,
        }

    @api.model
    def _next_names(self, count):
        """``count`` new display numbers, by one query."""
        sequence = self.env.ref(
            "finance_sync.sequence_exchange"
        ).sudo()  # as next_by_id
        self.env.cr.execute(
            "SELECT nextval(%s) FROM generate_series(1, %s)",
            [f"ir_sequence_{sequence.id:03d}", count],
        )
        return [sequence.get_next_char(number) for (number,) in self.env.cr.fetchall()]

    def _supersede_earlier(self, open_by_uuid):
        """Drop earlier messages that were never sent and that these make pointless."""
        candidates = self.browse()
        for exchange in self:
            replaceable = exchange._handler()._supersedes(exchange.operation)
            for earlier in open_by_uuid.get(exchange.document_uuid, ()):
                if earlier.operation in replaceable:
                    candidates |= earlier
        if not candidates:
            return
        idle = candidates._lock_idle()
        attempted = self.env["finance.sync.attempt"]._attempted(idle.mapped("uuid"))
        for exchange in self:
            waiting = [
                states.Waiting(e.revision, e.operation, e.uuid in attempted)
                for e in idle
                if e.document_uuid == exchange.document_uuid
            ]
            gone = states.supersedes(
                exchange.revision,
                waiting,
                exchange._handler()._supersedes(exchange.operation),
            )
            # The engine's own bookkeeping, see _enqueue_many.
            idle.sudo().filtered(
                lambda e, x=exchange, g=gone: (
                    e.document_uuid == x.document_uuid and e.revision in g
                )
            ).write({"state": "superseded", "done_at": fields.Datetime.now()})

    def _lock_idle(self):
        """Of these, the ones that no job is working on; locked till the end.

        A job locks its exchange before it calls, so what is locked may be on its way.
        """
        self.env.cr.execute(
            "SELECT id FROM finance_sync_exchange WHERE id = ANY(%s)"
            " AND state IN ('pending', 'held') ORDER BY id"
            " FOR NO KEY UPDATE SKIP LOCKED",
            [self.ids],
        )
        return self.browse([row[0] for row in self.env.cr.fetchall()])

    def _handler(self):
        self.ensure_one()
        return self.env[f"finance.sync.handler.{self.operation}"]

    def _delay(self):
        """A job for these, at once, as the company's execution user."""
        waiting = self._pull_forward()
        self._start_jobs((self - waiting)._job_rows())

    def _job_rows(self):
        """What starting jobs needs to know of exchanges."""
        return [
            {
                "id": exchange.id,
                "uuid": exchange.uuid,
                "name": exchange.name,
                "operation": exchange.operation,
                "document_ref": exchange.document_ref,
                "company_id": exchange.company_id.id,
                "connection_id": exchange.connection_id.id,
            }
            for exchange in self.sudo()  # of any company
        ]

    def _start_jobs(self, rows):
        """``rows``: of exchanges that this transaction may not see yet."""
        lanes, alone = self._split_by_lane(rows)
        self._store_jobs([self._prepare_job(row) for row in alone])
        self._start_drains(lanes)

    def _store_jobs(self, jobs):
        if not isinstance(queue_delay.Job, type):
            # Trapped by queue_job's own test helper.
            for job in jobs:
                job.store()
        elif must_run_without_delay(self.env):
            for job in jobs:
                job.perform()
        elif jobs:
            # As Job.store() does, but by one INSERT for all of them.
            queue = self.env["queue.job"].sudo()
            # With a company, which defaults would ask the user for; without tracking,
            # which has nothing to say of what is new.
            queue.with_context(
                _job_edit_sentinel=queue.EDIT_SENTINEL,
                allowed_company_ids=[jobs[0].company_id],
                tracking_disable=True,
            ).create([job._store_values(create=True) for job in jobs])

    def _prepare_job(self, row, seconds=None):
        """The job of one exchange, not before so many seconds have passed."""
        connection, worker = self._worker(row["connection_id"], row["company_id"])
        return self._new_job(
            worker.browse(row["id"])._job_run,
            connection,
            seconds,
            description=f"{row['operation']} {row['document_ref'] or row['name']}",
            identity_key=JOB_KEY + row["uuid"],
        )

    def _worker(self, connection_id, company_id):
        """(the connection, this model as its execution user for the company)"""
        # Whoever causes a message may see nothing of its connection.
        connections = self.env["finance.sync.connection"].sudo()
        connection = connections.browse(connection_id)
        company = self.env["res.company"].browse(company_id)
        try:
            user = connection._execution_user(company)
        except ConfigurationError as error:
            raise UserError(
                _("“%(name)s”: %(why)s", name=connection.name, why=error.message)
            ) from error
        worker = self.browse().with_user(user)
        return connection, worker.with_context(allowed_company_ids=company.ids)

    def _new_job(self, method, connection, seconds, **values):
        return queue_delay.Job(
            method,
            channel=connection._job_channel(),
            # Our policy decides; queue_job's own limit would fail silently.
            max_retries=0,
            eta=None if seconds is None else timedelta(seconds=seconds),
            **values,
        )

    def _pull_forward(self):
        """Those of these that have a job waiting; it runs at once."""
        by_key = {JOB_KEY + exchange.uuid: exchange.id for exchange in self}
        # queue.job is readable by its own managers only.
        jobs = (
            self.env["queue.job"]
            .sudo()
            .search(
                [
                    ("identity_key", "in", list(by_key)),
                    ("state", "in", ("pending", "wait_dependencies", "enqueued")),
                ]
            )
        )
        late = jobs.filtered("eta")
        if late:
            late.write({"eta": False})
        return self.browse([by_key[job.identity_key] for job in jobs])
