"""Whether a message mentions a person, and how to take the person out of a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from .masking import MASK

# Shorter ones are found everywhere.
SHORTEST = 5
_NOT_ALNUM = re.compile(r"[\W_]+")


class Needles:
    """What names one person: name, e-mail, tax id, account number, phone.

    Case, accents, blanks and punctuation do not count: “DE02 1203” is “de021203”.
    """

    def __init__(self, texts: Iterable[str | bool | None]):
        given = {text.strip() for text in texts if isinstance(text, str)}
        self._texts = sorted(
            (text for text in given if len(_bare(text)) >= SHORTEST),
            key=len,
            reverse=True,
        )
        self._bare = tuple(_bare(text) for text in self._texts)
        self._pattern = (
            re.compile("|".join(map(_loose, self._texts)), re.IGNORECASE)
            if self._texts
            else None
        )

    def __bool__(self) -> bool:
        return bool(self._texts)

    def found_in(self, value) -> bool:
        """True if any text in this JSON value mentions the person."""
        if isinstance(value, str):
            bare = _bare(value)
            return any(needle in bare for needle in self._bare)
        if isinstance(value, Mapping):
            return any(self.found_in(item) for item in value.values())
        if isinstance(value, (list, tuple)):
            return any(self.found_in(item) for item in value)
        return False

    def taken_out_of(self, text: str | None) -> str | None:
        """The text with each mention replaced by “•••”."""
        if not text or not self._pattern:
            return text
        return self._pattern.sub(MASK, text)


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(each for each in decomposed if not unicodedata.combining(each))
    return _NOT_ALNUM.sub("", plain).casefold()


def _loose(text: str) -> str:
    """A pattern that finds the text however its blanks and punctuation are set."""
    letters = [re.escape(each) for each in text if each.isalnum()]
    return r"[\W_]{0,3}".join(letters)
