"""The tables at the end of a run."""

import os

from .report import REPORT


def pytest_terminal_summary(terminalreporter):
    shown = REPORT.render()
    if shown:
        series = os.environ.get("FINANCE_SYNC_SERIES", "")
        terminalreporter.section(f"published bills, Odoo {series}")
        terminalreporter.write_line(shown)
