"""The screens of tax determination, as those who use them see them."""

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from lxml import etree
from odoo import fields
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .common import TODAY, AvataxCase, TaxCase

# The action and who must be able to open it.
EVERYBODY = ("clerk", "accountant", "manager", "approver", "auditor")
ACTIONS = {
    "finance_sync_hold_action_tax": EVERYBODY,
    "account_move_action_waiting": ("clerk", "accountant"),
    "finance_sync_tax_detail_action": EVERYBODY,
    "finance_sync_tax_rate_action": EVERYBODY,
    "finance_sync_tax_registration_action": EVERYBODY,
    "finance_sync_tax_category_action": EVERYBODY,
    "finance_sync_tax_exemption_action": EVERYBODY,
    "finance_sync_tax_template_action": EVERYBODY,
    "finance_sync_tax_key_action": EVERYBODY,
}
MENUS = {
    "clerk": ("menu_tax_exceptions", "menu_tax_waiting", "menu_tax_details"),
    "accountant": (
        "menu_tax_waiting",
        "menu_tax_rates",
        "menu_tax_registrations",
        "menu_tax_exemptions",
        "menu_tax_import",
        "menu_tax_templates",
    ),
    "manager": ("menu_tax_exceptions", "menu_tax_rates", "menu_tax_templates"),
    "approver": ("menu_tax_exceptions", "menu_tax_templates"),
    "auditor": ("menu_tax_exceptions", "menu_tax_details", "menu_tax_keys"),
}


