from odoo import fields, models


class Exchange(models.Model):
    _inherit = "finance.sync.exchange"

    held_for = fields.Char(compute="_compute_held_for")

    def _compute_held_for(self):
        """The names of the holds that are open about it."""
        groups = self.env["finance.sync.hold"]._read_group(
            [("exchange_id", "in", self.ids), ("state", "=", "open")],
            ["exchange_id", "type_id"],
        )
        names = {}
        for exchange, kind in groups:
            names.setdefault(exchange.id, []).append(kind.name)
        for exchange in self:
            exchange.held_for = ", ".join(names.get(exchange.id, [])) or False


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    dead_letter_count = fields.Integer(compute="_compute_dead_letter_count")

    def _compute_dead_letter_count(self):
        counts = dict(
            self.env["finance.sync.exchange"]._read_group(
                [("connection_id", "in", self.ids), ("state", "=", "held")],
                ["connection_id"],
                ["__count"],
            )
        )
        for connection in self:
            connection.dead_letter_count = counts.get(connection, 0)

    def action_replay_dead_letters(self):
        """All that waits for a person here; shown first, started by another button."""
        exchanges = self.env["finance.sync.exchange"]
        exchanges._check_resolver()
        held = exchanges.search(
            [("connection_id", "in", self.ids), ("state", "=", "held")], order="id"
        )
        return self.env["finance.sync.replay"]._preview(held)
