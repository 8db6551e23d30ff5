"""Pytest plugin: write the counts of a run to the file ``FINANCE_SYNC_REPORT``."""

import json
import os
from pathlib import Path


def pytest_terminal_summary(terminalreporter):
    target = os.environ.get("FINANCE_SYNC_REPORT")
    if not target:
        return
    stats = terminalreporter.stats
    counts = {
        "passed": len(stats.get("passed", ())),
        "failed": len(stats.get("failed", ())),
        "errors": len(stats.get("error", ())),
        "skipped": len(stats.get("skipped", ())),
    }
    Path(target).write_text(json.dumps(counts))
