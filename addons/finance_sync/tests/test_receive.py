from odoo.exceptions import AccessError, UserError

from .common import EchoCase
from .provider import APPLY

PAYLOAD = {"number": "B-1", "amount": 12.5, "lines": [{"qty": 1}]}


class TestReceive(EchoCase):
    def setUp(self):
        super().setUp()
        self.env["finance.sync.connection"].flush_model()
        self.connection.sudo().write({"company_ids": [(6, 0, self.company_us.ids)]})

    def receive(self, external_id="B-1", version=1, payload=None, **values):
        values = {"key": "echo", "operation": "echo.in", **values}
        user = values.pop("user", self.service)
        return (
            self.env["finance.sync.connection"]
            .with_user(user)
            .receive(
                values["key"],
                values["operation"],
                external_id,
                version,
                PAYLOAD if payload is None else payload,
            )
        )

    def exchange(self, answer):
        self.env.invalidate_all()
        return self.env["finance.sync.exchange"].search([("uuid", "=", answer["uuid"])])

    def test_a_message_is_taken_in_and_applied(self):
        seen = []
        APPLY["B-1"] = lambda exchange, message: seen.append(
            (message["amount"], exchange.env.user, exchange.env.company)
        )
        answer = self.receive()
        self.assertEqual(answer["state"], "pending")
        self.assertFalse(answer["duplicate"])
        exchange = self.exchange(answer)
        self.assertEqual(exchange.company_id, self.company_us)
        self.assertEqual(self.job_of(exchange).user_id, self.worker)
        self.assertNotIn("B-1", exchange.sudo().payload_enc)
        self.run_job(exchange)
        self.assertEqual(exchange.state, "done")
        self.assertEqual([str(amount) for amount, *_rest in seen], ["12.5"])
        self.assertEqual(seen[0][1:], (self.worker, self.company_us))
        self.assertFalse(self.provider.requests)

    def test_the_same_message_gets_the_same_answer(self):
        first = self.receive()
        again = self.receive(payload=dict(reversed(PAYLOAD.items())))
        self.assertEqual(again["uuid"], first["uuid"])
        self.assertTrue(again["duplicate"])
        self.run_job(self.exchange(first))
        self.env.flush_all()
        self.assertEqual(self.receive()["state"], "done")

    def test_another_version_is_another_message(self):
        self.assertNotEqual(self.receive()["uuid"], self.receive(version=2)["uuid"])

    def test_other_content_is_a_conflict(self):
        first = self.receive()
        answer = self.receive(payload={**PAYLOAD, "amount": 99})
        self.assertEqual(answer["uuid"], first["uuid"])
        self.assertEqual(answer["state"], "conflict")
        exchange = self.exchange(first)
        self.assertEqual(self.hold(exchange).code, "payload_conflict")
        self.receive(payload={**PAYLOAD, "amount": 98})
        self.assertEqual(len(self.hold(exchange)), 1)
        self.hold(exchange).with_user(self.accountant).action_resolve()
        self.run_job(exchange)
        self.assertEqual(exchange.state, "done")

    def test_only_its_own_service_user(self):
        other = self.service.copy({"login": "fs-other"})
        for user in (other, self.manager, self.accountant, self.env.user):
            with self.assertRaises(AccessError):
                self.receive(user=user)
        with self.assertRaises(AccessError):
            self.receive(key="unknown")
        with self.assertRaises(AccessError):
            self.env["finance.sync.connection"].with_user(other).status("echo", "B-1")

    def test_the_service_user_can_do_nothing_else(self):
        answer = self.receive()
        for model in ("connection", "exchange", "hold", "attempt", "decision"):
            with self.assertRaises(AccessError):
                self.env[f"finance.sync.{model}"].with_user(self.service).search_read(
                    []
                )
        with self.assertRaises(AccessError):
            self.exchange(answer).with_user(self.service).action_retry()

    def test_status(self):
        connections = self.env["finance.sync.connection"].with_user(self.service)
        self.assertEqual(connections.status("echo", "B-1"), {})
        answer = self.receive()
        self.env.invalidate_all()
        self.assertEqual(
            connections.status("echo", "B-1"),
            {"uuid": answer["uuid"], "version": "1", "state": "pending", "holds": []},
        )

    def test_limits(self):
        bad = [
            {"external_id": ""},
            {"external_id": "x" * 129},
            {"external_id": "a\x00b"},
            {"external_id": None},
            {"external_id": True},
            {"version": []},
            {"operation": "echo.find"},
            {"operation": "no.such"},
            {"operation": "../etc"},
            {"operation": 7},
            {"payload": "text"},
            {"payload": {"x": float("nan")}},
            {"payload": {"x": "y" * 6_000_000}},
            {"payload": {"x": "\x00"}},
        ]
        for values in bad:
            with self.assertRaises(UserError, msg=str(values)[:80]):
                self.receive(**values)

    def test_long_ids_keep_their_key_short(self):
        answer = self.receive(external_id="ü" * 128)
        self.assertLess(len(self.exchange(answer).idempotency_key), 256)

    def test_routing_by_the_senders_code(self):
        self.connection.sudo().write({"company_ids": [(6, 0, self.companies.ids)]})
        line = self.connection.user_line_ids.filtered(
            lambda line: line.company_id == self.company_de
        )
        line.external_code = "4711"
        answer = self.receive(payload={**PAYLOAD, "company": 4711})
        self.assertEqual(self.exchange(answer).company_id, self.company_de)

    def test_unrouted_waits_for_a_person(self):
        self.connection.sudo().write({"company_ids": [(6, 0, self.companies.ids)]})
        exchange = self.exchange(self.receive(payload={**PAYLOAD, "company": "DE"}))
        self.assertEqual(exchange.state, "held")
        hold = self.hold(exchange)
        self.assertEqual(hold.code, "unrouted")
        self.assertFalse(self.job_of(exchange))
        with self.assertRaises(UserError):
            exchange.action_retry()
        self.connection.user_line_ids.filtered(
            lambda line: line.company_id == self.company_de
        ).external_code = "DE"
        hold.action_retry()
        self.assertEqual(exchange.company_id, self.company_de)
        self.run_job(exchange)
        self.assertEqual(exchange.state, "done")
        self.assertEqual(hold.state, "resolved")

    def test_a_draft_connection_takes_nothing(self):
        self.connection.copy({"key": "later", "service_user_id": self.service.id})
        with self.assertRaises(UserError):
            self.receive(key="later")

    def test_a_paused_connection_keeps_what_comes(self):
        self.connection.action_pause()
        self.env.flush_all()
        exchange = self.exchange(self.receive())
        self.run_job(exchange)
        self.assertEqual(exchange.state, "pending")
        self.connection.action_activate()
        self.run_job(exchange)
        self.assertEqual(exchange.state, "done")
