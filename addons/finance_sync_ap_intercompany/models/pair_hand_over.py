from functools import partial

from odoo import _, api, models
from odoo.addons.finance_sync.core import canonical
from odoo.addons.finance_sync.core.errors import ContractError, ProviderError
from odoo.addons.finance_sync.models.own_cursor import own_cursor
from odoo.exceptions import UserError

from ..core import agree

OPERATION = "ap.invoice"
SOLD = ("out_invoice", "out_refund")
# By one job; their bills have a job each.
BATCH = 50
_NEWEST = """
    SELECT DISTINCT ON (external_id) external_id, external_version, request_hash
    FROM finance_sync_exchange
    WHERE direction = 'in' AND connection_id = ANY(%s) AND operation = %s
        AND external_id = ANY(%s)
    ORDER BY external_id, lpad(external_version, 9, '0') DESC
"""


class Pair(models.Model):
    """From the seller's posted invoice to the buyer's message, once each version."""

    _inherit = "finance.sync.ap.pair"

    @api.model
    def _of_posted(self, moves):
        """Remember invoices to our own companies with their posting, and start a job.

        Whatever posts them: a person, the wizard for many, a job, a call from outside.
        """
        sold = moves.filtered(lambda move: move.move_type in SOLD)
        if not sold:
            return self.browse()
        pairs = self.sudo()  # whoever posts sees neither pairs nor the other company
        known = pairs.search([("move_id", "in", sold.ids)])
        known |= pairs.create(pairs._prepare_new(sold - known.move_id))
        known._start()
        return known

    @api.model
    def _prepare_new(self, moves):
        partners = moves.commercial_partner_id
        companies = self.env["res.company"].search([("partner_id", "in", partners.ids)])
        buyers = {company.partner_id: company for company in companies}
        if not buyers:
            return []
        connections = self.env["finance.sync.connection"]._between_companies()
        found = []
        for move in moves:
            buyer = buyers.get(move.commercial_partner_id)
            if not buyer or buyer == move.company_id:
                continue
            serving = connections.filtered(
                lambda one, seller=move.company_id, buyer=buyer: (
                    one._serves(seller) and one._serves(buyer)
                )
            )[:1]
            if serving:
                found.append(
                    {
                        "move_id": move.id,
                        "company_id": move.company_id.id,
                        "buyer_id": buyer.id,
                        "connection_id": serving.id,
                    }
                )
        return found

    def _start(self):
        """Jobs that hand these over, in the transaction that made them due."""
        pairs = self.sudo().sorted("id")  # see _of_posted
        for connection in pairs.connection_id:
            for company in pairs.company_id:
                mine = pairs.filtered(
                    lambda pair, o=connection, c=company: (
                        pair.connection_id == o and pair.company_id == c
                    )
                )
                if not mine:
                    continue
                try:
                    user = connection._execution_user(company)
                except ProviderError as error:
                    mine._hold_out(error.message)
                    continue
                for start in range(0, len(mine), BATCH):
                    mine[start : start + BATCH]._delay(user, connection)

    def _delay(self, user, connection):
        worker = self.with_env(self.env(user=user.id, su=False)).with_context(
            allowed_company_ids=self.company_id.ids
        )
        worker.with_delay(
            channel=f"root.finance_sync.{connection.lane}",
            description=f"Hand over {len(self)} intercompany invoices",
        )._job_hand_over()

    def _job_hand_over(self):
        """Hand over what the buyer does not have yet. Running again is safe.

        What was handed over is read from the messages themselves, which stay whatever
        becomes of this transaction.
        """
        pairs = self.sudo()  # the engine's own bookkeeping, for both companies
        self.env.cr.execute(
            "SELECT id FROM finance_sync_ap_pair WHERE id = ANY(%s)"
            " ORDER BY id FOR UPDATE",
            [pairs.ids],
        )
        pairs = pairs.browse([row[0] for row in self.env.cr.fetchall()])
        pairs.invalidate_recordset()
        newest, told = pairs._newest(), []
        for pair in pairs:
            try:
                version = pair._hand_over(newest.get(pair._external_id()))
            except ProviderError as error:
                pair._hold_out(error.message)
                continue
            if pair.version != version:
                pair.version = version
                told.append(pair._handed_over_item())
            pair._close_out()
        self.env["finance.sync.event"]._record_many(told)
        pairs._check()

    def _newest(self):
        """{external id: (version, hash)} of the newest messages, by one query."""
        self.env["finance.sync.exchange"].flush_model()
        # This transaction does not see what came in since it began.
        with own_cursor(self.env) as cr:
            cr.execute(
                _NEWEST,
                [
                    self.connection_id.ids,
                    OPERATION,
                    [pair._external_id() for pair in self],
                ],
            )
            return {row[0]: (int(row[1]), row[2]) for row in cr.fetchall()}

    def _hand_over(self, newest):
        """Give the buyer what is on the invoice by now; the same again is no version.

        :param newest: (version, hash) of what the buyer was given last, or None
        :return: the version that the buyer has
        :raises ContractError: the invoice cannot be put into the contract's terms
        """
        version, digest = newest or (0, "")
        payload = self._payload_now(version)
        if payload is None or canonical.digest(payload) == digest:
            return version
        self._insert(payload, version + 1)
        return version + 1

    def _payload_now(self, version):
        """What the buyer is to be told; None: nothing, as while it is a draft."""
        about = {"pair": self.finance_sync_uuid}
        if self.move_id.state == agree.POSTED:
            return {**about, "bill": self._bill()}
        if self.move_id.state == agree.CANCELLED and version:
            return {**about, "void": True, "reason": _("The seller cancelled it.")}
        return None

    def _insert(self, payload, version):
        """A message of the connection, kept at once whatever becomes of this run."""
        connection = self.connection_id
        try:
            connection._check_payload(payload)
        except UserError as error:
            raise ContractError(str(error), code="too_large") from error
        found = connection._insert_inbound(
            OPERATION, self._external_id(), str(version), payload
        )
        # Started now, it would wait for this transaction's pairs and then fail on them.
        self.env.cr.postcommit.add(partial(connection._start_handed_over, found))

    def _hold_out(self, reason):
        for pair in self:
            self.env["finance.sync.hold"]._raise(
                "ap_pair_out",
                document=pair,
                connection=pair.connection_id,
                company=pair.company_id,
                summary=_(
                    "%(invoice)s did not get to %(buyer)s: %(reason)s",
                    invoice=pair.number,
                    buyer=pair.buyer_id.name,
                    reason=reason,
                ),
                amount=abs(pair.move_id.amount_total_signed),
                period=pair.date,
            )

    def _close_out(self):
        self.env["finance.sync.hold"]._resolve_for(
            document=self, codes=["ap_pair_out"], why=_("It was handed over.")
        )
