"""Values that are not mapped hold messages, and let all of them go at once."""

from odoo.exceptions import UserError

from .mapping_case import MappingCase


class TestWaiting(MappingCase):
    def held(self, *codes, number="M1", **options):
        exchange, seen = self.receive(number, *codes, **options)
        self.run_job(exchange)
        return exchange, seen

    def test_one_hold_for_all_that_wait(self):
        first, _seen = self.held("YEN", number="M1", amount=10.0)
        second, _seen = self.held("YEN", number="M2", amount=32.0)
        self.assertEqual({first.state, second.state}, {"held"})
        hold = first.unmapped_hold_ids
        self.assertEqual(hold, second.unmapped_hold_ids)
        self.assertEqual((hold.code, hold.state), ("unmapped", "open"))
        self.assertEqual((hold.mapping_kind, hold.mapping_code), ("currency", "YEN"))
        self.assertEqual(hold.company_id, self.company_us)
        self.assertEqual(hold.waiting_count, 2)
        self.assertIn("YEN", hold.summary)
        self.settle()
        self.assertEqual(hold.amount, 42.0)

    def test_companies_wait_for_themselves(self):
        first, _seen = self.held("YEN", number="M1")
        second, _seen = self.held("YEN", number="M2", company=self.company_de)
        self.assertNotEqual(first.unmapped_hold_ids, second.unmapped_hold_ids)

    def test_everything_goes_on_once_it_is_mapped(self):
        exchanges = []
        for number in range(3):
            exchange, seen = self.held("DOLLAR", number=f"M{number}")
            exchanges.append((exchange, seen))
        hold = exchanges[0][0].unmapped_hold_ids
        mapping = self.make_active()
        job = self.env["queue.job"].search([("method_name", "=", "_job_settle")])
        self.assertEqual(job.channel, "root.finance_sync.bulk")
        self.settle()
        self.assertEqual(hold.state, "resolved")
        for exchange, seen in exchanges:
            self.assertEqual(exchange.state, "pending")
            self.assertTrue(self.job_of(exchange))
            self.run_job(exchange)
            self.assertEqual(exchange.state, "done")
            self.assertEqual(seen, {"DOLLAR": self.usd})
            self.assertEqual(exchange.mapping_ids, mapping)

    def test_all_values_are_needed(self):
        exchange, _seen = self.held("DOLLAR", "YEN")
        self.assertEqual(len(exchange.unmapped_hold_ids), 2)
        self.assertEqual(exchange.hold_count, 2)
        self.make_active()
        self.settle()
        self.assertEqual(exchange.state, "held")
        open_holds = exchange.unmapped_hold_ids.filtered(lambda h: h.state == "open")
        self.assertEqual(open_holds.mapping_code, "YEN")

    def test_versions_used_are_kept_while_it_waits(self):
        mapping = self.make_active()
        exchange, _seen = self.held("DOLLAR", "YEN")
        self.assertEqual(exchange.mapping_ids, mapping)

    def test_what_slipped_through_is_found(self):
        """A job held its message while the mapping came into force."""
        exchange, _seen = self.held("DOLLAR")
        exchange.unmapped_hold_ids._close("resolved", "just now")
        self.mappings._cron_mapping()
        self.replay()
        self.assertEqual(exchange.state, "pending")

    def test_a_value_that_nothing_needs_any_more(self):
        exchange, _seen = self.held("YEN")
        exchange.with_user(self.manager).action_cancel()
        hold = exchange.unmapped_hold_ids
        self.assertEqual(hold.state, "open")
        self.settle()
        self.assertEqual(hold.state, "cancelled")

    def test_it_is_not_closed_by_hand(self):
        exchange, _seen = self.held("YEN")
        with self.assertRaisesRegex(UserError, "Map it"):
            exchange.unmapped_hold_ids.with_user(self.accountant).action_resolve()

    def test_retry_of_the_value_retries_all(self):
        exchange, _seen = self.held("YEN")
        hold = exchange.unmapped_hold_ids.with_user(self.accountant)
        hold.action_retry()
        self.assertEqual(exchange.state, "pending")
        self.run_job(exchange)
        self.assertEqual(exchange.state, "held")
        self.assertEqual(exchange.unmapped_hold_ids, hold)

    def test_what_a_line_points_to_is_gone(self):
        yen = self.env.ref("base.JPY")
        yen.active = True
        self.make_active({"YEN": yen})
        yen.active = False
        exchange, _seen = self.held("YEN")
        self.assertIn("archived", exchange.unmapped_hold_ids.summary)

    def test_the_document_says_what_it_waits_for(self):
        exchange, _seen = self.held("YEN")
        document = self.make_entry()
        exchange.document_uuid = document.finance_sync_uuid
        document.invalidate_recordset()
        seen = document.with_user(self.accountant)
        self.assertEqual(seen.finance_sync_hold_ids, exchange.unmapped_hold_ids)
        self.assertEqual(seen.finance_sync_hold_count, 1)
        self.assertIn("YEN", seen.finance_sync_banner)

    def test_an_outbound_message_is_translated_when_it_is_sent(self):
        handler = type(self.env["finance.sync.handler.echo.find"])

        def prepare(self, exchange, request):
            codes = exchange._map("currency", [request["currency"]])
            return {**request, "currency": codes[request["currency"]]}

        self.patch(handler, "_prepare_request", prepare)
        exchange = self.enqueue(currency="USD")
        self.run_job(exchange)
        self.assertEqual(exchange.state, "held")
        self.assertEqual(exchange.unmapped_hold_ids.mapping_direction, "out")
        self.assertEqual(self.provider.count, 0)
        mapping = self.make_active()
        self.settle()
        self.run_job(exchange)
        self.assertEqual(exchange.state, "done")
        (effects,) = self.provider.effects.values()
        self.assertEqual(effects[0]["currency"], "DOLLAR")
        self.assertEqual(exchange.mapping_ids, mapping)

    def test_a_hundred_wait_and_go(self):
        exchanges = self.env["finance.sync.exchange"]
        for number in range(100):
            exchange, _seen = self.receive(f"N{number}", "DOLLAR")
            exchanges |= exchange
        for exchange in exchanges[:1]:
            self.run_job(exchange)
        hold = exchanges[0].unmapped_hold_ids
        exchanges[1:].write({"state": "held", "unmapped_hold_ids": [(4, hold.id)]})
        self.make_active()
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self.settle()
        self.assertEqual(set(exchanges.mapped("state")), {"pending"})
        self.assertLess(self.env.cr.sql_log_count - before, 120)
