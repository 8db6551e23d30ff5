"""Vendors, accounts and orders at the platform, as they are here."""

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from ..models.push_told import KINDS
from .common import PlatformCase


@tagged("post_install", "-at_install")
class TestPush(PlatformCase):
    def setUp(self):
        super().setUp()
        self.env.cr.precommit.run()
        self.vendor.write({"ref": "V-OTT", "supplier_rank": 1})
        self.platform.write({"ap_push_vendor": True, "ap_push_order": True})
        self.run_pending()

    def told(self, record, connection=None):
        kinds = {model: kind for kind, (model, _operation) in KINDS.items()}
        return self.env["finance.sync.ap.told"].search(
            [
                ("connection_id", "=", (connection or self.platform).id),
                ("kind", "=", kinds[record._name]),
                ("res_id", "=", record.id),
            ]
        )

    def there(self, what, key="code"):
        """{code: the newest of what the platform has}"""
        found = {}
        for body in self.side.pushed.get(what, {}).values():
            for item in body["items"]:
                found[item[key]] = item
        return found

    # -- Vendors

    def test_a_vendor_s_change_is_told_once_in_its_order(self):
        self.assertEqual(self.there("vendors")["V-OTT"]["name"], "Papier Ott GmbH")
        self.vendor.name = "Papier Ott AG"
        self.vendor.vat = False
        self.vendor.comment = "Friendly"
        self.run_pending()
        self.vendor.name = "Papier Ott AG"
        self.run_pending()
        sent = self.sent("ap.push.vendor")
        self.assertEqual(
            [one["name"] for one in sent], ["Papier Ott GmbH", "Papier Ott AG"]
        )
        found = self.there("vendors")["V-OTT"]
        self.assertEqual((found["vat"], found["active"]), ("", True))
        self.assertEqual(found["companies"], ["DE", "US"])
        told = self.told(self.vendor)
        self.assertEqual((told.state, told.code), ("told", "V-OTT"))
        exchanges = told.finance_sync_exchange_ids
        self.assertEqual(sorted(exchanges.mapped("revision")), [1, 2])
        self.assertEqual(len(set(exchanges.mapped("idempotency_key"))), 2)

    def test_what_is_undone_in_a_transaction_is_not_told(self):
        before = len(self.sent("ap.push.vendor"))
        self.vendor.name = "Papier Ott AG"
        self.vendor.name = "Papier Ott GmbH"
        self.run_pending()
        self.assertEqual(len(self.sent("ap.push.vendor")), before)

    def test_the_message_is_in_the_transaction_that_caused_it(self):
        before = self.env["finance.sync.exchange"].search_count([])
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.vendor.name = "Papier Ott AG"
            self.env.cr.precommit.run()
            self.assertEqual(
                self.env["finance.sync.exchange"].search_count([]), before + 1
            )
            raise ZeroDivisionError
        self.env.invalidate_all()
        self.assertEqual(self.env["finance.sync.exchange"].search_count([]), before)

    def test_only_what_is_not_the_platform_s_own(self):
        self.env["finance.sync.ownership.rule"]._applying().create(
            [
                {
                    "connection_id": self.platform.id,
                    "what": f"partner/{name}",
                    "owner": owner,
                }
                for name, owner in (("name", "external"), ("vat", "shared"))
            ]
        )
        sent = len(self.sent("ap.push.vendor"))
        self.vendor.name = "Papier Ott AG"
        self.run_pending()
        # The name itself is no news, only that it is not told any more.
        request = self.sent("ap.push.vendor")[-1]
        self.assertNotIn("name", request)
        self.assertEqual(request["vat"], self.vendor.vat)
        self.assertEqual(len(self.sent("ap.push.vendor")), sent + 1)
        self.vendor.name = "Papier Ott KG"
        self.run_pending()
        self.assertEqual(len(self.sent("ap.push.vendor")), sent + 1)

    def test_a_vendor_without_a_reference_is_left_out_and_says_why(self):
        partners = self.env["res.partner"]
        nameless = partners.create({"name": "Kiosk", "supplier_rank": 1})
        twin = partners.create({"name": "Ott", "ref": "V-OTT", "supplier_rank": 1})
        customer = partners.create({"name": "Customer", "ref": "C-1"})
        self.run_pending()
        for vendor in (nameless, twin):
            told = self.told(vendor)
            self.assertEqual((told.state, bool(told.problem)), ("left_out", True))
        self.assertFalse(self.told(customer))
        nameless.ref = "V-KIOSK"
        self.run_pending()
        self.assertEqual(self.told(nameless).state, "told")
        self.assertIn("V-KIOSK", self.there("vendors"))

    def test_another_reference_gives_the_old_one_up(self):
        self.vendor.ref = "V-NEW"
        self.run_pending()
        found = self.there("vendors")
        self.assertEqual(found["V-NEW"]["name"], "Papier Ott GmbH")
        self.assertIs(found["V-OTT"]["active"], False)
        self.vendor.name = "Papier Ott AG"
        self.run_pending()
        self.assertNotIn("before", self.sent("ap.push.vendor")[-1])

    def test_an_archived_vendor_is_told_of(self):
        self.vendor.active = False
        self.run_pending()
        self.assertIs(self.there("vendors")["V-OTT"]["active"], False)

    def test_a_vendor_that_was_merged_is_given_up_over_there(self):
        twin = self.env["res.partner"].create(
            {"name": "Ott", "ref": "V-2", "supplier_rank": 1}
        )
        self.run_pending()
        self.assertIs(self.there("vendors")["V-2"]["active"], True)
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge((twin | self.vendor).ids, self.vendor)
        self.assertFalse(twin.exists())
        self.run_pending()
        found = self.there("vendors")
        self.assertIs(found["V-2"]["active"], False)
        self.assertIs(found["V-OTT"]["active"], True)

    def test_a_refused_record_is_held_and_goes_on_when_retried(self):
        self.simulator.fault(
            self.platform.provider, kind="error", status=422, method="PUT"
        )
        self.vendor.name = "Papier Ott AG"
        self.run_pending()
        told = self.told(self.vendor)
        self.assertEqual(told.state, "held")
        (hold,) = told.finance_sync_hold_ids
        self.simulator.clear_faults()
        hold.with_user(self.accountant).action_retry()
        self.run_pending()
        self.assertEqual((told.state, hold.state), ("told", "resolved"))

    def test_nobody_s_saving_fails_for_want_of_a_user(self):
        self.platform.user_line_ids.unlink()
        self.vendor.name = "Papier Ott AG"
        self.env.cr.precommit.run()
        self.assertEqual(self.told(self.vendor).state, "left_out")
        self.assertTrue(self.holds("configuration"))

    def test_a_connection_that_is_not_to_be_told_is_not(self):
        self.platform.ap_push_vendor = False
        self.vendor.name = "Papier Ott AG"
        self.run_pending()
        self.assertEqual(self.there("vendors")["V-OTT"]["name"], "Papier Ott GmbH")

    def test_of_another_company_nothing_is_told(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        vendor = self.env["res.partner"].create(
            {
                "name": "Theirs",
                "ref": "V-2",
                "supplier_rank": 1,
                "company_id": other.id,
            }
        )
        of_one = vendor.copy({"company_id": self.company_de.id, "ref": "V-3"})
        of_one.supplier_rank = 1
        self.run_pending()
        self.assertFalse(self.told(vendor))
        self.assertEqual(self.there("vendors")["V-3"]["companies"], ["DE"])

    # -- Orders

    def test_an_order_is_told_with_what_has_come(self):
        order = self.order(received=4)
        self.run_pending()
        found = self.there("orders", "number")[order.name]
        self.assertEqual(
            (found["vendor"], found["company"], found["closed"]),
            ("V-OTT", "US", False),
        )
        (line,) = found["lines"]
        self.assertEqual(
            [line[name] for name in ("ref", "quantity", "price", "received", "unit")],
            ["1", "10", "10", "4", "C62"],
        )
        self.assertEqual(line["item"], "PAPER")
        self.receive_goods(order, 6)
        self.run_pending()
        (line,) = self.there("orders", "number")[order.name]["lines"]
        self.assertEqual(line["received"], "10")

    def test_a_draft_order_is_nobody_s_business_and_a_cancelled_one_is_closed(self):
        order = self.order(received=0)
        draft = order.copy()
        self.run_pending()
        order.button_cancel()
        self.run_pending()
        found = self.there("orders", "number")
        self.assertIs(found[order.name]["closed"], True)
        self.assertNotIn(draft.name, found)

    def test_a_bill_that_names_the_line_as_told_is_matched_with_it(self):
        first = self.order(received=0)
        line = first.order_line.copy({"order_id": first.id, "price_unit": 12.0})
        self.receive_goods(first, 10)
        self.run_pending()
        told = self.there("orders", "number")[first.name]["lines"]
        (ref,) = [one["ref"] for one in told if one["price"] == "12"]
        content = self.content(first, price="12")
        content["BG-25"][0]["BT-132"] = ref
        bill = self.deliver(content)
        self.assertEqual(bill.link_ids.order_line_id, line)

    def test_orders_of_the_platform_s_own_are_not_told(self):
        self.env["finance.sync.ownership.rule"]._applying().create(
            {"connection_id": self.platform.id, "what": "order/", "owner": "external"}
        )
        order = self.order()
        self.run_pending()
        self.assertFalse(self.told(order))

    # -- Accounts, and everything

    def test_everything_is_told_with_its_progress(self):
        self.platform.ap_push_account = True
        order = self.order()
        self.env.cr.precommit.clear()
        pushes = self.env["finance.sync.ap.push"]
        with trap_jobs() as trap:
            action = self.platform.with_user(self.manager).action_ap_push()
            push = pushes.browse(action["res_id"])
            trap.assert_jobs_count(1, only=push._job_push)
            again = self.platform.with_user(self.manager).action_ap_push()
            self.assertEqual(again["res_id"], push.id)
        for _number in range(50):
            if push.state != "running":
                break
            with trap_jobs():
                push._job_push()
        self.assertEqual((push.state, push.progress), ("done", 100.0))
        self.assertEqual(push.seen, push.total)
        self.assertEqual(push.started_by, self.manager)
        self.run_pending()
        self.assertEqual(self.told(order).state, "told")
        accounts = self.there("accounts")
        every = self.env["account.account"].with_company(self.company_us)
        ours = every._check_company_domain(self.company_us)
        expense = every.search([*ours, ("account_type", "=", "expense")], limit=1)
        self.assertEqual(accounts[expense.code]["name"], expense.name)
        bank = self.bank().default_account_id.with_company(self.company_us)
        self.assertNotIn(bank.code, accounts)
        # Everything is known: nothing is sent again.
        count = self.env["finance.sync.exchange"].search_count([])
        with trap_jobs():
            again = pushes._begin(self.platform)
            for _number in range(50):
                if again.state != "running":
                    break
                again._job_push()
        self.assertEqual((again.state, again.sent), ("done", 0))
        self.assertEqual(self.env["finance.sync.exchange"].search_count([]), count)

    def test_who_may_push_and_stop(self):
        with self.assertRaises(AccessError):
            self.platform.with_user(self.clerk).action_ap_push()
        with trap_jobs():
            push = self.env["finance.sync.ap.push"]._begin(self.platform)
            with self.assertRaises(AccessError):
                push.with_user(self.clerk).action_stop()
            push.with_user(self.manager).action_stop()
            push._job_push()
        self.assertEqual((push.state, push.seen), ("stopped", 0))
        told = self.told(self.vendor)
        with self.assertRaises(AccessError):
            told.with_user(self.accountant).action_tell_again()
        told.with_user(self.manager).action_tell_again()
        self.run_pending()
        self.assertEqual(len(self.sent("ap.push.vendor")), 2)

    def test_nothing_is_written_by_hand(self):
        told = self.told(self.vendor).with_user(self.manager)
        with self.assertRaises(AccessError):
            told.write({"digest": False})
        with self.assertRaises(AccessError):
            told.create({"connection_id": self.platform.id, "kind": "vendor"})
