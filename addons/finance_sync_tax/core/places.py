"""Countries and tax territories, as far as deciding who taxes a sale needs them.

Facts: ISO 3166-1; Council Directive 2006/112/EC (VAT), articles 5 to 8 for the parts
of member states outside its territory, and annex to the Windsor Framework for
Northern Ireland, which counts as a member state for goods.
"""

from dataclasses import dataclass

from odoo.addons.finance_sync.core.errors import RejectedError

from .document import Address
from .rates import normal_postal

_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU = frozenset([*_EU.split(), "XI"])

# Postal codes inside a member state's borders but outside the Union's VAT territory.
_OUTSIDE_EU_VAT = {
    "DE": ("27498", "78266"),
    "ES": ("35", "38", "51", "52"),
    "FI": ("22",),
    "FR": ("971", "972", "973", "974", "975", "976", "977", "978", "986", "987", "988"),
    "GR": ("63086", "63087"),
    "IT": ("22061", "23041"),
}

# Greece's and Britain's other codes; Monaco and Man belong to their neighbours' VAT.
_ALIASES = {"EL": "GR", "UK": "GB", "MC": "FR", "IM": "GB"}

_ISO = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL "
    "BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV "
    "CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD "
    "GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM "
    "IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK "
    "LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW "
    "MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR "
    "PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS "
    "ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY "
    "UZ VA VC VE VG VI VN VU WF WS XI XK YE YT ZA ZM ZW"
)
_COUNTRIES = frozenset(_ISO.split())


@dataclass(frozen=True)
class Place:
    """Where a sale starts, ends or is taxed. ``in_eu``: inside its VAT territory."""

    country: str
    state: str = ""
    postal: str = ""
    in_eu: bool = False

    @property
    def code(self) -> str:
        return f"{self.country}-{self.state}" if self.state else self.country


def place_of(address: Address, whose: str) -> Place:
    """The place of an address; ``whose`` names it in messages ("customer's").

    :raises RejectedError: ``missing_address`` or ``unknown_country``
    """
    country = address.country.strip().upper()
    if not country:
        raise RejectedError(
            f"The {whose} address has no country", code="missing_address"
        )
    country = _ALIASES.get(country, country)
    if country not in _COUNTRIES:
        raise RejectedError(
            f"Unknown country {country!r} in the {whose} address",
            code="unknown_country",
        )
    postal = normal_postal(address.postal_code)
    if country == "GB" and postal.startswith("BT"):
        country = "XI"
    outside = postal.startswith(_OUTSIDE_EU_VAT.get(country, ("\0",)))
    state = address.region.strip().upper().removeprefix(f"{country}-")
    return Place(country, state, postal, country in EU and not outside)


def vat_country(number: str) -> str:
    """The country whose register holds this VAT number, "" if it has no prefix."""
    prefix = number.strip().upper()[:2]
    return _ALIASES.get(prefix, prefix) if prefix.isalpha() else ""
