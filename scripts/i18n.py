"""``./dev i18n``: export each addon's ``.pot`` and merge it into its ``.po`` files."""

import tempfile
from pathlib import Path

import polib

from . import addons, cache, postgres, shell
from . import series as series_module
from .console import say, step
from .databases import Databases

PLURALS = {"de": "nplurals=2; plural=(n != 1);", "fr": "nplurals=2; plural=(n > 1);"}
WIDTH = 78
DATES = ("POT-Creation-Date", "PO-Revision-Date")

EXPORT = """
from odoo.tools.translate import TranslationFileWriter, TranslationModuleReader
for name in {names!r}:
    with open(f"{folder}/{{name}}.pot", "wb") as target:
        reader = TranslationModuleReader(env.cr, modules=[name], lang=False)
        TranslationFileWriter(target, fileformat="po", lang=False).write_rows(reader)
"""


def run() -> int:
    """Export from 17.0, which the sources are written for, else from what is there."""
    series = series_module.choose(None, one=True)[0]
    names = addons.names()
    with postgres.serving() as server:
        databases = Databases(series, server)
        with (
            databases.scratch("i18n") as database,
            tempfile.TemporaryDirectory(dir=cache.folder("tmp")) as folder,
            step(f"terms of {', '.join(names)}"),
        ):
            source = EXPORT.format(names=names, folder=folder)
            shell.script(series, server, database, source)
            templates = {name: _read(Path(folder) / f"{name}.pot") for name in names}
    for name, template in templates.items():
        _write(addons.ADDONS / name / "i18n", name, template)
    return 0


def _read(path: Path) -> polib.POFile:
    return polib.pofile(str(path), wrapwidth=WIDTH)


def _write(folder: Path, name: str, template: polib.POFile) -> None:
    folder.mkdir(exist_ok=True)
    target = folder / f"{name}.pot"
    for date in DATES:
        template.metadata.pop(date, None)
    template.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
    template.save(str(target))
    for language, plural in PLURALS.items():
        path = folder / f"{language}.po"
        translated = _read(path) if path.exists() else polib.POFile(wrapwidth=WIDTH)
        translated.metadata = {
            **template.metadata,
            "Language": language,
            "Plural-Forms": plural,
        }
        translated.merge(template)
        for gone in translated.obsolete_entries():
            translated.remove(gone)
        translated.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
        translated.save(str(path))
        say(f"{path.relative_to(cache.CHECKOUT)}: {translated.percent_translated()} %")
