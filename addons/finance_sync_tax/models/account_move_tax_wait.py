from odoo import _, api, fields, models
from odoo.addons.finance_sync.core.canonical import digest
from odoo.addons.finance_sync.core.errors import ConfigurationError
from odoo.addons.finance_sync.models.internal import Internal
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.exceptions import UserError

# What an invoice is, beside what its tax follows from: none of it may change while it
# waits to be posted by itself.
_FROZEN = (
    "partner_id",
    "partner_shipping_id",
    "partner_bank_id",
    "invoice_date",
    "date",
    "journal_id",
    "currency_id",
    "company_id",
    "fiscal_position_id",
    "invoice_payment_term_id",
    "invoice_date_due",
    "ref",
    "narration",
)
_FROZEN_LINE = (
    "sequence",
    "display_type",
    "product_id",
    "name",
    "account_id",
    "quantity",
    "price_unit",
    "discount",
    "analytic_distribution",
)


class AccountMove(models.Model):
    """Waiting for an engine that is away: frozen, and posted by a job."""

    _inherit = "account.move"

    def _finance_sync_wait(self, quotes):
        """Let drafts whose engine is away wait. Returns them."""
        moves = self.browse()
        for quote in quotes:
            move = quote.move
            moves |= move
            waits_already = move.finance_sync_tax_state == "waiting"
            if not waits_already:
                move._finance_sync_resolve(_("It waits for its tax."))
            move._finance_sync_hold("tax_outage_waiting", quote.message)
            if waits_already:
                continue
            move._finance_sync_set(
                {
                    "finance_sync_tax_state": "waiting",
                    "finance_sync_tax_hash": move._finance_sync_content_hash(),
                }
            )
            move._message_log(
                body=_(
                    "Waits for its tax. It is posted on %(date)s as soon as the tax "
                    "engine answers; a change ends the waiting."
                )
                % {"date": fields.Date.to_string(move.invoice_date)}
            )
            move._finance_sync_delay_posting(quote.retry_after)
        return moves

    def _finance_sync_content_hash(self):
        """A digest of everything that a person confirmed."""
        self.ensure_one()
        values = [_plain(self, name) for name in _FROZEN]
        values += [
            [line.id, *(_plain(line, name) for name in _FROZEN_LINE)]
            for line in self.invoice_line_ids.sorted("id")
        ]
        return digest(values)

    def _finance_sync_delay_posting(self, seconds=None):
        """A job that posts, as the company's execution user, alone in its company."""
        # Whoever confirms may see nothing of the connection.
        connection = self.finance_sync_tax_connection_id.sudo()
        try:
            user = connection._execution_user(self.company_id)
        except ConfigurationError as error:
            raise UserError(
                _(
                    "%(connection)s: %(message)s",
                    connection=connection.name,
                    message=error.message,
                )
            ) from error
        return (
            self.with_user(user)
            .with_company(self.company_id)
            .with_context(allowed_company_ids=self.company_id.ids)
            .with_delay(
                channel=f"root.finance_sync.{connection.lane}",
                max_retries=0,
                eta=int(seconds or connection.breaker_cool_down),
                description=f"Post {self.display_name}, which waits for its tax",
                identity_key=f"finance_sync_tax:post:{self.finance_sync_uuid}",
            )
            ._job_finance_sync_post()
        )

    def _job_finance_sync_post(self):
        """Post a waiting draft on its frozen date. Running again is safe."""
        self.ensure_one()
        if not self.exists() or self.state != "draft":
            return "Nothing to do: it is no draft any more."
        if self.finance_sync_tax_state != "waiting":
            return "Nothing to do: it does not wait any more."
        if self._finance_sync_content_hash() != self.finance_sync_tax_hash:
            self._finance_sync_tax_unwait(_("The invoice was changed."))
            return "It was changed while it waited."
        connection = self.finance_sync_tax_connection_id.sudo()  # its state only
        if not connection or connection.state != "active":
            raise self._finance_sync_later(connection, None)
        if self._get_violated_lock_dates(self.date, True):
            return self._finance_sync_closed()
        quotes = self._finance_sync_determine(again=True)
        if any(quote.may_wait for quote in quotes):
            raise self._finance_sync_later(connection, quotes[0].retry_after)
        failed = [quote for quote in quotes if quote.error]
        if failed:
            self._finance_sync_refuse(failed)
            return failed[0].message
        ready = self.with_context(finance_sync_ready=Internal(self._ids))
        if not ready._finance_sync_post_each(soft=False):
            self._finance_sync_tax_unwait(_("It could not be posted."))
            return "It could not be posted; see its log."
        return "Posted."

    def _finance_sync_later(self, connection, seconds):
        wait = max(1, round(seconds or connection.breaker_cool_down or 60))
        return RetryableJobError(
            f"{self.display_name} waits for its tax", seconds=wait, ignore_retry=True
        )

    def _finance_sync_closed(self):
        """The period was closed meanwhile: the date it was confirmed for is gone."""
        reason = _(
            "The period of %(date)s was closed while the invoice waited. Give it "
            "another date and confirm it again."
        ) % {"date": fields.Date.to_string(self.date)}
        self._finance_sync_tax_unwait(reason)
        self._finance_sync_hold("tax_setup", reason)
        return reason

    def _finance_sync_tax_unwait(self, reason):
        """End the waiting: confirm again."""
        for move in self:
            move._message_log(
                body=_("Does not wait for its tax any more: %s Confirm it again.")
                % reason
            )
        vals = {"finance_sync_tax_state": "stale", "finance_sync_tax_hash": False}
        self._finance_sync_set(vals)
        self.env["finance.sync.hold"]._resolve_for(
            document=self, codes=("tax_outage_waiting",), why=reason, state="cancelled"
        )

    def _finance_sync_thawed(self):
        """Of these waiting drafts, the ones that are not what was confirmed."""
        return self.filtered(
            lambda move: (
                move.finance_sync_tax_state == "waiting"
                and move._finance_sync_content_hash() != move.finance_sync_tax_hash
            )
        )

    @api.model
    def _cron_finance_sync_tax_waiting(self):
        """Whatever waits has a job; one that was lost is made again."""
        waiting = self.search(
            [("finance_sync_tax_state", "=", "waiting"), ("state", "=", "draft")],
            limit=1000,
        )
        for move in waiting:
            move._finance_sync_delay_posting()

    # -- Nothing is sent before its tax is known

    def _finance_sync_check_sendable(self):
        waiting = self.filtered(lambda m: m.finance_sync_tax_state == "waiting")
        if waiting:
            raise UserError(
                _(
                    "%s waits for its tax. It can be sent once it has been posted, "
                    "which happens by itself when the tax engine answers."
                )
                % waiting[0]._finance_sync_name()
            )

    def action_invoice_sent(self):
        self._finance_sync_check_sendable()
        return super().action_invoice_sent()

    def action_send_and_print(self):
        self._finance_sync_check_sendable()
        return super().action_send_and_print()

    def preview_invoice(self):
        self._finance_sync_check_sendable()
        return super().preview_invoice()


def _plain(record, name):
    value = record[name]
    return value.ids if isinstance(value, models.BaseModel) else value
