"""PostgreSQL restarts at once, as after a crash, while documents are being recorded."""

import time

from tests.support.rpc import RefusedError
from tests.support.waiting import wait_for

from .trial import IN_TIME, SETTLE


def test_restart_at_once(own_trial, own_cluster, repeats):
    trial = own_trial
    for _ in range(repeats):
        trial.heal()
        documents = trial.drafts(3)
        late = trial.random.choice(documents)
        trial.hold_back(late, SETTLE, IN_TIME)
        trial.post(documents)
        trial.wait_done(late, SETTLE)
        own_cluster.restart("immediate")
        restarted_at = time.monotonic()
        trial.reconnect()
        wait_for("Odoo to answer again", lambda: answers(trial))
        trial.recover("PostgreSQL restarted at once", documents, restarted_at)
        assert trial.verify_chains() == []


def answers(trial):
    """Odoo's own connections are broken first."""
    try:
        return bool(trial.group.accountant.call("res.users", "search_count", []))
    except (RefusedError, OSError):
        return False
