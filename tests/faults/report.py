"""What the fault tests found, summed up for people and kept for comparison."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import table

HEAD = (
    "Fault",
    "Seed",
    "Runs",
    "Lost",
    "Delivered twice",
    "Effects twice",
    "p50 s",
    "p95 s",
    "Max s",
)


@dataclass
class Record:
    """One fault, repeated. ``recoveries``: seconds from the fault to the end."""

    fault: str
    seed: int
    runs: int = 0
    lost: int = 0
    delivered_twice: int = 0
    effects_twice: int = 0
    recoveries: list[float] = field(default_factory=list)

    def check(self) -> None:
        """:raises AssertionError: something was lost, or done twice"""
        assert not self.lost, f"{self.fault}: {self.lost} lost"
        assert not self.effects_twice, f"{self.fault}: {self.effects_twice} twice"

    def percentile(self, share: float) -> float:
        """The recovery time that ``share`` of the runs did not exceed."""
        ordered = sorted(self.recoveries)
        if len(ordered) < 2:
            return ordered[0] if ordered else 0.0
        points = statistics.quantiles(ordered, n=100, method="inclusive")
        return points[min(98, round(share * 100) - 1)]

    def as_dict(self) -> dict[str, object]:
        return {
            "fault": self.fault,
            "seed": self.seed,
            "runs": self.runs,
            "lost": self.lost,
            "delivered_twice": self.delivered_twice,
            "effects_twice": self.effects_twice,
            "recovery_p50": round(self.percentile(0.5), 1),
            "recovery_p95": round(self.percentile(0.95), 1),
            "recovery_max": round(max(self.recoveries, default=0.0), 1),
        }


class Report:
    """All records of a session, in the order in which they were made."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}

    def record(self, fault: str, seed: int) -> Record:
        return self._records.setdefault(fault, Record(fault, seed))

    def render(self) -> str:
        rows = [
            [str(value) for value in record.as_dict().values()]
            for record in self._records.values()
        ]
        return table.render(HEAD, rows, right=HEAD[1:], width=120) if rows else ""

    def save(self, path: Path) -> None:
        if self._records:
            found = [record.as_dict() for record in self._records.values()]
            path.write_text(json.dumps(found, indent=2) + "\n")
