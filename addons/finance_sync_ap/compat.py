"""Where Odoo 17.0 and 19.0 differ for bills and orders, chosen once."""

from decimal import Decimal

from odoo import release

SERIES_19 = release.version_info[0] >= 19

# Of a purchase order's line.
ORDER_UNIT = "product_uom_id" if SERIES_19 else "product_uom"
ORDER_TAXES = "tax_ids" if SERIES_19 else "taxes_id"


def unit_factor(unit):
    """(what it can be compared with, how many of that one's reference it is)."""
    if SERIES_19:
        root = unit
        while root.relative_uom_id:
            root = root.relative_uom_id
        return f"unit:{root.id}", Decimal(str(unit.factor))
    return f"category:{unit.category_id.id}", Decimal(str(unit.factor_inv))


def payments_of(moves):
    """The payments whose journal entries these are."""
    return moves.origin_payment_id if SERIES_19 else moves.payment_id


def bills_of_payment(payment):
    """The bills that a payment is known to be for, before it is reconciled."""
    return payment.invoice_ids if SERIES_19 else payment.env["account.move"]


def locked_until(move):
    """The last day on which entries like this one are locked, for everybody."""
    return purchases_locked_until(move.company_id, move._affect_tax_report())


def purchases_locked_until(company, taxed):
    """The last day on which bills of a company are locked, for everybody.

    Exceptions that 19.0 grants to persons, and the date that 17.0 spares managers, do
    not count: jobs are nobody in person.

    :param taxed: whether they show in the tax report, which has a date of its own
    """
    names = ["fiscalyear_lock_date"]
    names += (
        ["purchase_lock_date", "hard_lock_date"] if SERIES_19 else ["period_lock_date"]
    )
    if taxed:
        names.append("tax_lock_date")
    # A branch is locked with its parent, which it may not see.
    companies = company.sudo().parent_ids
    dates = [each[name] for each in companies for name in names if each[name]]
    return max(dates, default=None)


def select_as(found, wrap):
    """What ``_read_group_select`` has found, within another expression.

    :param wrap: SQL → SQL
    """
    if SERIES_19:
        return wrap(found)
    expression, names = found
    return wrap(expression), names
