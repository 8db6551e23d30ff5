from odoo import fields, models


class BankConfirm(models.TransientModel):
    """What the second person learnt on the telephone."""

    _name = "finance.sync.bank.confirm"
    _description = "Confirm a Bank Account"

    change_id = fields.Many2one(
        "finance.sync.bank.change", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="change_id.partner_id")
    # As its user: what is kept for each user would be looked for in vain.
    account = fields.Char(related="change_id.account", related_sudo=False)
    known_text = fields.Text(related="change_id.known_text")
    called_person = fields.Char(string="Spoke with", required=True)
    called_number = fields.Char(string="Number Called", required=True)
    number_source = fields.Selection(
        [
            ("on_file", "It was on file before the change"),
            ("independent", "I found it independently"),
        ],
        string="This Number",
        required=True,
        default="on_file",
    )
    called_at = fields.Datetime(required=True, default=fields.Datetime.now)
    note = fields.Text()

    def action_confirm(self):
        self.ensure_one()
        self.change_id._confirm(**self._call())
        return {"type": "ir.actions.act_window_close"}

    def action_refuse(self):
        self.ensure_one()
        self.change_id._refuse(**self._call())
        return {"type": "ir.actions.act_window_close"}

    def _call(self):
        return {
            "person": self.called_person,
            "number": self.called_number,
            "source": self.number_source,
            "called_at": self.called_at,
            "note": self.note,
        }
