"""Where Odoo 17.0 and 19.0 differ for taxes, chosen once."""

from odoo import release
from odoo.fields import Command

SERIES_19 = release.version_info[0] >= 19

# Line types that are text only.
TEXT_LINES = ("line_section", "line_note") + (("line_subsection",) if SERIES_19 else ())


def price_include_vals(included):
    """Field values that make a tax part of the price, or not."""
    if SERIES_19:
        return {"price_include_override": f"tax_{'in' if included else 'ex'}cluded"}
    return {"price_include": included}


def rounds_line_amounts(company):
    """Whether native taxes are computed on line amounts rounded to the currency.

    17.0 does so always, 19.0 only where taxes are rounded per line.
    """
    return not (
        SERIES_19 and company.tax_calculation_rounding_method == "round_globally"
    )


def reset_taxes(lines):
    """Take the taxes off lines whose forced amounts change under the same taxes.

    19.0 computes tax lines anew only where a base line's own fields have changed, and
    forced amounts are none of them. 17.0 sees the change by itself.
    """
    if SERIES_19 and lines:
        lines.write({"tax_ids": [Command.clear()]})


def quiet_context():
    """Context of writes that are ours and no manual change of the entry."""
    return {"skip_is_manually_modified": True} if SERIES_19 else {}


def flag_to_check(moves):
    """Keep the auto-post job of 17.0 from trying the same entries for ever."""
    if not SERIES_19:
        moves.to_check = True