@tagged("post_install", "-at_install")
class TestTaxViews(TaxCase):
    def test_views_load_for_whoever_may_read(self):
        for name, logins in ACTIONS.items():
            action = self.env.ref(f"finance_sync_tax.{name}")
            views = [(False, mode) for mode in action.view_mode.split(",")]
            for login in logins:
                model = self.env[action.res_model].with_user(getattr(self, login))
                with self.subTest(action=name, user=login):
                    found = model.get_views([*views, (False, "search")])["views"]
                    self.assertEqual(len(found), len(views) + 1)

    def test_menus_lead_everybody_to_their_own_work(self):
        for login, menus in MENUS.items():
            visible = (
                self.env["ir.ui.menu"]
                .with_user(getattr(self, login))
                ._visible_menu_ids(debug=False)
            )
            for menu in menus:
                with self.subTest(user=login, menu=menu):
                    self.assertIn(self.env.ref(f"finance_sync_tax.{menu}").id, visible)

    def test_a_clerk_does_not_change_rates(self):
        visible = (
            self.env["ir.ui.menu"].with_user(self.clerk)._visible_menu_ids(debug=False)
        )
        self.assertNotIn(self.env.ref("finance_sync_tax.menu_tax_import").id, visible)

    def test_the_tax_page_is_there_only_where_an_engine_determines(self):
        taxed = self.invoice((100.0,))
        position = self.env["account.fiscal.position"].create(
            {
                "name": "Odoo's own",
                "company_id": self.company_us.id,
                "finance_sync_tax_excluded": True,
            }
        )
        plain = self.invoice((100.0,), fiscal_position_id=position.id)
        self.assertTrue(self._page_shown(taxed))
        self.assertFalse(self._page_shown(plain))

    def _page_shown(self, move):
        form = self._form(move)
        page = etree.fromstring(form["arch"]).xpath("//page[@name='finance_sync_tax']")
        context = {
            "finance_sync_tax_connection_id": move.finance_sync_tax_connection_id.id,
            "finance_sync_tax_state": move.finance_sync_tax_state,
        }
        return not _true(page[0].get("invisible"), context)

    def _form(self, move):
        move = move.with_user(self.accountant)
        return move.get_view(self.env.ref("account.view_move_form").id, "form")

    def test_the_panel_shows_details_and_totals(self):
        self.rates_for_california()
        move = self.invoice((100.0,))
        move.action_finance_sync_determine_tax()
        form = Form(move.with_user(self.accountant))
        self.assertEqual(form.finance_sync_tax_total, 7.75)
        self.assertEqual(len(form.finance_sync_tax_detail_ids), 2)
        detail = move.finance_sync_tax_detail_ids[0]
        self.assertEqual(detail.line_name, move.invoice_line_ids.name)
        self.assertEqual(detail.invoice_date, move.invoice_date)

    def rates_for_california(self):
        rates = self.env["finance.sync.tax.rate"]
        rates.search([("state_id", "=", self.ca.id)]).unlink()
        rates.create(
            [
                {
                    "country_id": self.us.id,
                    "state_id": self.ca.id,
                    "name": name,
                    "rate": rate,
                    "jurisdiction_type": kind,
                    "jurisdiction_code": name,
                }
                for name, kind, rate in (
                    ("California", "state", 0.0725),
                    ("Orange", "county", 0.005),
                )
            ]
        )

    def test_filters_find_what_they_name(self):
        move = self.invoice((100.0,))
        move.action_finance_sync_determine_tax()
        move.invoice_line_ids.quantity = 2
        self.assertEqual(move.finance_sync_tax_state, "stale")
        self.assertIn(move, self._filtered("finance_sync_tax_stale"))
        self.assertNotIn(move, self._filtered("finance_sync_tax_waiting"))

    def _filtered(self, name):
        view = self.env["account.move"].get_view(
            self.env.ref("account.view_account_invoice_filter").id, "search"
        )
        node = etree.fromstring(view["arch"]).xpath(f"//filter[@name='{name}']")[0]
        return self.env["account.move"].search(_domain(node.get("domain")))

    def test_rates_are_found_by_the_day_they_are_valid_on(self):
        self.rates_for_california()
        rates = self.env["finance.sync.tax.rate"]
        old, new = rates.search([("state_id", "=", self.ca.id)])
        old.valid_to = TODAY - timedelta(days=1)
        new.valid_from = TODAY
        view = rates.get_view(
            self.env.ref("finance_sync_tax.finance_sync_tax_rate_view_search").id,
            "search",
        )
        node = etree.fromstring(view["arch"]).xpath("//field[@name='valid_from']")[0]
        domain = _domain(node.get("filter_domain"), self=fields.Date.to_string(TODAY))
        found = rates.search([*domain, ("state_id", "=", self.ca.id)])
        self.assertEqual(found, new)

    def test_certificates_that_expire_soon_are_found(self):
        today = fields.Date.context_today(self.env.user)
        certificates = self.env["finance.sync.tax.exemption"].create(
            [
                {
                    "partner_id": self.customer.id,
                    "number": f"CERT-{days}",
                    "valid_to": today + timedelta(days=days),
                }
                for days in (-1, 30, 90)
            ]
        )
        view = certificates.get_view(
            self.env.ref("finance_sync_tax.finance_sync_tax_exemption_view_search").id,
            "search",
        )
        node = etree.fromstring(view["arch"]).xpath("//filter[@name='expiring']")[0]
        found = certificates.search(_domain(node.get("domain")))
        self.assertEqual((found & certificates).mapped("number"), ["CERT-30"])

    def test_an_accountant_enters_a_certificate(self):
        certificates = self.env["finance.sync.tax.exemption"]
        with Form(certificates.with_user(self.accountant)) as form:
            form.partner_id = self.customer
            form.number = "CA-RESALE-1"
            form.country_id = self.us
            form.state_ids.add(self.ca)
        certificate = self.customer.finance_sync_tax_exemption_ids
        self.assertEqual(certificate.state_ids, self.ca)
        with (
            Form(self.customer) as form,
            form.finance_sync_tax_exemption_ids.new() as line,
        ):
            line.number = "US-1"
        self.assertEqual(len(self.customer.finance_sync_tax_exemption_ids), 2)

    def test_a_template_is_approved_by_a_second_person(self):
        template = self.env["finance.sync.tax.template"].create(
            {
                "company_id": self.company_us.id,
                "jurisdiction_type": "export",
                "tax_id": self.env["finance.sync.tax.template"]
                .search([("company_id", "=", self.company_us.id)], limit=1)
                .tax_id.id,
            }
        )
        buttons = self._template_buttons(template)
        self.assertEqual(buttons, {"manager": {"action_submit"}, "approver": set()})
        template.with_user(self.manager).action_submit()
        buttons = self._template_buttons(template)
        self.assertIn("action_approve", buttons["approver"])
        self.assertNotIn("action_approve", buttons["manager"])

    def _template_buttons(self, template):
        view = self.env.ref("finance_sync_tax.finance_sync_tax_template_view_form")
        found = {}
        for login in ("manager", "approver"):
            arch = template.with_user(getattr(self, login)).get_view(view.id, "form")
            nodes = etree.fromstring(arch["arch"]).xpath("//header/button")
            values = {"state": template.state}
            found[login] = {
                node.get("name")
                for node in nodes
                if not _true(node.get("invisible"), values)
            }
        return found

    def test_settings_and_fiscal_position_choose_a_connection(self):
        settings = self.env["res.config.settings"].with_company(self.company_de)
        settings = settings.create({"finance_sync_tax_connection_id": False})
        settings.execute()
        self.assertFalse(self.company_de.finance_sync_tax_connection_id)
        with Form(self.env["account.fiscal.position"]) as form:
            form.name = "Export"
            form.finance_sync_tax_connection_id = self.rates
        self.assertEqual(form.record.finance_sync_tax_connection_id, self.rates)

    def test_a_product_takes_its_tax_category_from_its_product_category(self):
        category = self.env["finance.sync.tax.category"].create(
            {"code": "books", "name": "Books"}
        )
        products = self.env["product.category"].create({"name": "Library"})
        with Form(products) as form:
            form.finance_sync_tax_category_id = category
        self.product.categ_id = products
        self.assertEqual(self.product._finance_sync_tax_category(), category)


