"""Where Odoo 17.0 and 19.0 differ for taxes, chosen once."""

from odoo import release

SERIES_19 = release.version_info[0] >= 19

# Line types that are text only.
TEXT_LINES = ("line_section", "line_note") + (("line_subsection",) if SERIES_19 else ())


def aggregate(how):
    """Keyword of a number field that says how groups show it; ``None``: not at all."""
    return {"aggregator" if SERIES_19 else "group_operator": how}


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


def quiet_context():
    """Context of writes that are ours and no manual change of the entry."""
    return {"skip_is_manually_modified": True} if SERIES_19 else {}


def flag_to_check(moves):
    """Keep the auto-post job of 17.0 from trying the same entries for ever."""
    if not SERIES_19:
        moves.to_check = True
