"""Webhooks and subscriptions, set up as a manager does, over XML-RPC."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import time
import uuid
from collections.abc import Iterator
from typing import Any

import requests
import standardwebhooks

from .amqp import EXCHANGE
from .group import Group


def make_secret() -> str:
    return "whsec_" + base64.b64encode(os.urandom(32)).decode()


def add_secret(group: Group, model: str, record: int, secret: str) -> None:
    """As the dialog behind New Secret does."""
    group.login("manager").call(
        "finance.sync.webhook.secret.new",
        "create",
        {"owner_model": model, "owner_id": record, "value": secret},
    )


def subscribe(group: Group, company: str, **values: Any) -> int:
    """A draft subscription of a company of the sample group."""
    return group.login("manager").call(
        "finance.sync.subscription",
        "create",
        {
            "name": f"Test {uuid.uuid4()}",
            "environment": "test",
            "company_ids": [(6, 0, [group.company(company)])],
            "patterns": "account.invoice.*",
            **values,
        },
    )


def activate(group: Group, subscription: int) -> None:
    group.login("manager").call(
        "finance.sync.subscription", "action_activate", [subscription]
    )


@contextlib.contextmanager
def subscribed(group: Group, broker: Any) -> Iterator[int]:
    """An active subscription of the US company at RabbitMQ; paused in the end."""
    made = subscribe(
        group,
        "us",
        target_kind="rabbitmq",
        host="127.0.0.1",
        port=broker.port,
        exchange=EXCHANGE,
        auth_user=broker.user,
        password=broker.password,
        use_tls=False,
    )
    activate(group, made)
    yield made
    group.login("manager").call("finance.sync.subscription", "action_pause", [made])


class Sender:
    """An external system that posts signed messages."""

    def __init__(self, url: str, secret: str) -> None:
        self.url, self.secret = url, secret

    def post(
        self,
        payload: Any,
        message_id: str | None = None,
        *,
        key: str,
        age: float = 0,
        secret: str | None = None,
        tamper: bytes = b"",
    ) -> requests.Response:
        body = json.dumps(payload).encode()
        message_id = message_id or f"msg_{uuid.uuid4()}"
        headers = self.headers(message_id, body, age, secret or self.secret)
        return requests.post(
            f"{self.url}/finance_sync/v1/{key}",
            data=body + tamper,
            headers=headers,
            timeout=60,
        )

    @staticmethod
    def headers(message_id: str, body: bytes, age: float, secret: str) -> dict:
        from datetime import datetime, timezone

        now = time.time() - age
        moment = datetime.fromtimestamp(now, timezone.utc)
        webhook = standardwebhooks.Webhook(secret)
        return {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now)),
            "webhook-signature": webhook.sign(message_id, moment, body.decode()),
        }
