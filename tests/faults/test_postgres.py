"""PostgreSQL restarts at once, as after a crash, while documents are being recorded."""

import itertools
import time
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.support.waiting import wait_for

from .trial import IN_TIME, SETTLE

# Requests; many more than workers.
AT_ONCE = 24


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
        wait_for("Odoo to answer again", lambda: is_back(trial), interval=0.5)
        trial.recover("PostgreSQL restarted at once", documents, restarted_at)
        assert trial.verify_chains() == []


def is_back(trial):
    """Whether the server works; started again if it has ended, as by a supervisor.

    19.0 ends itself when it looks for PostgreSQL just while that starts up.
    """
    if trial.server.has_ended:
        trial.server.restart()
    return all_answer(trial)


def all_answer(trial):
    """Every worker's own connection is broken, which its first request finds out.

    Twice more requests at a time than there are workers, so that none is left out.
    """
    url = f"{trial.server.url}/finance_sync/health"
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rounds = [list(pool.map(answers, [url] * AT_ONCE)) for _round in range(2)]
    return all(itertools.chain(*rounds))


def answers(url):
    try:
        return requests.get(url, timeout=10).ok
    except requests.RequestException:
        return False
