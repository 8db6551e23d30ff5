from odoo import models


class Handler(models.AbstractModel):
    """What one operation does. Inherit it as ``finance.sync.handler.<operation>``.

    The network methods get no records and must write none: they run between two
    transactions of their own. ``_apply`` gets no network.
    """

    _name = "finance.sync.handler"
    _description = "Finance Sync Handler"

    # An external system may deliver this operation by ``receive``.
    _inbound = False
    # AllowList of what screens may show of an inbound payload.
    _allowed = None
    # Exchanges that one job takes at a time; 0: each has a job of its own. For many
    # small ones: they are booked in one transaction. Operations whose unknown outcomes
    # only a person can resolve always have a job each.
    _batch_size = 0
    # Requests that one call makes at most: its lease lasts as long.
    _requests_per_call = 4

    def _operation_label(self):
        """What this operation does, in the reader's words; its name by default."""
        name = self._name.removeprefix("finance.sync.handler.")
        return name.replace(".", " ").replace("_", " ").capitalize()

    def _prepare_request(self, exchange, request):
        """What is sent: the request as enqueued, in the other side's codes.

        Translate with ``exchange._map`` here; what is not mapped holds the message.
        """
        return request

    def _adapter_call(self, adapter, key, request):
        """Do it at the provider. Network only.

        :param key: idempotency key, the same on every attempt
        :param request: as ``_prepare_request`` makes it
        :return: the answer, a JSON dict
        :raises ProviderError: one of the four
        """
        raise NotImplementedError

    def _adapter_lookup(self, adapter, key, request):
        """What the provider knows under ``key``: the answer, or None. Network only.

        Needed where the adapter declares ``Resolution.LOOKUP``.
        """
        raise NotImplementedError

    def _apply(self, exchange, answer):
        """Book the answer (inbound: the message) as the execution user.

        Has to be idempotent: it runs again if its transaction fails, or when a person
        replays it. May raise UserError or a ProviderError, which become a hold.
        """

    def _supersedes(self, operation):
        """Operations whose effect this one replaces if they were never sent."""
        return ()

    def _external_ref(self, answer):
        return answer.get("external_ref") or answer.get("external_code")

    def _hold_code(self, error):
        """The hold type for a ProviderError; addons name their own."""
        return {
            "rejected": "rejected",
            "contract": "contract",
            "configuration": "configuration",
        }.get(error.kind, "retries_spent")

    def _hold_amount(self, exchange, error):
        """What a hold about ``error`` is worth, in company currency."""
        return exchange.amount

    def _on_held(self, exchange, hold):
        """The exchange waits for a person from now on."""

    def _on_cancelled(self, exchange):
        """A person gave the exchange up, or overrode its hold."""
