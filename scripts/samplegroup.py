"""The sample group, a US and a German company, and templates that hold it."""

from . import cache, shell
from .databases import Databases

PACKAGE = cache.CHECKOUT / "tests" / "samplegroup"
SCRIPT = """
from tests import samplegroup
samplegroup.load(env)
env.cr.commit()
env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
"""


def template(databases: Databases) -> str:
    """A template with every addon, the sample group and the web client's assets."""
    files = [path for path in PACKAGE.rglob("*") if path.suffix in {".py", ".csv"}]
    key = cache.hash_files(PACKAGE, files)

    def load(name: str) -> None:
        shell.script(databases.series, databases.server, name, SCRIPT)

    return databases.derived(key, "the sample group", load)
