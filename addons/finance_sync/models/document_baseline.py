from odoo import _, api, models
from odoo.tools import format_date


class DocumentMixin(models.AbstractModel):
    """Documents from before a cut-over belong to the former process."""

    _inherit = "finance.sync.document.mixin"

    def _finance_sync_day(self):
        """The day that decides whether this is from before a cut-over, if known."""
        return False

    def _finance_sync_concerned(self):
        """Connections that work for this document, or would if it were newer."""
        return self.env["finance.sync.connection"]

    def _finance_sync_banner_parts(self):
        """Where nothing waits, say why nothing is done about an old document."""
        parts = super()._finance_sync_banner_parts()
        if parts or not self.id:
            return parts
        day = self._finance_sync_day()
        for connection in self._finance_sync_concerned().sudo():  # name and date only
            if connection._is_before_baseline(day):
                text = _(
                    "From before the cut-over of “%(name)s” on %(date)s: it is not "
                    "sent, and nothing is missing.",
                    name=connection.name,
                    date=format_date(self.env, connection.baseline_date),
                )
                return [("info", text)]
        return parts


class AccountMove(models.Model):
    _inherit = "account.move"

    def _finance_sync_day(self):
        return self.invoice_date or self.date


class Exchange(models.Model):
    _inherit = "finance.sync.exchange"

    @api.model
    def _enqueue_many(self, items):
        """Nothing is sent about documents from before a connection's cut-over.

        Unless the other system knows the document already: what was recorded there
        must be possible to void, whatever its date has become.
        """
        old = [item for item in items if self._is_from_before(item)]
        if not old:
            return super()._enqueue_many(items)
        known = self._known_there(old)
        return super()._enqueue_many(
            [
                item
                for item in items
                if not self._is_from_before(item) or _subject(item) in known
            ]
        )

    def _is_from_before(self, item):
        connection = item["connection"].sudo()  # its date only
        if not connection.baseline_date:
            return False
        return connection._is_before_baseline(item["document"]._finance_sync_day())

    def _known_there(self, items):
        """{(connection id, document UUID)} of which there are exchanges."""
        groups = self.sudo()._read_group(  # of any company
            [
                ("direction", "=", "out"),
                ("connection_id", "in", [i["connection"].id for i in items]),
                (
                    "document_uuid",
                    "in",
                    [i["document"].finance_sync_uuid for i in items],
                ),
                ("state", "!=", "cancelled"),
            ],
            ["connection_id", "document_uuid"],
        )
        return {(connection.id, uuid) for connection, uuid in groups}


def _subject(item):
    return item["connection"].id, item["document"].finance_sync_uuid
