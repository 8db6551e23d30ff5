"""``python -m tests.demo SERIES [--once]``, by the Python of that series."""

import argparse
import sys

from .run import main

parser = argparse.ArgumentParser(prog="demo", description=__doc__)
parser.add_argument("series", help="17.0 or 19.0")
parser.add_argument("--once", action="store_true", help="end after the table")
options = parser.parse_args()
sys.exit(main(options.series, options.once))
