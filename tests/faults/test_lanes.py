"""Reporting floods its lane; what is operational is on time all the same."""

import time

from .probes import SINGLE

# So many wait at any time, each taking so long, in seconds.
FLOOD, SLOW = 150, 0.3
SLO_SECONDS = 10.0


def test_flood_of_reporting(trial, probes, repeats):
    flood = probes.send(FLOOD, SINGLE, lane="reporting")
    slow = 10 * FLOOD * repeats
    trial.simulator.fault("effects", kind="slow", seconds=SLOW, times=slow)
    for _ in range(3 * repeats):
        if len(flood) - len(probes.effects(flood)) < FLOOD // 2:
            flood += probes.send(FLOOD, SINGLE, lane="reporting")
        (document,) = trial.drafts(1)
        posted_at = time.monotonic()
        trial.post([document])
        record = trial.recover("reporting flood", [document], posted_at)
    assert len(probes.effects(flood)) < len(flood), (
        "the flood was over before it could hurt"
    )
    assert record.percentile(0.95) <= SLO_SECONDS
    trial.simulator.clear_faults()
    probes.recover("flood itself", flood, time.monotonic())
