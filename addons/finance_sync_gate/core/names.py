"""Names made comparable, without a transliteration library.

Latin letters lose their accents; other scripts stay as they are, so a name in Cyrillic
is compared with the list's Cyrillic aliases only. Legal forms say nothing about who
somebody is and are dropped, unless nothing else is left.
"""

from __future__ import annotations

import unicodedata

# Letters that Unicode does not take apart.
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "ħ": "h",
        "ı": "i",
    }
)
_LEGAL_FORMS = (
    "ab ag as asa aps bv bvba co corp corporation company dd doo eg ek ev gbr gmbh inc",
    "incorporated kft kg kgaa limited llc llp lp ltd ltda mbh nv ohg oy oyj plc pte",
    "pty sa sarl sas se sia sl spa sro srl ug ltee jsc ooo pjsc zao oao",
)
LEGAL_FORMS = frozenset(word for line in _LEGAL_FORMS for word in line.split())
_TITLES = frozenset(["mr", "mrs", "ms", "dr", "prof", "the"])
_DROPPED = LEGAL_FORMS | _TITLES


def normalise(name: str) -> str:
    """``name`` in lower case, without accents, punctuation and legal forms."""
    text = unicodedata.normalize("NFKD", (name or "").casefold()).translate(_LETTERS)
    text = "".join(char for char in text if not unicodedata.combining(char))
    # G.m.b.H. is one word, a hyphen separates two.
    text = text.replace(".", "").replace("'", "").replace("’", "")
    words = "".join(char if char.isalnum() else " " for char in text).split()
    kept = [word for word in words if word not in _DROPPED]
    return " ".join(kept or words)
