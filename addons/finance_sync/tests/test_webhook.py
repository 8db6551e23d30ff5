import json
from unittest.mock import patch

from odoo.addons.finance_sync.controllers import webhook as controller
from odoo.addons.finance_sync.core.rate_limit import RateLimit
from odoo.addons.finance_sync.core.throttle import Throttle
from odoo.addons.finance_sync.core.webhook_signing import (
    Incoming,
    generate_secret,
    signed_headers,
)
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, tagged

from .common import EchoCase, FinanceSyncCase, make_user
from .provider import APPLY

PAYLOAD = {"type": "echo.made", "number": "B-1", "amount": 12.5}


class WebhookCase(EchoCase):
    """A webhook of one company that knows ``echo.*``."""

    def setUp(self):
        super().setUp()
        self.connection.sudo().write({"company_ids": [(6, 0, self.company_us.ids)]})
        self.webhook = self.env["finance.sync.webhook"].create(
            {
                "connection_id": self.connection.id,
                "rule_ids": [
                    (0, 0, {"pattern": "echo.*", "operation": "echo.in"}),
                    (0, 0, {"pattern": "ping", "operation": "-"}),
                ],
            }
        )
        self.secret = generate_secret()
        self.webhook._add_secret(self.secret)

    def now(self):
        self.env.cr.execute("SELECT extract(epoch FROM clock_timestamp())::int")
        return self.env.cr.fetchone()[0]

    def signed(self, payload=None, message_id="m1", age=0, secrets=None):
        """(body, headers) of a message."""
        body = payload
        if not isinstance(payload, bytes):
            body = json.dumps(PAYLOAD if payload is None else payload).encode()
        return body, signed_headers(
            message_id, self.now() - age, body, secrets or [self.secret]
        )

    def post(self, payload=None, message_id="m1", key="echo", **changed):
        """Post it as the outside does, but for the network; (status, body)."""
        body, headers = self.signed(payload, message_id, **changed)
        return self.accept(body, headers, key)

    def accept(self, body, headers, key="echo"):
        self.env.flush_all()
        nobody = self.env(user=None, context={})["finance.sync.webhook"]
        reply = nobody._accept(key, Incoming(body, headers))
        self.env.invalidate_all()
        return reply.status, reply.body

    def exchanges(self):
        return self.env["finance.sync.exchange"].search(
            [("direction", "=", "in"), ("connection_id", "=", self.connection.id)]
        )


