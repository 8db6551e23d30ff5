"""Odoo's command line as a file of ours, the same for every kind of source.

``python -m odoo`` serves less: a server with workers starts its websocket process by
running the file that it was itself started by, and ``odoo/__main__.py`` is no program.
"""

import os
import sys

# As Odoo's own: before anything imports ``time``.
os.environ["TZ"] = "UTC"
# Python has put this folder first, where our modules would hide others.
del sys.path[0]

import odoo.cli

if __name__ == "__main__":
    odoo.cli.main()
