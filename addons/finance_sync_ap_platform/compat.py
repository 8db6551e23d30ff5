"""Where Odoo 17.0 and 19.0 differ for payments, chosen once."""

from odoo import release

SERIES_19 = release.version_info[0] >= 19

_PAYMENT = "origin_payment_id" if SERIES_19 else "payment_id"


def payments_of(moves):
    """The payments whose entries these are."""
    return moves[_PAYMENT]


def unbooked_payments(move):
    """Payments of a bill that are on their way and have no entry: on 19.0 alone."""
    if not SERIES_19:
        return move.env["account.payment"]
    return move.matched_payment_ids.filtered(
        lambda payment: not payment.move_id and payment.state == "in_process"
    )
