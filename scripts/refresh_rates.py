"""Write the tax rates that finance_sync_tax ships: ``python -m scripts.refresh_rates``.

Europe comes from the PyPI package ``eu-vat-rates-data`` (European Commission, TEDB),
which knows today's rates; when a standard rate changed is kept here, and the script
refuses to run where the package knows a newer one. US rates are the states' own, with
what the law adds in the whole state.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from .pytest_unit import put_packages

ADDONS = Path(__file__).resolve().parent.parent / "addons"
DATA = ADDONS / "finance_sync_tax" / "data"

# Standard rates are given from here on; older documents find none.
START = date(2020, 1, 1)

# Standard rates that changed since: (first day, percent), oldest first.
CHANGES = {
    "CH": [(START, "7.7"), (date(2024, 1, 1), "8.1")],
    "DE": [
        (START, "19"),
        (date(2020, 7, 1), "16"),
        (date(2021, 1, 1), "19"),
    ],
    "EE": [(START, "20"), (date(2024, 1, 1), "22"), (date(2025, 7, 1), "24")],
    "FI": [(START, "24"), (date(2024, 9, 1), "25.5")],
    "IE": [
        (START, "23"),
        (date(2020, 9, 1), "21"),
        (date(2021, 3, 1), "23"),
    ],
    "LI": [(START, "7.7"), (date(2024, 1, 1), "8.1")],
    "LU": [(START, "17"), (date(2023, 1, 1), "16"), (date(2024, 1, 1), "17")],
    "RO": [(START, "19"), (date(2025, 8, 1), "21")],
    "SK": [(START, "20"), (date(2025, 1, 1), "23")],
    "TR": [(START, "18"), (date(2023, 7, 10), "20")],
}
STANDARD_IN_2020 = {
    "AD": "4.5",
    "AL": "20",
    "AT": "20",
    "BA": "17",
    "BE": "21",
    "BG": "20",
    "CY": "19",
    "CZ": "21",
    "DK": "25",
    "ES": "21",
    "FR": "20",
    "GB": "20",
    "GE": "18",
    "GR": "24",
    "HR": "25",
    "HU": "27",
    "IS": "24",
    "IT": "22",
    "LT": "21",
    "LV": "21",
    "MD": "20",
    "ME": "21",
    "MK": "18",
    "MT": "18",
    "NL": "21",
    "NO": "25",
    "PL": "23",
    "PT": "23",
    "RS": "20",
    "SE": "25",
    "SI": "22",
    "UA": "20",
    "XI": "20",
    "XK": "18",
}

# Listed as reduced, but the standard or reduced rates of one region.
REGIONAL = {
    "AT": ("19",),
    "FR": ("0.9", "1.05", "8.5", "13"),
    "GR": ("17", "4"),
    "PT": ("16", "22"),
}

# Jungholz and the Kleinwalsertal: Austria's, reached by road from Germany only.
AUSTRIAN_ENCLAVES = (("6691", "6691"), ("6991", "6993"))
ENCLAVE_RATE = "19"

# Monaco is treated as France.
NOT_SHIPPED = frozenset(("MC",))

US_SOURCE = "US state revenue departments"
US_SOURCE_DATE = date(2025, 7, 1)

# state → percent, name; (first day, percent) where it changed since START.
US_STATES: dict[str, tuple[str, Any]] = {
    "AK": ("Alaska", "0"),
    "AL": ("Alabama", "4"),
    "AR": ("Arkansas", "6.5"),
    "AZ": ("Arizona", "5.6"),
    "CA": ("California", "7.25"),
    "CO": ("Colorado", "2.9"),
    "CT": ("Connecticut", "6.35"),
    "DC": ("District of Columbia", "6"),
    "DE": ("Delaware", "0"),
    "FL": ("Florida", "6"),
    "GA": ("Georgia", "4"),
    "HI": ("Hawaii", "4"),
    "IA": ("Iowa", "6"),
    "ID": ("Idaho", "6"),
    "IL": ("Illinois", "6.25"),
    "IN": ("Indiana", "7"),
    "KS": ("Kansas", "6.5"),
    "KY": ("Kentucky", "6"),
    "LA": ("Louisiana", [(START, "4.45"), (date(2025, 1, 1), "5")]),
    "MA": ("Massachusetts", "6.25"),
    "MD": ("Maryland", "6"),
    "ME": ("Maine", "5.5"),
    "MI": ("Michigan", "6"),
    "MN": ("Minnesota", "6.875"),
    "MO": ("Missouri", "4.225"),
    "MS": ("Mississippi", "7"),
    "MT": ("Montana", "0"),
    "NC": ("North Carolina", "4.75"),
    "ND": ("North Dakota", "5"),
    "NE": ("Nebraska", "5.5"),
    "NH": ("New Hampshire", "0"),
    "NJ": ("New Jersey", "6.625"),
    "NM": (
        "New Mexico",
        [(START, "5.125"), (date(2022, 7, 1), "5"), (date(2023, 7, 1), "4.875")],
    ),
    "NV": ("Nevada", "6.85"),
    "NY": ("New York", "4"),
    "OH": ("Ohio", "5.75"),
    "OK": ("Oklahoma", "4.5"),
    "OR": ("Oregon", "0"),
    "PA": ("Pennsylvania", "6"),
    "RI": ("Rhode Island", "7"),
    "SC": ("South Carolina", "6"),
    "SD": ("South Dakota", [(START, "4.5"), (date(2023, 7, 1), "4.2")]),
    "TN": ("Tennessee", "7"),
    "TX": ("Texas", "6.25"),
    "UT": ("Utah", "6.1"),
    "VA": ("Virginia", "5.3"),
    "VT": ("Vermont", "6"),
    "WA": ("Washington", "6.5"),
    "WI": ("Wisconsin", "5"),
    "WV": ("West Virginia", "6"),
    "WY": ("Wyoming", "4"),
}

# Nothing below the state taxes general sales. Not among them: Alaska, whose towns tax
# though the state does not; Idaho and Montana, for their resort towns.
US_COMPLETE = frozenset(
    ("CT", "DC", "DE", "IN", "KY", "MA", "MD", "ME", "MI", "NH", "NJ", "OR", "RI")
)


def european_rates(dataset: dict[str, Any]) -> Iterator[Any]:
    """``dataset`` as ``eu_vat_rates_data.dataset``.

    :raises SystemExit: a standard rate changed and it is not known here since when
    """
    source_date = date.fromisoformat(dataset["version"])
    for country, known in sorted(dataset["rates"].items()):
        if country not in NOT_SHIPPED:
            yield from _european(country, known, source_date)


def _european(country: str, known: dict[str, Any], source_date: date) -> Iterator[Any]:
    common = {
        "country": country,
        "name": known["country"],
        "jurisdiction_type": "country",
        "jurisdiction_code": country,
        "source": "eu-vat-rates-data",
        "source_date": source_date,
    }
    steps = CHANGES.get(country) or [(START, STANDARD_IN_2020.get(country, "0"))]
    if Decimal(steps[-1][1]) != Decimal(str(known["standard"])):
        sys.exit(
            f"{country}: the standard rate is {known['standard']} % now; "
            "add to CHANGES since when"
        )
    yield from _steps(steps, **common)
    if country == "AT":
        for first, last in AUSTRIAN_ENCLAVES:
            postal = {"postal_from": first, "postal_to": last}
            yield from _steps([(START, ENCLAVE_RATE)], **common, **postal)
    for category, percent in _reduced(country, known):
        yield _rate(percent, category=category, **common)


def _reduced(country: str, known: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The highest reduced rate is ``reduced``, the next ``reduced_2``, and so on."""
    regional = {Decimal(rate) for rate in REGIONAL.get(country, ())}
    rates = {Decimal(str(rate)) for rate in known["reduced"]} - regional
    for number, rate in enumerate(sorted(rates, reverse=True), 1):
        yield ("reduced" if number == 1 else f"reduced_{number}"), str(rate)
    for category in ("super_reduced", "parking"):
        rate = known[category]
        # Some are listed a second time, as if they were a kind of their own.
        if rate is not None and Decimal(str(rate)) not in regional | rates:
            yield category, str(rate)


