"""Figures: counted once, whatever becomes of the rows, and told to monitoring only."""

import json

from odoo.addons.finance_sync.core.metrics import Metric
from odoo.tests import tagged
from odoo.tests.common import HttpCase
from prometheus_client.parser import text_string_to_metric_families

from .common import EchoCase, FinanceSyncCase

SERIES = "finance.sync.metric.series"


def samples(body):
    """(name, labels as a sorted tuple) → value."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
    }


class Scraped:
    """A scrape, asked for sums by name and some labels."""

    def __init__(self, env):
        body, self.content_type = env["finance.sync.metric"]._scrape()
        self.samples = samples(body.decode())

    def __call__(self, name, **labels):
        """The sum of all samples that have these labels; None if there is none."""
        found = [
            value
            for (sample, known), value in self.samples.items()
            if sample == name and labels.items() <= dict(known).items()
        ]
        return sum(found) if found else None


@tagged("post_install", "-at_install")
class TestCounting(EchoCase):
    def scrape(self):
        return Scraped(self.env)

    def roll_up(self):
        self.env.flush_all()
        return self.env["finance.sync.metric.tick"]._roll_up()

    def test_a_call_is_counted_before_and_after_it_is_added_up(self):
        exchange = self.enqueue()
        self.run_job(exchange)
        labels = {"connection": "echo", "operation": "echo.find"}
        for _turn in range(2):
            seen = self.scrape()
            self.assertEqual(
                seen("finance_sync_attempts_total", outcome="succeeded", **labels), 1
            )
            self.assertEqual(
                seen("finance_sync_attempt_duration_seconds_count", **labels), 1
            )
            self.assertEqual(
                seen("finance_sync_exchanges_total", state="done", **labels), 1
            )
            self.assertEqual(
                seen("finance_sync_exchanges_touchless_total", **labels), 1
            )
            self.assertGreater(self.roll_up() or 1, 0)
        self.assertFalse(self.env["finance.sync.metric.tick"].search_count([]))

    def test_retries_are_counted(self):
        self.provider.script.extend([503, 503])
        exchange = self.enqueue()
        self.assert_waits(exchange)
        self.assert_waits(exchange)
        self.run_job(exchange)
        seen = self.scrape()
        labels = {"connection": "echo"}
        again = self.attempts(exchange).filtered(
            lambda attempt: (
                attempt.number > 1 and not attempt.operation.endswith(".lookup")
            )
        )
        self.assertTrue(again)
        self.assertEqual(seen("finance_sync_retries_total", **labels), len(again))
        self.assertEqual(
            seen("finance_sync_attempts_total", **labels),
            len(self.attempts(exchange)),
        )

    def test_calls_that_are_put_off_are_counted(self):
        self.connection._as_approved().write({"rate_per_second": 0.01, "rate_burst": 1})
        self.run_job(self.enqueue())
        self.assert_waits(self.enqueue(document=self.make_entry()))
        seen = self.scrape()
        labels = {"connection": "echo", "reason": "rate"}
        self.assertEqual(seen("finance_sync_refusal_wait_seconds_count", **labels), 1)
        self.assertGreater(seen("finance_sync_refusal_wait_seconds_sum", **labels), 60)

    def test_open_exchanges_are_entered_less_left(self):
        exchanges = [self.enqueue(document=self.make_entry()) for _number in range(3)]
        name = "finance_sync_exchanges_open"
        self.assertEqual(self.scrape()(name, connection="echo", state="pending"), 3)
        self.run_job(exchanges[0])
        self.roll_up()
        self.provider.script.append(422)
        self.run_job(exchanges[1])
        self.env.flush_all()
        seen = self.scrape()
        self.assertEqual(seen(name, connection="echo", state="pending"), 1)
        self.assertEqual(seen(name, connection="echo", state="held"), 1)
        self.assertEqual(seen("finance_sync_dead_letters", connection="echo"), 1)
        self.assertEqual(
            seen("finance_sync_holds", code="rejected"),
            self.env["finance.sync.hold"].search_count(
                [("code", "=", "rejected"), ("state", "=", "open")]
            ),
        )
        self.hold(exchanges[1]).action_retry()
        self.run_job(exchanges[1])
        seen = self.scrape()
        self.assertEqual(seen(name, connection="echo", state="held"), 0)
        # It had a hold, so a person was asked.
        self.assertEqual(
            seen("finance_sync_exchanges_touchless_total", connection="echo"), 1
        )
        self.assertEqual(
            seen("finance_sync_holds_total", code="rejected", state="resolved"), 1
        )

    def test_counters_survive_the_rows(self):
        self.run_job(self.enqueue())
        self.env["finance.sync.connection"].flush_model()
        before = self.scrape()("finance_sync_attempts_total", connection="echo")
        self.assertEqual(before, 1)
        self.env.cr.execute("DELETE FROM finance_sync_attempt")
        self.roll_up()
        self.env.cr.execute("DELETE FROM finance_sync_metric_hour")
        self.assertEqual(
            self.scrape()("finance_sync_attempts_total", connection="echo"), before
        )

    def test_a_rolled_back_move_is_not_counted(self):
        exchange = self.enqueue()
        before = self.scrape()("finance_sync_exchanges_total", state="cancelled")
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            exchange.action_cancel()
            self.env.flush_all()
            raise ZeroDivisionError
        after = self.scrape()("finance_sync_exchanges_total", state="cancelled")
        self.assertEqual(before, after)

    def test_hours_add_up_to_the_totals(self):
        for _number in range(3):
            self.run_job(self.enqueue(document=self.make_entry()))
        self.roll_up()
        self.run_job(self.enqueue(document=self.make_entry()))
        self.roll_up()
        domain = [("connection_ref", "=", self.connection.id)]
        by = ["kind", "operation", "outcome"]
        totals, hours = (
            self.env[model]._read_group(domain, by, ["events:sum"], order="kind")
            for model in (SERIES, "finance.sync.metric.hour")
        )
        self.assertTrue(totals)
        self.assertEqual(totals, hours)

    def test_rows_from_before_the_triggers_are_counted_once(self):
        self.run_job(self.enqueue())
        before = self.scrape()("finance_sync_attempts_total", connection="echo")
        cr = self.env.cr
        cr.execute("DELETE FROM finance_sync_metric_tick")
        cr.execute("DELETE FROM finance_sync_metric_series")
        cr.execute(
            "DROP TRIGGER finance_sync_tick_attempt_ended ON finance_sync_attempt"
        )
        for _turn in range(2):
            self.env["finance.sync.metric.hour"].init()
            self.assertEqual(
                self.scrape()("finance_sync_attempts_total", connection="echo"), before
            )


@tagged("post_install", "-at_install")
class TestFigures(FinanceSyncCase):
    def test_every_figure_has_a_value_or_none_but_no_error(self):
        figures = self.env["finance.sync.metric"]._figures()
        names = [metric.name for metric, _rows in figures]
        self.assertEqual(len(names), len(set(names)))
        self.assertGreater(len(names), 30)
        seen = Scraped(self.env)
        # Not those of the figures, where one that failed is left out.
        asked = {m.name for m in self.env["finance.sync.metric"]._metric_sources()}
        self.assertLess(asked, set(names))
        failed = [
            name
            for name in sorted(asked)
            if seen("finance_sync_scrape_source_up", source=name) != 1
        ]
        self.assertEqual(failed, [])

    def test_a_broken_query_costs_its_own_figure_only(self):
        metrics = self.env["finance.sync.metric"]
        sources = metrics._metric_sources()
        broken = Metric("finance_sync_broken", "gauge", "Broken.", "SELECT 1/0")
        self.patch(type(metrics), "_metric_sources", lambda self: [broken, *sources])
        with self.assertLogs("odoo.addons.finance_sync.models.metric", "WARNING"):
            seen = Scraped(self.env)
        self.assertIsNone(seen("finance_sync_broken"))
        self.assertEqual(
            seen("finance_sync_scrape_source_up", source="finance_sync_broken"), 0
        )
        self.assertEqual(
            seen("finance_sync_scrape_source_up", source="finance_sync_holds"), 1
        )

    def test_amounts_are_told_by_currency(self):
        for company, amount in ((self.company_us, -70.0), (self.company_de, 50.0)):
            self.env["finance.sync.hold"]._raise(
                "rejected", company=company, summary="Refused.", amount=amount
            )
        seen = Scraped(self.env)
        for company, amount in ((self.company_us, 70.0), (self.company_de, 50.0)):
            self.assertEqual(
                seen(
                    "finance_sync_hold_amount",
                    company=str(company.id),
                    currency=company.currency_id.name,
                ),
                amount,
            )


@tagged("post_install", "-at_install")
class TestMonitoringHttp(HttpCase):
    """Over HTTP, as Prometheus and a load balancer ask."""

    def get(self, path, token=None, **headers):
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self.url_open(path, headers=headers, timeout=60)

    def issue(self, name="Prometheus"):
        return self.env["finance.sync.metrics.token"]._issue(name)

    def test_there_is_nothing_without_a_token(self):
        answer = self.get("/finance_sync/metrics")
        self.assertEqual((answer.status_code, answer.text), (404, ""))
        answer = self.get("/finance_sync/metrics", "fsm_guessed")
        self.assertEqual((answer.status_code, answer.text), (404, ""))

    def test_a_wrong_token_is_refused_and_told_nothing(self):
        self.issue()
        for token in (None, "fsm_guessed", "fsm_gu€ssed".encode().decode("latin-1")):
            answer = self.get("/finance_sync/metrics", token)
            self.assertEqual((answer.status_code, answer.text), (401, ""))
            self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")
            self.assertNotIn("session_id", answer.cookies)

    def test_the_figures_are_prometheus_text(self):
        record, token = self.issue()
        answer = self.get("/finance_sync/metrics", token)
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain"))
        self.assertIn(("finance_sync_ticks_waiting", ()), samples(answer.text))
        record.invalidate_recordset()
        self.assertTrue(record.last_used)
        answer = self.get(
            "/finance_sync/metrics",
            token,
            Accept="application/openmetrics-text;version=1.0.0",
        )
        self.assertIn("openmetrics-text", answer.headers["Content-Type"])
        self.assertTrue(answer.text.endswith("# EOF\n"))

    def test_rotation_lets_both_work_until_the_old_one_is_revoked(self):
        old, old_token = self.issue("old")
        _new, new_token = self.issue("new")
        for token in (old_token, new_token):
            self.assertEqual(self.get("/finance_sync/metrics", token).status_code, 200)
        old.action_revoke()
        self.assertEqual(self.get("/finance_sync/metrics", old_token).status_code, 401)
        self.assertEqual(self.get("/finance_sync/metrics", new_token).status_code, 200)

    def test_the_token_is_nowhere_in_the_database(self):
        record, token = self.issue()
        self.env.cr.execute(
            "SELECT row_to_json(t)::text FROM finance_sync_metrics_token t"
            " WHERE id = %s",
            [record.id],
        )
        (row,) = self.env.cr.fetchone()
        self.assertNotIn(token, row)
        self.assertIn(token[-4:], row)

    def test_health_tells_a_stranger_that_it_is_alive_and_no_more(self):
        answer = self.get("/finance_sync/health")
        self.assertEqual((answer.status_code, answer.json()), (200, {"status": "ok"}))
        self.issue()
        answer = self.get("/finance_sync/health", "fsm_guessed")
        self.assertEqual((answer.status_code, answer.text), (401, ""))

    def test_health_tells_monitoring_what_is_amiss(self):
        _record, token = self.issue()
        answer = self.get("/finance_sync/health", token)
        report = json.loads(answer.text)
        self.assertIn(report["status"], ("ok", "degraded", "failing"))
        self.assertEqual(answer.status_code == 503, report["status"] == "failing")
        self.assertLessEqual(
            {"database", "keys", "crons", "job_runner", "connections"},
            set(report["checks"]),
        )
