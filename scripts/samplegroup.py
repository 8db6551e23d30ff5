"""Load the sample group, a US and a German company, into a database."""

from . import cache, shell
from .console import step
from .postgres import Server
from .series import Series

LOADER = cache.CHECKOUT / "tests" / "samplegroup.py"
SCRIPT = """
from tests import samplegroup
samplegroup.load(env)
env.cr.commit()
"""


def load(series: Series, server: Server, database: str) -> None:
    """Run ``tests.samplegroup.load(env)`` in ``database`` and commit."""
    if LOADER.exists():
        with step(f"sample group in {database}"):
            shell.script(series, server, database, SCRIPT)
