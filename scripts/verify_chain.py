"""``./dev verify-chain``: verify the event log of a database, with anchors."""

import json
from pathlib import Path

from . import postgres, shell
from . import series as series_module
from .console import DevError, say
from .databases import Databases

# In Odoo: the verification itself is the addon's, and notes nothing.
SCRIPT = """
import json
from odoo.addons.finance_sync.core.signing import SignatureError
from odoo.addons.finance_sync.models.signing import trusted_keys

texts = json.loads({anchors!r})
trusted = [*json.loads({trusted!r}), *trusted_keys()]
anchors = env["finance.sync.anchor"]
bodies, bad = anchors._bodies()
broken = [f"{{name}}: the anchor is forged, or of a key not trusted" for name in bad]
for name, text in texts.items():
    try:
        bodies.append(anchors._read_body(text, trusted))
    except SignatureError as error:
        broken.append(f"{{name}}: {{error}}")
chains = env["finance.sync.chain"]
report = []
rows = chains._ensure()
named = {{head["chain"] for body in bodies for head in body["chains"]}}
for number in sorted(named - set(rows.mapped("chain"))):
    broken.append(f"chain {{number}}: an anchor names it, and it is no more")
for row in rows:
    verifier, breaks = row._breaks(bodies)
    broken += map(str, breaks)
    seals = verifier.head.number if verifier.head else 0
    report.append([row.display_name, seals, verifier.event_count, row.unsealed_count,
                   len(breaks)])
print("REPORT" + json.dumps([report, broken]))
"""


def run(database: str, wanted: str | None, anchors: list[str], keys: list[str]) -> int:
    """Print what was verified; 1 if anything is broken.

    :param anchors: paths of anchor files that were kept elsewhere
    :param keys: public keys to trust beside those of odoo.conf
    """
    series = series_module.choose(wanted, one=True)[0]
    texts = {path: _read(path) for path in anchors}
    source = SCRIPT.format(anchors=json.dumps(texts), trusted=json.dumps(keys))
    with postgres.serving() as server:
        if not Databases(series, server).exists(database):
            raise DevError(f"there is no database {database}")
        output = shell.script(series, server, database, source)
    report, broken = json.loads(output.rpartition("REPORT")[2])
    for name, seals, events, waiting, breaks in report:
        verdict = f"{breaks} BROKEN" if breaks else "intact"
        say(f"{name}: {events} events in {seals} seals, {waiting} wait: {verdict}")
    for line in broken:
        say(line)
    return 1 if broken else 0


def _read(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DevError(f"{path} cannot be read: {error}") from error
