"""Who on a list may be meant by a name. Scores are 0 to 100, higher is closer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from .names import normalise

# A name that contains all words of the other is close, but not the same.
_CONTAINED = 0.95
# A single common word contained in a longer name says nothing.
_WORDS_TO_CONTAIN = 2
MOST_MATCHES = 50


@dataclass(frozen=True)
class Match:
    """``entry``: index of the list's entry; ``name``: as the list spells it."""

    entry: int
    name: str
    score: float


class Matcher:
    """The names of one version of a list, ready to be searched many times."""

    def __init__(self, names: Iterable[tuple[int, str]]):
        """``names``: (entry, name) pairs; an entry may have several."""
        self._entries: list[int] = []
        self._names: list[str] = []
        # Words in order: comparing these is token_sort_ratio without its sorting.
        self._keys: list[str] = []
        self._by_word: dict[str, list[int]] = {}
        for entry, name in names:
            words = sorted(normalise(name).split())
            if words:
                for word in set(words):
                    self._by_word.setdefault(word, []).append(len(self._keys))
                self._entries.append(entry)
                self._names.append(name)
                self._keys.append(" ".join(words))

    def __len__(self) -> int:
        return len(self._keys)

    def search(self, queries: Sequence[str], cutoff: float) -> list[Match]:
        """The best match of each entry with any of ``queries``, closest first."""
        best: dict[int, Match] = {}
        asked = {" ".join(sorted(normalise(query).split())) for query in queries}
        for query in asked - {""}:
            for index, score in self._scores(query, cutoff):
                entry = self._entries[index]
                known = best.get(entry)
                if known is None or score > known.score:
                    best[entry] = Match(entry, self._names[index], round(score, 2))
        found = sorted(best.values(), key=lambda match: (-match.score, match.entry))
        return found[:MOST_MATCHES]

    def _scores(self, query: str, cutoff: float):
        for _key, score, index in process.extract(
            query,
            self._keys,
            scorer=fuzz.ratio,
            score_cutoff=cutoff,
            limit=MOST_MATCHES,
        ):
            yield index, score
        if cutoff > 100 * _CONTAINED:
            return
        # Sets of words are alike only where they share one.
        words = query.split()
        sharing = {index for word in words for index in self._by_word.get(word, ())}
        for index in sharing:
            key = self._keys[index]
            if min(len(words), len(key.split())) < _WORDS_TO_CONTAIN:
                continue
            score = fuzz.token_set_ratio(query, key) * _CONTAINED
            if score >= cutoff:
                yield index, score