def us_rates() -> Iterator[Any]:
    for state, (name, percent) in US_STATES.items():
        steps = [(START, percent)] if isinstance(percent, str) else percent
        yield from _steps(
            steps,
            country="US",
            state=state,
            name=name,
            jurisdiction_type="state",
            jurisdiction_code=f"US-{state}",
            complete=state in US_COMPLETE,
            source=US_SOURCE,
            source_date=US_SOURCE_DATE,
        )


def _steps(steps: list[tuple[date, str]], **common: Any) -> Iterator[Any]:
    ends = [first - timedelta(days=1) for first, _ in steps[1:]]
    for (first, percent), last in zip(steps, [*ends, None], strict=True):
        yield _rate(percent, valid_from=first, valid_to=last, **common)


def _rate(percent: str, **values: Any) -> Any:
    from odoo.addons.finance_sync_tax.core.rates import Rate

    empty = dict.fromkeys(("state", "postal_from", "postal_to", "category"), "")
    dates = {"valid_from": None, "valid_to": None}
    rate = (Decimal(percent) / 100).normalize()
    return Rate(**{**empty, **dates, **values}, rate=rate)


def write(name: str, rates: Iterable[Any]) -> None:
    from odoo.addons.finance_sync_tax.core.rate_file import write_rates

    path = DATA / name
    rows = list(rates)
    path.write_text(write_rates(rows), newline="")
    print(f"{path.relative_to(ADDONS.parent)}: {len(rows)} rates")


def main() -> None:
    import eu_vat_rates_data

    put_packages(ADDONS)
    write("rates_europe.csv", european_rates(eu_vat_rates_data.dataset))
    write("rates_us.csv", us_rates())


if __name__ == "__main__":
    main()