@tagged("post_install", "-at_install")
class TestTaxWaitingViews(AvataxCase):
    def test_a_waiting_invoice_is_listed_and_says_so(self):
        self.set_up_outage(outage_policy="queue")
        self.simulator.fault("avatax", kind="error", times=50)
        move = self.invoice((90.0,))
        move._finance_sync_hold("tax_engine_away", "Not reached before.")
        move.action_post()
        self.assertEqual(move.finance_sync_tax_state, "waiting")
        self.assertEqual(self.holds_of(move), ["tax_outage_waiting"])
        action = self.env.ref("finance_sync_tax.account_move_action_waiting")
        waiting = self.env["account.move"].with_user(self.clerk)
        self.assertIn(move.id, waiting.search(_domain(action.domain)).ids)
        holds = self.env.ref("finance_sync_tax.finance_sync_hold_action_tax")
        found = self.env["finance.sync.hold"].search(_domain(holds.domain))
        self.assertIn("tax_outage_waiting", found.mapped("code"))

    def test_a_determination_ends_what_stood_in_its_way(self):
        move = self.invoice((90.0,))
        move._finance_sync_hold("tax_engine_away", "Not reached before.")
        move.action_finance_sync_determine_tax()
        self.assertEqual(self.holds_of(move), [])

    def test_the_reason_of_a_refusal_is_among_the_tax_exceptions(self):
        nowhere = self._customer("Nowhere", "CA", "")
        nowhere.write({"state_id": False, "country_id": False})
        self.invoice((90.0,), partner=nowhere).with_context(
            default_move_type="out_invoice"
        ).action_finance_sync_post()
        action = self.env.ref("finance_sync_tax.finance_sync_hold_action_tax")
        found = self.env["finance.sync.hold"].search(_domain(action.domain))
        self.assertIn("tax_address", found.mapped("code"))


def _true(expression, values):
    """A modifier's value; names that are not given count as empty."""
    return bool(expression) and bool(safe_eval(expression, values))


def _domain(text, **values):
    """A domain of a view or an action; 19.0 needs none of the names."""
    names = {"context_today": date.today, "relativedelta": relativedelta}
    return safe_eval(text, {**names, **values})