@tagged("post_install", "-at_install")
class TestAccept(WebhookCase):
    def test_a_message_is_kept_and_then_applied(self):
        seen = []
        APPLY["B-1"] = lambda exchange, message: seen.append(message["amount"])
        status, body = self.post()
        self.assertEqual((status, body["state"]), (202, "accepted"))
        exchange = self.exchanges()
        self.assertEqual(exchange.uuid, body["uuid"])
        self.assertEqual(exchange.operation, "echo.in")
        self.assertEqual(exchange.external_id, "m1")
        self.assertEqual(exchange.company_id, self.company_us)
        self.assertEqual(exchange.currency_id, self.company_us.currency_id)
        self.assertRegex(exchange.name, r"^X\d{7}$")
        self.assertFalse(seen)
        self.assertEqual(self.job_of(exchange).user_id, self.worker)
        self.run_job(exchange)
        self.assertEqual((exchange.state, len(seen)), ("done", 1))

    def test_the_same_message_gets_the_same_answer(self):
        first = self.post()
        self.assertEqual(self.post(), first)
        self.run_job(self.exchanges())
        self.env.flush_all()
        self.assertEqual(self.post(payload=dict(reversed(PAYLOAD.items()))), first)
        self.assertEqual(len(self.exchanges()), 1)

    def test_receive_and_webhook_know_each_others_messages(self):
        _status, body = self.post()
        self.env.flush_all()
        answer = (
            self.env["finance.sync.connection"]
            .with_user(self.service)
            .receive("echo", "echo.in", "m1", 1, PAYLOAD)
        )
        self.assertEqual(answer["uuid"], body["uuid"])
        self.assertTrue(answer["duplicate"])

    def test_other_content_under_the_same_number_is_a_conflict(self):
        first = self.post()
        status, body = self.post(payload={**PAYLOAD, "amount": 99})
        self.assertEqual((status, body["state"]), (202, "conflict"))
        self.assertEqual(body["uuid"], first[1]["uuid"])
        self.assertEqual(self.hold(self.exchanges()).code, "payload_conflict")

    def test_strangers_learn_nothing(self):
        body, headers = self.signed()
        refused = (401, {"error": "unauthorized"})
        self.assertEqual(self.accept(body, headers, key="no-such"), refused)
        self.assertEqual(self.accept(body + b" ", headers), refused)
        self.assertEqual(self.accept(body, {}), refused)
        self.assertEqual(self.post(secrets=[generate_secret()]), refused)
        self.assertEqual(self.post(age=301), refused)
        self.assertEqual(self.post(age=-301), refused)
        self.webhook.active = False
        self.assertEqual(self.post(), refused)
        self.webhook.active = True
        self.webhook.secret_ids.action_revoke()
        self.assertEqual(self.post(), refused)
        draft = self.connection.copy({"key": "draft-one"})
        hook = self.webhook.copy({"connection_id": draft.id})
        hook._add_secret(self.secret)
        self.assertEqual(self.post(key="draft-one"), refused)
        self.assertFalse(self.exchanges())

    def test_those_who_look_after_it_learn_why(self):
        self.env["finance.sync.connection.state"]._succeeded(self.connection)
        self.post(age=400)
        self.assertEqual(self.webhook.refused_reason, "stale")
        self.post(secrets=[generate_secret()])
        self.webhook.invalidate_recordset()
        # Once a minute is enough for a screen and too little for a flood.
        self.assertEqual(self.webhook.refused_reason, "stale")

    def test_secrets_overlap(self):
        newer = generate_secret()
        self.webhook._add_secret(newer, overlap_hours=2)
        self.assertEqual(self.post(secrets=[newer])[0], 202)
        self.assertEqual(self.post(message_id="m2")[0], 202)
        both = [generate_secret(), newer]
        self.assertEqual(self.post(message_id="m3", secrets=both)[0], 202)
        newest = generate_secret()
        self.webhook._add_secret(newest, overlap_hours=0)
        self.assertEqual(self.post(message_id="m4", secrets=[newer])[0], 401)
        self.assertEqual(self.post(message_id="m4", secrets=[newest])[0], 202)

    def test_another_kind_of_signature_needs_another_secret(self):
        self.webhook.scheme = "stripe"
        self.assertFalse(self.webhook.secret_ids._valid())

    def test_a_verified_sender_is_told_what_is_wrong(self):
        for payload in (b"[]", b"nonsense", b'{"a": NaN}', b"\xff"):
            status, body = self.post(payload)
            self.assertEqual(status, 400)
            self.assertTrue(body["error"])
        self.webhook.id_source = "json:data.id"
        status, body = self.post()
        self.assertEqual(status, 400)
        self.assertIn("number", body["error"])
        self.connection.max_bytes = 20
        self.assertEqual(self.post()[0], 413)

    def test_too_many_are_put_off_and_known_ones_are_not(self):
        self.webhook.write({"rate_per_second": 0.01, "rate_burst": 3})
        answers = [self.post(message_id=f"m{number}") for number in range(4)]
        self.assertEqual([status for status, _ in answers], [202, 202, 202, 429])
        self.assertEqual(self.post(message_id="m0"), answers[0])
        self.webhook.rate_per_second = 0
        self.assertEqual(self.post(message_id="m3")[0], 202)

    def test_a_copy_of_the_database_takes_nothing(self):
        self.connection.sudo().database_fingerprint = "of another"
        self.assertEqual(self.post()[0], 503)
        self.assertFalse(self.exchanges())

    def test_what_is_to_be_dropped_is_dropped(self):
        self.assertEqual(self.post({"type": "ping"}), (202, {"state": "ignored"}))
        self.webhook.unmatched = "ignore"
        self.assertEqual(self.post({"type": "new"}), (202, {"state": "ignored"}))
        self.assertFalse(self.exchanges())

    def test_unknown_kinds_wait_for_a_rule(self):
        status, _body = self.post({**PAYLOAD, "type": "brand.new"})
        self.assertEqual(status, 202)
        exchange = self.exchanges()
        self.run_job(exchange)
        self.assertEqual(exchange.state, "held")
        hold = self.hold(exchange)
        self.assertEqual(hold.code, "webhook_unmatched")
        self.assertIn("brand.new", hold.summary)
        self.webhook.rule_ids = [(0, 0, {"pattern": "brand.*", "operation": "echo.in"})]
        hold.with_user(self.accountant).action_retry()
        self.run_job(exchange)
        self.assertEqual((exchange.state, hold.state), ("done", "resolved"))
        made = self.exchanges() - exchange
        self.assertEqual((made.operation, made.external_id), ("echo.in", "m1"))
        self.run_job(made)
        self.assertEqual(made.state, "done")

    def test_several_companies(self):
        self.connection.sudo().write({"company_ids": [(6, 0, self.companies.ids)]})
        german = self.connection.user_line_ids.filtered(
            lambda line: line.company_id == self.company_de
        )
        german.external_code = "4711"
        self.post({**PAYLOAD, "company": 4711})
        self.assertEqual(self.exchanges().company_id, self.company_de)
        _status, body = self.post({**PAYLOAD, "company": "?"}, message_id="m2")
        lost = self.exchanges().filtered(lambda x: x.uuid == body["uuid"])
        self.assertEqual((lost.state, self.hold(lost).code), ("held", "unrouted"))


