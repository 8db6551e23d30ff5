from odoo import models
from odoo.addons.finance_sync.core.masking import AllowList


class BillHandler(models.AbstractModel):
    """Take a bill in: the message is ``{"company", "bill": {BT-1: …}}``.

    Or ``{"company", "void": true, "reason"}``. What number the sender gives the bill,
    and which version of it this is, comes beside the message (``receive``).
    """

    _name = "finance.sync.handler.ap.invoice"
    _inherit = "finance.sync.handler"
    _description = "Receive a Bill"
    _inbound = True
    _batch_size = 50
    # Neither names nor bank details.
    _allowed = AllowList(
        "company",
        "void",
        "file.**",
        *[
            f"bill.{key}"
            for key in [
                "BT-1",
                "BT-2",
                "BT-3",
                "BT-5",
                "BT-9",
                "BT-13",
                "BT-25",
                "BT-106",
                "BT-109",
                "BT-110",
                "BT-112",
                "BT-115",
            ]
        ],
        "bill.BG-23.**",
        "bill.BG-25.BT-126",
        "bill.BG-25.BT-129",
        "bill.BG-25.BT-130",
        "bill.BG-25.BT-131",
        "bill.BG-25.BT-132",
        "bill.BG-25.BT-146",
    )

    def _hold_code(self, error):
        return "ap_late" if error.code == "ap_late" else super()._hold_code(error)

    def _apply(self, exchange, answer):
        self.env["finance.sync.bill"]._receive(exchange, answer)
