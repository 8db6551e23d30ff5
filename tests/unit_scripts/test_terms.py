"""Every text that is to be translated is found by what exports them.

Odoo's export stops reading a file at an f-string among the arguments of ``_()``, and
says nothing: the texts after it are never translated.
"""

import pytest
from babel.messages.extract import extract

from scripts.addons import ADDONS

FILES = sorted(
    path
    for path in ADDONS.glob("*/**/*.py")
    if "tests" not in path.relative_to(ADDONS).parts
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ADDONS)))
def test_texts_can_be_exported(path):
    with path.open("rb") as source:
        list(extract("python", source, keywords={"_": None, "_lt": None}))
