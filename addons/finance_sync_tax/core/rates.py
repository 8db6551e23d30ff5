"""Effective-dated tax rates and registrations, looked up fast."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .document import JURISDICTION_TYPES

_ORDER = {kind: number for number, kind in enumerate(JURISDICTION_TYPES)}
_MEMO_SIZE = 20_000


@dataclass(frozen=True)
class Rate:
    """One jurisdiction's rate for one category of products over some time.

    ``country`` is ISO alpha-2. ``state`` is empty for a rate of the whole country.
    ``postal_from`` and ``postal_to`` are inclusive and compared by their own length
    ("352" to "354" holds every code that starts so); both empty: the whole state.
    ``category`` empty is the general rate, which also serves every category that
    the jurisdiction has no rate of its own for. ``rate`` is a fraction.
    ``valid_to`` is the last day. ``complete`` says that no narrower jurisdiction
    levies anything at this place that is not in the table as well. ``name`` is the
    jurisdiction's, "Germany" or "Orange County".
    """

    country: str
    state: str
    postal_from: str
    postal_to: str
    category: str
    rate: Decimal
    valid_from: date | None
    valid_to: date | None
    name: str
    jurisdiction_type: str
    jurisdiction_code: str
    complete: bool = True
    source: str = ""
    source_date: date | None = None

    def holds_on(self, on_date: date) -> bool:
        return (self.valid_from is None or self.valid_from <= on_date) and (
            self.valid_to is None or on_date <= self.valid_to
        )

    def covers(self, postal: str) -> bool:
        """``postal`` as :func:`normal_postal` returns it."""
        first, last = normal_postal(self.postal_from), normal_postal(self.postal_to)
        if not first and not last:
            return True
        last = last or first
        return (
            bool(postal)
            and first <= postal[: len(first)]
            and postal[: len(last)] <= last
        )


@dataclass(frozen=True)
class Registration:
    """The seller collects tax for this country (or state) from and to a day."""

    country: str
    state: str = ""
    valid_from: date | None = None
    valid_to: date | None = None

    def holds_on(self, on_date: date) -> bool:
        return (self.valid_from is None or self.valid_from <= on_date) and (
            self.valid_to is None or on_date <= self.valid_to
        )


def normal_postal(postal: str) -> str:
    return "".join(c for c in postal.upper() if c.isalnum())


class RateBook:
    """Rates and registrations of one seller. Never changed after it is made."""

    def __init__(
        self, rates: Iterable[Rate] = (), registrations: Iterable[Registration] = ()
    ):
        self._places: dict[tuple[str, str], _Place] = {}
        self._states: dict[str, set[str]] = defaultdict(set)
        grouped: dict[tuple[str, str], list[Rate]] = defaultdict(list)
        for rate in rates:
            grouped[rate.country, rate.state].append(rate)
            self._states[rate.country].add(rate.state)
        for key, found in grouped.items():
            self._places[key] = _Place(found)
        self._registrations = tuple(registrations)
        self._memo: dict[tuple, tuple[Rate, ...]] = {}

    def knows_country(self, country: str) -> bool:
        return country in self._states

    def needs_state(self, country: str) -> bool:
        """Rates of this country differ by state, so an address must name one."""
        return bool(self._states.get(country, set()) - {""})

    def needs_postal(self, country: str, state: str) -> bool:
        """Rates of the place's state are told apart by postal code."""
        place = self._places.get((country, state))
        return bool(state and place and place.has_ranges)

    def registered(self, country: str, state: str, on_date: date) -> bool:
        """A registration without a state holds in the whole country."""
        return any(
            r.country == country and r.state in ("", state) and r.holds_on(on_date)
            for r in self._registrations
        )

    def find(
        self, country: str, state: str, postal: str, category: str, on_date: date
    ) -> tuple[Rate, ...]:
        """The stack of rates that apply, country first, one per jurisdiction.

        Where several rows of a jurisdiction apply, the category's own row wins over
        the general one, then the narrower postal range, then the later start.
        """
        key = (country, state, normal_postal(postal), category, on_date)
        found = self._memo.get(key)
        if found is None:
            found = self._find(*key)
            if len(self._memo) >= _MEMO_SIZE:
                self._memo.clear()
            self._memo[key] = found
        return found

    def _find(self, country, state, postal, category, on_date) -> tuple[Rate, ...]:
        best: dict[tuple[str, str], Rate] = {}
        for place in dict.fromkeys([(country, ""), (country, state)]):
            if place not in self._places:
                continue
            for rate in self._places[place].candidates(postal):
                if rate.category not in ("", category) or not rate.holds_on(on_date):
                    continue
                key = (rate.jurisdiction_type, rate.jurisdiction_code)
                if key not in best or _strength(best[key]) < _strength(rate):
                    best[key] = rate
        return tuple(sorted(best.values(), key=_position))


class _Place:
    """The rates of one state, those with postal ranges filed by first character."""

    def __init__(self, rates: list[Rate]):
        self._everywhere = [r for r in rates if not r.postal_from and not r.postal_to]
        ranged = [r for r in rates if r.postal_from or r.postal_to]
        ranged.sort(key=lambda r: normal_postal(r.postal_from))
        self._ranged = ranged
        self._starts = [normal_postal(r.postal_from) for r in ranged]
        # How far before its own start the longest-reaching range must be looked for.
        self._reach: list[str] = []
        for rate in ranged:
            end = normal_postal(rate.postal_to or rate.postal_from) + "￿"
            self._reach.append(max(end, self._reach[-1]) if self._reach else end)

    @property
    def has_ranges(self) -> bool:
        return bool(self._ranged)

    def candidates(self, postal: str) -> list[Rate]:
        found = list(self._everywhere)
        if not postal:
            return found
        index = bisect_right(self._starts, postal) - 1
        while index >= 0 and self._reach[index] >= postal:
            if self._ranged[index].covers(postal):
                found.append(self._ranged[index])
            index -= 1
        return found


def _strength(rate: Rate) -> tuple:
    return (
        bool(rate.category),
        len(rate.postal_from),
        # A narrower range of codes of one length starts later.
        normal_postal(rate.postal_from),
        rate.valid_from or date.min,
    )


def _position(rate: Rate) -> tuple[int, str]:
    return _ORDER[rate.jurisdiction_type], rate.jurisdiction_code