@tagged("post_install", "-at_install")
class TestSettings(WebhookCase):
    def test_secrets_are_shown_to_nobody(self):
        secret = self.webhook.secret_ids
        for user in (self.manager, self.auditor, self.env.ref("base.user_admin")):
            with self.assertRaises(AccessError):
                secret.with_user(user).read(["secret_enc"])
        self.assertNotIn(self.secret[6:20], secret.sudo().secret_enc)
        for values in ({"expires_at": False}, {"secret_enc": "x"}):
            with self.assertRaises(AccessError):
                secret.with_user(self.manager).write(values)

    def test_only_managers_have_secrets_made(self):
        for user in (self.accountant, self.approver, self.auditor):
            with self.assertRaises(AccessError):
                self.webhook.with_user(user)._add_secret(generate_secret())
            with self.assertRaises(AccessError):
                self.webhook.secret_ids.with_user(user).action_revoke()

    def test_the_dialog_stores_and_forgets(self):
        action = self.webhook.with_user(self.manager).action_new_secret()
        wizards = self.env[action["res_model"]].with_user(self.manager)
        with Form(wizards.with_context(**action["context"])) as form:
            value = form.value
            self.assertTrue(form.has_older)
            form.overlap_hours = 0
        wizard = form.record
        wizard.invalidate_recordset()
        self.assertFalse(wizard.value)
        self.assertEqual(self.webhook.secret_ids._valid()._values(), [value])
        self.assertNotIn("value", [c for c in self._columns(wizard._table)])
        self.assertEqual(self.post(secrets=[value])[0], 202)

    def _columns(self, table):
        self.env.cr.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s",
            [table],
        )
        return [name for (name,) in self.env.cr.fetchall()]

    def test_the_dialog_is_for_what_has_secrets(self):
        wizards = self.env["finance.sync.webhook.secret.new"].with_user(self.manager)
        with self.assertRaises(UserError):
            wizards.create(
                {
                    "owner_model": "res.users",
                    "owner_id": self.manager.id,
                    "value": generate_secret(),
                }
            )

    def test_unusable_secrets(self):
        for value in ("", "whsec_short", None):
            with self.assertRaises(UserError):
                self.webhook._add_secret(value)
        with self.assertRaises(UserError):
            self.webhook._add_secret(generate_secret(), overlap_hours=10_000)

    def test_settings_that_cannot_work(self):
        with self.assertRaises(ValidationError):
            self.webhook.id_source = "the id"
        with self.assertRaises(UserError):
            self.webhook.rule_ids[0].operation = "echo.find"
        with self.assertRaises(UserError):
            self.webhook.rule_ids[0].operation = "no.such"

    def test_a_new_server_key_serves_them_too(self):
        before = self.webhook.secret_ids.sudo().secret_enc
        self.env["finance.sync.connection"]._rotate_secrets()
        self.assertNotEqual(self.webhook.secret_ids.sudo().secret_enc, before)
        self.assertEqual(self.webhook.secret_ids._values(), [self.secret])


