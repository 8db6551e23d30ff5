"""Reporting floods its lane; what is operational is on time all the same."""

import time

from .probes import SINGLE

FLOOD, SLOW = 150, 0.3
SLO_SECONDS = 10.0


def test_flood_of_reporting(trial, probes, repeats):
    flood = probes.send(FLOOD, SINGLE, lane="reporting")
    trial.simulator.fault("effects", kind="slow", seconds=SLOW, times=10 * FLOOD)
    for _ in range(3 * repeats):
        (document,) = trial.drafts(1)
        posted_at = time.monotonic()
        trial.post([document])
        record = trial.recover("reporting flood", [document], posted_at)
    waiting = FLOOD - len(probes.effects(flood))
    assert waiting, "the flood was over before it could hurt"
    assert record.percentile(0.95) <= SLO_SECONDS
    trial.simulator.clear_faults()
    probes.recover("flood itself", flood, time.monotonic())
