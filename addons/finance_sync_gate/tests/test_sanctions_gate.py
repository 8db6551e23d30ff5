import base64
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .common import LIST, REASON, GateCase


class TestSanctions(GateCase):
    def setUp(self):
        super().setUp()
        self.list = self.screen()
        self.gate = self.rule(check="sanctions", block_score=99)
        self.partner.name = "Volkan Drachenfels"

    def request(self, hold, user=None):
        clearances = self.env["finance.sync.gate.clearance"]
        return clearances.with_user(user or self.accountant)._request(hold, REASON)

    def test_somebody_else_passes_with_proof(self):
        self.partner.name = "Calm Customer"
        invoice = self.invoice()
        invoice.action_post()
        result = self.results(invoice)
        self.assertEqual(result.state, "pass")
        self.assertIn(self.list.current_version_id.sha256, result.proof)
        self.assertIn("Calm Customer", result.proof)

    def test_a_match_is_stopped(self):
        invoice = self.invoice()
        hold = self.refused(invoice)
        self.assertEqual(hold.code, "gate_sanctions")
        self.assertIn("100.00 %", hold.summary)
        self.assertEqual(self.results(invoice).state, "block")
        self.assertEqual(self.results(invoice).matched_name, "Volkan Drachenfels")
        self.assertIn("S-1", hold.gate_match_text)
        with self.assertRaisesRegex(UserError, "never"):
            hold.with_user(self.accountant)._override(REASON)

    def test_an_alias_misspelt_is_found(self):
        self.partner.name = "Wolkan Drachenfelz"
        hold = self.refused(self.invoice())
        self.assertEqual(hold.gate_matches[0]["matched"], "Wolkan Drachenfels")

    def test_a_changed_result_shows(self):
        invoice = self.invoice()
        self.refused(invoice)
        result = self.results(invoice)
        self.assertTrue(result.proof_holds)
        self.env.cr.execute(
            "UPDATE finance_sync_gate_result SET proof = replace(proof, '100', '10')"
            " WHERE id = %s",
            [result.id],
        )
        result.invalidate_recordset()
        self.assertFalse(result.proof_holds)

    # -- False positives

    def test_cleared_by_a_second_person_it_passes(self):
        invoice = self.invoice()
        hold = self.refused(invoice)
        clearance = self.request(hold)
        self.refused(invoice)
        clearance.with_user(self.approver).action_approve()
        self.assertEqual(hold.state, "resolved")
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
        self.assertIn('"cleared":[{', self.results(invoice)[0].proof)
        self.assertEqual(
            self.env["finance.sync.event"]
            .search([("subject", "=", f"{clearance._name},{clearance.id}")], order="id")
            .mapped("type"),
            [
                "finance_sync.gate.clearance.requested",
                "finance_sync.gate.clearance.approved",
            ],
        )

    def test_who_asked_does_not_clear(self):
        clearance = self.request(self.refused(self.invoice()))
        with self.assertRaises(AccessError):
            clearance.action_approve()
        with self.assertRaises(AccessError):
            self.env["finance.sync.gate.clearance"].browse(
                clearance.id
            ).action_approve()
        clearance.sudo().requested_by = self.approver
        with self.assertRaisesRegex(UserError, "second person"):
            clearance.with_user(self.approver).action_approve()
        with self.assertRaises(AccessError):
            clearance.with_user(self.manager).write({"state": "approved"})

    def test_a_clerk_and_a_short_reason_clear_nothing(self):
        hold = self.refused(self.invoice())
        with self.assertRaises(AccessError):
            self.request(hold, self.clerk)
        with self.assertRaises(UserError):
            self.env["finance.sync.gate.clearance"]._request(hold, "no")

    def test_a_changed_partner_is_asked_about_again(self):
        invoice = self.invoice()
        clearance = self.request(self.refused(invoice))
        clearance.with_user(self.approver).action_approve()
        self.partner.country_id = self.env.ref("base.fr")
        self.assertTrue(self.refused(invoice))
        clearance = self.env["finance.sync.gate.clearance"].browse(clearance.id)
        self.assertIn(clearance.state, ("reopened", "approved"))

    def test_a_changed_entry_is_asked_about_again(self):
        invoice = self.invoice()
        self.request(self.refused(invoice)).with_user(self.approver).action_approve()
        self.load(self.list, LIST)
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
        self.load(self.list, LIST.replace("1961-04-01", "1990-04-01"))
        self.assertTrue(self.refused(self.invoice()))

    # -- Lists

    def test_a_stale_list_stops(self):
        self.partner.name = "Calm Customer"
        self.list.current_version_id.loaded_at = fields.Datetime.now() - timedelta(8)
        self.list.invalidate_recordset()
        invoice = self.invoice()
        hold = self.refused(invoice)
        self.assertEqual(hold.code, "gate_list_stale")
        self.load(self.list, LIST)
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
        self.assertEqual(hold.state, "resolved")

    def test_no_list_stops(self):
        self.list.active = False
        self.assertIn("No screening list", self.refused(self.invoice()).summary)

    def test_a_bad_file_does_not_replace_a_good_version(self):
        good = self.list.current_version_id
        for text in ("number\n1\n", "reference,name\n", LIST + "S-9,\n"):
            bad = self.load(self.list, text)
            self.assertEqual(bad.state, "failed")
            self.assertTrue(bad.error)
        self.assertEqual(self.list.current_version_id, good)
        self.assertFalse(
            self.env["finance.sync.gate.entry"].search([("version_id", "=", bad.id)])
        )

    def test_loading_again_is_safe(self):
        version = self.list.current_version_id
        self.assertEqual((version.entry_count, version.name_count), (2, 3))
        version._job_load()
        self.assertEqual(
            self.env["finance.sync.gate.name"].search_count(
                [("version_id", "=", version.id)]
            ),
            3,
        )

    def test_the_wizard_loads_in_the_background(self):
        wizard = (
            self.env["finance.sync.gate.list.import"]
            .with_user(self.manager)
            .create(
                {
                    "list_id": self.list.id,
                    "file": base64.b64encode(LIST.encode()),
                    "source_date": fields.Date.today(),
                }
            )
        )
        version = self.env["finance.sync.gate.list.version"].browse(
            wizard.action_load()["res_id"]
        )
        self.assertEqual(version.state, "loading")
        job = self.env["queue.job"].search(
            [("identity_key", "=", f"finance_sync_gate:load:{version.id}")]
        )
        self.assertEqual(job.channel, "root.finance_sync.bulk")

    def test_a_person_is_screened_without_a_document(self):
        action = self.partner.with_user(self.accountant).action_finance_sync_screen()
        entries = self.env["finance.sync.gate.entry"].search(action["domain"])
        self.assertEqual(entries.mapped("reference"), ["S-1"])
        self.partner.name = "Calm Customer"
        action = self.partner.with_user(self.accountant).action_finance_sync_screen()
        self.assertEqual(action["params"]["type"], "success")

    def test_a_large_list_loads_in_pieces(self):
        rows = "".join(f"N-{n},Person {n} Sample{n * 7919}\n" for n in range(5001))
        version = self.load(self.list, "reference,name\n" + rows)
        self.assertEqual(version.entry_count, 5001)
        self.partner.name = "Person 4711 Sample37306409"
        self.assertTrue(self.refused(self.invoice()))