@tagged("post_install", "-at_install")
class TestOthersSeeNothing(FinanceSyncCase):
    def test_another_company(self):
        connection = self.env["finance.sync.connection"].create(
            {
                "name": "American",
                "key": "american",
                "company_ids": [(6, 0, self.company_us.ids)],
            }
        )
        webhook = self.env["finance.sync.webhook"].create(
            {
                "connection_id": connection.id,
                "rule_ids": [(0, 0, {"operation": "-"})],
            }
        )
        webhook._add_secret(generate_secret())
        stranger = make_user(
            self.env,
            "stranger",
            self.company_de,
            self.company_de,
            "base.group_user",
            "finance_sync.group_manager",
        )
        for row in (webhook, webhook.rule_ids, webhook.secret_ids):
            mine = self.env[row._name].with_user(self.manager).search([])
            self.assertIn(row.id, mine.ids)
            theirs = (
                self.env[row._name]
                .with_user(stranger)
                .with_context(allowed_company_ids=self.company_de.ids)
            )
            self.assertNotIn(row.id, theirs.search([]).ids)


@tagged("post_install", "-at_install")
class TestRoute(HttpCase, WebhookCase):
    """What the web server makes of it."""

    def send(self, body, headers, key="echo", **more):
        self.env.flush_all()
        answer = self.url_open(
            f"/finance_sync/v1/{key}",
            data=body,
            headers={"Content-Type": "application/json", **headers},
            **more,
        )
        self.env.invalidate_all()
        return answer

    def test_a_message_and_no_cookie(self):
        self.authenticate(None, None)
        self.opener.cookies.clear()
        answer = self.send(*self.signed())
        self.assertEqual(answer.status_code, 202, answer.text)
        self.assertEqual(answer.json()["uuid"], self.exchanges().uuid)
        self.assertNotIn("Set-Cookie", answer.headers)
        self.assertIn("application/json", answer.headers["Content-Type"])

    def test_refused_alike(self):
        body, headers = self.signed()
        unknown = self.send(body, headers, key="unknown")
        forged = self.send(body + b" ", headers)
        self.assertEqual(unknown.status_code, 401)
        self.assertEqual(unknown.content, forged.content)
        self.assertEqual(set(unknown.headers), set(forged.headers))

    def test_too_long(self):
        answer = self.send(b"x" * (controller.MAX_BYTES + 1), {})
        self.assertEqual(answer.status_code, 413)
        self.assertEqual(self.url_open("/finance_sync/v1/echo").status_code, 405)

    def test_who_guesses_is_put_off(self):
        body, headers = self.signed()
        strict = Throttle(RateLimit(per_second=0.001, burst=2))
        with patch.object(controller, "REFUSED", strict):
            for _turn in range(2):
                self.assertEqual(self.send(body + b" ", headers).status_code, 401)
            answer = self.send(body, headers)
        self.assertEqual(answer.status_code, 429)
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        self.assertEqual(self.send(body, headers).status_code, 202)
