from odoo import fields, models

from ..core.mapping import Missing, UnmappedError


class Exchange(models.Model):
    """Mapped values: which versions a message used, and what it waits for."""

    _inherit = "finance.sync.exchange"

    mapping_ids = fields.Many2many(
        "finance.sync.mapping",
        "finance_sync_exchange_mapping_rel",
        "exchange_id",
        "mapping_id",
        string="Mappings Used",
        readonly=True,
        copy=False,
        help="The versions whose lines this message was translated with.",
    )
    unmapped_hold_ids = fields.Many2many(
        "finance.sync.hold",
        "finance_sync_hold_waiting_rel",
        "exchange_id",
        "hold_id",
        string="Waits for Mappings",
        readonly=True,
        copy=False,
    )

    def _map(self, kind, codes, *, on_date=None, direction=None):
        """What codes of one kind mean for this message: ``{code: record}``.

        For handlers, within ``_apply`` and ``_prepare_request``. Outbound messages
        take records or codes of ours, and get the other side's codes.

        :raises UnmappedError: some are not mapped; the message is held for them
        """
        return self._map_all({kind: codes}, on_date=on_date, direction=direction)[kind]

    def _map_all(self, codes_by_kind, *, on_date=None, direction=None):
        """Like ``_map``, for several kinds, so that all that is missing is told."""
        self.ensure_one()
        direction = direction or self.direction
        mappings = self.env["finance.sync.mapping"]
        values, missing, used = {}, [], mappings.browse()
        for kind, codes in codes_by_kind.items():
            result = mappings._translate(
                self.connection_id,
                kind,
                codes,
                company=self.company_id,
                on_date=on_date,
                direction=direction,
            )
            values[kind] = result.values
            used |= result.mappings
            missing += [
                Missing(
                    kind, self._as_code(code), direction, result.reasons.get(code, "")
                )
                for code in result.missing
            ]
        if missing:
            raise UnmappedError(missing, used.ids)
        self._note_mappings(used.ids)
        return values

    def _as_code(self, code):
        if isinstance(code, models.BaseModel):
            lines = self.env["finance.sync.mapping.line"]
            return lines._code_of(code) or f"#{code.id}"
        return str(code)

    def _note_mappings(self, ids):
        # The engine's own bookkeeping, see _finish.
        mine = self.sudo()
        new = set(ids) - set(mine.mapping_ids.ids)
        if new:
            mine.write({"mapping_ids": [fields.Command.link(each) for each in new]})

    def _hold(self, handler, code, error):
        """What is not mapped holds all messages that need it together, by one hold."""
        if not isinstance(error, UnmappedError):
            return super()._hold(handler, code, error)
        self.sudo().write({"state": "held"})  # see _note_mappings
        self._note_mappings(error.versions)
        holds = self.env["finance.sync.hold"]._raise_unmapped(self, error)
        handler._on_held(self, holds[:1])
        return error.message

    def _compute_hold_count(self):
        result = super()._compute_hold_count()
        for exchange in self:
            waits = exchange.unmapped_hold_ids.filtered(lambda h: h.state == "open")
            exchange.hold_count += len(waits)
        return result

    def action_open_holds(self):
        action = super().action_open_holds()
        mine = [("exchange_id", "in", self.ids)]
        waits = [("waiting_ids", "in", self.ids)]
        return {**action, "domain": ["|", *mine, *waits]}
