"""Where Odoo 17.0 and 19.0 differ for payments and accounts, chosen once."""

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


def companies_of_account(account, companies):
    """Those of ``companies`` that book on an account; branches on their parent's."""
    owners = account.company_ids if SERIES_19 else account.company_id
    return companies.filtered(lambda company: company.parent_ids & owners)


def is_account_used(account):
    """Whether new entries may be booked on it."""
    return account.active if SERIES_19 else not account.deprecated
