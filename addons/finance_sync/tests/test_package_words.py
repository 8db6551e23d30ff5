"""Differences are told in the words of screens: no keys, no names of fields."""

from .test_package import PackageCase


class TestPackageWords(PackageCase):
    def setUp(self):
        super().setUp()
        self.company_us.write({"name": "Maple Trading Inc.", "vat": "12-3456789"})
        self.company_de.vat = False
        self.us = "Maple Trading Inc. (12-3456789)"

    def new_connection(self, body):
        records = body["records"]
        values = records["finance.sync.connection"].pop("echo")
        records["finance.sync.connection"]["new"] = {**values, "key": "new"}
        users = records["finance.sync.connection.user"]
        key, user = users.popitem()
        users[key.replace("echo", "new")] = {**user, "connection_id": "new"}

    def line(self, package, model, kind):
        return package.line_ids.filtered(
            lambda line: (line.model, line.kind) == (model, kind)
        )

    def test_what_is_added_is_listed_by_labels_with_companies_by_name(self):
        package = self.imported(self.new_connection)
        added = self.line(package, "finance.sync.connection", "added")
        self.assertEqual(added.record_name, "new")
        words = added.after.splitlines()
        self.assertIn("Environment: Test", words)
        self.assertIn(f"Companies: {self.us}", words)
        self.assertIn("Longest Wait: 1800.5", words)
        for technical in ("company_ids", "retry_cap", "base_url", "Environment: test"):
            self.assertNotIn(technical, added.after)

    def test_a_record_without_a_name_is_called_by_what_names_it(self):
        package = self.imported(self.new_connection)
        user = self.line(package, "finance.sync.connection.user", "added")
        self.assertEqual(user.record_name, f"new · {self.us}")
        self.assertIn(f"Company: {self.us}", user.after.splitlines())
        # The technical key stays, for who looks for it.
        self.assertEqual(user.record_key, "new|12-3456789")
        here = self.line(self.imported(), "finance.sync.connection.user", "unchanged")
        self.assertEqual(here.record_name, f"echo · {self.us}")

    def test_before_and_after_of_a_field_are_in_words_as_well(self):
        text = self.file()
        self.connection.write({"company_ids": self.companies.ids, "lane": "bulk"})
        package = self.imported(text=text)
        changed = {
            line.field_name: (line.field_label, line.before, line.after)
            for line in self.line(package, "finance.sync.connection", "changed")
        }
        lanes = dict(self.connection._fields["lane"]._description_selection(self.env))
        self.assertEqual(changed["lane"][1:], (lanes["bulk"], lanes["operational"]))
        label, before, after = changed["company_ids"]
        self.assertEqual((label, after), ("Companies", self.us))
        # A company without a VAT number has its name alone.
        self.assertEqual(
            sorted(before.split(", ")), sorted([self.us, self.company_de.name])
        )

    def test_a_rollback_says_what_goes_in_the_same_words(self):
        package = self.imported(self.new_connection)
        self.apply(package)
        undo = self.packages.browse(package.action_rollback()["res_id"])
        removed = self.line(undo, "finance.sync.connection.user", "removed")
        self.assertEqual(removed.record_name, f"new · {self.us}")
        self.assertIn(f"Company: {self.us}", removed.before.splitlines())

    def test_what_is_missing_is_named_in_words(self):
        def lost(body):
            echo = body["records"]["finance.sync.connection"]["echo"]
            echo["fallback_connection_id"] = "12-3456789|nowhere"

        problem = self.imported(lost).line_ids.filtered("problem")
        self.assertIn(f"“{self.us} · nowhere”", problem.problem)
