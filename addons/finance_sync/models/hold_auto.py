from odoo import _, api, models


class Hold(models.Model):
    """Holds that close by themselves, and what goes on when they do."""

    _inherit = "finance.sync.hold"

    @api.model
    def _exchange_done(self, exchanges):
        """These messages have succeeded: close what was open for want of that.

        Their own holds close, as their types say, and those of their documents whose
        type names such a success. Sending also shows that this is the right database.
        """
        sent = exchanges.filtered(lambda exchange: exchange.direction == "out")
        by_why = {}
        for hold in self._open_about(exchanges, sent):
            closing = exchanges.filtered(hold._closes_by)[:1]
            if not closing:
                continue
            why = _("A later attempt succeeded.")
            if hold.exchange_id != closing and hold.code != "not_this_database":
                why = _("A later message succeeded: %s.", closing.name)
            by_why.setdefault(why, []).append(hold.id)
        for why, ids in by_why.items():
            self.sudo().browse(ids)._close("resolved", why)

    def _open_about(self, exchanges, sent):
        """Open holds of these messages, their documents, and where they were sent.

        Every message asks, and hardly any finds one: hence no search of the ORM.
        """
        asked = ("state", "exchange_id", "document_uuid", "connection_id", "code")
        self.flush_model(asked)
        self.env.cr.execute(
            """
            SELECT id FROM finance_sync_hold
            WHERE state = 'open' AND (
                exchange_id = ANY(%s) OR document_uuid = ANY(%s)
                OR connection_id = ANY(%s) AND code = 'not_this_database'
            )
            ORDER BY id
            """,
            [
                exchanges.ids,
                [x.document_uuid for x in exchanges if x.document_uuid],
                sent.connection_id.ids,
            ],
        )
        # Of any company: they are made by what happens, not by users.
        return self.sudo().browse([hold_id for (hold_id,) in self.env.cr.fetchall()])

    def _closes_by(self, exchange):
        """Does the success of ``exchange`` settle this hold? Hook."""
        kind = self.type_id
        if self.code == "not_this_database":
            return self.connection_id == exchange.connection_id
        if kind.auto_close == "never":
            return False
        if kind.auto_operation and kind.auto_operation != exchange.operation:
            return False
        if self.exchange_id == exchange:
            return True
        about = self.document_uuid and self.document_uuid == exchange.document_uuid
        return bool(about) and kind.auto_close == "document"

    # -- Messages of others that wait for a hold

    def _add_waiting(self, exchanges):
        """These messages go on when the hold is resolved."""
        self.ensure_one()
        new = exchanges - self.sudo().waiting_ids  # see _exchange_done
        self.sudo().write({"waiting_ids": [(4, exchange.id) for exchange in new]})

    def _release_waiting(self):
        """Let go on what waited for these holds, which have just been closed. Hook.

        What another open hold keeps as well goes on with that one.
        """
        # See _exchange_done.
        resolved = self.sudo().filtered(lambda hold: hold.state == "resolved")
        waiting = resolved.waiting_ids.filtered(lambda x: x.state == "held")
        kept = self.sudo().search(
            [("state", "=", "open"), ("waiting_ids", "in", waiting.ids)]
        )
        free = waiting - kept.waiting_ids
        if free:
            self.env["finance.sync.replay"]._release(free)

    def action_open_waiting(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "finance_sync.finance_sync_exchange_action"
            ),
            "domain": [("id", "in", self.waiting_ids.ids)],
        }
