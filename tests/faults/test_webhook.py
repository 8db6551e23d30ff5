"""Webhooks come twice, in any order, too late, too early, or from somebody else."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.support.webhooks import Message, Sender

from .probes import PROBES

DOCUMENTS, VERSIONS, MOST = 4, 3, 3
SENDERS = 3
# Beyond the five minutes within which a signature counts.
TOO_OLD = (6, -6)


@pytest.fixture(scope="module", autouse=True)
def _listening(probes):
    probes.listen()


@dataclass(frozen=True)
class Delivery:
    message: Message
    wanted: int


def test_duplicate_disordered_forged_stale(trial, probes, repeats):
    record = trial.record("webhooks")
    for turn in range(repeats):
        documents = probes.documents(DOCUMENTS)
        good = [
            Message(
                f"{trial.seed}-{turn}-{document}-{version}",
                {"type": "probe", "document": document, "version": version},
            )
            for document in documents
            for version in range(1, VERSIONS + 1)
        ]
        deliveries = plan(trial.random, good)
        started_at = time.monotonic()
        statuses = deliver(trial.server.url, deliveries)
        assert statuses == [delivery.wanted for delivery in deliveries]
        probes.wait_versions(documents, VERSIONS)
        record.recoveries.append(time.monotonic() - started_at)
        booked = probes.bookings(documents)
        record.runs += len(deliveries)
        accepted = sum(delivery.wanted == 202 for delivery in deliveries)
        record.delivered_twice += accepted - len(good)
        record.lost += sum(max(VERSIONS - count, 0) for count in booked)
        record.effects_twice += sum(max(count - VERSIONS, 0) for count in booked)
        record.check()


def plan(random, good):
    """Everything good once to three times, as much that is not, in any order."""
    deliveries = [
        Delivery(message, 202)
        for message in good
        for _copy in range(random.randint(1, MOST))
    ]
    deliveries += [Delivery(message.forged(), 401) for message in good]
    deliveries += [
        Delivery(message.stale(random.choice(TOO_OLD)), 401) for message in good
    ]
    random.shuffle(deliveries)
    return deliveries


def deliver(url, deliveries):
    """The statuses of the answers; several are on their way at a time."""

    def send_share(first):
        sender = Sender(url)
        try:
            return [
                sender.send(PROBES["operational"], delivery.message)
                for delivery in deliveries[first::SENDERS]
            ]
        finally:
            sender.close()

    statuses = [0] * len(deliveries)
    with ThreadPoolExecutor(SENDERS) as pool:
        for first, share in enumerate(pool.map(send_share, range(SENDERS))):
            statuses[first::SENDERS] = share
    return statuses
